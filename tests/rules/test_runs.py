"""What a run does, decided from what is stored (E8)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.push.rules.judging import Facts, Level
from sluice.push.rules.runs import (
    MAX_ROUNDS,
    SHARDS,
    Advance,
    Going,
    Outcome,
    Status,
    advance,
    is_sending,
    outcome_of,
    push_id_of,
    reached_from,
    shard_of,
)

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
RUN = "01je9x4k2m" + "0" * 16
OPEN = {Status.UPLOADING, Status.RUNNING, Status.PAUSED, Status.STUCK}


@pytest.mark.parametrize(
    ("wanted", "allowed"),
    [
        (Status.RUNNING, {Status.UPLOADING, Status.PAUSED, Status.STUCK}),
        (Status.PAUSED, {Status.RUNNING}),
        (Status.CANCELLED, OPEN),
        (Status.FINISHED, set()),
        (Status.STUCK, set()),
        (Status.UPLOADING, set()),
    ],
)
def test_an_operator_brings_a_run_to_what_may_follow(wanted: Status, allowed: set[Status]) -> None:
    assert reached_from(wanted) == allowed


@pytest.mark.parametrize(
    ("run", "generation", "pending", "expected"),
    [
        (Going(Status.RUNNING, 1, prepared=False, rounds=0), 1, 0, Advance.PREPARE),
        (Going(Status.RUNNING, 1, prepared=True, rounds=0), 1, 3, Advance.SEND),
        (Going(Status.RUNNING, 1, prepared=True, rounds=MAX_ROUNDS), 1, 3, Advance.STOP),
        (Going(Status.RUNNING, 1, prepared=True, rounds=MAX_ROUNDS), 1, 0, Advance.FINISH),
        (Going(Status.PAUSED, 1, prepared=True, rounds=0), 1, 3, Advance.END),
        (Going(Status.PAUSED, 1, prepared=False, rounds=0), 1, 0, Advance.END),
        (Going(Status.CANCELLED, 1, prepared=True, rounds=0), 1, 3, Advance.END),
        (Going(Status.FINISHED, 1, prepared=True, rounds=0), 1, 0, Advance.END),
        (Going(Status.RUNNING, 2, prepared=True, rounds=0), 1, 3, Advance.END),
        (Going(Status.RUNNING, 1, prepared=True, rounds=0, is_over=True), 1, 3, Advance.STOP),
        (Going(Status.RUNNING, 1, prepared=False, rounds=0, is_over=True), 1, 0, Advance.STOP),
        (Going(Status.RUNNING, 1, prepared=True, rounds=0, is_over=True), 1, 0, Advance.FINISH),
        (Going(Status.PAUSED, 1, prepared=True, rounds=0, is_over=True), 1, 3, Advance.END),
    ],
)
def test_an_execution_does_what_is_left(
    run: Going, generation: int, pending: int, expected: Advance
) -> None:
    assert advance(run, generation, pending) is expected


@pytest.mark.parametrize("status", Status)
def test_only_a_running_run_sends_and_only_its_latest_execution(status: Status) -> None:
    run = Going(status, 2, prepared=True, rounds=0)
    assert is_sending(run, 2) is (status is Status.RUNNING)
    assert not is_sending(run, 1)


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_a_users_push_in_a_run_has_one_id(first: str, second: str) -> None:
    made = push_id_of(RUN, first)
    assert made == push_id_of(RUN, first)
    assert len(made) == 26
    assert made.startswith(RUN[:10])
    assert set(made[10:]) <= set("0123456789abcdefghjkmnpqrstvwxyz")
    assert (made == push_id_of(RUN, second)) is (first == second)
    assert made != push_id_of(RUN[:-1] + "1", first)


@given(st.integers(0, 20_000))
def test_a_batch_has_its_counters(number: int) -> None:
    assert 0 <= shard_of(number) < SHARDS


def first(level: Level = Level.BEGUN, **facts: Any) -> Facts:
    return Facts(0, NOW, NOW + timedelta(hours=1), Level.DELIVERED, level, **facts)


@pytest.mark.parametrize(
    ("status", "attempt", "sent", "expected"),
    [
        ("running", first(Level.ACCEPTED), True, Outcome.SENT),
        ("reached", first(Level.DELIVERED), False, Outcome.SENT),
        ("running", first(Level.ACCEPTED, failed=True), True, Outcome.SENT),
        ("running", first(failed=True), False, Outcome.REFUSED),
        ("unreached", first(failed=True), False, Outcome.REFUSED),
        ("running", first(), False, Outcome.UNSURE),
        ("running", first(send_at=NOW), False, Outcome.WAITING),
        ("running", None, False, Outcome.WAITING),
        ("withheld", None, False, Outcome.WITHHELD),
        ("withheld", first(), False, Outcome.WITHHELD),
        ("cancelled", None, False, Outcome.WITHHELD),
    ],
)
def test_a_first_message_counts_as_what_is_stored_of_it(
    status: str, attempt: Facts | None, *, sent: bool, expected: Outcome
) -> None:
    assert outcome_of(status, attempt, sent=sent) is expected
