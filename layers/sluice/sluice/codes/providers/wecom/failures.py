"""WeCom's error codes: HTTP 200 with an `errcode` is a failure."""

import re
from collections.abc import Mapping
from ipaddress import ip_address

from sluice.shared.providers.failures import (
    AbnormalAccount,
    Misconfigured,
    NotThere,
    ProviderFailure,
    RateLimited,
    Rejected,
    TokenExpired,
    TooLate,
    Unavailable,
)

HOUR_SECONDS = 3600
UNLICENSED = 701008
CONCURRENCY_SECONDS = 5
_ADDRESS = "Enter this deployment's fixed address as a trusted IP of the app"
# docs/wecom.md lists the same codes for whoever runs the organisation.
_KINDS: Mapping[type[ProviderFailure], Mapping[int, str]] = {
    TokenExpired: {40001: "", 40014: "", 41001: "", 42001: ""},
    AbnormalAccount: {
        40098: "The employee has not verified their real name.",
        41054: "The employee has not activated their account.",
        60011: "The employee is outside the app's visible range.",
        84074: "The employee has no right to external contacts.",
        UNLICENSED: "The employee has no licence of the interface: assign one.",
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
