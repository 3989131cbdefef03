"""What deliveries are signed with: derived for each webhook, two while it is replaced (F3)."""

from datetime import datetime

from sluice.organizations.rules import key_versions
from sluice.shared import signing
from sluice.webhooks.tables import Webhook


def secret_of(webhook: Webhook) -> str:
    """Return the newest secret, in the form Standard Webhooks libraries take."""
    version = int(webhook.secret_version)
    return signing.webhook_secret(signing.derived_key(*_purpose(webhook, version)))


def headers_of(webhook: Webhook, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery, signed with every secret that a receiver may still have.

    Those are the old one for a day after a rotation, and those of a root that is being replaced.
    """
    versions = key_versions(int(webhook.secret_version), webhook.previous_valid_until, now)
    keys = [
        key for version in versions for key in signing.derived_keys(*_purpose(webhook, version))
    ]
    signed = [signing.sign_webhook(key, message_id, now, body) for key in keys]
    together = " ".join(each["webhook-signature"] for each in signed)
    return signed[0] | {"webhook-signature": together, "Content-Type": "application/json"}


def _purpose(webhook: Webhook, version: int) -> tuple[str, ...]:
    return "webhook", webhook.organization_id, webhook.webhook_id, webhook.made, str(version)
