"""Exports: all of the organisation, or kinds of it, as files (F7)."""

from sluice.console.pages import OPERATORS, Result, Visit, page


@page("exports", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show the exports, the newest first: one call."""
    answer = visit.api.get("exports", limit=20, cursor=visit.query.get("cursor"))
    return visit.show("exports/list.html", answer=answer)


@page("exports/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask what to export, and how."""
    return visit.show("exports/new.html")


@page("exports/new", roles=OPERATORS, method="POST")
def start(visit: Visit) -> Result:
    """Order an export; the same form sent twice orders one."""
    form = visit.form
    body = form.given(kinds=form.texts("kinds"), format=form.text("format"))
    ordered = visit.api.post("exports", body=body, key=form.text("key"))
    return visit.go("exports", ordered["export_id"], done="started")


@page("exports/{export_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show how far an export is, and a page of its files to fetch: one call."""
    export_id, cursor = visit.path["export_id"], visit.query.get("cursor")
    export = visit.api.get("exports", export_id, limit=100, cursor=cursor)
    return visit.show("exports/show.html", export=export)


@page("exports/{export_id}", roles=OPERATORS, method="POST")
def cancel(visit: Visit) -> Result:
    """Cancel an export, or end that its files are handed out."""
    export_id = visit.path["export_id"]
    visit.api.delete("exports", export_id)
    return visit.go("exports", export_id, done="cancelled")
