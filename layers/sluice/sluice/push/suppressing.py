"""What a receipt says of an address or a person beyond its message: a hard bounce, a complaint."""

from datetime import datetime

from sluice.organizations import store as organizations
from sluice.push.providers import Receipt, adapter_of
from sluice.push.rules.courtesy import MARKETING, Consent
from sluice.push.store import recipients
from sluice.shared.errors import NotFound

BOUNCED = "the provider says that it can never be reached"
COMPLAINED = "complaint"


def follow(
    organization_id: str, account_id: str, user_id: str, receipt: Receipt, now: datetime
) -> None:
    """Send nothing more to an address, or nothing for marketing to a user, as a receipt asks.

    Nothing for most receipts; else one to three reads and a transaction of 1 or 2 items, and
    nothing where it is known. Done after the receipt is settled: the provider that gets no answer
    sends it again.
    """
    if receipt.suppress == "marketing":
        consent = Consent(granted=False, at=min(receipt.at or now, now), source=COMPLAINED)
        recipients.withdraw(organization_id, user_id, MARKETING, consent, now)
    elif receipt.suppress == "address":
        key = _key(organization_id, account_id, user_id, receipt)
        if key is not None:
            recipients.suppress(organization_id, user_id, key, BOUNCED, now)


def _key(organization_id: str, account_id: str, user_id: str, receipt: Receipt) -> str | None:
    """Return which of the user's addresses is meant: the account's own, else that of its kind.

    None where they have another by now, as far as the receipt tells its address.
    """
    found = recipients.find_recipient(organization_id, user_id)
    addresses = found.person.addresses if found else {}
    key = account_id if account_id in addresses else kind_of(organization_id, account_id)
    if receipt.address and addresses.get(key or "") not in {None, receipt.address}:
        return None
    return key


def kind_of(organization_id: str, account_id: str) -> str | None:
    """Return the kind of address that an account writes to: one read."""
    try:
        account = organizations.find_provider_account(organization_id, account_id)
        return adapter_of(account).address_kind
    except NotFound:
        return None


def user_of(organization_id: str, account_id: str, receipt: Receipt) -> str | None:
    """Return whom a receipt is about: as it says, else who has its address; a read, 2 queries."""
    if receipt.user_id or not receipt.address:
        return receipt.user_id
    kinds = (account_id, kind_of(organization_id, account_id))
    keys = [key for key in kinds if key is not None]
    return recipients.user_of(organization_id, keys, receipt.address)
