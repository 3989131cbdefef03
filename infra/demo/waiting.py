"""Step 8: all is full; customers keep a place, are served in order, and are told (A4)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from infra.demo import crowd, issuing

if TYPE_CHECKING:
    from infra.demo.issuing import Code
    from infra.demo.opening import Organization
    from infra.demo.story import Story

KIOSK = "kiosk"
PLACE = {"latitude": 35.6595, "longitude": 139.7005}  # no other channel serves it
SEATS = 2
WAITING = 4
LIMIT_SECONDS = 60.0


def wait(story: Story, organization: Organization) -> None:
    """Fill a channel, let others wait, let one leave, free the seats, show who was served."""
    story.step("When all is full: a place on a list, served in order as seats free up")
    code = _prepare(organization)
    tokens = [crowd.scan(organization.anyone, code.code) for _ in range(SEATS + WAITING)]
    for token in tokens[:SEATS]:
        _join(organization, code, token, 201)
    places = [_join(organization, code, token, 202) for token in tokens[SEATS:]]
    names = [f"customer {number + 1}" for number in range(WAITING)]
    story.say(f"{SEATS} customers took {KIOSK}'s {SEATS} seats; the next found no room:")
    rows = [(name, p["status"], p["ahead"]) for name, p in zip(names, places, strict=True)]
    story.table(("who", "answered", "before them"), rows)
    first, second, third, fourth = tokens[SEATS:]
    for token in (second, *tokens[:SEATS]):
        organization.anyone.post(f"/s/{code.code}/leave", {"visitor_token": token}).expect(200)
    story.say(f"{names[1]} leaves the list; then both seats are given back")
    for name, token in ((names[0], first), (names[2], third)):
        has_seat = partial(_seat, organization, code, token)
        seat = story.wait_for(f"{name} to be served", has_seat, LIMIT_SECONDS)
        is_told = partial(_told, organization, seat)
        said = story.wait_for(f"{name} to be told", is_told, LIMIT_SECONDS)
        story.say(f"{name} has a seat, and was told: {said}")
    left = _join(organization, code, fourth, 202)
    held = organization.loads()[KIOSK]["held"]
    story.expect(
        (left["ahead"], held) == (0, SEATS),
        f"{names[3]} has {left['ahead']} before them, {KIOSK} holds {held}",
        f"in order, each once; {names[3]} is next, {KIOSK} holds {SEATS} of {SEATS}",
    )


def _prepare(organization: Organization) -> Code:
    operator, path = organization.operator, organization.path
    channel = {"channel": "sms", "wait_seconds": 1, "success": "delivered"}
    strategy = {"purpose": "service", "channels": [channel]}
    operator.put(f"{path}/strategies/waiting-served", strategy).expect(200)
    area = {"point": PLACE, "radius_meters": 500}
    body = {"kind": "contact", "name": "Kiosk", "provider_ref": KIOSK, "cap": SEATS}
    operator.put(f"{path}/channels/{KIOSK}", body | {"service_area": area}).expect(200)
    rule = {"area": "require", "waiting": {"hours": 2, "called_seconds": 600}}
    return issuing.ask(organization, operator, {"rule": rule})


def _join(organization: Organization, code: Code, token: str, status: int) -> Any:
    body = {"visitor_token": token, "location": PLACE}
    return organization.anyone.post(f"/s/{code.code}/join", body).expect(status).json


def _seat(organization: Organization, code: Code, token: str) -> Any:
    body = {"visitor_token": token, "location": PLACE}
    answer = organization.anyone.post(f"/s/{code.code}/join", body).expect(200, 202)
    return answer.json if answer.status == 200 else None  # noqa: PLR2004 - HTTP's


def _told(organization: Organization, seat: Any) -> str | None:
    customer = seat["assignment_id"].partition(".")[0]
    path = f"{organization.path}/sandbox/messages?user_id={customer}"
    messages = organization.operator.get(path).expect(200).json["messages"]
    return f"{messages[0]['title']} - {messages[0]['body']}" if messages else None
