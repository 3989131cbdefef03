"""Channels: loads against caps, one with what it brings, to change, sheets in and out (A1, F7)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from sluice.console import figures, hours, names, sheets
from sluice.console.forms import Form
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

DAYS = 31
_PAGE = 200
_ALARMS = 100
_OUTSIDE = 20


@page("channels", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a page of channels, the fullest first: two calls at once.

    By kind and owner the API filters, by name and fullness what the page has.
    """
    query = visit.query
    state, name = query.get("status", ""), query.get("name", "").casefold()
    wanted = {key: query.get(key) for key in ("kind", "owner_id", "cursor")}
    status = "open" if state == "full" else state
    answer, members = visit.api.gather(
        (("channels",), {**wanted, "status": status, "limit": _PAGE}), names.MEMBERS
    )
    channels = [
        channel
        for channel in answer["items"]
        if state in ("", _state_of(channel)) and name in channel["name"].casefold()
    ]
    if query.get("sort") != "id":
        channels.sort(key=lambda one: (one["status"] != "open", -one["held"] / (one["cap"] or 1)))
    found = names.of_members(members)
    return visit.show(
        "channels/list.html", answer=answer, channels=channels, state_of=_state_of, members=found
    )


@page("channels/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask what a new channel is."""
    return _edit(visit, {})


@page("channels/new", roles=OPERATORS, method="POST")
def create(visit: Visit) -> Result:
    """Create a channel, unless there is one with this id."""
    channel_id = visit.form.text("channel_id")
    visit.api.create("channels", channel_id, body=_given(visit.form), named="channel_id")
    return visit.go("channels", done="saved")


@page("channels/sheet.csv", roles=OPERATORS)
def export(visit: Visit) -> Result:
    """Send all channels as a sheet that the import takes back."""
    return sheets.export(visit, "channels")


@page("channels/import", roles=OPERATORS)
def ask_for_sheet(visit: Visit) -> Result:
    """Ask for a sheet."""
    return visit.show("sheet.html", title=visit.say("Import channels"), report=None)


@page("channels/import", roles=OPERATORS, method="POST")
def import_sheet(visit: Visit) -> Result:
    """Import a sheet and show what became of its lines."""
    report = sheets.take(visit, "channels")
    return visit.show("sheet.html", title=visit.say("Import channels"), report=report)


@page("channels/{channel_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show a channel: load, alarms, what it brought, who came without a code. Five calls."""
    name, today = visit.path["channel_id"], visit.today
    first = today - timedelta(days=DAYS - 1)
    wanted = figures.asked("channels", first, today, name)
    channel, counted, alarms, outside, members = visit.api.gather(
        (("channels", name), {}),
        wanted,
        (("alarms",), {"status": "open", "limit": _ALARMS}),
        (("channels", name, "outside"), {"limit": _OUTSIDE}),
        names.MEMBERS,
    )
    if channel is None:
        raise errors.NotFound("There is no such channel.")
    rows = figures.days(visit.api, wanted, counted, first, today)
    return visit.show(
        "channels/channel.html",
        channel=channel,
        state=_state_of(channel),
        rows=rows,
        sums=figures.sums(rows),
        alarms=[one for one in alarms["items"] if one["subject"] in (name, channel["provider"])],
        outside=outside,
        members=names.of_members(members),
        hours=hours.written(channel.get("shifts"), visit.language),
    )


@page("channels/{channel_id}", roles=OPERATORS, method="POST")
def remove(visit: Visit) -> Result:
    """Give nobody a place there any more."""
    visit.api.delete("channels", visit.path["channel_id"])
    return visit.go("channels", done="removed")


@page("channels/{channel_id}/change", roles=OPERATORS)
def ask_for_change(visit: Visit) -> Result:
    """Show a channel, to change."""
    return _edit(visit, visit.api.get("channels", visit.path["channel_id"]))


@page("channels/{channel_id}/change", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Change a channel, and what follows it where it is a group."""
    channel_id = visit.path["channel_id"]
    body, seen = _given(visit.form), visit.form.text("seen")
    visit.api.put("channels", channel_id, body=body, seen=seen)
    return visit.go("channels", channel_id, done="saved")


def _edit(visit: Visit, channel: Mapping[str, Any]) -> Result:
    (members,) = visit.api.gather(names.MEMBERS)
    area = channel.get("service_area") or {}
    return visit.show(
        "channels/edit.html",
        channel=channel,
        area=area,
        area_kind=_kind_of(area),
        shape=msgspec.json.encode(area).decode() if "type" in area else "",
        hours=hours.written(channel.get("shifts"), visit.language),
        members=names.of_members(members),
    )


def _given(form: Form) -> dict[str, Any]:
    """Return the form as what a PUT takes; what is left empty is the API's default."""
    return form.given(
        kind=form.text("kind"),
        name=form.text("name"),
        provider=form.text("provider"),
        provider_ref=form.text("provider_ref"),
        cap=form.number("cap"),
        daily_cap=form.number("daily_cap"),
        weight=form.number("weight"),
        owner_id=form.text("owner_id"),
        backup=form.ticked("backup"),
        status=form.text("status"),
        service_area=_area(form),
        shifts=hours.read(form.text("hours"), "hours"),
        successor=_successor(form),
    )


def _successor(form: Form) -> dict[str, Any] | None:
    """Return the group that follows this one, None where none is named."""
    name = form.text("successor.name")
    if not name:
        return None
    return form.given(
        name=name,
        provider_ref=form.text("successor.provider_ref"),
        cap=form.number("successor.cap"),
        at_percent=form.number("successor.at_percent"),
        most=form.number("successor.most"),
    )


def _area(form: Form) -> dict[str, Any] | None:
    """Return where a channel serves. Raises Invalid: what is written is none."""
    kind = form.text("area")
    if kind == "region":
        return {"region": form.lines("region")}
    try:
        if kind == "circle":
            point = {name: float(form.text(name)) for name in ("latitude", "longitude")}
            return {"point": point, "radius_meters": float(form.text("radius_meters"))}
        if kind == "shape":
            return msgspec.json.decode(form.text("shape"), type=dict[str, Any])
    except (ValueError, msgspec.DecodeError):
        reason = "not a number" if kind == "circle" else "not GeoJSON"
        raise errors.Invalid("Write where it serves.", [("service_area", reason)]) from None
    return None


def _kind_of(area: Mapping[str, Any]) -> str:
    if "region" in area:
        return "region"
    return "circle" if "point" in area else "shape" if area else ""


def _state_of(channel: Mapping[str, Any]) -> str:
    if channel["status"] == "open" and channel["held"] >= channel["cap"]:
        return "full"
    return str(channel["status"])
