"""The signup page: what a campaign offers, its form, and the salesperson to get in touch with (B4).

It works without its script: that only shows the salesperson before the form is sent. The server
checks the form, so that what is wrong is said in the page's language, next to the question.
"""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from string import Template
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from sluice.campaigns.rules import colours
from sluice.campaigns.rules.campaigns import Campaign, Field
from sluice.campaigns.rules.forms import MISSING
from sluice.codes.pages import contact as contact_part
from sluice.codes.views.contacts import ContactView
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
_FIELD = Template('    <label for="$id">$label$star</label>\n    $control\n    $message\n')
_MESSAGE = Template('<p class="wrong" id="$id.wrong">$text</p>')
_LINK = Template('<a href="#$id">$label</a>')
_STAR = Markup(' <span class="star" aria-hidden="true">*</span>')
_TEXTS = {
    "en": {
        "lang": "en",
        "soon": "Signing up begins at the time above. Please come back then.",
        "over": "Signing up has ended. Thank you for your interest.",
        "done": "You are signed up. Please get in touch with your contact:",
        "asks": "",
        "button": "Sign up",
        "consent": "I agree that my answers are kept for this campaign and seen by my contact. "
        "I can have them erased at any time.",
        "policy": "Privacy policy",
        "full": "All contacts are busy at the moment. Please try again later.",
        "failed": "That did not work. Please try again.",
        "check": "Please check: ",
        "and": ", ",
        "consent_label": "your agreement",
        "range": "{} to {}",
        "missing": "Please fill this in.",
        "wrong_phone": "Please enter a telephone number, such as +86 138 0000 0000.",
        "wrong_email": "Please enter an e-mail address, such as name@example.com.",
        "wrong_number": "Please enter a number.",
        "wrong_date": "Please enter a day, such as 2026-03-05.",
        "wrong_choice": "Please choose one of these.",
        "wrong_text": "Please make this shorter, and use letters and digits only.",
        "wrong_consent": "Without your agreement we may not keep your answers.",
    },
    "zh": {
        "lang": "zh-Hans",
        "soon": "报名尚未开始，请在活动时间内再来。",
        "over": "报名已结束，感谢关注。",
        "done": "报名成功，请联系您的专属顾问：",
        "asks": "",
        "button": "立即报名",
        "consent": "我同意为本次活动保存所填信息并提供给专属顾问，可随时要求删除。",
        "policy": "隐私政策",
        "full": "当前顾问繁忙，请稍后再试。",
        "failed": "操作失败，请重试。",
        "check": "请检查：",
        "and": "、",
        "consent_label": "信息使用授权",
        "range": "{} 至 {}",
        "missing": "请填写此项。",
        "wrong_phone": "请输入有效的手机号码。",
        "wrong_email": "请输入有效的邮箱地址。",
        "wrong_number": "请输入数字。",
        "wrong_date": "请输入日期，例如2026-03-05。",
        "wrong_choice": "请从选项中选择一项。",
        "wrong_text": "内容过长或含有无法识别的字符，请修改。",
        "wrong_consent": "请勾选同意后再提交。",
    },
}


class Shown(NamedTuple):
    """What the page shows; `said` are the answers of a form that comes back, `wrong` their faults.

    `wrong`: by question, or `consent`, why. `joins`: its script asks for a seat.
    """

    campaign: Campaign
    organization_name: str
    zone: ZoneInfo
    stage: Stage
    join_url: str
    token: str = ""
    contact: ContactView | None = None
    said: Mapping[str, str] = {}
    wrong: Mapping[str, str] = {}
    problem: str = ""  # `full` or `failed`
    joins: bool = False
    card: str = ""  # tags of link previews
    privacy_url: str = ""


