"""Programmes as operators see them."""

from collections.abc import Mapping

from sluice.rewards.rules import checks
from sluice.rewards.rules import programmes as rules
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store.programmes import Budgeted
from sluice.shared import http


class BudgetView(http.View):
    """What may be granted, what was, and what is left; null: no limit."""

    currency: str
    limit_minor: int | None
    spent_minor: int
    left_minor: int | None


class ProgrammeView(http.Versioned):
    """A programme's settings, and what became of its budgets."""

    programme: str
    is_open: bool
    hold_seconds: int
    review_seconds: int | None
    budgets: list[BudgetView]
    caps: tuple[rules.Cap, ...]
    checks: checks.Checks


class ListedProgramme(http.View):
    """A programme in the list; a budget of null is counted and not limited."""

    programme: str
    version: int
    is_open: bool
    hold_seconds: int
    budget: Mapping[str, int | None]


def view_of(stored: Programme, spent: Mapping[str, Budgeted]) -> ProgrammeView:
    """Return what is shown of a programme, with what was spent by currency."""
    return ProgrammeView(
        programme=stored.programme,
        version=stored.version,
        is_open=stored.is_open,
        hold_seconds=stored.hold_seconds,
        review_seconds=stored.review_seconds,
        budgets=[
            BudgetView(
                currency=currency,
                limit_minor=limit_minor,
                spent_minor=spent[currency].spent_minor,
                left_minor=spent[currency].left_minor,
            )
            for currency, limit_minor in sorted(stored.budget.items())
        ],
        caps=stored.caps,
        checks=stored.checks,
    )
