"""The ledger: accounts with their statements, and payouts (C1, C5)."""

from sluice.console.pages import OPERATORS, Result, Sent, Visit, page
from sluice.shared import errors

_CSV = "text/csv; charset=utf-8"
_RECOUNTS = 10  # calls of one recount: 5,000 entries each


@page("ledger", roles=OPERATORS)
def show_ways(visit: Visit) -> Result:
    """Show what can be looked up, and the newest payouts; two calls at the same time."""
    owner_id, programme = visit.query.get("owner_id"), visit.query.get("programme")
    if owner_id:
        return visit.go("ledger", "accounts", owner_id.strip())
    if programme:
        return visit.go("programmes", programme.strip())
    payouts, promotions = visit.api.gather(
        (("payouts",), {"limit": 5}), (("promotions",), {"limit": 20})
    )
    named = {promotion["programme"]: promotion["name"] for promotion in promotions["items"]}
    return visit.show("ledger/ways.html", payouts=payouts["items"], named=named)


@page("ledger/accounts/{account_id}", roles=OPERATORS)
def show_account(visit: Visit) -> Result:
    """Show balances and a page of the statement."""
    account_id = visit.path["account_id"]
    names = ("from", "to", "currency", "cursor")
    asked = {name: visit.query.get(name) for name in names}
    account = visit.api.get("accounts", account_id, **asked)
    return visit.show("ledger/account.html", account=account, account_id=account_id)


@page("ledger/accounts/{account_id}/statement.csv", roles=OPERATORS)
def export_account(visit: Visit) -> Result:
    """Send the statement of some days as a sheet, at most 5,000 entries."""
    asked = {name: visit.query.get(name) for name in ("from", "to", "currency")}
    sheet = visit.api.get_sheet("accounts", visit.path["account_id"], rows=100, **asked)
    return Sent(sheet, _CSV, "statement.csv")


@page("ledger/accounts/{account_id}/recount", roles=OPERATORS)
def recount(visit: Visit) -> Result:
    """Add an account's entries up again, at most 50,000, and show whether they are its balance."""
    account_id, currency = visit.path["account_id"], visit.query.get("currency", "")
    cursor = visit.query.get("cursor")
    for _ in range(_RECOUNTS):
        found = visit.api.get("accounts", account_id, "recount", currency=currency, cursor=cursor)
        cursor = found.get("next_cursor")
        if not cursor:
            break
    return visit.show("ledger/recount.html", found=found, account_id=account_id, currency=currency)


@page("ledger/payouts", roles=OPERATORS)
def show_payouts(visit: Visit) -> Result:
    """Show the payouts, the newest first."""
    answer = visit.api.get("payouts", limit=50, cursor=visit.query.get("cursor"))
    return visit.show("ledger/payouts.html", answer=answer)


@page("ledger/payouts/new", roles=OPERATORS)
def ask_for_payout(visit: Visit) -> Result:
    """Ask which rewards are paid out."""
    return visit.show("ledger/new_payout.html")


@page("ledger/payouts/new", roles=OPERATORS, method="POST")
def start_payout(visit: Visit) -> Result:
    """Start a payout; the same form sent twice starts one."""
    form = visit.form
    body = form.given(
        currency=form.text("currency").upper(),
        minimum_minor=form.number("minimum_minor"),
        programme=form.text("programme"),
        owner_id=form.text("owner_id"),
        note=form.text("note"),
    )
    payout = visit.api.post("payouts", body=body, key=form.text("key"))
    return visit.go("ledger", "payouts", payout["payout_id"], done="started")


@page("ledger/payouts/{payout_id}", roles=OPERATORS)
def show_payout(visit: Visit) -> Result:
    """Show a payout and a page of its rows; two calls at the same time."""
    payout_id = visit.path["payout_id"]
    payout, rows = visit.api.gather(
        (("payouts", payout_id), {}),
        (("payouts", payout_id, "rows"), {"limit": 50, "cursor": visit.query.get("cursor")}),
    )
    if payout is None:
        raise errors.NotFound
    return visit.show("ledger/payout.html", payout=payout, rows=rows)


@page("ledger/payouts/{payout_id}", roles=OPERATORS, method="POST")
def change_payout(visit: Visit) -> Result:
    """Cancel a payout, let it go on, or say what the bank did with a row."""
    payout_id, form = visit.path["payout_id"], visit.form
    status = form.text("status")
    if status:
        visit.api.put("payouts", payout_id, body={"status": status})
        return visit.go("ledger", "payouts", payout_id, done="saved")
    result = form.given(
        owner_id=form.text("owner_id"),
        row=form.number("row"),
        state=form.text("state"),
        reason="bank-refused" if form.text("state") == "failed" else None,
    )
    told = visit.api.post("payouts", payout_id, "results", body={"results": [result]})
    for row in told["items"]:
        if row.get("problem"):
            raise errors.Invalid(row["problem"])
    return visit.go("ledger", "payouts", payout_id, done="saved")


@page("ledger/payouts/{payout_id}/rows.csv", roles=OPERATORS)
def export_payout(visit: Visit) -> Result:
    """Send a payout's rows as a sheet for the bank, at most 5,000."""
    sheet = visit.api.get_sheet("payouts", visit.path["payout_id"], "rows", rows=100)
    return Sent(sheet, _CSV, f"payout-{visit.path['payout_id']}.csv")
