"""Providers of the channel side (A7): which there are, and what a join needs of them.

A provider is a module with `open_account`, loaded when one is asked: a join loads none.
"""

import importlib
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sluice.codes.providers.greeting import Greeting
from sluice.codes.providers.protocol import Provider
from sluice.codes.rules.choice import Candidate
from sluice.organizations.tables import ProviderAccount
from sluice.shared.errors import Invalid, NotFound
from sluice.shared.providers import secrets

_MODULES = {
    "sandbox": "sluice.codes.providers.sandbox",
    "wecom": "sluice.codes.providers.wecom.adapter",
}
_SETTINGS = {
    "sandbox": "sluice.codes.providers.sandbox",
    "wechat": "sluice.codes.providers.wechat.settings",
    "wecom": "sluice.codes.providers.wecom.settings",
}
TYPES = frozenset(_SETTINGS)
WITH_WAYS = frozenset({"wecom"})  # a channel there is given once it has a way of its own
MAX_WAYS = 500_000  # of a corporation's, shared by all its apps


class Quotas(msgspec.Struct, frozen=True):
    """What an account's settings may hold of its quotas; the rest is others' matter."""

    max_ways: Annotated[int, Meta(ge=1, le=MAX_WAYS)] = MAX_WAYS


def open_account(account: ProviderAccount) -> Provider:
    """Return a provider account, ready to be asked.

    Raises NotFound: no channels there; a ProviderFailure: it is not set up.
    """
    module = _MODULES.get(account.type)
    if module is None:
        raise NotFound(f"Accounts of type {account.type} have no channels.")
    provider: Provider = importlib.import_module(module).open_account(account)
    return provider


def has_channels(account_type: str) -> bool:
    """Tell whether accounts of a type can have channels: WeChat's only say who customers are."""
    return account_type in _MODULES


def max_ways(account: ProviderAccount) -> int:
    """Return how many ways an account may have here: less where other apps make some, too."""
    return msgspec.convert(account.settings or {}, Quotas).max_ways


def contact_of(channel: Candidate, assignment_id: str) -> dict[str, Any]:
    """Return what a customer needs to get in touch with a channel: nothing is asked of anybody."""
    if channel.provider_type in WITH_WAYS:
        return {"qr_code": channel.way_url} if channel.way_url else {}
    return {"reference": channel.provider_ref, "state": assignment_id}


def check_account(
    organization_id: str, account_type: str, settings: dict[str, Any], reference: str | None
) -> None:
    """Check what a provider needs of an account. Raises Invalid, naming the field."""
    taken = importlib.import_module(_SETTINGS[account_type]).Settings
    try:
        for wanted in (taken, Greeting, Quotas):
            msgspec.convert(settings, wanted)
    except msgspec.ValidationError as error:
        raise Invalid(f"settings: {error}", [("settings", str(error))]) from None
    if account_type != "sandbox":
        secrets.check_reference(organization_id, reference)
