"""WeChat's template and subscribe messages against a double of WeChat."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from sluice.push.providers import (
    NotTaken,
    Receipt,
    Rejected,
    Sent,
    Unknown,
    Unreachable,
    wechat,
    wechat_subscribe,
)
from sluice.push.rules.contents import Content, ProviderTemplate
from sluice.shared import clock
from sluice.shared.errors import Invalid, Unauthenticated
from tests.providers.http_double import Answered
from tests.providers.push_messages import MESSAGE, TRACKING_ID, account, message, request
from tests.providers.push_secrets import REFERENCE, kept
from tests.providers.wechat_double import (
    APP_ID,
    AT,
    OPENID,
    SECRET,
    TEMPLATE,
    TOKEN,
    WeChatDouble,
    event,
    finished,
    plainly,
    sealed,
    subscribed,
)

FILLED = {"thing1": "{title}: {body}", "character_string2": "A-{unknown}"}
SETTINGS: dict[str, Any] = {
    "app_id": APP_ID,
    "template_id": TEMPLATE,
    "template_parameters": FILLED,
}
DATA = {
    "thing1": {"value": "Spring tea: The first leaves are in."},
    "character_string2": {"value": "A-{unknown}"},
}
HAPPENED = datetime.fromtimestamp(AT, UTC)


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeChatDouble]:
    with WeChatDouble() as wechat_double, kept(monkeypatch, SECRET):
        monkeypatch.setenv("WECHAT_BASE_URL", wechat_double.url)
        yield wechat_double


@pytest.fixture
def callbacks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with kept(monkeypatch, SECRET):
        yield


def send(adapter: ModuleType = wechat, given: Any = None, **settings: Any) -> Sent:
    name = adapter.__name__.rsplit(".", 1)[1]
    sent: Sent = adapter.send(
        account(name, REFERENCE, **(SETTINGS | settings)), given or message(address=OPENID)
    )
    return sent


def test_a_template_message_goes_to_the_openid_with_our_link(double: WeChatDouble) -> None:
    assert send() == Sent("200163837")
    assert double.shown == [
        {
            "touser": OPENID,
            "template_id": TEMPLATE,
            "client_msg_id": TRACKING_ID,
            "url": MESSAGE.link,
            "data": DATA,
        }
    ]
    assert [asked.path for asked in double.asked] == [
        "/cgi-bin/stable_token",
        "/cgi-bin/message/template/send",
    ]


def test_one_token_does_for_many_messages_and_both_kinds(double: WeChatDouble) -> None:
    send()
    send(wechat_subscribe)
    assert [asked.path for asked in double.asked].count("/cgi-bin/stable_token") == 1


def test_a_token_that_died_early_is_fetched_anew_and_the_message_sent_once(
    double: WeChatDouble,
) -> None:
    send()
    double.kill_token()
    assert send(given=message(address=OPENID, tracking_id="another")) == Sent("200163838")
    assert len(double.shown) == 2


def test_an_answer_without_a_code_is_no_yes(
    double: WeChatDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP 200 from whatever stands between: it may have been sent, and it may not."""
    monkeypatch.setattr(double, "_send", lambda *_: {"status": "maintenance"})
    with pytest.raises(Unknown):
        send()


def test_a_message_leads_to_a_mini_program_where_the_account_says_so(
    double: WeChatDouble,
) -> None:
    program = {"appid": "wxprogram", "pagepath": "pages/tea"}
    send(mini_program=program)
    assert double.shown[0]["miniprogram"] == program


@pytest.mark.parametrize("key", ["the-account", "wechat"])
def test_the_contents_own_template_comes_first(double: WeChatDouble, key: str) -> None:
    own = ProviderTemplate(TEMPLATE, {"phrase3": "approved"})
    other = ProviderTemplate("of another account", {})
    content = Content("t", "b", templates={key: own, "someone": other})
    send(given=message(address=OPENID, content=content), template_id="")
    assert double.shown[0]["data"] == {"phrase3": {"value": "approved"}}


def test_without_a_template_nothing_is_sent(double: WeChatDouble) -> None:
    with pytest.raises(Rejected, match="template"):
        send(template_id="")
    assert double.asked == []


@pytest.mark.parametrize(
    ("settings", "path", "more"),
    [
        (
            {"page": "pages/tea"},
            "/cgi-bin/message/subscribe/send",
            {"page": "pages/tea", "miniprogram_state": "formal"},
        ),
        (
            {"kind": "service_account"},
            "/cgi-bin/message/subscribe/bizsend",
            {"page": MESSAGE.link},
        ),
    ],
)
def test_a_subscribe_message_has_no_id_at_all(
    double: WeChatDouble, settings: dict[str, str], path: str, more: dict[str, str]
) -> None:
    assert send(wechat_subscribe, **settings) == Sent(None)
    assert double.asked[-1].path == path
    assert double.shown == [{"touser": OPENID, "template_id": TEMPLATE, "data": DATA, **more}]


