"""An account counted again, as the API shows it."""

from sluice.rewards import rules
from sluice.rewards.rules import recounts
from sluice.rewards.store import recounting
from sluice.shared import http, telemetry


class SumsView(http.View):
    """In minor units; `owed_minor` above zero is the owner's debt."""

    balance_minor: int
    pending_minor: int
    owed_minor: int


class RecountView(http.View):
    """Of the parts that are done, what was counted and what their balances say."""

    account_id: str
    currency: str
    result: recounts.Result
    entries: int
    counted: SumsView
    kept: SumsView
    next_cursor: str | None = None


def count(organization_id: str, account_id: str, currency: str, cursor: str | None) -> RecountView:
    """Count a page of an account's entries again, as `recounting.recount`. Raises Invalid."""
    so_far, following = recounting.recount(organization_id, account_id, currency, cursor)
    result = recounts.result_of(so_far, len(rules.shards_of(account_id)))
    telemetry.note(result=result, different=so_far.different)
    counted, kept = (
        SumsView(balance_minor=sums.held, pending_minor=sums.pending, owed_minor=-sums.owed)
        for sums in (so_far.counted, so_far.kept)
    )
    return RecountView(
        account_id=account_id,
        currency=currency,
        result=result,
        entries=so_far.entries,
        counted=counted,
        kept=kept,
        next_cursor=following,
    )
