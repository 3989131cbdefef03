"""The table of docs/access.md, made from what was seen."""

from collections.abc import Iterator

from tests.access.callers import ABOUT
from tests.access.walk import REFUSED, Row, Seen
from tests.house.tree import ROOT
from tests.support.routes import DOORS

PATH = ROOT / "docs" / "access.md"
KINDS = {
    "staff": "Staff: a token of the user pool, of the organisation in the path",
    "partner": "Partners: Standard Webhooks",
    "provider": "Providers: in their own scheme",
    "app": "Apps: an identity token, which no caller here brings",
    "anyone": "Anyone",
}
_HEAD = """\
# Who gets in where

Every caller knocked at every route of the deployed API, and this is what each was answered: bold
where they got in (anything but 401 and 403). Not written by hand: `make access`
writes it anew, `make proof` fails where it is not what is seen. A change here is a
change of who may do what: read it as one.

The organisation in the path is the caller's own or another's; so is the thing that the request
names. A thing is another's where it belongs to another member (or provider account) of the same
organisation, and another organisation's where the path names one's own organisation and an id
that only another one has: it is not found, or made new in one's own.
"""


def render(seen: Seen) -> str:
    """Return the document."""
    return "\n".join([_HEAD, *_callers(), *(line for kind in KINDS for line in _part(kind, seen))])


def _callers() -> Iterator[str]:
    yield "| caller | |"
    yield "| --- | --- |"
    for name, about in ABOUT.items():
        yield f"| {name} | {about} |"
    yield ""


def _part(kind: str, seen: Seen) -> Iterator[str]:
    yield f"## {KINDS[kind]}"
    yield ""
    yield f"| route | organisation | thing | {' | '.join(ABOUT)} |"
    yield "| --- | --- | --- |" + " --- |" * len(ABOUT)
    for row, answers in seen.items():
        if DOORS[row.route].kind == kind:
            cells = " | ".join(_cell(answers[name].status) for name in ABOUT)
            yield f"| {_route(row)} | {row.organization} | {row.thing} | {cells} |"
    yield ""


def _route(row: Row) -> str:
    return f"`{row.route}`"


def _cell(status: int) -> str:
    return str(status) if status in REFUSED else f"**{status}**"
