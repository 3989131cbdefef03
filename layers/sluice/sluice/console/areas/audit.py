"""The audit log: who changed what, when, and what came of it (F4)."""

from sluice.console.pages import OPERATORS, Result, Visit, page

_NAMED = 200  # members whose names are shown beside their ids


@page("audit", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a page of entries, the newest first; two calls."""
    asked = {name: visit.query.get(name) for name in ("from", "to", "member_id", "operation")}
    thing, name = visit.query.get("thing", ""), visit.query.get("id", "").strip()
    about = f"{thing}:{name}" if thing and name else None
    cursor = visit.query.get("cursor")
    answer = visit.api.get("audit", **asked, about=about, limit=25, cursor=cursor)
    members = visit.api.get("members", limit=_NAMED)["items"]
    names = {member["member_id"]: member["name"] for member in members}
    return visit.show("audit/list.html", answer=answer, names=names)
