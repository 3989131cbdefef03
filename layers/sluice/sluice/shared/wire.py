"""API Gateway events in, proxy answers out: decoding, parsing, problems (RFC 9457)."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from sluice.shared import errors, guard, telemetry

MAX_BODY_BYTES = 65_536
MAX_CSV_BYTES = 1_000_000
# What msgspec raises for bytes that are no JSON, or JSON nested too deeply to be read.
NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}\Z")
# What partners call their users may be longer, and an address; in a path as in a body.
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@+-]{0,127}\Z")
_PAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@+/-]{0,511}\Z")  # of the console: a path of its own
_PROGRAMME = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")  # of rewards: part of an account's name
# msgspec repeats what was given; it may be anything, such as a name or a number of a person.
_REPEATED = re.compile(r"^(Invalid (?:enum )?value) .*?( - at `\$[^`]*`)?$", re.DOTALL)
_WHERE = re.compile(r" - at `(?:key` in `)?\$\.?(.*)`$")

Event = Mapping[str, Any]


class Csv(msgspec.Struct, frozen=True):
    """A text/csv body as it came, for operations that read it line by line."""

    max_body_bytes: ClassVar[int] = MAX_CSV_BYTES
    media_type: ClassVar[str] = "text/csv"
    data: bytes


def path_of(event: Event) -> dict[str, str]:
    """Return the path parameters. Raises Invalid, naming one that is no id."""
    path = {str(k): str(v) for k, v in (event.get("pathParameters") or {}).items()}
    for name, value in path.items():
        if not pattern_of(name).match(value):
            raise errors.Invalid(f"{name} is not a valid id.", [(name, "not a valid id")])
    return path


def pattern_of(name: str) -> re.Pattern[str]:
    """Return what a path parameter must look like."""
    return {"user_id": _USER, "programme": _PROGRAMME, "page": _PAGE}.get(name, _NAME)


def headers_of(event: Event) -> dict[str, str]:
    """Return the headers, their names in lower case."""
    return {str(k).lower(): str(v) for k, v in (event.get("headers") or {}).items()}


def body_of(event: Event, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Return the raw body. Raises Invalid: over the limit, or in no known encoding."""
    text = event.get("body") or ""
    try:
        raw = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise errors.Invalid("The body is not in a known encoding.") from None
    if len(raw) > max_bytes:
        raise errors.Invalid(f"The body is over {max_bytes} bytes.")
    return raw


def parse[T](data: bytes, expected: type[T]) -> T:
    """Return JSON as a typed input, CSV as it is. Raises Invalid, naming the field."""
    if issubclass(expected, Csv):
        return expected(data)
    try:
        return msgspec.json.decode(data or b"{}", type=expected)
    except msgspec.ValidationError as error:
        raise invalid(error) from None
    except NOT_JSON as error:
        raise errors.Invalid(f"The body is not JSON: {error}") from None


def query_of[T: msgspec.Struct](event: Event, expected: type[T], *, only_known: bool) -> T:
    """Return the query as a typed input. Raises Invalid, naming the field.

    `only_known` ignores other parameters: messaging apps and campaigns add their own to links.
    """
    given = event.get("queryStringParameters") or {}
    if only_known:
        known = expected.__struct_encode_fields__
        given = {name: value for name, value in given.items() if name in known}
    try:
        return msgspec.convert(given, expected, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(error) from None


def invalid(error: msgspec.ValidationError) -> errors.Invalid:
    """Return the problem of an input that is not of its type: the field, not what stood in it."""
    message = _REPEATED.sub(r"\1\2", str(error))
    where = _WHERE.search(message)
    reason = message[: where.start()] if where else message
    return errors.Invalid(message, [((where.group(1) if where else "") or "body", reason)])


def problem_of(error: Exception, correlation_id: str) -> errors.Problem:
    """Return what the caller is told; what is a fault of ours is logged and tells nothing."""
    if isinstance(error, errors.Problem):
        return error
    if guard.is_unreachable(error):
        telemetry.logger.warning("aws_unreachable", exc_info=error)
        return errors.Contention()
    telemetry.logger.exception("unexpected_error", exc_info=error)
    return errors.Problem(f"Something went wrong here. Quote {correlation_id}.")


def problem_document(problem: errors.Problem) -> bytes:
    """Return the problem document (RFC 9457)."""
    return msgspec.json.encode(
        {
            "type": errors.PROBLEM_PREFIX + problem.slug,
            "title": problem.title,
            "status": problem.status,
            "detail": str(problem),
            **problem.extensions(),
        }
    )


def headers_with(problem: errors.Problem) -> dict[str, str]:
    """Return the headers of a problem's answer."""
    seconds = problem.retry_after_seconds
    return {} if seconds is None else {"Retry-After": str(seconds)}


def response(
    status: int, content: str | bytes | None, headers: Mapping[str, str], correlation_id: str
) -> dict[str, Any]:
    """Return a proxy answer; nothing is kept by caches unless the operation says so."""
    answer: dict[str, Any] = {
        "statusCode": status,
        "headers": {"Cache-Control": "no-store", "X-Correlation-Id": correlation_id, **headers},
        "body": content or "",
    }
    if isinstance(content, bytes):
        answer["body"] = base64.b64encode(content).decode()
        answer["isBase64Encoded"] = True
    return answer
