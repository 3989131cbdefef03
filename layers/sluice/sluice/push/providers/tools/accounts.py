"""What a provider account is given, and how an adapter reads it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import Unreachable
from sluice.shared.errors import Invalid


def read_settings[T: msgspec.Struct](given: Mapping[str, Any], expected: type[T]) -> T:
    """Return settings as their type; what else there is, is ignored. Raises Invalid."""
    try:
        return msgspec.convert(given, expected)
    except msgspec.ValidationError as error:
        raise Invalid(f"settings: {error}", [("settings", str(error))]) from None


def settings_of[T: msgspec.Struct](account: ProviderAccount, expected: type[T]) -> T:
    """Return a stored account's settings. Raises Unreachable: somebody must put them right."""
    try:
        return read_settings(account.settings or {}, expected)
    except Invalid as error:
        raise Unreachable(str(error)) from None
