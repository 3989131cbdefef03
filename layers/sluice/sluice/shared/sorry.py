"""What a person sees instead of a problem document: why there is no page, and what to do (F5)."""

from collections.abc import Mapping

from sluice.shared import pages
from sluice.shared.errors import Problem
from sluice.shared.pages import Page

_PAGE = pages.template(__file__, "sorry.html")
_GONE = {"code-gone", "task-over", "campaign-not-open"}
_LATER = {"too-many-requests", "too-many-joins", "contention", "problem"}
_TEXTS = {
    "en": {
        "lang": "en",
        "gone": "This is over",
        "gone_advice": "The code or link has expired or was withdrawn. Please ask whoever gave it "
        "to you for a new one.",
        "missing": "There is nothing here",
        "missing_advice": "Perhaps the address is not complete. Please scan the code again, or "
        "open the link from the message once more.",
        "later": "Please try again in a moment",
        "later_advice": "Many people are here right now, or something went wrong with us. Nothing "
        "is lost: try again shortly.",
        "failed": "That did not work",
        "failed_advice": "Please go back, check what you entered, and try again.",
        "again_text": "Try again",
        "quote": "If you ask about this, quote:",
    },
    "zh": {
        "lang": "zh-Hans",
        "gone": "已失效",
        "gone_advice": "该二维码或链接已过期或已停用，请向提供者索取新的二维码或链接。",
        "missing": "页面不存在",
        "missing_advice": "链接可能不完整，请重新扫码，或从消息中再次打开链接。",
        "later": "请稍后再试",
        "later_advice": "当前访问人数较多，或系统暂时繁忙。您的信息不会丢失，请稍后重试。",
        "failed": "操作未成功",
        "failed_advice": "请返回检查所填内容后重试。",
        "again_text": "重试",
        "quote": "如需咨询，请提供编号：",
    },
}


def page(problem: Problem, method: str, asked: Mapping[str, str], correlation_id: str) -> Page:
    """Return the page; `asked` are the request's headers, in lower case."""
    texts = _TEXTS[pages.language_of(asked.get("accept-language", ""))]
    kind = _kind(problem, method)
    names = ("lang", "again_text", "quote")
    values = {name: texts[name] for name in names} | {
        "title": texts[kind],
        "advice": texts[f"{kind}_advice"],
        "correlation_id": correlation_id,
    }
    return pages.render(_PAGE, values, {"again": kind == "later"})


def _kind(problem: Problem, method: str) -> str:
    if problem.slug in _GONE:
        return "gone"
    if problem.slug in _LATER:
        return "later"
    return "missing" if method == "GET" or problem.slug == "not-found" else "failed"
