"""Facts for the checks: whose an identity is, and how fast an owner is rewarded (D10)."""

from collections.abc import Collection
from datetime import datetime

from sluice.rewards.programme_tables import Identity
from sluice.rewards.refusals import Outdated
from sluice.rewards.rules.checks import MAX_IDENTITIES, Facts
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import limits
from sluice.shared import guard, ids, telemetry
from sluice.shared.errors import Invalid
from sluice.shared.guard import Transaction
from sluice.shared.table import find

OWNER = "owner"


def bind(
    organization_id: str, owner_id: str, identities: Collection[str], now: datetime
) -> frozenset[str]:
    """Bind identities to an owner, who was bound first keeps them; return the owners they have.

    Identities are keyed hashes, at most 20. A transaction of 1 item each. Raises Invalid,
    Contention.
    """
    owners = set()
    for identity in sorted(_few(identities)):
        item = Identity(_key(organization_id, identity), OWNER, owner_id=owner_id, bound_at=now)
        transaction = Transaction()
        transaction.put(item, Identity.key.does_not_exist(), Outdated())
        try:
            transaction.commit()
        except Outdated as refusal:
            owners.add(refusal.current.owner_id)
        else:
            owners.add(owner_id)
    return frozenset(owners)


def bound_to(organization_id: str, identities: Collection[str]) -> frozenset[str]:
    """Return the owners that identities are bound to: a read each, at most 20. Raises Invalid."""
    found = (
        find(Identity, _key(organization_id, identity), OWNER) for identity in _few(identities)
    )
    return frozenset(item.owner_id for item in found if item is not None)


def gather(
    organization_id: str,
    programme: Programme,
    owner_id: str,
    now: datetime,
    *,
    identities: frozenset[str] | None = None,
    other_identities: frozenset[str] | None = None,
    blacklisted: bool | None = None,
) -> Facts:
    """Return what the programme's checks need; what could not be read is None, and so holds.

    The identities of both sides and the blacklist are the caller's to know.
    """
    owners = recent = None
    wanted = programme.checks
    try:
        if wanted.duplicate_account and identities:
            owners = bound_to(organization_id, identities)
        if wanted.velocities:
            recent = limits.recent(organization_id, programme, owner_id, now)
    except Exception as error:
        if not guard.is_busy(error):
            raise
        telemetry.logger.warning("check_not_made", exc_info=error)
    return Facts(identities, other_identities, blacklisted, owners, recent)


def _few(identities: Collection[str]) -> frozenset[str]:
    few = frozenset(identities)
    if len(few) > MAX_IDENTITIES:
        raise Invalid(f"A person has at most {MAX_IDENTITIES} identities.")
    return few


def _key(organization_id: str, identity: str) -> str:
    return ids.key(organization_id, "identity", identity)
