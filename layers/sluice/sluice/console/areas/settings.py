"""The organisation itself: name, clock, language, what it rewards, how it counts (F4, F5)."""

import base64
from collections.abc import Mapping
from typing import Any

from sluice.console import amounts, sessions
from sluice.console.api import ApiProblem
from sluice.console.forms import Form
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

# Offered while somebody writes; any name of the IANA time zone database is taken.
ZONES = (
    *("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo"),
    *("Asia/Kolkata", "Asia/Dubai", "Australia/Sydney", "Europe/London", "Europe/Berlin"),
    *("Europe/Moscow", "Africa/Nairobi", "America/Sao_Paulo", "America/New_York"),
    *("America/Chicago", "America/Los_Angeles", "UTC"),
)
_WEIGHTS = ("transactions_weight", "promotions_weight", "overall_weight", "own_weight")
_PLACES = (
    ("referral_reward.amount_minor", "referral_reward.amount"),
    ("promoter_tasks.platform_fee_millionths", "promoter_tasks.platform_fee"),
)


@page("settings", roles=OPERATORS)
def ask_to_change(visit: Visit) -> Result:
    """Show the organisation, to change: one call."""
    return visit.show(
        "settings/edit.html",
        organization=visit.api.get(),
        zones=dict.fromkeys(ZONES, ""),
        weights=_WEIGHTS,
        written=amounts.written,
        percent=amounts.percent,
    )


@page("settings", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Store the form: one call, and the names that this session's pages show: one write unit or 2.

    What a field leaves empty is cleared, as the API does with what a PUT leaves out.
    """
    form = visit.form
    body = {name: form.text(name) for name in ("name", "time_zone", "locale")} | form.given(
        privacy_url=form.text("privacy_url"),
        referral_reward=_reward(form),
        phone_plan=_phone_plan(form),
        promoter_tasks=_promoter_tasks(form),
    )
    try:
        stored = visit.api.put(body=body, seen=form.text("seen"))
    except ApiProblem as problem:
        problem.fields = [_placed(fault) for fault in problem.fields]
        raise
    shown = {"organization": stored["name"], "time_zone": stored["time_zone"]}
    sessions.show(visit.signed_in, shown)
    return visit.go("settings", done="saved")


@page("settings/logo", roles=OPERATORS)
def ask_for_logo(visit: Visit) -> Result:
    """Ask for the logo of codes."""
    return visit.show("settings/logo.html")


@page("settings/logo", roles=OPERATORS, method="POST")
def put_logo(visit: Visit) -> Result:
    """Keep the logo, or have none from then on: one call."""
    file, body = visit.form.file("image"), {}
    if not visit.form.text("remove"):
        if file is None:
            raise errors.Invalid("Choose a file.", [("image", "no file")])
        body["image"] = base64.b64encode(file.content).decode()
    visit.api.put("logo", body=body)
    return visit.go("settings", done="saved")


def _reward(form: Form) -> dict[str, Any] | None:
    """Return what a referrer gets, None where nothing is written. Raises Invalid."""
    currency = form.text("referral_reward.currency").upper()
    amount = amounts.minor(form, "referral_reward.amount", currency)
    if amount is None and not currency:
        return None
    _check_written(form, "referral_reward.amount", "referral_reward.currency")
    return {"amount_minor": amount, "currency": currency}


def _phone_plan(form: Form) -> dict[str, Any] | None:
    """Return how phone numbers are written, None where nothing is. Raises Invalid."""
    digits = "phone_plan.national_digits"
    lengths = form.lines(digits)
    if not all(each.isascii() and each.isdigit() for each in lengths):
        raise errors.Invalid("Write a whole number.", [(digits, "not a whole number")])
    found = form.given(
        calling_code=form.text("phone_plan.calling_code").removeprefix("+"),
        trunk_prefix=form.text("phone_plan.trunk_prefix"),
        national_digits=[int(each[:4]) for each in lengths],
    )
    if found:
        _check_written(form, "phone_plan.calling_code")
    return found or None


def _promoter_tasks(form: Form) -> dict[str, Any] | None:
    """Return the weights and the fee that are written, None where none is. Raises Invalid."""
    fee = "promoter_tasks.platform_fee"
    return (
        form.given(
            platform_fee_millionths=amounts.millionths_of(form.text(fee), fee),
            **{name: form.number(f"promoter_tasks.{name}") for name in _WEIGHTS},
        )
        or None
    )


def _check_written(form: Form, *names: str) -> None:
    """Raise Invalid where one of these fields is empty."""
    for name in names:
        if not form.text(name):
            raise errors.Invalid("Something is not filled in.", [(name, "missing")])


def _placed(fault: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the API says, at the field of the form that it is about."""
    return {**fault, "field": dict(_PLACES).get(fault["field"], fault["field"])}
