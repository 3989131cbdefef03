"""What a WeCom account's settings hold: nothing secret, and nothing heavy to read."""

from typing import Annotated

import msgspec
from msgspec import Meta


class Settings(msgspec.Struct, frozen=True):
    """The corporation. What else is there is not WeCom's matter."""

    corp_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,64}$(?!\n)")]
