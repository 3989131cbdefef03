"""The console over HTTP: signing in with the real user pool, a form, signing out (F5)."""

import boto3

from infra.demo.consoling import Browser
from infra.demo.opening import Login
from infra.local.deploy import session
from tests.support.client import Organization


def login_of(acme: Organization, member_id: str) -> Login:
    """Return a login whose password is known."""
    email = f"{member_id}@{acme.id}.example"
    return Login(email, acme.deployment.staff.set_password(email), "")


def test_an_operator_signs_in_makes_a_channel_and_signs_out(acme: Organization) -> None:
    login, browser = login_of(acme, "operator"), Browser(acme.anyone)
    wrong = browser.post("/console/sign-in", email=login.email, password="not the password")
    assert (wrong.status, b"not right" in wrong.body) == (401, True)
    assert browser.get("/console/channels").headers["location"].startswith("/console/sign-in")
    browser.sign_in(login).expect(303)
    form = {"channel_id": "a", "name": "Ann", "kind": "contact", "provider_ref": "a", "cap": "7"}
    refused = browser.post("/console/channels/new", "0" * 64, **form)
    assert refused.status == 403
    browser.post("/console/channels/new", **form, status="open").expect(303)
    assert acme.operator.get(f"{acme.path}/channels/a").json["cap"] == 7
    page = browser.get("/console/channels").expect(200)
    assert b"0 / 7" in page.body
    assert "no-store" in page.headers["cache-control"]
    token = browser.csrf_token("/console/channels")
    browser.post("/console/sign-out", token).expect(303)
    assert browser.get("/console/channels").status == 303


def test_who_was_invited_chooses_a_password_at_the_first_sign_in(acme: Organization) -> None:
    acme.put_member("new", login=True)
    deployment = acme.deployment
    cognito = boto3.client("cognito-idp", **session(deployment.instance))
    email, first, own = f"new@{acme.id}.example", "First-pass-word-1!", "My-own-pass-word-2!"
    cognito.admin_set_user_password(
        UserPoolId=deployment.staff.pool_id, Username=email, Password=first, Permanent=False
    )
    browser = Browser(acme.anyone)
    asked = browser.post("/console/sign-in", email=email, password=first).expect(200)
    assert b"Choose a password" in asked.body
    fields = browser.hidden(asked)
    browser.post("/console/sign-in/challenge", "", **fields, answer=own).expect(303)
    assert browser.get("/console").headers["location"] == "/console/my-campaigns"
