"""What a page of the console is: a path, who may see it, and a function from a visit to an answer.

The modules in `areas` declare pages with `page`; an area is the first part of its pages' paths and
is imported when it is first visited. A page that is posted to and refused by the API is shown
again by the GET page of the same path, with the problem on it and what was written kept.
"""

import importlib
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from sluice.console import texts
from sluice.console.api import Api, ApiProblem
from sluice.console.forms import Form
from sluice.console.sessions import Session
from sluice.organizations.rules import MEMBER, MERCHANT, OPERATOR, PROMOTER
from sluice.shared import errors

OPERATORS = frozenset({OPERATOR})
MEMBERS = frozenset({MEMBER})
PROMOTERS = frozenset({PROMOTER})
MERCHANTS = frozenset({MERCHANT})
EVERYBODY = OPERATORS | MEMBERS | PROMOTERS | MERCHANTS
ANYBODY = frozenset[str]()  # also who is not signed in

_NAME = re.compile(r"\{(\w+)\}")
_AREA = re.compile(r"[a-z]+(?:-[a-z]+)*\Z")


class Shown(NamedTuple):
    """An answer: a template with what it shows, to this visit."""

    visit: "Visit"
    template: str
    values: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = {}


class Moved(NamedTuple):
    """An answer: go and look there (303)."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = {}


class Sent(NamedTuple):
    """An answer: a file to keep, or an image."""

    content: bytes
    content_type: str
    filename: str = ""


class Trouble(NamedTuple):
    """What is wrong, as pages tell of it; its words are translated where they are known."""

    title: str
    detail: str
    status: int
    fields: list[tuple[str, str]]


type Result = Shown | Moved | Sent


class Visit(msgspec.Struct, frozen=True):
    """One request of a page: who asks, for what, with what."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Form
    language: str  # `en` or `zh`
    now: datetime
    base_url: str
    session: Session | None
    here: str  # this page's own path
    problem: errors.Problem | None = None

    @property
    def signed_in(self) -> Session:
        """The session of a page that asks for one."""
        if self.session is None:
            raise errors.Unauthenticated
        return self.session

    @property
    def api(self) -> Api:
        """The API, called as who is signed in."""
        session = self.signed_in
        return Api(self.base_url, session.organization_id, session.id_token)

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        profile = self.session.profile if self.session else {}
        return ZoneInfo(profile.get("time_zone", "UTC"))

    @property
    def today(self) -> date:
        """The day it is for the organisation."""
        return self.now.astimezone(self.zone).date()

    @property
    def member_id(self) -> str:
        """Who is signed in."""
        return self.signed_in.member_id

    def say(self, text: str, **values: object) -> str:
        """Return a text in the visitor's language."""
        return texts.translated(self.language, text, **values)

    def show(self, template: str, /, **values: Any) -> Shown:
        """Answer with a template; 4xx where it is shown again with a problem."""
        status = 200 if self.problem is None else trouble_of(self.problem).status
        return Shown(self, template, values, status)

    def go(self, *path: str, done: str = "", **query: str) -> Moved:
        """Answer with the way to another page; `done` says there what was done (texts.DONE)."""
        where = "/".join(quote(part, safe="") for part in path)
        return Moved(where, {**query, "done": done} if done else query)


type Run = Callable[[Visit], Result]


class Page(NamedTuple):
    """A declared page."""

    pattern: re.Pattern[str]
    method: str
    roles: frozenset[str]
    run: Run


_declared: dict[str, list[Page]] = {}


def page(path: str, *, roles: frozenset[str], method: str = "GET") -> Callable[[Run], Run]:
    """Declare a page below /console: `channels/{channel_id}`. `roles`: any one of them."""

    def declare(run: Run) -> Run:
        pattern = re.compile(_NAME.sub(r"(?P<\1>[^/]{1,128})", path) + r"\Z")
        area = path.split("/", 1)[0]
        _declared.setdefault(area, []).append(Page(pattern, method, roles, run))
        return run

    return declare


def find(method: str, path: str) -> tuple[Page, dict[str, str]] | None:
    """Return the page of a path and the names in it; None where there is none."""
    area = path.split("/", 1)[0]
    if area not in _declared and not _imported(area):
        return None
    for declared in _declared.get(area, ()):
        match = declared.pattern.match(path)
        if match and declared.method == method:
            return declared, match.groupdict()
    return None


def trouble_of(problem: errors.Problem) -> Trouble:
    """Return a problem as pages tell of it: the API's as it came, or one of ours."""
    if isinstance(problem, ApiProblem):
        title, status, fields = problem.told, problem.answered, problem.fields
    else:
        given = problem.extensions().get("fields", [])
        title, status, fields = problem.title, problem.status, given
    named = " - at `$" in str(problem)  # of a value, whose field says it
    detail = "" if named or str(problem) == title else str(problem)
    return Trouble(title, detail, status, [(one["field"], one["reason"]) for one in fields])


def _imported(area: str) -> bool:
    if not _AREA.match(area):
        return False
    name = f"sluice.console.areas.{area.replace('-', '_')}"
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return False
    return True