def render(shown: Shown, languages: str, now: datetime) -> Page:
    """Return the page; `languages` is an Accept-Language header or a locale."""
    texts = _TEXTS[pages.language_of(languages)]
    given = shown.campaign.definition
    asks, told = shown.stage == "asks", shown.problem or shown.stage
    names = ("lang", "consent", "policy", "full", "failed")
    values = {name: texts[name] for name in names} | {
        "title": given.title,
        "accent": str(colours.readable(colours.parsed(given.accent))),
        "card": Markup(shown.card),
        "headline": given.landing.headline,
        "dates": dates_of(given.starts_at, given.ends_at, shown.zone, texts),
        "text": given.landing.text,
        "say": texts[told],
        "wrong": _faults(shown, texts),
        "fields": Markup(
            "".join(_field(each, shown, texts) for each in given.form) if asks else ""
        ),
        "button": given.landing.button or texts["button"],
        "organization": shown.organization_name,
        "join_url": shown.join_url,
        "token": shown.token,
        "joins": "yes" if shown.joins else "",
        "contact": contact_part.render(shown.contact, languages, shown.zone, now),
        "privacy_url": shown.privacy_url,
        "consent_wrong": _marks("consent", is_wrong="consent" in shown.wrong),
        "consent_message": _message("consent", shown.wrong, texts["wrong_consent"]),
    }
    flags = {
        "says": bool(texts[told]),
        "is_wrong": bool(shown.wrong),
        "form": asks,
        "has_policy": bool(shown.privacy_url),
    }
    return pages.render(_PAGE, values, flags, scripts=True, forms=True, images=True)


def dates_of(start: datetime, end: datetime, zone: ZoneInfo, texts: Mapping[str, str]) -> str:
    """Return from when to when a campaign lasts, by the organisation's clock."""
    form = "%Y-%m-%d %H:%M"
    return texts["range"].format(
        start.astimezone(zone).strftime(form), end.astimezone(zone).strftime(form)
    )


def _faults(shown: Shown, texts: Mapping[str, str]) -> Markup:
    """Return links to what is wrong."""
    labels = {ANSWER + field.name: field.label for field in shown.campaign.definition.form}
    labels["consent"] = texts["consent_label"]
    wrong = [name if name == "consent" else ANSWER + name for name in shown.wrong]
    rows = [pages.filled(_LINK, [{"id": name, "label": labels.get(name, name)}]) for name in wrong]
    return Markup(escape(texts["check"]) + texts["and"].join(rows))


def _marks(name: str, *, is_wrong: bool) -> Markup:
    return Markup(f'aria-invalid="true" aria-describedby="{name}.wrong"' if is_wrong else "")


def _message(name: str, wrong: Mapping[str, str], text: str) -> Markup:
    asked = name.removeprefix(ANSWER)
    return pages.filled(_MESSAGE, [{"id": name, "text": text}] if asked in wrong else [])


def _field(field: Field, shown: Shown, texts: Mapping[str, str]) -> str:
    """Return a question, with what was wrong with its answer; every text of it is escaped."""
    name, answer = ANSWER + field.name, shown.said.get(field.name, "")
    value = escape(answer)
    is_wrong = field.name in shown.wrong
    common = f'id="{name}" name="{name}"' + (" required" if field.required else "")
    common += f" {_marks(name, is_wrong=is_wrong)}" if is_wrong else ""
    if field.type == "choice":
        options = "".join(
            f"<option{' selected' if answer == each else ''}>{escape(each)}</option>"
            for each in (field.choices or ())
        )
        control = f'<select {common}><option value=""></option>{options}</select>'
    elif field.type == "text" and (field.max_length or 0) > LONG_TEXT:
        control = f'<textarea {common} maxlength="{field.max_length}" rows="4">{value}</textarea>'
    else:
        most = f' maxlength="{field.max_length or LONG_TEXT}"' if field.type == "text" else ""
        control = f'<input {_INPUTS[field.type]}{most} {common} value="{value}">'
    is_missing = shown.wrong.get(field.name) == MISSING
    text = texts["missing" if is_missing else f"wrong_{field.type}"]
    row = {
        "id": name,
        "label": field.label,
        "star": _STAR if field.required else "",
        "control": Markup(control),
        "message": _message(name, shown.wrong, text),
    }
    return pages.filled(_FIELD, [row])
