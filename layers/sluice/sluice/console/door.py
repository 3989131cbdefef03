"""From a request to a page: who visits, may they, what is shown, with the headers it needs (F5).

A form counts only with the token of its session and from this host: another site can have neither.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from sluice.console import api, forms, navigation, pages, rendering, sessions
from sluice.console.pages import Moved, Page, Result, Sent, Visit
from sluice.shared import errors, http, wire
from sluice.shared.pages import HTML, language_of

LANGUAGE_COOKIE = "sluice_language"
_YEAR = 31_536_000
_PORTS = {"http": 80, "https": 443}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_UNKNOWN_BYTES = 16_384  # of a form of who is not signed in


class Forged(errors.Forbidden):
    """The form was not sent from a page of this session."""

    slug, title = "form-too-old", "This form is too old. Go back, load the page and try again"


def answer(request: http.Request) -> http.Answer:
    """Answer a visit: a page, a way to one, or a page that tells what is wrong."""
    correlation_id = str(request.event.get("requestContext", {}).get("requestId", "local"))
    path = request.path.get("page", "").strip("/")
    if path.startswith("assets/"):
        return _asset(request, path.removeprefix("assets/"))
    visit = _visit(request, path)
    try:
        return _answered(visit, _result(request, visit))
    except Exception as error:  # noqa: BLE001 - people get a page whatever happens
        return _answered(visit, _refused(visit, error, correlation_id))


def _visit(request: http.Request, path: str) -> Visit:
    headers, query = request.headers, request.event.get("queryStringParameters") or {}
    secret = sessions.cookie_of(headers, sessions.cookie_name(request.base_url))
    wanted = query.get("language") or sessions.cookie_of(headers, LANGUAGE_COOKIE)
    return Visit(
        path={},
        query={str(name): str(value) for name, value in query.items()},
        form=forms.Form({}),
        language=language_of(wanted or headers.get("accept-language", "")),
        now=request.now,
        base_url=request.base_url,
        session=sessions.found(secret, request.now),
        here=path,
    )


def _result(request: http.Request, visit: Visit) -> Result:
    method = str(request.event["httpMethod"])
    if not visit.here:
        return Moved(_home(visit), {})
    found = pages.find(method, visit.here)
    if found is None:
        raise errors.NotFound("There is no such page.")
    page, names = found
    visit = msgspec.structs.replace(visit, path=names)
    if page.roles and visit.session is None:
        if method == "GET":
            return Moved("sign-in", _next(visit))
        raise errors.Unauthenticated
    if page.roles and not page.roles & visit.signed_in.roles:
        raise errors.Forbidden
    if method == "GET":
        return page.run(visit)
    return _posted(request, visit, page)


def _home(visit: Visit) -> str:
    if visit.session is None:
        return "sign-in"
    return navigation.home(visit.session.roles) or "sign-in"


def _posted(request: http.Request, visit: Visit, page: Page) -> Result:
    """Carry a form out; where it is refused, show its page again with what was written."""
    _check_origin(request, is_signed_in=visit.session is not None)
    if visit.session is None and len(request.raw) > _MAX_UNKNOWN_BYTES:
        raise errors.Invalid("This form is too large.")
    form = forms.parse(request.raw, request.headers.get("content-type", ""))
    visit = msgspec.structs.replace(visit, form=form)
    if visit.session is not None and not hmac.compare_digest(
        form.text("csrf").encode(), visit.session.csrf_token.encode()
    ):
        raise Forged
    try:
        return page.run(visit)
    except errors.Problem as problem:
        again = pages.find("GET", visit.here)
        if again is None or _is_signed_out(problem):
            raise
        return again[0].run(msgspec.structs.replace(visit, problem=problem))


def _check_origin(request: http.Request, *, is_signed_in: bool) -> None:
    """Refuse a form of another site: browsers say where it comes from. Raises Forged.

    Who is not signed in has no token in the form: there what says nothing is refused, too.
    """
    headers = request.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None and not is_signed_in:
        raise Forged
    if site not in {None, "same-origin", "none"}:
        raise Forged
    if origin not in {None, _origin_of(request.base_url)}:
        raise Forged


def _origin_of(base_url: str) -> str:
    """Return the origin of an address as browsers write it."""
    own = urlsplit(base_url)
    port = "" if own.port in {None, _PORTS.get(own.scheme)} else f":{own.port}"
    return f"{own.scheme}://{own.hostname}{port}"


def _refused(visit: Visit, error: Exception, correlation_id: str) -> Result:
    """Return what tells of a problem; whose session the API knows no more signs in again."""
    problem = wire.problem_of(error, correlation_id)
    if _is_signed_out(problem):
        return Moved("sign-in", _next(visit))
    troubled = msgspec.structs.replace(visit, problem=problem)
    return troubled.show("problem.html", correlation_id=correlation_id)


def _next(visit: Visit) -> dict[str, str]:
    """Return where signing in leads back to: not to what is no page, such as signing out."""
    return {"next": visit.here} if pages.find("GET", visit.here) else {}


def _is_signed_out(problem: errors.Problem) -> bool:
    if isinstance(problem, api.ApiProblem):
        return problem.answered == errors.Unauthenticated.status
    return isinstance(problem, errors.Unauthenticated)


def _answered(visit: Visit, result: Result) -> http.Answer:
    headers: dict[str, str] = dict(_HEADERS)
    if sessions.is_secure(visit.base_url):
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
    if isinstance(result, Sent):
        if result.filename:
            name = _UNSAFE.sub("-", result.filename)  # it may hold what somebody called a thing
            headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return http.Answer(200, result.content, result.content_type, headers)
    headers |= _language_cookie(visit)
    headers |= result.headers
    if isinstance(result, Moved):
        base_path = urlsplit(visit.base_url).path.rstrip("/")
        where = f"{base_path}{rendering.PREFIX}/{result.path}"
        headers["Location"] = where + (f"?{urlencode(result.query)}" if result.query else "")
        return http.Answer(303, headers=headers)
    html = rendering.render(result)
    return http.Answer(result.status, html, HTML, headers)


def _language_cookie(visit: Visit) -> Mapping[str, str]:
    if "language" not in visit.query:
        return {}
    made = f"{LANGUAGE_COOKIE}={visit.language}; Path=/; SameSite=Lax; Max-Age={_YEAR}"
    return {"Set-Cookie": made + ("; Secure" if sessions.is_secure(visit.base_url) else "")}


def _asset(request: http.Request, name: str) -> http.Answer:
    """Return a file; kept for good under the address of what it holds now, and under no other."""
    content: Any = rendering.asset(name)
    if content is None:
        raise errors.NotFound
    asked = (request.event.get("queryStringParameters") or {}).get("v")
    is_this = asked == rendering.version(name)  # while a release goes out, it may be the next one
    cached = {"Cache-Control": f"public, max-age={_YEAR}, immutable"} if is_this else {}
    kind = f"{rendering.ASSETS[name]}; charset=utf-8"
    return http.Answer(200, content.decode(), kind, _HEADERS | cached)
