"""Calls to a provider over HTTP, and what their answers say of a message."""

import re
from collections.abc import Callable, Mapping

import msgspec

from sluice.push.providers import Rejected, Unknown, Unreachable
from sluice.shared import outside
from sluice.shared.outside import Answer

type Post = Callable[[str, Mapping[str, str], bytes], Answer]

_OK, _REDIRECTS, _BAD, _BUSY, _BROKEN = 200, 300, 400, 429, 500
# The account's trouble, not the message's: wrong credentials, no right, a wrong address.
_ACCOUNT = frozenset({401, 403, 404, 405})
_NOT_IN_TIME = 408
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,80}\Z")


def ask(post: Post, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """POST once. Raises Unreachable where nothing left, Unknown where it may have arrived."""
    try:
        return post(url, headers, body)
    except outside.NotSent as error:
        raise Unreachable(f"it could not be reached: {error}") from None
    except outside.NoAnswer as error:
        raise Unknown(f"no answer: {error}") from None


def check_status(answer: Answer) -> None:
    """Take HTTP 2xx. Raises Rejected, Unreachable or Unknown for any other status."""
    status = answer.status
    if _OK <= status < _REDIRECTS:
        return
    why = f"HTTP {status}"
    if status == _BUSY:
        raise Unreachable(why, answer.retry_after_seconds)
    if status < _BAD or status in _ACCOUNT:  # a redirect is not followed
        raise Unreachable(why)
    if status >= _BROKEN or status == _NOT_IN_TIME:
        raise Unknown(why)
    raise Rejected(why)


def read[T](answer: Answer, expected: type[T]) -> T:
    """Return an answer's JSON, whatever its status. Without any the status decides.

    Raises Unknown where that says nothing: the provider may have done what it was asked.
    """
    try:
        return msgspec.json.decode(answer.body, type=expected)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        check_status(answer)
        raise Unknown(f"HTTP {answer.status}, and the answer cannot be read") from None


def shown(code: str) -> str:
    """Return a provider's code as the timeline may show it: a code, no text about a person."""
    return code if _CODE.match(code) else "an unknown code"
