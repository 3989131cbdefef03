"""Aliyun and Tencent SMS against doubles that verify signatures by steps of their own."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models, sms_client

from sluice.push.providers import (
    Adapter,
    AddressGone,
    Message,
    Receipt,
    Rejected,
    Sent,
    Unknown,
    Unreachable,
    aliyun_sms,
    tencent_sms,
)
from sluice.push.providers.tools import links
from sluice.push.rules.contents import Content, ProviderTemplate
from sluice.shared import clock, outside
from sluice.shared.errors import Invalid, Unauthenticated
from sluice.shared.providers import secrets
from tests.providers import aliyun_double, tencent_double
from tests.providers.aliyun_double import AliyunDouble
from tests.providers.http_double import Answered
from tests.providers.push_messages import TRACKING_ID, account, message, request
from tests.providers.tencent_double import TencentDouble
from tests.support.aws import local_aws

REFERENCE = "sluice/acme/sms"
TEMPLATE = ProviderTemplate("SMS_1", {"name": "春 *茶~", "code": "1+1=2&"})
SMS = message(
    address="+8613800138000",
    content=Content("Spring tea", "b", templates={"the-account": TEMPLATE}),
)
ALIYUN = account("aliyun_sms", REFERENCE, sign_name="茶铺")
TENCENT = account("tencent_sms", REFERENCE, app_id="1400006666", sign_name="茶铺")


def keep(**secret: str) -> None:
    """Put the accounts' secret."""
    client = boto3.client("secretsmanager")
    client.create_secret(Name=REFERENCE, SecretString=json.dumps(secret))


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    secrets.forget()
    monkeypatch.setattr(outside, "READ_SECONDS", 0.5)
    outside._pool.cache_clear()
    with local_aws():
        yield
        boto3.client("secretsmanager").delete_secret(
            SecretId=REFERENCE, ForceDeleteWithoutRecovery=True
        )


@pytest.fixture
def aliyun(monkeypatch: pytest.MonkeyPatch) -> Iterator[AliyunDouble]:
    keep(access_key_id=aliyun_double.KEY_ID, access_key_secret=aliyun_double.KEY_SECRET)
    with AliyunDouble() as double:
        monkeypatch.setenv("ALIYUN_SMS_BASE_URL", double.url)
        yield double


@pytest.fixture
def tencent(monkeypatch: pytest.MonkeyPatch) -> Iterator[TencentDouble]:
    keep(secret_id=tencent_double.SECRET_ID, secret_key=tencent_double.SECRET_KEY)
    with TencentDouble() as double:
        monkeypatch.setenv("TENCENT_SMS_BASE_URL", double.url)
        yield double


def test_aliyun_takes_a_signed_message_with_our_tracking_id(aliyun: AliyunDouble) -> None:
    assert aliyun_sms.send(ALIYUN, SMS) == Sent("900619746936498440^1")
    assert aliyun.sent == [
        {
            "PhoneNumbers": "8613800138000",
            "SignName": "茶铺",
            "TemplateCode": "SMS_1",
            "TemplateParam": '{"name":"春 *茶~","code":"1+1=2&"}',
            "OutId": TRACKING_ID,
        }
    ]


def test_tencent_takes_a_signed_message_with_the_templates_values_in_order(
    tencent: TencentDouble,
) -> None:
    assert tencent_sms.send(TENCENT, SMS) == Sent("5000:1")
    assert tencent.sent == [
        {
            "PhoneNumberSet": ["+8613800138000"],
            "SmsSdkAppId": "1400006666",
            "SignName": "茶铺",
            "TemplateId": "SMS_1",
            "TemplateParamSet": ["春 *茶~", "1+1=2&"],
            "SessionContext": TRACKING_ID,
        }
    ]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", AddressGone),
        ("isv.BUSINESS_LIMIT_CONTROL", Rejected),  # of this number
        ("isv.SMS_TEMPLATE_ILLEGAL", Rejected),
        ("isv.AMOUNT_NOT_ENOUGH", Unreachable),
        ("isp.RAM_PERMISSION_DENY", Unreachable),
        ("isv.SMS_SIGNATURE_ILLEGAL", Unreachable),
        ("Throttling.User", Unreachable),
        ("isp.SYSTEM_ERROR", Unknown),
    ],
)
def test_aliyuns_codes_inside_http_200_say_what_became_of_it(
    aliyun: AliyunDouble, code: str, error: type[Exception]
) -> None:
    aliyun.code = code
    with pytest.raises(error, match=f"^Aliyun: {code}$"):
        aliyun_sms.send(ALIYUN, SMS)
    assert len(aliyun.asked) == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("FailedOperation.PhoneNumberInBlacklist", Rejected),
        ("LimitExceeded.PhoneNumberDailyLimit", Rejected),
        ("FailedOperation.TemplateIncorrectOrUnapproved", Rejected),
        ("InvalidParameterValue.IncorrectPhoneNumber", AddressGone),
        ("FailedOperation.InsufficientBalanceInSmsPackage", Unreachable),
        ("RequestLimitExceeded", Unreachable),
        ("InternalError.Timeout", Unknown),
    ],
)
@pytest.mark.parametrize("place", ["code", "error"])
def test_tencents_codes_inside_http_200_say_what_became_of_it(
    tencent: TencentDouble, code: str, error: type[Exception], place: str
) -> None:
    setattr(tencent, place, code)
    with pytest.raises(error, match=f"^Tencent: {code}$"):
        tencent_sms.send(TENCENT, SMS)
    assert len(tencent.asked) == 1


