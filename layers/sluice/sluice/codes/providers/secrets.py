"""Providers' secrets, from AWS Secrets Manager, each remembered for a minute."""

import time

from botocore.exceptions import ClientError

from sluice.codes.providers.failures import Misconfigured
from sluice.shared import guard
from sluice.shared.clients import client

KEPT_SECONDS = 60.0  # so long may a new token at a provider's console meet the old one here
MAX_KEPT = 100

_kept: dict[str, tuple[float, str]] = {}  # by reference: until when (monotonic), the text


def read(reference: str | None) -> str:
    """Return a secret's text. Raises Misconfigured: what is missing, by name only."""
    if not reference:
        raise Misconfigured("account", advice="secret_reference is missing (docs/wecom.md).")
    kept = _kept.get(reference)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    try:
        text = str(client("secretsmanager").get_secret_value(SecretId=reference)["SecretString"])
    except (ClientError, KeyError) as error:
        if guard.is_unreachable(error):
            raise
        raise Misconfigured(
            "account", advice="The secret of secret_reference cannot be read (docs/wecom.md)."
        ) from None
    if len(_kept) >= MAX_KEPT:
        _kept.clear()
    _kept[reference] = time.monotonic() + KEPT_SECONDS, text
    return text


def forget() -> None:
    """Forget all secrets: for tests."""
    _kept.clear()
