"""The lists of rewards, campaigns, promotions and promoters as an export walks them."""

from collections.abc import Sequence
from typing import Any

from sluice.campaigns import campaign_views, signup_views
from sluice.campaigns.store import campaigns
from sluice.campaigns.store import listing as signups
from sluice.exports.walks import PAGE, Asked, Found
from sluice.invitations import people_views, promotion_views
from sluice.invitations.store import promotions, segments
from sluice.organizations import listing
from sluice.promoters import commission_sheets, offer_views
from sluice.promoters.store import offers, parts, payments
from sluice.rewards import payout_views, statements, views
from sluice.rewards.statements import BalanceView, EntryView
from sluice.rewards.store import accounts, payouts
from sluice.rewards.store import listing as granted
from sluice.shared import http

_MEMBERS = "members:"  # begins the cursors of the pages behind the platform's


class AccountRow(BalanceView, kw_only=True):
    """What a member's account holds in a currency."""

    owner_id: str


class EntryRow(EntryView, kw_only=True):
    """An entry of a member's account."""

    owner_id: str


class SignupRow(signup_views.SignupView, kw_only=True):
    """A signup of a campaign."""

    campaign_id: str


def owner_ids(asked: Asked, cursor: str) -> tuple[Sequence[str], str | None]:
    """Return those of the ledger that are known: the platform's accounts, then members by id."""
    if not cursor:
        return parts.platform_accounts(), _MEMBERS
    found, following = listing.list_members(
        asked.organization_id, PAGE, cursor.removeprefix(_MEMBERS)
    )
    ids = [one.member_id for one in found]
    return ids, None if following is None else _MEMBERS + following


def balances(asked: Asked, owner_id: str, _: str) -> Found:
    """Return what an account holds: a query, and one for each currency."""
    found = accounts.read(asked.organization_id, owner_id, None, 1, None)
    shown = statements.of(owner_id, found)
    return [AccountRow(owner_id=owner_id, **_fields(one)) for one in shown.balances], None


def entries(asked: Asked, owner_id: str, cursor: str) -> Found:
    """Return a page of an account's entries, the newest first: a query, and one a currency."""
    found = accounts.read(asked.organization_id, owner_id, None, PAGE, cursor or None)
    shown = statements.of(owner_id, found)
    rows = [EntryRow(owner_id=owner_id, **_fields(one)) for one in shown.entries]
    return rows, found.next_cursor


def rewards(asked: Asked, owner_id: str, cursor: str) -> Found:
    """Return a page of an owner's rewards, the newest first: one query."""
    found, following = granted.owned(asked.organization_id, owner_id, None, PAGE, cursor)
    return [views.listed(one) for one in found], following


def batches(asked: Asked, cursor: str) -> Found:
    """Return a page of payout batches, the newest first: one query."""
    found, following = payouts.list_payouts(asked.organization_id, PAGE, cursor)
    return [payout_views.of(one) for one in found], following


def batch_ids(asked: Asked, cursor: str) -> tuple[list[str], str | None]:
    """Return a page of the ids of payout batches, the newest first: one query."""
    found, following = payouts.list_payouts(asked.organization_id, PAGE, cursor)
    return [one.payout_id for one in found], following


def payout_rows(asked: Asked, payout_id: str, cursor: str) -> Found:
    """Return a page of a batch's rows by owner: a read and a query."""
    batch = payouts.load_payout(asked.organization_id, payout_id)
    found, following = payouts.list_rows(batch, PAGE, cursor)
    return [payout_views.row_of(one) for one in found], following


def all_offers(asked: Asked, cursor: str) -> Found:
    """Return a page of offers by merchant and id, with their figures: a query and a request."""
    found, following = offers.list_offers(asked.organization_id, None, PAGE, cursor)
    return offer_views.list_of(asked.organization_id, found), following


def commissions(asked: Asked, merchant_id: str, cursor: str) -> Found:
    """Return a page of a merchant's payments, the newest first, with their split: one query."""
    found, following = payments.list_payments(
        asked.organization_id, promoter_id=None, merchant_id=merchant_id, limit=PAGE, cursor=cursor
    )
    return [commission_sheets.commission_of(one, with_others=True) for one in found], following


def all_campaigns(asked: Asked, after: str) -> Found:
    """Return a page of campaigns by id: a query, and a read for each."""
    found = campaigns.list_campaigns(asked.organization_id, after, PAGE)
    ids = [str(one.campaign_id) for one in found]
    whole = [campaigns.load(asked.organization_id, one) for one in ids]
    rows = [campaign_views.view_of(one) for one in whole]
    return rows, ids[-1] if len(ids) == PAGE else None


def campaign_ids(asked: Asked, after: str) -> tuple[list[str], str | None]:
    """Return a page of the ids of campaigns: one query."""
    found = campaigns.list_campaigns(asked.organization_id, after, PAGE)
    ids = [str(one.campaign_id) for one in found]
    return ids, ids[-1] if len(ids) == PAGE else None


def signups_of(asked: Asked, campaign_id: str, cursor: str) -> Found:
    """Return a page of a campaign's signups by customer: a query and two requests."""
    found, following = signups.page(
        asked.organization_id, campaign_id, signups.Wanted(PAGE, cursor)
    )
    shown = [signup_views.of_listed(one) for one in found]
    return [SignupRow(campaign_id=campaign_id, **_fields(one)) for one in shown], following


def all_promotions(asked: Asked, after: str) -> Found:
    """Return a page of promotions by id: one query."""
    found = promotions.list_promotions(asked.organization_id, after, PAGE)
    rows = [promotion_views.view_of(one) for one in found]
    return rows, found[-1].promotion_id if len(found) == PAGE else None


def all_segments(asked: Asked, after: str) -> Found:
    """Return a page of segments by id: one query."""
    found = segments.list_segments(asked.organization_id, after, PAGE)
    rows = [people_views.of_segment(one) for one in found]
    return rows, found[-1].segment_id if len(found) == PAGE else None


def _fields(view: http.View) -> dict[str, Any]:
    return {name: getattr(view, name) for name in view.__struct_fields__}
