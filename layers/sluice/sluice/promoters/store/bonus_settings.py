"""Settings of bonus tasks and hints: an organisation's, and an offer's before them (D6)."""

from dataclasses import replace
from datetime import datetime

import msgspec

from sluice.promoters.bonus_tables import BonusesByDue, BonusItem, HintRound, RulesItem
from sluice.promoters.refusals import OfferChanged
from sluice.promoters.rules import bonuses as rules
from sluice.promoters.rules.bonuses import BonusRules
from sluice.shared import guard, ids, preconditions
from sluice.shared.errors import Invalid
from sluice.shared.guard import Transaction
from sluice.shared.sweeping import Waiting
from sluice.shared.table import find as find_item

MAX_TRIES = 5
RULES = "rules"
HINTS_DUE = Waiting(BonusItem.by_due, BonusesByDue.due_at, 1, "hints")


def find(organization_id: str, offer_id: str | None = None) -> BonusRules | None:
    """Return the settings of an organisation, or of an offer alone: one read."""
    found = find_item(RulesItem, key_of(organization_id), name_of(offer_id))
    return None if found is None else msgspec.json.decode(found.definition, type=BonusRules)


def list_settings(organization_id: str, after: str, limit: int) -> list[tuple[str, BonusRules]]:
    """Return settings by name, the organisation's and then by offer, from behind one: one query."""
    # A space sorts before and $ behind the # of a name.
    between = RulesItem.item.between(f"{after} " if after else RULES, f"{RULES}$")
    found = RulesItem.query(key_of(organization_id), between, limit=limit)
    return [
        (str(item.item), msgspec.json.decode(item.definition, type=BonusRules)) for item in found
    ]


def put(
    organization_id: str,
    offer_id: str | None,
    wanted: BonusRules,
    now: datetime,
    *,
    expected: int | None = None,
) -> BonusRules:
    """Write the next version of settings; the same again writes nothing.

    Tasks that were offered keep the rule that they were made by. One read and one transaction of
    1 item, or 2 where hints are looked for from now on; both again, at most 5 times, when another
    call was faster. Raises Invalid, Contention; ChangedMeanwhile: they are not of the version
    `expected`.
    """
    if faults := rules.faults(wanted):
        raise Invalid("The settings are not valid.", faults)
    if offer_id is not None and wanted.hints is not None:
        raise Invalid("Hints are the organisation's.", [("hints", "not of an offer")])
    for _ in guard.attempts(MAX_TRIES):
        before = find(organization_id, offer_id)
        version = before.version if before else 0
        if before is not None and replace(wanted, version=version) == before:
            return before
        preconditions.demand(expected, version)
        after = replace(wanted, version=version + 1)
        try:
            _write(organization_id, offer_id, before, after, now)
        except OfferChanged:
            continue
        return after
    raise AssertionError  # the loop ends in Contention


def _write(
    organization_id: str,
    offer_id: str | None,
    before: BonusRules | None,
    after: BonusRules,
    now: datetime,
) -> None:
    transaction = Transaction()
    item = RulesItem(
        key_of(organization_id),
        name_of(offer_id),
        definition=msgspec.json.encode(after).decode(),
        version=after.version,
        changed_at=now,
    )
    unchanged = RulesItem.version == after.version - 1
    condition = RulesItem.key.does_not_exist() if before is None else unchanged
    transaction.put(item, condition, OfferChanged())
    if after.hints is not None and (before is None or before.hints != after.hints):
        transaction.put(_first_round(key_of(organization_id), now))
    transaction.commit()


def _first_round(key: str, now: datetime) -> HintRound:
    """Return where the search for hints is: at its beginning, and due at once."""
    return HintRound(key, "round", due_bucket=HINTS_DUE.bucket_of(key), due_at=now, version=1)


def key_of(organization_id: str) -> str:
    """Return the partition of an organisation's settings."""
    return ids.key(organization_id, "bonus")


def name_of(offer_id: str | None) -> str:
    """Return the name of the organisation's settings, or of an offer's."""
    return RULES if offer_id is None else ids.key(RULES, offer_id)


def offer_of(name: str) -> str | None:
    """Return whose settings a name is of: an offer's, or None, the organisation's."""
    return name.partition("#")[2] or None
