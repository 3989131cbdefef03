"""The waiting list over HTTP (A4): docs/waiting.md."""

from typing import Any

from tests.support.client import Organization, eventually


def wait(acme: Organization, code: str) -> tuple[str, dict[str, Any]]:
    """Join as a new visitor who finds no room; return their token and place."""
    token = acme.scan(code)
    return token, acme.join(code, token).expect(202).json


def test_who_finds_no_room_keeps_a_place_and_is_served_in_order(acme: Organization) -> None:
    """Seats that free up go to those who wait, the first first; each is told by a push."""
    channel = {"channel": "sms", "wait_seconds": 1, "success": "delivered"}
    strategy = {"purpose": "service", "channels": [channel]}
    acme.operator.put(f"{acme.path}/strategies/waiting-served", strategy).expect(200)
    acme.put_channel("a", cap=2)
    code = acme.issue(waiting={"hours": 2, "called_seconds": 600})
    seats = [acme.seat(code), acme.seat(code)]
    waiting = [wait(acme, code) for _ in range(4)]
    assert [place["status"] for _, place in waiting] == ["waiting"] * 4
    assert [place["ahead"] for _, place in waiting] == [0, 1, 2, 3]
    (first, _), (second, _), (third, _), (fourth, _) = waiting
    assert acme.join(code, third).expect(202).json["ahead"] == 2  # the same place

    acme.anyone.post(f"/s/{code}/leave", {"visitor_token": second}).expect(200)
    acme.tell(seats[0])
    acme.tell(seats[0], "lost")  # a seat frees up
    served = eventually("the first to be served", lambda: served_seat(acme, code, first))
    eventually("none before", lambda: acme.join(code, third).expect(202).json["ahead"] == 0 or None)
    acme.tell(seats[1])
    acme.tell(seats[1], "lost")
    eventually("the third to be served", lambda: served_seat(acme, code, third))
    assert acme.join(code, fourth).status == 202
    acme.put_channel("a", cap=3)
    eventually("the last to be served", lambda: served_seat(acme, code, fourth))
    assert acme.held("a") == 3
    listed = f"{acme.path}/waiting"  # a place whose customer has a seat is ended by the next look
    eventually(
        "an empty list", lambda: acme.operator.get(listed).expect(200).json["items"] == [] or None
    )
    customer = served["assignment_id"].partition(".")[0]
    inbox = f"{acme.path}/sandbox/messages?user_id={customer}"
    look = acme.operator.get
    (told,) = eventually("a push", lambda: look(inbox).expect(200).json["messages"] or None)
    assert "a" in told["body"]


def served_seat(acme: Organization, code: str, token: str) -> dict[str, Any] | None:
    answer = acme.join(code, token)
    return answer.json if answer.status == 200 else None


def test_a_newcomer_does_not_take_the_seat_of_those_who_wait(acme: Organization) -> None:
    acme.put_channel("a", cap=1)
    code = acme.issue(waiting={})
    seat = acme.seat(code)
    first, _ = wait(acme, code)
    second, _ = wait(acme, code)
    acme.tell(seat)
    acme.tell(seat, "lost")
    newcomer, place = wait(acme, code)
    assert place["ahead"] >= 1
    eventually("the first to be served", lambda: served_seat(acme, code, first))
    assert acme.join(code, second).status == 202
    eventually("one before", lambda: acme.join(code, newcomer).json["ahead"] == 1 or None)


def test_without_a_waiting_list_there_is_no_room(acme: Organization) -> None:
    acme.put_channel("a", cap=1)
    code = acme.issue()
    acme.seat(code)
    assert acme.join(code).problem == "no-room"
