"""Provider accounts: what is wrong with one, and how its channels agreed with the provider (A9)."""

from uuid import uuid4

from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

_SYNCS = 20


@page("provider-accounts/{account_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show an account and its latest syncs: two calls at once."""
    name = visit.path["account_id"]
    account, syncs = visit.api.gather(
        (("provider-accounts", name), {}),
        (("provider-accounts", name, "syncs"), {"limit": _SYNCS}),
    )
    if account is None:
        raise errors.NotFound("There is no such provider account.")
    key = visit.form.text("key") or str(uuid4())
    return visit.show("provider_accounts/account.html", account=account, syncs=syncs, key=key)


@page("provider-accounts/{account_id}", roles=OPERATORS, method="POST")
def ask_for_sync(visit: Visit) -> Result:
    """Ask for a sync; it runs by itself."""
    name, form = visit.path["account_id"], visit.form
    body = {"customers": form.ticked("customers")}
    visit.api.post("provider-accounts", name, "syncs", body=body, key=form.text("key"))
    return visit.go("provider-accounts", name, done="started")


@page("provider-accounts/{account_id}/syncs/{sync_id}", roles=OPERATORS)
def show_sync(visit: Visit) -> Result:
    """Show what a sync found."""
    path = ("provider-accounts", visit.path["account_id"], "syncs", visit.path["sync_id"])
    report = visit.api.get(*path, limit=50, cursor=visit.query.get("cursor"))
    return visit.show("provider_accounts/sync.html", report=report)
