"""The console's frame: signing in and out, sessions, forms that count, languages (F5)."""

from collections.abc import Iterator

import pytest

from sluice.console import user_pool
from sluice.console.tables import ConsoleSession
from sluice.shared import clock
from tests.support.aws import items_of, local_aws
from tests.support.console import Visitor, signed_in
from tests.support.staff import found_organization


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        yield


def test_who_is_not_signed_in_is_led_to_sign_in_and_back() -> None:
    seen = Visitor().get("channels")
    assert (seen.status, seen.location) == (303, "sign-in?next=channels")
    page = Visitor().get("sign-in", next="channels/c1")
    assert page.status == 200
    assert 'name="next" value="channels/c1"' in page.html
    for elsewhere in ("//evil.example", "https://evil.example", "../x", "a\r\nb"):
        assert 'name="next" value=""' in Visitor().get("sign-in", next=elsewhere).html


def test_an_operator_sees_the_channels() -> None:
    visitor = signed_in()
    seen = visitor.get("channels")
    assert seen.status == 200
    assert "No channel fits." in seen.text
    assert sorted(visitor.asked) == [
        "GET /organizations/acme/channels?limit=200",
        "GET /organizations/acme/members?limit=500",
    ]


def test_a_channel_is_created_and_changed_by_forms() -> None:
    visitor = signed_in()
    given = {"channel_id": "c1", "name": "Ann <b>", "kind": "contact", "provider_ref": "ann"}
    seen = visitor.post("channels/new", **given, cap="ten")
    assert seen.status == 400
    assert "Write a whole number." in seen.text
    assert 'value="Ann &lt;b&gt;"' in seen.html
    seen = visitor.post("channels/new", **given, cap="10", status="open")
    assert (seen.status, seen.location) == (303, "channels?done=saved")
    seen = visitor.get("channels", done="saved")
    assert "Saved." in seen.text
    assert "0 / 10" in seen.text
    assert "<b>" not in seen.html
    seen = visitor.post("channels/new", **given, cap="11")
    assert "There is one with this id." in seen.text


def test_a_sheet_goes_out_and_comes_back() -> None:
    visitor = signed_in()
    given = {"channel_id": "c1", "name": "Ann", "kind": "contact", "provider_ref": "ann"}
    visitor.post("channels/new", **given, cap="10", status="open")
    sheet = visitor.get("channels/sheet.csv")
    assert sheet.headers["Content-Disposition"] == 'attachment; filename="channels.csv"'
    seen = visitor.upload("channels/import", "sheet", sheet.html.encode())
    assert "1 lines stored." in seen.text


def test_a_form_without_the_token_of_its_session_changes_nothing() -> None:
    visitor = signed_in()
    given = {"channel_id": "c1", "name": "Ann", "kind": "contact", "provider_ref": "a", "cap": "1"}
    assert visitor.post("channels/new", csrf="", **given).status == 403
    other = signed_in(member_id="lin").csrf_token
    assert visitor.post("channels/new", csrf=other, **given).status == 403
    assert "No channel fits." in visitor.get("channels").text


def test_a_form_of_another_site_changes_nothing() -> None:
    visitor = signed_in()
    body = f"csrf={visitor.csrf_token}&channel_id=c1".encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for told in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert visitor.send("POST", "channels/new", kind | told, body).status == 403


def test_other_roles_do_not_see_an_operators_pages() -> None:
    assert signed_in("promoter").get("channels").status == 403


def test_signing_out_ends_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    revoked: list[str] = []
    monkeypatch.setattr(user_pool, "revoke", revoked.append)  # moto has no such call
    visitor = signed_in()
    cookies = dict(visitor.cookies)
    assert visitor.post("sign-out").location == "sign-in?done=signed-out"
    assert items_of(ConsoleSession) == []
    assert revoked == ["refresh"]
    visitor.cookies = cookies
    assert visitor.get("channels").status == 303


def test_a_page_speaks_chinese_to_whom_asks_for_it_and_remembers() -> None:
    visitor = Visitor()
    assert "登录" in visitor.get("sign-in", language="zh").text
    assert "登录" in visitor.get("sign-in").text


def test_an_unknown_page_is_a_page() -> None:
    seen = signed_in().get("nothing/here")
    assert seen.status == 404
    assert "There is no such page." in seen.text
