"""A WeCom account: which corporation, which app, and where its secrets are.

What is no secret lies in the provider account's settings; the app's secret, and the callback's
token and EncodingAESKey, in AWS Secrets Manager as JSON, named by the account's secret reference.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sluice.codes.providers.wecom.settings import Settings
from sluice.shared import ids, signing
from sluice.shared.providers import secrets, transport
from sluice.shared.providers.failures import Misconfigured
from sluice.shared.providers.sealing import CallbackKey

DEFAULT_URL = "https://qyapi.weixin.qq.com"


class Secret(secrets.Hidden, frozen=True):
    """What Secrets Manager holds. Two callback keys are valid while one is replaced."""

    app_secret: Annotated[str, Meta(min_length=1, max_length=128)]
    callbacks: Annotated[tuple[CallbackKey, ...], Meta(min_length=1, max_length=2)]


class Account(msgspec.Struct, frozen=True):
    """An account with its secrets."""

    organization_id: str
    account_id: str
    corp_id: str
    secret: Secret

    @property
    def app(self) -> str:
        """A fixed id of corporation + app secret: WeCom gives each app a token of its own."""
        key = signing.derived_key("wecom-app")
        return ids.derived(key, self.corp_id, self.secret.app_secret)


def open_account(
    organization_id: str, account_id: str, given: dict[str, Any] | None, reference: str | None
) -> Account:
    """Return an account from its stored settings and the secret they refer to.

    One call of Secrets Manager a minute. Raises Misconfigured: what is missing, by name only.
    """
    try:
        corp_id = msgspec.convert(given or {}, Settings).corp_id
        secret = msgspec.json.decode(secrets.read(reference), type=Secret)
    except msgspec.MsgspecError as error:
        raise Misconfigured("account", advice=f"{_where(error)} (docs/wecom.md).") from None
    return Account(organization_id, account_id, corp_id, secret)


def base_url() -> str:
    """Return where WeCom's API is: a setting of the deployment, never an operator's input."""
    return transport.base_url("WECOM_BASE_URL", DEFAULT_URL)


def _where(error: msgspec.MsgspecError) -> str:
    """Return what is wrong without the value: msgspec's messages name types and places only."""
    if isinstance(error, msgspec.ValidationError):
        return f"Settings or secret: {error}"
    return "The secret is not JSON"
