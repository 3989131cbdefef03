"""What a caller can be told. Each class is one stable problem `type` (RFC 9457).

Everything else that is raised is a fault of ours: logged with a correlation id, answered as 500.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

PROBLEM_PREFIX = "urn:sluice:problem:"


class ConfigurationError(RuntimeError):
    """The deployment is wrong; the message says what to change."""


class Problem(Exception):  # noqa: N818 - it is the field's term, RFC 9457
    """An answer other than success; `str(problem)` is its `detail`."""

    slug: ClassVar[str] = "problem"
    title: ClassVar[str] = "The request was not carried out"
    status: ClassVar[int] = 500
    retry_after_seconds: int | None = None

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)

    def extensions(self) -> dict[str, Any]:
        """Return further members of the problem document."""
        return {}


class Invalid(Problem):
    """The request itself is wrong; `fields` name where."""

    slug, title, status = "invalid-request", "The request is not valid", 400

    def __init__(self, detail: str = "", fields: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.fields = fields

    def extensions(self) -> dict[str, Any]:
        """Return the fields at fault as `[{field, reason}]`."""
        return {"fields": [{"field": f, "reason": r} for f, r in self.fields]}


class Unauthenticated(Problem):
    """Nobody we know signed this request."""

    slug, title, status = "unauthenticated", "Sign in, or sign the request", 401


class Forbidden(Problem):
    """The caller is known and may not do this."""

    slug, title, status = "forbidden", "This is not yours to do", 403


class NotFound(Problem):
    """There is no such thing in this organisation."""

    slug, title, status = "not-found", "There is no such thing", 404


class Refusal(Problem):
    """A rule or a guarded write said no; nothing was changed.

    `current` is the item as DynamoDB found it when the guard refused, where there was one.
    """

    slug, title, status = "refused", "The rules do not allow this now", 409
    current: Any = None


class TooMany(Problem):
    """The caller should slow down."""

    slug, title, status = "too-many-requests", "Too many requests", 429
    retry_after_seconds = 10


class Contention(Problem):
    """Others were writing the same items, or AWS throttled us; nothing was changed."""

    slug, title, status = "contention", "Busy: try again shortly", 503
    retry_after_seconds = 1
