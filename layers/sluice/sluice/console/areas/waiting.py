"""Who waits for a place, in the order of entering (A4)."""

from sluice.console.pages import OPERATORS, Result, Visit, page


@page("waiting", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a page of those who wait, of one code or of all."""
    query = visit.query
    answer = visit.api.get("waiting", limit=50, code=query.get("code"), cursor=query.get("cursor"))
    return visit.show("waiting/list.html", answer=answer)
