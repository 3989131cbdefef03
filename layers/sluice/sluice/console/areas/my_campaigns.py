"""A member's campaigns: running, to come, over; one with material and performance (B2, B3, B7)."""

from typing import Any

from sluice.console.pages import MEMBERS, Result, Sent, Visit, page

STATES = ("running", "soon", "ended")
SIZES = ("small", "phone")  # of a poster that comes through the console; prints are too large
_WORDS = ("text", "card")


@page("my-campaigns", roles=MEMBERS)
def show_all(visit: Visit) -> Result:
    """Show a page of the member's campaigns, the running ones first."""
    cursor = visit.query.get("cursor")
    answer = visit.api.get("members", visit.member_id, "campaigns", limit=50, cursor=cursor)
    items = answer["items"]
    groups = [(state, [each for each in items if each["state"] == state]) for state in STATES]
    return visit.show("my_campaigns/list.html", answer=answer, groups=groups)


@page("my-campaigns/{campaign_id}", roles=MEMBERS)
def show(visit: Visit) -> Result:
    """Show a campaign: what to pass on until it ends, and how the member does."""
    campaign_id, me = visit.path["campaign_id"], visit.member_id
    campaign = visit.api.get("members", me, "campaigns", campaign_id)
    kinds = campaign["material"] if campaign["state"] != "ended" else []
    wanted = [kind for kind in _WORDS if kind in kinds]
    performance, *words = visit.api.gather(
        (("campaigns", campaign_id, "performance", me), {"neighbours": 2}),
        *((("campaigns", campaign_id, "material", kind), {"member_id": me}) for kind in wanted),
    )
    return visit.show(
        "my_campaigns/one.html",
        campaign=campaign,
        performance=performance,
        has_poster="poster" in kinds,
        material=dict(zip(wanted, words, strict=True)),
        reached=_reached(performance),
    )


@page("my-campaigns/{campaign_id}/poster.png", roles=MEMBERS)
def send_poster(visit: Visit) -> Result:
    """Send the member's poster."""
    size = visit.query.get("size", "")
    path = ("campaigns", visit.path["campaign_id"], "material", "poster")
    look = {"member_id": visit.member_id, "size": size if size in SIZES else SIZES[0]}
    file = visit.api.get_file(*path, **look)
    return Sent(file.content, file.content_type, "poster.png")


def _reached(performance: Any) -> list[tuple[str, int, int | None]]:
    """Return the figures that may have a target, with it."""
    found = performance or {"figures": {}, "targets": {}}
    return [
        (name, found["figures"].get(name, 0), found["targets"].get(name))
        for name in ("views", "signups", "participations")
    ]
