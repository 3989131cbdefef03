"""Tencent Cloud SMS: signed calls out, arrays of reports in, known again by the serial number.

Settings: `app_id` (SdkAppId), `sign_name`, `region`, and `template_id` with `template_parameters`
where contents name none of their own: their values in order. The secret is JSON with `secret_id`
and `secret_key`. Tencent signs no reports: their address has a key in it.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import (
    ANY_PURPOSE,
    AddressGone,
    Message,
    Receipt,
    ReceiptsBy,
    Rejected,
    Reply,
    Sent,
    Unknown,
    Unreachable,
)
from sluice.push.providers.signatures import tencent
from sluice.push.providers.tools import accounts, calls, links, reports
from sluice.push.providers.tools.templating import template_of
from sluice.shared import clock, outside
from sluice.shared.http import Request
from sluice.shared.outside import Answer
from sluice.shared.providers import secrets, transport

deduplicates = False
address_kind: str | None = "phone"
purposes = ANY_PURPOSE  # a template is approved for one; Tencent refuses another use of it
receipts: ReceiptsBy = "keyed"
authenticate = links.authenticate  # no report is signed: its address has a key

_HOST, _SERVICE = "sms.tencentcloudapi.com", "sms"
_VERSION, _ACTION = "2021-01-11", "SendSms"
_OK = "Ok"
# https://cloud.tencent.com/document/product/382/55981. Of the account, not of this message:
_ACCOUNT = (
    "AuthFailure",
    "FailedOperation.InsufficientBalance",
    "FailedOperation.SignatureIncorrectOrUnapproved",
    "FailedOperation.NotEnterpriseCertification",
    "InvalidParameterValue.SdkAppIdNotExist",
    "LimitExceeded.AppCountryOrRegion",
    "LimitExceeded.AppDailyLimit",
    "LimitExceeded.AppGlobalDailyLimit",
    "LimitExceeded.AppMainlandChinaDailyLimit",
    "LimitExceeded.DailyLimit",
    "RequestLimitExceeded",
    "UnauthorizedOperation",
)
_UNSURE = ("InternalError",)
_NO_NUMBER = "InvalidParameterValue.IncorrectPhoneNumber"


class Settings(msgspec.Struct, frozen=True):
    """What an account is given."""

    app_id: Annotated[str, Meta(pattern=r"^[0-9]{6,20}$(?!\n)")]
    sign_name: Annotated[str, Meta(max_length=40)] = ""  # needed within mainland China
    region: Annotated[str, Meta(pattern=r"^[a-z]{2,4}-[a-z]{2,20}$(?!\n)")] = "ap-guangzhou"


class Secret(secrets.Hidden, frozen=True):
    """A key that may call SendSms and nothing else."""

    secret_id: str
    secret_key: str


class _Status(msgspec.Struct, rename="pascal"):
    code: str
    serial_no: str = ""


class _Error(msgspec.Struct, rename="pascal"):
    code: str


class _Response(msgspec.Struct, rename="pascal"):
    send_status_set: list[_Status] = []
    error: _Error | None = None


class _Answer(msgspec.Struct, rename="pascal"):
    response: _Response


class _Report(msgspec.Struct):
    report_status: str
    sid: Annotated[str, Meta(min_length=1, max_length=256)]
    errmsg: str = ""
    user_receive_time: str | None = None


def check_account(organization_id: str, settings: Mapping[str, Any], reference: str | None) -> None:
    """Check settings and the secret's name. Raises Invalid."""
    accounts.read_settings(settings, Settings)
    secrets.check_reference(organization_id, reference)


def send(account: ProviderAccount, message: Message) -> Sent:
    """Send one message by a template; its serial number is the message id."""
    settings = accounts.settings_of(account, Settings)
    template = template_of(account, message)
    body = msgspec.json.encode(
        {
            "PhoneNumberSet": [message.address],
            "SmsSdkAppId": settings.app_id,
            "SignName": settings.sign_name,
            "TemplateId": template.id,
            "TemplateParamSet": list(template.parameters.values()),
            "SessionContext": message.tracking_id,
        }
    )
    secret = accounts.secret_of(account, Secret)
    headers = tencent.headers_of(
        host=_HOST,
        service=_SERVICE,
        action=_ACTION,
        version=_VERSION,
        region=settings.region,
        body=body,
        secret_id=secret.secret_id,
        secret_key=secret.secret_key,
        now=clock.now(),
    )
    base = transport.base_url("TENCENT_SMS_BASE_URL", f"https://{_HOST}")
    return _sent(calls.ask(outside.post, f"{base}/", headers, body))


def parse(account: ProviderAccount, request: Request) -> list[Receipt]:  # noqa: ARG001 - protocol
    """Read an array of reports. Raises Invalid."""
    return [_receipt(report) for report in reports.read(request.raw, _Report)]


def reply(account: ProviderAccount, request: Request) -> Reply:  # noqa: ARG001 - protocol
    """Return what Tencent takes for yes."""
    return Reply(text='{"result":0,"errmsg":"OK"}')


def _sent(answered: Answer) -> Sent:
    """Return the serial number. An error of the call, or of the one number, is a refusal."""
    response = calls.read(answered, _Answer).response
    if response.error is not None:
        raise _refusal(response.error.code)
    if not response.send_status_set:
        raise Unknown("Tencent: an answer without a number's status")
    status = response.send_status_set[0]
    if status.code != _OK:
        raise _refusal(status.code)
    return Sent(status.serial_no or None)


def _refusal(code: str) -> Rejected | Unreachable | Unknown:
    why = f"Tencent: {calls.shown(code)}"
    if code.startswith(_UNSURE):
        return Unknown(why)
    if code.startswith(_NO_NUMBER):
        return AddressGone(why)
    return Unreachable(why) if code.startswith(_ACCOUNT) else Rejected(why)


def _receipt(report: _Report) -> Receipt:
    return Receipt(
        status="delivered" if report.report_status == "SUCCESS" else "failed",
        message_id=report.sid,
        at=reports.china_time(report.user_receive_time, clock.now()),
    )
