"""What a WeChat account's settings and secret hold."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sluice.shared.providers import secrets


class Settings(msgspec.Struct, frozen=True):
    """The official account whose domain the landing page is.

    `snsapi_base` asks nothing of the customer; WeChat then tells a unionid of followers only.
    """

    app_id: Annotated[str, Meta(pattern=r"^wx[A-Za-z0-9]{1,62}$(?!\n)")]
    scope: Literal["snsapi_base", "snsapi_userinfo"] = "snsapi_userinfo"


class Secret(secrets.Hidden, frozen=True):
    """What Secrets Manager holds, as JSON."""

    app_secret: Annotated[str, Meta(min_length=1, max_length=128)]
