"""Pushes down a chain of channels, as the sandbox's script has it (E1 to E5, E7)."""

from typing import Any

import pytest

from infra.demo import executions
from infra.demo.client import timestamp
from tests.support.client import Organization, eventually

CONTENT = {"title": "Spring tea", "body": "Ten percent off", "content_id": "spring"}
LONG = (900, 900, 900)  # waits in seconds that no test sits out
CHANNELS = ("first", "second", "third")
RUNNING = "running"


def put_chain(acme: Organization, script: dict[str, str], *waits: int) -> None:
    """Put the sandbox's script and a strategy over three channels."""
    account = {"type": "sandbox", "settings": {"script": script}}
    acme.operator.put(f"{acme.path}/provider-accounts/sandbox", account).expect(200)
    channels = [
        {
            "channel": channel,
            "wait_seconds": wait,
            "success": "delivered",
            "price": {"amount_micros": 1_000 * (place + 1), "currency": "CNY"},
        }
        for place, (channel, wait) in enumerate(zip(CHANNELS, waits, strict=True))
    ]
    body = {"purpose": "service", "behaviours": {"opened": "seen"}, "channels": channels}
    acme.operator.put(f"{acme.path}/strategies/chain", body).expect(200)


def start(acme: Organization, user_id: str = "u-1") -> str:
    body = {"strategy_id": "chain", "user_id": user_id, "content": CONTENT}
    return str(acme.operator.post(f"{acme.path}/pushes", body).expect(202).json["push_id"])


def read(acme: Organization, push_id: str) -> dict[str, Any]:
    found: dict[str, Any] = acme.operator.get(f"{acme.path}/pushes/{push_id}").expect(200).json
    return found