@pytest.mark.parametrize("adapter", [wechat, wechat_subscribe])
@pytest.mark.parametrize(
    ("code", "kind", "seconds"),
    [
        (43004, Rejected, None),  # not a follower
        (43101, Rejected, None),  # has not asked for it
        (47003, Rejected, None),
        (40037, Rejected, None),
        (40164, Unreachable, None),
        (48001, Unreachable, None),
        (45009, Unreachable, 3600),
        (45011, Unreachable, 60),
        (-1, Unknown, None),
    ],
)
def test_a_code_inside_http_200_says_whose_trouble_it_is(
    double: WeChatDouble,
    adapter: ModuleType,
    code: int,
    kind: type[NotTaken],
    seconds: int | None,
) -> None:
    double.code = code
    with pytest.raises(NotTaken) as caught:
        send(adapter)
    assert type(caught.value) is kind
    assert getattr(caught.value, "retry_after_seconds", None) == seconds
    assert OPENID not in str(caught.value)
    assert double.shown == []


def test_a_wrong_openid_is_rejected_without_being_named(double: WeChatDouble) -> None:
    with pytest.raises(Rejected, match="40003") as caught:
        send(given=message(address="o-nobody"))
    assert "o-nobody" not in str(caught.value)
    assert double.shown == []


@pytest.mark.parametrize(
    ("secret", "settings", "advice"),
    [
        (SECRET | {"app_secret": "wrong"}, {}, "40125.*secret is wrong"),
        (SECRET, {"app_id": "wxwrong"}, "40013.*app id"),
        (SECRET, {"app_id": "no app"}, "settings"),
    ],
)
def test_without_a_token_nothing_left_and_somebody_is_told_why(
    monkeypatch: pytest.MonkeyPatch, secret: Any, settings: Any, advice: str
) -> None:
    with WeChatDouble() as double, kept(monkeypatch, secret):
        monkeypatch.setenv("WECHAT_BASE_URL", double.url)
        with pytest.raises(Unreachable, match=advice):
            send(**settings)
        assert double.shown == []


@pytest.mark.parametrize("fault", ["cut", Answered(500), Answered(200, b"<html>")])
def test_a_lost_answer_to_the_token_means_that_nothing_left(
    double: WeChatDouble, fault: Answered | str
) -> None:
    double.fault = fault
    with pytest.raises(Unreachable, match="no access token"):
        send()


@pytest.mark.parametrize("fault", ["cut", Answered(502), Answered(200, b"<html>")])
def test_a_lost_answer_to_the_message_leaves_it_unknown(
    double: WeChatDouble, fault: Answered | str
) -> None:
    send()
    double.fault = fault
    with pytest.raises(Unknown) as caught:
        send(given=message(address=OPENID, tracking_id="another"))
    assert "token-1" not in str(caught.value)


def told(adapter: ModuleType, raw: bytes, query: dict[str, str], **settings: Any) -> list[Receipt]:
    name = adapter.__name__.rsplit(".", 1)[1]
    given, asked = account(name, REFERENCE, **(SETTINGS | settings)), request(raw, {}, query)
    adapter.authenticate(given, asked)
    assert adapter.reply(given, asked).text == "success"
    found: list[Receipt] = adapter.parse(given, asked)
    return found


@pytest.mark.usefixtures("callbacks")
@pytest.mark.parametrize(
    ("status", "expected", "suppress"),
    [
        ("success", "delivered", None),
        ("failed:user block", "failed", "address"),
        ("failed: user block", "failed", "address"),
        ("failed: system failed", "failed", None),
    ],
)
def test_the_end_of_a_template_message_is_a_receipt_by_message_id(
    status: Any, expected: Any, suppress: Any
) -> None:
    found = told(wechat, *sealed(finished("200163837", status)))
    receipt = Receipt(status=expected, message_id="200163837", at=HAPPENED, suppress=suppress)
    assert found == [receipt]


@pytest.mark.usefixtures("callbacks")
def test_a_sent_subscribe_message_names_openid_and_template_only() -> None:
    found = told(wechat_subscribe, *sealed(subscribed(0, 20001)))
    assert found == [
        Receipt(status=status, address=OPENID, template_id=TEMPLATE, at=HAPPENED)
        for status in ("delivered", "failed")
    ]


