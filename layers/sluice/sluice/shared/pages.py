"""Public pages: what all of them begin with, escaped values, and headers for them alone (F5).

One style sheet, `pages.css`, stands in every page, so that a page is one file and asks nobody for
more; a page's own file goes on where it ends.
"""

import base64
import html
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from string import Template
from typing import NamedTuple
from zoneinfo import ZoneInfo

HTML = "text/html; charset=utf-8"
_HEAD = """<!doctype html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style nonce="$nonce">
"""
_STYLE = Path(__file__).with_name("pages.css").read_text(encoding="utf-8").replace("$", "$$")
_FORMS = "form-action 'self'"
_SCRIPTS = "script-src 'nonce-$nonce'; connect-src 'self'; form-action 'none'"


class Markup(str):
    """HTML of a page, whose values are escaped already."""

    __slots__ = ()


class Page(NamedTuple):
    """A page and the headers it needs."""

    html: str
    headers: dict[str, str]


def template(module: str, name: str) -> Template:
    """Return a page's template from the file beside its module; it begins inside <style>."""
    own = Path(module).with_name(name).read_text(encoding="utf-8")
    return Template(_HEAD + _STYLE + own)


def fragment(module: str, name: str) -> Template:
    """Return the template of a part that several pages show, from the file beside its module."""
    return Template(Path(module).with_name(name).read_text(encoding="utf-8"))


def are_wanted(headers: Mapping[str, str]) -> bool:
    """Tell whether a person's browser asks, who is to get a page: `headers` in lower case."""
    return "text/html" in headers.get("accept", "")


def language_of(languages: str) -> str:
    """Return `zh` or `en` of an Accept-Language header or a locale."""
    return "zh" if languages.lower().startswith("zh") else "en"


def until(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return a moment by a zone's clock: without the day where that is today."""
    there = moment.astimezone(zone)
    is_today = there.date() == now.astimezone(zone).date()
    return f"{there:%H:%M}" if is_today else f"{there:%Y-%m-%d %H:%M}"


def picture(png: bytes) -> str:
    """Return an image as an address of its own, for pages that ask nobody for more."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def filled(part: Template, rows: Iterable[Mapping[str, str]]) -> Markup:
    """Return a part of a page once for each row of values, escaped."""
    return Markup("".join(part.substitute(_escaped(row)) for row in rows))


def hiding(flags: Mapping[str, bool]) -> dict[str, str]:
    """Return the attribute that hides what a flag does not show."""
    return {name: "" if shown else "hidden" for name, shown in flags.items()}


def render(
    page: Template,
    values: Mapping[str, str],
    flags: Mapping[str, bool],
    *,
    scripts: bool = False,
    images: bool = False,
    forms: bool = False,
) -> Page:
    """Return a page with these values, escaped; what its flags do not show is hidden.

    `scripts`: it runs its own and sends no forms, unless it has `forms`, too; otherwise it has
    forms alone. `images`: it shows images of its own host, or that stand in it.
    """
    nonce = secrets.token_urlsafe(16)
    allowed = (_SCRIPTS if scripts else _FORMS).replace("$nonce", nonce)
    if forms:
        allowed = allowed.replace("form-action 'none'", _FORMS)
    allowed += "; img-src 'self' data:" if images else ""
    headers = {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'nonce-{nonce}'; {allowed}; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Page(page.substitute(_escaped(values) | hiding(flags), nonce=nonce), headers)


def _escaped(values: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value if isinstance(value, Markup) else html.escape(value)
        for name, value in values.items()
    }
