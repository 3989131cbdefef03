"""Provider accounts that push: put, tested and told by their providers (E2, E3)."""

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from sluice.push import providers
from sluice.push.providers.tools import links
from sluice.push.rules.courtesy import Person
from sluice.push.store import recipients
from sluice.shared import clock
from tests.providers.push_secrets import kept
from tests.providers.wechat_double import (
    APP_ID,
    AT,
    OPENID,
    SECRET,
    TEMPLATE,
    TOKEN,
    WeChatDouble,
    finished,
    plainly,
    sealed,
    subscribed,
)
from tests.support.events import claims, http
from tests.support.push import USER, World, attempts_of, channel, load, make_world
from tests.support.staff import found_organization

ORG = {"organization_id": "acme"}
PUT = "PUT /organizations/{organization_id}/provider-accounts/{account_id}"
RECEIPTS = "/receipts/{organization_id}/{provider_account_id}"
REFERENCE = "sluice/acme/the-account"
WECHAT = {"app_id": APP_ID, "template_id": TEMPLATE, "template_parameters": {"t": "{title}"}}
ROBOT: dict[str, Any] = {"secret_reference": REFERENCE, "settings": {}}


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with kept(monkeypatch, SECRET):
        found_organization()
        yield make_world(monkeypatch)


def call(name: str, route: str, **parts: Any) -> dict[str, Any]:
    handler = importlib.import_module(f"functions.{name}.handler").handler
    answer: dict[str, Any] = handler(http(route, **parts), None)
    return answer


def put(account_type: str, account_id: str = "the-account", **given: Any) -> tuple[int, Any]:
    answer = call(
        "organizations.put_provider_account",
        PUT,
        path=ORG | {"account_id": account_id},
        body={"type": account_type} | given,
        claims=claims(),
    )
    return answer["statusCode"], json.loads(answer["body"])


def put_wechat() -> None:
    assert put("wechat", secret_reference=REFERENCE, settings=WECHAT)[0] == 200


def receipts(method: str, query: dict[str, str], raw: bytes = b"") -> dict[str, Any]:
    path = ORG | {"provider_account_id": "the-account"}
    return call("push.receive_receipt", f"{method} {RECEIPTS}", path=path, body=raw, query=query)


ALIYUN = {"sign_name": "Sluice"}
URL = "https://s.example.com/receipts/acme/the-account"


def test_the_answer_has_what_is_entered_at_the_provider() -> None:
    """E3: an address, with a key where the provider signs nothing; the key of what signs as us."""
    status, answer = put("wechat", secret_reference=REFERENCE, settings=WECHAT)
    assert (status, answer["receipts_url"]) == (200, URL)
    assert "callback_secret" not in answer
    status, answer = put("aliyun_sms", "sms", secret_reference=REFERENCE, settings=ALIYUN)
    key = links.secret_of("acme", "sms")
    assert (status, answer["receipts_url"]) == (200, f"{URL[:-11]}sms?key={key}")
    status, answer = put("webhook", "hook", settings={"url": "https://example.com/in"})
    assert status == 200
    assert answer["callback_secret"].startswith("whsec_")
    assert "receipts_url" not in put("feishu_robot", "robot", **ROBOT)[1]


@pytest.mark.parametrize(
    ("account_type", "given", "field"),
    [
        ("wechat", {"secret_reference": REFERENCE, "settings": {"app_id": "no"}}, "settings"),
        ("wechat", {"settings": WECHAT}, "secret_reference"),
        ("wecom_app", {"secret_reference": REFERENCE, "settings": {}}, "settings"),
        ("dingtalk_robot", {"secret_reference": "sluice/other/x"}, "secret_reference"),
        ("webhook", {"settings": {"url": "ftp://x"}}, "settings"),
        ("telegraph", {}, "type"),
        ("tools", {}, "type"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(
    account_type: str, given: dict[str, Any], field: str
) -> None:
    status, problem = put(account_type, **given)
    assert status == 400
    assert [fault["field"] for fault in problem["fields"]] == [field]


def test_every_type_that_pushes_can_be_put() -> None:
    handler = importlib.import_module("functions.organizations.put_provider_account.handler")
    assert providers.types() <= set(handler.TYPES)


def test_wechat_tests_the_address_by_an_echo() -> None:
    put_wechat()
    query = plainly(TOKEN, int(clock.now().timestamp())) | {"echostr": "12345"}
    answer = receipts("GET", query)
    assert (answer["statusCode"], answer["body"]) == (200, "12345")
    assert answer["headers"]["Content-Type"] == "text/plain"
    for wrong in (query | {"signature": "0" * 40}, {}):
        assert receipts("GET", wrong)["statusCode"] == 401


def test_an_adapter_without_echo_answers_none() -> None:
    put("feishu_robot", **ROBOT)
    assert receipts("GET", {"echostr": "12345"})["statusCode"] == 401


def test_a_template_message_is_settled_by_its_event(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E2, E3: sent over HTTP, found by the message id, answered as WeChat wants it."""
    put_wechat()
    person = Person(addresses={"openid": OPENID})
    recipients.put_recipient("acme", USER, person, world.now)
    with WeChatDouble() as double:
        monkeypatch.setenv("WECHAT_BASE_URL", double.url)
        push_id = world.push(replace(channel("wechat"), provider="the-account"), channel("sms"))
    assert [shown["touser"] for shown in double.shown] == [OPENID]
    (attempt,) = attempts_of(push_id)
    assert (attempt.level, attempt.message_id) == (1, "200163837")
    body, query = sealed(finished("200163837", "success"))
    for _ in range(2):
        answer = receipts("POST", query, body)
        assert (answer["statusCode"], answer["body"]) == (200, "success")
    assert load(push_id).push.status == "reached"
    assert OPENID not in json.dumps(load(push_id).attempts[0].attribute_values, default=str)


def test_a_subscribe_message_is_settled_by_openid_template_and_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E4: no id comes back at all; the openid is found to be the user's."""
    settings = WECHAT | {"kind": "service_account"}
    assert put("wechat_subscribe", secret_reference=REFERENCE, settings=settings)[0] == 200
    person = Person(addresses={"openid": OPENID})
    recipients.put_recipient("acme", USER, person, world.now)
    with WeChatDouble() as double:
        monkeypatch.setenv("WECHAT_BASE_URL", double.url)
        push_id = world.push(replace(channel("wechat"), provider="the-account"), channel("sms"))
    assert attempts_of(push_id)[0].message_id is None
    at = int(world.now.timestamp()) + 2
    body, query = sealed(subscribed(0).replace(str(AT), str(at)))
    world.wait(5)
    assert receipts("POST", query, body)["body"] == "success"
    (attempt,) = attempts_of(push_id)
    assert load(push_id).push.status == "reached"
    assert "only message with this template" in (attempt.why or "")


def test_a_forged_event_settles_nothing() -> None:
    put_wechat()
    body, query = sealed(finished("1", "success"), token="another")
    answer = receipts("POST", query, body)
    assert answer["statusCode"] == 401
