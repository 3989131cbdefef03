"""Templates: inheritance, escaping, and how numbers, money and times are written."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

from jinja2 import ChainableUndefined, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sluice.console import amounts, navigation, texts
from sluice.console.pages import Shown, trouble_of
from sluice.rewards.rules.money import exact
from sluice.shared import charts

FOLDER = Path(__file__).parent
ASSETS = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}
PREFIX = "/console"
# What is folded up and has something wrong in it; texts of people have no `<`.
_FOLDED = re.compile(
    r'<details(?![^>]*\sopen[\s>])(?=[^>]*>(?:(?!</details>).)*?class="wrong")', re.DOTALL
)
_MILLION = 1_000_000

type Rows = Sequence[Mapping[str, Any]]  # of days, with `day` and what was counted
type Things = Sequence[tuple[str, str]]  # the field of a row, and what it is called


class _Templates(Environment):
    """`answer.items` is the list of an answer, not a method; a field that is left out is empty."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a field of an answer, an attribute of anything else."""
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else ChainableUndefined(name=attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return a field whose name is a value; `names[state] or state` where there may be none."""
        if isinstance(obj, Mapping):
            return obj[argument] if argument in obj else ChainableUndefined(name=str(argument))
        return super().getitem(obj, argument)


def render(page: Shown) -> str:
    """Return a page."""
    visit, session = page.visit, page.visit.session
    profile = session.profile if session else {}
    base_path = urlsplit(visit.base_url).path.rstrip("/")
    zone = visit.zone
    shown: dict[str, Any] = {
        "visit": visit,
        "language": visit.language,
        "languages": texts.LANGUAGES,
        "session": session,
        "profile": profile,
        "sections": navigation.sections(session.roles if session else frozenset(), visit.here),
        "done": texts.DONE.get(visit.query.get("done", ""), ""),
        "trouble": trouble_of(visit.problem) if visit.problem else None,
        "placed": set(),  # which refused fields the page has shown
        "_": visit.say,
        "plainly": partial(texts.plainly, visit.language),
        "url": lambda *path, **query: address(base_path, path, query),
        "public_url": lambda path: f"{base_path}/{path}",
        "asset": lambda name: f"{base_path}{PREFIX}/assets/{name}?v={version(name)}",
        "moment": lambda text: _local(text, zone, "%Y-%m-%d %H:%M"),
        "day": lambda text: _local(text, zone, "%Y-%m-%d"),
        "written": lambda text: _local(text, zone, "%Y-%m-%dT%H:%M") if text else "",
        "passed": lambda text: datetime.fromisoformat(text) <= visit.now,
        "clock": lambda text: _local(text, zone, "%H:%M:%S"),
        "new_key": lambda: uuid4().hex,
        "today": visit.today.isoformat(),
    }
    html = templates().get_template(page.template).render({**shown, **page.values})
    return _FOLDED.sub("<details open", html) if visit.problem else html


def address(base_path: str, path: Sequence[object], query: Mapping[str, Any]) -> str:
    """Return the address of a page of the console, on this host."""
    names = "/".join(quote(str(part), safe="") for part in path)
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{base_path}{PREFIX}/{names}" + (f"?{urlencode(given)}" if given else "")


@cache
def templates() -> Environment:
    """Return the templates of the console, with what all of them may use."""
    made = _Templates(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": lambda value: f"{value:,}" if value or value == 0 else "–",  # noqa: RUF001
        "money": money,
        "micros": micros,
        "percent": lambda millionths: f"{Decimal(millionths) * 100 / _MILLION:.4g} %",
        "share": share,
        "spanned": amounts.spanned,
        "chart": chart,
        "top": lambda rows, things: charts.top_of(_columns(rows, things)),
    }
    return made


def money(minor: int | None, currency: str) -> str:
    """Return an amount of minor units in its currency: `12.50 CNY`."""
    if minor is None or not currency:
        return "–"  # noqa: RUF001
    return f"{exact(minor, currency):,f} {currency}"


def micros(amount: int | None, currency: str) -> str:
    """Return an amount of micro-units in its currency, at most four decimals: `0.045 CNY`."""
    if amount is None or not currency:
        return "–"  # noqa: RUF001
    exactly = Decimal(amount) / _MILLION
    return f"{exactly.quantize(Decimal('0.0001')).normalize():,f} {currency}"


def share(part: int, whole: int) -> str:
    """Return a part of a whole in percent, a dash where the whole is nothing."""
    return f"{part * 100 / whole:.0f} %" if whole else "–"  # noqa: RUF001


def chart(rows: Rows, about: str, things: Things) -> Markup:
    """Return a picture of days: a row of an answer each, with one or two things that it counts."""
    # Every text in it is escaped there.
    return Markup(charts.svg(_columns(rows, things), about))  # noqa: S704  # nosec B704


def asset(name: str) -> bytes | None:
    """Return a file of the pages."""
    return (FOLDER / "assets" / name).read_bytes() if name in ASSETS else None


@cache
def version(name: str) -> str:
    """Return what changes with a file of the pages."""
    return hashlib.sha256((FOLDER / "assets" / name).read_bytes()).hexdigest()[:12]


def _columns(rows: Rows, things: Things) -> list[charts.Column]:
    return [
        charts.Column(
            f"{row['day']}: " + ", ".join(f"{title} {row[field]:,}" for field, title in things),
            tuple(row[field] for field, _ in things),
        )
        for row in rows
    ]


def _local(text: str | None, zone: ZoneInfo, form: str) -> str:
    """Return a time of an answer (RFC 3339) in the organisation's zone."""
    if not text:
        return "–"  # noqa: RUF001
    moment = datetime.fromisoformat(text)
    with suppress(OverflowError):  # at the ends of the calendar there is no other zone
        moment = moment.astimezone(zone)
    return moment.strftime(form)
