"""An HTTP client of the API, for each kind of caller: staff, partners, providers and anyone.

It knows nothing of Sluice's own package: what it signs and reads, any client could.
"""

from __future__ import annotations

import http.client
import json
import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS = 60.0
# 502 and 504 are what a gateway answers where a function took too long, as on a busy machine.
BUSY = frozenset({429, 502, 503, 504})
BUSY_ATTEMPTS = 8


class Unexpected(Exception):  # noqa: N818 - it names what came, not a fault of this client
    """An answer with another status than the caller counted on."""


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in lower case."""

    asked: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """The last part of a problem's `type`, such as `no-room`; empty for anything else."""
        if "json" not in self.headers.get("content-type", ""):
            return ""
        found = self.json
        return str(found.get("type", "")).rpartition(":")[2] if isinstance(found, dict) else ""

    def expect(self, *statuses: int) -> Self:
        """Return this answer. Raises Unexpected when its status is none of these."""
        if self.status not in statuses:
            wanted = " or ".join(map(str, statuses))
            text = self.body[:400].decode(errors="replace")
            raise Unexpected(f"{self.asked} answered {self.status}, not {wanted}: {text}")
        return self


@dataclass(frozen=True)
class Client:
    """Calls one deployment; `headers` go with every call."""

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = TIMEOUT_SECONDS
    tried_again: frozenset[int] = BUSY

    def as_staff(self, id_token: str) -> Self:
        """Return a client that is signed in."""
        return replace(self, headers={**self.headers, "Authorization": id_token})

    def get(self, path: str) -> Answer:
        """GET, JSON preferred."""
        return self.send("GET", path)

    def put(self, path: str, body: Any) -> Answer:
        """PUT JSON."""
        return self.send("PUT", path, encode(body))

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """POST JSON."""
        return self.send("POST", path, encode(body), headers)

    def delete(self, path: str) -> Answer:
        """DELETE."""
        return self.send("DELETE", path)

    def post_signed(self, path: str, secret: str, body: Any, webhook_id: str = "") -> Answer:
        """POST JSON signed by Standard Webhooks 1.0.0; a new webhook id unless one is given."""
        content = encode(body)
        return self.send("POST", path, content, signature(secret, content, webhook_id))

    def post_event(
        self, path: str, secret: str, event_type: str, data: Any, webhook_id: str = ""
    ) -> Answer:
        """POST a partner's event: a signed envelope {type, timestamp, data}."""
        envelope = {"type": event_type, "timestamp": timestamp(), "data": data}
        return self.post_signed(path, secret, envelope, webhook_id)

    def send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one request on a connection of its own, waiting out `tried_again` as it asks.

        All that the API takes may be repeated. At most 8 attempts; raises OSError when the server
        does not answer in time.
        """
        given = {"Accept": "application/json", **self.headers, **(headers or {})}
        if content is not None:
            given.setdefault("Content-Type", "application/json")
        for attempt in range(BUSY_ATTEMPTS):
            answer = self._send_once(method, path, content, given)
            if answer.status not in self.tried_again or attempt + 1 == BUSY_ATTEMPTS:
                break
            time.sleep(min(float(answer.headers.get("retry-after", "1")), 10.0))
        return answer

    def _send_once(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        parts = urlsplit(self.base_url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=self.timeout_seconds)
        try:
            connection.request(method, parts.path + path, content, dict(headers))
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(f"{method} {path}", response.status, named, response.read())
        finally:
            connection.close()


def encode(body: Any) -> bytes:
    """Return JSON; text and bytes stay as they are, for what is not meant to be JSON."""
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def signature(
    secret: str, content: bytes, webhook_id: str = "", at: datetime | None = None
) -> dict[str, str]:
    """Return the headers of Standard Webhooks 1.0.0 for a body."""
    named, moment = webhook_id or f"msg_{uuid.uuid4().hex}", at or datetime.now(UTC)
    return {
        "webhook-id": named,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(named, moment, content.decode()),
    }


def timestamp(moment: datetime | None = None) -> str:
    """Return a UTC time as the API reads it, to the millisecond."""
    return (moment or datetime.now(UTC)).isoformat(timespec="milliseconds")
