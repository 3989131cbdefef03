"""What a provider account is given, and how an adapter reads it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import Unreachable
from sluice.shared.errors import Invalid
from sluice.shared.providers import secrets
from sluice.shared.providers.failures import Misconfigured


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


def read_secret[T: msgspec.Struct](account: ProviderAccount, expected: type[T]) -> T:
    """Return what an account's secret holds, a JSON object. Raises Misconfigured.

    Where AWS cannot be reached its error goes through: it is not the account's trouble.
    """
    try:
        return msgspec.json.decode(secrets.read(account.secret_reference), type=expected)
    except msgspec.DecodeError:
        fields = ", ".join(expected.__struct_fields__)
        raise Misconfigured("account", advice=f"Its secret must be JSON with {fields}.") from None


def secret_of[T: msgspec.Struct](account: ProviderAccount, expected: type[T]) -> T:
    """Return an account's secret to send with. Raises Unreachable: nothing left yet.

    Its text is in no error.
    """
    try:
        return read_secret(account, expected)
    except Misconfigured as error:
        raise Unreachable(str(error)) from None
    except (BotoCoreError, ClientError) as error:
        raise Unreachable(f"the account's secret: {type(error).__name__}") from None
