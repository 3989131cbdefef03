"""Bonus tasks and hints: what is asked, given and told, for all offers or one (D6 to D9)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sluice.console import amounts
from sluice.console.api import ApiProblem, Asked
from sluice.console.forms import Form
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

MAX_RULES = 20
_LISTED = 100  # strategies that a form offers
_MESSAGES = ("offered", "reminder")


@page("bonus-rules", roles=OPERATORS)
def ask_for_all(visit: Visit) -> Result:
    """Show the organisation's settings, to change: two calls at once."""
    return _edit(visit, "")


@page("bonus-rules", roles=OPERATORS, method="POST")
def change_all(visit: Visit) -> Result:
    """Store the organisation's settings; tasks that were offered keep their rule: two calls."""
    return _store(visit, "")


@page("bonus-rules/{offer_id}", roles=OPERATORS)
def ask_for_offer(visit: Visit) -> Result:
    """Show an offer's own settings, to change: three calls at once."""
    return _edit(visit, visit.path["offer_id"])


@page("bonus-rules/{offer_id}", roles=OPERATORS, method="POST")
def change_offer(visit: Visit) -> Result:
    """Store an offer's settings, which come before the organisation's: two calls."""
    return _store(visit, visit.path["offer_id"])


def _path(offer_id: str) -> tuple[str, ...]:
    return ("offers", offer_id, "bonus-rules") if offer_id else ("bonus-rules",)


def _edit(visit: Visit, offer_id: str) -> Result:
    asked: list[Asked] = [(_path(offer_id), {}), (("strategies",), {"limit": _LISTED})]
    if offer_id:
        asked.append((("offers", offer_id), {}))
    found, strategies, *offers = visit.api.gather(*asked)
    if offer_id and offers[0] is None:
        raise errors.NotFound("There is no such offer.")
    settings = found or {}
    known = settings.get("rules", [])
    written = sum(f"rules[{place}].channel_type" in visit.form for place in range(MAX_RULES))
    count = min(MAX_RULES, max(len(known) + 1, written))
    return visit.show(
        "bonus_rules/edit.html",
        offer=offers[0] if offers else None,
        settings=settings,
        rules=[*known, *({} for _ in range(count - len(known)))],
        options=partial(_options, [each["strategy_id"] for each in strategies["items"]]),
        written=amounts.written,
        percent=amounts.percent,
    )


def _options(ids: list[str], chosen: object) -> list[tuple[str, str]]:
    """Return strategies to choose from; the chosen one too where the list ended before it."""
    more = [chosen] if isinstance(chosen, str) and chosen not in ids else []
    return [(each, each) for each in (*ids, *more)]


def _store(visit: Visit, offer_id: str) -> Result:
    """Store the form beside what it does not show. Raises Invalid, ApiProblem."""
    form = visit.form
    known = visit.api.get_if_any(*_path(offer_id)) or {}
    places = [n for n in range(MAX_RULES) if form.text(f"rules[{n}].channel_type")]
    body = form.given(
        rules=[_rule(form, f"rules[{n}].") for n in places],
        programme=form.text("programme"),
        telling=_telling(form),
        hints=None if offer_id else _hints(form, known.get("hints") or {}),
    )
    try:
        visit.api.put(*_path(offer_id), body=body, seen=visit.form.text("seen"))
    except ApiProblem as problem:
        problem.fields = [_placed(fault, places) for fault in problem.fields]
        raise
    return visit.go("bonus-rules", *([offer_id] if offer_id else []), done="saved")


def _rule(form: Form, prefix: str) -> dict[str, Any]:
    currency = form.text(f"{prefix}currency").upper()
    _check_written(form, prefix, "deadline.count", "amount", "currency")
    return form.given(
        channel_type=form.text(f"{prefix}channel_type"),
        transactions=form.number(f"{prefix}transactions"),
        promotions=form.number(f"{prefix}promotions"),
        deadline_seconds=amounts.span(form, f"{prefix}deadline"),
        reminder_seconds=amounts.span(form, f"{prefix}reminder"),
        amount_minor=amounts.minor(form, f"{prefix}amount", currency),
        currency=currency,
        max_episodes=form.number(f"{prefix}max_episodes"),
        coupon=_coupon(form, f"{prefix}coupon."),
    )


def _coupon(form: Form, prefix: str) -> dict[str, Any] | None:
    """Return the coupon of a task, None where it has none."""
    names = ("below_transactions", "amount_minor", "max_count")
    numbers = form.given(**{name: form.number(f"{prefix}{name}") for name in names})
    if not numbers:
        return None
    _check_written(form, prefix, *names, "valid.count")
    return numbers | {"valid_seconds": amounts.span(form, f"{prefix}valid")}


def _telling(form: Form) -> dict[str, Any] | None:
    """Return what promoters are told, None where no strategy is chosen."""
    strategy_id = form.text("telling.strategy_id")
    messages = {name: _message(form, f"telling.{name}.") or None for name in _MESSAGES}
    for name in filter(messages.get, messages):
        _check_written(form, f"telling.{name}.", "title", "body")
    if not strategy_id and any(messages.values()):
        raise errors.Invalid("By which strategy?", [("telling.strategy_id", "missing")])
    return form.given(strategy_id=strategy_id, **messages) if strategy_id else None


def _check_written(form: Form, prefix: str, *names: str) -> None:
    """Raise Invalid where one of these fields is empty."""
    for name in names:
        if not form.text(f"{prefix}{name}"):
            raise errors.Invalid("Something is not filled in.", [(f"{prefix}{name}", "missing")])


def _message(form: Form, prefix: str) -> dict[str, Any]:
    return form.given(**{name: form.text(f"{prefix}{name}") for name in ("title", "body", "link")})


def _hints(form: Form, known: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return when merchants are told, pairs of product types as they were; None: never."""
    if not form.ticked("hints"):
        return None
    thresholds = ("few_transactions", "few_promotions", "over_transactions")
    near = form.text("hints.correlation")
    return form.given(
        interval_seconds=amounts.span(form, "hints.interval"),
        min_age_seconds=amounts.span(form, "hints.min_age"),
        correlation_millionths=amounts.millionths_of(near, "hints.correlation"),
        pairs=known.get("pairs"),
        strategy_id=form.text("hints.strategy_id"),
        **{name: form.number(f"hints.{name}") for name in thresholds},
        **_message(form, "hints."),
    )


def _placed(fault: Mapping[str, str], places: list[int]) -> Mapping[str, str]:
    """Return what the API says of a rule, at its place in the form."""
    field = fault["field"]
    for number, place in reversed([*enumerate(places)]):
        field = field.replace(f"rules[{number}].", f"rules[{place}].")
    for name in ("deadline", "reminder", "valid", "interval", "min_age"):
        field = field.replace(f"{name}_seconds", f"{name}.count")
    if ".coupon." not in field:
        field = field.replace("amount_minor", "amount")
    return {**fault, "field": field.replace("correlation_millionths", "correlation")}
