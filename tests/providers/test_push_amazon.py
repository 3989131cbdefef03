"""SES, SNS and End User Messaging against a double that speaks their wire formats."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given as given_that
from hypothesis import strategies as st

from sluice.push.providers import (
    Rejected,
    Sent,
    Unknown,
    Unreachable,
    aws_sms,
    ses,
    sns_sms,
)
from sluice.push.rules.contents import Content
from sluice.shared import clients
from sluice.shared.errors import Invalid, Unauthenticated
from tests.providers.amazon_double import AmazonDouble
from tests.providers.http_double import Answered
from tests.providers.push_messages import TRACKING_ID, account, message, request

SES = account("ses", **{"from": "Tea <tea@example.com>", "configuration_set": "sluice"})
SMS = account("aws_sms", origination_identity="+12065550100", configuration_set="sluice")
SNS = account("sns_sms", sender_id="Tea", max_price_usd="0.50")
ADAPTERS = [(ses, SES), (aws_sms, SMS), (sns_sms, SNS)]
LINK = "https://s.example.com/l/4h7k9m2p5r8t0w3y"
UNSUBSCRIBE = "https://s.example.com/u/4h7k9m2p5r8t0w3y"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[AmazonDouble]:
    monkeypatch.setattr(clients, "READ_TIMEOUT_SECONDS", 0.5)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with AmazonDouble() as double:
        for service in ("SESV2", "SNS", "PINPOINT_SMS_VOICE_V2"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", double.url)
        clients.client.cache_clear()
        clients.session.cache_clear()
        yield double
    clients.client.cache_clear()
    clients.session.cache_clear()


def test_an_e_mail_has_text_html_tags_and_a_way_to_unsubscribe(aws: AmazonDouble) -> None:
    content = Content("Spring\ntea <3", "The first leaves & more.\n\nSoon.", locale="en-GB")
    sent = ses.send(
        SES,
        message(
            address="li@example.com",
            content=content,
            organization_id="acme.cn",
            account_id="mail:1",
            open_url="https://s.example.com/o/x",
            unsubscribe_url=UNSUBSCRIBE,
        ),
    )
    assert sent == Sent("m-1")
    found = aws.sent[0]
    body = found["Content"]["Simple"].pop("Body")
    assert found == {
        "FromEmailAddress": "Tea <tea@example.com>",
        "Destination": {"ToAddresses": ["li@example.com"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Spring tea <3", "Charset": "UTF-8"},
                "Headers": [
                    {"Name": "List-Unsubscribe", "Value": f"<{UNSUBSCRIBE}>"},
                    {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                ],
            }
        },
        "ConfigurationSetName": "sluice",
        "EmailTags": [
            {"Name": "sluice_organization", "Value": "acme_dcn"},
            {"Name": "sluice_account", "Value": "mail_c1"},
            {"Name": "sluice_tracking", "Value": TRACKING_ID},
        ],
    }
    assert body["Text"]["Data"] == (f"The first leaves & more.\n\nSoon.\n\n{LINK}\n\n{UNSUBSCRIBE}")
    page = body["Html"]["Data"]
    assert '<html lang="en-GB">' in page
    assert "Spring\ntea &lt;3" in page
    assert "<p>The first leaves &amp; more.</p><p>Soon.</p>" in page
    assert f'href="{LINK}"' in page
    assert '<img src="https://s.example.com/o/x"' in page


def test_an_sms_carries_its_context(aws: AmazonDouble) -> None:
    sms = message(address="+8613800138000", unsubscribe_url=UNSUBSCRIBE, purpose="marketing")
    assert aws_sms.send(SMS, sms) == Sent("m-1")
    assert aws.sent == [
        {
            "DestinationPhoneNumber": "+8613800138000",
            "OriginationIdentity": "+12065550100",
            "MessageBody": f"Spring tea: The first leaves are in.\n{LINK}\n{UNSUBSCRIBE}",
            "MessageType": "PROMOTIONAL",
            "ConfigurationSetName": "sluice",
            "Context": {
                "sluice_organization": "acme",
                "sluice_account": "the-account",
                "sluice_tracking": TRACKING_ID,
            },
        }
    ]


def test_an_sms_by_sns_has_its_attributes(aws: AmazonDouble) -> None:
    assert sns_sms.send(SNS, message(address="+8613800138000")) == Sent("sns:m-1")
    found = aws.sent[0]
    assert found["PhoneNumber"] == "+8613800138000"
    assert found["Message"] == f"Spring tea: The first leaves are in.\n{LINK}"
    entries = "MessageAttributes.entry.{}.{}"
    attributes = {
        found[entries.format(n, "Name")]: found[entries.format(n, "Value.StringValue")]
        for n in (1, 2, 3)
    }
    assert attributes == {
        "AWS.SNS.SMS.SMSType": "Transactional",
        "AWS.SNS.SMS.SenderID": "Tea",
        "AWS.SNS.SMS.MaxPrice": "0.50",
    }


@pytest.mark.parametrize(
    "case",
    [
        ("ValidationException", 400, Rejected),
        ("AccessDeniedException", 403, Unreachable),
        ("ThrottlingException", 400, Unreachable),
        ("TooManyRequestsException", 429, Unreachable),
        ("InternalFailure", 500, Unknown),
        ("ServiceUnavailable", 503, Unknown),
    ],
)
@pytest.mark.parametrize(("adapter", "account"), ADAPTERS)
def test_each_error_says_what_became_of_it_and_nothing_is_repeated(
    aws: AmazonDouble, adapter: Any, account: Any, case: tuple[str, int, type[Exception]]
) -> None:
    code, status, error = case
    aws.code, aws.status = code, status
    with pytest.raises(error, match=f"^AWS: {code}$"):
        adapter.send(account, message(address="x"))
    assert len(aws.asked) == 1


@pytest.mark.parametrize(
    ("adapter", "account", "code"),
    [
        (ses, SES, "MessageRejected"),
        (ses, SES, "BadRequestException"),
        (aws_sms, SMS, "ConflictException"),
        (sns_sms, SNS, "InvalidParameter"),
    ],
)
def test_a_refusal_of_this_message_is_a_refusal(
    aws: AmazonDouble, adapter: Any, account: Any, code: str
) -> None:
    aws.code = code
    with pytest.raises(Rejected, match=code):
        adapter.send(account, message(address="x"))


@pytest.mark.parametrize(("adapter", "account"), ADAPTERS)
@pytest.mark.parametrize("fault", ["cut", "hang", Answered(500, b"<html>")])
def test_without_an_answer_it_may_have_been_sent(
    aws: AmazonDouble, adapter: Any, account: Any, fault: Any
) -> None:
    aws.fault, aws.hang_seconds = fault, 4.0
    with pytest.raises(Unknown):
        adapter.send(account, message(address="x"))
    assert len(aws.asked) == 1


@pytest.mark.parametrize(("adapter", "account"), ADAPTERS)
def test_where_nobody_listens_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch, aws: AmazonDouble, adapter: Any, account: Any
) -> None:
    for service in ("SESV2", "SNS", "PINPOINT_SMS_VOICE_V2"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", "http://127.0.0.1:9")
    with pytest.raises(Unreachable, match="could not be reached"):
        adapter.send(account, message(address="x"))
    assert not aws.asked


@pytest.mark.parametrize(("adapter", "account"), ADAPTERS)
def test_receipts_do_not_come_to_the_address(adapter: Any, account: Any) -> None:
    with pytest.raises(Unauthenticated):
        adapter.authenticate(account, request(b"{}"))
    assert adapter.parse(account, request(b"{}")) == []
    assert adapter.reply(account, request(b"{}")) is None


@pytest.mark.parametrize(
    ("adapter", "settings"),
    [
        (ses, {}),
        (ses, {"from": "a@b.cn"}),
        (ses, {"from": "a@b.cn\r\nBcc: c@d.cn", "configuration_set": "s"}),
        (ses, {"from": "a@b.cn", "configuration_set": "s", "reply_to": "x"}),
        (aws_sms, {"origination_identity": "+1"}),
        (aws_sms, {"origination_identity": "+1", "configuration_set": "s", "max_price_usd": "x"}),
        (sns_sms, {"sender_id": "longer than eleven"}),
    ],
)
def test_an_account_with_wrong_settings_is_refused(adapter: Any, settings: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        adapter.check_account("acme", settings, None)


@pytest.mark.parametrize(("adapter", "account"), ADAPTERS)
def test_an_account_with_right_settings_is_taken(adapter: Any, account: Any) -> None:
    adapter.check_account("acme", account.settings, None)


@given_that(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", fullmatch=True))
def test_every_name_survives_as_a_tag(name: str) -> None:
    tag = ses._tag(name)
    assert set(tag) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    assert ses._untag(tag) == name


MAIL = {
    "timestamp": "2026-03-05T08:00:00.000Z",
    "messageId": "EXAMPLE7c191be45-e9aedb9a",
    "destination": ["li@example.com"],
    "tags": {
        "ses:configuration-set": ["sluice"],
        "sluice_organization": ["acme"],
        "sluice_account": ["the-account"],
        "sluice_tracking": [TRACKING_ID],
    },
}


def mailed(kind: str, **more: Any) -> Any:
    return ses.told(json.dumps({"eventType": kind, "mail": MAIL, **more}).encode())


@pytest.mark.parametrize(
    ("kind", "more", "status", "suppress"),
    [
        ("Send", {}, "sent", None),
        ("Delivery", {"delivery": {"timestamp": "2026-03-05T08:00:03.000Z"}}, "delivered", None),
        ("Open", {"open": {"timestamp": "2026-03-05T08:00:03.000Z"}}, "seen", None),
        ("Click", {"click": {"timestamp": "2026-03-05T08:00:03.000Z"}}, "clicked", None),
        ("Bounce", {"bounce": {"bounceType": "Permanent"}}, "failed", "address"),
        ("Bounce", {"bounce": {"bounceType": "Transient"}}, "failed", None),
        ("Complaint", {"complaint": {}}, "delivered", "marketing"),
        ("Reject", {"reject": {"reason": "Bad content"}}, "failed", None),
        ("Rendering Failure", {}, "failed", None),
    ],
)
def test_an_event_of_ses_is_read(
    kind: str, more: dict[str, Any], status: str, suppress: str | None
) -> None:
    found = mailed(kind, **more)
    assert found[:2] == ("acme", "the-account")
    receipt = found.receipt
    assert (receipt.status, receipt.tracking_id, receipt.suppress) == (
        status,
        TRACKING_ID,
        suppress,
    )
    moment = datetime(2026, 3, 5, 8, 0, 3, tzinfo=UTC)
    assert receipt.at == (moment if "timestamp" in json.dumps(more) else None)


def test_an_event_of_ses_that_is_not_about_our_message_says_nothing() -> None:
    assert mailed("DeliveryDelay") is None
    assert mailed("Subscription") is None
    other = {"eventType": "Delivery", "mail": {"messageId": "x", "tags": {"a": ["b"]}}}
    assert ses.told(json.dumps(other).encode()) is None


TEXT = {
    "eventType": "TEXT_DELIVERED",
    "eventVersion": "1.0",
    "eventTimestamp": 1772697660000,
    "isFinal": True,
    "originationPhoneNumber": "+12065550100",
    "destinationPhoneNumber": "+8613800138000",
    "messageId": "862a8790-60c0-4430-9b2b-658bdexample",
    "messageStatus": "DELIVERED",
    "context": {
        "sluice_organization": "acme",
        "sluice_account": "the-account",
        "sluice_tracking": TRACKING_ID,
    },
    "totalMessageParts": 1,
    "totalMessagePrice": 0.00581,
    "totalCarrierFee": 0.00767,
}


def texted(**given: Any) -> Any:
    return aws_sms.told(json.dumps(TEXT | given).encode())


def test_an_event_of_end_user_messaging_is_read_with_its_price() -> None:
    found = texted()
    assert found[:2] == ("acme", "the-account")
    receipt = found.receipt
    assert (receipt.status, receipt.tracking_id) == ("delivered", TRACKING_ID)
    assert (receipt.price.amount_micros, receipt.price.currency) == (13_480, "USD")
    assert receipt.at == datetime(2026, 3, 5, 8, 1, tzinfo=UTC)
    assert texted(eventType="TEXT_INVALID").receipt.suppress == "address"
    assert texted(eventType="TEXT_CARRIER_BLOCKED").receipt.status == "failed"
    assert texted(eventType="TEXT_SUCCESSFUL").receipt.status == "sent"
    assert texted(totalMessagePrice=None).receipt.price is None
    assert texted(eventTimestamp=10**18).receipt.at is None
    for said_nothing in ("TEXT_QUEUED", "TEXT_PENDING", "TEXT_UNKNOWN", "VOICE_ANSWERED"):
        assert texted(eventType=said_nothing) is None
    assert texted(context={}) is None


def test_a_line_of_the_log_of_sns_is_read_with_its_price() -> None:
    line = {
        "notification": {"messageId": "34d9b400-c6dd-5444", "timestamp": "2026-03-05 08:00:34.558"},
        "delivery": {
            "destination": "+8613800138000",
            "priceInUSD": 0.00645,
            "smsType": "Transactional",
            "providerResponse": "Message has been accepted by phone carrier",
        },
        "status": "SUCCESS",
    }
    receipt = sns_sms.told(json.dumps(line).encode())
    assert (receipt.status, receipt.message_id) == ("delivered", "sns:34d9b400-c6dd-5444")
    assert receipt.price
    assert (receipt.price.amount_micros, receipt.price.currency) == (6_450, "USD")
    assert receipt.at == datetime(2026, 3, 5, 8, 0, 34, 558_000, tzinfo=UTC)
    failed = sns_sms.told(json.dumps(line | {"status": "FAILURE"}).encode())
    assert failed.status == "failed"
    with pytest.raises(msgspec.ValidationError):
        sns_sms.told(b"{}")
