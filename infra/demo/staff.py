"""Signing in as staff: real tokens of the real user pool.

Two things here are done on the pool itself, by whoever holds the AWS account: the platform's admin
is made (a deployer does that once, see the README), and an invited person's password is set (in
real life they do it with the one that came by e-mail).
"""

from __future__ import annotations

import contextlib
import secrets
import time
from typing import TYPE_CHECKING

import boto3

from infra.demo.client import Client
from infra.local.deploy import session

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

    from infra.local.instance import Instance

LOGIN_SECONDS = 60.0  # how long an invitation may take through the outbox
POLL_SECONDS = 0.1
ADMIN = "admin@sluice.example"


class NoLogin(Exception):  # noqa: N818 - it says what is missing
    """The login of an invited member did not appear in time."""


class Staff:
    """The user pool of a deployment, for those who hold the account and those who sign in."""

    def __init__(self, instance: Instance, outputs: dict[str, str]) -> None:
        self._cognito: CognitoIdentityProviderClient = boto3.client(
            "cognito-idp", **session(instance)
        )
        self._anyone = Client(instance.url)
        self.pool_id = outputs["UserPoolId"]
        self.client_id = outputs["UserPoolClientId"]

    def make_admin(self) -> str:
        """Make the platform's admin if need be; return a new password."""
        with contextlib.suppress(self._cognito.exceptions.UsernameExistsException):
            self._cognito.admin_create_user(
                UserPoolId=self.pool_id,
                Username=ADMIN,
                MessageAction="SUPPRESS",
                UserAttributes=[
                    {"Name": "email", "Value": ADMIN},
                    {"Name": "email_verified", "Value": "true"},
                ],
            )
        self._cognito.admin_add_user_to_group(
            UserPoolId=self.pool_id, Username=ADMIN, GroupName="admin"
        )
        return self.set_password(ADMIN)

    def set_password(self, email: str) -> str:
        """Give a login a new password, as its owner would after the invitation; return it."""
        password = secrets.token_urlsafe(16) + "-aA1"  # what the pool's policy asks for
        self._cognito.admin_set_user_password(
            UserPoolId=self.pool_id, Username=email, Password=password, Permanent=True
        )
        return password

    def wait_for_login(self, email: str, limit_seconds: float = LOGIN_SECONDS) -> None:
        """Wait until an invited member can sign in, in the groups of their roles.

        Raises NoLogin.
        """
        deadline = time.monotonic() + limit_seconds
        while not self._can_sign_in(email):
            if time.monotonic() > deadline:
                raise NoLogin(f"waited {limit_seconds:.0f} s for the login of {email}, in vain")
            time.sleep(POLL_SECONDS)

    def _can_sign_in(self, email: str) -> bool:
        try:
            groups = self._cognito.admin_list_groups_for_user(
                UserPoolId=self.pool_id, Username=email
            )
        except self._cognito.exceptions.UserNotFoundException:
            return False
        return bool(groups["Groups"])

    def token(self, email: str, password: str, client_id: str = "") -> str:
        """Sign in and return the ID token."""
        answer = self._cognito.initiate_auth(
            ClientId=client_id or self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        return answer["AuthenticationResult"]["IdToken"]

    def signed_in(self, email: str, password: str) -> Client:
        """Sign in and return a client that calls the API as this person."""
        return self._anyone.as_staff(self.token(email, password))
