"""Content versions and the chain they stand in (E9)."""

import contextlib
from datetime import datetime

import msgspec

from sluice.push.content_tables import ChainHead, ChainLink, ContentVersion
from sluice.push.refusals import ChainMoved, ContentChained, ContentKnown
from sluice.push.rules import versions
from sluice.push.rules.contents import Content
from sluice.push.rules.versions import GENESIS, Head, Link, Stored, Wrong
from sluice.shared import guard, ids, outbox
from sluice.shared.guard import Transaction
from sluice.shared.table import Moment, find

MAX_LINKS = 99  # of one walk; with the words of each it is one batch read
MAX_TRIES = 8
MAX_KNOWN = 10_000
VERSION, HEAD, ADDED = "version", "head", "content.added.v1"
_known: set[str] = set()  # versions that this process has seen stored
_moment = Moment()


def forget() -> None:
    """Forget which versions are stored: for tests."""
    _known.clear()


def keep(organization_id: str, content: Content, now: datetime) -> Content:
    """Store content under its hash, unless it is, and return it with its version named.

    Nothing where this process knows that it is stored; else one transaction of 2 items: 2 write
    units, 2 for each KiB of it. Its place in the chain follows by the outbox.
    """
    text = versions.text_of(content)
    version = versions.version_of(text)
    key = _key(organization_id, version)
    if key not in _known:
        transaction = Transaction()
        item = ContentVersion(key, VERSION, text=text, created_at=now)
        transaction.put(item, ContentVersion.key.does_not_exist(), ContentKnown())
        _emit(transaction, organization_id, version, now)
        with contextlib.suppress(ContentKnown):
            transaction.commit()
        if len(_known) >= MAX_KNOWN:
            _known.clear()
        _known.add(key)
    return msgspec.structs.replace(content, version=version)


def _emit(transaction: Transaction, organization_id: str, version: str, now: datetime) -> None:
    event = outbox.Event(
        id=ids.sortable(now),
        type=ADDED,
        organization_id=organization_id,
        occurred_at=now,
        version=1,
        data={"version": version},
    )
    outbox.emit(transaction, event)


def append(organization_id: str, version: str, at: datetime) -> None:
    """Put a version at the end of the chain, once: one read, one transaction of 3 items.

    8 write units, 2 for each further KiB of the words; again, at most 8 times, when another
    version took the place. Raises Contention.
    """
    for _ in guard.attempts(MAX_TRIES):
        head = find(ChainHead, _chain(organization_id), HEAD)
        try:
            _link(organization_id, head, version, at)
        except ContentChained:
            return
        except ChainMoved:
            continue
        return


def _link(organization_id: str, head: ChainHead | None, version: str, at: datetime) -> None:
    key = _chain(organization_id)
    position = int(head.position) + 1 if head else 1
    previous = head.hash if head else GENESIS
    link = Link(position, version, _moment.serialize(at), previous)
    made = versions.hash_of_link(link)
    unmoved = ChainHead.key.does_not_exist()
    if head is not None:
        unmoved = (ChainHead.position == position - 1) & (ChainHead.hash == previous)
    transaction = Transaction()
    transaction.update(
        ContentVersion(_key(organization_id, version), VERSION),
        [ContentVersion.position.set(position)],
        condition=ContentVersion.key.exists() & ContentVersion.position.does_not_exist(),
        otherwise=ContentChained(),
    )
    new = ChainLink(key, _place(position), link=link, hash=made)
    transaction.put(new, ChainLink.key.does_not_exist(), ChainMoved())
    transaction.put(ChainHead(key, HEAD, position=position, hash=made), unmoved, ChainMoved())
    transaction.commit()


def walk(organization_id: str, after: Head) -> tuple[list[Wrong], Head, int]:
    """Check up to 99 links behind `after`: what is wrong, the head there, and the chain's length.

    An empty hash in `after` is not compared. One read, one query, one batch read.
    """
    end = find(ChainHead, _chain(organization_id), HEAD)
    length = int(end.position) if end else 0
    last = after.position + MAX_LINKS
    found = _links(organization_id, max(after.position, 1), last)
    kept = next((stored for stored in found if stored.place == after.position), None)
    behind = [stored for stored in found if stored.place > after.position]
    until = max([min(last, length), after.position, *(stored.place for stored in behind)])
    wrong, start = versions.start(after, kept, length)
    more, head = versions.walk(start, behind, _texts(organization_id, behind), until)
    return wrong + more, head, length


def _links(organization_id: str, first: int, last: int) -> list[Stored]:
    links = ChainLink.query(
        _chain(organization_id),
        ChainLink.item.between(_place(first), _place(last)),
        limit=MAX_LINKS + 1,
        consistent_read=True,
    )
    return [Stored(int(item.item), item.link, item.hash) for item in links]


def _texts(organization_id: str, found: list[Stored]) -> dict[str, str]:
    by_key = {_key(organization_id, s.link.version): s.link.version for s in found}
    keys = [(key, VERSION) for key in by_key]
    items = ContentVersion.batch_get(keys, consistent_read=True) if keys else ()
    return {by_key[item.key]: item.text for item in items}


def _key(organization_id: str, version: str) -> str:
    return ids.key(organization_id, "content", version.removeprefix("sha256:"))


def _chain(organization_id: str) -> str:
    return ids.key(organization_id, "chain")


def _place(position: int) -> str:
    return f"{position:010d}"
