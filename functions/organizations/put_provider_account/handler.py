"""PUT /organizations/{organization_id}/provider-accounts/{account_id}: create or change one.

`sandbox` exists from the start and behaves as its settings say; `wecom` needs `corp_id`
and `wechat` `app_id`, both the reference of a secret (docs/wecom.md); a `wechat` account is asked
who customers are, the last one put. Writes the account under a check that the organisation
exists, and the event that its channels follow: one transaction, 6 write units. Refuses:
no-such-organization, provider-type-fixed.
"""

from typing import Annotated

from msgspec import Meta, field

from sluice.codes import providers
from sluice.organizations import access, rules, store
from sluice.organizations.refusals import NoSuchOrganization, ProviderTypeFixed
from sluice.shared import errors, http, signing

TYPES = ("sandbox", "wechat", "wecom")
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
    """The account, and where it calls; `callback_secret` is what a sandbox signs its calls with."""

    account_id: str
    type: str
    callback_url: str
    callback_secret: str | None = None


@http.operation(
    access.staff(
        "PUT /organizations/{organization_id}/provider-accounts/{account_id}", rules.OPERATOR
    ),
    body=PutProviderAccount,
    answers={200: ProviderAccountView},
    refusals=(NoSuchOrganization, ProviderTypeFixed),
)
def handler(call: http.Call[PutProviderAccount, http.NoBody]) -> http.Answer:
    """Store the account in the path."""
    given = call.body
    if given.type not in TYPES:
        raise errors.Invalid("Unknown type.", [("type", f"one of: {', '.join(TYPES)}")])
    organization_id, account_id = call.organization_id, call.path["account_id"]
    providers.check_account(organization_id, given.type, given.settings, given.secret_reference)
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
        callback_url=f"{call.request.base_url}/callbacks/{organization_id}/{account_id}",
        callback_secret=signing.webhook_secret(key) if given.type == "sandbox" else None,
    )
    return http.Answer(200, view)
