"""OAuth on the landing page, against a double of WeChat's over HTTP (A6, A7)."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest

from sluice.codes import identities
from sluice.codes.providers.wechat import oauth
from sluice.codes.store import networks, pool
from sluice.codes.tables import Alias, Customer, SeatItem
from sluice.codes.tables.networks import NetworkJoins
from sluice.shared import clock
from sluice.shared.providers import secrets
from tests.functions.test_wecom import call, deliver, put_account, put_channel, seat
from tests.functions.test_wecom import wecom as wecom  # noqa: PLC0414 - a fixture
from tests.providers.wecom_double import WeComDouble
from tests.support.aws import items_of
from tests.support.codes import CODE
from tests.support.events import http

SECRET = "sluice/acme/wechat"
WECHAT = {
    "type": "wechat",
    "settings": {"app_id": "wx1234567890abcdef"},
    "secret_reference": SECRET,
}
BROWSER = {"user-agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0", "accept": "text/html"}


class WeChat(ThreadingHTTPServer):
    """WeChat's OAuth: a grant is worth one exchange; `answer` replaces what it would say."""

    daemon_threads = True
    answer: bytes | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.grants = {"grant-a": {"openid": "o-a", "unionid": "union-a"}}
        self.asked: list[dict[str, str]] = []


class _Handler(BaseHTTPRequestHandler):
    server: WeChat

    def do_GET(self) -> None:
        query = dict(parse_qsl(urlsplit(self.path).query))
        self.server.asked.append(query)
        person = self.server.grants.pop(query["code"], None)
        wrong = {"errcode": 40029, "errmsg": "invalid code"}
        content = self.server.answer or json.dumps(person or wrong).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def wechat(wecom: WeComDouble, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeChat]:
    """The organisation of `wecom`, with an account at WeChat and a channel."""
    client = boto3.client("secretsmanager")
    text = json.dumps({"app_secret": "a-secret"})
    try:
        client.create_secret(Name=SECRET, SecretString=text)
    except client.exceptions.ResourceExistsException:
        client.put_secret_value(SecretId=SECRET, SecretString=text)
    secrets.forget()
    server = WeChat()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("WECHAT_BASE_URL", f"http://127.0.0.1:{server.server_address[1]}")
    assert put_account("wechat", **WECHAT)["statusCode"] == 200
    put_channel()
    deliver()
    assert wecom.calls
    yield server
    server.shutdown()
    server.server_close()


def scan(**headers: str) -> dict[str, Any]:
    event = http("GET /s/{code}", path={"code": CODE}, headers=BROWSER | headers)
    return run("handle_scan", event)


def run(name: str, event: dict[str, Any]) -> dict[str, Any]:
    route = f"{event['httpMethod']} {event['resource']}"
    parts = {
        "path": event["pathParameters"],
        "headers": event["headers"],
        "query": event["queryStringParameters"],
    }
    return call(f"codes.{name}", route, **parts)


def begin() -> tuple[str, str]:
    """Follow the scan to WeChat; return the state and the visitor's cookie."""
    assert scan()["headers"]["Location"].endswith(f"/s/{CODE}/oauth")
    answer = run("begin_oauth", http("GET /s/{code}/oauth", path={"code": CODE}))
    assert answer["statusCode"] == 302
    url = urlsplit(answer["headers"]["Location"])
    query = dict(parse_qsl(url.query))
    assert (url.netloc, url.fragment) == ("open.weixin.qq.com", "wechat_redirect")
    assert query["redirect_uri"] == "https://s.example.com/oauth/wechat"
    assert query["state"].isalnum()
    assert len(query["state"]) <= 128
    return query["state"], cookie_of(answer)


def cookie_of(answer: dict[str, Any]) -> str:
    return str(answer["headers"]["Set-Cookie"]).split(";")[0]


def finish(state: str, cookie: str, code: str = "grant-a") -> dict[str, Any]:
    query = {"state": state} | ({"code": code} if code else {})
    return run("finish_oauth", http("GET /oauth/wechat", query=query, headers={"cookie": cookie}))


def join(*cookies: str) -> dict[str, Any]:
    pool.forget()
    headers = {"cookie": "; ".join(cookies)}
    answer = call(
        "codes.assign_channel", "POST /s/{code}/join", path={"code": CODE}, body={}, headers=headers
    )
    assert answer["statusCode"] in {200, 201}, answer
    return dict(json.loads(answer["body"]))


