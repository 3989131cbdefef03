"""A secret in the address of receipts, for providers that sign nothing: nobody else knows it."""

import base64
import hmac

from sluice.organizations.tables import ProviderAccount
from sluice.shared import signing
from sluice.shared.errors import Unauthenticated
from sluice.shared.http import Request

PARAMETER = "key"
_BYTES = 18


def secret_of(organization_id: str, account_id: str) -> str:
    """Return the value of the parameter `key` in an account's address of receipts."""
    return _text(signing.derived_key("receipts", organization_id, account_id))


def authenticate(account: ProviderAccount, request: Request) -> None:
    """Check the key in the address. Raises Unauthenticated."""
    given = str((request.event.get("queryStringParameters") or {}).get(PARAMETER, ""))
    named = request.path["organization_id"], account.account_id
    for key in signing.derived_keys("receipts", *named):
        if hmac.compare_digest(_text(key).encode(), given.encode()):
            return
    raise Unauthenticated("The address of receipts has another key.")


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key[:_BYTES]).decode()
