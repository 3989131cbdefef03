"""The template's API on 127.0.0.1, its functions called in this process: for browsers.

What API Gateway does is done here: it finds the route and the function in template.yaml, takes
the claims of a staff token, makes the proxy event, and undoes base64 and compresses on the way
back. It proves no rights (tests/access does) and believes any token.
"""

import base64
import contextlib
import gzip
import importlib
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import jwt

from infra import template

COMPRESSED_BYTES = 1024  # as MinimumCompressionSize in the template
_CONSOLE = "functions.console."
_PARAMETER = re.compile(r"\{(\w+)(\+?)\}")
_PROBLEM = '{"type":"urn:sluice:problem:%s","title":"%s","status":%d}'


@dataclass(frozen=True)
class Way:
    """A route of the API and the function it leads to."""

    method: str
    resource: str
    matches: re.Pattern[str]
    module: str
    is_staff: bool


@dataclass(frozen=True)
class Reply:
    """What goes back to the browser."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Knock:
    """A request as it came."""

    method: str
    target: str  # path and query
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Asked:
    """What a browser asked for, for tests that look at it."""

    method: str
    path: str
    status: int


@cache
def parsed() -> dict[str, Any]:
    """Return the template, read once: that takes a second."""
    return template.load()


def module_of(function: str) -> str:
    """Return the module of a function by its logical id in the template."""
    uri = template.resources(parsed(), template.FUNCTION)[function]["CodeUri"]
    return f"{uri.replace('/', '.')}.handler"


def call(function: str, event: Mapping[str, Any]) -> Any:
    """Call a function as Lambda does."""
    return importlib.import_module(module_of(function)).handler(event, None)


@cache
def ways() -> list[Way]:
    """Return the routes, the most particular first, as API Gateway looks for them."""
    found = []
    for route in template.routes(parsed()):
        method, resource = route.name.split()
        matches = _PARAMETER.sub(lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", resource)
        way = Way(
            method,
            resource,
            re.compile(matches.replace(".json", r"\.json")),
            module_of(route.function),
            bool(route.authorizers),
        )
        found.append(way)
    return sorted(found, key=lambda way: [_rank(part) for part in way.resource.split("/")])


def _rank(part: str) -> tuple[int, str]:
    parameter = _PARAMETER.fullmatch(part)
    return (0 if parameter is None else 2 if parameter[2] else 1, part)


def answer(knock: Knock, lock: threading.RLock) -> Reply:
    """Answer a request; the functions of the API run one at a time, as `lock` is theirs.

    The console's do not: they call the API and would wait for themselves.
    """
    for way in ways():
        found = way.matches.fullmatch(urlsplit(knock.target).path)
        if found is None or way.method != knock.method:
            continue
        claims = _claims(knock.headers.get("Authorization", "")) if way.is_staff else {}
        if claims is None:
            return _problem(HTTPStatus.UNAUTHORIZED, "unauthenticated", "Sign in")
        event = _event(way, knock, claims, found.groupdict())
        handler = importlib.import_module(way.module).handler
        if way.module.startswith(_CONSOLE):
            return _reply(handler(event, None), knock.headers)
        with lock:
            return _reply(handler(event, None), knock.headers)
    return _problem(HTTPStatus.NOT_FOUND, "not-found", "There is no such thing")


def _claims(authorization: str) -> dict[str, str] | None:
    """Return the claims of an ID token as the gateway passes them on; None of no token."""
    token = authorization.removeprefix("Bearer ")
    try:
        found = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return None
    return {
        name: f"[{' '.join(value)}]" if isinstance(value, list) else str(value)
        for name, value in found.items()
    }


def _event(
    way: Way, knock: Knock, claims: Mapping[str, str], parameters: Mapping[str, str]
) -> dict[str, Any]:
    """Return the event of a REST API with proxy integration and binary bodies."""
    parts, headers = urlsplit(knock.target), knock.headers
    query = parse_qs(parts.query, keep_blank_values=True)
    several = {name: headers.get_all(name, []) for name in headers}
    return {
        "httpMethod": way.method,
        "resource": way.resource,
        "path": parts.path,
        "pathParameters": {name: unquote(each) for name, each in parameters.items()} or None,
        "queryStringParameters": {name: each[-1] for name, each in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "headers": {name: each[-1] for name, each in several.items()},
        "multiValueHeaders": several,
        "body": base64.b64encode(knock.body).decode() if knock.body else None,
        "isBase64Encoded": bool(knock.body),
        "requestContext": {
            "requestId": "browser",
            "domainName": headers.get("Host", ""),
            "path": parts.path,
            "stage": "local",
            "identity": {"sourceIp": "203.0.113.7"},
            "authorizer": {"claims": claims} if claims else {},
        },
    }


def _reply(given: Mapping[str, Any], asked: Message) -> Reply:
    """Turn a function's answer into HTTP."""
    text = given.get("body") or ""
    body = base64.b64decode(text) if given.get("isBase64Encoded") else text.encode()
    headers = [(name, str(value)) for name, value in (given.get("headers") or {}).items()]
    several = given.get("multiValueHeaders") or {}
    headers = [pair for pair in headers if pair[0] not in several]
    headers += [(name, str(value)) for name, values in several.items() for value in values]
    if len(body) >= COMPRESSED_BYTES and "gzip" in asked.get("Accept-Encoding", ""):
        body = gzip.compress(body, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    return Reply(int(given["statusCode"]), headers, body)


def _problem(status: HTTPStatus, kind: str, title: str) -> Reply:
    body = _PROBLEM % (kind, title, status)
    return Reply(status, [("Content-Type", "application/problem+json")], body.encode())


class Server:
    """The API over HTTP on a port, 0 for any free one; stops with the `with` block."""

    def __init__(self, port: int = 0) -> None:
        self.lock = threading.RLock()  # held while the API's functions run
        self.asked: list[Asked] = []  # what was asked so far
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60  # of a connection that says nothing

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                knock = Knock(self.command, self.path, self.headers, body)
                reply = answer(knock, server.lock)
                server.asked.append(Asked(self.command, self.path, reply.status))
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self.wfile.write(reply.body)  # unless the browser went away

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815 - as http.server asks

            def log_message(self, *_: object) -> None:
                """Say nothing: the functions log."""

        self._http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        """Begin to serve."""
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._http.shutdown()
        self._http.server_close()
