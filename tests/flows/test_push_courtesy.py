"""When messages go out: quiet hours, another provider, a second try; what came of it (E6, E7)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.demo import executions
from infra.demo.client import timestamp
from tests.support.client import Organization, eventually

CONTENT = {"title": "Spring tea", "body": "Ten percent off", "content_id": "spring"}
WINDOW_SECONDS = 60  # from a start, within which users convert


def put_account(acme: Organization, account_id: str, script: dict[str, str]) -> None:
    account = {"type": "sandbox", "settings": {"script": script}}
    acme.operator.put(f"{acme.path}/provider-accounts/{account_id}", account).expect(200)


def put_strategy(acme: Organization, first: dict[str, Any], **terms: Any) -> None:
    """Put a strategy of two channels, `app` as given and `sms`."""
    price = {"amount_micros": 10_000, "currency": "CNY"}
    channels = [
        {"channel": name, "wait_seconds": 120, "price": price} | more
        for name, more in (("app", first), ("sms", {}))
    ]
    body = {"purpose": "service", "behaviours": {"bought": "converted"}, "channels": channels}
    acme.operator.put(f"{acme.path}/strategies/s", body | terms).expect(200)


def start(acme: Organization, user_id: str) -> str:
    body = {"strategy_id": "s", "user_id": user_id, "content": CONTENT}
    return str(acme.operator.post(f"{acme.path}/pushes", body).expect(202).json["push_id"])


def read(acme: Organization, push_id: str) -> dict[str, Any]:
    found: dict[str, Any] = acme.operator.get(f"{acme.path}/pushes/{push_id}").expect(200).json
    return found


def ended(acme: Organization, push_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        view = read(acme, push_id)
        return view if view["status"] != "running" else None

    return eventually("the push to end", look)


def sent(acme: Organization, user_id: str) -> list[dict[str, Any]]:
    path = f"{acme.path}/sandbox/messages?user_id={user_id}"
    messages: list[dict[str, Any]] = acme.operator.get(path).expect(200).json["messages"]
    return messages


def test_in_quiet_hours_a_message_waits_for_their_end(acme: Organization) -> None:
    """E7: in the user's time zone; what is transactional does not wait."""
    now = datetime.now(UTC)
    begin, end = (now + timedelta(hours=more) for more in (-2, 2))
    quiet = {"start": f"{begin:%H}:00", "end": f"{end:%H}:00"}
    acme.operator.put(f"{acme.path}/recipients/sleeper", {"time_zone": "Etc/UTC"}).expect(200)
    put_strategy(acme, {}, quiet_hours=quiet)
    push_id = start(acme, "sleeper")

    def deferred() -> dict[str, Any] | None:
        entries = read(acme, push_id)["timeline"]
        return next((entry for entry in entries if entry["what"] == "deferred"), None)

    until = datetime.fromisoformat(eventually("the message to wait", deferred)["until"])
    assert until == end.replace(minute=0, second=0, microsecond=0)
    (attempt,) = read(acme, push_id)["attempts"]
    assert datetime.fromisoformat(attempt["send_at"]) == until
    assert "sent_at" not in attempt
    assert not sent(acme, "sleeper")
    put_strategy(acme, {}, quiet_hours=quiet, purpose="transactional")
    assert ended(acme, start(acme, "sleeper"))["status"] == "reached"
    assert len(sent(acme, "sleeper")) == 1


def test_another_provider_takes_over_on_the_same_channel(acme: Organization) -> None:
    """E7: no channel is lost to it, and no state transition."""
    put_account(acme, "down", {"*": "down:900"})
    put_strategy(acme, {"provider": "down", "fallback_providers": ["sandbox"]})
    push_id = start(acme, "u-1")
    view = ended(acme, push_id)
    assert (view["status"], view["reached_position"]) == ("reached", 0)
    (attempt,) = view["attempts"]
    assert (attempt["provider"], attempt["tries"]) == ("sandbox", 1)  # a try asks all, in order
    tried = [entry["provider"] for entry in view["timeline"] if entry["what"] == "tried"]
    assert tried == ["down", "sandbox"]
    assert executions.transitions(acme.deployment.instance, {push_id})[push_id] == 1


def test_with_every_provider_down_a_message_is_tried_again_later(acme: Organization) -> None:
    """E7: by the queue, while the task of the chain waits."""
    put_account(acme, "sandbox", {"app": "down:3", "*": "deliver"})
    put_strategy(acme, {"retries": 3, "retry_seconds": 4})
    push_id = start(acme, "u-1")
    view = ended(acme, push_id)
    assert (view["status"], view["reached_position"]) == ("reached", 0)
    assert view["attempts"][0]["tries"] == 2
    assert [entry["what"] for entry in view["timeline"]].count("deferred") == 1
    assert executions.transitions(acme.deployment.instance, {push_id})[push_id] == 1


@pytest.mark.proof
def test_who_converted_is_compared_with_who_was_held_out(acme: Organization) -> None:
    """E6: judged once, when the window closes; later behaviour changes nothing."""
    users = [f"u-{number}" for number in range(24)]
    put_account(acme, "sandbox", {"*": "deliver"})
    put_strategy(acme, {}, hold_out_percent=50, conversion_seconds=WINDOW_SECONDS)
    views = {user_id: read(acme, start(acme, user_id)) for user_id in users}
    held = {user_id for user_id, view in views.items() if view.get("withheld_by") == "hold_out"}
    assert 0 < len(held) < len(users)
    for user_id in users:
        if user_id not in held:
            bought = {"user_id": user_id, "kind": "bought", "at": timestamp()}
            acme.post_event("behaviours", "behaviour.recorded.v1", bought).expect(202)

    def judged() -> dict[str, Any] | None:
        acme.deployment.run("RepairWaits")
        path = f"{acme.path}/statistics/strategies?strategy_id=s"
        (row,) = acme.operator.get(path).expect(200).json["rows"] or [{"conversion": {}}]
        found: dict[str, Any] = row["conversion"]
        seen = found.get("treated", 0) + found.get("untreated", 0)
        return found if seen == len(users) else None

    found = eventually("every window to be judged", judged)
    treated = len(users) - len(held)
    assert (found["treated"], found["treated_converted"]) == (treated, treated)
    assert (found["untreated"], found["untreated_converted"]) == (len(held), 0)
    assert found["difference"] == 1.0
    assert 0 < found["low"] < found["difference"] <= found["high"]