def test_who_wechat_names_is_found_again_by_wecoms_callback(
    wechat: WeChat, wecom: WeComDouble
) -> None:
    """With two reservations open, the unionid tells whose arrival it is; nothing is inferred."""
    state, visitor = begin()
    answer = finish(state, visitor)
    assert answer["headers"]["Location"] == f"https://s.example.com/s/{CODE}?asked=1"
    first = join(visitor, cookie_of(answer))
    _, other = begin()
    assert join(other)["assignment_id"] != first["assignment_id"]
    (way,) = wecom.corporation.contact_ways
    wecom.people.scan(way, "wmA", "union-a")
    deliver()
    seats = [item.seat.current for item in items_of(SeatItem)]  # type: ignore[attr-defined]
    (connected,) = [each for each in seats if each.status == "connected"]
    assert connected.assignment_id == first["assignment_id"]
    assert connected.is_inferred is False
    kept = [item for item in items_of(Customer) if isinstance(item, (Customer, Alias))]
    assert "union-a" not in str([item.attribute_values for item in kept])
    assert wechat.asked[0]["grant_type"] == "authorization_code"


def test_two_devices_of_one_person_are_one_customer(wechat: WeChat) -> None:
    wechat.grants["grant-b"] = {"openid": "o-b", "unionid": "union-a"}
    seats = []
    for grant in ("grant-a", "grant-b"):
        state, visitor = begin()
        seats.append(join(visitor, cookie_of(finish(state, visitor, grant)))["assignment_id"])
    assert seats[0] == seats[1]
    assert seat().assignment_id.startswith(identities.wechat_customer("acme", "union-a"))


def test_who_wechat_names_does_not_count_for_their_network(
    wechat: WeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A5: the limit is of joins that prove nothing."""
    monkeypatch.setattr(networks, "is_strained", lambda *_: True)
    state, visitor = begin()
    named = cookie_of(finish(state, visitor))
    join(visitor, named)
    assert items_of(NetworkJoins) == []
    join(begin()[1])
    assert len(items_of(NetworkJoins)) == 1
    assert len(wechat.asked) == 1


@pytest.mark.parametrize(
    "answer", [b'{"errcode":40163,"errmsg":"used"}', b"<html>", b'{"openid":"o-a"}']
)
def test_where_wechat_does_not_say_who_they_go_on_as_a_visitor(
    wechat: WeChat, answer: bytes
) -> None:
    wechat.answer = answer
    state, visitor = begin()
    back = finish(state, visitor)
    assert back["statusCode"] == 302
    assert "Set-Cookie" not in back["headers"]
    assert join(visitor)["status"] == "reserved"


def test_a_customer_who_says_no_goes_on_and_is_not_asked_again(wechat: WeChat) -> None:
    state, visitor = begin()
    back = finish(state, visitor, code="")
    assert back["headers"]["Location"].endswith("?asked=1")
    assert wechat.asked == []
    event = http("GET /s/{code}", path={"code": CODE}, headers=BROWSER, query={"asked": "1"})
    assert run("handle_scan", event)["statusCode"] == 200


def test_a_state_of_another_visitor_or_a_forged_or_old_one_names_nobody(
    wechat: WeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, visitor = begin()
    _, other = begin()
    forged = state[:-1] + ("0" if state[-1] != "0" else "1")
    for wrong, cookie in ((state, other), (state, "none=1"), (forged, visitor), (CODE, visitor)):
        answer = finish(wrong, cookie)
        assert answer["statusCode"] == 302
        assert "Set-Cookie" not in answer["headers"]
    assert finish("é", visitor)["statusCode"] == 404
    moment = clock.now() + 2 * oauth.STATE_VALID
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert "Set-Cookie" not in finish(state, visitor)["headers"]
    assert wechat.asked == [], "no grant was spent"


def test_without_an_account_nobody_is_asked(wecom: WeComDouble) -> None:
    assert wecom.calls == []
    assert scan()["statusCode"] == 200
    answer = run("begin_oauth", http("GET /s/{code}/oauth", path={"code": CODE}))
    assert answer["statusCode"] == 404
