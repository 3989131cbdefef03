"""What a page's own form sends, as the JSON that says the same: one type checks both (F5).

So a page works without its script. A form is small, and its names come once.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from sluice.shared.claims import Claim
from sluice.shared.errors import Invalid
from sluice.shared.http import ANYONE, Caller, Door, Request

MEDIA_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 30

type Meaning = Callable[[dict[str, str]], Mapping[str, Any]]


def door(route: str, meaning: Meaning) -> Door:
    """Declare a public route that takes JSON or a form, whose fields `meaning` makes input of."""

    def authenticate(request: Request) -> tuple[Caller, bytes, Claim | None]:
        if not is_form(request):
            return ANYONE, request.raw, None
        return ANYONE, msgspec.json.encode(meaning(fields_of(request.raw))), None

    return Door(route, "anyone", authenticate)


def is_form(request: Request) -> bool:
    """Tell whether the body is a form."""
    kind = request.headers.get("content-type", "").split(";")[0]
    return kind.strip().lower() == MEDIA_TYPE


def fields_of(raw: bytes) -> dict[str, str]:
    """Return a form's fields; of a name that comes twice the last. Raises Invalid: it is none."""
    try:
        found = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise Invalid("The body is no form.", [("body", "no form")]) from None
    return dict(found)
