"""How WeCom calls back: a GET that tests the address, POSTs of five seconds with three retries."""

import secrets
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.providers.wecom_double.envelope import Address, seal, sign, wrapped

ECHO_SECONDS = 1.0
POST_SECONDS = 5.0
RETRIES = 3


class Sent(NamedTuple):
    """An event that was sent: how often, and what was answered last (0: nothing)."""

    event: str
    attempts: int
    status: int


class Sender:
    """Sends to one address, for one corporation."""

    def __init__(self, corp_id: str, address: Address, post_seconds: float = POST_SECONDS) -> None:
        self._corp_id, self.address, self._post_seconds = corp_id, address, post_seconds

    def verify(self, now: int) -> bool:
        """Tell whether the address answers the echo as entering it in the console demands."""
        message = secrets.token_hex(8)
        sealed = seal(self.address.encoding_aes_key, self._corp_id, message)
        query = {**self._query(now, sealed), "echostr": sealed}
        status, answer = _ask(f"{self.address.url}?{urlencode(query)}", None, ECHO_SECONDS)
        return status == 200 and answer == message

    def send(self, event: str, now: int) -> Sent:
        """Send an event until it is acknowledged with 200, four times at most."""
        sealed = seal(self.address.encoding_aes_key, self._corp_id, event)
        body = wrapped(self._corp_id, sealed).encode()
        attempts = status = 0
        while status != 200 and attempts <= RETRIES:
            attempts += 1
            url = f"{self.address.url}?{urlencode(self._query(now, sealed))}"
            status, _ = _ask(url, body, self._post_seconds)
        return Sent(event, attempts, status)

    def _query(self, now: int, sealed: str) -> dict[str, str]:
        timestamp, nonce = str(now), str(secrets.randbelow(10**10))
        signature = sign(self.address.token, timestamp, nonce, sealed)
        return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}


def _ask(url: str, body: bytes | None, seconds: float) -> tuple[int, str]:
    request = Request(url, data=body, headers={"Content-Type": "text/xml"} if body else {})
    try:
        with urlopen(request, timeout=seconds) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, ""
    except (URLError, OSError):
        return 0, ""
