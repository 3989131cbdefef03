"""The landing page of a scan: who invites, what happens, then the channel (A3, F5).

It works without its script: that adds the visitor's location, and looks by itself while they wait.
"""

from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from sluice.codes.pages import contact as contact_part
from sluice.codes.views.contacts import ContactView
from sluice.shared import pages
from sluice.shared.pages import Markup, Page

type Stage = Literal[
    "asks", "reserved", "connected", "expired", "waiting", "full", "busy", "failed"
]

MANY_AHEAD = 100  # from which on they are not counted
AGAIN = "again"  # in the query of a page that looks again by itself
_RENEWAL = f'<noscript><meta http-equiv="refresh" content="30;url=?{AGAIN}=1"></noscript>'
_PAGE = pages.template(__file__, "landing.html")
_TEXTS = {
    "en": {
        "lang": "en",
        "headline": "{} invites you",
        "first": "Tap the button: you are given one contact or group that has room.",
        "second": "Add it by the code on this page. Your place is kept for a while.",
        "third": "As soon as you are connected, the place is yours.",
        "asks": "",
        "reserved": "You have a place. Please add this contact in time.",
        "connected": "You are connected.",
        "expired": "The time of your place is over. One tap, and you get one again.",
        "full": "All places are taken at the moment. Please try again later.",
        "waiting": "All places are taken at the moment. You are in the line; people before you: "
        "{}. Keep this page open, or come back with the same code.",
        "busy": "Many people are joining right now. Please try again in a few minutes.",
        "failed": "That did not work. Please try again.",
        "join": "Join",
        "renew": "Get a place again",
        "retry": "Try again",
        "look": "Look again",
        "leave": "Leave the line",
        "give_up": "I do not need the place",
        "near": "Use my location",
        "why": "Only to choose who is near you. You can join without it.",
        "privacy": "A cookie lets this page know your browser again, and we keep which contact "
        "you were given.",
        "policy": "Privacy policy",
    },
    "zh": {
        "lang": "zh-Hans",
        "headline": "{}邀请您加入",
        "first": "点击按钮，系统将为您分配一位有空闲名额的联系人或群。",
        "second": "扫描页面上的二维码添加，名额会为您保留一段时间。",
        "third": "添加成功后，名额即归您所有。",
        "asks": "",
        "reserved": "已为您预留名额，请及时添加联系人。",
        "connected": "您已添加成功。",
        "expired": "名额保留时间已过，点击即可重新领取。",
        "full": "名额已满，请稍后再试。",
        "waiting": "名额已满，您正在排队，前面还有{}人。请保留本页面，或稍后再次扫码查看。",
        "busy": "当前参与人数较多，请几分钟后再试。",
        "failed": "操作失败，请重试。",
        "join": "立即加入",
        "renew": "重新领取名额",
        "retry": "重试",
        "look": "刷新排队进度",
        "leave": "退出排队",
        "give_up": "放弃名额",
        "near": "使用我的位置",
        "why": "仅用于为您选择附近的联系人，不提供位置也可以加入。",
        "privacy": "本页使用Cookie识别您的浏览器，并记录为您分配的联系人。",
        "policy": "隐私政策",
    },
}
_BUTTONS: dict[str, str] = {
    "asks": "join",
    "expired": "renew",
    "waiting": "look",
    "full": "retry",
    "busy": "retry",
    "failed": "retry",
}


class Shown(NamedTuple):
    """What the page shows; `token` is the visitor's, whom the cookie may not know.

    `asks_place` offers to join with the location, where it can make a difference.
    """

    organization_name: str
    code: str
    stage: Stage
    zone: ZoneInfo
    inviter: str = ""  # the member whose code it is
    token: str = ""
    contact: ContactView | None = None
    ahead: int = 0
    asks_place: bool = False
    privacy_url: str = ""


def render(shown: Shown, languages: str, now: datetime) -> Page:
    """Return the page; `languages` is an Accept-Language header or a locale."""
    texts, stage = _TEXTS[pages.language_of(languages)], shown.stage
    waits, button = stage == "waiting", _BUTTONS.get(stage)
    ahead = f"{MANY_AHEAD}+" if shown.ahead >= MANY_AHEAD else str(shown.ahead)
    names = ("lang", "first", "second", "third", "near", "why", "privacy", "policy")
    values = {name: texts[name] for name in names} | {
        "title": shown.organization_name,
        "organization": shown.organization_name,
        "headline": texts["headline"].format(shown.inviter or shown.organization_name),
        "say": texts[stage].format(ahead),
        "contact": contact_part.render(shown.contact, languages, shown.zone, now),
        "token": shown.token,
        "join": texts[button or "join"],
        "leave": texts["leave" if waits else "give_up"],
        # Relative: the page may only ask the host that it came from.
        "leave_url": f"{shown.code}/leave",
        "privacy_url": shown.privacy_url,
        "asks": "yes" if shown.asks_place else "",
        "waits": Markup('data-waits="yes"' if waits else ""),
        "renewal": Markup(_RENEWAL if waits else ""),
    }
    flags = {
        "named": bool(shown.inviter),
        "says": stage != "asks",
        "explains": stage == "asks",
        "may_join": button is not None,
        "may_leave": stage in {"waiting", "reserved"},
        "has_policy": bool(shown.privacy_url),
    }
    return pages.render(_PAGE, values, flags, scripts=True, forms=True, images=True)
