"""GET /oauth/wechat: back from WeChat, to the landing page, known from now on (A6).

One request to WeChat, of 4 s at most. Nothing is stored: the customer's id follows from their
unionid, and a signed cookie of half an hour carries it to the join. Where the customer or WeChat
says no, or the state is not this visitor's of the last ten minutes, they go on as a visitor.
Refuses: not-found, code-gone.
"""

from typing import Annotated

from msgspec import Meta

from sluice.codes import identities, visitors
from sluice.codes.providers.wechat import oauth
from sluice.codes.refusals import CodeGone
from sluice.codes.store import pool
from sluice.codes.tables import Code
from sluice.organizations import store
from sluice.shared import errors, http, root_secret, telemetry
from sluice.shared.providers.failures import ProviderFailure


class Grant(http.Body):
    """What WeChat brings back; no code where the customer said no."""

    state: Annotated[str, Meta(min_length=1, max_length=128)]
    code: Annotated[str, Meta(max_length=512)] = ""


@http.operation(
    http.anyone("GET /oauth/wechat"),
    query=Grant,
    answers={302: ""},
    refusals=(errors.NotFound, CodeGone),
    primes=(root_secret.read, pool.connect),
)
def handler(call: http.Call[http.NoBody, Grant]) -> http.Answer:
    """Send the visitor back to the page of their code."""
    visitor_id = visitors.visitor_of(call.request)
    code = pool.code(oauth.code_of(call.query.state))
    headers = {"Location": f"{call.request.base_url}/s/{code.code}?{visitors.ASKED}=1"}
    is_ours = oauth.is_ours(call.query.state, visitor_id, call.now)
    customer_id = _customer(code, call.query.code) if is_ours and call.query.code else None
    if customer_id is not None:
        secure = call.request.base_url.startswith("https:")
        headers["Set-Cookie"] = visitors.identity_cookie(
            customer_id, code.organization_id, call.now, secure=secure
        )
    return http.Answer(302, headers=headers)


def _customer(code: Code, grant: str) -> str | None:
    organization_id = code.organization_id
    account_id = pool.organization(organization_id).wechat_account
    if not account_id:
        return None
    try:
        account = store.find_provider_account(organization_id, account_id)
        person = oauth.exchange(account, grant)
    except (ProviderFailure, errors.NotFound) as failure:
        telemetry.logger.warning("oauth_failed", exc_info=failure)
        return None
    telemetry.note(unionid=bool(person.unionid))
    return identities.wechat_customer(organization_id, person.unionid) if person.unionid else None
