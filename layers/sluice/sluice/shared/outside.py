"""HTTP to others: bounded in time and size, no redirects, no retries, nothing of it in a log.

An error says whether the request may have arrived, because what may have arrived is not sent
twice. Texts of errors name no address: it may hold a token, or a person's number.
"""

import ipaddress
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import msgspec
import urllib3
from urllib3 import exceptions
from urllib3.util import parse_url

from sluice.shared import addresses, clock, resolving, settings

CONNECT_SECONDS = 2.0
READ_SECONDS = 6.0
WHOLE_SECONDS = 10.0  # from the first byte on: who sends one every five seconds is no answer
MAX_ANSWER_BYTES = 65_536
_PORTS = {"http": 80, "https": 443}
_BEFORE = (exceptions.NewConnectionError, exceptions.ConnectTimeoutError)

# urllib3 logs whole addresses where somebody turns DEBUG on.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class NotSent(Exception):  # noqa: N818 - what happened, not what is wrong
    """Nothing has left: no such host, connection refused, no trust in its certificate."""


class NoAnswer(Exception):  # noqa: N818 - what happened, not what is wrong
    """It may have arrived: no answer in time, the connection lost, an answer too long."""


class Answer(msgspec.Struct, frozen=True):
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def retry_after_seconds(self) -> int | None:
        """How long the other side wants to be left alone, a day at most: seconds, or a date."""
        given = self.headers.get("retry-after", "")[:40]  # Python reads no number of 5,000 digits
        if given.isascii() and given.isdigit():
            return min(int(given), 86_400)
        try:
            until = parsedate_to_datetime(given)
            wait = until.replace(tzinfo=until.tzinfo or UTC) - clock.now()
        except (ValueError, OverflowError):
            return None
        return min(max(round(wait.total_seconds()), 0), 86_400)


def post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """POST to a provider whose host we know. Raises NotSent, NoAnswer."""
    return _ask(_pool(), url, headers, body)


def post_public(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """POST to an address that somebody else named: over TLS, to a public address only.

    The host is resolved once and that address is called, so what was checked is what is reached.
    Networks in the setting PRIVATE_TARGETS (CIDR, separated by commas) may be reached too, also
    without TLS. Raises NotSent, NoAnswer.
    """
    try:
        parts = parse_url(url)
    except exceptions.LocationParseError:
        raise NotSent("the address cannot be read") from None
    host, scheme = (parts.host or "").strip("[]"), parts.scheme or ""
    if parts.auth or not host or scheme not in _PORTS:
        raise NotSent("the address must be https://host/path")
    port = parts.port or _PORTS[scheme]
    address = _resolve(host, port)
    bounds: dict[str, Any] = {"retries": False, "timeout": _timeout(), "maxsize": 1}
    pool: urllib3.HTTPConnectionPool
    if scheme == "https":
        pool = urllib3.HTTPSConnectionPool(address, port, server_hostname=host, **bounds)
    elif addresses.may_be_called(address):
        raise NotSent("the address must be https://host/path")
    else:
        pool = urllib3.HTTPConnectionPool(address, port, **bounds)
    with pool, _hung_up_on(pool, WHOLE_SECONDS):
        return _ask(pool, parts.request_uri, {**headers, "Host": parts.netloc or host}, body)


@contextmanager
def _hung_up_on(pool: urllib3.HTTPConnectionPool, seconds: float) -> Iterator[None]:
    """End the pool's connections when so long has passed.

    Timeouts bound each wait, and a host that sends a byte of its handshake or its headers now and
    then never runs into one: it would keep a worker that all organisations share.
    """
    made: list[socket.socket] = []
    make: Any = pool.ConnectionCls

    def connection(**given: Any) -> Any:
        found = make(**given)
        dial = found._new_conn  # noqa: SLF001 - where urllib3 lets a connection be made otherwise

        def dialled() -> socket.socket:
            reached: socket.socket = dial()
            made.append(reached.dup())  # TLS takes the other one away while it shakes hands
            return reached

        found._new_conn = dialled  # noqa: SLF001
        return found

    def hang_up() -> None:
        for each in made:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    pool.ConnectionCls = connection  # type: ignore[assignment]
    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        for each in made:
            each.close()


def why_never(url: str) -> str:
    """Return why an address that somebody named will never be called, as far as it says itself.

    Empty: it may be. A host is resolved when it is called, not before.
    """
    try:
        parts = parse_url(url)
    except exceptions.LocationParseError:
        return "cannot be read"
    host = (parts.host or "").strip("[]")
    if parts.auth or not host or parts.scheme not in _PORTS or parts.fragment:
        return "must be https://host/path"
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        return "" if parts.scheme == "https" else "must be https://host/path"
    if not addresses.may_be_called(address, _private()):
        return "is not a public address"
    if parts.scheme == "http" and addresses.may_be_called(address):
        return "must be https://host/path"
    return ""


def _private() -> list[str]:
    allowed = settings.optional("PRIVATE_TARGETS")
    return [network.strip() for network in allowed.split(",") if network.strip()]


def _resolve(host: str, port: int) -> str:
    """Return the one address to call. Raises NotSent."""
    private = _private()
    try:
        resolved = resolving.addresses_of(host, port)
    except TimeoutError:
        raise NotSent("the host is not known in time") from None
    except OSError:
        raise NotSent("there is no such host") from None
    if not all(addresses.may_be_called(text, private) for text in resolved):
        raise NotSent("the host is not at a public address")
    return resolved[0]


def _ask(
    pool: urllib3.PoolManager | urllib3.HTTPConnectionPool,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Answer:
    try:
        response = pool.request(
            "POST", url, body=body, headers=headers, preload_content=False, redirect=False
        )
        try:
            raw = _read(response)
        finally:
            response.close()  # a whole answer's connection is back in the pool by now
    except _BEFORE as error:
        raise NotSent(type(error).__name__) from None
    except (exceptions.HTTPError, OSError, ValueError) as error:
        kind = NotSent if _distrusted(error) else NoAnswer
        raise kind(type(error).__name__) from None
    if len(raw) > MAX_ANSWER_BYTES:
        raise NoAnswer(f"the answer is over {MAX_ANSWER_BYTES} bytes")
    return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, raw)


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    """Read an answer, to one byte over the limit. Raises NoAnswer where it takes too long."""
    ends, raw = time.monotonic() + WHOLE_SECONDS, b""
    while len(raw) <= MAX_ANSWER_BYTES:
        some = response.read1(MAX_ANSWER_BYTES + 1 - len(raw), decode_content=True)
        if not some:
            break
        raw += some
        if time.monotonic() > ends:
            raise NoAnswer("the answer takes too long")
    return raw


def _distrusted(error: Exception) -> bool:
    """Tell whether a connection ended with its certificate: before anything was sent."""
    causes = (*error.args, error.__cause__, error.__context__)
    return any(isinstance(cause, ssl.CertificateError) for cause in causes)


def _timeout() -> urllib3.Timeout:
    return urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(num_pools=8, maxsize=4, retries=False, timeout=_timeout())
