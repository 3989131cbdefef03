"""PUT /organizations/{organization_id}/provider-accounts/{account_id}: create or change one.

`sandbox` exists from the start and behaves as its settings say. What other types need stands in
docs/push-providers.md, of `wecom` and of who customers are (`wechat`, the last one put) in
docs/wecom.md. `limits` may be `per_second`, `per_minute` and `per_day`, of messages. Writes the
account under a check that the organisation exists, and the event that its channels follow: one
transaction, 6 write units. GET shows the account with its problem: what the provider last said is
wrong with how it is set up, until a sync ends well or the account is put again; one read. Refuses:
no-such-organization, provider-type-fixed, not-found.
"""

from typing import Annotated, Any

from msgspec import Meta, field

from sluice.codes import providers as channels
from sluice.organizations import access, rules, store
from sluice.organizations.refusals import NoSuchOrganization, ProviderTypeFixed
from sluice.push import providers
from sluice.push.providers.tools import links
from sluice.shared import errors, http, signing

TYPES = tuple(sorted(channels.TYPES | providers.types()))
MAX_SETTINGS = 50
Setting = Annotated[str, Meta(max_length=2000)] | bool | int | dict[str, str] | list[str]


class PutProviderAccount(http.Body):
    """An account at a messaging provider; its secret stays in Secrets Manager."""

    type: Annotated[str, Meta(max_length=40, extra_json_schema={"enum": list(TYPES)})]
    settings: Annotated[dict[str, Setting], Meta(max_length=MAX_SETTINGS)] = field(
        default_factory=dict
    )
    secret_reference: Annotated[str, Meta(max_length=512)] | None = None
    limits: Annotated[dict[str, Annotated[int, Meta(ge=0, le=10**9)]], Meta(max_length=20)] = field(
        default_factory=dict
    )


class ProviderAccountView(http.View):
    """The account, and where it calls: about customers, and about messages.

    `callback_secret` is what it signs with, where that is ours to give; the address of receipts is
    a secret where it has a key.
    """

    account_id: str
    type: str
    callback_url: str
    receipts_url: str | None = None
    callback_secret: str | None = None


class AccountShown(http.View):
    """The account; its secret stays in Secrets Manager."""

    account_id: str
    type: str
    callback_url: str
    settings: dict[str, Any] | None = None
    secret_reference: str | None = None
    problem: str | None = None


_ROUTE = "/organizations/{organization_id}/provider-accounts/{account_id}"


@http.operation(
    access.staff(f"PUT {_ROUTE}", rules.OPERATOR),
    access.staff(f"GET {_ROUTE}", rules.OPERATOR),
    body=PutProviderAccount,
    answers={200: (ProviderAccountView, AccountShown)},
    refusals=(NoSuchOrganization, ProviderTypeFixed),
)
def handler(call: http.Call[PutProviderAccount | http.NoBody, http.NoBody]) -> http.Answer:
    """Store the account in the path, or show it."""
    given = call.body
    if not isinstance(given, PutProviderAccount):
        return _show(call)
    if given.type not in TYPES:
        raise errors.Invalid("Unknown type.", [("type", f"one of: {', '.join(TYPES)}")])
    organization_id, account_id = call.organization_id, call.path["account_id"]
    receipts = _check(organization_id, given)
    settings = {
        "type": given.type,
        "settings": given.settings or None,
        "secret_reference": given.secret_reference,
        "limits": given.limits or None,
    }
    store.put_provider_account(organization_id, account_id, settings)
    key = access.provider_key(organization_id, account_id)
    view = ProviderAccountView(
        account_id=account_id,
        type=given.type,
        callback_url=_callback_url(call),
        receipts_url=_receipts_url(call, receipts),
        callback_secret=signing.webhook_secret(key) if receipts == "signed" else None,
    )
    return http.Answer(200, view)


def _check(organization_id: str, given: PutProviderAccount) -> providers.ReceiptsBy:
    """Check the account for channels and for pushes; return how its receipts are signed."""
    settings, reference = given.settings, given.secret_reference
    if given.type in channels.TYPES:
        channels.check_account(organization_id, given.type, settings, reference)
    if given.type not in providers.types():
        return "none"
    adapter = providers.adapter_of_type(given.type)
    adapter.check_account(organization_id, settings, reference)
    return adapter.receipts


def _show(call: http.Call[Any, http.NoBody]) -> http.Answer:
    found = store.find_provider_account(call.organization_id, call.path["account_id"])
    view = AccountShown(
        account_id=call.path["account_id"],
        type=found.type,
        callback_url=_callback_url(call),
        settings=found.settings,
        secret_reference=found.secret_reference,
        problem=found.problem,
    )
    return http.Answer(200, view)


def _callback_url(call: http.Call[Any, http.NoBody]) -> str:
    path = f"{call.organization_id}/{call.path['account_id']}"
    return f"{call.request.base_url}/callbacks/{path}"


def _receipts_url(call: http.Call[Any, http.NoBody], receipts: providers.ReceiptsBy) -> str | None:
    if receipts == "none":
        return None
    organization_id, account_id = call.organization_id, call.path["account_id"]
    url = f"{call.request.base_url}/receipts/{organization_id}/{account_id}"
    if receipts == "keyed":
        return f"{url}?{links.PARAMETER}={links.secret_of(organization_id, account_id)}"
    return url
