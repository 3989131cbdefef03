"""The landing page by its forms alone, as a browser without a script uses it (A3, A4, F5)."""

import importlib
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from sluice.codes import visitors
from sluice.codes.rules.waiting import Waiting
from sluice.codes.store import pool
from sluice.codes.tables import SeatItem, Visit
from sluice.organizations import changing
from sluice.organizations import store as organizations
from sluice.shared import clock, forms
from tests.support.aws import items_of, local_aws
from tests.support.codes import CODE, check_counters, issue_code, open_channel
from tests.support.events import ORGANIZATION, http
from tests.support.staff import found_organization

BROWSER = {"accept": "text/html,*/*;q=0.8", "accept-language": "en", "user-agent": "Mozilla/5.0"}
FORM = {"content-type": forms.MEDIA_TYPE}
EVIL = "\"><img src=x onerror=alert(1)>'</script>{0}$nonce"
ESCAPED = "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"
POLICY = "https://acme.example/privacy?a=1&b=2"


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization(clock.now())
        yield


def call(name: str, event: dict[str, Any]) -> tuple[int, str, dict[str, str]]:
    handler = importlib.import_module(f"functions.codes.{name}.handler").handler
    answer = handler(event, None)
    return answer["statusCode"], answer["body"], answer["headers"]


def cookie_of(visitor: str = "v1") -> dict[str, str]:
    return {"cookie": visitors.cookie(visitor, clock.now(), secure=False).split(";")[0]}


def scan(
    visitor: str = "v1", cookie: str = "", languages: str = "en", **query: str
) -> tuple[int, str, dict[str, str]]:
    headers = BROWSER | {"accept-language": languages}
    headers |= {"cookie": cookie} if cookie else cookie_of(visitor)
    path = {"code": CODE}
    return call("handle_scan", http("GET /s/{code}", path=path, headers=headers, query=query))


def send(action: str = "", visitor: str = "v1", **fields: str) -> tuple[int, str, dict[str, str]]:
    route, name = (
        ("POST /s/{code}/leave", "leave_code")
        if action == "leave"
        else ("POST /s/{code}", "assign_channel")
    )
    headers = BROWSER | FORM | (cookie_of(visitor) if visitor else {})
    raw = urlencode(fields).encode()
    return call(name, http(route, path={"code": CODE}, body=raw, headers=headers))


