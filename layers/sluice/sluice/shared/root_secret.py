"""The root secret of the deployment, remembered for five minutes.

As generated it is one text. To replace it after a leak it becomes JSON: `identity`, the first text
for ever, from which customers' ids follow, and `signing`, newest first, of which the first signs
and all verify (docs/decisions/0004).

A replaced secret is picked up within the five minutes. Where Secrets Manager does not answer, a
function that knows the secret goes on with it for up to an hour and asks again every half a
minute, so that scans and joins do not end with it. Where it answers no (the secret is gone, or the
right to read it), nothing old is used.
"""

import time
from typing import Annotated

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Meta

from sluice.shared import guard, settings, telemetry
from sluice.shared.clients import client
from sluice.shared.errors import ConfigurationError, Contention

KEPT_SECONDS = 300.0
ASKED_AGAIN_SECONDS = 30.0
MAX_AGE_SECONDS = 3600.0


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What keys are derived from."""

    identity: Annotated[str, Meta(min_length=16)]
    signing: Annotated[tuple[Annotated[str, Meta(min_length=16)], ...], Meta(min_length=1)]


class _Kept(msgspec.Struct):
    """The secret, since when it is known and when to ask again (monotonic seconds)."""

    secret: Secret
    read_at: float
    ask_at: float


_kept: _Kept | None = None


def read() -> Secret:
    """Return the root secret.

    Raises Contention where Secrets Manager gives none, ConfigurationError where it is no secret.
    """
    global _kept  # noqa: PLW0603 - one memory for the process
    now = time.monotonic()
    if _kept is not None and now < _kept.ask_at:
        return _kept.secret
    try:
        secret = _ask()
    except (BotoCoreError, ClientError) as error:
        telemetry.logger.warning("root_secret_unreachable", exc_info=error)
        too_old = _kept is None or now > _kept.read_at + MAX_AGE_SECONDS
        if _kept is None or too_old or not guard.is_unreachable(error):
            raise Contention from None
        _kept.ask_at = now + ASKED_AGAIN_SECONDS
    else:
        _kept = _Kept(secret, now, now + KEPT_SECONDS)
    return _kept.secret


def forget() -> None:
    """Forget it: for tests."""
    global _kept  # noqa: PLW0603
    _kept = None


def parse(text: str) -> Secret:
    """Read a secret's text, plain or JSON. Raises ConfigurationError."""
    if not text.startswith("{"):
        return Secret(text, (text,))
    try:
        return msgspec.json.decode(text, type=Secret)
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"RootSecret is not as decision 4 says: {error}") from None


def _ask() -> Secret:
    answer = client("secretsmanager").get_secret_value(SecretId=settings.text("ROOT_SECRET_ARN"))
    return parse(str(answer["SecretString"]))
