"""The web push adapter against a push service that decrypts as a browser does."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sluice.push.providers import AddressGone, Rejected, Sent, Unknown, Unreachable, web_push
from sluice.push.providers.signatures.web_push import encoded, public_bytes
from sluice.push.rules.contents import Content
from sluice.shared.errors import Invalid, Unauthenticated
from sluice.shared.providers import secrets
from tests.providers.http_double import Answered
from tests.providers.push_messages import TRACKING_ID, account, message, request
from tests.providers.web_push_double import WebPushDouble
from tests.support.aws import local_aws

REFERENCE = "sluice/acme/web-push"
ACCOUNT = account("web_push", REFERENCE, subject="mailto:ops@example.com")
KEY = ec.generate_private_key(ec.SECP256R1())


def keep(private_key: str) -> None:
    """Put the account's secret."""
    secrets.forget()
    text = json.dumps({"private_key": private_key})
    boto3.client("secretsmanager").put_secret_value(SecretId=REFERENCE, SecretString=text)


def private(key: ec.EllipticCurvePrivateKey) -> str:
    """Return a key as its secret holds it."""
    return encoded(key.private_numbers().private_value.to_bytes(32))


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebPushDouble]:
    monkeypatch.setenv("PRIVATE_TARGETS", "127.0.0.0/8")
    with local_aws():
        client = boto3.client("secretsmanager")
        client.create_secret(Name=REFERENCE, SecretString="{}")
        keep(private(KEY))
        with WebPushDouble(encoded(public_bytes(KEY))) as double:
            yield double
        client.delete_secret(SecretId=REFERENCE, ForceDeleteWithoutRecovery=True)


def send(subscription: Any, **given: Any) -> Sent:
    text = subscription if isinstance(subscription, str) else json.dumps(subscription)
    return web_push.send(ACCOUNT, message(address=text, **given))


def test_a_browser_reads_the_message(service: WebPushDouble) -> None:
    assert send(service.subscription, open_url="https://s.example.com/o/x") == Sent(None)
    assert service.shown == [
        {
            "title": "Spring tea",
            "body": "The first leaves are in.",
            "tag": TRACKING_ID,
            "url": "https://s.example.com/l/4h7k9m2p5r8t0w3y",
            "open_url": "https://s.example.com/o/x",
            "content_id": "spring-tea",
        }
    ]
    headers = service.asked[0].headers
    assert (headers["ttl"], headers["urgency"]) == ("86400", "normal")
    assert b"Spring" not in service.asked[0].body


def test_each_message_has_a_key_and_a_salt_of_its_own(service: WebPushDouble) -> None:
    send(service.subscription)
    send(service.subscription)
    first, second = (asked.body for asked in service.asked)
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]


def test_a_subscription_that_has_ended_is_a_refusal(service: WebPushDouble) -> None:
    service.ended = True
    with pytest.raises(AddressGone, match="has ended"):
        send(service.subscription)


def test_another_senders_key_is_the_accounts_trouble(service: WebPushDouble) -> None:
    keep(private(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(Unreachable, match="sender's key"):
        send(service.subscription)
    for secret in ("", "AAAA", "not base64!"):
        keep(secret)
        with pytest.raises(Unreachable, match="P-256"):
            send(service.subscription)
    assert not service.shown


@pytest.mark.parametrize(
    ("status", "error"),
    [(413, Rejected), (429, Unreachable), (500, Unknown), (502, Unknown), (301, Unreachable)],
)
def test_each_status_says_what_became_of_it(
    service: WebPushDouble, status: int, error: type[Exception]
) -> None:
    service.fault = Answered(status, b"", (("Retry-After", "30"), ("Location", "/elsewhere")))
    with pytest.raises(error) as caught:
        send(service.subscription)
    assert len(service.asked) == 1
    assert status != 429 or vars(caught.value)["retry_after_seconds"] == 30


@pytest.mark.parametrize(
    "address",
    [
        "",
        "{}",
        "[]",
        "[" * 100_000,
        {"endpoint": "https://push.example.com/x"},
        {"endpoint": "file:///etc/passwd", "keys": {"p256dh": "a", "auth": "b"}},
    ],
)
def test_what_is_no_subscription_is_refused(service: WebPushDouble, address: Any) -> None:
    with pytest.raises(Rejected, match="no web push subscription"):
        send(address)
    assert not service.asked


@pytest.mark.parametrize("keys", [{"p256dh": "AAAA", "auth": "AAAA"}, {"p256dh": "é", "auth": "!"}])
def test_keys_that_are_none_are_refused(service: WebPushDouble, keys: dict[str, str]) -> None:
    with pytest.raises(Rejected, match="keys"):
        send({**service.subscription, "keys": keys})
    assert not service.asked


def test_a_message_that_is_too_long_is_refused(service: WebPushDouble) -> None:
    with pytest.raises(Rejected, match="too long"):
        send(service.subscription, content=Content("Spring tea", "x" * 4000))
    assert not service.asked


def test_a_user_cannot_have_us_call_a_private_address(
    service: WebPushDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVATE_TARGETS", "")
    for endpoint in (service.url, "https://169.254.169.254/x", "https://localhost/x"):
        with pytest.raises(Unreachable):
            send({**service.subscription, "endpoint": endpoint})
    assert not service.asked


def test_there_are_no_receipts() -> None:
    asked = request(b"{}")
    with pytest.raises(Unauthenticated):
        web_push.authenticate(ACCOUNT, asked)
    assert web_push.parse(ACCOUNT, asked) == []
    assert web_push.reply(ACCOUNT, asked) is None


@pytest.mark.parametrize(
    "settings",
    [{}, {"subject": "ops@example.com"}, {"subject": "mailto:a@b.cn", "ttl_seconds": 10**9}],
)
def test_an_account_with_wrong_settings_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        web_push.check_account("acme", settings, REFERENCE)
    with pytest.raises(Invalid):
        web_push.check_account("acme", {"subject": "mailto:a@b.cn"}, "sluice/other/x")
    web_push.check_account("acme", {"subject": "mailto:a@b.cn"}, REFERENCE)
