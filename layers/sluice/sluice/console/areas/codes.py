"""Codes: what came of them, their images, what is behind them; one or many at once (A2, A8)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sluice.console import figures, names
from sluice.console.forms import Form
from sluice.console.pages import OPERATORS, Result, Sent, Visit, page
from sluice.shared import errors

DAYS = 31
_COUNTED = 1000  # codes whose figures are asked for at once


@page("codes", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a page of codes, the newest first, with what came of them in all: three calls."""
    wanted = {name: visit.query.get(name) for name in ("status", "referrer_id", "campaign_id")}
    answer, counted, members = visit.api.gather(
        (("codes",), {**wanted, "limit": 50, "cursor": visit.query.get("cursor")}),
        (("statistics", "codes"), {"limit": _COUNTED}),
        names.MEMBERS,
    )
    return visit.show(
        "codes/list.html",
        answer=answer,
        counted={row["id"]: row for row in counted["rows"]},
        all_counted="next_cursor" not in counted,
        members=names.of_members(members),
    )


@page("codes/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask what a new code is for."""
    (members,) = visit.api.gather(names.MEMBERS)
    key = visit.form.text("key") or str(uuid4())
    return visit.show(
        "codes/edit.html", code={}, rule={}, members=names.of_members(members), key=key
    )


@page("codes/new", roles=OPERATORS, method="POST")
def issue(visit: Visit) -> Result:
    """Issue a code, or so many at once; a form that is sent twice takes effect once."""
    form = visit.form
    body, key = _behind(visit), form.text("key")
    count, referrers = form.number("count"), form.lines("referrer_ids")
    if referrers or (count or 1) > 1:
        body |= {"referrer_ids": referrers} if referrers else {"count": count}
        batch = visit.api.post("code-batches", body=body, key=key)
        return visit.go("codes", "batches", batch["batch_id"])
    body |= form.given(referrer_id=form.text("referrer_id"))
    code = visit.api.post("codes", body=body, key=key)
    return visit.go("codes", code["code"])


@page("codes/batches/{batch_id}", roles=OPERATORS)
def show_batch(visit: Visit) -> Result:
    """Show a batch and a page of its codes."""
    batch_id, cursor = visit.path["batch_id"], visit.query.get("cursor")
    batch = visit.api.get("code-batches", batch_id, limit=50, cursor=cursor)
    return visit.show("codes/batch.html", batch=batch)


@page("codes/batches/{batch_id}/images.zip", roles=OPERATORS)
def send_images(visit: Visit) -> Result:
    """Send images of a batch and the list of them."""
    query, batch_id = visit.query, visit.path["batch_id"]
    wanted: dict[str, Any] = {
        name: query.get(name) for name in ("format", "size", "logo", "first", "limit")
    }
    file = visit.api.get_file("code-batches", batch_id, "images", **wanted)
    return Sent(file.content, file.content_type, f"codes-{batch_id}.zip")


@page("codes/{code}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show a code: image, what came of it, rule, days."""
    name, today = visit.path["code"], visit.today
    first = today - timedelta(days=DAYS - 1)
    wanted = figures.asked("codes", first, today, name)
    code, counted, of_days, members = visit.api.gather(
        (("codes", name), {}),
        (("statistics", "codes"), {"id": name}),
        wanted,
        names.MEMBERS,
    )
    if code is None:
        raise errors.NotFound("There is no such code.")
    totals = counted["rows"][0] if counted["rows"] else dict.fromkeys(figures.COUNTED, 0)
    return visit.show(
        "codes/code.html",
        code=code,
        totals=totals,
        rows=figures.days(visit.api, wanted, of_days, first, today),
        members=names.of_members(members),
    )


@page("codes/{code}", roles=OPERATORS, method="POST")
def retire(visit: Visit) -> Result:
    """Retire a code for good."""
    visit.api.delete("codes", visit.path["code"])
    return visit.go("codes", visit.path["code"], done="saved")


@page("codes/{code}/change", roles=OPERATORS)
def ask_for_change(visit: Visit) -> Result:
    """Show what is behind a code, to change."""
    code, members = visit.api.gather((("codes", visit.path["code"]), {}), names.MEMBERS)
    if code is None:
        raise errors.NotFound("There is no such code.")
    found = names.of_members(members)
    return visit.show("codes/edit.html", code=code, rule=code["rule"], members=found, key="")


@page("codes/{code}/change", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Change what is behind a code; its image stays right."""
    visit.api.put("codes", visit.path["code"], body=_behind(visit))
    return visit.go("codes", visit.path["code"], done="saved")


def _behind(visit: Visit) -> dict[str, Any]:
    form = visit.form
    return form.given(
        rule=_rule(form),
        campaign_id=form.text("campaign_id"),
        expires_at=form.moment("expires_at", visit.zone),
    )


def _rule(form: Form) -> dict[str, Any]:
    rule = form.given(
        kind=form.text("kind"),
        order=form.text("order"),
        area=form.text("area"),
        owners=form.lines("owners"),
        reservation_seconds=form.number("reservation_seconds"),
    )
    rule |= {"own_first": form.ticked("own_first"), "nearest": form.ticked("nearest")}
    if form.ticked("waits"):
        times = {name: form.number(name) for name in ("hours", "called_seconds")}
        rule["waiting"] = form.given(**times)
    return rule