def test_a_wrong_secret_is_the_accounts_trouble(
    aliyun: AliyunDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aliyun_double, "KEY_SECRET", "another")
    with pytest.raises(Unreachable, match="SignatureDoesNotMatch"):
        aliyun_sms.send(ALIYUN, SMS)
    assert not aliyun.sent


def test_tencent_refuses_a_wrong_secret(
    tencent: TencentDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tencent_double, "SECRET_KEY", "another")
    with pytest.raises(Unreachable, match=r"AuthFailure\.SignatureFailure"):
        tencent_sms.send(TENCENT, SMS)
    assert not tencent.sent


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("cut", Unknown),
        ("hang", Unknown),
        (Answered(200, b"<html>"), Unknown),
        (Answered(200, b"{}"), Unknown),
        (Answered(502, b"<html>"), Unknown),
        (Answered(429, b""), Unreachable),
        (Answered(302, b"", (("Location", "http://127.0.0.1/"),)), Unreachable),
    ],
)
def test_without_an_answer_that_can_be_read_it_may_have_been_sent(
    aliyun: AliyunDouble, tencent_off: TencentDouble, fault: Any, error: type[Exception]
) -> None:
    for double, adapter, given in (
        (aliyun, aliyun_sms, ALIYUN),
        (tencent_off, tencent_sms, TENCENT),
    ):
        double.fault = fault
        with pytest.raises(error) as caught:
            adapter.send(given, SMS)
        assert "138" not in str(caught.value)
        assert len(double.asked) == 1


@pytest.fixture
def tencent_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[TencentDouble]:
    """Tencent's double where the secret is the other provider's as well."""
    secret = {
        "access_key_id": aliyun_double.KEY_ID,
        "access_key_secret": aliyun_double.KEY_SECRET,
        "secret_id": tencent_double.SECRET_ID,
        "secret_key": tencent_double.SECRET_KEY,
    }
    boto3.client("secretsmanager").put_secret_value(
        SecretId=REFERENCE, SecretString=json.dumps(secret)
    )
    with TencentDouble() as double:
        monkeypatch.setenv("TENCENT_SMS_BASE_URL", double.url)
        yield double


def test_tencents_own_sdk_is_understood_by_the_double(tencent: TencentDouble) -> None:
    """What the double takes is what Tencent's own client sends, and the other way about."""
    profile = ClientProfile(
        httpProfile=HttpProfile(protocol="http", endpoint=tencent.host),
        signMethod="TC3-HMAC-SHA256",
    )

    def serial(secret_key: str) -> str:
        asked = models.SendSmsRequest()
        given = {"PhoneNumberSet": ["+8613800138000"], "SmsSdkAppId": "1", "TemplateId": "1"}
        asked.from_json_string(json.dumps(given))
        keys = credential.Credential(tencent_double.SECRET_ID, secret_key)
        answered = sms_client.SmsClient(keys, "ap-guangzhou", profile).SendSms(asked)
        return str(answered.SendStatusSet[0].SerialNo)

    assert serial(tencent_double.SECRET_KEY) == "5000:1"
    with pytest.raises(TencentCloudSDKException, match="SignatureFailure"):
        serial("another")


def test_an_accounts_own_template_is_filled_where_the_content_names_none(
    tencent: TencentDouble,
) -> None:
    given = account(
        "tencent_sms",
        REFERENCE,
        app_id="1400006666",
        template_id="7",
        template_parameters={"1": "{title}!", "2": "{link}"},
    )
    plain: Message = message(address="+8613800138000")
    tencent_sms.send(given, plain)
    assert tencent.sent[0]["TemplateId"] == "7"
    assert tencent.sent[0]["TemplateParamSet"] == ["Spring tea!", plain.link]
    with pytest.raises(Rejected, match="template"):
        tencent_sms.send(TENCENT, plain)


