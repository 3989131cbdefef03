"""What a run by a template says to each of its users (E7, E8)."""

from collections.abc import Mapping

import msgspec

from sluice.push.rules import templates
from sluice.push.rules.templates import Fault, Template


class Words(msgspec.Struct, frozen=True):
    """A template as it was when its run was started, and the values that all users share."""

    template_id: str
    template: Template
    variables: dict[str, str]


def values_of(words: Words, row: Mapping[str, str]) -> dict[str, str]:
    """Return what the template is filled in with for one user.

    A list may have more columns than the template has variables; an empty cell says nothing, so
    there what all users share holds.
    """
    own = {name: row[name] for name in words.template.variables if row.get(name)}
    return {**words.variables, **own}


def shared_faults(words: Words, *, is_listed: bool) -> list[Fault]:
    """Return what is wrong with the values that all users share.

    Where no list fills in the rest, they must be all that the template has.
    """
    found = templates.value_faults(words.template, words.variables)
    if is_listed:
        return [(field, reason) for field, reason in found if reason != templates.MISSING]
    return found or _filled_faults(words, words.variables)


def fault_of(words: Words, row: Mapping[str, str]) -> str | None:
    """Return why nothing can be said to a user of a list; it names variables, not what they say."""
    values = values_of(words, row)
    missing = [name for name in words.template.variables if name not in values]
    if missing:
        return f"missing: {', '.join(missing)}"
    faults = _filled_faults(words, values)
    return faults[0][1] if faults else None


def _filled_faults(words: Words, values: Mapping[str, str]) -> list[Fault]:
    """Look at every language: which one a user is told in is known when they are."""
    for locale in words.template.locales:
        text = msgspec.structs.replace(templates.words(words.template, locale), templates={})
        if found := templates.filled_faults(templates.fill(text, values)):
            return found
    return []
