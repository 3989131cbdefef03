"""The lists of rewards, campaigns, promotions and promoters as an export walks them."""

from sluice.campaigns import campaign_views, signup_views
from sluice.campaigns.store import campaigns
from sluice.campaigns.store import listing as signups
from sluice.exports.scans import fields_of
from sluice.exports.walks import PAGE, Asked, Found
from sluice.invitations import people_views, promotion_views
from sluice.invitations.store import promotions, segments
from sluice.promoters import offer_views
from sluice.promoters.bonus_views import BonusRulesView, rules_view
from sluice.promoters.store import bonus_settings, offers
from sluice.rewards import payout_views, programme_views
from sluice.rewards.store import payouts, programmes


class BonusRulesRow(BonusRulesView, kw_only=True):
    """Settings of bonus tasks: an offer's, or the organisation's."""

    offer_id: str | None = None


class SignupRow(signup_views.SignupView, kw_only=True):
    """A signup of a campaign."""

    campaign_id: str


def all_programmes(asked: Asked, after: str) -> Found:
    """Return a page of programmes by name: a query and a request, and a query for each."""
    found = programmes.list_programmes(asked.organization_id, after, PAGE)
    rows = [
        programme_views.view_of(one, programmes.budgets_of(asked.organization_id, one.programme))
        for one in found
    ]
    return rows, found[-1].programme if len(found) == PAGE else None


def all_bonus_rules(asked: Asked, after: str) -> Found:
    """Return a page of settings of bonus tasks, the organisation's and by offer: one query."""
    found = bonus_settings.list_settings(asked.organization_id, after, PAGE)
    rows = [
        BonusRulesRow(offer_id=bonus_settings.offer_of(name), **fields_of(rules_view(rules)))
        for name, rules in found
    ]
    return rows, found[-1][0] if len(found) == PAGE else None


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
    return [SignupRow(campaign_id=campaign_id, **fields_of(one)) for one in shown], following


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
