"""Templates: what messages say in each language, new and changed (E7)."""

import re
from collections.abc import Mapping
from typing import Any

from sluice.console.api import ApiProblem
from sluice.console.forms import Form
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

MAX_LANGUAGES = 20
_WORDS = ("title", "body", "link")
_LINK = re.compile(r"https?://[!-~]{1,1990}\Z")  # as the API has it, which names no language
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}\Z")


@page("templates", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a page of templates: one call."""
    answer = visit.api.get("templates", limit=50, cursor=visit.query.get("cursor"))
    return visit.show("templates/list.html", answer=answer)


@page("templates/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask what a new template says."""
    return visit.show("templates/edit.html", template={}, slots=_slots(visit, {}))


@page("templates/new", roles=OPERATORS, method="POST")
def create(visit: Visit) -> Result:
    """Store a template, unless there is one with this id."""
    template_id = visit.form.text("template_id")
    if not template_id:
        raise errors.Invalid("A template needs an id.", [("template_id", "missing")])
    return _store(visit, template_id, {})


@page("templates/{template_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show what a template says in each language: one call."""
    template = visit.api.get("templates", visit.path["template_id"])
    return visit.show("templates/show.html", template=template)


@page("templates/{template_id}/edit", roles=OPERATORS)
def ask_to_change(visit: Visit) -> Result:
    """Show a template, to change."""
    template = visit.api.get("templates", visit.path["template_id"])
    return visit.show("templates/edit.html", template=template, slots=_slots(visit, template))


@page("templates/{template_id}/edit", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Store a template; what its form does not show stays: two calls."""
    template_id = visit.path["template_id"]
    return _store(visit, template_id, visit.api.get("templates", template_id))


def _slots(visit: Visit, template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the languages of the form: those there are, an empty one, two or more."""
    known = [{"locale": tag, **words} for tag, words in template.get("locales", {}).items()]
    written = len(_places(visit.form))
    count = min(MAX_LANGUAGES, max(len(known) + 1, written, 2))
    return known + [{} for _ in range(count - len(known))]


def _places(form: Form) -> list[int]:
    return [place for place in range(MAX_LANGUAGES) if f"locales[{place}].locale" in form]


def _store(visit: Visit, template_id: str, known: Mapping[str, Any]) -> Result:
    """Store what the form says beside what it does not show. Raises Invalid, ApiProblem."""
    form = visit.form
    tags = _tags(form)
    before = known.get("locales", {})
    first = next(iter(tags.values()), "")
    body = form.given(
        locales={tag: _wording(form, place, before) for place, tag in tags.items()},
        fallback_locale=form.text("fallback_locale") or first,
        variables=form.lines("variables"),
        content_id=form.text("content_id"),
    )
    try:
        if known:
            visit.api.put("templates", template_id, body=body, seen=form.text("seen"))
        else:
            visit.api.create("templates", template_id, body=body, named="template_id")
    except ApiProblem as problem:
        problem.fields = [_placed(fault, tags) for fault in problem.fields]
        raise
    return visit.go("templates", template_id, done="saved")


def _tags(form: Form) -> dict[int, str]:
    """Return the languages that are kept or new, by their place in the form. Raises Invalid."""
    found: dict[int, str] = {}
    for place in _places(form):
        prefix = f"locales[{place}]."
        written = any(form.text(f"{prefix}{name}") for name in ("locale", *_WORDS))
        if form.ticked(f"{prefix}removed") or not written:
            continue
        tag = form.text(f"{prefix}locale")
        if not _TAG.match(tag):
            reason = "a tag such as en or zh-CN"
            raise errors.Invalid("Which language is it?", [(f"{prefix}locale", reason)])
        if tag in found.values():
            raise errors.Invalid("A language stands once.", [(f"{prefix}locale", "is taken")])
        found[place] = tag
    if not found:
        raise errors.Invalid("Write it in one language.", [("locales[0].locale", "missing")])
    return found


def _wording(form: Form, place: int, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said in a language, with providers' own templates as they were."""
    prefix = f"locales[{place}]."
    title, body, link = (form.text(f"{prefix}{name}") for name in _WORDS)
    empty = [f"{prefix}{name}" for name, text in (("title", title), ("body", body)) if not text]
    if empty:
        raise errors.Invalid("A language needs a title and a text.", [(empty[0], "missing")])
    if link and not _LINK.match(link):
        reason = "begins with https:// and has no spaces"
        raise errors.Invalid("This is no link.", [(f"{prefix}link", reason)])
    kept = before.get(form.text(f"{prefix}was"), {}).get("templates")
    return form.given(title=title, body=body, link=link, templates=kept)


def _placed(fault: Mapping[str, str], tags: Mapping[int, str]) -> Mapping[str, str]:
    """Return what the API says of a language's words, at their place in the form."""
    for place, tag in tags.items():
        start = f"locales.{tag}."
        if fault["field"].startswith(start):
            return {**fault, "field": f"locales[{place}].{fault['field'].removeprefix(start)}"}
    return fault
