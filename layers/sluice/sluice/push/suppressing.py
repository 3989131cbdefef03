"""What a receipt says of an address or a person beyond its message: a hard bounce, a complaint."""

from datetime import datetime

from sluice.organizations import store as organizations
from sluice.push.providers import Receipt, adapter_of
from sluice.push.rules.courtesy import MARKETING, Consent
from sluice.push.store import recipients
from sluice.push.tables import Push
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
        _suppress(organization_id, account_id, user_id, receipt.address, now)


def end(push: Push, account_id: str, address: str, now: datetime) -> None:
    """Send nothing more to the address that a push was just refused for: as `follow`.

    Done after the refusal is written: should the process die in between, the next message to the
    address is refused too.
    """
    _suppress(push.organization_id, account_id, push.user_id, address, now)


def _suppress(
    organization_id: str, account_id: str, user_id: str, address: str | None, now: datetime
) -> None:
    """Suppress the user's address that is meant: the account's own, else that of its kind.

    Nothing where they have another by now, as far as it is known which is meant.
    """
    person = recipients.person_of(recipients.find_recipient(organization_id, user_id))
    addresses = person.addresses if person else {}
    key = account_id if account_id in addresses else kind_of(organization_id, account_id)
    if key is not None:
        recipients.suppress(organization_id, user_id, key, BOUNCED, now, address=address)


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
