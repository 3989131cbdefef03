"""Erasure of a person: everything under every identity of theirs (C6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from sluice.codes.identities import OutsideName
from sluice.invitations.people_tables import ListEntry, MappedUser, PersonItem, SamePerson
from sluice.invitations.refusals import TooManyIdentities
from sluice.invitations.rules.lists import BLACKLIST
from sluice.invitations.store import people
from sluice.shared import clock, ids, outbox
from sluice.shared.claims import Claim
from sluice.shared.errors import Contention
from sluice.shared.guard import Transaction

BATCH = 50  # items of a page: a transaction, with the other end of each link
MAX_KEYS = 40  # identities of one person; more are several people who were taken for one
BUDGET = timedelta(seconds=20)  # of a function's 29
_LINKS, _BEHIND = f"{people.SAME}#", f"{people.SAME}$"
_PARTS = (  # links last: while there is more, who is named still leads to it
    PersonItem.item < _LINKS,
    PersonItem.item >= _BEHIND,
    PersonItem.item.startswith(_LINKS),
)


def erase(
    organization_id: str,
    person_keys: Sequence[str],
    now: datetime,
    *,
    keep_blacklisted: bool,
    only_named: bool = False,
    users: Sequence[str] = (),
    names: Sequence[OutsideName] = (),
    claim: Claim | None = None,
) -> None:
    """Delete what is known of a person, and tell: `person.erased.v1` with keys and user ids.

    `keep_blacklisted`: entries on the blacklist stay, so that nobody invites the person again.
    `only_named`: not the identities that these lead to, and the links to them go on both sides.
    `users` are those named, in app 2: told with those that the identities are mapped to; `names`
    are where codes may know them by outside ids: told as they are. For
    each identity 4 queries, without one `only_named`; a transaction that tells, one for each 50
    items (2 write units each; a link 4), one for the claim, taken last. Raises TooManyIdentities
    before anything is deleted; AlreadyClaimed; Contention where it takes too long: what is gone
    stays gone, ask again.
    """
    keys, user_ids = list(person_keys), dict.fromkeys(users)
    if not only_named:
        _add_linked(organization_id, keys, user_ids)
    data = {
        "person_keys": keys,
        "user_ids": list(user_ids),
        "names": msgspec.to_builtins(names),
        "only_named": only_named,
    }
    _tell(organization_id, data, claim, now)
    ends = clock.now() + BUDGET
    # The farthest first: if this is cut short, those asked for still lead to what is left.
    for key in reversed(keys):
        _erase(organization_id, key, ends, keep_blacklisted=keep_blacklisted)
    if claim is not None:
        transaction = Transaction()
        claim.take(transaction, now)
        transaction.commit()


def _add_linked(organization_id: str, keys: list[str], user_ids: dict[str, None]) -> None:
    """Add all identities of a person, and their users in app 2: a query for each identity."""
    for key in keys:  # it grows
        found = PersonItem.query(
            ids.key(organization_id, key),
            PersonItem.item >= _LINKS,  # and the mapping to a user, which sorts behind them
            limit=MAX_KEYS + 2,
            consistent_read=True,
        )
        for item in found:
            if isinstance(item, MappedUser):
                user_ids[item.user_id] = None
            elif isinstance(item, SamePerson) and item.other_key not in keys:
                keys.append(item.other_key)
        if len(keys) > MAX_KEYS:
            raise TooManyIdentities


def _tell(organization_id: str, data: dict[str, Any], claim: Claim | None, now: datetime) -> None:
    transaction = Transaction()
    if claim is not None:
        claim.check(transaction)  # asked again when all is done, nothing said since is erased
    aliases = [name["alias"] for name in data["names"]]  # as well as whom they lead to
    outbox.emit(
        transaction,
        outbox.Event(
            id=ids.derived(b"erased", str(now.date()), *data["person_keys"], *aliases),
            type="person.erased.v1",
            organization_id=organization_id,
            occurred_at=now,
            version=1,
            data=data,
        ),
    )
    transaction.commit()


def _erase(organization_id: str, key: str, ends: datetime, *, keep_blacklisted: bool) -> None:
    place = ids.key(organization_id, key)
    for part in _PARTS:
        last = None
        while True:
            if clock.now() > ends:
                raise Contention("There is more to erase: ask again.")
            page = PersonItem.query(
                place, part, limit=BATCH, consistent_read=True, last_evaluated_key=last
            )
            found = [i for i in page if not _stays(i, keep_blacklisted=keep_blacklisted)]
            _delete(organization_id, key, found)
            last = page.last_evaluated_key
            if last is None:
                break


def _stays(item: PersonItem, *, keep_blacklisted: bool) -> bool:
    return keep_blacklisted and isinstance(item, ListEntry) and item.list_name == BLACKLIST


def _delete(organization_id: str, key: str, items: Sequence[PersonItem]) -> None:
    if not items:
        return
    transaction = Transaction()
    for item in items:
        transaction.erase(item)
        if isinstance(item, SamePerson):
            other = ids.key(organization_id, item.other_key)
            transaction.erase(SamePerson(other, ids.key(people.SAME, key)))
    transaction.commit()
