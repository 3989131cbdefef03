"""The root secret of the deployment, remembered for five minutes.

A rotated secret is picked up within that time. Where Secrets Manager does not answer, a function
that knows the secret goes on with it for up to an hour and asks again every half a minute, so
that scans and joins do not end with it. Where it answers no (the secret is gone, or the right to
read it), nothing old is used.
"""

import time

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from sluice.shared import guard, settings, telemetry
from sluice.shared.clients import client
from sluice.shared.errors import Contention

KEPT_SECONDS = 300.0
ASKED_AGAIN_SECONDS = 30.0
MAX_AGE_SECONDS = 3600.0


class _Kept(msgspec.Struct):
    """The secret, since when it is known and when to ask again (monotonic seconds)."""

    secret: bytes
    read_at: float
    ask_at: float


_kept: _Kept | None = None


def read() -> bytes:
    """Return the root secret. Raises Contention where Secrets Manager gives none."""
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


def _ask() -> bytes:
    answer = client("secretsmanager").get_secret_value(SecretId=settings.text("ROOT_SECRET_ARN"))
    return str(answer["SecretString"]).encode()
