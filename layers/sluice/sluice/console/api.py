"""The suite's own API, as any client calls it: with the token of who is signed in (F5).

So a page shows what its reader may see and nothing more, and every number on it can be had by a
program, too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import urllib3
from urllib3 import exceptions

from sluice.shared import errors, preconditions, sheets, telemetry

TIMEOUT = urllib3.Timeout(connect=2.0, read=10.0)
AT_ONCE = 6
MAX_PAGES = 50  # of a list that is read whole
_OK = range(200, 300)
_KEY = re.compile(r"[!-~]{0,255}\Z")
_VERSION = re.compile(r"[0-9]{1,15}\Z")
_NO_NAMES = {"", ".", ".."}  # a part of an address that would make it another one

type Path = Sequence[str]
type Asked = tuple[Path, Mapping[str, Any]]


class ApiProblem(errors.Problem):
    """The API said no: its problem document (RFC 9457) as it came."""

    def __init__(self, document: Mapping[str, Any], status: int) -> None:
        super().__init__(str(document.get("detail") or document.get("title") or ""))
        self.answered = status
        self.kind = str(document.get("type", "")).removeprefix(errors.PROBLEM_PREFIX)
        self.told = str(document.get("title", ""))
        self.fields: list[Mapping[str, str]] = list(document.get("fields", []))


class File(msgspec.Struct, frozen=True):
    """An answer that is no JSON: an image, a sheet."""

    content: bytes
    content_type: str
    next_cursor: str  # of a sheet that goes on; else empty


class Api(msgspec.Struct, frozen=True):
    """Calls routes below /organizations/{organization_id}. All raise ApiProblem, Contention."""

    base_url: str
    organization_id: str
    id_token: str

    def get(self, *path: str, **query: Any) -> Any:
        """Return what a GET answers; query parameters that are None or empty are left out."""
        return _json(self._ask("GET", path, query))

    def get_if_any(self, *path: str, **query: Any) -> Any:
        """Return what a GET answers, None where there is no such thing."""
        try:
            return self.get(*path, **query)
        except ApiProblem as problem:
            if problem.answered == errors.NotFound.status:
                return None
            raise

    def get_file(self, *path: str, accept: str = "*/*", **query: Any) -> File:
        """Return a file."""
        answer = self._ask("GET", path, query, accept=accept)
        headers = answer.headers
        content_type = headers.get("content-type", "application/octet-stream")
        return File(answer.data, content_type, headers.get(sheets.NEXT_CURSOR, ""))

    def get_sheet(self, *path: str, rows: int, **query: Any) -> bytes:
        """Return all pages of a sheet as one, `rows` in a call, at most MAX_PAGES calls."""
        parts: list[bytes] = []
        cursor = ""
        for _ in range(MAX_PAGES):
            file = self.get_file(*path, format="csv", limit=rows, **query, cursor=cursor)
            first, _, rest = file.content.partition(b"\n")
            parts.append(rest if parts else first + b"\n" + rest)
            cursor = file.next_cursor
            if not cursor:
                break
        return b"".join(parts)

    def get_all(self, *path: str, pages: int = MAX_PAGES, **query: Any) -> list[Any]:
        """Return the items of a list's first pages, at most `pages` calls one after another."""
        return list(self._items(path, pages, query))

    def gather(self, *asked: Asked) -> list[Any]:
        """Return what several GETs answer, asked at the same time; None where there is nothing."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda one: self.get_if_any(*one[0], **one[1]), asked))

    def put(self, *path: str, body: Mapping[str, Any], seen: str = "") -> Any:
        """PUT JSON and return the answer; refused where it is not of the version that was seen."""
        content = msgspec.json.encode(body)
        return _json(self._ask("PUT", path, {}, content, more=_precondition(seen)))

    def create(self, *path: str, body: Mapping[str, Any], named: str) -> None:
        """PUT JSON of what is new. Raises Invalid, at the field it is `named` by: it is there."""
        try:
            self.put(*path, body=body, seen=str(preconditions.NONE_YET))
        except ApiProblem as problem:
            if problem.answered != preconditions.ChangedMeanwhile.status:
                raise
            raise errors.Invalid("There is one with this id.", [(named, "is taken")]) from None

    def post(
        self,
        *path: str,
        body: Mapping[str, Any] | None = None,
        key: str = "",
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """POST JSON and return the answer; with an Idempotency-Key it takes effect once."""
        if not _KEY.match(key):
            raise errors.Invalid("This form cannot be read.")
        more = {"Idempotency-Key": key} if key else {}
        content = msgspec.json.encode(body or {})
        return _json(self._ask("POST", path, query or {}, content, more=more))

    def send_file(self, method: str, *path: str, content: bytes, content_type: str) -> Any:
        """Send a file by PUT or POST and return the answer."""
        return _json(self._ask(method, path, {}, content, content_type=content_type))

    def delete(self, *path: str) -> None:
        """DELETE."""
        self._ask("DELETE", path, {})

    def _items(self, path: Path, pages: int, query: Mapping[str, Any]) -> Iterator[Any]:
        cursor = None
        for _ in range(pages):
            answer = self.get(*path, **{**query, "cursor": cursor})
            yield from answer["items"]
            cursor = answer.get("next_cursor")
            if not cursor:
                return

    def _ask(
        self,
        method: str,
        path: Path,
        query: Mapping[str, Any],
        body: bytes | None = None,
        *,
        accept: str = "application/json",
        content_type: str = "application/json",
        more: Mapping[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        if not _NO_NAMES.isdisjoint(path):
            raise errors.NotFound
        given = {name: value for name, value in query.items() if value not in (None, "")}
        names = "/".join(quote(part, safe="") for part in ("", self.organization_id, *path))
        url = f"{self.base_url}/organizations{names}" + (f"?{urlencode(given)}" if given else "")
        headers = {"Authorization": f"Bearer {self.id_token}", "Accept": accept}
        headers |= {"Content-Type": content_type} if body is not None else {}
        headers |= more or {}
        try:
            answer = _pool().request(method, url, body=body, headers=headers, redirect=False)
        except exceptions.HTTPError as error:
            telemetry.logger.warning("api_unreachable", extra={"kind": type(error).__name__})
            raise errors.Contention from error
        if answer.status not in _OK:
            raise ApiProblem(_document(answer.data), answer.status)
        return answer


def _precondition(seen: str) -> dict[str, str]:
    """Return the header of a change to a version that a page showed. Raises Invalid."""
    if not seen:
        return {}
    if not _VERSION.match(seen):
        raise errors.Invalid("This form cannot be read.")
    if int(seen) == preconditions.NONE_YET:
        return {"If-None-Match": "*"}
    return {"If-Match": preconditions.tag(int(seen))}


def _json(answer: urllib3.BaseHTTPResponse) -> Any:
    return msgspec.json.decode(answer.data) if answer.data else None


def _document(data: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(num_pools=1, maxsize=AT_ONCE, retries=False, timeout=TIMEOUT)
