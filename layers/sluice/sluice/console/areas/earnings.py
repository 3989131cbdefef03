"""What somebody earned: balances, rewards by state, the statement, a promoter's rank (D5, D10)."""

from typing import Any

from sluice.console.pages import (
    MEMBERS,
    MERCHANTS,
    PROMOTERS,
    Result,
    Sent,
    Visit,
    page,
)
from sluice.organizations.rules import PROMOTER

EARNERS = MEMBERS | PROMOTERS | MERCHANTS
STATES = ("pending", "held", "cleared", "payable", "paid", "reversed")
PERIODS = ("month", "all")
_SHEET_ROWS = 100  # of a call of the API


@page("earnings", roles=EARNERS)
def show_all(visit: Visit) -> Result:
    """Show what there is, what is coming, the newest rewards, and where a promoter stands."""
    state, period = visit.query.get("state", ""), visit.query.get("period", "")
    me = visit.member_id
    wanted = {"state": state if state in STATES else "", "cursor": visit.query.get("cursor")}
    asked: list[Any] = [
        (("accounts", me), {"limit": 1}),
        (("rewards",), {"owner_id": me, "limit": 20, **wanted}),
    ]
    if PROMOTER in visit.signed_in.roles:
        rank = {"period": period if period in PERIODS else PERIODS[0], "neighbours": 2}
        asked += [(("promoters", me, "rank"), rank), (("payments",), _payments(visit))]
        asked += [(("promoters", me, "tasks"), {"limit": 100})]
    account, rewards, *more = visit.api.gather(*asked)
    board, payments, tasks = more or (None, None, None)
    return visit.show(
        "earnings/list.html",
        account=account,
        answer=rewards,
        board=board,
        state=state,
        period=period or PERIODS[0],
        sold=_sold(payments, tasks),
        states=STATES,
    )


@page("earnings/statement", roles=EARNERS)
def show_statement(visit: Visit) -> Result:
    """Show every entry of the account, the newest first."""
    days, place = _days(visit), {"limit": 50, "cursor": visit.query.get("cursor")}
    account = visit.api.get("accounts", visit.member_id, **days, **place)
    return visit.show("earnings/statement.html", account=account, days=days)


@page("earnings/statement.csv", roles=EARNERS)
def send_statement(visit: Visit) -> Result:
    """Send the entries as a sheet."""
    days, path = _days(visit), ("accounts", visit.member_id)
    sheet = visit.api.get_sheet(*path, rows=_SHEET_ROWS, **days)
    return Sent(sheet, "text/csv; charset=utf-8", "statement.csv")


def _days(visit: Visit) -> dict[str, str]:
    return {name: visit.query.get(name, "") for name in ("from", "to")}


def _payments(visit: Visit) -> dict[str, Any]:
    return {"promoter_id": visit.member_id, "limit": 100}


def _sold(payments: Any, tasks: Any) -> dict[str, str]:
    """Return what was sold with an order, as far as these lists say it."""
    products = {
        task["offer_id"]: task["product"]["name"] for task in (tasks or {}).get("items", ())
    }
    return {
        payment["order_id"]: products.get(payment["offer_id"], payment["offer_id"])
        for payment in (payments or {}).get("items", ())
        if payment.get("offer_id")
    }
