"""The rules of pushes: strategies, judging, the chain's decisions, cost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.push.rules import chain, costs, strategies, tries
from sluice.push.rules.chain import Chain, Repair, Signal, Status, Step
from sluice.push.rules.contents import Content
from sluice.push.rules.costs import Cost, Total
from sluice.push.rules.judging import (
    EVIDENCE_WINDOW,
    RECEIPT_LEVELS,
    SUCCESS_LEVELS,
    Behaviour,
    Evidence,
    Facts,
    Finding,
    Level,
    fails,
    improves,
    judge_behaviour,
    judge_status,
)
from sluice.push.rules.strategies import Channel, Definition, Plan, Price, Terms
from sluice.push.rules.windows import QuietHours
from tests.support.staff import NOW

MINUTE = timedelta(minutes=1)
COUNTED = {"opened": "seen", "visited": "clicked", "bought": "converted"}


def channel(name: str = "sms", wait_seconds: int = 60, success: str = "delivered") -> Channel:
    return Channel(name, "sandbox", wait_seconds, success, Price(10_000, "CNY"))


def defined(
    channels: Sequence[Channel] = (),
    behaviours: dict[str, str] | None = None,
    *,
    purpose: str = "service",
    terms: Terms | None = None,
) -> Definition:
    return Definition(purpose, tuple(channels), behaviours or {}, terms or Terms("assumed"))


def fact(
    position: int = 0,
    level: Level = Level.BEGUN,
    *,
    evidence: Evidence = Evidence.NONE,
    wanted: Level = Level.DELIVERED,
    failed: bool = False,
) -> Facts:
    begun = NOW + position * MINUTE
    return Facts(position, begun, begun + MINUTE, wanted, level, evidence, failed)


def test_a_strategy_of_one_to_six_different_neighbours_is_valid() -> None:
    """E1."""
    six = [channel(name) for name in ("a", "b", "a", "b", "c", "a")]
    assert strategies.faults(defined([channel()])) == []
    assert strategies.faults(defined(six, COUNTED)) == []


def test_a_strategy_may_say_all_that_there_is_to_say() -> None:
    """E1, E7."""
    courteous = Terms("required", QuietHours("22:00", "08:00"), 50, 30 * 86_400, expires_seconds=60)
    failing_over = msgspec.structs.replace(
        channel(), fallback_providers=("a", "b", "c"), retries=5, retry_seconds=900, display="popup"
    )
    made = defined([failing_over], COUNTED, purpose="marketing", terms=courteous)
    assert strategies.faults(made) == []
    assert failing_over.providers == ("sandbox", "a", "b", "c")


@pytest.mark.parametrize(
    ("channels", "behaviours", "field"),
    [
        ([], {}, "channels"),
        ([channel(str(n)) for n in range(7)], {}, "channels"),
        ([channel("a"), channel("a")], {}, "channels[1].channel"),
        ([channel("a"), channel("b"), channel("b", success="seen")], {}, "channels[2].channel"),
        ([channel(wait_seconds=0)], {}, "channels[0].wait_seconds"),
        ([channel(wait_seconds=7 * 86_400 + 1)], {}, "channels[0].wait_seconds"),
        ([channel(success="begun")], {}, "channels[0].success"),
        ([channel(success="read")], {}, "channels[0].success"),
        ([channel()], {"opened": "delivered"}, "behaviours.opened"),
    ],
)
def test_a_strategy_is_refused_by_the_field_that_is_wrong(
    channels: list[Channel], behaviours: dict[str, str], field: str
) -> None:
    """E1."""
    assert [name for name, _ in strategies.faults(defined(channels, behaviours))] == [field]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fallback_providers": ("a", "b", "c", "d")}, "fallback_providers"),
        ({"fallback_providers": ("a", "a")}, "fallback_providers"),
        ({"fallback_providers": ("sandbox",)}, "fallback_providers"),
        ({"retries": -1}, "retries"),
        ({"retries": 6}, "retries"),
        ({"retry_seconds": 0}, "retry_seconds"),
        ({"retry_seconds": 901}, "retry_seconds"),
        ({"display": "banner"}, "display"),
    ],
)
def test_a_channel_is_refused_by_the_field_that_is_wrong(
    change: dict[str, Any], field: str
) -> None:
    """E1, E7."""
    made = defined([channel("a"), msgspec.structs.replace(channel(), **change)])
    assert [name for name, _ in strategies.faults(made)] == [f"channels[1].{field}"]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"quiet_hours": QuietHours("22:00", "22:00")}, ["quiet_hours"]),
        ({"hold_out_percent": 51}, ["hold_out_percent"]),
        ({"hold_out_percent": -1}, ["hold_out_percent"]),
        ({"conversion_seconds": 0}, ["conversion_seconds"]),
        ({"conversion_seconds": 30 * 86_400 + 1}, ["conversion_seconds"]),
        ({"expires_seconds": 59}, ["expires_seconds"]),
        ({"expires_seconds": 30 * 86_400 + 1}, ["expires_seconds"]),
    ],
)
def test_terms_are_refused_by_the_field_that_is_wrong(
    change: dict[str, Any], fields: list[str]
) -> None:
    """E1, E7."""
    made = defined([channel()], terms=msgspec.structs.replace(Terms("assumed"), **change))
    assert [name for name, _ in strategies.faults(made)] == fields


def test_a_purpose_is_one_of_three_and_only_marketing_needs_consent() -> None:
    """E7."""
    assert [name for name, _ in strategies.faults(defined([channel()], purpose="fun"))] == [
        "purpose"
    ]
    said = {purpose: strategies.consent_for(purpose) for purpose in strategies.PURPOSES}
    assert said == {"transactional": "assumed", "service": "assumed", "marketing": "required"}


@given(st.lists(st.integers(1, 7 * 86_400), min_size=1, max_size=6))
def test_every_channel_but_the_last_gives_its_wait_to_its_task(waits: list[int]) -> None:
    channels = tuple(channel(str(n), wait) for n, wait in enumerate(waits))
    plan = Plan("service", channels, {}, Content("Tea", "Now."))
    assert strategies.task_seconds(plan) == [*waits[:-1], strategies.STEP_SECONDS]


def test_a_task_outlasts_the_quiet_hours_that_its_wait_leaves_out() -> None:
    """E7: they are not known when it begins; what is transactional has none."""
    quiet = Terms("assumed", quiet_hours=QuietHours("22:00", "08:00"))
    two = (channel("a", 3600), channel("b"))
    plan = Plan("service", two, {}, Content("Tea", "Now."), quiet)
    assert strategies.task_seconds(plan)[0] >= 3600 + 10 * 3600
    always = Plan("transactional", two, {}, Content("Tea", "Now."), quiet)
    assert strategies.task_seconds(always)[0] == 3600


def test_the_levels_stand_in_the_order_of_the_spec() -> None:
    names = ["accepted", "sent", "delivered", "seen", "clicked", "converted"]
    assert sorted(SUCCESS_LEVELS, key=lambda name: SUCCESS_LEVELS[name]) == names


@pytest.mark.parametrize("status", [*RECEIPT_LEVELS, "failed"])
def test_a_receipt_with_an_id_is_confirmed(status: str) -> None:
    """E3."""
    finding = judge_status(status)
    assert finding.evidence is Evidence.CONFIRMED
    assert finding.level == RECEIPT_LEVELS.get(status)
    assert finding.why


@pytest.mark.parametrize(
    ("level", "evidence", "finding", "improved"),
    [
        (Level.BEGUN, Evidence.NONE, judge_status("sent"), True),
        (Level.DELIVERED, Evidence.CONFIRMED, judge_status("sent"), False),
        (Level.DELIVERED, Evidence.CONFIRMED, judge_status("delivered"), False),
        (Level.SEEN, Evidence.INFERRED, judge_status("seen"), True),
        (Level.SEEN, Evidence.INFERRED, judge_status("delivered"), False),
        (Level.SEEN, Evidence.CONFIRMED, Finding(Level.SEEN, Evidence.INFERRED, ""), False),
        (Level.BEGUN, Evidence.NONE, judge_status("failed"), False),
    ],
)
def test_a_level_only_rises(
    level: Level, evidence: Evidence, finding: Finding, *, improved: bool
) -> None:
    assert improves(fact(0, level, evidence=evidence), finding) is improved


@pytest.mark.parametrize(
    ("attempt", "status", "ended"),
    [
        (fact(0), "failed", True),
        (fact(0, Level.SENT), "failed", True),
        (fact(0, Level.DELIVERED), "failed", False),
        (fact(0, failed=True), "failed", False),
        (fact(0), "delivered", False),
    ],
)
def test_a_refusal_ends_what_was_not_received(attempt: Facts, status: str, *, ended: bool) -> None:
    assert fails(attempt, judge_status(status)) is ended


def judged(
    attempts: list[Facts], *done: Behaviour, content_id: str | None = "spring"
) -> tuple[int, Level] | None:
    found = judge_behaviour(attempts, done, COUNTED, content_id)
    return found and (found[0].position, Level(found[1].level or 0))


def did(kind: str, minutes: float, content_id: str | None = None) -> Behaviour:
    return Behaviour(kind, NOW + timedelta(minutes=minutes), content_id)


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ([], None),
        ([did("opened", -1)], None),  # before the send
        ([did("opened", 0)], (0, Level.SEEN)),
        ([did("yawned", 0.5)], None),  # not counted
        ([did("opened", 0.5, "spring")], (0, Level.SEEN)),
        ([did("opened", 0.5, "autumn")], None),  # other content
        ([did("visited", 1.5)], (1, Level.CLICKED)),  # after the second send
        ([did("opened", 0.5), did("bought", 1.5)], (1, Level.CONVERTED)),  # proves most
        ([did("visited", 1.5), did("visited", 0.5)], (0, Level.CLICKED)),  # the earliest
        ([did("opened", 60 * 24 * 7 + 2)], None),  # too late to mean anything
    ],
)
def test_behaviour_speaks_for_the_attempt_before_it(
    done: list[Behaviour], expected: tuple[int, Level] | None
) -> None:
    """E4."""
    assert judged([fact(0), fact(1)], *done) == expected


def test_behaviour_never_speaks_for_an_attempt_that_failed() -> None:
    """E4."""
    assert judged([fact(0), fact(1, failed=True)], did("opened", 2)) == (0, Level.SEEN)
    assert judged([fact(0, failed=True)], did("opened", 2)) is None


def test_behaviour_that_says_nothing_new_is_no_finding() -> None:
    known = fact(0, Level.SEEN, evidence=Evidence.CONFIRMED)
    assert judged([known], did("opened", 0.5)) is None
    assert judged([known], did("bought", 0.5)) == (0, Level.CONVERTED)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*COUNTED, "yawned"]),
            st.integers(-60, 60 * 24 * 10),
            st.sampled_from([None, "spring", "autumn"]),
        ),
        max_size=8,
    ),
    st.integers(1, 4),
)
def test_evidence_is_always_after_the_send_it_speaks_for(
    raw: list[tuple[str, int, str | None]], count: int
) -> None:
    """E4: whatever the user did, in whatever order it is read."""
    attempts = [fact(position) for position in range(count)]
    done = [did(kind, minutes, content) for kind, minutes, content in raw]
    found = judge_behaviour(attempts, done, COUNTED, "spring")
    again = judge_behaviour(attempts, done[::-1], COUNTED, "spring")
    assert (found and found[1].level) == (again and again[1].level)
    if found is not None:
        attempt, finding = found
        assert finding.evidence is Evidence.INFERRED
        since = [b for b in done if b.kind in COUNTED and b.content_id != "autumn"]
        latest = attempt.begun_at + EVIDENCE_WINDOW
        assert any(attempt.begun_at <= b.at <= latest for b in since)


def held(
    *attempts: Facts,
    status: Status = Status.RUNNING,
    channels: int = 3,
    reached: int | None = None,
) -> Chain:
    return Chain(status, channels, attempts, reached)


@pytest.mark.parametrize(
    ("state", "position", "expected"),
    [
        (held(), 0, Step.SEND),
        (held(fact(0)), 1, Step.SEND),
        (held(fact(0)), 2, Step.SEND),  # the task of position 1 never ran
        (held(fact(0)), 0, Step.SEND_AGAIN),  # a process before this one may have sent it
        (held(fact(0, Level.ACCEPTED)), 0, Step.WAIT),
        (held(fact(0, Level.SENT)), 0, Step.WAIT),  # a receipt came before the answer
        (held(fact(0, failed=True)), 0, Step.MOVE_ON),
        (held(fact(0), fact(1)), 0, Step.MOVE_ON),  # the chain is past it
        (held(fact(0), fact(1), fact(2)), 3, Step.END),
        (held(status=Status.CANCELLED), 0, Step.END),
        (held(fact(0, Level.SEEN), status=Status.REACHED, reached=0), 1, Step.END),
        (held(fact(0), status=Status.UNREACHED), 1, Step.END),
    ],
)
def test_a_step_sends_only_what_was_never_begun(
    state: Chain, position: int, expected: Step
) -> None:
    """E2, E5."""
    assert chain.step(state, position) is expected


@given(st.sampled_from(Status), st.integers(0, 6), st.integers(0, 7), st.integers(1, 6))
def test_nothing_is_sent_after_the_end(
    status: Status, made: int, position: int, channels: int
) -> None:
    """E5: for every state but running, past the last channel, and behind the chain."""
    begun = min(made, channels)
    state = held(*(fact(n) for n in range(begun)), status=status, channels=channels)
    running = status is Status.RUNNING
    found = chain.step(state, position)
    assert (found is Step.SEND) is (running and begun <= position < channels)
    assert (found is Step.SEND_AGAIN) is (running and position == begun - 1)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (held(), Signal.NOTHING),
        (held(fact(0)), Signal.NOTHING),
        (held(fact(0, failed=True)), Signal.MOVE_ON),
        (held(fact(0), status=Status.REACHED, reached=0), Signal.END),
        (held(fact(0), fact(1), status=Status.REACHED, reached=0), Signal.END),
        (held(fact(0), status=Status.CANCELLED), Signal.END),
        (held(status=Status.CANCELLED), Signal.NOTHING),
        (held(fact(0), status=Status.REACHED, channels=1), Signal.NOTHING),  # no task waits
        (held(fact(0, failed=True), status=Status.UNREACHED, channels=1), Signal.NOTHING),
    ],
)
def test_the_waiting_task_is_told_what_the_state_means(state: Chain, expected: Signal) -> None:
    assert chain.signal(state) is expected


@pytest.mark.parametrize(
    ("state", "minutes", "expected"),
    [
        (held(status=Status.REACHED), 0, Repair.SIGNAL),
        (held(), 5, Repair.START),
        (held(fact(0)), 0.5, Repair.WAIT),
        (held(fact(0)), 1, Repair.PUSH_ON),
        (held(fact(0, failed=True)), 0.5, Repair.PUSH_ON),
        (held(fact(0), channels=1), 0.5, Repair.WAIT),
        (held(fact(0), channels=1), 1, Repair.GIVE_UP),
        (held(fact(0, failed=True), channels=1), 0, Repair.GIVE_UP),
    ],
)
def test_the_sweeper_does_what_was_left_undone(
    state: Chain, minutes: float, expected: Repair
) -> None:
    assert chain.repair(state, NOW + minutes * MINUTE) is expected


@pytest.mark.parametrize(
    ("status", "reached", "position", "expected"),
    [
        (Status.RUNNING, None, 1, True),
        (Status.UNREACHED, None, 1, True),  # a late receipt
        (Status.REACHED, 1, 0, True),  # an earlier one arrived after all
        (Status.REACHED, 1, 1, False),
        (Status.REACHED, 1, 2, False),
        (Status.CANCELLED, None, 0, False),
    ],
)
def test_the_earliest_attempt_that_arrived_earned_it(
    status: Status, reached: int | None, position: int, *, expected: bool
) -> None:
    """E5."""
    attempts = [fact(0), fact(1), fact(2)]
    assert chain.earns(held(*attempts, status=status, reached=reached), position) is expected


def test_behaviour_counts_until_the_window_closes() -> None:
    closing = NOW + EVIDENCE_WINDOW
    assert chain.may_earn(held(fact(0), status=Status.UNREACHED), closing)
    assert not chain.may_earn(held(fact(0)), closing + MINUTE)
    assert not chain.may_earn(held(), NOW)
    for status in (Status.REACHED, Status.CANCELLED):
        assert not chain.may_earn(held(fact(0), status=status), NOW)


def test_the_sweeper_looks_when_a_wait_ends_and_after_whoever_else_does() -> None:
    sent, waiting = fact(0), replace(fact(0), send_at=NOW + timedelta(seconds=20))
    assert chain.look_at(sent, others_first=True) == NOW + MINUTE + chain.GRACE
    assert chain.look_at(sent, others_first=False) == NOW + MINUTE
    assert chain.look_at(waiting, others_first=False) == NOW + timedelta(seconds=20)


def test_what_waits_for_its_time_is_sent_when_it_has_come() -> None:
    """E7: before the last channel only while it is this channel's turn."""
    waiting = replace(fact(0), send_at=NOW + timedelta(seconds=20))
    for channels in (1, 2):
        early = held(waiting, channels=channels)
        assert chain.repair(early, NOW) is Repair.WAIT
        assert chain.repair(early, NOW + timedelta(seconds=20)) is Repair.SEND
    assert chain.repair(held(waiting, channels=2), NOW + MINUTE) is Repair.PUSH_ON
    assert chain.repair(held(waiting, channels=1), NOW + MINUTE) is Repair.SEND
    late = NOW + MINUTE + chain.LATEST
    assert chain.repair(held(waiting, channels=1), late) is Repair.GIVE_UP
    assert chain.step(held(waiting), 0) is Step.WAIT


