"""What material says that is in no campaign (B3): dates, whose it is, what to do with the code."""

from datetime import datetime
from typing import NamedTuple

CHINESE = "zh"
_MONTHS = "January February March April May June July August September October November December"
_ENGLISH_MONTHS = tuple(_MONTHS.split())


class Wording(NamedTuple):
    """Words in one language; `{}` is a name."""

    invited: str
    call: str
    sample_member: str  # whose poster a draft is shown on
    sample_call: str  # instead of the call to action there


_WORDINGS = {
    CHINESE: Wording(
        "{} \u8bda\u9080\u60a8\u53c2\u52a0",
        "\u957f\u6309\u8bc6\u522b\u4e8c\u7ef4\u7801\uff0c\u7acb\u5373\u62a5\u540d",
        "\u793a\u4f8b\u5458\u5de5",
        "\u6837\u5f20\uff1a\u626b\u7801\u65e0\u6548",
    ),
    "en": Wording("Invited by {}", "Scan to sign up", "a colleague", "Sample: not valid"),
}


def language_of(locale: str) -> str:
    """Return the language that an organisation's material is in."""
    return CHINESE if locale.lower().startswith(CHINESE) else "en"


def invitation(name: str, locale: str) -> str:
    """Return whose code it is; nothing without a name."""
    return _WORDINGS[language_of(locale)].invited.format(name) if name else ""


def call_to_action(given: str, locale: str) -> str:
    """Return the campaign's call to action, or the usual one."""
    return given or _WORDINGS[language_of(locale)].call


def sample_member(locale: str) -> str:
    """Return the name on a sample."""
    return _WORDINGS[language_of(locale)].sample_member


def sample_call(locale: str) -> str:
    """Return what a sample says in place of its call to action."""
    return _WORDINGS[language_of(locale)].sample_call


def moment(at: datetime, locale: str) -> str:
    """Return a local time with its date."""
    if language_of(locale) == CHINESE:
        return f"{at.year}\u5e74{at.month}\u6708{at.day}\u65e5 {at:%H:%M}"
    return f"{at.day} {_ENGLISH_MONTHS[at.month - 1]} {at.year}, {at:%H:%M}"


def span(starts: datetime, ends: datetime, locale: str) -> str:
    """Return from when until when, in local times; what both share is said once."""
    first = moment(starts, locale)
    if starts.date() == ends.date():
        return f"{first} \u2013 {ends:%H:%M}"
    last = moment(ends, locale)
    if starts.year == ends.year:
        year = f"{ends.year}\u5e74" if language_of(locale) == CHINESE else f" {ends.year}"
        last = last.replace(year, "", 1)
    return f"{first} \u2013 {last}"
