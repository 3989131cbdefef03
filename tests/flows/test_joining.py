"""Joining over HTTP, many at once (A4, A5, A9)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from infra.demo import crowd
from infra.demo.crowd import Visitor
from tests.support.client import Organization, eventually, within_a_day

SQUARE = {"latitude": 31.2304, "longitude": 121.4737}
PUDONG = {"latitude": 31.2353, "longitude": 121.5058}
BEIJING = {"latitude": 39.9042, "longitude": 116.4074}


def around(place: dict[str, float], meters: int = 2000) -> dict[str, object]:
    return {"point": place, "radius_meters": meters}


def test_forty_at_once_fill_every_channel_to_its_cap_and_not_beyond(acme: Organization) -> None:
    """A5: 30 seats in three channels; whoever comes too late is told no-room."""
    for name in "abc":
        acme.put_channel(name, cap=10)
    code = acme.issue()
    visitors = [Visitor(number) for number in range(40)]
    with ThreadPoolExecutor(40) as threads:
        joined = list(threads.map(lambda v: crowd.come(acme.anyone, code, v), visitors))
    assert Counter(each.status for each in joined) == {201: 30, 409: 10}
    assert {each.problem for each in joined if each.status == 409} == {"no-room"}
    assert len({each.customer_id for each in joined if each.customer_id}) == 30
    assert Counter(each.channel_id for each in joined if each.channel_id) == dict.fromkeys(
        "abc", 10
    )
    assert [acme.held(name) for name in "abc"] == [10, 10, 10]


def test_one_customer_joining_twelve_times_at_once_has_one_seat(acme: Organization) -> None:
    """A4: sticky, also for whoever taps twice."""
    acme.put_channel("a")
    acme.put_channel("b")
    code = acme.issue()
    token = acme.scan(code)
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: acme.join(code, token), range(12)))
    assert Counter(answer.status for answer in answers) == {201: 1, 200: 11}
    assert len({answer.body for answer in answers}) == 1
    assert acme.held("a") + acme.held("b") == 1


def test_a_partners_customer_has_one_seat_on_all_devices(acme: Organization) -> None:
    """Design 3: an identity token names the customer, whatever visitor they are."""
    acme.put_channel("a")
    code, other = acme.issue(), acme.issue()
    first = acme.seat(code, identity_token=acme.identity_token("c-7", code))
    again = acme.join(code, identity_token=acme.identity_token("c-7", code)).expect(200)
    through_another = acme.join(other, identity_token=acme.identity_token("c-7", other))
    assert again.json == first
    assert through_another.expect(200).json == first
    someone_else = acme.seat(code, identity_token=acme.identity_token("c-8", code))
    assert someone_else["assignment_id"] != first["assignment_id"]
    assert acme.held("a") == 2


def test_the_referrers_own_channels_are_filled_first(acme: Organization) -> None:
    acme.put_member("lin")
    acme.put_channel("hers", cap=3, owner_id="lin")
    acme.put_channel("anyones", cap=30, weight=100)
    code = acme.issue("lin")
    given = [acme.seat(code)["channel"]["channel_id"] for _ in range(5)]
    assert given == ["hers", "hers", "hers", "anyones", "anyones"]


def test_a_customer_gets_a_channel_that_serves_where_they_are(acme: Organization) -> None:
    acme.put_channel("square", cap=2, service_area=around(SQUARE))
    corners = [[121.488, 31.228], [121.522, 31.228], [121.522, 31.252], [121.488, 31.252]]
    polygon = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    acme.put_channel("pudong", cap=2, service_area=polygon)
    code = acme.issue()
    assert acme.seat(code, location=SQUARE)["channel"]["channel_id"] == "square"
    assert acme.seat(code, location=PUDONG)["channel"]["channel_id"] == "pudong"
    assert acme.join(code, location=BEIJING).problem == "no-room"
    assert acme.seat(code)["channel"]["channel_id"] in {"square", "pudong"}  # they did not say


def test_a_removed_channel_gets_nobody_from_the_next_request_on(acme: Organization) -> None:
    """A9: every worker knows the channel as open; the write refuses it all the same."""
    acme.put_channel("kept", cap=50)
    acme.put_channel("leaving", cap=50, weight=1000)
    code = acme.issue()
    with ThreadPoolExecutor(8) as threads:
        before = list(threads.map(lambda _: acme.seat(code), range(8)))
    reserved = next(seat for seat in before if seat["channel"]["channel_id"] == "leaving")
    acme.operator.delete(f"{acme.path}/channels/leaving").expect(204)
    with ThreadPoolExecutor(8) as threads:
        after = list(threads.map(lambda _: acme.seat(code), range(8)))
    assert {seat["channel"]["channel_id"] for seat in after} == {"kept"}
    assert acme.operator.get(f"{acme.path}/channels/leaving").problem == "no-such-channel"
    # The provider may still confirm who was there before; nobody is thrown out.
    assert acme.tell(reserved)["status"] == "connected"


def test_a_cap_lowered_below_the_load_evicts_nobody_and_admits_nobody(acme: Organization) -> None:
    acme.put_channel("a", cap=5)
    code = acme.issue()
    seats = [acme.seat(code) for _ in range(3)]
    assert acme.put_channel("a", cap=1).json["held"] == 3
    assert acme.join(code).problem == "no-room"
    assert acme.tell(seats[0])["status"] == "connected"
    acme.put_channel("a", cap=4)
    # That it was sold out is remembered for half a second.
    eventually("a seat", lambda: acme.join(code).status == 201 or None)
    assert acme.held("a") == 4


def test_a_daily_cap_holds_beside_the_total_cap(acme: Organization) -> None:
    within_a_day("Asia/Shanghai")
    acme.put_channel("a", cap=10, daily_cap=2)
    code = acme.issue()
    assert [acme.join(code).status for _ in range(3)] == [201, 201, 409]
    assert acme.held("a") == 2
