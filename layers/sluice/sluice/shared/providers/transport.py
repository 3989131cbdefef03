"""HTTP to providers: bounded in time and size, no redirects, no retries, no secrets in logs.

Tokens and secrets travel in the query where a provider wants them there. So nothing of a request
may reach a log or a message: failures name the call only.

Not `shared.outside`, of which pushes are made: that one also resolves hosts that others named, and
tells what may have arrived from what has not, by which a message is never sent twice. What is asked
here is an errcode's answer and may be asked again; all they would share is a read of some bytes.
"""

import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec
import urllib3

from sluice.shared import settings
from sluice.shared.errors import ConfigurationError
from sluice.shared.providers.failures import ProviderFailure, Unavailable

CONNECT_SECONDS = 2.0
READ_SECONDS = 4.0  # a welcome must be sent within 20 s, and a token may have to be fetched first
MAX_ANSWER_BYTES = 2_097_152  # a hundred customers with their tags are some 200 KB
_OK = 200

# urllib3 logs whole addresses, tokens and all, where somebody turns DEBUG on.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class Outcome(msgspec.Struct):
    """What every answer of WeCom and WeChat has: HTTP 200 with an errcode is a failure."""

    errcode: int = 0
    errmsg: str = ""


type Interpret = Callable[[str, int, str], ProviderFailure]


class Transport(Protocol):
    """What a client of WeCom needs of HTTP."""

    def ask[T](
        self,
        call: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        expected: type[T],
        interpret: Interpret,
    ) -> T:
        """GET without a body, POST with one; return the typed answer or raise the failure."""


class Http:
    """A provider's API below an address, such as https://qyapi.weixin.qq.com/cgi-bin/."""

    def __init__(
        self,
        url: str,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(
            num_pools=2,
            maxsize=4,
            retries=False,
            cert_reqs="CERT_REQUIRED",
            timeout=urllib3.Timeout(connect=connect_seconds, read=read_seconds),
        )

    def ask[T](
        self,
        call: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        expected: type[T],
        interpret: Interpret,
    ) -> T:
        """GET without a body, POST with one; return the typed answer.

        Raises Unavailable where the provider was not reached or not understood, in which case it
        may have done what it was asked; else the failure that its errcode means.
        """
        raw = self._send(call, query, body)
        try:
            outcome = msgspec.json.decode(raw, type=Outcome)
            if outcome.errcode == 0:
                return msgspec.json.decode(raw, type=expected)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unavailable(call, _OK, "The answer cannot be read.") from None
        raise interpret(call, outcome.errcode, outcome.errmsg)

    def _send(self, call: str, query: Mapping[str, str], body: Mapping[str, Any] | None) -> bytes:
        try:
            response = self._pool.request(
                "GET" if body is None else "POST",
                f"{self._url}{call}?{urlencode(query)}",
                body=None if body is None else msgspec.json.encode(body),
                headers={"Content-Type": "application/json"} if body is not None else {},
                preload_content=False,
                redirect=False,
            )
            try:
                raw = response.read(MAX_ANSWER_BYTES + 1, decode_content=True)
            finally:
                response.close()  # a whole answer's connection is back in the pool by now
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable(call, advice=f"{type(error).__name__}.") from None
        if response.status != _OK:
            raise Unavailable(call, response.status)
        if len(raw) > MAX_ANSWER_BYTES:
            raise Unavailable(call, _OK, f"The answer is over {MAX_ANSWER_BYTES} bytes.")
        return raw


def base_url(variable: str, default: str) -> str:
    """Return where an API is: a setting of the deployment, never an operator's input.

    Raises ConfigurationError.
    """
    url = settings.optional(variable) or default
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise ConfigurationError(f"{variable} must be https, or http on 127.0.0.1 for tests")
    return url.rstrip("/")


@cache
def http(url: str) -> Http:
    """Return the one connection pool for an address."""
    return Http(url)
