"""Templates (E7): what is said in each language, with `{name}` where a push fills something in."""

import re
from collections.abc import Iterator, Mapping

import msgspec

from sluice.push.rules.contents import Content, ProviderTemplate

MAX_TITLE, MAX_BODY, MAX_LINK = 200, 2000, 1998
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_LINK = re.compile(r"https?://[!-~]+\Z")

MISSING = "missing"

Fault = tuple[str, str]  # field, reason


class Wording(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a template says in one language."""

    title: str
    body: str
    link: str | None = None
    templates: dict[str, ProviderTemplate] = {}  # by account id, or by provider type


class Template(msgspec.Struct, frozen=True, omit_defaults=True):
    """Wordings by locale, and the names of what a push has to fill in."""

    locales: dict[str, Wording]
    fallback_locale: str
    variables: tuple[str, ...] = ()
    content_id: str | None = None


def faults(template: Template) -> list[Fault]:
    """Return what is wrong with a template: each field and why; nothing when it is valid."""
    return list(_faults(template))


def _faults(template: Template) -> Iterator[Fault]:
    if template.fallback_locale not in template.locales:
        yield "fallback_locale", "one of the locales"
    if len(set(template.variables)) < len(template.variables):
        yield "variables", "the same name twice"
    for locale, wording in template.locales.items():
        for field, text in _texts(wording):
            names = sorted(set(PLACEHOLDER.findall(text)) - set(template.variables))
            if names:
                yield f"locales.{locale}.{field}", f"not declared: {', '.join(names)}"


def _texts(wording: Wording) -> Iterator[tuple[str, str]]:
    yield from (("title", wording.title), ("body", wording.body), ("link", wording.link or ""))
    for name, template in wording.templates.items():
        for parameter, text in template.parameters.items():
            yield f"templates.{name}.{parameter}", text


def value_faults(template: Template, values: Mapping[str, str]) -> list[Fault]:
    """Return which variables are missing, and which the template does not know."""
    missing = [name for name in template.variables if name not in values]
    unknown = sorted(set(values) - set(template.variables))
    found = [(f"variables.{name}", MISSING) for name in missing]
    return found + [(f"variables.{name}", "not of this template") for name in unknown]


def locale_for(template: Template, wanted: str | None) -> str:
    """Return the locale that a user is told in: theirs, their language's, else the fallback."""
    for tag in (wanted, wanted.split("-")[0]) if wanted else ():
        if tag in template.locales:
            return tag
    return template.fallback_locale


def words(template: Template, locale: str) -> Content:
    """Return what a template says in one of its locales, nothing filled in: what is versioned."""
    wording = template.locales[locale]
    return Content(
        wording.title,
        wording.body,
        wording.link,
        template.content_id,
        dict(sorted(wording.templates.items())),
        locale,
    )


def fill(content: Content, values: Mapping[str, str]) -> Content:
    """Return words with every placeholder filled in; what goes into the link is escaped."""
    escaped = {name: _escaped(value) for name, value in values.items()}
    return msgspec.structs.replace(
        content,
        title=_filled(content.title, values),
        body=_filled(content.body, values),
        link=None if content.link is None else _filled(content.link, escaped),
        templates={
            name: ProviderTemplate(
                template.id,
                {each: _filled(text, values) for each, text in template.parameters.items()},
            )
            for name, template in content.templates.items()
        },
    )


def _escaped(value: str) -> str:
    """Return a value as a part of an address: it can end none and begin none (RFC 3986)."""
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in value.encode())


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Fill in once: a value that looks like a placeholder stays as it is."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def filled_faults(content: Content) -> list[Fault]:
    """Return why words cannot be sent as they were filled in."""
    found = []
    if not 0 < len(content.title) <= MAX_TITLE:
        found.append(("variables", f"they make an empty title, or one over {MAX_TITLE} characters"))
    if not 0 < len(content.body) <= MAX_BODY:
        found.append(("variables", f"they make an empty text, or one over {MAX_BODY} characters"))
    link = content.link
    if link is not None and (len(link) > MAX_LINK or not _LINK.match(link)):
        found.append(("variables", "they make no link, or one that is too long"))
    return found
