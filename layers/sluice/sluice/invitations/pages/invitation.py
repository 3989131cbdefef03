"""The page of an invitation's link: what it is, and whether the newcomer agrees (C6)."""

from typing import Literal

from sluice.invitations.rules.promotions import Promotion
from sluice.shared import pages
from sluice.shared.pages import Page

type Stage = Literal["asks", "agreed", "left", "over"]

_PAGE = pages.template(__file__, "invitation.html")
_TEXTS = {
    "en": {
        "lang": "en",
        "asks": "Somebody you know invites you. If you take part, we keep that they invited you "
        "and that you took part, to reward you both; your number only in a form from which nobody "
        "can read it. You can have it erased at any time.",
        "agreed": "Thank you. Go on in the app.",
        "left": "Done. Nobody can invite you again, and the invitation is erased.",
        "over": "This invitation is no longer valid.",
        "join": "I agree and take part",
        "go": "Go on in the app",
        "leave": "I do not want to be invited",
    },
    "zh": {
        "lang": "zh-Hans",
        "asks": "您认识的人邀请您参加。如您参加，我们将记录邀请关系及您的参与情况，用于向双方"
        "发放奖励；您的号码仅以无法还原的形式保存，您可随时要求删除。",
        "agreed": "感谢参与，请前往应用继续。",
        "left": "已完成。邀请已删除，今后不会再有人邀请您。",
        "over": "该邀请已失效。",
        "join": "同意并参加",
        "go": "前往应用",
        "leave": "不希望被邀请",
    },
}


def render(
    promotion: Promotion,
    organization_name: str,
    languages: str,
    stage: Stage,
    *,
    may_leave: bool,
) -> Page:
    """Return the page; `languages` is an Accept-Language header or a locale.

    `may_leave`: it names one person, who may refuse to be invited by anybody.
    """
    texts = _TEXTS[pages.language_of(languages)]
    over = stage in {"left", "over"}
    values = {name: texts[name] for name in ("lang", "join", "go", "leave")} | {
        "title": promotion.name,
        "name": promotion.name,
        "introduction": "" if over else promotion.introduction,
        "organization": organization_name,
        "say": texts[stage],
        "app_link": promotion.app_link,
    }
    flags = {
        "introduces": bool(promotion.introduction),
        "asks": stage == "asks",
        "goes": stage == "agreed",
        "may_leave": may_leave,
    }
    return pages.render(_PAGE, values, {name: flags[name] and not over for name in flags})
