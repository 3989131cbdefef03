"""Campaigns: figures against targets, members and signups, posters, publishing (B1 to B7)."""

import base64
from typing import Any

from sluice.console import campaign_forms
from sluice.console.pages import OPERATORS, Result, Sent, Visit, page
from sluice.shared import errors

_SHOWN = 8  # of the list: each is read for its figures
_UNRANKED = 10**6  # behind everybody: who was removed
# What an answer says of a campaign and a PUT does not take.
_SHOWN_ONLY = frozenset({"campaign_id", "version", "programme"})
_CSV = "text/csv; charset=utf-8"


@page("campaigns", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a page of campaigns with their figures: a call, and one for each at the same time."""
    answer = visit.api.get("campaigns", limit=_SHOWN, cursor=visit.query.get("cursor"))
    ids = [campaign["campaign_id"] for campaign in answer["items"]]
    found = visit.api.gather(*((("campaigns", one, "performance"), {"limit": 1}) for one in ids))
    figures = {one["campaign_id"]: one for one in found if one}
    return visit.show("campaigns/list.html", answer=answer, figures=figures)


@page("campaigns/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask what a new campaign is."""
    return visit.show("campaigns/edit.html", campaign={}, slots=campaign_forms.slots(visit, {}))


@page("campaigns/new", roles=OPERATORS, method="POST")
def create(visit: Visit) -> Result:
    """Store the first version of a campaign, unless there is one with this id."""
    campaign_id = visit.form.text("campaign_id")
    if not campaign_id:
        raise errors.Invalid("A campaign needs an id.", [("campaign_id", "missing")])
    body = campaign_forms.given(visit.form, {})
    visit.api.create("campaigns", campaign_id, body=body, named="campaign_id")
    return visit.go("campaigns", campaign_id, done="saved")


@page("campaigns/{campaign_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show a campaign, its figures and its members by rank; two calls at once."""
    campaign_id = visit.path["campaign_id"]
    campaign, performance = visit.api.gather(
        (("campaigns", campaign_id), {}),
        (("campaigns", campaign_id, "performance"), {"limit": 100}),
    )
    if campaign is None:
        raise errors.NotFound
    members = sorted(performance["items"], key=lambda each: each.get("rank") or _UNRANKED)
    return visit.show(
        "campaigns/show.html", campaign=campaign, performance=performance, members=members
    )


@page("campaigns/{campaign_id}", roles=OPERATORS, method="POST")
def change_status(visit: Visit) -> Result:
    """Publish a campaign, or end it; all else stays as it is."""
    campaign_id = visit.path["campaign_id"]
    campaign = visit.api.get("campaigns", campaign_id)
    body = {name: campaign[name] for name in campaign if name not in _SHOWN_ONLY}
    body |= {"status": visit.form.text("status")}
    visit.api.put("campaigns", campaign_id, body=body, seen=visit.form.text("seen"))
    return visit.go("campaigns", campaign_id, done="saved")


@page("campaigns/{campaign_id}/edit", roles=OPERATORS)
def ask_to_change(visit: Visit) -> Result:
    """Show a campaign, to change."""
    campaign = visit.api.get("campaigns", visit.path["campaign_id"])
    slots = campaign_forms.slots(visit, campaign)
    return visit.show("campaigns/edit.html", campaign=campaign, slots=slots)


@page("campaigns/{campaign_id}/edit", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Store a campaign's next version; members are told of it."""
    campaign_id = visit.path["campaign_id"]
    kept = visit.api.get("campaigns", campaign_id)
    body, seen = campaign_forms.given(visit.form, kept), visit.form.text("seen")
    visit.api.put("campaigns", campaign_id, body=body, seen=seen)
    return visit.go("campaigns", campaign_id, done="saved")


@page("campaigns/{campaign_id}/picture", roles=OPERATORS)
def show_again(visit: Visit) -> Result:
    """Show the campaign where a picture was refused."""
    return show(visit)


@page("campaigns/{campaign_id}/picture", roles=OPERATORS, method="POST")
def put_picture(visit: Visit) -> Result:
    """Keep the picture of the posters, or take it away."""
    campaign_id, file = visit.path["campaign_id"], visit.form.file("picture")
    body: dict[str, Any] = {}
    if not visit.form.text("remove"):
        if file is None:
            raise errors.Invalid("Choose a file.", [("picture", "no file")])
        body["image"] = base64.b64encode(file.content).decode()
    visit.api.put("campaigns", campaign_id, "picture", body=body)
    return visit.go("campaigns", campaign_id, done="saved")


@page("campaigns/{campaign_id}/poster.png", roles=OPERATORS)
def show_poster(visit: Visit) -> Result:
    """Send a sample of the poster: its code leads nowhere."""
    path = ("campaigns", visit.path["campaign_id"], "material", "poster")
    file = visit.api.get_file(*path, sample="true", size="small")
    return Sent(file.content, file.content_type)


@page("campaigns/{campaign_id}/members.csv", roles=OPERATORS)
def export_members(visit: Visit) -> Result:
    """Send what every member brought, as a sheet."""
    campaign_id = visit.path["campaign_id"]
    sheet = visit.api.get_sheet("campaigns", campaign_id, "performance", rows=500)
    return Sent(sheet, _CSV, f"{campaign_id}-members.csv")


@page("campaigns/{campaign_id}/members/{member_id}", roles=OPERATORS)
def show_member(visit: Visit) -> Result:
    """Show what one member brought, day by day, and who is next to them."""
    campaign_id, member_id = visit.path["campaign_id"], visit.path["member_id"]
    found = visit.api.get("campaigns", campaign_id, "performance", member_id)
    return visit.show("campaigns/member.html", found=found, campaign_id=campaign_id)


@page("campaigns/{campaign_id}/signups", roles=OPERATORS)
def show_signups(visit: Visit) -> Result:
    """Show a page of signups with their feedback."""
    names = ("outcome", "salesperson_id", "cursor")
    asked = {name: visit.query.get(name) for name in names}
    campaign_id = visit.path["campaign_id"]
    answer = visit.api.get("campaigns", campaign_id, "signups", limit=25, **asked)
    labels = {field["name"]: field["label"] for field in answer.get("form", ())}
    return visit.show(
        "campaigns/signups.html", answer=answer, labels=labels, campaign_id=campaign_id
    )


@page("campaigns/{campaign_id}/signups", roles=OPERATORS, method="POST")
def judge(visit: Visit) -> Result:
    """Say whether a customer took part; said again, it corrects."""
    form, campaign_id = visit.form, visit.path["campaign_id"]
    path = ("campaigns", campaign_id, "signups", form.text("customer_id"), "feedback")
    visit.api.put(*path, body={"outcome": form.text("outcome")})
    return visit.go("campaigns", campaign_id, "signups", done="saved")


@page("campaigns/{campaign_id}/signups.csv", roles=OPERATORS)
def export_signups(visit: Visit) -> Result:
    """Send the signups as a sheet, at most 5,000."""
    campaign_id = visit.path["campaign_id"]
    sheet = visit.api.get_sheet("campaigns", campaign_id, "signups", rows=100)
    return Sent(sheet, _CSV, f"{campaign_id}-signups.csv")