def ended(acme: Organization, push_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        view = read(acme, push_id)
        if view["status"] == RUNNING and len(view["attempts"]) == len(CHANNELS):
            sweep(acme)  # its schedule comes once a minute
        return None if view["status"] == RUNNING else view

    return eventually("the push to end", look)


def sweep(acme: Organization) -> None:
    """Let the sweeper look, which ends the wait for a last message."""
    acme.deployment.run("RepairWaits")


def attempted(acme: Organization, push_id: str, count: int) -> list[dict[str, Any]]:
    """Wait until the message of the latest of some attempts has left."""

    def look() -> list[dict[str, Any]] | None:
        attempts: list[dict[str, Any]] = read(acme, push_id)["attempts"]
        return attempts if len(attempts) == count and attempts[-1].get("sent_at") else None

    return eventually(f"{count} attempts", look)


def receipt(acme: Organization, status: str, **names: Any) -> list[str]:
    body = {"type": "receipt", "status": status, "at": timestamp()} | names
    path = f"/receipts/{acme.id}/sandbox"
    taken = acme.anyone.post_signed(path, acme.callback_secret, body).expect(202).json
    return list(taken["outcomes"])


def transitions(acme: Organization, push_id: str) -> int:
    return executions.transitions(acme.deployment.instance, {push_id})[push_id]


@pytest.mark.parametrize(
    ("script", "waits", "status", "reached", "levels"),
    [
        ({"*": "deliver"}, LONG, "reached", 0, ["delivered"]),
        ({"first": "fail"}, LONG, "reached", 1, ["failed", "delivered"]),
        ({"first": "reject"}, LONG, "reached", 1, ["failed", "delivered"]),
        ({"first": "accept"}, (1, *LONG[1:]), "reached", 1, ["accepted", "delivered"]),
        ({"*": "fail"}, LONG, "unreached", None, ["failed", "failed", "failed"]),
        ({"*": "accept"}, (1, 1, 1), "unreached", None, ["accepted", "accepted", "accepted"]),
        ({"first": "by_message"}, LONG, "reached", 0, ["delivered"]),
        ({"first": "duplicate"}, LONG, "reached", 0, ["delivered"]),
    ],
)
def test_a_chain_stops_where_its_message_arrives(
    acme: Organization,
    *,
    script: dict[str, str],
    waits: tuple[int, ...],
    status: str,
    reached: int | None,
    levels: list[str],
) -> None:
    """E2, E3: one state transition for each attempt, none beside them."""
    put_chain(acme, script, *waits)
    push_id = start(acme)
    view = ended(acme, push_id)
    found = ["failed" if a.get("failed") else a["level"] for a in view["attempts"]]
    assert (view["status"], view.get("reached_position"), found) == (status, reached, levels)
    assert transitions(acme, push_id) == len(levels)


def test_behaviour_speaks_where_the_receipt_names_no_message(acme: Organization) -> None:
    """E4: inferred from what the user did, and from nothing that came before the send."""
    put_chain(acme, {"*": "accept"}, *LONG)
    push_id = start(acme)
    attempted(acme, push_id, 1)
    assert receipt(acme, "delivered", user_id="u-1") == ["none"]
    behaviour = {"user_id": "u-1", "kind": "opened", "content_id": "spring", "at": timestamp()}
    acme.post_event("behaviours", "behaviour.recorded.v1", behaviour).expect(202)
    assert receipt(acme, "delivered", user_id="u-1") == ["settled"]
    view = ended(acme, push_id)
    assert (view["status"], view["reached_position"]) == ("reached", 0)
    assert (view["attempts"][0]["level"], view["attempts"][0]["evidence"]) == ("seen", "inferred")
    assert transitions(acme, push_id) == 1


@pytest.mark.proof  # it waits 15 s
def test_behaviour_is_looked_at_before_the_next_channel_costs_anything(acme: Organization) -> None:
    put_chain(acme, {"*": "accept"}, 15, *LONG[1:])
    push_id = start(acme)
    attempted(acme, push_id, 1)
    behaviour = {"user_id": "u-1", "kind": "opened", "at": timestamp()}
    acme.post_event("behaviours", "behaviour.recorded.v1", behaviour).expect(202)
    view = ended(acme, push_id)
    assert (view["status"], len(view["attempts"])) == ("reached", 1)


def test_a_receipt_after_the_fallback_credits_its_attempt_and_books_the_waste(
    acme: Organization,
) -> None:
    """E5: after a success nothing more is sent, and the second message was for nothing."""
    put_chain(acme, {"*": "accept"}, 1, *LONG[1:])
    push_id = start(acme)
    first, second = attempted(acme, push_id, 2)
    assert receipt(acme, "delivered", tracking_id=first["tracking_id"]) == ["settled"]
    view = ended(acme, push_id)
    assert (view["status"], view["reached_position"]) == ("reached", 0)
    assert [attempt.get("waste", False) for attempt in view["attempts"]] == [False, True]
    assert view["cost"] == [{"currency": "CNY", "amount_micros": 3_000, "waste_micros": 2_000}]
    receipt(acme, "delivered", tracking_id=second["tracking_id"])
    acme.deployment.rest()
    after = read(acme, push_id)
    assert (after["reached_position"], len(after["attempts"])) == (0, 2)


def test_a_receipts_price_replaces_the_estimate(acme: Organization) -> None:
    """E6."""
    put_chain(acme, {"*": "accept"}, *LONG)
    push_id = start(acme)
    (attempt,) = attempted(acme, push_id, 1)
    price = {"amount_micros": 1_250, "currency": "CNY"}
    receipt(acme, "delivered", tracking_id=attempt["tracking_id"], price=price)
    assert ended(acme, push_id)["cost"][0]["amount_micros"] == 1_250


def test_a_cancelled_push_sends_nothing_more(acme: Organization) -> None:
    put_chain(acme, {"*": "accept"}, *LONG)
    push_id = start(acme)
    attempted(acme, push_id, 1)
    path = f"{acme.path}/pushes/{push_id}"
    assert acme.operator.delete(path).expect(200).json["status"] == "cancelled"
    assert acme.operator.delete(path).expect(200).json["status"] == "cancelled"
    acme.deployment.rest()
    view = read(acme, push_id)
    assert (view["status"], len(view["attempts"])) == ("cancelled", 1)


def test_a_push_asked_for_twice_is_sent_once(acme: Organization) -> None:
    put_chain(acme, {"*": "deliver"}, *LONG)
    body = {"strategy_id": "chain", "user_id": "u-9", "content": CONTENT}
    answers = [acme.post_event("pushes", "push.start.v1", body, "msg-1") for _ in range(3)]
    assert [answer.status for answer in answers] == [202] * 3
    assert len({answer.json["push_id"] for answer in answers}) == 1
    ended(acme, answers[0].json["push_id"])
    path = f"{acme.path}/sandbox/messages?user_id=u-9"
    assert len(acme.operator.get(path).expect(200).json["messages"]) == 1
