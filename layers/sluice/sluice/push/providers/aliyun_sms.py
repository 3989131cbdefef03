"""Aliyun SMS: signed calls out, arrays of SmsReport in, known again by `out_id`.

Settings: `sign_name`, and `template_id` with `template_parameters` where contents name none of
their own; `part_price_micros` with `currency` puts a price on receipts, by the parts that a report
counts. The secret is JSON with `access_key_id` and `access_key_secret`. Aliyun signs no reports:
their address has a key in it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.inputs import PriceBody
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
from sluice.push.providers.signatures import aliyun
from sluice.push.providers.tools import accounts, calls, links, reports
from sluice.push.providers.tools.templating import template_of
from sluice.shared import clock, ids, outside
from sluice.shared.fields import Currency
from sluice.shared.http import Request
from sluice.shared.providers import secrets, transport

deduplicates = False  # it documents no such thing for OutId
address_kind: str | None = "phone"
purposes = ANY_PURPOSE  # a template is approved for one; Aliyun refuses another use of it
receipts: ReceiptsBy = "keyed"
authenticate = links.authenticate  # no report is signed: its address has a key

_VERSION, _ACTION = "2017-05-25", "SendSms"
_OK = "OK"
# Of the account, not of this message: https://help.aliyun.com/document_detail/101346.html
_ACCOUNT = frozenset(
    {
        "isv.ACCOUNT_ABNORMAL",
        "isv.ACCOUNT_NOT_EXISTS",
        "isv.AMOUNT_NOT_ENOUGH",
        "isv.DAY_LIMIT_CONTROL",
        "isv.MONTH_LIMIT_CONTROL",
        "isv.OUT_OF_SERVICE",
        "isv.PRODUCT_UNSUBSCRIBE",
        "isv.PRODUCT_UN_SUBSCRIPT",
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isp.RAM_PERMISSION_DENY",
        "Forbidden.RAM",
        "IncompleteSignature",
        "SignatureDoesNotMatch",
        "SignatureNonceUsed",
    }
)
_ACCOUNT_BEGINS = ("InvalidAccessKeyId.", "InvalidTimeStamp.", "Throttling")
_UNSURE = frozenset({"isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", "InternalError"})
_NO_NUMBER = "isv.MOBILE_NUMBER_ILLEGAL"  # of the send
_NEVER = frozenset({"INVALID_NUMBER", "EMPTY_NUMBER"})  # err_code: no such number


class Settings(msgspec.Struct, frozen=True):
    """What an account is given."""

    sign_name: Annotated[str, Meta(min_length=1, max_length=40)]
    endpoint: Annotated[
        str, Meta(pattern=r"^dysmsapi(\.[a-z0-9-]{1,30})?\.aliyuncs\.com$(?!\n)")
    ] = "dysmsapi.aliyuncs.com"
    part_price_micros: Annotated[int, Meta(ge=0, le=10**9)] | None = None
    currency: Currency = "CNY"


class Secret(secrets.Hidden, frozen=True):
    """An access key that may call SendSms and nothing else."""

    access_key_id: str
    access_key_secret: str


class _Answer(msgspec.Struct, rename="pascal"):
    code: str
    biz_id: str | None = None


class _Report(msgspec.Struct):
    success: bool
    err_code: str = ""
    biz_id: Annotated[str, Meta(max_length=256)] | None = None
    out_id: Annotated[str, Meta(max_length=256)] | None = None
    report_time: str | None = None
    sms_size: str | None = None


def check_account(organization_id: str, settings: Mapping[str, Any], reference: str | None) -> None:
    """Check settings and the secret's name. Raises Invalid."""
    accounts.read_settings(settings, Settings)
    secrets.check_reference(organization_id, reference)


def send(account: ProviderAccount, message: Message) -> Sent:
    """Send one message by a template; `OutId` is the tracking id."""
    settings = accounts.settings_of(account, Settings)
    template = template_of(account, message)
    query = aliyun.query_of(
        {
            "PhoneNumbers": message.address.removeprefix("+"),
            "SignName": settings.sign_name,
            "TemplateCode": template.id,
            "TemplateParam": msgspec.json.encode(template.parameters).decode(),
            "OutId": message.tracking_id,
        }
    )
    secret = accounts.secret_of(account, Secret)
    headers = aliyun.headers_of(
        host=settings.endpoint,
        action=_ACTION,
        version=_VERSION,
        query=query,
        body=b"",
        key_id=secret.access_key_id,
        secret=secret.access_key_secret,
        nonce=ids.unguessable(),
        now=clock.now(),
    )
    base = transport.base_url("ALIYUN_SMS_BASE_URL", f"https://{settings.endpoint}")
    answered = calls.ask(outside.post, f"{base}/?{query}", headers, b"")
    answer = calls.read(answered, _Answer)
    if answer.code != _OK:
        raise _refusal(answer.code)
    return Sent(answer.biz_id)


def parse(account: ProviderAccount, request: Request) -> list[Receipt]:
    """Read an array of reports. Raises Invalid."""
    settings = accounts.settings_of(account, Settings)
    return [_receipt(settings, report) for report in reports.read(request.raw, _Report)]


def reply(account: ProviderAccount, request: Request) -> Reply:  # noqa: ARG001 - protocol
    """Return what Aliyun takes for yes; it asks again after 1, 5 and 10 minutes without it."""
    return Reply(text='{"code":0,"msg":"OK"}')


def _refusal(code: str) -> Rejected | Unreachable | Unknown:
    why = f"Aliyun: {calls.shown(code)}"
    if code == _NO_NUMBER:
        return AddressGone(why)
    if code in _UNSURE:
        return Unknown(why)
    if code in _ACCOUNT or code.startswith(_ACCOUNT_BEGINS):
        return Unreachable(why)
    return Rejected(why)


def _receipt(settings: Settings, report: _Report) -> Receipt:
    status: Literal["delivered", "failed"] = "delivered" if report.success else "failed"
    return Receipt(
        status=status,
        tracking_id=report.out_id or None,
        message_id=report.biz_id or None,
        price=_price(settings, report),
        at=reports.china_time(report.report_time, clock.now()),
        suppress="address" if not report.success and report.err_code in _NEVER else None,
    )


def _price(settings: Settings, report: _Report) -> PriceBody | None:
    parts = report.sms_size or ""
    if settings.part_price_micros is None or not (parts.isascii() and parts.isdigit()):
        return None
    micros = settings.part_price_micros * min(int(parts[:3]), 100)
    return PriceBody(amount_micros=micros, currency=settings.currency)
