"""Step 6: pushes down a chain of three channels, until one arrives (E1 to E6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from infra.demo import executions
from infra.demo.client import timestamp
from infra.demo.opening import CURRENCY
from infra.demo.story import Failed

if TYPE_CHECKING:
    from infra.demo.opening import Organization
    from infra.demo.story import Story
    from infra.local.instance import Instance

LAST_WAIT_SECONDS = 2
LIMIT_SECONDS = 120.0  # beyond the waits themselves: the sweep of every minute ends the last one
STRATEGY = "spring-offer"
CONTENT = {
    "title": "Spring tea is here",
    "body": "The first picking, ten percent off this week.",
    "link": "https://tea.example/spring",
    "content_id": "spring-2026",
}
PRICES = {"official-account": 5_000, "sms": 45_000, "email": 1_000}  # micro-units


@dataclass(frozen=True)
class Reader:
    """A user, what the sandbox does with each message to them, and how it must end."""

    user_id: str
    told: str
    script: dict[str, str]
    status: str
    reached: int | None
    attempts: int
    evidence: str = "confirmed"


READERS = (
    Reader("u-first", "reached on the first", {"official-account": "deliver"}, "reached", 0, 1),
    Reader(
        "u-second",
        "reached on the second, after a negative receipt",
        {"official-account": "fail", "sms": "deliver"},
        "reached",
        1,
        2,
    ),
    Reader(
        "u-opened",
        "reached as their behaviour shows",
        {"official-account": "accept"},
        "reached",
        0,
        1,
        "inferred",
    ),
    Reader(
        "u-nobody",
        "reached by nobody",
        {"official-account": "accept", "sms": "reject", "email": "accept"},
        "unreached",
        None,
        3,
        "none",
    ),
)


def push(story: Story, organization: Organization, instance: Instance, wait_seconds: int) -> None:
    """Write the strategy and the sandbox's script, push to four users, show what happened."""
    story.step("Pushes go down a chain of three channels, until one arrives")
    _prepare(organization, wait_seconds)
    story.say(f"official account, then SMS, then e-mail; each waits {wait_seconds} s at most")
    _answer_strangers(story, organization)
    pushes = {reader.user_id: _start(organization, reader) for reader in READERS}
    _open(story, organization, pushes["u-opened"])
    limit_seconds = 2 * wait_seconds + LIMIT_SECONDS
    views = {}
    for reader in READERS:
        push_id = pushes[reader.user_id]
        views[reader.user_id] = story.wait_for(
            f"the push to {reader.user_id} to end",
            lambda push_id=push_id: _ended(organization, push_id),  # type: ignore[misc]
            limit_seconds,
        )
    for reader in READERS:
        _show(story, reader, views[reader.user_id])
    _count_transitions(story, instance, views)


def _prepare(organization: Organization, wait_seconds: int) -> None:
    script = {
        f"{reader.user_id}/{channel}": word
        for reader in READERS
        for channel, word in reader.script.items()
    }
    account = {"type": "sandbox", "settings": {"script": script}}
    organization.operator.put(f"{organization.path}/provider-accounts/sandbox", account).expect(200)
    waits = dict.fromkeys(PRICES, wait_seconds) | {"email": LAST_WAIT_SECONDS}
    strategy = {
        "purpose": "service",
        "behaviours": {"opened": "seen", "bought": "converted"},
        "channels": [
            {
                "channel": channel,
                "wait_seconds": waits[channel],
                "success": "delivered",
                "price": {"amount_micros": micros, "currency": CURRENCY},
            }
            for channel, micros in PRICES.items()
        ],
    }
    organization.operator.put(f"{organization.path}/strategies/{STRATEGY}", strategy).expect(200)


def _start(organization: Organization, reader: Reader) -> str:
    body = {"strategy_id": STRATEGY, "user_id": reader.user_id, "content": CONTENT}
    key = {"Idempotency-Key": f"spring-{reader.user_id}"}
    path = f"{organization.path}/pushes"
    first, again = [
        organization.operator.post(path, body, key).expect(202).json["push_id"] for _ in range(2)
    ]
    if first != again:
        raise Failed(f"one Idempotency-Key started {first} and {again}")
    return str(first)


