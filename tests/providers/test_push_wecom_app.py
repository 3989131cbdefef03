"""Messages of a WeCom app against the double of WeCom."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from sluice.push.providers import NotTaken, Rejected, Sent, Unknown, Unreachable, wecom_app
from sluice.push.rules.contents import Content
from sluice.shared.errors import Invalid, Unauthenticated
from sluice.shared.providers import tokens
from tests.providers.push_messages import MESSAGE, account, message, request
from tests.providers.push_secrets import REFERENCE, kept
from tests.providers.wecom_double import WeComDouble
from tests.providers.wecom_double.gate import Kind
from tests.providers.wecom_double.server import APP_SECRET, CORP_ID

SETTINGS = {"corp_id": CORP_ID, "agent_id": 1_000_002}
CALL = "message/send"


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeComDouble]:
    with WeComDouble() as wecom, kept(monkeypatch, {"app_secret": APP_SECRET}):
        wecom.people.employ("zhangsan", "lisi")
        monkeypatch.setenv("WECOM_BASE_URL", wecom.url)
        yield wecom


def send(address: str = "zhangsan", **given: Any) -> Sent:
    chosen = account("wecom_app", REFERENCE, **SETTINGS)
    return wecom_app.send(chosen, message(address=address, **given))


def test_a_member_gets_a_card_with_our_link(double: WeComDouble) -> None:
    assert send() == Sent("msg000001")
    card = {
        "title": "Spring tea",
        "description": "The first leaves are in.",
        "url": MESSAGE.link,
    }
    sent = {"touser": ["zhangsan"], "agentid": 1_000_002, "msgtype": "textcard", "textcard": card}
    assert double.corporation.messages == [sent]


def test_without_a_link_it_is_text(double: WeComDouble) -> None:
    send(link=None)
    text = {"content": "Spring tea\nThe first leaves are in."}
    assert double.corporation.messages[0]["text"] == text


def test_what_is_too_long_is_cut(double: WeComDouble) -> None:
    send(content=Content("茶" * 100, "茶" * 2000))
    send(content=Content("茶" * 100, "茶" * 2000), link=None)
    card, text = double.corporation.messages
    assert card["textcard"]["description"].endswith("茶…")
    assert 2040 < len(text["text"]["content"].encode()) <= 2048


def test_one_token_does_until_wecom_calls_it_dead(double: WeComDouble) -> None:
    send()
    send()
    assert double.gate.fetches == 1
    double.clock.advance(7201)
    send()
    assert double.gate.fetches == 2
    assert len(double.corporation.messages) == 3


@pytest.mark.parametrize("address", ["@all", "@ALL", "zhangsan|lisi", "", "a b", "x" * 65])
def test_nobody_else_is_reached_by_a_clever_address(double: WeComDouble, address: str) -> None:
    with pytest.raises(Rejected, match="userid"):
        send(address)
    assert double.corporation.messages == []


def test_a_stranger_is_rejected_without_being_named(double: WeComDouble) -> None:
    with pytest.raises(Rejected, match="81013") as caught:
        send("wangwu")
    assert "wangwu" not in str(caught.value)
    assert double.corporation.messages == []


@pytest.mark.parametrize(
    ("code", "kind", "seconds"),
    [
        (60020, Unreachable, None),
        (48002, Unreachable, None),
        (45009, Unreachable, 60),
        (45033, Unreachable, 5),
        (-1, Unknown, None),
        (40058, Rejected, None),
    ],
)
def test_a_code_inside_http_200_says_whose_trouble_it_is(
    double: WeComDouble, code: int, kind: type[NotTaken], seconds: int | None
) -> None:
    double.fail(CALL, "errcode", code, message="from ip: 203.0.113.7")
    with pytest.raises(NotTaken) as caught:
        send()
    assert type(caught.value) is kind
    assert getattr(caught.value, "retry_after_seconds", None) == seconds
    assert double.calls == [CALL]


@pytest.mark.parametrize(
    ("call", "kind", "expected", "sent"),
    [
        ("gettoken", "cut", Unreachable, 0),
        ("gettoken", "status", Unreachable, 0),
        (CALL, "cut", Unknown, 0),
        (CALL, "lost", Unknown, 1),
        (CALL, "garbage", Unknown, 1),
        (CALL, "huge", Unknown, 1),
    ],
)
def test_what_may_have_left_is_unknown(
    double: WeComDouble, call: str, kind: Kind, expected: type[NotTaken], sent: int
) -> None:
    double.fail(call, kind, 500)
    with pytest.raises(expected) as caught:
        send()
    assert APP_SECRET not in str(caught.value)
    assert len(double.corporation.messages) == sent


def test_a_token_that_is_refused_twice_is_the_accounts_trouble(double: WeComDouble) -> None:
    double.fail(CALL, "errcode", 40014, times=2)
    with pytest.raises(Unreachable, match="token"):
        send()
    assert double.corporation.messages == []


@pytest.mark.parametrize(("secret", "corp_id"), [("wrong", CORP_ID), (APP_SECRET, "wwanother")])
def test_wrong_credentials_are_the_accounts_trouble(
    double: WeComDouble, monkeypatch: pytest.MonkeyPatch, secret: str, corp_id: str
) -> None:
    chosen = account("wecom_app", REFERENCE, corp_id=corp_id, agent_id=1)
    with kept(monkeypatch, {"app_secret": secret}), pytest.raises(Unreachable, match="corp"):
        wecom_app.send(chosen, message(address="zhangsan"))
    assert double.calls == []


def test_where_aws_cannot_be_asked_for_the_token_nothing_left(
    double: WeComDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="x")

    send()
    tokens.tokens.cache_clear()
    monkeypatch.setattr(tokens, "find", busy)
    with pytest.raises(Unreachable, match="busy"):
        send()
    assert double.calls == [CALL]


def test_an_account_names_corporation_and_app() -> None:
    wecom_app.check_account("acme", SETTINGS, REFERENCE)
    for settings, reference in (
        ({"corp_id": CORP_ID}, REFERENCE),
        ({"agent_id": 1}, REFERENCE),
        (SETTINGS | {"agent_id": "one"}, REFERENCE),
        (SETTINGS, None),
    ):
        with pytest.raises(Invalid):
            wecom_app.check_account("acme", settings, reference)


def test_nobody_sends_its_receipts() -> None:
    with pytest.raises(Unauthenticated):
        wecom_app.authenticate(account("wecom_app"), request(b""))
