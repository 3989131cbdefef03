"""The text that a member sends along (B3): the campaign's template with the member's link."""

import string
from typing import NamedTuple

MAX_TEMPLATE = 1_000  # characters
VARIABLES = ("member", "title", "link", "starts", "ends")
DEFAULT = "{title}\n{starts} - {ends}\n{link}"


class Facts(NamedTuple):
    """What the variables of a template stand for."""

    member: str
    title: str
    link: str
    starts: str
    ends: str


def wrong_with(template: str) -> str | None:
    """Return what is wrong with a template, or None: checked when a campaign is saved."""
    if len(template) > MAX_TEMPLATE:
        return f"over {MAX_TEMPLATE} characters"
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError:
        return "a brace without its other: write {{ and }} for braces"
    for _, name, form, conversion in fields:
        if name is None:
            continue
        if name not in VARIABLES or form or conversion:
            return f"a variable other than {', '.join(f'{{{each}}}' for each in VARIABLES)}"
    return None


def text(template: str, facts: Facts) -> str:
    """Return a checked template filled in; a link that it does not name comes last."""
    values = facts._asdict()
    named = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    filled = "".join(
        literal + (values[name] if name else "")
        for literal, name, _, _ in string.Formatter().parse(template)
    )
    return filled if "link" in named else f"{filled.rstrip()}\n{facts.link}"
