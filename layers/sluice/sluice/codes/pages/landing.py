"""The landing page of a scan: who invites, one button, then the channel (A3, F5)."""

from sluice.shared import pages
from sluice.shared.pages import Page

_PAGE = pages.template(__file__, "landing.html")
_TEXTS = {
    "en": {
        "lang": "en",
        "welcome": "Welcome",
        "join": "Join",
        "near": "Use my location",
        "why": "Only to choose who is near you. You can join without it.",
        "joining": "One moment ...",
        "yours": "Your contact",
        "connected": "You are connected.",
        "reserved": "Add this contact. Your place is kept until",
        "full": "All places are taken at the moment. Please try again later.",
        "waiting": "All places are taken at the moment. You have a place in the line: keep this "
        "page open, or come back with the same code. People before you:",
        "leave": "Leave the line",
        "left": "You have left the line. You can join again at any time.",
        "busy": "Many people are joining right now. Please try again in a few minutes.",
        "failed": "That did not work. Please try again.",
        "reference": "Contact",
    },
    "zh": {
        "lang": "zh-Hans",
        "welcome": "欢迎",
        "join": "加入",
        "near": "使用我的位置",
        "why": "仅用于为您选择附近的联系人,不提供位置也可以加入。",
        "joining": "请稍候……",
        "yours": "您的专属联系人",
        "connected": "您已添加成功。",
        "reserved": "请添加该联系人,名额为您保留至",
        "full": "名额已满,请稍后再试。",
        "waiting": "名额已满,您已进入排队。请保留本页面,或稍后再次扫码。排在您前面的人数:",
        "leave": "退出排队",
        "left": "您已退出排队,可随时重新加入。",
        "busy": "当前参与人数较多,请几分钟后再试。",
        "failed": "操作失败,请重试。",
        "reference": "联系方式",
    },
}


def render(
    organization_name: str, join_url: str, token: str, languages: str, *, asks_place: bool
) -> Page:
    """Return the page; `languages` is an Accept-Language header or a locale.

    `asks_place` offers to join with the visitor's location, where it can make a difference.
    """
    values = {
        "title": organization_name,
        "organization": organization_name,
        "join_url": join_url,
        "leave_url": join_url.removesuffix("join") + "leave",
        "token": token,
        **_TEXTS[pages.language_of(languages)],
    }
    return pages.render(_PAGE, values, {"place": asks_place}, scripts=True)
