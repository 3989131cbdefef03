"""What a provider's own error codes say of a message: HTTP 200 with a code may be a failure."""

from collections.abc import Collection, Mapping

import msgspec

from sluice.push.providers import Rejected, Unknown, Unreachable
from sluice.push.providers.tools import calls
from sluice.shared import outside
from sluice.shared.providers.failures import TokenExpired

JSON: Mapping[str, str] = {"Content-Type": "application/json; charset=utf-8"}


class Codes(msgspec.Struct, frozen=True):
    """A provider's codes by what they say; any other that is not 0 is a no to this message."""

    account: Mapping[int, str]  # somebody has to put the account right: what to do
    limits: Mapping[int, int]  # too many calls: seconds until another is taken
    unsure: Collection[int] = ()  # it may have been sent
    token: Collection[int] = ()  # the access token is dead: the call was not done


def check(codes: Codes, code: int) -> None:
    """Take the code 0. Raises Rejected, Unreachable, Unknown or TokenExpired for any other.

    The provider's own text is left out: it may quote what it was sent.
    """
    why = f"error code {code}"
    if code == 0:
        return
    if code in codes.token:
        raise TokenExpired("token", code)
    if code in codes.account:
        raise Unreachable(f"{why}: {codes.account[code]}")
    if code in codes.limits:
        raise Unreachable(f"{why}: too many calls", codes.limits[code])
    if code in codes.unsure:
        raise Unknown(why)
    raise Rejected(why)


def post[T](url: str, body: object, expected: type[T]) -> T:
    """POST JSON once and return the typed answer of HTTP 2xx. Raises as `calls` says."""
    answer = calls.ask(outside.post, url, JSON, msgspec.json.encode(body))
    calls.check_status(answer)
    return calls.read(answer, expected)
