"""Erasure (C6): ids of a person at providers go; seats and places stay, by ids that name nobody.

Outside contacts before aliases: while an erasure is cut short, the alias still leads to them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched

import msgspec

from sluice.codes.identities import OutsideName, person_key
from sluice.codes.refusals import AliasMoved, OutsideChanged
from sluice.codes.store import loads, lookup
from sluice.codes.tables import Alias, Channel, Customer
from sluice.codes.tables.contacts import OutsideContact
from sluice.codes.tables.syncs import Later
from sluice.shared import clock, guard, ids
from sluice.shared.errors import Contention
from sluice.shared.guard import Transaction

MAX_TRIES = 5
MAX_CHANNELS = 10_000  # that an organisation can have
MAX_MARKS = 40  # channels that somebody was connected in, of one transaction
TOGETHER = 100  # items of a batch read
BUDGET = timedelta(seconds=25)  # of a function's 60, which forgets elsewhere too

type People = dict[str, set[str]]  # keys of people, by provider account


def forget(
    organization_id: str,
    names: Sequence[OutsideName],
    erased_at: datetime,
    *,
    only_named: bool = False,
) -> None:
    """Delete the ids at providers of who is known by these names, and by other aliases of theirs.

    `only_named`: not the other aliases. Only what is no later than the erasure: this may be asked
    for long after it, of somebody who came back. Aliases go, and what waits to be told of them; of
    a person outside the id, while a keyed hash keeps the place they may take. 2 batch reads and 1
    for each merge; 1 query of the channels and a batch read for each 100 of the accounts'; 1 query
    for each account and 100 of what waits for it; a transaction for each thing found, for an alias
    a batch read too. Safe to repeat. Raises Contention where it takes too long: ask again.
    """
    if not names:
        return
    ends = clock.now() + BUDGET
    aliases = _aliases(organization_id, names, only_named=only_named)
    people: People = {}
    for name in names:
        people.setdefault(name.system, set()).add(name.person)
    for alias in aliases:
        account_id = _account_of(alias)
        if alias.customer_ref:
            person = person_key(organization_id, account_id, alias.customer_ref)
            people.setdefault(account_id, set()).add(person)
    for account_id, persons in people.items():
        _forget_put_off(organization_id, account_id, persons, erased_at, ends)
    for contact in _outside(organization_id, people, ends):
        _forget_contact(contact, erased_at)
    for alias in aliases:
        _check(ends)
        _forget_alias(organization_id, alias, erased_at)


def _aliases(
    organization_id: str, names: Sequence[OutsideName], *, only_named: bool
) -> list[Alias]:
    """Return the aliases of these names, and the others of the customers they lead to."""
    found = {alias.key: alias for alias in _read(name.alias for name in names)}
    if only_named:
        return list(found.values())
    customers = {alias.customer_id for alias in found.values()}
    customers.update(customer_id for name in names for customer_id in name.customers)
    seen: set[str] = set()
    keys: set[str] = set()
    for _ in range(lookup.MAX_MERGES):
        if not (new := customers - seen):
            break
        seen |= new
        for item in Customer.batch_get(
            [ids.key(organization_id, "customer", name) for name in sorted(new)],
            consistent_read=True,
        ):
            keys.update(item.aliases or ())
            if item.merged_into:
                customers.add(item.merged_into)
    return [*found.values(), *_read(sorted(keys - found.keys()))]


def _read(keys: Iterable[str]) -> list[Alias]:
    return list(Alias.batch_get(list(dict.fromkeys(keys)), consistent_read=True))


def _account_of(alias: Alias) -> str:
    return str(alias.key.split("#")[2])


def _is_back(found: Alias | OutsideContact, erased_at: datetime) -> bool:
    at: datetime | None = found.connected_at
    return at is not None and at > erased_at


def _check(ends: datetime) -> None:
    if clock.now() > ends:
        raise Contention("There is more to erase: ask again.")


def _outside(
    organization_id: str, people: Mapping[str, set[str]], ends: datetime
) -> Iterable[OutsideContact]:
    """Find people outside in the channels of their accounts, also of channels that are removed."""
    rows = Channel.by_organization.query(
        organization_id, Channel.channel_id >= loads.FIRST_NAME, limit=MAX_CHANNELS
    )
    keys = [
        (ids.key(organization_id, row.channel_id), person)
        for row in rows
        for person in sorted(people.get(row.provider, ()))
    ]
    for some in batched(keys, TOGETHER, strict=False):
        _check(ends)
        yield from OutsideContact.batch_get(list(some), consistent_read=True)


def _forget_contact(found: OutsideContact, erased_at: datetime) -> None:
    """Take the id out; what is counted stays under the hash, which tells nobody who it is."""
    for _ in guard.attempts(MAX_TRIES):
        if _is_back(found, erased_at):
            return
        before: datetime | None = found.erased_at
        if not found.customer_ref and before is not None and before >= erased_at:
            return
        transaction = Transaction()
        transaction.update(
            OutsideContact(found.channel, found.person),
            [
                OutsideContact.customer_ref.remove(),
                OutsideContact.erased_at.set(erased_at),
                OutsideContact.version.add(1),
            ],
            condition=OutsideContact.version == found.version,
            otherwise=OutsideChanged(),
        )
        try:
            transaction.commit()
        except OutsideChanged as changed:
            if changed.current is None:
                return
            found = changed.current
            continue
        return


def _forget_alias(organization_id: str, alias: Alias, erased_at: datetime) -> None:
    """Delete an alias here and with its customer, or a merge of theirs would look for it.

    A mark without the id stays in their channels: the loss that is told some day brings none back.
    """
    channel_ids = _channels_of(organization_id, alias)
    for _ in guard.attempts(MAX_TRIES):
        if _is_back(alias, erased_at):
            return
        at = Alias.connected_at
        transaction = Transaction()
        transaction.delete(
            Alias(alias.key),
            condition=(Alias.customer_id == alias.customer_id)
            & (at.does_not_exist() | (at <= erased_at)),
            otherwise=AliasMoved(),
        )
        transaction.update(
            Customer(ids.key(organization_id, "customer", alias.customer_id)),
            [Customer.aliases.delete({alias.key})],
            condition=Customer.customer_id.exists(),
            otherwise=AliasMoved(),
        )
        _mark(transaction, organization_id, alias, channel_ids, erased_at)
        try:
            transaction.commit()
        except AliasMoved:
            now = _read([alias.key])
            if not now:
                return
            alias = now[0]
            continue
        return


def _mark(
    transaction: Transaction,
    organization_id: str,
    alias: Alias,
    channel_ids: Iterable[str],
    erased_at: datetime,
) -> None:
    if not alias.customer_ref:
        return
    person = person_key(organization_id, _account_of(alias), alias.customer_ref)
    status = OutsideContact.status
    for channel_id in channel_ids:
        transaction.upsert(
            OutsideContact(ids.key(organization_id, channel_id), person),
            [
                OutsideContact.erased_at.set(erased_at),
                status.set(status | "lost"),
                OutsideContact.version.add(1),
            ],
        )


def _channels_of(organization_id: str, alias: Alias) -> list[str]:
    """Return where a person was connected, by the seats of who they are: a batch read."""
    account_id = _account_of(alias)
    kept = (each.assignment for each in lookup.of_customer(organization_id, alias.customer_id))
    found = [alias.channel_id] if alias.channel_id else []
    found += [told.channel_id for told in kept if told.connected and told.provider == account_id]
    return list(dict.fromkeys(found))[:MAX_MARKS]


def _forget_put_off(
    organization_id: str,
    account_id: str,
    persons: set[str],
    erased_at: datetime,
    ends: datetime,
) -> None:
    """Delete what was told of these people and waits until their provider can be asked."""
    waiting = Later.query(
        organization_id,
        Later.item.startswith(ids.key("later", account_id) + "#"),
        page_size=TOGETHER,
        consistent_read=True,
    )
    for number, found in enumerate(waiting):
        if number % TOGETHER == 0:
            _check(ends)
        told = msgspec.json.decode(found.data).get("told", {})
        ref = told.get("customer_ref") if isinstance(told, dict) else None
        if ref is None or found.occurred_at > erased_at:
            continue
        if person_key(organization_id, account_id, ref) in persons:
            transaction = Transaction()
            transaction.erase(Later(organization_id, found.item))
            transaction.commit()
