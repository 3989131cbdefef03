"""What is sent to sign up: JSON, or the page's own form, which says the same (B4)."""

from typing import Annotated
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, field

from sluice.campaigns.pages.signup import ANSWER
from sluice.campaigns.rules.campaigns import MAX_FIELDS
from sluice.campaigns.rules.forms import MAX_ANSWER
from sluice.codes.customers import Who
from sluice.shared.claims import Claim
from sluice.shared.errors import Invalid
from sluice.shared.http import ANYONE, Caller, Door, Request

FORM = "application/x-www-form-urlencoded"
MAX_PAIRS = 20  # of a form: a few more than a campaign can ask for
YES = "yes"  # what the box of the consent sends

Question = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$(?!\n)")]
Answer = Annotated[str, Meta(max_length=MAX_ANSWER)]


class SignUp(Who):
    """Who signs up, what they answer to the form, and that they agree that it is kept."""

    answers: Annotated[dict[Question, Answer], Meta(max_length=MAX_FIELDS)] = field(
        default_factory=dict
    )
    consent: bool = False


def door(route: str) -> Door:
    """Declare a public route that takes JSON, or a form whose names it makes JSON of."""

    def authenticate(request: Request) -> tuple[Caller, bytes, Claim | None]:
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        return ANYONE, _as_json(request.raw) if kind == FORM else request.raw, None

    return Door(route, "anyone", authenticate)


def _as_json(raw: bytes) -> bytes:
    """Return a form as the JSON that says the same. Raises Invalid: it is none."""
    try:
        pairs = dict(
            parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_PAIRS)
        )
    except ValueError:
        raise Invalid("The body is no form.", [("body", "no form")]) from None
    answers = {
        name.removeprefix(ANSWER): pairs.pop(name)
        for name in list(pairs)
        if name.startswith(ANSWER)
    }
    said = {"answers": answers, "consent": pairs.pop("consent", "") == YES}
    # The page leaves it empty where the cookie tells who calls.
    given = {name: value for name, value in pairs.items() if value}
    return msgspec.json.encode(given | said)
