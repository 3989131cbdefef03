"""Public pages: what all of them begin with, escaped values, and headers for them alone (F5)."""

import html
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template
from typing import NamedTuple

# A page's own file goes on inside <style>.
_HEAD = """<!doctype html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style nonce="$nonce">
  :root { color-scheme: light dark; --accent: #0a7d4f; }
  body { font: 1.05rem/1.5 system-ui, sans-serif; margin: 0 auto; padding: 2rem 1.25rem; max-width: 26rem; }
  h1 { font-size: 1.5rem; margin: 0 0 1.5rem; }
  [hidden] { display: none; }
"""  # noqa: E501 - a style's line
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
    """Return a page's template from the file beside its module."""
    return Template(_HEAD + Path(module).with_name(name).read_text(encoding="utf-8"))


def language_of(languages: str) -> str:
    """Return `zh` or `en` of an Accept-Language header or a locale."""
    return "zh" if languages.lower().startswith("zh") else "en"


def filled(part: Template, rows: Iterable[Mapping[str, str]]) -> Markup:
    """Return a part of a page once for each row of values, escaped."""
    return Markup("".join(part.substitute(_escaped(row)) for row in rows))


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
    forms alone. `images`: it shows images of its own host.
    """
    nonce = secrets.token_urlsafe(16)
    escaped = _escaped(values)
    hidden = {name: "" if shown else "hidden" for name, shown in flags.items()}
    allowed = (_SCRIPTS if scripts else _FORMS).replace("$nonce", nonce)
    if forms:
        allowed = allowed.replace("form-action 'none'", _FORMS)
    allowed += "; img-src 'self'" if images else ""
    headers = {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'nonce-{nonce}'; {allowed}; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Page(page.substitute(escaped | hidden, nonce=nonce), headers)


def _escaped(values: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value if isinstance(value, Markup) else html.escape(value)
        for name, value in values.items()
    }
