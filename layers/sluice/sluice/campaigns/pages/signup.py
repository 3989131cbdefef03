"""The signup page: what a campaign offers, its form, and the salesperson to get in touch with (B4).

It works without its script: that only shows the salesperson before the form is sent.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from html import escape
from string import Template
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from sluice.campaigns.rules import colours
from sluice.campaigns.rules.campaigns import Campaign, Field
from sluice.campaigns.signup_views import ContactView
from sluice.shared import pages
from sluice.shared.pages import Markup, Page

type Stage = Literal["soon", "asks", "done", "over"]

LONG_TEXT = 200  # characters, from which on an answer has several lines
ANSWER = "answer."  # before a question's name in the form
_PAGE = pages.template(__file__, "signup.html")
_INPUTS = {
    "text": 'type="text"',
    "phone": 'type="tel" autocomplete="tel" maxlength="40"',
    "email": 'type="email" autocomplete="email" maxlength="254"',
    "number": 'type="text" inputmode="decimal" maxlength="24"',
    "date": 'type="date"',
}
_FIELD = Template('    <label for="$id">$label$star</label>\n    $control\n')
_TEXTS = {
    "en": {
        "lang": "en",
        "soon": "Signing up begins at the time above. Please come back then.",
        "over": "Signing up has ended. Thank you for your interest.",
        "done": "You are signed up. Please get in touch with your contact:",
        "asks": "",
        "yours": "Your contact",
        "open": "Add this contact",
        "button": "Sign up",
        "consent": "I agree that my answers are kept for this campaign and seen by my contact. "
        "I can have them erased at any time.",
        "reserved": "Add this contact. Your place is kept until",
        "connected": "You are connected.",
        "full": "All contacts are busy at the moment. Please try again later.",
        "failed": "That did not work. Please try again.",
        "wrong": "Please check: ",
        "range": "{} to {}",
    },
    "zh": {
        "lang": "zh-Hans",
        "soon": "报名尚未开始,请在活动时间内再来。",
        "over": "报名已结束,感谢关注。",
        "done": "报名成功,请联系您的专属顾问:",
        "asks": "",
        "yours": "您的专属顾问",
        "open": "添加顾问",
        "button": "立即报名",
        "consent": "我同意为本次活动保存所填信息并提供给专属顾问,可随时要求删除。",
        "reserved": "请添加该顾问,名额为您保留至",
        "connected": "您已添加成功。",
        "full": "当前顾问繁忙,请稍后再试。",
        "failed": "操作失败,请重试。",
        "wrong": "请检查:",
        "range": "{} 至 {}",
    },
}


class Shown(NamedTuple):
    """What the page shows; `said` are the answers of a form that comes back, `wrong` their faults.

    `joins`: its script asks for a seat.
    """

    campaign: Campaign
    organization_name: str
    zone: ZoneInfo
    stage: Stage
    join_url: str
    token: str = ""
    contact: ContactView | None = None
    said: Mapping[str, str] = {}
    wrong: Collection[str] = ()
    problem: str = ""  # `full` or `failed`
    joins: bool = False
    card: str = ""  # tags of link previews


def render(shown: Shown, languages: str) -> Page:
    """Return the page; `languages` is an Accept-Language header or a locale."""
    texts = _TEXTS[pages.language_of(languages)]
    given = shown.campaign.definition
    asks = shown.stage == "asks"
    names = ("lang", "yours", "open", "consent", "reserved", "connected", "full", "failed")
    values = {name: texts[name] for name in names} | {
        "title": given.title,
        "accent": str(colours.readable(colours.parsed(given.accent))),
        "card": Markup(shown.card),
        "headline": given.landing.headline,
        "dates": dates_of(given.starts_at, given.ends_at, shown.zone, texts),
        "text": given.landing.text,
        "say": texts[shown.problem or shown.stage],
        "wrong": texts["wrong"] + ", ".join(_labels(given.form, shown.wrong)),
        "fields": Markup("".join(_field(each, shown.said) for each in given.form) if asks else ""),
        "button": given.landing.button or texts["button"],
        "organization": shown.organization_name,
        "join_url": shown.join_url,
        "token": shown.token,
        "joins": "yes" if shown.joins else "",
        **_contact(shown.contact, shown.zone, texts),
    }
    flags = {
        "contact": shown.contact is not None,
        "has_link": bool(shown.contact and shown.contact.url),
        "is_wrong": bool(shown.wrong),
        "form": asks,
    }
    return pages.render(_PAGE, values, flags, scripts=True, forms=True)


def dates_of(start: datetime, end: datetime, zone: ZoneInfo, texts: Mapping[str, str]) -> str:
    """Return from when to when a campaign lasts, by the organisation's clock."""
    form = "%Y-%m-%d %H:%M"
    return texts["range"].format(
        start.astimezone(zone).strftime(form), end.astimezone(zone).strftime(form)
    )


def _labels(form: Sequence[Field], wrong: Collection[str]) -> list[str]:
    labels = {field.name: field.label for field in form}
    return [labels.get(name, name) for name in wrong]


def _contact(
    contact: ContactView | None, zone: ZoneInfo, texts: Mapping[str, str]
) -> dict[str, str]:
    if contact is None:
        return dict.fromkeys(
            ("contact_name", "contact_qr", "contact_url", "contact_reference", "until"), ""
        )
    until = texts["connected"]
    if contact.expires_at is not None:
        until = f"{texts['reserved']} {contact.expires_at.astimezone(zone):%H:%M}"
    return {
        "contact_name": contact.name,
        "contact_qr": Markup(contact.qr_svg),
        "contact_url": contact.url or "",
        "contact_reference": contact.reference or "",
        "until": until,
    }


def _field(field: Field, said: Mapping[str, str]) -> str:
    """Return a question; every text of it is escaped here."""
    name = ANSWER + field.name
    value = escape(said.get(field.name, ""))
    common = f'id="{name}" name="{name}"' + (" required" if field.required else "")
    if field.type == "choice":
        options = "".join(
            f"<option{' selected' if said.get(field.name) == each else ''}>{escape(each)}</option>"
            for each in (field.choices or ())
        )
        control = f'<select {common}><option value=""></option>{options}</select>'
    elif field.type == "text" and (field.max_length or 0) > LONG_TEXT:
        control = f'<textarea {common} maxlength="{field.max_length}" rows="4">{value}</textarea>'
    else:
        most = f' maxlength="{field.max_length or LONG_TEXT}"' if field.type == "text" else ""
        control = f'<input {_INPUTS[field.type]}{most} {common} value="{value}">'
    star = ' <span class="star">*</span>' if field.required else ""
    return _FIELD.substitute(id=name, label=escape(field.label), star=star, control=control)
