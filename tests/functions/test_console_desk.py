"""An operator's channels, assignments, members and waiting list on the console (F5, A1, A8, F4)."""

from collections.abc import Iterator

import pytest

from tests.support.aws import local_aws
from tests.support.codes import CODE
from tests.support.console import ask, signed_in
from tests.support.desk import EVIL, Desk, busy


@pytest.fixture(autouse=True)
def desk() -> Iterator[Desk]:
    with local_aws():
        yield busy()


def test_channels_are_listed_the_fullest_first_and_filtered() -> None:
    visitor = signed_in()
    seen = visitor.get("channels")
    assert seen.text.index("front") < seen.text.index("Shop")
    assert "1 / 1" in seen.text
    assert EVIL not in seen.html
    text = visitor.get("channels", status="full", kind="contact", owner_id="zoe").text
    assert "front" in text
    assert "Old shop" not in text
    assert "没有符合条件的渠道" in signed_in(language="zh").get("channels", name="nobody").text


def test_a_channel_tells_what_it_brought_and_what_is_wrong_with_it() -> None:
    visitor = signed_in()
    seen = visitor.get("channels/shop")
    assert "The last 31 days Joined" in seen.text
    seen = visitor.get("channels/old")
    assert "A channel was closed" in seen.text
    assert EVIL not in seen.html
    assert visitor.get("channels/nowhere").status == 404


def test_hours_and_places_are_written_by_people_and_kept() -> None:
    visitor = signed_in()
    given = {"name": "Shop", "kind": "group", "provider_ref": "shop", "cap": "9"}
    hours = {"hours": "mon-fri 9:00-18:00\n周六、周日 10:00-12:00\n2027-01-01 closed"}
    circle = {"area": "circle", "latitude": "31.2", "longitude": "121.5", "radius_meters": "800"}
    seen = visitor.post("channels/shop/change", **given, hours="whenever", **circle)
    assert seen.status == 400
    assert "not understood: whenever" in seen.text
    assert 'value="121.5"' in seen.html
    seen = visitor.post("channels/shop/change", **given, **hours, **circle)
    assert seen.status == 303, seen.text
    seen = visitor.get("channels/shop")
    assert "Mon-Fri 09:00-18:00 Sat, Sun 10:00-12:00 2027-01-01 closed" in seen.text
    assert "m around 31.2, 121.5" in seen.text
    assert "周一-周五 09:00-18:00" in signed_in(language="zh").get("channels/shop/change").html
    region = {"area": "region", "region": "CN-SH，CN-ZJ"}
    visitor.post("channels/shop/change", **given, **region)
    text = visitor.get("channels/shop").text
    assert "CN-SH, CN-ZJ" in text
    assert "Always" in text
    bad = {"area": "shape", "shape": '{"type": "Polygon"}'}
    assert visitor.post("channels/shop/change", **given, **bad).status == 400
    assert visitor.post("channels/shop").location == "channels?done=removed"


def test_assignments_are_found_by_channel_customer_provider_and_id(desk: Desk) -> None:
    visitor = signed_in()
    assert "Choose a channel" in visitor.get("assignments").text
    found = [
        visitor.get("assignments", by="customer", what="anna").html,
        visitor.get("assignments", by="provider", what="wx-anna").html,
    ]
    assert all(desk.connected in each for each in found)
    seen = visitor.get("assignments", by="assignment", what=desk.lost)
    assert seen.location == f"assignments/{desk.lost}"
    seen = visitor.get(f"assignments/{desk.lost}")
    for step in ("A place was kept", "The customer connected", "The customer left"):
        assert step in seen.text
    assert "serves anywhere" in seen.text
    assert "不限服务范围" in signed_in(language="zh").get(f"assignments/{desk.lost}").text
    assert "Nothing was found." in visitor.get("assignments", channel_id="old").text
    assert visitor.get("assignments", by="dream", what="x").status == 400
    assert signed_in("member", "lin").get(f"assignments/{desk.lost}").status == 403


def test_what_follows_a_full_group_is_named_changed_and_taken_away() -> None:
    visitor = signed_in()
    group = {
        "name": "Tea 1",
        "kind": "group",
        "provider": "sandbox",
        "provider_ref": "tea-1",
        "cap": "40",
        "status": "open",
    }
    follows = {
        "successor.name": "Tea {n}",
        "successor.provider_ref": "tea-{n}",
        "successor.at_percent": "80",
        "successor.most": "9",
    }
    made = visitor.post("channels/new", channel_id="tea", **group, **follows)
    assert made.status == 303
    named = {"name": "Tea {n}", "provider_ref": "tea-{n}", "at_percent": 80, "most": 9}
    assert ask("GET", "channels/tea")["successor"] == named
    form = visitor.get("channels/tea/change").html
    assert 'value="Tea {n}"' in form
    wrong = visitor.post("channels/tea/change", **group, **(follows | {"successor.name": "Tea"}))
    assert (wrong.status, 'id="wrong-successor.name"' in wrong.html) == (400, True)
    alone = visitor.post("channels/tea/change", **(group | {"kind": "contact"}), **follows)
    assert (alone.status, "only groups are followed" in alone.text) == (400, True)
    more = visitor.post("channels/tea/change", **group, **(follows | {"successor.cap": "50"}))
    assert more.status == 303
    assert ask("GET", "channels/tea")["successor"] == named | {"cap": 50}
    assert visitor.post("channels/tea/change", **group).status == 303
    assert "successor" not in ask("GET", "channels/tea")


def test_members_are_added_changed_and_taken_from_a_sheet() -> None:
    visitor = signed_in()
    assert "Zoe" in visitor.get("members", role="member").text
    assert EVIL not in visitor.get("members").html
    given = {"member_id": "kai", "name": "Kai", "email": "kai@acme.example", "active": "yes"}
    seen = visitor.post("members/new", **given, roles="member", contact="no colon here")
    assert "no colon in" in seen.text
    contact = "phone：+86 138 0000 0000"
    assert visitor.post("members/new", **given, roles="member", contact=contact).status == 303
    assert "is taken" in visitor.post("members/new", **given, roles="member").text
    page = visitor.get("members/kai").html
    assert "phone: +86 138 0000 0000" in page
    assert visitor.post("members/kai", name="Kai", active="yes").status == 400  # of no role
    sheet = visitor.get("members/sheet.csv").html
    assert "kai@acme.example" in sheet
    assert "lines stored." in visitor.upload("members/import", "sheet", sheet.encode()).text


def test_who_waits_is_shown_and_a_provider_account_compared() -> None:
    visitor = signed_in()
    assert "Nobody waits." in visitor.get("waiting", code=CODE).text
    seen = visitor.get("provider-accounts/sandbox")
    assert "It was not compared yet." in seen.text
    key = {"key": "k1", "customers": "yes"}
    assert visitor.post("provider-accounts/sandbox", **key).status == 303
    assert visitor.post("provider-accounts/sandbox", **key).status == 303
    seen = visitor.get("provider-accounts/sandbox")
    assert seen.text.count("Asked for by an operator") == 1
    sync = seen.html.split("provider-accounts/sandbox/syncs/", 1)[1].split('"', 1)[0]
    assert "Comparison of" in visitor.get(f"provider-accounts/sandbox/syncs/{sync}").text
    assert visitor.get("provider-accounts/nobody").status == 404
