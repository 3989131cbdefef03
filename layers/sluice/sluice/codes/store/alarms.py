"""Verbs on alarms (A10): raised once an episode, with the notices to the operators."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sluice.codes.rules import alarms as rules
from sluice.codes.rules.alarms import Alarm
from sluice.codes.store import notices
from sluice.codes.tables.alarms import AlarmItem
from sluice.organizations import store as organizations
from sluice.organizations.rules import OPERATOR
from sluice.organizations.tables import Member
from sluice.shared import cursors, ids
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction
from sluice.shared.table import Table, find, start_behind

NOTICE = "operator-alarms"
OPEN, CLEARED = "open", "cleared"
KEPT = timedelta(days=90)  # after it is over
MAX_PAGES = 10  # of 1 MB, in which few are looked for among many
MAX_OPERATORS = 90  # a transaction takes 100 parts
MAX_OPEN = 1_000
_PLACE = r"[a-z-]{1,32}#[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}"  # `ways:` and an account


class AlarmChanged(Refusal):
    """Somebody else raised or cleared the alarm meanwhile."""

    slug, title = "alarm-changed", "Someone else just changed this alarm"


def raise_alarm(
    organization_id: str, kind: str, subject: str, facts: Mapping[str, str], now: datetime
) -> bool:
    """Begin an episode and ask for a notice to every active operator, in one transaction.

    Whatever is raised again while it is open, or was seen (`now`) before the last episode was over,
    changes nothing. One read; where it begins two reads
    and a transaction of an item and one for each operator (90 at most). `kind` is one of
    `rules.KINDS`, `subject` a name. Returns whether an episode began. Raises NotFound: there is no
    such organisation.
    """
    alarm = Alarm(kind, subject)
    found = find(AlarmItem, organization_id, ids.key(*alarm))
    if found is not None and (found.status == OPEN or now < found.cleared_at):
        return False
    locale = organizations.find_organization(organization_id).locale
    known = int(found.episode) if found is not None else 0
    item = AlarmItem(
        organization_id,
        ids.key(*alarm),
        kind=kind,
        subject=subject,
        status=OPEN,
        episode=known + 1,
        facts=dict(facts),
        raised_at=now,
    )
    unknown = AlarmItem.name.does_not_exist()
    over = (AlarmItem.status == CLEARED) & (AlarmItem.episode == known)
    transaction = Transaction()
    transaction.put(item, unknown | over, AlarmChanged())
    content = rules.message(locale, alarm, facts)
    notice_id = f"alarm.{kind}.{subject}.{known + 1}"
    for operator in _operators(organization_id):
        notices.want(transaction, organization_id, notice_id, NOTICE, operator, content, now)
    try:
        transaction.commit()
    except AlarmChanged:
        return False
    return True


def clear_alarm(organization_id: str, kind: str, subject: str, now: datetime) -> bool:
    """End the episode, if there is one; nobody is told. 2 write units. Returns whether it ended."""
    transaction = Transaction()
    transaction.update(
        AlarmItem(organization_id, ids.key(kind, subject)),
        [
            AlarmItem.status.set(CLEARED),
            AlarmItem.cleared_at.set(now),
            AlarmItem.expires.set(now + KEPT),
        ],
        condition=AlarmItem.status == OPEN,
        otherwise=AlarmChanged(),
    )
    try:
        transaction.commit()
    except AlarmChanged:
        return False
    return True


def list_alarms(
    organization_id: str, status: str | None, limit: int, cursor: str
) -> tuple[Sequence[AlarmItem], str | None]:
    """Return a page of alarms by kind and subject, and the cursor of the next.

    One query: with a status of 1,000 alarms at most, so a page may be short and a cursor lead on.
    """
    start = None
    if cursor:
        place = cursors.place_in(cursor, _PLACE)
        start = start_behind(organization_id=organization_id, name=place)
    most = limit if status is None else MAX_OPEN
    found, last, looked_at = [], "", 0
    for item in AlarmItem.query(organization_id, limit=most, last_evaluated_key=start):
        last, looked_at = item.name, looked_at + 1
        if status in {None, item.status}:
            found.append(item)
            if len(found) == limit:
                break
    more = looked_at == most or len(found) == limit
    return found, cursors.cursor_of(last) if more else None


def read_open(organization_id: str) -> list[Alarm]:
    """Return the alarms that are open, 1,000 at most, however many are over.

    A query for each MB, some 2,500 alarms, of ten at most.
    """
    found = AlarmItem.query(organization_id, filter_condition=AlarmItem.status == OPEN)
    read = islice(_items(AlarmItem, found), MAX_OPEN)
    return [Alarm(item.kind, item.subject) for item in read]


def _operators(organization_id: str) -> list[str]:
    """Return active operators, 90 at most: a query for each MB, some 3,000 members, of ten."""
    members = Member.query(
        organization_id,
        Member.item.startswith("member#"),
        filter_condition=Member.roles.contains(OPERATOR),
        consistent_read=True,
    )
    facts = ((m.member_id, bool(m.active), frozenset(m.roles)) for m in _items(Member, members))
    return rules.operators(facts)[:MAX_OPERATORS]


def _items[Item: Table](model: type[Item], found: Any) -> Iterator[Item]:
    """Yield what the first ten pages of a query hold, however few of them."""
    for page in islice(found.page_iter, MAX_PAGES):
        yield from map(model.from_raw_data, page["Items"])