def test_behaviour_never_speaks_for_what_still_waits_for_its_time() -> None:
    """E4."""
    waiting = replace(fact(1), send_at=NOW + timedelta(hours=1))
    assert judged([fact(0), waiting], did("opened", 2)) == (0, Level.SEEN)


@pytest.mark.parametrize(
    ("retries", "made", "retry_after", "seconds"),
    [
        (0, 1, None, None),
        (2, 1, None, 30),
        (2, 2, None, 60),
        (2, 3, None, None),
        (0, 1, 5, 5),  # the provider said when: that is no failure
        (0, 5, 5, 16),  # a crowd spreads
        (0, 20, 5, 900),
        (5, tries.MAX_TRIES, 5, None),
    ],
)
def test_the_pauses_between_tries_double_and_end(
    retries: int, made: int, retry_after: int | None, seconds: int | None
) -> None:
    """E7."""
    sms = Channel("sms", "sandbox", 60, "delivered", Price(1, "CNY"), retries=retries)
    found = tries.next_try(sms, made, NOW, retry_after)
    assert found == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_costs_add_up_by_currency_and_waste_is_a_part_of_them() -> None:
    found = costs.totals(
        [Cost(10_000, "CNY"), Cost(50_000, "CNY", waste=True), Cost(7, "USD"), Cost(0, "CNY")]
    )
    assert found == [Total("CNY", 60_000, 50_000), Total("USD", 7, 0)]
    assert costs.totals([]) == []


@given(st.lists(st.builds(Cost, st.integers(0, 10**9), st.sampled_from("AB"), st.booleans())))
def test_no_cost_is_lost(found: list[Cost]) -> None:
    sums = costs.totals(found)
    assert sum(total.amount_micros for total in sums) == sum(cost.amount_micros for cost in found)
    assert all(0 <= total.waste_micros <= total.amount_micros for total in sums)
    assert all(one.currency < other.currency for one, other in pairwise(sums))
