"""PUT /organizations/{organization_id}/provider-accounts/{account_id}: create or change one.

`sandbox` exists from the start and behaves as its settings say. What other types need stands in
docs/push-providers.md, of `wecom` and of who customers are (`wechat`, the last one put) in
docs/wecom.md. `limits` may be `per_second`, `per_minute` and `per_day`, of messages. Writes the
account under a check that the organisation exists, and the event that its channels follow: one
transaction, 6 write units. GET shows the account with its problem: what the provider last said is
wrong with how it is set up, until a sync ends well or the account is put again; one read. Without
an id, all by id: one query. Refuses: no-such-organization, provider-type-fixed, not-found.
"""

from typing import Annotated, Any

from msgspec import Meta, field

from sluice.codes import providers as channels
from sluice.organizations import access, account_views, listing, rules, store
from sluice.organizations.refusals import NoSuchOrganization, ProviderTypeFixed
from sluice.push import providers
from sluice.push.providers.tools import links
from sluice.shared import errors, http, signing
from sluice.shared.paging import Page

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


_ALL = "/organizations/{organization_id}/provider-accounts"
_ONE = f"{_ALL}/{{account_id}}"


@http.operation(
    access.staff(f"PUT {_ONE}", rules.OPERATOR),
    access.staff(f"GET {_ONE}", rules.OPERATOR),
    access.staff(f"GET {_ALL}", rules.OPERATOR),
    body=PutProviderAccount,
    query=Page,
    answers={
        200: (ProviderAccountView, account_views.AccountShown, account_views.AccountPage),
    },
    refusals=(NoSuchOrganization, ProviderTypeFixed),
)
def handler(call: http.Call[PutProviderAccount | http.NoBody, Page]) -> http.Answer:
    """Store the account in the path, show it, or list all."""
    given = call.body
    if "account_id" not in call.path:
        return _list(call.organization_id, call.query)
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


def _show(call: http.Call[Any, Page]) -> http.Answer:
    organization_id, account_id = call.organization_id, call.path["account_id"]
    found = store.find_provider_account(organization_id, account_id)
    base_url = call.request.base_url
    view = account_views.of_account(organization_id, found, account_id, base_url)
    return http.Answer(200, view)


def _list(organization_id: str, asked: Page) -> http.Answer:
    found, more = listing.list_provider_accounts(organization_id, asked.limit, asked.cursor)
    items = [account_views.listed(one) for one in found]
    return http.Answer(200, account_views.AccountPage(items=items, next_cursor=more))


def _callback_url(call: http.Call[Any, Page]) -> str:
    path = f"{call.organization_id}/{call.path['account_id']}"
    return f"{call.request.base_url}/callbacks/{path}"


def _receipts_url(call: http.Call[Any, Page], receipts: providers.ReceiptsBy) -> str | None:
    if receipts == "none":
        return None
    organization_id, account_id = call.organization_id, call.path["account_id"]
    url = f"{call.request.base_url}/receipts/{organization_id}/{account_id}"
    if receipts == "keyed":
        return f"{url}?{links.PARAMETER}={links.secret_of(organization_id, account_id)}"
    return url
