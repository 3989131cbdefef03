"""What a notice of another context says as a push."""

from collections.abc import Mapping

import msgspec

from sluice.push.rules.contents import Content

FALLBACK = "notices"  # the strategy of every kind that has none of its own name
MAX_TITLE = 200
MAX_BODY = 2000
_MESSAGE = ("title", "body", "link")


class Notice(msgspec.Struct, frozen=True):
    """Whom to tell what: `title`, `body` and `link` are the message, any other value a fact."""

    notice: str  # its kind
    user_id: str
    content: dict[str, str]


def strategies_of(notice: Notice) -> tuple[str, ...]:
    """Return the strategies that may carry a notice, the first to be preferred."""
    return tuple(dict.fromkeys((notice.notice, FALLBACK)))


def content_of(notice: Notice) -> Content:
    """Return the message; without words of its own it names its kind and tells its facts."""
    given = notice.content
    return Content(
        title=(given.get("title") or notice.notice)[:MAX_TITLE],
        body=(given.get("body") or _facts(given) or notice.notice)[:MAX_BODY],
        link=_link(given),
        content_id=None,
    )


def _facts(given: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in given.items() if name not in _MESSAGE)


def _link(given: Mapping[str, str]) -> str | None:
    """Return the link, if it is one that a message may carry."""
    link = given.get("link", "")
    return link if link.startswith(("https://", "http://")) else None
