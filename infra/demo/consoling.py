"""The console, as a browser without script sees it: forms, cookies, and the API's own numbers."""

from __future__ import annotations

import html
import re
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from infra.demo.client import Answer, Client
    from infra.demo.opening import Login, Organization
    from infra.demo.story import Story

_CSRF = re.compile(rb'name="csrf" value="([0-9a-f]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_FORM = "application/x-www-form-urlencoded"


class Browser:
    """Keeps cookies and sends forms."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        """Open a page: `/console/channels`."""
        return self._send("GET", path, None, {})

    def post(self, path: str, csrf: str | None = None, **fields: str) -> Answer:
        """Send a form, with the token that its page carries unless another is given."""
        token = self.csrf_token(path) if csrf is None else csrf
        content = urlencode({"csrf": token, **fields}).encode()
        headers = {"Content-Type": _FORM, "Sec-Fetch-Site": "same-origin"}  # as browsers say
        return self._send("POST", path, content, headers)

    def csrf_token(self, path: str) -> str:
        """Return what the forms of a page carry, empty before signing in."""
        found = _CSRF.search(self.get(path).body)
        return found.group(1).decode() if found else ""

    def hidden(self, page: Answer) -> dict[str, str]:
        """Return the hidden fields of a page."""
        return {name: html.unescape(value) for name, value in _HIDDEN.findall(page.body.decode())}

    def sign_in(self, login: Login) -> Answer:
        """Sign in by the form."""
        return self.post("/console/sign-in", email=login.email, password=login.password)

    def _send(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        given = {"Accept": "text/html", "Cookie": cookies, **headers}
        answer = self._client.send(method, path, content, given)
        for name, morsel in SimpleCookie(answer.headers.get("set-cookie", "")).items():
            self._cookies[name] = morsel.value
        return answer


def look(story: Story, organization: Organization) -> None:
    """Sign in to the console and find the API's numbers on its page."""
    story.step("The operator signs in to the console and sees the same numbers")
    browser = Browser(organization.anyone)
    led = browser.get("/console/channels").expect(303)
    story.say(f"who is not signed in is led to {led.headers['location']}")
    browser.sign_in(organization.operator_login).expect(303)
    page = browser.get("/console/channels").expect(200)
    loads = organization.loads().values()
    missing = [
        each["channel_id"]
        for each in loads
        if f"{each['held']:,} / {each['cap']:,}".encode() not in page.body
    ]
    told = f"{len(loads)} channels with their loads, as the API counts them"
    story.expect(not missing, f"the console shows other loads of {missing}", told)
