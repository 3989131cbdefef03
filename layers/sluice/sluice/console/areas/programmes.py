"""Programmes: what may be granted, what was, and the rules that hold rewards back (C5, D10)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sluice.console import amounts
from sluice.console.api import ApiProblem
from sluice.console.forms import Form
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

MAX_BUDGETS, MAX_CAPS, MAX_VELOCITIES = 10, 4, 3
_CHECKS = ("self_referral", "blacklist", "duplicate_account")


@page("programmes", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a page of the programmes that have settings: one call."""
    answer = visit.api.get("programmes", limit=50, cursor=visit.query.get("cursor"))
    return visit.show("programmes/list.html", answer=answer)


@page("programmes/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask what a new programme may grant."""
    return _edit(visit, "", {})


@page("programmes/new", roles=OPERATORS, method="POST")
def create(visit: Visit) -> Result:
    """Store a programme's settings, unless it has some."""
    name = visit.form.text("programme")
    if not name:
        raise errors.Invalid("A programme needs a name.", [("programme", "missing")])
    return _store(visit, name, is_new=True)


@page("programmes/{programme}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show a programme's settings and what it granted; two calls at the same time."""
    name = visit.path["programme"]
    settings, account = visit.api.gather(
        (("programmes", name), {}), (("accounts", f"programme:{name}"), {"limit": 20})
    )
    if settings is None and not (account or {}).get("balances"):
        raise errors.NotFound
    return visit.show("programmes/show.html", programme=name, settings=settings, account=account)


@page("programmes/{programme}/edit", roles=OPERATORS)
def ask_to_change(visit: Visit) -> Result:
    """Show a programme's settings, to change; one that has none gets its first."""
    name = visit.path["programme"]
    return _edit(visit, name, visit.api.get_if_any("programmes", name) or {})


@page("programmes/{programme}/edit", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Store a programme's settings; what was granted stays granted."""
    return _store(visit, visit.path["programme"], is_new=False)


def _edit(visit: Visit, name: str, settings: Mapping[str, Any]) -> Result:
    velocities = settings.get("checks", {}).get("velocities", [])
    return visit.show(
        "programmes/edit.html",
        programme=name,
        settings=settings,
        budgets=_rows(visit.form, "budget[{}].currency", settings.get("budgets", []), MAX_BUDGETS),
        caps=_rows(visit.form, "caps[{}].max_count", settings.get("caps", []), MAX_CAPS),
        velocities=_rows(visit.form, "velocities[{}].max_count", velocities, MAX_VELOCITIES),
        written=amounts.written,
    )


def _rows(form: Form, field: str, known: Sequence[Any], most: int) -> list[Any]:
    """Return the rows of a part of the form: those there are, an empty one, those written."""
    written = sum(field.format(place) in form for place in range(most))
    count = min(most, max(len(known) + 1, written))
    return [*known, *({} for _ in range(count - len(known)))]


def _store(visit: Visit, name: str, *, is_new: bool) -> Result:
    """Store the form as a programme's settings. Raises Invalid, ApiProblem."""
    form = visit.form
    caps = [n for n in range(MAX_CAPS) if _is_written(form, f"caps[{n}].", "max_count", "amount")]
    velocities = [n for n in range(MAX_VELOCITIES) if form.text(f"velocities[{n}].max_count")]
    body = form.given(
        budget=_budget(form),
        caps=[_cap(form, f"caps[{n}].") for n in caps],
        hold_seconds=amounts.span(form, "hold"),
        review_seconds=amounts.span(form, "review"),
        checks={each: form.ticked(f"checks.{each}") for each in _CHECKS}
        | {"velocities": [_velocity(form, f"velocities[{n}]") for n in velocities]},
        is_open=form.text("is_open") != "no",
    )
    try:
        if is_new:
            visit.api.create("programmes", name, body=body, named="programme")
        else:
            visit.api.put("programmes", name, body=body, seen=form.text("seen"))
    except ApiProblem as problem:
        problem.fields = [_placed(one, caps, velocities) for one in problem.fields]
        raise
    return visit.go("programmes", name, done="saved")


def _is_written(form: Form, prefix: str, *names: str) -> bool:
    return any(form.text(f"{prefix}{name}") for name in names)


def _budget(form: Form) -> dict[str, int | None]:
    """Return what may be granted by currency, None without a limit. Raises Invalid."""
    found: dict[str, int | None] = {}
    for place in range(MAX_BUDGETS):
        prefix = f"budget[{place}]."
        currency = form.text(f"{prefix}currency").upper()
        limit = amounts.minor(form, f"{prefix}limit", currency)
        if not currency:
            if limit is not None:
                reason = [(f"{prefix}currency", "missing")]
                raise errors.Invalid("A budget needs a currency.", reason)
            continue
        if currency in found:
            raise errors.Invalid("A currency stands once.", [(f"{prefix}currency", "is taken")])
        found[currency] = limit
    return found


def _cap(form: Form, prefix: str) -> dict[str, Any]:
    currency = form.text(f"{prefix}currency").upper()
    return form.given(
        period_days=form.number(f"{prefix}period_days"),
        max_count=form.number(f"{prefix}max_count"),
        currency=currency,
        max_amount_minor=amounts.minor(form, f"{prefix}amount", currency),
    )


def _velocity(form: Form, name: str) -> dict[str, Any]:
    seconds = amounts.span(form, f"{name}.window")
    if seconds is None:
        raise errors.Invalid("In which time?", [(f"{name}.window.count", "missing")])
    return {"max_count": form.number(f"{name}.max_count"), "window_seconds": seconds}


def _placed(
    fault: Mapping[str, str], caps: Sequence[int], velocities: Sequence[int]
) -> Mapping[str, str]:
    """Return what the API says, at the row and the field of the form that it is about."""
    field = fault["field"].replace("max_amount_minor", "amount")
    for number, place in reversed([*enumerate(caps)]):
        field = field.replace(f"caps[{number}].", f"caps[{place}].")
    for number, place in reversed([*enumerate(velocities)]):
        field = field.replace(f"checks.velocities[{number}].", f"velocities[{place}].")
    return {**fault, "field": field.replace("window_seconds", "window.count")}
