"""GET /s/{code}/oauth: to WeChat, which asks the customer who they are (A6).

Only where the organisation has an account of type `wechat`. Reads code and organisation from this
function's memory and the account; writes nothing. Refuses: not-found, code-gone.
"""

from sluice.codes import visitors
from sluice.codes.providers.wechat import oauth
from sluice.codes.refusals import CodeGone
from sluice.codes.store import pool
from sluice.organizations import store
from sluice.shared import errors, http, root_secret


@http.operation(
    http.anyone("GET /s/{code}/oauth"),
    answers={302: ""},
    refusals=(errors.NotFound, CodeGone),
    primes=(root_secret.read, pool.connect),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Send the visitor to WeChat, with a state of theirs."""
    request, now = call.request, call.now
    code = pool.code(call.path["code"])
    account_id = pool.organization(code.organization_id).wechat_account
    if not account_id:
        raise errors.NotFound("Nobody is asked for here.")
    account = store.find_provider_account(code.organization_id, account_id)
    visitor_id = visitors.visitor_of(request) or visitors.new_visitor()
    state = oauth.make_state(code.code, visitor_id, now)
    url = oauth.authorize_url(account, f"{request.base_url}/oauth/wechat", state)
    secure = request.base_url.startswith("https:")
    cookie = visitors.cookie(visitor_id, now, secure=secure)
    return http.Answer(302, headers={"Location": url, "Set-Cookie": cookie})
