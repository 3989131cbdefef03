"""Notifications of a Toutiao or Douyin mini app against a double that speaks as its documents."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from sluice.push.providers import NotTaken, Receipt, Rejected, Sent, Unknown, Unreachable, douyin
from sluice.shared.errors import Invalid, Unauthenticated
from tests.providers.http_double import Answered, Asked, HttpDouble
from tests.providers.push_messages import account, message, request
from tests.providers.push_secrets import REFERENCE, kept

APP_ID, SECRET = "tt1234567890abcdef", "an-app-secret"
OPENID, TEMPLATE = "vziikC-openid-FR9", "MSG1809092137217501526"
SETTINGS: dict[str, Any] = {
    "app_id": APP_ID,
    "template_id": TEMPLATE,
    "template_parameters": {"名次": "{title}"},
    "page": "pages/tea",
    "failure_event": "subscribe_notify_failed",
}


class Douyin(HttpDouble):
    """An app; whoever is in `subscribed` has asked for the template once."""

    def __init__(self) -> None:
        super().__init__()
        self.token = 1
        self.code: int | None = None
        self.subscribed = [OPENID]
        self.shown: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Answered:
        body = json.loads(asked.body)
        if asked.path == "/api/apps/v2/token":
            said = self._token(body)
        elif asked.path == "/api/apps/subscribe_notification/developer/v1/notify":
            said = {"err_no": self._notify(body), "err_tips": f"about {OPENID}"}
        else:
            return Answered(404)
        return Answered(200, json.dumps(said).encode())

    def _token(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["grant_type"] != "client_credential" or body["appid"] != APP_ID:
            return {"err_no": 40015, "err_tips": "bad appid", "data": {}}
        if body["secret"] != SECRET:
            return {"err_no": 40017, "err_tips": "bad secret"}
        data = {"access_token": f"token-{self.token}", "expires_in": 7200}
        return {"err_no": 0, "err_tips": "success", "data": data}

    def _notify(self, body: dict[str, Any]) -> int:
        if self.code is not None:
            return self.code
        if body["access_token"] != f"token-{self.token}":
            return 40002
        if body["open_id"] not in self.subscribed:
            return 28014043
        self.subscribed.remove(body["open_id"])
        self.shown.append(body)
        return 0


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[Douyin]:
    with Douyin() as app, kept(monkeypatch, {"app_secret": SECRET}):
        monkeypatch.setenv("DOUYIN_BASE_URL", app.url)
        yield app


def send(address: str = OPENID, **settings: Any) -> Sent:
    chosen = account("douyin", REFERENCE, **(SETTINGS | settings))
    return douyin.send(chosen, message(address=address))


def test_who_has_asked_gets_the_template(double: Douyin) -> None:
    assert send() == Sent(None)
    assert double.shown == [
        {
            "access_token": "token-1",
            "app_id": APP_ID,
            "tpl_id": TEMPLATE,
            "open_id": OPENID,
            "data": {"名次": "Spring tea"},
            "page": "pages/tea",
        }
    ]


def test_asking_once_is_one_message(double: Douyin) -> None:
    send()
    with pytest.raises(Rejected, match="28014043") as caught:
        send()
    assert OPENID not in str(caught.value)
    assert len(double.shown) == 1


def test_a_dead_token_is_fetched_anew(double: Douyin) -> None:
    send()
    double.token, double.subscribed = 2, [OPENID]
    send()
    assert [asked.path for asked in double.asked].count("/api/apps/v2/token") == 2
    assert len(double.shown) == 2


@pytest.mark.parametrize(
    ("code", "kind", "seconds"),
    [
        (1008, Rejected, None),
        (1009, Unreachable, None),
        (1010, Unreachable, 60),
        (28006003, Unreachable, 1),
        (2000, Unknown, None),
        (-1, Unknown, None),
    ],
)
def test_a_code_inside_http_200_says_whose_trouble_it_is(
    double: Douyin, code: int, kind: type[NotTaken], seconds: int | None
) -> None:
    double.code = code
    with pytest.raises(NotTaken) as caught:
        send()
    assert type(caught.value) is kind
    assert getattr(caught.value, "retry_after_seconds", None) == seconds


def test_wrong_credentials_are_the_accounts_trouble(
    double: Douyin, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unreachable, match="40015"):
        send(app_id="ttanother")
    with kept(monkeypatch, {"app_secret": "x"}), pytest.raises(Unreachable, match="40017"):
        send()
    assert double.shown == []


def told(raw: bytes, signature: str | None = None) -> tuple[list[Receipt], str]:
    chosen = account("douyin", REFERENCE, **SETTINGS)
    given = hashlib.sha1(SECRET.encode() + raw).hexdigest()  # noqa: S324 - Douyin's choice
    asked = request(raw, {"x-douyin-signature": given if signature is None else signature})
    douyin.authenticate(chosen, asked)
    reply = douyin.reply(chosen, asked)
    assert reply is not None
    return douyin.parse(chosen, asked), reply.text


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("inside", [False, True])
def test_a_failure_names_openid_and_template(*, inside: bool) -> None:
    content: Any = {"open_id": OPENID, "tpl_id": TEMPLATE}
    content = json.dumps(content) if inside else content
    raw = json.dumps({"event": "subscribe_notify_failed", "content": content}).encode()
    receipt = Receipt(status="failed", address=OPENID, template_id=TEMPLATE)
    assert told(raw) == ([receipt], "{}")


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(
    "event",
    [
        {"event": "another", "content": {"open_id": OPENID}},
        {"event": "subscribe_notify_failed", "content": {}},
        {},
    ],
)
def test_other_events_tell_nothing(event: dict[str, Any]) -> None:
    assert told(json.dumps(event).encode()) == ([], "{}")


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("content", ['{"challenge": 12345}', '"{\\"challenge\\": 12345}"'])
def test_the_test_of_the_address_gets_its_challenge_back(content: str) -> None:
    raw = f'{{"event": "verify_webhook", "client_key": "", "content": {content}}}'.encode()
    assert told(raw) == ([], '{"challenge":12345}')


@pytest.mark.usefixtures("double")
def test_what_douyin_did_not_sign_is_refused() -> None:
    for signature in ("", "0" * 40, "ä"):
        with pytest.raises(Unauthenticated):
            told(b"{}", signature)
    with pytest.raises(Unauthenticated):
        douyin.authenticate(account("douyin"), request(b"{}"))
    for raw in (b"", b"[]", b'{"event": 7}', b'{"event": "verify_webhook", "content": 7}'):
        if raw:
            with pytest.raises(Invalid):
                told(raw)


def test_an_account_names_its_app() -> None:
    douyin.check_account("acme", SETTINGS, REFERENCE)
    for settings, reference in (({}, REFERENCE), ({"app_id": "wx1"}, REFERENCE), (SETTINGS, None)):
        with pytest.raises(Invalid):
            douyin.check_account("acme", settings, reference)
