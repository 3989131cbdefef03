"""Programmes: their settings, version by version, and the budgets that follow them."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from sluice.rewards.programme_tables import Budget, Gate, Listed, ProgrammeItem
from sluice.rewards.refusals import Outdated
from sluice.rewards.rules import programmes as rules
from sluice.rewards.rules.programmes import GATES, UNLIMITED_MINOR, Programme
from sluice.shared import guard, ids, preconditions
from sluice.shared.errors import Invalid
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_TRIES = 5
SETTINGS = "settings"


@dataclass(frozen=True)
class Budgeted:
    """What was granted of a budget, net of what was taken back, and what is left."""

    spent_minor: int
    left_minor: int | None  # None: it has no limit


def find_programme(organization_id: str, programme: str) -> Programme | None:
    """Return a programme's settings, or None where it has none. One read."""
    found = find(ProgrammeItem, key_of(organization_id, programme), SETTINGS)
    return None if found is None else _programme(found)


def list_programmes(organization_id: str, after: str, limit: int) -> list[Programme]:
    """Return programmes by name, from behind one: one query, and one read of at most 100 items.

    What is listed has settings, both by one write; the list may be a moment behind.
    """
    key = ids.key(organization_id, "programmes")
    names = [one.item for one in Listed.query(key, Listed.item > (after or " "), limit=limit)]
    keys = [(key_of(organization_id, name), SETTINGS) for name in names]
    items = ProgrammeItem.batch_get(keys, consistent_read=True) if keys else ()
    found = {one.key: _programme(one) for one in items}
    return [found[key] for key, _ in keys]


def put_programme(
    organization_id: str, wanted: Programme, now: datetime, *, expected: int | None = None
) -> Programme:
    """Write the next version of a programme's settings; the same again writes nothing.

    A budget changes by the difference, so that what was spent stays spent; a currency once named
    stays counted, without a limit where it is left out. Budgets and gates are told the version,
    so that no grant passes by settings that are no more. One read and one transaction of 7 items
    and 1 for each budget; all again, at most 5 times, when another call was faster.
    Raises Invalid, Contention; ChangedMeanwhile: it is not of the version `expected`.
    """
    for _ in guard.attempts(MAX_TRIES):
        before = find_programme(organization_id, wanted.programme)
        transaction = Transaction()
        after = add_settings(transaction, organization_id, before, wanted, now)
        if after == before:
            break
        preconditions.demand(expected, after.version - 1)
        try:
            transaction.commit()
        except Outdated:
            continue
        break
    return after


def add_settings(
    transaction: Transaction,
    organization_id: str,
    before: Programme | None,
    wanted: Programme,
    now: datetime,
) -> Programme:
    """Add the next version of a programme's settings, as `put_programme` writes it; return it.

    Adds nothing where it is the same as before. Raises Invalid; refuses with Outdated.
    """
    budget = dict.fromkeys(before.budget) | dict(wanted.budget) if before else wanted.budget
    version = before.version if before else 0
    after = replace(wanted, budget=budget, version=version)
    if faults := rules.faults(after):
        raise Invalid("The settings are not valid.", faults)
    if after != before:
        after = replace(after, version=version + 1)
        _put(transaction, organization_id, after, now)
        _put_budgets(transaction, organization_id, before, after)
    return after


def budgets_of(organization_id: str, programme: str) -> Mapping[str, Budgeted]:
    """Return what was spent of each budget and what is left. One query."""
    found = Budget.query(
        key_of(organization_id, programme),
        Budget.item.startswith("budget#"),
        consistent_read=True,
        limit=rules.MAX_BUDGETS,
    )
    return {
        item.currency: Budgeted(
            int(item.spent_minor),
            None if int(item.left_minor) > UNLIMITED_MINOR // 2 else int(item.left_minor),
        )
        for item in found
    }


def key_of(organization_id: str, programme: str) -> str:
    """Return the partition of a programme."""
    return ids.key(organization_id, "programme", programme)


def budget_item(organization_id: str, programme: str, currency: str) -> Budget:
    """Return the item that guards a budget, for an update."""
    return Budget(key_of(organization_id, programme), ids.key("budget", currency))


def gate_item(organization_id: str, programme: str, natural_key: str) -> Gate:
    """Return the gate of a grant, for a check; gates are spread by natural key."""
    number = zlib.crc32(natural_key.encode()) % GATES
    return Gate(key_of(organization_id, programme), ids.key("gate", str(number)))


def _put(transaction: Transaction, organization_id: str, after: Programme, now: datetime) -> None:
    def item(name: str) -> ProgrammeItem:
        return ProgrammeItem(
            key_of(organization_id, after.programme),
            name,
            definition=msgspec.json.encode(after).decode(),
            version=after.version,
            changed_at=now,
        )

    unchanged = (
        ProgrammeItem.key.does_not_exist()
        if after.version == 1
        else ProgrammeItem.version == after.version - 1
    )
    transaction.put(item(SETTINGS), unchanged, Outdated())
    transaction.put(item(f"version#{after.version:09}"))
    transaction.put(Listed(ids.key(organization_id, "programmes"), after.programme))
    for number in range(GATES):
        key = key_of(organization_id, after.programme)
        transaction.put(Gate(key, ids.key("gate", str(number)), version=after.version))


def _put_budgets(
    transaction: Transaction, organization_id: str, before: Programme | None, after: Programme
) -> None:
    """Change what is left by what the limit changes: no read, and grants meanwhile stay right."""
    for currency in after.budget:
        was = 0 if before is None or currency not in before.budget else _limit(before, currency)
        transaction.upsert(
            budget_item(organization_id, after.programme, currency),
            [
                Budget.version.set(after.version),
                Budget.left_minor.add(_limit(after, currency) - was),
                Budget.spent_minor.add(0),
                Budget.currency.set(currency),
            ],
        )


def _limit(programme: Programme, currency: str) -> int:
    limit = programme.budget[currency]
    return UNLIMITED_MINOR if limit is None else limit


def _programme(item: ProgrammeItem) -> Programme:
    return msgspec.json.decode(item.definition, type=Programme)
