"""How an organisation greets whoever comes, from the settings of its provider account."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

MAX_WELCOME = 1_000


class Greeting(msgspec.Struct, frozen=True):
    """All optional: a welcome, tags by the provider's ids, the code as the member's remark."""

    welcome: Annotated[str, Meta(max_length=MAX_WELCOME)] = ""
    tags: Annotated[Sequence[str], Meta(max_length=100)] = ()
    remark: bool = False  # it takes the place of the customer's own name in the member's list


def greeting_of(settings: dict[str, Any] | None) -> Greeting:
    """Return what an account's settings say; PUT has checked them."""
    return msgspec.convert(settings or {}, Greeting)
