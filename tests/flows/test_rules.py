"""Every rule by which a channel is given, over HTTP (A4): docs/operators-rules.md."""

import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.client import Organization, within_a_day

ZONE = ZoneInfo("Asia/Shanghai")
MEMORY_SECONDS = 3.5  # longer than functions remember channels: until then one is not known
SQUARE = {"latitude": 31.2304, "longitude": 121.4737}
PUDONG = {"latitude": 31.2353, "longitude": 121.5058}
SUZHOU = {"latitude": 31.2990, "longitude": 120.5853}


def given(acme: Organization, code: str, customers: int, **body: Any) -> list[str]:
    """Return the channels that new customers are given, one after the other."""
    return [str(acme.seat(code, **body)["channel"]["channel_id"]) for _ in range(customers)]


def from_the_edge(acme: Organization, code: str, **headers: str) -> str:
    """Return the channel of a customer whom CloudFront places somewhere."""
    viewer = {f"CloudFront-Viewer-{name.title()}": value for name, value in headers.items()}
    client = replace(acme.anyone, headers={**acme.anyone.headers, **viewer})
    body = {"visitor_token": acme.scan(code)}
    answer = client.post(f"/s/{code}/join", body).expect(201)
    return str(answer.json["channel"]["channel_id"])


def at(hours: float) -> str:
    """Return the time on the clock in Shanghai, some hours from now."""
    return (datetime.now(ZONE) + timedelta(hours=hours)).strftime("%H:%M")


def every_day(start: str, end: str) -> dict[str, Any]:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    return {"week": [{"days": days, "from": start, "to": end}]}


def test_rotation_gives_turns_by_weight(acme: Organization) -> None:
    acme.put_channel("a", cap=50)
    acme.put_channel("b", cap=50)
    acme.put_channel("twice", cap=50, weight=2)
    code = acme.issue(order="rotation")
    for _ in range(3):
        assert Counter(given(acme, code, 4)) == {"a": 1, "b": 1, "twice": 2}


def test_a_channel_that_comes_late_to_a_rotation_gets_its_share_and_no_more(
    acme: Organization,
) -> None:
    """A new channel starts at the average of the others, not at zero."""
    acme.put_channel("a", cap=50)
    acme.put_channel("b", cap=50)
    code = acme.issue(order="rotation")
    given(acme, code, 8)
    acme.put_channel("late", cap=50)
    time.sleep(MEMORY_SECONDS)
    assert Counter(given(acme, code, 6)) == {"a": 2, "b": 2, "late": 2}


def test_least_loaded_fills_evenly(acme: Organization) -> None:
    acme.put_channel("a", cap=50)
    acme.put_channel("b", cap=50)
    first = acme.issue(own_first=False, order="least-loaded")
    seats = [acme.seat(first) for _ in range(6)]
    left = [seat for seat in seats if seat["channel"]["channel_id"] == "a"]
    assert len(left) == 3
    for seat in left:  # a loses all its customers: the next ones are for it
        acme.tell(seat)
        acme.tell(seat, "lost")
    assert given(acme, first, 3) == ["a", "a", "a"]


def test_weights_are_shares_of_a_draw(acme: Organization) -> None:
    """With weights of 1,000 and 1, three light ones among twelve come once in 4,500,000 times."""
    acme.put_channel("heavy", cap=50, weight=1000)
    acme.put_channel("light", cap=50)
    assert Counter(given(acme, acme.issue(), 12))["heavy"] >= 10


def test_a_channel_off_shift_is_given_to_nobody_and_one_on_shift_is(acme: Organization) -> None:
    acme.put_channel("now", cap=50, shifts=every_day(at(-1), at(+1)))
    acme.put_channel("later", cap=50, weight=1000, shifts=every_day(at(+2), at(+4)))
    code = acme.issue()
    assert given(acme, code, 4) == ["now"] * 4


def test_a_special_date_closes_a_channel_for_the_day(acme: Organization) -> None:
    within_a_day(ZONE.key)
    today = datetime.now(ZONE).date().isoformat()
    closed = every_day("00:00", "24:00") | {"dates": [{"date": today, "hours": []}]}
    acme.put_channel("holiday", cap=50, weight=1000, shifts=closed)
    code = acme.issue()
    assert acme.join(code).problem == "no-room"
    acme.put_channel("open", cap=50)
    assert given(acme, acme.issue(), 3) == ["open"] * 3


def test_shifts_that_never_open_are_refused_with_the_field(acme: Organization) -> None:
    body = {"kind": "contact", "name": "n", "provider_ref": "r", "cap": 1}
    wrong = acme.operator.put(f"{acme.path}/channels/n", body | {"shifts": {"week": []}})
    assert wrong.expect(400).problem == "invalid-request"
    assert "shifts" in wrong.body.decode()


def test_backups_come_after_all_others(acme: Organization) -> None:
    acme.put_channel("main", cap=2)
    acme.put_channel("backup", cap=5, weight=1000, backup=True)
    assert given(acme, acme.issue(), 4) == ["main", "main", "backup", "backup"]


def test_the_nearest_of_those_that_serve_the_place(acme: Organization) -> None:
    for name, place in {"square": SQUARE, "pudong": PUDONG, "suzhou": SUZHOU}.items():
        area = {"point": place, "radius_meters": 20_000}
        acme.put_channel(name, cap=2, service_area=area)
    code = acme.issue(nearest=True)
    assert given(acme, code, 4, location=PUDONG) == ["pudong", "pudong", "square", "square"]
    assert acme.join(code, location=PUDONG).problem == "no-room"  # Suzhou is too far
    assert given(acme, code, 1, location=SUZHOU) == ["suzhou"]


def test_a_polygon_has_holes(acme: Organization) -> None:
    outer = [[121.4, 31.1], [121.6, 31.1], [121.6, 31.3], [121.4, 31.3], [121.4, 31.1]]
    hole = [[121.46, 31.22], [121.49, 31.22], [121.49, 31.24], [121.46, 31.24], [121.46, 31.22]]
    area = {"type": "Polygon", "coordinates": [outer, hole]}
    acme.put_channel("ring", cap=5, service_area=area)
    code = acme.issue(area="require")
    assert acme.join(code, location=SQUARE).problem == "no-room"
    assert given(acme, code, 1, location=PUDONG) == ["ring"]


def test_a_region_is_known_from_the_edge(acme: Organization) -> None:
    acme.put_channel("south", cap=5, service_area={"region": ["CN-GD", "CN-GX"]})
    acme.put_channel("sichuan", cap=5, service_area={"region": ["CN-SC"]})
    code = acme.issue(area="require")
    assert from_the_edge(acme, code, country="CN", **{"country-region": "SC"}) == "sichuan"
    assert from_the_edge(acme, code, country="CN", **{"country-region": "GD"}) == "south"
    assert acme.join(code).problem == "no-room"  # nothing is known of this one


def test_rules_compose_own_first_then_nearest_then_least_loaded(acme: Organization) -> None:
    acme.put_member("lin")
    acme.put_channel("hers", cap=1, owner_id="lin")
    for name in ("near-1", "near-2"):
        acme.put_channel(name, cap=2, service_area={"point": SQUARE, "radius_meters": 9_000})
    acme.put_channel("far", cap=9, service_area={"point": PUDONG, "radius_meters": 9_000})
    code = acme.issue("lin", nearest=True, order="least-loaded")
    found = given(acme, code, 6, location=SQUARE)
    assert found[0] == "hers"
    assert sorted(found[1:3]) == ["near-1", "near-2"]
    assert sorted(found[3:5]) == ["near-1", "near-2"]
    assert found[5] == "far"
