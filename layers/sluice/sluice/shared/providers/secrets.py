"""Providers' secrets, from AWS Secrets Manager, each remembered for a minute."""

import re
import time

import msgspec
from botocore.exceptions import ClientError

from sluice.shared import guard
from sluice.shared.clients import client
from sluice.shared.errors import Invalid
from sluice.shared.providers.failures import Misconfigured

KEPT_SECONDS = 60.0  # so long may a new token at a provider's console meet the old one here
MAX_KEPT = 100
# A secret is given by its name or by its ARN: nothing else may stand before the name.
_ARN = r"(arn:aws[a-z-]{0,20}:secretsmanager:[a-z0-9-]{1,30}:[0-9]{12}:secret:)?"

_kept: dict[str, tuple[float, str]] = {}  # by reference: until when (monotonic), the text


class Hidden(msgspec.Struct, frozen=True):
    """The base of what a secret holds: it shows nothing of it, so no log line can."""

    def __repr__(self) -> str:
        """Return its name only."""
        return f"{type(self).__name__}(...)"


def read(reference: str | None) -> str:
    """Return a secret's text. Raises Misconfigured: what is missing, by name only."""
    if not reference:
        raise Misconfigured(
            "account", advice="secret_reference is missing (docs/push-providers.md)."
        )
    kept = _kept.get(reference)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    try:
        text = str(client("secretsmanager").get_secret_value(SecretId=reference)["SecretString"])
    except (ClientError, KeyError) as error:
        if guard.is_unreachable(error):
            raise
        raise Misconfigured(
            "account",
            advice="The secret of secret_reference cannot be read (docs/push-providers.md).",
        ) from None
    if len(_kept) >= MAX_KEPT:
        _kept.clear()
    _kept[reference] = time.monotonic() + KEPT_SECONDS, text
    return text


def check_reference(organization_id: str, reference: str | None) -> None:
    """Check that a secret is the organisation's own, by its name or ARN. Raises Invalid."""
    begins = f"sluice/{organization_id}/"
    wanted_name = _ARN + re.escape(begins) + r"[A-Za-z0-9/_+=.@-]+"
    if not re.fullmatch(wanted_name, reference or ""):
        reason = f"the name or ARN of a secret whose name begins with {begins}"
        raise Invalid(f"secret_reference must be {reason}.", [("secret_reference", reason)])


def forget() -> None:
    """Forget all secrets: for tests."""
    _kept.clear()
