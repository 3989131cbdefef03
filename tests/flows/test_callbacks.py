"""What the provider tells, and what it never does (A6, A8)."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest

from infra.demo.client import timestamp
from tests.support.client import Organization, eventually

SHORTEST_SECONDS = 5  # a reservation that a test can wait for
SHORT_SECONDS = 15  # one in which there is time for something else


def expire(seat: dict[str, Any]) -> None:
    """Wait until a reservation is over."""
    ends = datetime.fromisoformat(seat["expires_at"])
    time.sleep(max(0.0, (ends - datetime.now(UTC)).total_seconds()) + 0.05)


def test_a_confirmation_connects_once_however_often_it_comes(acme: Organization) -> None:
    acme.put_channel("a")
    seat = acme.seat(acme.issue())
    at = datetime.now(UTC)
    with ThreadPoolExecutor(6) as threads:
        told = list(threads.map(lambda _: acme.tell(seat, at=at), range(6)))
    assert sorted(each["outcome"] for each in told) == ["applied", *["known"] * 5]
    assert {each["status"] for each in told} == {"connected"}
    assert acme.held("a") == 1


def test_a_connected_customer_joining_again_is_shown_their_channel(acme: Organization) -> None:
    acme.put_channel("a")
    code = acme.issue()
    token = acme.scan(code)
    seat = acme.seat(code, token)
    acme.tell(seat)
    again = acme.join(code, token).expect(200).json
    assert (again["assignment_id"], again["status"]) == (seat["assignment_id"], "connected")
    assert "expires_at" not in again


def test_a_loss_that_arrives_before_its_connection_wins(acme: Organization) -> None:
    acme.put_channel("a")
    seat = acme.seat(acme.issue())
    now = datetime.now(UTC)
    assert acme.tell(seat, "lost", at=now)["status"] == "lost"
    assert acme.tell(seat, "connected", at=now - timedelta(seconds=1))["status"] == "lost"
    assert acme.held("a") == 0
    assert acme.tell(seat, "connected", at=now + timedelta(seconds=1))["status"] == "connected"
    assert acme.held("a") == 1


@pytest.mark.proof  # it waits 15 s
def test_an_expired_seat_is_given_again_and_a_late_confirmation_still_counts(
    acme: Organization,
) -> None:
    """A6: the overshoot is the provider's doing, and nobody is thrown out for it."""
    acme.put_channel("a", cap=1)
    code = acme.issue(reservation_seconds=SHORT_SECONDS)
    first = acme.seat(code)
    assert acme.join(code).problem == "no-room"
    expire(first)
    second = acme.seat(code)  # the full pool took back what had expired
    assert acme.held("a") == 1
    assert acme.tell(first)["status"] == "connected"
    assert acme.tell(second)["status"] == "connected"
    assert acme.held("a") == 2
    time.sleep(0.6)  # longer than a code is remembered as sold out
    assert acme.join(code).problem == "no-room"


def test_whoever_comes_back_after_the_expiry_keeps_the_seat(acme: Organization) -> None:
    acme.put_channel("a")
    code = acme.issue(reservation_seconds=SHORTEST_SECONDS)

    def kept() -> bool | None:
        token = acme.scan(code)
        seat = acme.seat(code, token)
        expire(seat)
        again = acme.join(code, token).expect(200, 201)
        if again.status == HTTPStatus.CREATED:
            return None  # the schedule has just come between, and freed it
        assert again.json["assignment_id"] == seat["assignment_id"]
        assert again.json["expires_at"] > seat["expires_at"]
        return True

    eventually("a seat that is kept", kept)


def test_the_schedule_releases_what_nobody_asks_for(acme: Organization) -> None:
    """A6: the sweep, as its schedule would wake it."""
    acme.put_channel("a", cap=3)
    seat = acme.seat(acme.issue(reservation_seconds=SHORTEST_SECONDS))
    kept = acme.seat(acme.issue())
    expire(seat)
    acme.deployment.run("ReleaseExpiredSeats")
    eventually("the seat to be free", lambda: acme.held("a") == 1 or None)  # by this run or another
    assert acme.tell(kept)["status"] == "connected"


def test_one_person_on_two_devices_becomes_one_customer(acme: Organization) -> None:
    """A6: the provider knows them by one id; the seat connected first stays."""
    acme.put_channel("a", cap=5)
    acme.put_channel("b", cap=5)
    code = acme.issue()
    phone, laptop = acme.scan(code), acme.scan(code)
    first, second = acme.seat(code, phone), acme.seat(code, laptop)
    assert acme.tell(first, customer_ref="wx-same")["status"] == "connected"
    acme.tell(second, customer_ref="wx-same")
    shown = [acme.join(code, token).expect(200).json for token in (phone, laptop)]
    assert shown[0] == shown[1]
    assert shown[0]["status"] == "connected"
    eventually(
        "both connections to be counted as one customer",
        lambda: _counted(acme, code, connections=2, customers=1),
    )


def test_another_accounts_callback_moves_nobody(acme: Organization) -> None:
    acme.put_channel("a")
    seat = acme.seat(acme.issue())
    account = f"{acme.path}/provider-accounts/other"
    secret = acme.operator.put(account, {"type": "sandbox"}).expect(200).json["callback_secret"]
    body = {
        "event": "connected",
        "assignment_id": seat["assignment_id"],
        "customer_ref": "wx-1",
        "at": timestamp(),
    }
    answer = acme.anyone.post_signed(f"/callbacks/{acme.id}/other", secret, body)
    assert (answer.status, answer.problem) == (404, "not-found")


def _counted(acme: Organization, code: str, **wanted: int) -> dict[str, dict[str, int]] | None:
    rows = acme.statistics("codes")
    found = rows.get(code, {})
    return rows if all(found.get(name) == number for name, number in wanted.items()) else None
