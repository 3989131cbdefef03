"""docs/api.md: the routes of the document on one page, a line each, for people to read."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from infra.openapi import discovery
from infra.template import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = ROOT / "docs" / "api.md"
_GUIDE = ROOT / "docs" / "getting-started.md"
_ANYONE = "anyone"
_ROLES = re.compile(r"^Needs one of the roles: (.+)\.$", re.MULTILINE)
_REFUSAL = re.compile(r"^- `([a-z0-9-]+)`: (.+)$", re.MULTILINE)
_PARAMETER = re.compile(r"\{\w+\}")
_ADDRESS = re.compile(r"\$SLUICE(/[^\"' ]*)")
_HEADING = re.compile(r"^## (.+)$")
# What any call may be answered, told once.
_SHARED = {
    "invalid-request",
    "unauthenticated",
    "forbidden",
    "too-many-requests",
    "contention",
    "problem",
}
type Call = tuple[str, str, str]  # method, address and heading of a call in the guide

_INTRODUCTION = """\
# The API

Not written by hand: `make openapi` makes it from the handlers, with [openapi.json](openapi.json),
which has every field and answer and is served at `/openapi.json`. How the calls look in `curl`, in
an order that works and is tested: [getting started](getting-started.md); routes that it calls link
to the place. Which role is answered what at which route: [who gets in where](access.md).

## Callers

| caller | brings |
| --- | --- |
"""
_PROBLEMS = """
A route has one kind of caller. Staff call in one of the roles that are named. What is not 2xx or
3xx is `application/problem+json` (RFC 9457): decide by `type`, `urn:sluice:problem:` and a word
below; `X-Correlation-Id` is what to quote. A POST that creates takes an `Idempotency-Key`; what
partners and providers send is known by its `webhook-id`.

Of two who change what both have read, the last one wins, unless they say what they read: a PUT
that names `changed-meanwhile` takes the `ETag` of an answer as `If-Match`, and `If-None-Match: *`
for what is to be new. Where another was faster it is refused with 412; where it is what is stored
already, it is not.

## Problems

Any call may be answered `invalid-request` (400, the fields are named and nothing was changed),
`too-many-requests` (429) and `contention` (503), both with `Retry-After`, or `problem` (500). Who
is not known gets `unauthenticated` (401), whose it is not `forbidden` (403). The tables name the
others.

| word | status | means |
| --- | --- | --- |
"""


def render(document: dict[str, Any]) -> str:
    """Return the page for a document as `document.build` makes it."""
    schemes = document["components"]["securitySchemes"]
    callers = [f"| {name} | {_cell(each['description'])} |" for name, each in schemes.items()]
    callers.append(f"| {_ANYONE} | nothing; of a scan the visitor's token or cookie |")
    words = sorted(_words(document).items())
    problems = [f"| `{word}` | {status} | {_cell(text)} |" for word, (status, text) in words]
    parts = [_INTRODUCTION, "\n".join(callers), "\n", _PROBLEMS, "\n".join(problems), "\n"]
    shown = calls(_GUIDE.read_text())
    for tag in document["tags"]:
        parts += _section(document, tag, shown)
    return "".join(parts)


def _section(document: dict[str, Any], tag: dict[str, str], shown: list[Call]) -> Iterator[str]:
    yield f"\n## {tag['name']}\n\n"
    if "description" in tag:
        yield f"{tag['description']}\n\n"
    yield "| route | caller | what | answers | refuses |\n| --- | --- | --- | --- | --- |\n"
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if tag["name"] in operation["tags"]:
                yield _line(document, f"{method.upper()} {path}", operation, shown)


def _line(
    document: dict[str, Any],
    route: str,
    operation: dict[str, Any],
    shown: list[Call],
) -> str:
    name = _names()[operation["operationId"]].replace("_", " ").capitalize()
    summary = _cell(operation["summary"])
    what = f"{name}: {summary[:1].lower()}{summary[1:]}" + _example(shown, *route.split(" ", 1))
    fine = ", ".join(status for status in operation["responses"] if status < "400")
    known = {word for word, _, _ in _problems(document, operation)}
    refuses = ", ".join(f"`{word}`" for word in sorted(known - _SHARED))
    return f"| `{route}` | {_caller(operation)} | {what} | {fine} | {refuses} |\n"


@cache
def _names() -> dict[str, str]:
    """Return the function's name by operation: it says what several routes have in common."""
    return {route.operation_id: route.handler.name for route in discovery.routes()}


def _caller(operation: dict[str, Any]) -> str:
    if roles := _ROLES.findall(operation["description"]):
        return str(roles[-1])
    names = [name for requirement in operation["security"] for name in requirement]
    return ", ".join(names) or _ANYONE


def _words(document: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return every problem's status and meaning by its word."""
    return {
        word: (status, text)
        for item in document["paths"].values()
        for operation in item.values()
        for word, status, text in _problems(document, operation)
    }


def _problems(
    document: dict[str, Any], operation: dict[str, Any]
) -> Iterator[tuple[str, str, str]]:
    shared = document["components"]["responses"]
    for status, response in operation["responses"].items():
        if status >= "400":
            name = response.get("$ref", "").rsplit("/", 1)[-1]
            described = shared[name] if name else response
            for word, text in _REFUSAL.findall(described["description"]):
                yield word, status, text


def calls(guide: str) -> list[Call]:
    """Return what the guide calls and under which heading, in its order."""
    found: list[Call] = []
    heading = ""
    for line in guide.replace("\\\n", " ").splitlines():
        if begins := _HEADING.match(line):
            heading = begins.group(1)
        if "curl" in line and (address := _ADDRESS.search(line)):
            found.append((_method(line), address.group(1).partition("?")[0], heading))
    return found


def is_of(call: Call, method: str, path: str) -> bool:
    """Tell whether a call of the guide is one of this route."""
    pattern = _PARAMETER.sub("[^/]+", path)  # what stays of a path is letters and hyphens
    return call[0] == method and re.fullmatch(pattern, call[1]) is not None


def _example(shown: list[Call], method: str, path: str) -> str:
    headings = [call[2] for call in shown if is_of(call, method, path)]
    return f" [curl](getting-started.md#{_anchor(headings[0])})" if headings else ""


def _method(call: str) -> str:
    if "-X PUT" in call:
        return "PUT"
    return "POST" if "--json" in call else "GET"


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
