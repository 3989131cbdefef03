"""What pushes cost and brought, over HTTP: figures, hold-out, lists and CSV (E6, E7)."""

import csv
import io
from typing import Any

from infra.demo.client import timestamp
from tests.support.client import Organization, eventually

USERS = [f"u-{number}" for number in range(24)]  # of as many some are held out, and some not
CONTENT = {"title": "Spring tea", "body": "Ten percent off", "content_id": "spring"}
FIRST_MICROS, SECOND_MICROS = 10_000, 50_000


def put_strategy(acme: Organization, script: dict[str, str], **terms: Any) -> None:
    account = {"type": "sandbox", "settings": {"script": script}}
    acme.operator.put(f"{acme.path}/provider-accounts/sandbox", account).expect(200)
    channels = [
        {
            "channel": channel,
            "wait_seconds": 60,
            "price": {"amount_micros": micros, "currency": "CNY"},
        }
        for channel, micros in (("app", FIRST_MICROS), ("sms", SECOND_MICROS))
    ]
    body = {"purpose": "service", "behaviours": {"bought": "converted"}, "channels": channels}
    acme.operator.put(f"{acme.path}/strategies/spring", body | terms).expect(200)


def start(acme: Organization, user_id: str) -> str:
    body = {"strategy_id": "spring", "user_id": user_id, "content": CONTENT}
    return str(acme.operator.post(f"{acme.path}/pushes", body).expect(202).json["push_id"])


def row(acme: Organization, query: str = "") -> dict[str, Any]:
    path = f"{acme.path}/statistics/strategies?strategy_id=spring{query}"
    rows = acme.operator.get(path).expect(200).json["rows"]
    return dict(rows[0]) if rows else {}


def counted(acme: Organization, **numbers: int) -> dict[str, Any]:
    """Wait until a strategy's figures say this."""

    def look() -> dict[str, Any] | None:
        found = row(acme)
        return found if found.items() >= numbers.items() else None

    return eventually(f"the figures to be {numbers}", look)


def test_figures_say_what_was_reached_spent_and_saved(acme: Organization) -> None:
    """E6: three arrive on the first channel, one on the second, one nowhere."""
    put_strategy(acme, {"u-3/app": "fail", "u-4": "reject", "*": "deliver"})
    for user_id in USERS[:5]:
        start(acme, user_id)
    counted(acme, pushes=5, reached=4, unreached=1, running=0)

    def by_channel() -> dict[str, Any] | None:  # a receipt may be counted before its send
        found, names = row(acme), ("sent", "reached", "failed")
        counts = [tuple(each[name] for name in names) for each in found["channels"]]
        return found if counts == [(4, 3, 2), (1, 1, 1)] else None

    found = eventually("every send and receipt to be counted", by_channel)
    cost = 4 * FIRST_MICROS + SECOND_MICROS
    assert found["totals"] == [
        {
            "currency": "CNY",
            "cost_micros": cost,
            "waste_micros": 0,
            "saved_micros": 3 * SECOND_MICROS,
            "everywhere_micros": cost + 3 * SECOND_MICROS,
            "per_reached_micros": cost // 4,
        }
    ]
    of_day = row(acme, "&by=day")
    assert (of_day["version"], of_day["pushes"], of_day["totals"]) == (1, 5, found["totals"])
    sheet = acme.operator.get(f"{acme.path}/statistics/strategies?format=csv").expect(200)
    lines = list(csv.DictReader(io.StringIO(sheet.body.decode("utf-8-sig"), newline="")))
    assert (lines[0]["strategy_id"], lines[0]["reached"]) == ("spring", "4")


def test_users_who_are_held_out_get_nothing_and_are_compared_with(acme: Organization) -> None:
    """E6: both groups are told of from the first; windows close later."""
    put_strategy(acme, {"*": "deliver"}, hold_out_percent=50, conversion_seconds=60)
    started = {user_id: start(acme, user_id) for user_id in USERS}
    views = {user: acme.operator.get(f"{acme.path}/pushes/{started[user]}").json for user in USERS}
    held = [user for user, view in views.items() if view.get("withheld_by") == "hold_out"]
    assert 0 < len(held) < len(USERS)
    assert all(not views[user]["attempts"] for user in held)
    for user_id in (held[0], *(user for user in USERS if user not in held)):
        bought = {"user_id": user_id, "kind": "bought", "at": timestamp()}
        acme.post_event("behaviours", "behaviour.recorded.v1", bought).expect(202)
    counted(acme, pushes=len(USERS), held_out=len(held), reached=len(USERS) - len(held))
    listed = acme.operator.get(f"{acme.path}/pushes?user_id={held[0]}").expect(200).json["items"]
    assert [(item["status"], item["withheld_by"]) for item in listed] == [("withheld", "hold_out")]
