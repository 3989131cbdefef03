"""What stands between the console and who would misuse it, or comes at a bad moment (F5)."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import urllib3
from botocore.exceptions import ClientError

from sluice.console import api, rendering, sessions, user_pool
from sluice.console.tables import ConsoleSession
from sluice.console.user_pool import Tokens
from sluice.shared import clients, clock, errors, telemetry
from tests.support.aws import items_of, local_aws
from tests.support.console import BASE_URL, Seen, Visitor, id_token, signed_in
from tests.support.staff import found_organization

COOKIE = "__Host-sluice"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
type Renewing = Callable[[str], Tokens | None]


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        yield


def nearly_over(role: str = "operator") -> Visitor:
    """Return a browser whose ID token is to be renewed."""
    visitor = Visitor()
    tokens = Tokens(id_token(role, lasts=timedelta(minutes=1)), "refresh")
    visitor.cookies[COOKIE] = sessions.opened(tokens, {"time_zone": "UTC"}).secret
    return visitor


@pytest.mark.parametrize("other", ['prefs={"x":1}', "名=1", "a b", "x", f"{COOKIE}x=1"])
def test_cookies_that_others_set_on_the_host_sign_nobody_out(other: str) -> None:
    headers = {"cookie": f"{other}; {COOKIE}=secret; other=1"}
    assert sessions.cookie_of(headers, COOKIE) == "secret"


def test_browsers_keep_the_sessions_cookie_to_this_host_and_to_tls() -> None:
    made = sessions.cookie("https://s.example.com", "secret")["Set-Cookie"].split("; ")
    assert set(made) >= {f"{COOKIE}=secret", "Path=/", "HttpOnly", "SameSite=Lax", "Secure"}
    assert not any(part.startswith("Domain") for part in made)
    seen = Visitor().get("sign-in", language="zh")
    assert seen.headers["Set-Cookie"].endswith("; Secure")
    assert seen.headers["Strict-Transport-Security"].startswith("max-age=")
    assert seen.headers["Cache-Control"] == "no-store"
    for allowed in ("frame-ancestors 'none'", "script-src 'self';", "base-uri 'none'"):
        assert allowed in seen.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["..", "."])
def test_a_name_in_an_address_does_not_lead_to_another_address(name: str) -> None:
    visitor = signed_in()
    assert visitor.get(f"channels/{name}").status == 404
    assert visitor.post(f"channels/{name}", action="remove").status == 404
    with pytest.raises(errors.NotFound):
        api.Api("https://s.example.com", "acme", "token").delete("channels", name)
    assert not any("DELETE" in asked for asked in visitor.asked)


@pytest.mark.parametrize("key", ["a\nX-Other: b", "名", "x" * 256])
def test_a_forms_key_is_not_taken_as_a_header_of_ones_own(key: str) -> None:
    with pytest.raises(errors.Invalid):
        api.Api("https://s.example.com", "acme", "token").post("pushes", key=key)


def test_who_is_not_signed_in_sends_small_forms() -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=edge", "Origin": BASE_URL}
    seen = Visitor().send("POST", "sign-in", kind, b"\n" * 20_000)
    assert (seen.status, "too large" in seen.text) == (400, True)


def test_forms_that_make_no_sense_are_refused() -> None:
    visitor = signed_in()
    nested = b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (each, each + 1)
        for each in range(500)
    )
    kind = {"Content-Type": "multipart/form-data; boundary=b0"}
    assert visitor.send("POST", "channels/import", kind, nested).status in (400, 403)
    for body in (b"csrf=%ff", b"a=1&" * 500, b"\xff"):
        assert visitor.send("POST", "channels/new", FORM, body).status == 400
    assert visitor.send("POST", "channels/new", {"Content-Type": "text/plain"}).status == 400


@pytest.mark.parametrize("price", ["1e999999", "1e499990", "NaN", "-Infinity", "1e-400000"])
def test_a_price_beyond_all_reason_is_refused_at_once(price: str) -> None:
    visitor = signed_in()
    given = {"channels[0].channel": "sms", "channels[0].price": price}
    assert visitor.post("strategies/new", strategy_id="s", **given).status == 400


def test_a_session_that_ends_while_it_is_renewed_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = nearly_over()

    def renewed(refresh_token: str) -> Tokens:
        items_of(ConsoleSession)[0].delete()  # signed out in another tab
        return Tokens(id_token(), refresh_token)

    monkeypatch.setattr(user_pool, "renewed", renewed)
    assert visitor.get("channels").location == "sign-in?next=channels"
    assert items_of(ConsoleSession) == []


def test_a_renewed_session_has_the_roles_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    for role, status in (("promoter", 403), ("", 403), ("operator", 200)):
        visitor = nearly_over()
        answer: Renewing = lambda token, role=role: Tokens(id_token(role), token)  # type: ignore[misc]  # noqa: E731
        monkeypatch.setattr(user_pool, "renewed", answer)
        assert visitor.get("channels").status == status


def test_a_login_that_was_closed_renews_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for problem in (user_pool.WrongPassword, user_pool.ResetNeeded):

        def refuse(*_: object, given: type[errors.Problem] = problem, **__: object) -> None:
            raise given

        monkeypatch.setattr(user_pool, "_ask", refuse)
        visitor = nearly_over()
        assert visitor.get("channels").location == "sign-in?next=channels"
        assert visitor.get("sign-in").status == 200
        assert items_of(ConsoleSession) == []


def test_signing_in_again_ends_the_session_before(monkeypatch: pytest.MonkeyPatch) -> None:
    revoked: list[str] = []
    monkeypatch.setattr(user_pool, "revoke", revoked.append)
    monkeypatch.setattr(user_pool, "sign_in", lambda *_: Tokens(id_token(), "second"))
    visitor = signed_in()
    before = visitor.cookies[COOKIE]
    assert visitor.post("sign-in", email="a@b.example", password="p").location == "overview"
    assert visitor.cookies[COOKIE] != before
    assert revoked == ["refresh"]
    (kept,) = items_of(ConsoleSession)
    assert isinstance(kept, ConsoleSession)
    assert kept.refresh_token == "second"


def test_a_login_is_not_taken_from_another_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_pool, "sign_in", lambda *_: Tokens(id_token(), "refresh"))
    for origin in ("https://evil.example", "null", "https://s.example.com.evil.example"):
        seen = Visitor().send("POST", "sign-in", FORM | {"Origin": origin}, b"email=a&password=b")
        assert (seen.status, seen.headers.get("Set-Cookie")) == (403, None)


def test_a_login_comes_from_a_browser_that_says_from_which_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a session there is no token of a form: what says nothing may be another site's."""
    monkeypatch.setattr(user_pool, "sign_in", lambda *_: Tokens(id_token(), "refresh"))
    body = b"email=a&password=b"
    silent = Visitor().send("POST", "sign-in", FORM, body)
    assert (silent.status, silent.headers.get("Set-Cookie")) == (403, None)
    for said in ({"Origin": BASE_URL}, {"Sec-Fetch-Site": "same-origin"}):
        assert Visitor().send("POST", "sign-in", FORM | said, body).location == "overview"