def shown(page: str) -> str:
    """Return what of a page a person sees."""
    main = page[page.index("<main") : page.index("</main>")]
    parts = re.split(r"<(\w+)[^>]* hidden[^>]*>.*?</\1>", main, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", " ".join(parts)))


def token_in(page: str) -> str:
    found = re.search(r'name="visitor_token" value="([^"]+)"', page)
    assert found
    return found.group(1)


def test_the_page_says_who_invites_what_happens_and_what_is_kept() -> None:
    issue_code(referrer_id="lin")
    settings = {"name": "Acme", "time_zone": "Asia/Shanghai", "locale": "en"}
    changing.change_organization(ORGANIZATION, settings | {"privacy_url": POLICY})
    status, page, headers = scan()
    assert (status, "Lin invites you" in page, "Acme" in shown(page)) == (200, True, True)
    assert 'href="https://acme.example/privacy?a=1&amp;b=2"' in page
    assert "cookie" in shown(page)
    assert "Use my location" not in shown(page)
    assert "'self'" in headers["Content-Security-Policy"].split("form-action")[1]
    assert len(page.encode()) < 15_000
    _, page, _ = scan(languages="zh-CN")
    assert "Lin邀请您加入" in shown(page)


def test_who_joins_by_the_form_sees_the_channel_and_sees_it_again() -> None:
    open_channel("a", cap=1)
    issue_code()
    _, page, _ = scan()
    status, page, headers = send(visitor_token=token_in(page), latitude="", longitude="")
    assert status == 201
    for part in ("Your contact", "ref-a", "Your place is kept until", "I do not need the place"):
        assert part in shown(page)
    assert 'src="data:image/png;base64,' in page
    assert "img-src 'self' data:" in headers["Content-Security-Policy"]
    assert send()[0] == 200
    assert "You have a place" in shown(scan()[1])
    status, page, _ = send(visitor="v2")
    assert (status, "All places are taken" in shown(page)) == (409, True)
    check_counters()


def test_who_has_no_cookie_joins_by_the_token_of_the_page() -> None:
    open_channel("a")
    issue_code()
    token = visitors.token("v9", CODE, clock.now())
    status, page, headers = send(visitor="", visitor_token=token)
    assert (status, len(items_of(SeatItem))) == (201, 1)
    cookie = headers["Set-Cookie"].split(";")[0]
    assert "You have a place" in shown(scan(cookie=cookie)[1])
    old = visitors.token("v9", CODE, clock.now() - timedelta(hours=1))
    status, page, _ = send(visitor="", visitor_token=old)
    assert (status, "did not work" in shown(page)) == (400, True)
    assert send(visitor="", visitor_token=token_in(page))[0] == 201  # the page had a new one
    assert send(visitor="v9", visitor_token=old)[0] == 200  # the cookie knows who it is


def test_who_gives_their_place_up_is_led_back_and_may_join_again() -> None:
    open_channel("a", cap=1)
    issue_code()
    send()
    status, _, headers = send("leave")
    assert (status, headers["Location"]) == (303, f"https://s.example.com/s/{CODE}")
    assert "Join" in shown(scan()[1])
    assert send("leave")[0] == 303  # twice: nothing is left, and nothing is wrong
    assert send(visitor="v2")[0] == 201


def test_who_waits_sees_how_many_are_before_them_and_then_the_channel() -> None:
    open_channel("a", cap=1)
    issue_code(waiting=Waiting(hours=1))
    send()
    assert send(visitor="v2")[0] == 202
    status, page, _ = send(visitor="v3")
    assert (status, "people before you: 1." in shown(page)) == (202, True)
    assert 'http-equiv="refresh" content="30;url=?again=1"' in page
    views = len(items_of(Visit))
    _, page, _ = scan("v3", again="1")
    assert "people before you: 1." in shown(page)
    assert len(items_of(Visit)) == views
    send("leave", visitor="v2")
    assert "people before you: 0." in shown(scan("v3")[1])
    send("leave", visitor="v3")
    assert "Join" in shown(scan("v3")[1])


def test_a_reservation_that_ran_out_is_renewed_by_one_tap(monkeypatch: pytest.MonkeyPatch) -> None:
    open_channel("a")
    issue_code(reservation_seconds=60)
    before = clock.now() - timedelta(minutes=5)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: before)
        send()
    status, page, _ = scan()
    assert (status, "Get a place again" in shown(page)) == (200, True)
    assert "You have a place" in shown(send()[1])


def test_every_text_is_escaped() -> None:
    name = EVIL[:100]
    open_channel("a", provider_ref=name)
    issue_code(referrer_id="lin")
    settings = {"name": name, "time_zone": "UTC", "locale": "en", "privacy_url": POLICY}
    changing.change_organization(ORGANIZATION, settings)
    organizations.put_member(ORGANIZATION, "lin", {"name": name, "roles": {"member"}}, clock.now())
    for page in (scan()[1], send()[1]):
        assert page.count("<script") == 1
        assert "<img src=x" not in page
        assert ESCAPED in page


@pytest.mark.parametrize("fields", [{"latitude": "north", "longitude": "1"}, {"customer": "me"}])
def test_a_form_that_the_page_never_sent_gets_a_page_and_no_seat(fields: dict[str, str]) -> None:
    open_channel("a")
    issue_code()
    status, page, _ = send(**fields)
    assert (status, "did not work" in shown(page)) == (400, True)
    assert items_of(SeatItem) == []
