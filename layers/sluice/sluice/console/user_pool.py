"""Signing in through the user pool (F4, F5): passwords go there and are kept nowhere else.

The pool locks out who guesses, and answers the same for a wrong password and an unknown address.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import jwt
from botocore.exceptions import BotoCoreError, ClientError

from sluice.organizations import rules
from sluice.shared import errors, settings, telemetry
from sluice.shared.clients import client

NEW_PASSWORD, CODE = "NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA"
_ANSWERS = {NEW_PASSWORD: "NEW_PASSWORD", CODE: "SOFTWARE_TOKEN_MFA_CODE"}
_WRONG = {"NotAuthorizedException", "UserNotFoundException", "InvalidParameterException"}
_WRONG_CODE = {"CodeMismatchException", "ExpiredCodeException"}
_BUSY = {"TooManyRequestsException", "TooManyFailedAttemptsException"}
_NO_CODE = {"LimitExceededException", "CodeDeliveryFailureException"}


class WrongPassword(errors.Problem):
    """The pool does not know this address with this password."""

    slug, title, status = "wrong-password", "E-mail or password is not right", 401


class WrongCode(errors.Problem):
    """A code that was sent, or that an app shows, is not the one."""

    slug, title, status = "wrong-code", "The code is not right, or too old", 401


class WeakPassword(errors.Problem):
    """The pool's policy asks for more."""

    slug, title, status = "weak-password", "Choose a longer password", 400


class ResetNeeded(errors.Problem):
    """An administrator asked for a new password."""

    slug, title, status = "reset-needed", "Ask for a new password", 401


class NoCode(errors.TooMany):
    """The pool sends this login nothing now. It says so of logins that there are, of no others."""


class SignedOut(errors.Problem):
    """What was begun took too long."""

    slug, title, status = "signed-out", "That took too long. Sign in again", 401


class Claims(NamedTuple):
    """What an ID token says."""

    organization_id: str
    member_id: str
    roles: frozenset[str]
    expires_at: datetime


class Tokens(NamedTuple):
    """What the pool gives to who signed in."""

    id_token: str
    refresh_token: str

    @property
    def claims(self) -> Claims:
        """What the ID token says; it came from the pool itself, so its signature is not checked."""
        given = jwt.decode(self.id_token, options={"verify_signature": False})
        return Claims(
            str(given.get("custom:organization_id", "")),
            str(given.get("custom:member_id", "")),
            rules.groups_of(given.get("cognito:groups")) & rules.ROLES,
            datetime.fromtimestamp(int(given["exp"]), UTC),
        )


class Challenge(NamedTuple):
    """What the pool asks before it gives tokens."""

    name: str
    username: str
    session: str


def sign_in(email: str, password: str) -> Tokens | Challenge:
    """Sign in. Raises WrongPassword, ResetNeeded, TooMany."""
    parameters = {"USERNAME": email, "PASSWORD": password}
    answer = _ask(
        _pool().initiate_auth, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters, **_client()
    )
    return _result(answer, email)


def answer(challenge: Challenge, given: str) -> Tokens | Challenge:
    """Answer a challenge. Raises WrongCode, WeakPassword, SignedOut, TooMany."""
    if challenge.name not in _ANSWERS:
        raise SignedOut
    responses = {"USERNAME": challenge.username, _ANSWERS[challenge.name]: given}
    try:
        answer = _ask(
            _pool().respond_to_auth_challenge,
            ChallengeName=challenge.name,
            ChallengeResponses=responses,
            Session=challenge.session,
            **_client(),
        )
    except WrongPassword:
        raise SignedOut from None  # what is over is the session of the challenge
    return _result(answer, challenge.username)


def forgot(email: str) -> None:
    """Have a code sent to the address, if there is such a login: nobody learns which."""
    try:
        _ask(_pool().forgot_password, Username=email, **_client())
    except (WrongPassword, WrongCode):
        telemetry.logger.info("password_reset_of_nobody")
    except NoCode:
        telemetry.logger.warning("password_reset_not_sent")


def reset(email: str, code: str, password: str) -> None:
    """Set a new password with the code. Raises WrongCode, WeakPassword, TooMany.

    What was signed in with the old one is renewed no more: it ends with its ID token.
    """
    try:
        _ask(
            _pool().confirm_forgot_password,
            Username=email,
            ConfirmationCode=code,
            Password=password,
            **_client(),
        )
    except WrongPassword:
        raise WrongCode from None
    try:
        pool = settings.text("USER_POOL_ID")
        _ask(_pool().admin_user_global_sign_out, UserPoolId=pool, Username=email)
    except (errors.Problem, ClientError, BotoCoreError):  # the new password stands
        telemetry.logger.warning("old_sessions_not_ended")


def renewed(refresh_token: str) -> Tokens | None:
    """Return a new ID token, None where the pool gives none any more. Raises TooMany."""
    parameters = {"REFRESH_TOKEN": refresh_token}
    try:
        answer = _ask(
            _pool().initiate_auth,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters=parameters,
            **_client(),
        )
    except (WrongPassword, ResetNeeded):
        return None
    return Tokens(answer["AuthenticationResult"]["IdToken"], refresh_token)


def revoke(refresh_token: str) -> None:
    """Take a refresh token back: what it gave cannot be renewed any more."""
    try:
        _ask(_pool().revoke_token, Token=refresh_token, **_client())
    except (errors.Problem, ClientError, BotoCoreError):
        telemetry.logger.warning("refresh_token_not_revoked")


def _client() -> dict[str, str]:
    return {"ClientId": settings.text("USER_POOL_CLIENT_ID")}


def _result(answer: dict[str, Any], username: str) -> Tokens | Challenge:
    if "AuthenticationResult" in answer:
        given = answer["AuthenticationResult"]
        return Tokens(given["IdToken"], given["RefreshToken"])
    return Challenge(answer["ChallengeName"], username, answer["Session"])


def _pool() -> Any:
    return client("cognito-idp")


def _ask(operation: Callable[..., dict[str, Any]], **parameters: Any) -> dict[str, Any]:
    try:
        return operation(**parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _BUSY:
            raise errors.TooMany from None
        if code in _NO_CODE:
            raise NoCode from None
        problems: dict[str, errors.Problem] = {
            **dict.fromkeys(_WRONG, WrongPassword()),
            **dict.fromkeys(_WRONG_CODE, WrongCode()),
            "InvalidPasswordException": WeakPassword(),
            "PasswordResetRequiredException": ResetNeeded(),
        }
        if code in problems:
            raise problems[code] from None
        raise
