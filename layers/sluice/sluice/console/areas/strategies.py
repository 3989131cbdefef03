"""Strategies: the chain as a picture, what it cost and brought, a rehearsal, the next version."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from sluice.console.api import ApiProblem
from sluice.console.forms import Form
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.console.pictures import chain
from sluice.shared import errors

MAX_CHANNELS = 6
_MICROS = 1_000_000
# What the form has in other units than the API: its field, and the unit in seconds.
_SPANS = {
    "conversion_seconds": ("conversion_days", 86_400),
    "expires_seconds": ("expires_minutes", 60),
}
_NUMBER = re.compile(r"\d+")
_MAX_DIGITS = 15  # before the point: with more, turning them over takes minutes


@page("strategies", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show the strategies with what they brought; two calls at the same time."""
    cursor = visit.query.get("cursor")
    answer, figures = visit.api.gather(
        (("strategies",), {"limit": 50, "cursor": cursor}),
        (("statistics", "strategies"), {"limit": 50}),
    )
    rows = {row["strategy_id"]: row for row in figures["rows"]}
    return visit.show("strategies/list.html", answer=answer, rows=rows)


@page("strategies/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask what a new strategy does."""
    return visit.show("strategies/edit.html", strategy={}, slots=_slots(visit, {}))


@page("strategies/new", roles=OPERATORS, method="POST")
def create(visit: Visit) -> Result:
    """Store the first version of a strategy, unless there is one with this id."""
    strategy_id = visit.form.text("strategy_id")
    if not strategy_id:
        raise errors.Invalid("A strategy needs an id.", [("strategy_id", "missing")])
    with _placed(visit.form):
        visit.api.create("strategies", strategy_id, body=_given(visit.form), named="strategy_id")
    return visit.go("strategies", strategy_id, done="saved")


@page("strategies/{strategy_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show a strategy, of a version or of now, and its figures; three calls at the same time."""
    strategy_id, version = visit.path["strategy_id"], visit.query.get("version")
    strategy, latest, total, versions = visit.api.gather(
        (("strategies", strategy_id), {"version": version}),
        (("strategies", strategy_id), {}),
        (("statistics", "strategies"), {"strategy_id": strategy_id}),
        (("statistics", "strategies"), {"strategy_id": strategy_id, "by": "version"}),
    )
    if strategy is None or latest is None:
        raise errors.NotFound
    count = len(strategy["channels"])
    return visit.show(
        "strategies/show.html",
        strategy=strategy,
        latest=latest["version"],
        figures=next(iter(total["rows"]), None),
        versions={row["version"]: row for row in versions["rows"]},
        across=chain.drawn(count, across=True) if count <= chain.MAX_ACROSS else None,
        down=chain.drawn(count, across=False),
    )


@page("strategies/{strategy_id}/dry-run", roles=OPERATORS)
def rehearse(visit: Visit) -> Result:
    """Show what would happen to a user; nothing is written or sent."""
    strategy_id, user_id = visit.path["strategy_id"], visit.query.get("user_id", "").strip()
    found = None
    if user_id:
        body = {"user_id": user_id}
        found = visit.api.post("strategies", strategy_id, "dry-run", body=body)
    return visit.show(
        "strategies/dry_run.html", strategy_id=strategy_id, user_id=user_id, found=found
    )


@page("strategies/{strategy_id}/edit", roles=OPERATORS)
def ask_to_change(visit: Visit) -> Result:
    """Show the latest version, to change."""
    strategy = visit.api.get("strategies", visit.path["strategy_id"])
    slots = _slots(visit, strategy)
    return visit.show("strategies/edit.html", strategy=strategy, slots=slots)


@page("strategies/{strategy_id}/edit", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Store the next version."""
    strategy_id = visit.path["strategy_id"]
    body, seen = _given(visit.form), visit.form.text("seen")
    with _placed(visit.form):
        visit.api.put("strategies", strategy_id, body=body, seen=seen)
    return visit.go("strategies", strategy_id, done="saved")


def _slots(visit: Visit, strategy: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the channels of the form: those there are, two empty ones, those written before."""
    channels: list[dict[str, Any]] = list(strategy.get("channels", ()))
    written = sum(f"channels[{place}].channel" in visit.form for place in range(MAX_CHANNELS))
    count = min(MAX_CHANNELS, max(len(channels) + 2, written))
    return channels + [{} for _ in range(count - len(channels))]


def _given(form: Form) -> dict[str, Any]:
    """Return the form as what a PUT takes. Raises Invalid."""
    places = _places(form)
    start, end = form.text("quiet_hours.start"), form.text("quiet_hours.end")
    days = form.number("conversion_days")
    minutes = form.number("expires_minutes")
    return form.given(
        purpose=form.text("purpose"),
        channels=[_channel(form, f"channels[{place}].") for place in places],
        behaviours=_behaviours(form),
        consent=form.text("consent"),
        quiet_hours={"start": start, "end": end} if start or end else None,
        hold_out_percent=form.number("hold_out_percent"),
        conversion_seconds=None if days is None else days * 86_400,
        expires_seconds=None if minutes is None else minutes * 60,
    ) | ({} if places else {"channels": []})


def _places(form: Form) -> list[int]:
    """Return which of the form's channels are written."""
    return [n for n in range(MAX_CHANNELS) if form.text(f"channels[{n}].channel")]


@contextmanager
def _placed(form: Form) -> Iterator[None]:
    """Tell what the API refuses at the field of the form, in its unit. Raises ApiProblem."""
    try:
        yield
    except ApiProblem as problem:
        problem.fields = [_at_field(fault, _places(form)) for fault in problem.fields]
        raise


def _at_field(fault: Mapping[str, str], places: list[int]) -> Mapping[str, str]:
    field, reason = fault["field"], fault["reason"]
    for number, place in reversed([*enumerate(places)]):
        field = field.replace(f"channels[{number}].", f"channels[{place}].")
    for name, (shown, seconds) in _SPANS.items():
        if field == name:
            counted = partial(_in_units, seconds)
            return {"field": shown, "reason": _NUMBER.sub(counted, reason)}
    return {"field": field, "reason": reason}


def _in_units(seconds: int, found: re.Match[str]) -> str:
    return str(int(found[0]) // seconds)


def _channel(form: Form, prefix: str) -> dict[str, Any]:
    price = {
        "amount_micros": _micros(form, f"{prefix}price"),
        "currency": form.text(f"{prefix}currency"),
    }
    return form.given(
        channel=form.text(f"{prefix}channel"),
        provider=form.text(f"{prefix}provider"),
        fallback_providers=form.lines(f"{prefix}fallback_providers"),
        wait_seconds=form.number(f"{prefix}wait_seconds"),
        success=form.text(f"{prefix}success"),
        price=price if price["currency"] else None,
        retries=form.number(f"{prefix}retries"),
        retry_seconds=form.number(f"{prefix}retry_seconds"),
        display=form.text(f"{prefix}display"),
        track_clicks=form.text(f"{prefix}track_clicks") != "no",
    )


def _micros(form: Form, name: str) -> int:
    """Return a price in micro-units as it was written in major ones. Raises Invalid."""
    try:
        major = Decimal(form.text(name) or 0)
    except InvalidOperation:
        major = Decimal("NaN")
    if not major.is_finite() or abs(major.adjusted()) > _MAX_DIGITS:
        raise errors.Invalid("Write an amount such as 0.05.", [(name, "not an amount")])
    micros = major * _MICROS
    if micros != int(micros):
        raise errors.Invalid("At most six decimal places.", [(name, "too exact")])
    return int(micros)


def _behaviours(form: Form) -> dict[str, str]:
    """Return what counts as evidence: `opened = seen`, one in a line. Raises Invalid."""
    found = {}
    for line in form.lines("behaviours"):
        kind, sign, level = (part.strip() for part in line.partition("="))
        if not sign:
            reason = "not of the form opened = seen"
            raise errors.Invalid("Write lines such as opened = seen.", [("behaviours", reason)])
        found[kind] = level
    return found
