"""OAuth on the landing page: away to WeChat and back, with who the customer is (A6, A7).

The state that WeChat carries is 128 letters and digits at most: the code, an end, and a keyed hash
of both with the visitor, whose cookie must come back with it.
"""

import hmac
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from sluice.codes.providers.wechat.settings import Secret, Settings
from sluice.organizations.tables import ProviderAccount
from sluice.shared import ids, signing
from sluice.shared.providers import secrets
from sluice.shared.providers.failures import Misconfigured, Rejected
from sluice.shared.providers.transport import Http, base_url, http

AUTHORIZE_URL = "https://open.weixin.qq.com/connect/oauth2/authorize"
API_URL = "https://api.weixin.qq.com"
STATE_VALID = timedelta(minutes=10)
_CALL = "oauth2/access_token"
_CODE, _END = ids.CODE_LENGTH, 10


class Person(msgspec.Struct, frozen=True):
    """Who WeChat says it is; the unionid is the same in every app of one developer account."""

    openid: str
    unionid: str = ""


def authorize_url(account: ProviderAccount, redirect_uri: str, state: str) -> str:
    """Return where the customer is sent."""
    given = _settings(account)
    query = {
        "appid": given.app_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": given.scope,
        "state": state,
    }
    return f"{AUTHORIZE_URL}?{urlencode(query)}#wechat_redirect"


def make_state(code: str, visitor_id: str, now: datetime) -> str:
    """Return a state for a code and a visitor, valid for ten minutes."""
    end = f"{int((now + STATE_VALID).timestamp()):0{_END}d}"
    return code + end + ids.derived(signing.derived_key("oauth-state"), code, end, visitor_id)


def code_of(state: str) -> str:
    """Return the code that a state is for, whoever made it."""
    return state[:_CODE]


def is_ours(state: str, visitor_id: str | None, now: datetime) -> bool:
    """Tell whether a state was given here to this visitor, ten minutes ago at most."""
    code, end = code_of(state), state[_CODE : _CODE + _END]
    given = state[_CODE + _END :].encode()
    known = [
        ids.derived(key, code, end, visitor_id or "").encode()
        for key in signing.derived_keys("oauth-state")
    ]
    is_genuine = bool(visitor_id) and any(hmac.compare_digest(given, each) for each in known)
    return is_genuine and now.timestamp() <= int(end)


def exchange(account: ProviderAccount, grant: str) -> Person:
    """Return who a grant is: one request. Raises a ProviderFailure.

    HTTP 200 with an errcode is a failure, as everywhere at WeChat.
    """
    try:
        secret = msgspec.json.decode(secrets.read(account.secret_reference), type=Secret)
    except msgspec.DecodeError:
        raise Misconfigured("account", advice="The secret is not as docs/wecom.md says.") from None
    query = {
        "appid": _settings(account).app_id,
        "secret": secret.app_secret,
        "code": grant,
        "grant_type": "authorization_code",
    }
    return _api().ask(_CALL, query, None, Person, lambda call, code, _: Rejected(call, code))


def _settings(account: ProviderAccount) -> Settings:
    return msgspec.convert(account.settings or {}, Settings)


def _api() -> Http:
    return http(f"{base_url('WECHAT_BASE_URL', API_URL)}/sns/")
