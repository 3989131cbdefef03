"""The double's HTTP server."""

import json
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from tests.providers.http_double import Server
from tests.providers.wecom_double import api
from tests.providers.wecom_double.envelope import Address
from tests.providers.wecom_double.gate import Fault, Gate, Kind
from tests.providers.wecom_double.people import People
from tests.providers.wecom_double.sender import POST_SECONDS, Sender
from tests.providers.wecom_double.state import Clock, Corporation, Limits, Refused

CORP_ID = "ww1234567890abcdef"
APP_SECRET = "an-app-secret"
_HUGE_BYTES = 3_000_000


class Asked(NamedTuple):
    """A call as it arrived, without its token and secret, and the errcode it was answered."""

    call: str
    given: dict[str, Any]
    errcode: int


class _CutError(Exception):
    """The connection ends without an answer."""


class _Server(Server):
    double: "WeComDouble"


class WeComDouble:
    """WeCom for one corporation, as a context manager."""

    def __init__(self, limits: Limits | None = None, port: int = 0) -> None:
        self.clock = Clock()
        self.limits = limits or Limits()
        self.corporation = Corporation(CORP_ID, self.limits, self.clock)
        self.people = People(self.corporation)
        self.gate = Gate(self.corporation, {APP_SECRET})
        self.log: list[Asked] = []
        self._lock = threading.Lock()
        self._server = _Server(port, _Handler)
        self._server.double = self

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def calls(self) -> list[str]:
        """The calls of the log, without the fetching of tokens."""
        return [asked.call for asked in self.log if asked.call != "gettoken"]

    def fail(
        self, call: str, kind: Kind, value: float = 0, times: int = 1, message: str = "injected"
    ) -> None:
        """Let the next calls go wrong."""
        self.gate.faults.append(Fault(call, kind, value, times, message))

    def listen(self, address: Address, post_seconds: float = POST_SECONDS) -> bool:
        """Enter a callback address; it must answer the echo."""
        sender = Sender(CORP_ID, address, post_seconds)
        if sender.verify(self.corporation.now):
            self.people.sender = sender
        return self.people.sender is sender

    def serve(
        self, method: str, call: str, query: dict[str, str], body: dict[str, Any]
    ) -> tuple[int, bytes]:
        """Answer a call. Raises _CutError where the connection is to end instead."""
        fault = self.gate.fault_of(call)
        kind = fault.kind if fault else ""
        if fault and kind == "slow":
            time.sleep(fault.value)
        if kind == "cut":
            raise _CutError
        if fault and kind == "status":
            return int(fault.value), b"{}"
        with self._lock:
            errcode, answer = self._outcome(method, call, query, body, fault)
            shown = {k: v for k, v in query.items() if k not in {"access_token", "corpsecret"}}
            self.log.append(Asked(call, shown | body, errcode))
        if kind == "lost":
            raise _CutError
        if kind == "garbage":
            return 200, b"<html>busy</html>"
        if kind == "huge":
            return 200, b'{"errcode":0,"padding":"' + b"x" * _HUGE_BYTES + b'"}'
        return 200, json.dumps(answer).encode()

    def _outcome(
        self,
        method: str,
        call: str,
        query: dict[str, str],
        body: dict[str, Any],
        fault: Fault | None,
    ) -> tuple[int, dict[str, Any]]:
        if fault and fault.kind == "errcode":
            return int(fault.value), {"errcode": int(fault.value), "errmsg": fault.message}
        try:
            answer = self._answer(method, call, query, body)
        except Refused as refused:
            return refused.errcode, {"errcode": refused.errcode, "errmsg": refused.errmsg}
        return 0, {"errcode": 0, "errmsg": "ok", **answer}

    def _answer(
        self, method: str, call: str, query: dict[str, str], body: dict[str, Any]
    ) -> dict[str, Any]:
        self.gate.count(call)
        if call == "gettoken":
            token, seconds = self.gate.token_for(query["corpid"], query["corpsecret"])
            return {"access_token": token, "expires_in": seconds}
        self.gate.admit(query.get("access_token", ""))
        found = (api.GETS if method == "GET" else api.POSTS).get(call)
        if found is None:
            raise Refused(40000, f"no such {method} {call}")
        return found(self.corporation, dict(query) if method == "GET" else body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._serve("GET", {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._serve("POST", json.loads(self.rfile.read(length)))

    def _serve(self, method: str, body: dict[str, Any]) -> None:
        parts = urlsplit(self.path)
        call = parts.path.removeprefix("/cgi-bin/")
        double = self.server.double
        try:
            status, answer = double.serve(method, call, dict(parse_qsl(parts.query)), body)
        except _CutError:
            self.close_connection = True
            return
        with suppress(OSError):  # the client has gone
            self._send(status, answer)

    def _send(self, status: int, answer: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(answer)))
        if 300 <= status < 400:
            self.send_header("Location", f"{self.server.double.url}/cgi-bin/elsewhere")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Stay silent: the log is `WeComDouble.log`."""
