"""What must hold whatever happened: one list for faults, races and models.

`check_invariants` holds at every moment; `check_rest` when everything was delivered.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta

from sluice.codes.tables import SeatItem
from sluice.push.tables import Attempt, Push, PushItem, SandboxMessage
from sluice.shared.outbox import OutboxItem
from sluice.shared.table import Table
from tests.support import codes, push_recount, recount, rewards
from tests.support.aws import items_of

NO_CAPS: Mapping[str, int] = {}


def check_invariants(caps: Mapping[str, int] = NO_CAPS, spent: Collection[str] = ()) -> None:
    """Assert all that holds at every moment.

    `caps` are the highest that channels had, where one was lowered: it evicts nobody. `spent` are
    the ids of transfers that a test made itself.
    """
    codes.check_counters()  # held = reserved + connected, and the days' counts
    check_caps(caps)
    check_seats()
    check_first_connections()
    rewards.assert_books_balance(spent)  # conservation, recount, floors
    check_pushes()


def check_rest(caps: Mapping[str, int] = NO_CAPS, spent: Collection[str] = ()) -> None:
    """Assert what holds once every stream, event and timer was delivered."""
    check_invariants(caps, spent)
    check_statistics()
    check_figures()
    check_assignments()
    check_outbox()


def check_caps(caps: Mapping[str, int] = NO_CAPS) -> None:
    """No channel is over its cap by our own doing: whoever came late was told of by a provider."""
    late: Counter[str] = Counter()
    for item in _all(SeatItem):
        late.update({a.channel_id for a in item.seat.assignments if a.late})
    for channel in codes.stored_channels():
        cap = max(int(channel.cap), caps.get(channel.channel_id, 0))
        over = int(channel.held) - cap
        assert over <= late[channel.channel_id], f"{channel.channel_id} is {over} over its cap"


def check_seats() -> None:
    """A customer has one seat in a scope, and in it at most one reservation, the current one."""
    owners: Counter[str] = Counter()
    for item in _all(SeatItem):
        seat = item.seat
        assert not (seat.merged_into and seat.assignments), f"{item.customer} is merged, with seats"
        for assignment in seat.assignments[1:]:
            assert assignment.status != "reserved", f"{item.customer} has two reservations"
        owners.update(a.assignment_id for a in seat.assignments)
    assert not [name for name, n in owners.items() if n > 1], "an assignment is in two seats"


def check_first_connections() -> None:
    """Of all connections of a person, in whatever scope, one made them a customer (A8)."""
    connected: set[str] = set()
    firsts: Counter[str] = Counter()
    for customer, assignments in recount.seats():
        for assignment in assignments:
            if assignment.get("connected"):
                connected.add(customer)
            firsts[customer] += assignment.get("is_first", False)
    assert dict(+firsts) == dict.fromkeys(connected, 1), "each customer became one once"


def check_pushes(skew: timedelta = timedelta()) -> None:
    """A push has one success at most, and no attempt was begun after it.

    `skew` is by how much two requests at once may be off: each has the time at which it came.
    """
    pushes: dict[str, list[PushItem]] = defaultdict(list)
    for item in _all(PushItem):
        pushes[item.key].append(item)
    sent = {item.tracking_id for item in _all(SandboxMessage)}
    for items in pushes.values():
        attempts = [item for item in items if isinstance(item, Attempt)]
        for push in (item for item in items if isinstance(item, Push)):
            _check_push(push, attempts, skew)
        for attempt in attempts:
            unsent = bool(attempt.failed) and attempt.sent_at is None
            told = f"attempt {attempt.position} is booked as never sent, and was delivered"
            assert not (unsent and attempt.tracking_id in sent), told


def _check_push(push: Push, attempts: list[Attempt], skew: timedelta) -> None:
    positions = [int(attempt.position) for attempt in attempts]
    assert positions == sorted(set(positions)), "an attempt for each position at most"
    assert int(push.position) == max(positions, default=-1)
    assert (push.status == "reached") == (push.reached_position is not None)
    if push.status == "running":
        assert push.due_bucket is not None, "nobody would look at a running push"
        return
    assert push.ended_at is not None
    for attempt in attempts:
        assert attempt.created_at <= push.ended_at + skew, "an attempt was begun after the end"
    if push.status == "reached":
        credited = next(a for a in attempts if int(a.position) == int(push.reached_position or 0))
        assert int(credited.level) >= int(credited.wanted), "the credited attempt arrived"
        assert not credited.waste, "what arrived is no waste"
        for later in attempts:
            if int(later.position) > int(credited.position) and later.sent_at is not None:
                assert later.waste, "what was sent after the credited attempt is waste"


def check_figures() -> None:
    """What pushes cost and brought equals a recount (E6)."""
    assert push_recount.stored_figures() == push_recount.figures()


def check_statistics() -> None:
    """What was counted equals a recount of the seats and of the visits."""
    assert recount.stored_statistics() == recount.statistics()


def check_assignments() -> None:
    """The channels' lists equal a recount of the seats; what seats no longer keep has ended."""
    wanted, found = recount.assignments(), recount.stored_assignments()
    assert {name: found.get(name) for name in wanted} == wanted
    for name in found.keys() - wanted.keys():
        assert found[name]["status"] in {"released", "lost"}, f"{name} is in no seat"


def check_outbox() -> None:
    """At rest the outbox is empty."""
    assert not [item.type for item in _all(OutboxItem)], "events that never left"


def _all[T: Table](model: type[T]) -> Iterator[T]:
    return (item for item in items_of(model) if isinstance(item, model))
