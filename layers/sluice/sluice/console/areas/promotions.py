"""Promotions in which customers bring customers: terms, new, changed, one participation (C)."""

from collections.abc import Mapping
from typing import Any

from sluice.console import amounts
from sluice.console.api import Asked
from sluice.console.forms import Form
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

SIDES = ("inviter_reward", "newcomer_reward")
_LISTED = 100  # strategies and segments that a form offers
# What an answer says of a promotion and a PUT does not take.
_SHOWN_ONLY = frozenset({"promotion_id", "version"})


@page("promotions", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a page of promotions; one call."""
    answer = visit.api.get("promotions", limit=50, cursor=visit.query.get("cursor"))
    return visit.show("promotions/list.html", answer=answer)


@page("promotions/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask what a new promotion is."""
    return _edit(visit, {})


@page("promotions/new", roles=OPERATORS, method="POST")
def create(visit: Visit) -> Result:
    """Store the first version of a promotion, unless there is one with this id."""
    promotion_id = visit.form.text("promotion_id")
    if not promotion_id:
        raise errors.Invalid("A promotion needs an id.", [("promotion_id", "missing")])
    body = _given(visit, {})
    visit.api.create("promotions", promotion_id, body=body, named="promotion_id")
    return visit.go("promotions", promotion_id, done="saved")


@page("promotions/{promotion_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show a promotion, its budget, and a participation that was asked for; 2 or 3 calls."""
    promotion_id = visit.path["promotion_id"]
    participation_id = visit.query.get("participation_id", "").strip()
    asked: list[Asked] = [(("promotions", promotion_id), {})]
    if participation_id:
        asked.append((("promotions", promotion_id, "participations", participation_id), {}))
    promotion, *found = visit.api.gather(*asked)
    if promotion is None:
        raise errors.NotFound("There is no such promotion.")
    programme = visit.api.get_if_any("programmes", promotion["programme"])
    return visit.show(
        "promotions/show.html",
        promotion=promotion,
        budgets=(programme or {}).get("budgets", []),
        participation_id=participation_id,
        found=next(iter(found), None),
    )


@page("promotions/{promotion_id}", roles=OPERATORS, method="POST")
def change_status(visit: Visit) -> Result:
    """Open a promotion or close it; all else stays as it is."""
    promotion_id = visit.path["promotion_id"]
    known = visit.api.get("promotions", promotion_id)
    body = {name: known[name] for name in known if name not in _SHOWN_ONLY}
    body |= {"status": visit.form.text("status")}
    visit.api.put("promotions", promotion_id, body=body, seen=visit.form.text("seen"))
    return visit.go("promotions", promotion_id, done="saved")


@page("promotions/{promotion_id}/edit", roles=OPERATORS)
def ask_to_change(visit: Visit) -> Result:
    """Show a promotion, to change."""
    return _edit(visit, visit.api.get("promotions", visit.path["promotion_id"]))


@page("promotions/{promotion_id}/edit", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Store a promotion's next version; it holds for what happens from then on."""
    promotion_id = visit.path["promotion_id"]
    known = visit.api.get("promotions", promotion_id)
    body, seen = _given(visit, known), visit.form.text("seen")
    visit.api.put("promotions", promotion_id, body=body, seen=seen)
    return visit.go("promotions", promotion_id, done="saved")


def _edit(visit: Visit, promotion: Mapping[str, Any]) -> Result:
    """Return the form; two calls at once."""
    strategies, segments = visit.api.gather(
        (("strategies",), {"limit": _LISTED}), (("segments",), {"limit": _LISTED})
    )
    chosen = (promotion.get("message") or {}).get("strategy_id")
    return visit.show(
        "promotions/edit.html",
        promotion=promotion,
        strategies=_options([each["strategy_id"] for each in strategies["items"]], chosen),
        segments=_options(
            [each["segment_id"] for each in segments["items"]], promotion.get("segment_id")
        ),
        written=amounts.written,
        local_time=lambda text: amounts.local_time(text, visit.zone),
    )


def _options(ids: list[str], chosen: str | None) -> list[tuple[str, str]]:
    """Return ids to choose from; the chosen one too where the list ended before it."""
    found = ids if chosen in (None, *ids) else [*ids, str(chosen)]
    return [(each, each) for each in found]


def _given(visit: Visit, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form as what a PUT takes. Raises Invalid."""
    form, zone = visit.form, visit.zone
    return form.given(
        name=form.text("name"),
        introduction=form.text("introduction"),
        app_link=form.text("app_link"),
        programme=form.text("programme"),
        starts_at=amounts.time(form, "starts_at", zone, known),
        ends_at=amounts.time(form, "ends_at", zone, known),
        segment_id=form.text("segment_id"),
        message=_message(form),
        attribution=form.text("attribution"),
        window_days=form.number("window_days"),
        expires_days=form.number("expires_days"),
        max_invitations=form.number("max_invitations"),
        needs_activity=form.ticked("needs_activity"),
        open_to_all=form.ticked("open_to_all"),
        status=form.text("status"),
        **{side: _reward(form, side) for side in SIDES},
    )


def _reward(form: Form, side: str) -> dict[str, Any]:
    """Return what one side gets, written in whole units. Raises Invalid."""
    name, currency = f"{side}.amount_minor", form.text(f"{side}.currency").upper()
    return form.given(amount_minor=amounts.minor(form, name, currency), currency=currency)


def _message(form: Form) -> dict[str, str] | None:
    """Return what customers are told, None where no strategy is chosen."""
    strategy_id = form.text("message.strategy_id")
    if not strategy_id:
        return None
    words = {name: form.text(f"message.{name}") for name in ("title", "body", "link")}
    return form.given(strategy_id=strategy_id, **words)