@pytest.mark.parametrize(
    ("base", "origin"),
    [
        ("https://S.Example.com", "https://s.example.com"),
        ("https://s.example.com:443/v1/", "https://s.example.com"),
        ("https://s.example.com:8443", "https://s.example.com:8443"),
    ],
)
def test_the_origin_of_an_address_is_as_browsers_write_it(
    base: str, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_BASE_URL", base)
    monkeypatch.setattr(user_pool, "sign_in", lambda *_: Tokens(id_token(), "refresh"))
    monkeypatch.setattr(api.Api, "gather", lambda *_: [None, None])
    sent = Visitor().send("POST", "sign-in", FORM | {"Origin": origin}, b"email=a&password=b")
    assert sent.status == 303
    other = FORM | {"Origin": "https://s.example.com:4444"}
    assert Visitor().send("POST", "sign-in", other, b"email=a&password=b").status == 403


@pytest.mark.parametrize(
    "code",
    [
        *("UserNotFoundException", "LimitExceededException", "CodeDeliveryFailureException"),
        *("NotAuthorizedException", "InvalidParameterException"),
    ],
)
def test_nobody_learns_from_a_forgotten_password_which_logins_there_are(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": code}}, "ForgotPassword")

    monkeypatch.setattr(clients.client("cognito-idp"), "forgot_password", refuse)
    seen = Visitor().post("sign-in/forgot", email="a@b.example")
    assert (seen.status, seen.location) == (303, "sign-in/reset?done=code-sent")


def reset_with(monkeypatch: pytest.MonkeyPatch, refused: dict[str, str]) -> tuple[Seen, list[str]]:
    """Set a new password where the pool refuses some operations; return what it was asked."""
    asked: list[str] = []
    pool = clients.client("cognito-idp")
    for name in ("confirm_forgot_password", "admin_user_global_sign_out"):

        def answer(*, name: str = name, Username: str, **_: object) -> dict[str, object]:  # noqa: N803
            asked.append(f"{name} {Username}")
            if name in refused:
                raise ClientError({"Error": {"Code": refused[name], "Message": ""}}, name)
            return {}

        monkeypatch.setattr(pool, name, answer)
    seen = Visitor().post("sign-in/reset", email="a@b.example", code="1", password="p")
    return seen, asked


@pytest.mark.parametrize(
    "refused", [{}, {"admin_user_global_sign_out": "TooManyRequestsException"}]
)
def test_a_new_password_ends_what_was_signed_in_with_the_old_one(
    refused: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER_POOL_ID", "pool")
    seen, asked = reset_with(monkeypatch, refused)
    assert seen.location == "sign-in?done=password-set"
    assert asked == [
        "confirm_forgot_password a@b.example",
        "admin_user_global_sign_out a@b.example",
    ]


def test_who_does_not_know_the_code_signs_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {"confirm_forgot_password": "CodeMismatchException"}
    seen, asked = reset_with(monkeypatch, refused)
    assert seen.status == 401
    assert asked == ["confirm_forgot_password a@b.example"]


def test_signing_in_leads_back_to_pages_only() -> None:
    assert Visitor().post("sign-out").location == "sign-in"
    assert Visitor().post("channels/new").location == "sign-in?next=channels%2Fnew"


def test_the_other_language_keeps_what_was_asked_for() -> None:
    seen = Visitor().get("sign-in", next="channels/c1", done="signed-out")
    assert "?next=channels%2Fc1&amp;language=zh" in seen.html


def test_files_of_pages_are_kept_for_good_under_their_own_address_alone() -> None:
    visitor = Visitor()
    own = visitor.get("assets/console.css", v=rendering.version("console.css"))
    assert "immutable" in own.headers["Cache-Control"]
    for query in ({"v": "of-the-next-release"}, {}):
        assert visitor.get("assets/console.css", **query).headers["Cache-Control"] == "no-store"
    assert visitor.get("assets/console.html").status == 404


def test_an_api_that_is_away_is_told_of_without_what_was_asked(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    closed = urllib3.PoolManager(retries=False)
    monkeypatch.setattr(api, "_pool", lambda: closed)
    told: list[tuple[str, object]] = []
    monkeypatch.setattr(telemetry.logger, "warning", lambda name, **more: told.append((name, more)))
    asking = api.Api("http://127.0.0.1:1", "acme", "the-token")
    with pytest.raises(errors.Contention):
        asking.get("people", user_id="a@b.example")
    assert told == [("api_unreachable", {"extra": {"kind": "NewConnectionError"}})]
    assert "the-token" not in caplog.text
    assert "a@b.example" not in caplog.text
