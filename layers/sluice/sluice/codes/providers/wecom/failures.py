"""What WeCom answers instead of doing what it was asked.

HTTP 200 with an `errcode` is a failure. Messages name the call and the code, never a token, a
customer or WeCom's own text, which quotes what it was sent.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address

from sluice.shared.errors import Problem

MINUTE_SECONDS = 60
HOUR_SECONDS = 3600
CONCURRENCY_SECONDS = 5


class ProviderFailure(Problem):
    """WeCom did not do it. `code` is its errcode, or the HTTP status; 0 where there was none."""

    slug, title, status = "provider-failure", "The messaging provider did not do it", 502

    def __init__(self, call: str, code: int = 0, advice: str = "") -> None:
        super().__init__(f"WeCom {call}: {code}. {advice}".strip())
        self.call = call
        self.code = code


class TokenExpired(ProviderFailure):
    """The access token is dead, by age or early: a new one is fetched, once (40014, 42001)."""

    slug, title, status = "provider-busy", "The messaging provider is not ready", 503
    retry_after_seconds = 5


class RateLimited(ProviderFailure):
    """Too many calls: nothing more will be taken for `retry_after_seconds` (45009, 45033)."""

    slug, title, status = "provider-busy", "The messaging provider is not ready", 503
    retry_after_seconds: int | None = MINUTE_SECONDS


class Unavailable(ProviderFailure):
    """WeCom could not be asked, or says it is busy (-1, 5xx, timeouts). It may have been done."""

    slug, title, status = "provider-busy", "The messaging provider is not ready", 503
    retry_after_seconds = 5


class AbnormalAccount(ProviderFailure):
    """This employee cannot receive customers: their channel closes and operators are alarmed."""

    slug, title, status = "provider-account-abnormal", "The provider account is not usable", 409


class Misconfigured(ProviderFailure):
    """The app, its rights or our address are not set up at WeCom; the message says what to do."""

    slug, title, status = "provider-misconfigured", "The provider account is not set up", 409


class NotThere(ProviderFailure):
    """The way, customer, group or relation does not exist, or no longer."""

    slug, title, status = "provider-has-no-such", "The provider has no such thing", 404


class TooLate(ProviderFailure):
    """The welcome code has been used, is older than 20 seconds, or they are talking already."""

    slug, title, status = "provider-too-late", "Too late at the provider", 409


class Rejected(ProviderFailure):
    """An answer that none of the others covers: a fault of ours, or a new code of theirs."""


_ADDRESS = "Enter this deployment's fixed address as a trusted IP of the app"
# docs/wecom.md lists the same codes for whoever runs the organisation.
_KINDS: Mapping[type[ProviderFailure], Mapping[int, str]] = {
    TokenExpired: {40001: "", 40014: "", 41001: "", 42001: ""},
    AbnormalAccount: {
        40098: "The employee has not verified their real name.",
        41054: "The employee has not activated their account.",
        60011: "The employee is outside the app's visible range.",
        84074: "The employee has no right to external contacts.",
    },
    Misconfigured: {
        40013: "The corporation id is not valid.",
        40056: "The app's id is not valid.",
        48002: "Give the app the right to this call (customer contact, callable apps).",
        50003: "The app is switched off: enable it.",
        60020: _ADDRESS + ".",
        301002: "The app is not among the callable apps of customer contact.",
    },
    NotThere: {
        40003: "There is no such employee.",
        40050: "There is no such group.",
        40096: "There is no such customer.",
        41044: "There is no such way.",
        60111: "There is no such employee.",
        84061: "They are not in contact.",
    },
    TooLate: {41050: "", 41051: ""},
    Unavailable: {-1: ""},
}
_OF_CODE = {code: (kind, advice) for kind, of in _KINDS.items() for code, advice in of.items()}
_FREQUENCY, _CONCURRENCY = 45009, 45033
_WRONG_SECRET = (40001, 40013)
_FOUR_NUMBERS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_HOURLY = re.compile(r"hour|60 ?min|3600", re.IGNORECASE)


def failure_of(call: str, code: int, message: str) -> ProviderFailure:
    """Return the failure that an errcode means.

    The message is looked at for two facts only: whether a limit is the hourly one, and from which
    address of ours WeCom was called.
    """
    if code in (_FREQUENCY, _CONCURRENCY):
        limited = RateLimited(call, code)
        if code == _CONCURRENCY:
            limited.retry_after_seconds = CONCURRENCY_SECONDS
        elif _HOURLY.search(message):
            limited.retry_after_seconds = HOUR_SECONDS
        return limited
    kind, advice = _OF_CODE.get(code, (Rejected, ""))
    if advice.startswith(_ADDRESS):
        advice = f"{_ADDRESS}{_address_in(message)}."
    return kind(call, code, advice)


def failure_of_secret(call: str, code: int, message: str) -> ProviderFailure:
    """Return the failure of asking for a token: here 40001 says that the secret is wrong."""
    if code in _WRONG_SECRET:
        return Misconfigured(call, code, "The corporation id or the app's secret is wrong.")
    return failure_of(call, code, message)


def _address_in(message: str) -> str:
    for found in _FOUR_NUMBERS.findall(message):
        try:
            return f" ({ip_address(found)})"
        except ValueError:
            continue
    return ""