@pytest.mark.usefixtures("callbacks")
@pytest.mark.parametrize("adapter", [wechat, wechat_subscribe])
@pytest.mark.parametrize(
    "text",
    [
        event("subscribe", ""),
        event("VIEW", "<EventKey>https://s.example.com</EventKey>"),
        event("TEMPLATESENDJOBFINISH", ""),
        event("subscribe_msg_sent_event", "<SubscribeMsgSentEvent></SubscribeMsgSentEvent>"),
        event("LOCATION", "<A><B><C>1</C></B></A>"),
    ],
)
def test_other_events_tell_nothing(adapter: ModuleType, text: str) -> None:
    assert told(adapter, *sealed(text)) == []


@pytest.mark.usefixtures("callbacks")
def test_a_time_that_cannot_be_is_none() -> None:
    late = finished("1", "success").replace(str(AT), "99999999999")
    assert told(wechat, *sealed(late))[0].at is None
    future = finished("1", "success").replace(str(AT), "9999999999")
    at = told(wechat, *sealed(future))[0].at
    assert at is not None
    assert at <= clock.now()


@pytest.mark.usefixtures("callbacks")
def test_what_wechat_did_not_seal_is_refused() -> None:
    body, query = sealed(finished("1", "success"))
    text = finished("1", "success").encode()
    wrong: list[tuple[bytes, dict[str, str]]] = [
        (body, {}),
        (body, query | {"msg_signature": "0" * 40}),
        (body, query | {"nonce": "n-2"}),
        (body.replace(b"Encrypt", b"Encript"), query),
        sealed(finished("1", "success"), app_id="wxanother"),
        sealed(finished("1", "success"), token="another"),
        (text, plainly(TOKEN, int(clock.now().timestamp()))),  # the account wants them sealed
        (b"<xml>", query),
    ]
    for raw, given in wrong:
        with pytest.raises(Unauthenticated):
            told(wechat, raw, given)


@pytest.mark.usefixtures("callbacks")
def test_unsealed_events_are_taken_where_the_account_says_so_and_for_ten_minutes() -> None:
    text, now = finished("1", "success").encode(), int(clock.now().timestamp())
    assert told(wechat, text, plainly(TOKEN, now), plain_callbacks=True)
    for query in (
        plainly(TOKEN, now - 700),
        plainly("another", now),
        plainly(TOKEN, now) | {"timestamp": "9" * 5000},
        {},
    ):
        with pytest.raises(Unauthenticated):
            told(wechat, text, query, plain_callbacks=True)


@pytest.mark.usefixtures("callbacks")
def test_sealed_nonsense_is_the_callers_fault() -> None:
    for text in ("nonsense", "<xml><a><b><c><d/></c></b></a></xml>", "<!DOCTYPE x><xml/>"):
        body, query = sealed(text)
        with pytest.raises(Invalid):
            told(wechat, body, query)


@pytest.mark.parametrize("secret", [{}, {"app_secret": "s"}, "no json"])
def test_without_callback_keys_nothing_is_believed(
    monkeypatch: pytest.MonkeyPatch, secret: Any
) -> None:
    with kept(monkeypatch, secret), pytest.raises(Unauthenticated):
        told(wechat, *sealed(finished("1", "success")))


@pytest.mark.usefixtures("callbacks")
@pytest.mark.parametrize("adapter", [wechat, wechat_subscribe])
def test_the_address_is_tested_by_an_echo(adapter: ModuleType) -> None:
    given = account("wechat", REFERENCE, **SETTINGS)
    query = plainly(TOKEN, AT) | {"echostr": "8239412837"}
    answer = adapter.answer_echo(given, request(b"", {}, query))
    assert (answer.text, answer.content_type) == ("8239412837", "text/plain")
    for wrong in (
        query | {"signature": "0" * 40},
        query | {"echostr": "<script>"},
        query | {"echostr": ""},
        {"echostr": "8239412837"},
    ):
        with pytest.raises(Unauthenticated):
            adapter.answer_echo(given, request(b"", {}, wrong))


@pytest.mark.parametrize("adapter", [wechat, wechat_subscribe])
def test_an_account_names_its_app_and_secret(adapter: ModuleType) -> None:
    adapter.check_account("acme", SETTINGS, REFERENCE)
    for settings, reference in (
        ({}, REFERENCE),
        (SETTINGS | {"app_id": "ww1"}, REFERENCE),
        (SETTINGS | {"template_parameters": ["x"]}, REFERENCE),
        (SETTINGS, None),
        (SETTINGS, "sluice/another/x"),
    ):
        with pytest.raises(Invalid):
            adapter.check_account("acme", settings, reference)


@pytest.mark.parametrize("adapter", [wechat, wechat_subscribe])
def test_wechat_carries_no_marketing(adapter: ModuleType) -> None:
    assert adapter.purposes == {"transactional", "service"}
    assert adapter.address_kind == "openid"
    assert not adapter.deduplicates
