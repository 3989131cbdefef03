"""Sign in, with a first password of one's own or a code where the pool asks; a forgotten one."""

import re

import msgspec

from sluice.console import navigation, sessions, user_pool
from sluice.console.api import Api
from sluice.console.pages import ANYBODY, Moved, Result, Visit, page
from sluice.console.user_pool import Challenge, Tokens
from sluice.shared import errors

_OWN = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}(?:/[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}){0,5}\Z"
)


class NoOrganization(errors.Problem):
    """The login belongs to no member: the platform's admin, who has no pages."""

    slug, title, status = "no-organization", "This login belongs to no organisation", 403


@page("sign-in", roles=ANYBODY)
def ask(visit: Visit) -> Result:
    """Ask for e-mail and password."""
    return visit.show("sign_in/sign_in.html", next=_next(visit))


@page("sign-in", roles=ANYBODY, method="POST")
def sign_in(visit: Visit) -> Result:
    """Check them with the user pool."""
    result = user_pool.sign_in(visit.form.text("email"), visit.form.text("password"))
    return _go_on(visit, result)


@page("sign-in/challenge", roles=ANYBODY, method="POST")
def answer(visit: Visit) -> Result:
    """Take the new password, or the code of an app, that the pool asked for."""
    form = visit.form
    challenge = Challenge(form.text("challenge"), form.text("email"), form.text("pool_session"))
    try:
        result = user_pool.answer(challenge, form.text("answer"))
    except (user_pool.WrongCode, user_pool.WeakPassword) as problem:
        return _asked(visit, challenge, problem)
    return _go_on(visit, result)


@page("sign-in/forgot", roles=ANYBODY)
def ask_for_code(visit: Visit) -> Result:
    """Ask whose password was forgotten."""
    return visit.show("sign_in/forgot.html")


@page("sign-in/forgot", roles=ANYBODY, method="POST")
def send_code(visit: Visit) -> Result:
    """Have a code sent, and say the same whether there is such a login."""
    user_pool.forgot(visit.form.text("email"))
    return visit.go("sign-in", "reset", done="code-sent")


@page("sign-in/reset", roles=ANYBODY)
def ask_for_password(visit: Visit) -> Result:
    """Ask for the code and a new password."""
    return visit.show("sign_in/reset.html")


@page("sign-in/reset", roles=ANYBODY, method="POST")
def reset(visit: Visit) -> Result:
    """Set the new password."""
    form = visit.form
    user_pool.reset(form.text("email"), form.text("code"), form.text("password"))
    return visit.go("sign-in", done="password-set")


def _go_on(visit: Visit, result: Tokens | Challenge) -> Result:
    if isinstance(result, Challenge):
        return _asked(visit, result, None)
    claims = result.claims
    if not claims.organization_id or not claims.member_id:
        raise NoOrganization
    api = Api(visit.base_url, claims.organization_id, result.id_token)
    member, organization = api.gather((("members", claims.member_id), {}), ((), {}))
    member, organization = member or {}, organization or {}
    profile = {
        "name": member.get("name", claims.member_id),
        "organization": organization.get("name", claims.organization_id),
        "time_zone": organization.get("time_zone", "UTC"),
    }
    if visit.session is not None:
        sessions.end(visit.session.secret)
    session = sessions.opened(result, profile)
    where = _next(visit) or navigation.home(session.roles)
    return Moved(where, {}, sessions.cookie(visit.base_url, session.secret))


def _asked(visit: Visit, challenge: Challenge, problem: errors.Problem | None) -> Result:
    again = msgspec.structs.replace(visit, problem=problem)
    return again.show("sign_in/challenge.html", challenge=challenge)


def _next(visit: Visit) -> str:
    """Return the page of the console that was asked for before signing in: no other address."""
    wanted = visit.query.get("next", "") or visit.form.text("next")
    return wanted if _OWN.match(wanted) else ""