def received(adapter: Adapter, given: Any, body: Any, key: str | None = None) -> list[Receipt]:
    """Take a provider's call as the door does."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    secret = links.secret_of("acme", "the-account") if key is None else key
    asked = request(raw, query={"key": secret})
    adapter.authenticate(given, asked)
    return adapter.parse(given, asked)


REPORT = {
    "phone_number": "13900000001",
    "send_time": "2017-01-01 11:12:13",
    "report_time": "2017-02-02 22:23:24",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "用户接收成功",
    "sms_size": "2",
    "biz_id": "932702304080415357^0",
    "out_id": TRACKING_ID,
}
RECEIVED = {
    "user_receive_time": "2015-10-17 08:03:04",
    "nationcode": "86",
    "mobile": "13xxxxxxxxx",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "5000:1",
}


def test_aliyuns_reports_are_read_with_their_price() -> None:
    keep()
    given = account("aliyun_sms", sign_name="茶铺", part_price_micros=45_000)
    failed = REPORT | {"success": False, "err_code": "INVALID_NUMBER", "out_id": None}
    found = received(aliyun_sms, given, [REPORT, failed])
    assert [(one.status, one.tracking_id, one.suppress) for one in found] == [
        ("delivered", TRACKING_ID, None),
        ("failed", None, "address"),
    ]
    assert found[0].price
    assert (found[0].price.amount_micros, found[0].price.currency) == (90_000, "CNY")
    assert found[0].at == datetime(2017, 2, 2, 14, 23, 24, tzinfo=UTC)
    assert found[0].message_id == "932702304080415357^0"
    assert received(aliyun_sms, ALIYUN, [REPORT])[0].price is None
    assert aliyun_sms.reply(ALIYUN, request(b"")).text == '{"code":0,"msg":"OK"}'


def test_tencents_reports_are_read_by_serial_number() -> None:
    keep()
    failed = RECEIVED | {"report_status": "FAIL", "sid": "5000:2"}
    found = received(tencent_sms, TENCENT, [RECEIVED, failed])
    assert [(one.status, one.message_id) for one in found] == [
        ("delivered", "5000:1"),
        ("failed", "5000:2"),
    ]
    assert found[0].at == datetime(2015, 10, 17, 0, 3, 4, tzinfo=UTC)
    assert tencent_sms.reply(TENCENT, request(b"")).text == '{"result":0,"errmsg":"OK"}'


@pytest.mark.parametrize(
    ("adapter", "given", "report"),
    [(aliyun_sms, ALIYUN, REPORT), (tencent_sms, TENCENT, RECEIVED)],
)
def test_one_report_that_cannot_be_read_does_not_lose_the_others(
    adapter: Any, given: Any, report: dict[str, Any]
) -> None:
    keep()
    tomorrow = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S")
    times = {"report_time": tomorrow, "user_receive_time": tomorrow}
    found = received(adapter, given, [7, report | times, {}])
    assert [one.at for one in found] == [None], "a time to come is no time"
    assert received(adapter, given, []) == []
    bodies: list[Any] = [{}, b"", b"\xff", [7, {}], [report] * 101, b"[" * 100_000]
    for body in bodies:
        with pytest.raises(Invalid):
            received(adapter, given, body)


@pytest.mark.parametrize("adapter", [aliyun_sms, tencent_sms])
def test_reports_come_to_an_address_that_nobody_else_knows(adapter: Any) -> None:
    keep()
    given = account(adapter.__name__.rsplit(".", 1)[1], sign_name="茶铺", app_id="1400006666")
    for key in ("", "wrong", links.secret_of("acme", "another"), links.secret_of("b", "sms")):
        with pytest.raises(Unauthenticated):
            received(adapter, given, [], key)
    with pytest.raises(Unauthenticated):
        adapter.authenticate(given, request(b"[]"))


@pytest.mark.parametrize(
    ("adapter", "settings"),
    [
        (aliyun_sms, {}),
        (aliyun_sms, {"sign_name": ""}),
        (aliyun_sms, {"sign_name": "a", "endpoint": "169.254.169.254"}),
        (aliyun_sms, {"sign_name": "a", "endpoint": "dysmsapi.evil.example"}),
        (aliyun_sms, {"sign_name": "a", "part_price_micros": -1}),
        (tencent_sms, {}),
        (tencent_sms, {"app_id": "x"}),
        (tencent_sms, {"app_id": "1400006666", "region": "a/b"}),
    ],
)
def test_an_account_with_wrong_settings_is_refused(adapter: Any, settings: dict[str, Any]) -> None:
    keep()
    with pytest.raises(Invalid):
        adapter.check_account("acme", settings, REFERENCE)


@pytest.mark.parametrize("reference", [None, "sluice/other/sms", "arn:aws:iam::1:role/x"])
def test_an_account_without_a_secret_of_its_organisation_is_refused(reference: str | None) -> None:
    keep()
    aliyun_sms.check_account("acme", {"sign_name": "a"}, REFERENCE)
    with pytest.raises(Invalid):
        aliyun_sms.check_account("acme", {"sign_name": "a"}, reference)
    with pytest.raises(Invalid):
        tencent_sms.check_account("acme", {"app_id": "1400006666"}, reference)


def test_a_secret_that_is_not_what_it_should_be_sends_nothing(tencent: TencentDouble) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=REFERENCE, SecretString="hunter2")
    with pytest.raises(Unreachable, match="JSON with secret_id, secret_key") as caught:
        tencent_sms.send(TENCENT, SMS)
    assert "hunter2" not in str(caught.value)
    nobody = account("tencent_sms", "sluice/acme/none", app_id="1400006666")
    with pytest.raises(Unreachable, match="secret"):
        tencent_sms.send(nobody, SMS)
    assert not tencent.asked