def _answer_strangers(story: Story, organization: Organization) -> None:
    """Behaviour and receipts that belong to no push; also the first call of either function."""
    _behave(organization, "u-stranger")
    outcomes = _receipt(organization, {"tracking_id": "nobodys"})
    story.expect(
        outcomes == ["unmatched"],
        f"a receipt for nobody's message was {outcomes}",
        "a receipt that names nobody's message moves nothing",
    )


def _open(story: Story, organization: Organization, push_id: str) -> None:
    """Let the user open the content; then the provider's receipt comes without any id (E4)."""
    story.wait_for(
        "the message to u-opened",
        lambda: (_read(organization, push_id)["attempts"] or [{}])[0].get("sent_at"),
        LIMIT_SECONDS,
    )
    _behave(organization, "u-opened")
    outcomes = _receipt(organization, {"user_id": "u-opened"})
    story.expect(
        outcomes == ["settled"],
        f"a receipt after the user opened the content was {outcomes}",
        "u-opened opened the content; then a receipt came that names no message",
    )


def _behave(organization: Organization, user_id: str) -> None:
    behaviour = {
        "user_id": user_id,
        "kind": "opened",
        "content_id": CONTENT["content_id"],
        "at": timestamp(),
    }
    path, secret = f"/partners/{organization.id}/behaviours", organization.partner_secret
    answer = organization.anyone.post_event(path, secret, "behaviour.recorded.v1", behaviour)
    answer.expect(202)


def _receipt(organization: Organization, names: dict[str, str]) -> list[str]:
    body = {"type": "receipt", "status": "sent", "at": timestamp(), **names}
    path, secret = f"/receipts/{organization.id}/sandbox", organization.callback_secret
    answer = organization.anyone.post_signed(path, secret, body).expect(202)
    return list(answer.json["outcomes"])


def _read(organization: Organization, push_id: str) -> Any:
    return organization.operator.get(f"{organization.path}/pushes/{push_id}").expect(200).json


def _ended(organization: Organization, push_id: str) -> Any:
    view = _read(organization, push_id)
    return None if view["status"] == "running" else view


def _show(story: Story, reader: Reader, view: Any) -> None:
    """Print the push's timeline and cost, and check that it ended as it had to."""
    story.say("")
    cost = sum(total["amount_micros"] for total in view["cost"]) / 1_000_000
    story.say(f"{reader.user_id}: {reader.told}; cost {cost:.3f} {CURRENCY}")
    story.table(
        ("channel", "level", "evidence", "price", "why"),
        [
            (
                attempt["channel"],
                "failed" if attempt.get("failed") else attempt["level"],
                attempt["evidence"],
                f"{attempt['price']['amount_micros'] / 1_000_000:.3f}",
                attempt.get("why", ""),
            )
            for attempt in view["attempts"]
        ],
    )
    story.say("   ".join(_entries(view)))
    reached = view.get("reached_position")
    attempts = view["attempts"]
    is_as_told = (
        view["status"] == reader.status
        and reached == reader.reached
        and len(attempts) == reader.attempts
        and (reached is None or attempts[reached]["evidence"] == reader.evidence)
    )
    story.expect(
        is_as_told,
        f"the push to {reader.user_id} ended {view['status']} at {reached} after "
        f"{len(attempts)} attempts; expected {reader.status} at {reader.reached} after "
        f"{reader.attempts}",
    )


def _entries(view: Any) -> list[str]:
    """Return what happened when, in seconds after the request."""
    began = datetime.fromisoformat(view["created_at"])
    return [
        f"+{(datetime.fromisoformat(entry['at']) - began).total_seconds():.1f} s {entry['what']}"
        for entry in view["timeline"]
    ]


def _count_transitions(story: Story, instance: Instance, views: dict[str, Any]) -> None:
    counted = executions.transitions(instance, {view["push_id"] for view in views.values()})
    attempts = sum(len(view["attempts"]) for view in views.values())
    story.say("")
    story.expect(
        sum(counted.values()) == attempts,
        f"{sum(counted.values())} state transitions for {attempts} attempts: {counted}",
        f"{attempts} attempts, {sum(counted.values())} state transitions: 1.0 an attempt",
    )
