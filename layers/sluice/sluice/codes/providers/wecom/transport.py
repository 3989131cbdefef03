"""HTTP to WeCom: bounded in time and size, no redirects, no retries, no secrets in logs.

Tokens and the app's secret travel in the query, because WeCom wants them there. So nothing of a
request may reach a log or a message: failures name the call only.
"""

import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec
import urllib3

from sluice.codes.providers.failures import ProviderFailure, Unavailable
from sluice.codes.providers.wecom.failures import failure_of

CONNECT_SECONDS = 2.0
READ_SECONDS = 4.0  # a welcome must be sent within 20 s, and a token may have to be fetched first
MAX_ANSWER_BYTES = 2_097_152  # a hundred customers with their tags are some 200 KB
_OK = 200

# urllib3 logs whole addresses, tokens and all, where somebody turns DEBUG on.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class Outcome(msgspec.Struct):
    """What every answer has: HTTP 200 with an errcode is a failure."""

    errcode: int = 0
    errmsg: str = ""


type Interpret = Callable[[str, int, str], ProviderFailure]


class Transport(Protocol):
    """What the client needs of HTTP."""

    def ask[T](
        self,
        call: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        expected: type[T],
        interpret: Interpret = failure_of,
    ) -> T:
        """GET without a body, POST with one; return the typed answer or raise the failure."""


class Http:
    """WeCom's API at an address, such as https://qyapi.weixin.qq.com."""

    def __init__(
        self,
        url: str,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        root: str = "/cgi-bin/",
    ) -> None:
        self._url = url + root
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
        interpret: Interpret = failure_of,
    ) -> T:
        """GET without a body, POST with one; return the typed answer.

        Raises Unavailable where WeCom was not reached or not understood, in which case it may
        have done what it was asked; else the failure that its errcode means.
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


@cache
def http(url: str, root: str = "/cgi-bin/") -> Http:
    """Return the one connection pool for an address."""
    return Http(url, root=root)
