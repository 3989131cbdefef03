"""Looking after organisations (A10): what is counted against the limits of `rules.alarms`.

Every organisation has an item that is due every few minutes; the sweep works it off.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from pynamodb.expressions.operand import Path

from sluice.codes import providers
from sluice.codes.rules import alarms as rules
from sluice.codes.rules.alarms import Load, Scanned
from sluice.codes.store import alarms, figures, fullness, successors
from sluice.codes.store.loading import MAX_CHANNELS
from sluice.codes.tables import CLOSED, OPEN, REMOVED, Channel
from sluice.organizations import store as organizations
from sluice.organizations.tables import OrganizationCheck
from sluice.shared import clock, ids, sweeping, telemetry
from sluice.shared.errors import NotFound, Refusal
from sluice.shared.guard import Transaction
from sluice.shared.table import find

SCHEDULE = timedelta(minutes=5)
EVERY = timedelta(minutes=4)  # below the schedule's, so that each run finds it due
MAX_CODES = 10_000  # of which two days are looked at
MAX_RAISED = 100  # by one look: the rest has its turn in the next
CHECKS = sweeping.Waiting(
    OrganizationCheck.by_due, OrganizationCheck.due_at, organizations.CHECK_BUCKETS
)
CHECKED = "checked"
CHANNELS, WAYS = "channels", "ways:"  # what quotas are of; ways of an account


# Whether what was abnormal is so no more, of an organisation and the subject of its alarm.
type Mended = Mapping[str, Callable[[str, str], bool]]


class _Moved(Refusal):
    """Another run looked after this organisation meanwhile."""


def check_due(scans: int, now: datetime, until: float, mended: Mended | None = None) -> int:
    """Look after every organisation that is due; returns how many were looked after.

    `mended` looks after kinds of alarms that are about things of other contexts.

    `scans` views of a code on a day without a connection are an alarm; `until` is on the monotonic
    clock, in seconds. For an organisation a query of its channels, four of their totals, four of
    its codes' two days, those of its alarms, a read of each account with ways, and a transaction of
    1 item (2 write units and 1 of the index); and what `successors.follow` takes.
    """

    def work(item: OrganizationCheck) -> str:
        check(item.organization_id, scans, now, mended)
        return _done(item, now)

    return sweeping.sweep(CHECKS, work, now, until)[CHECKED]


def check(organization_id: str, scans: int, now: datetime, mended: Mended | None = None) -> None:
    """Raise the alarms that begin, clear those that are over; follow the groups that fill."""
    known = alarms.read_open(organization_id)
    rows = fullness.read_rows(organization_id)
    held = fullness.read_held(organization_id, rows)
    readings = [
        *rules.pools(_loads(rows, held)),
        rules.quota(CHANNELS, sum(row.status != REMOVED for row in rows), MAX_CHANNELS),
        *_ways(organization_id, rows, known),
        *_codes(organization_id, scans, now),
        *_mended(organization_id, known, {**_MENDED, **(mended or {})}, now),
    ]
    raised = 0
    for move, reading in rules.moves(readings, known):
        if move == "clear":
            alarms.clear_alarm(organization_id, *reading.alarm, now)
        elif raised < MAX_RAISED:
            raised += alarms.raise_alarm(organization_id, *reading.alarm, reading.facts, now)
    followed = successors.follow(organization_id, _filling(rows, held), now)
    telemetry.note(organization_id=organization_id, raised=raised, followed=followed)


def _loads(rows: Sequence[Channel], held: dict[str, int]) -> Iterator[Load]:
    for row in rows:
        if row.status == OPEN:
            yield Load(row.kind, int(row.cap), held[row.channel_id])


def _filling(rows: Sequence[Channel], held: dict[str, int]) -> list[str]:
    """Return the groups that are to be followed by the next of their series."""
    return [
        row.channel_id
        for row in rows
        if row.status == OPEN
        and row.follow_at
        and not row.successor_id
        and held[row.channel_id] >= row.follow_at
    ]


def _ways(
    organization_id: str, rows: Sequence[Channel], known: list[rules.Alarm]
) -> Iterator[rules.Reading]:
    """Read how many ways each account has of those it may have: a read for each, of 100 at most."""
    used = Counter(row.provider for row in rows if row.way_url)
    for alarm in known:
        if alarm.kind == rules.QUOTA_NEAR and alarm.subject.startswith(WAYS):
            used[alarm.subject.removeprefix(WAYS)] += 0
    for account_id, ways in sorted(used.items())[:MAX_RAISED]:
        yield rules.quota(WAYS + account_id, ways, _max_ways(organization_id, account_id))


def _max_ways(organization_id: str, account_id: str) -> int:
    try:
        account = organizations.find_provider_account(organization_id, account_id)
    except NotFound:
        return providers.MAX_WAYS
    return providers.max_ways(account)


def _mended(
    organization_id: str, known: list[rules.Alarm], mended: Mended, now: datetime
) -> Iterator[rules.Reading]:
    """Read what was abnormal and is no more: a read for each, of 100 at most.

    Of more each look begins elsewhere: what stays abnormal hides nothing behind it.
    """
    abnormal = [each for each in known if each.kind in mended]
    first = int(now.timestamp() / SCHEDULE.total_seconds()) * MAX_RAISED % (len(abnormal) or 1)
    for alarm in (abnormal[first:] + abnormal[:first])[:MAX_RAISED]:
        if mended[alarm.kind](organization_id, alarm.subject):
            yield rules.Reading(alarm, "clear", {})


def _is_account_mended(organization_id: str, account_id: str) -> bool:
    try:
        return organizations.find_provider_account(organization_id, account_id).problem is None
    except NotFound:
        return True


def _is_channel_mended(organization_id: str, channel_id: str) -> bool:
    found = find(Channel, ids.key(organization_id, channel_id))
    return found is None or found.status != CLOSED


_MENDED = {
    rules.PROVIDER_ABNORMAL: _is_account_mended,
    rules.CHANNEL_CLOSED: _is_channel_mended,
}


def _codes(organization_id: str, scans: int, now: datetime) -> list[rules.Reading]:
    try:
        time_zone = organizations.find_organization(organization_id).time_zone
    except NotFound:
        return []
    today = clock.local_day(now, time_zone)
    days = (today - timedelta(days=1), today)
    asked = figures.Asked("codes", None, days, True, MAX_CODES, "")  # noqa: FBT003 - a field
    rows, _ = figures.read(organization_id, asked)
    return rules.silent(_scanned(rows, today.isoformat()), scans)


def _scanned(rows: list[figures.Counted], today: str) -> Iterator[Scanned]:
    by_code: dict[str, list[figures.Counted]] = {}
    for row in rows:
        by_code.setdefault(row.id, []).append(row)
    for code, days in by_code.items():
        views = {row.day: row.counters["views"] for row in days}
        connections = sum(row.counters["connections"] for row in days)
        yield Scanned(code, views.get(today, 0), sum(views.values()), connections)


def _done(item: OrganizationCheck, now: datetime) -> str:
    transaction = Transaction()
    transaction.update(
        item,
        [OrganizationCheck.due_at.set(now + EVERY), Path(sweeping.FAILURES).remove()],
        condition=OrganizationCheck.due_at == item.due_at,
        otherwise=_Moved(),
    )
    try:
        transaction.commit()
    except _Moved:
        return "moved"
    return CHECKED
