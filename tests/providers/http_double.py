"""The HTTP server that doubles of providers answer through, on 127.0.0.1."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit


class Asked(NamedTuple):
    """A call as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes


class Answered(NamedTuple):
    """What is answered."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Server(ThreadingHTTPServer):
    """A server that knows its connections: a client keeps them, and would go on with a dead one."""

    daemon_threads = True

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self._sockets: list[socket.socket] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection, and remember it."""
        connection, address = super().get_request()
        self._sockets.append(connection)
        return connection, address

    def hang_up(self) -> None:
        """End every connection."""
        for connection in self._sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a client that gives up is what some tests are about."""


class HttpDouble:
    """A server as a context manager. A double overrides `answer`; `fault` comes before it.

    `fault` is an answer for every call, or `cut` (the connection ends without an answer, after the
    call was read), or `hang` (nothing comes for `hang_seconds`).
    """

    hang_seconds = 2.0

    def __init__(self, port: int = 0) -> None:
        self.asked: list[Asked] = []
        self.fault: Answered | str | None = None
        self._server = Server(port, _handler_of(self))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The address."""
        return f"http://{self.host}"

    def use_tls(self, certificate: Path) -> None:
        """Speak TLS from now on, with the certificate and key of a file."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def answer(self, asked: Asked) -> Answered:
        """Answer a call."""
        raise NotImplementedError

    def take(self, asked: Asked) -> Answered | None:
        """Note a call and answer it; None: nothing is answered."""
        self.asked.append(asked)
        if self.fault == "hang":
            time.sleep(self.hang_seconds)
        if isinstance(self.fault, str):
            return None
        return self.fault or self.answer(asked)


def _handler_of(double: HttpDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            asked = Asked(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
            )
            answered = double.take(asked)
            if answered is None:
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(answered.status)
            for name, value in answered.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answered.body)))
            self.end_headers()
            self.wfile.write(answered.body)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            """Stay silent."""

    return Handler
