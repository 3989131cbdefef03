"""A customer without a script, over HTTP: the line, the channel, and giving it back (A4, F5)."""

import re
from urllib.parse import urlencode

from infra.demo.client import Answer
from tests.support.client import Organization, eventually

BROWSER = {"Accept": "text/html", "Accept-Language": "en", "User-Agent": "Mozilla/5.0"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def send(acme: Organization, path: str, cookie: str, **fields: str) -> Answer:
    headers = BROWSER | FORM | {"Cookie": cookie}
    return acme.anyone.send("POST", path, urlencode(fields).encode(), headers)


def arrive(acme: Organization, code: str) -> tuple[str, str]:
    """Scan; return the cookie and the form's token."""
    page = acme.anyone.send("GET", f"/s/{code}", None, BROWSER).expect(200)
    found = re.search(r'name="visitor_token" value="([^"]+)"', page.body.decode())
    assert found is not None
    return page.headers["set-cookie"].split(";")[0], found.group(1)


def test_a_customer_without_a_script_waits_and_is_given_the_channel(acme: Organization) -> None:
    acme.put_channel("a", cap=1)
    code = acme.issue(waiting={})
    first, second = arrive(acme, code), arrive(acme, code)
    page = send(acme, f"/s/{code}", first[0], visitor_token=first[1]).expect(201)
    assert b"Your place is kept until" in page.body
    page = send(acme, f"/s/{code}", second[0], visitor_token=second[1]).expect(202)
    assert b"people before you: 0" in page.body
    left = send(acme, f"/s/{code}/leave", first[0], visitor_token=first[1])
    assert left.status in {200, 303}  # a client may follow by itself

    def served() -> bool | None:
        again = acme.anyone.send("GET", f"/s/{code}?again=1", None, BROWSER | {"Cookie": second[0]})
        return b"Your place is kept until" in again.expect(200).body or None

    eventually("the second to be served", served)


def test_a_browser_sees_a_page_where_a_client_gets_a_problem(acme: Organization) -> None:
    missing = acme.anyone.send("GET", "/s/2222222222AB", None, BROWSER)
    assert (missing.status, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert acme.anyone.get("/s/2222222222AB").problem == "not-found"
