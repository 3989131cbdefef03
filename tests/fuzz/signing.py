"""How the fuzzer's requests prove who sends them: by what is on the wire, whatever was generated.

Schemathesis leaves these out where it looks whether a door opens without them, or where it made
the signature wrong on purpose.
"""

import itertools
import re
from collections.abc import Mapping
from typing import Any

import requests
from requests.auth import AuthBase

from infra.demo.client import signature
from tests.access.world import FIRST_OPERATOR
from tests.fuzz.world import World

ORGANIZATION = re.compile(r"/organizations/[^/]+")
SECONDS = re.compile(r"[0-9]{1,12}")
SIGNATURE = "webhook-signature"
REPEATED = 8  # every so many events come with the id of the one before


class Bearer(AuthBase):
    """Staff: the operator's ID token; the platform admin's for organisations that are not there.

    And for the operator's own member, which the list of members names: they would lose their role.
    """

    def __init__(self, world: World) -> None:
        acme = world.target.acme
        self._own = acme.path
        self._self = f"{acme.path}/members/{FIRST_OPERATOR}"
        self._operator = str(acme.operator.headers["Authorization"])
        self._admin = str(acme.deployment.admin.headers["Authorization"])

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token in."""
        path = str(request.path_url).partition("?")[0]
        is_admins = (ORGANIZATION.fullmatch(path) and path != self._own) or path == self._self
        request.headers["Authorization"] = f"Bearer {self._admin if is_admins else self._operator}"
        return request


class Identity(AuthBase):
    """Apps: the identity token of one of the users, as their partner signs it."""

    def __init__(self, world: World) -> None:
        self._acme = world.target.acme

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put a fresh token in."""
        token = self._acme.identity_token("u-1", "inbox")
        request.headers["Authorization"] = f"Bearer {token}"
        return request


class Signature(AuthBase):
    """Partners and providers: Standard Webhooks over the raw body as it goes out.

    The generated id and time make room for ones that can be right; a case without them, or whose
    body is no text, is sent as it is, and must be refused.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._sent = itertools.count(1)
        self._last = ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign it."""
        if not _may_be_right(request.headers):
            return request
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        repeated = self._last if next(self._sent) % REPEATED == 0 else ""
        try:
            headers = signature(self._secret, body, repeated)
        except UnicodeDecodeError:
            return request
        self._last = headers["webhook-id"]
        request.headers.update(headers)
        return request


def _may_be_right(headers: Mapping[str, str | bytes]) -> bool:
    seconds = str(headers.get("webhook-timestamp", ""))
    return bool(SIGNATURE in headers and headers.get("webhook-id") and SECONDS.fullmatch(seconds))


def authenticate(schema: Any, world: World) -> None:
    """Give every kind of door what opens it."""
    doors = {
        "^/organizations/": Bearer(world),
        "^/partners/": Signature(world.partner_secret),
        "^/inbox/": Identity(world),
        "^/(callbacks|receipts)/": Signature(world.provider_secret),
    }
    for paths, auth in doors.items():
        schema.auth.set_from_requests(auth).apply_to(path_regex=paths)
