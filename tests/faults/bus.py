"""Who takes which event from the bus: what the template's rules say, so that none is left out."""

from functools import cache
from typing import Any

from infra import template


def consumers(event: dict[str, Any]) -> tuple[str, ...]:
    """Return the functions that take an event, `context/verb_noun`, in the template's order."""
    envelope = {"detail-type": event["type"], "detail": event}
    return tuple(name for name, pattern in _rules() if _fits(pattern, envelope))


@cache
def _rules() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return each function with a rule, and the rule's pattern."""
    loaded = template.load()
    functions = template.resources(loaded, template.FUNCTION)
    return tuple(
        (functions[target.function]["CodeUri"].removeprefix("functions/"), target.pattern)
        for target in template.targets(loaded)
        if target.pattern
    )


def _fits(pattern: Any, given: Any) -> bool:
    """Tell whether a value is one of a pattern's, level by level: all that our rules use."""
    if isinstance(pattern, dict):
        return isinstance(given, dict) and all(
            name in given and _fits(wanted, given[name]) for name, wanted in pattern.items()
        )
    assert all(isinstance(each, str) for each in pattern), f"{pattern}: teach this module"
    return given in pattern
