"""Somebody at the console, in this process: pages by their handler, the API by its handlers.

What the console asks of the API goes to the very functions that the template routes it to, with
the claims of the token it sends. Cookies are kept as a browser keeps them.
"""

import html
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from email.message import Message
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urlencode

import jwt
from urllib3 import HTTPHeaderDict

from sluice.console import api, sessions
from sluice.console.user_pool import Tokens
from sluice.shared import clock
from tests.support import events, gateway

BASE_URL = "https://s.example.com"
KEY = "a key of the tests' own user pool"
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')
_TAG = re.compile(r"<[^>]+>")


class Seen(NamedTuple):
    """A page as it came."""

    status: int
    html: str
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """What a person reads, on one line."""
        body = self.html.split("<main", 1)[-1].split(">", 1)[-1]
        return " ".join(html.unescape(_TAG.sub(" ", body)).split())

    @property
    def location(self) -> str:
        """Where it leads, below /console."""
        return self.headers.get("Location", "").removeprefix("/console/")


class _Answer(NamedTuple):
    status: int
    data: bytes
    headers: Mapping[str, str]


class Visitor:
    """A browser at the console."""

    def __init__(self, language: str = "en") -> None:
        self.cookies: dict[str, str] = {}
        self.language = language
        self.asked: list[str] = []  # what the console asked of the API

    def get(self, path: str, **query: str) -> Seen:
        """Look at a page: `channels`."""
        return self._send("GET", path, query, b"", {})

    def post(self, path: str, *, csrf: str | None = None, **fields: str) -> Seen:
        """Send a form, with the token of this browser's session unless another is given."""
        token = self.csrf_token if csrf is None else csrf
        body = urlencode({"csrf": token, **fields}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": BASE_URL}
        return self._send("POST", path, {}, body, headers)

    def upload(self, path: str, name: str, content: bytes) -> Seen:
        """Send a form with a file."""
        parts = [
            f'name="csrf"\r\n\r\n{self.csrf_token}'.encode(),
            f'name="{name}"; filename="file.csv"\r\nContent-Type: text/csv\r\n\r\n'.encode()
            + content,
        ]
        body = b"".join(
            b"--edge\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts
        )
        headers = {"Content-Type": "multipart/form-data; boundary=edge"}
        return self._send("POST", path, {}, body + b"--edge--\r\n", headers)

    @property
    def csrf_token(self) -> str:
        """What this browser's forms carry."""
        secret = self.cookies.get("__Host-sluice", "")
        found = sessions.found(secret, clock.now())
        return found.csrf_token if found else ""

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Seen:
        """Send anything."""
        return self._send(method, path, {}, body, headers)

    def _send(
        self, method: str, path: str, query: dict[str, str], body: bytes, headers: dict[str, str]
    ) -> Seen:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"Accept-Language": self.language, "Cookie": cookie, **headers}
        target = f"/console/{path}".rstrip("/") + (f"?{urlencode(query)}" if query else "")
        with _api(self.asked):
            reply = _answer(method, target, given, body)
        for name, morsel in SimpleCookie(reply.headers.get("Set-Cookie", "")).items():
            self.cookies[name] = morsel.value
        return Seen(reply.status, reply.data.decode(errors="replace"), reply.headers)


def id_token(
    role: str = "operator",
    member_id: str = "boss",
    organization_id: str = events.ORGANIZATION,
    lasts: timedelta = timedelta(hours=1),
) -> str:
    """Return an ID token as the user pool makes them, signed by nobody."""
    roles = [each for each in role.split() if each]
    claims = events.claims(role, member_id, organization_id)
    return jwt.encode(
        claims | {"cognito:groups": roles, "exp": clock.now() + lasts}, KEY, algorithm="HS256"
    )


def signed_in(role: str = "operator", member_id: str = "boss", language: str = "en") -> Visitor:
    """Return a browser in which somebody has signed in; several roles are separated by a space."""
    visitor = Visitor(language)
    profile = {"name": member_id.title(), "organization": "Acme Tea", "time_zone": "Asia/Shanghai"}
    session = sessions.opened(Tokens(id_token(role, member_id), "refresh"), profile)
    visitor.cookies["__Host-sluice"] = session.secret
    return visitor


def ask(method: str, path: str, body: Any = None, role: str = "operator") -> Any:
    """Ask the API itself, of the organisation or below it: what it answers, which must be well."""
    headers = {"Authorization": f"Bearer {id_token(role)}", "Content-Type": "application/json"}
    given = b"" if body is None else json.dumps(body).encode()
    target = f"/organizations/{events.ORGANIZATION}/{path}".rstrip("/")
    reply = _answer(method, target, headers, given)
    assert reply.status < 300, reply.data
    return json.loads(reply.data or b"null")


@contextmanager
def _api(asked: list[str]) -> Iterator[None]:
    """Let the console ask the handlers."""

    class Pool:
        def request(self, method: str, url: str, **given: Any) -> _Answer:
            asked.append(f"{method} {url.removeprefix(BASE_URL)}")
            target = url.removeprefix(BASE_URL)
            return _answer(method, target, given["headers"], given.get("body") or b"")

    original = api._pool
    api._pool = Pool  # type: ignore[assignment]
    try:
        yield
    finally:
        api._pool = original


def _answer(method: str, target: str, headers: Mapping[str, str], body: bytes) -> _Answer:
    given = Message()
    for name, value in headers.items():
        given[name] = value
    reply = gateway.answer(gateway.Knock(method, target, given, body), threading.RLock())
    return _Answer(reply.status, reply.body, HTTPHeaderDict(reply.headers))
