"""The lists of organisations, codes and pushes as an export walks them: the views of the API."""

from datetime import date, datetime

import msgspec

from sluice.codes import views as channel_views
from sluice.codes.rules.codes import Filter
from sluice.codes.store import alarms, assignments, channel_ids, channels, figures, issued, outside
from sluice.codes.views import alarms as alarm_views
from sluice.codes.views import assignments as assignment_views
from sluice.codes.views import codes as code_views
from sluice.codes.views import figures as figure_views
from sluice.codes.views import outside as outside_views
from sluice.exports.walks import PAGE, Asked, Found, PageOf
from sluice.organizations import (
    account_views,
    audit_listing,
    audit_views,
    listing,
    member_views,
    organization_views,
    partners,
    store,
)
from sluice.organizations.rules import Quota
from sluice.push import strategy_views, template_views
from sluice.push.runs import views as run_views
from sluice.push.store import runs, strategies, templates
from sluice.push.strategy_tables import Strategy
from sluice.shared.http import View
from sluice.webhooks import views as webhook_views
from sluice.webhooks.store import webhooks


class PartnerRow(View):
    """A system that signs its calls; its key is nobody's to export."""

    partner_id: str
    name: str
    quota: Quota | None = None


class WebhookRow(View):
    """Where events go, and how it fares; its secret is nobody's to export."""

    webhook_id: str
    url: str
    events: list[str]
    status: str
    created_at: datetime
    description: str | None = None
    why: str | None = None
    failing_since: datetime | None = None


class OutsideRow(outside_views.OutsideContactView, kw_only=True):
    """A person in a channel whom no request is known to have brought."""

    channel_id: str


def organization(asked: Asked, _: str) -> Found:
    """Return the organisation itself: one read."""
    found = store.find_organization(asked.organization_id)
    return [organization_views.of_organization(found, with_settings=True)], None


def members(asked: Asked, cursor: str) -> Found:
    """Return a page of members by id: one query."""
    found, following = listing.list_members(asked.organization_id, PAGE, cursor)
    return [member_views.of_member(one) for one in found], following


def partner_systems(asked: Asked, _: str) -> Found:
    """Return the partners, 20 at most: one query."""
    found = partners.list_partners(asked.organization_id)
    return [msgspec.convert(one, PartnerRow, from_attributes=True) for one in found], None


def all_webhooks(asked: Asked, _: str) -> Found:
    """Return the webhooks by id, 20 at most: one query."""
    views = map(webhook_views.of_webhook, webhooks.list_webhooks(asked.organization_id))
    return [msgspec.convert(one, WebhookRow, from_attributes=True) for one in views], None


def provider_accounts(asked: Asked, cursor: str) -> Found:
    """Return a page of provider accounts by id, without secrets: one query."""
    organization_id = asked.organization_id
    found, following = listing.list_provider_accounts(organization_id, PAGE, cursor)
    views = [
        account_views.of_account(organization_id, one, one.account_id, asked.base_url)
        for one in found
    ]
    return views, following


def audit(asked: Asked, cursor: str) -> Found:
    """Return a page of the audit log, the newest first: one query."""
    wanted = audit_listing.Wanted(PAGE, cursor)
    found, following = audit_listing.page(asked.organization_id, wanted)
    return [audit_views.of_entry(one) for one in found], following


def all_channels(asked: Asked, cursor: str) -> Found:
    """Return a page of channels by id, without the removed: a query and 1 or 2 requests."""
    found, following = channels.list_channels(asked.organization_id, PAGE, cursor)
    return [channel_views.of_channel(one) for one in found], following


def ids_of_channels(asked: Asked, cursor: str) -> tuple[list[str], str | None]:
    """Return a page of the ids of channels, also of removed ones: one query."""
    found, following = channel_ids.list_ids(asked.organization_id, PAGE, cursor)
    return list(found), following


def outside_contacts(asked: Asked, channel_id: str, cursor: str) -> Found:
    """Return a page of a channel's people who came without a code: one query."""
    found, following = outside.list_outside(asked.organization_id, channel_id, PAGE, cursor)
    rows = [
        OutsideRow(
            channel_id=channel_id,
            customer_ref=one.customer_ref,
            status=one.status,
            connected_at=one.connected_at,
            lost_at=one.lost_at,
        )
        for one in found
    ]
    return rows, following


def codes(asked: Asked, cursor: str) -> Found:
    """Return a page of codes, the newest first: one query."""
    found, following = issued.list_codes(asked.organization_id, Filter(), PAGE, cursor, asked.now)
    return [code_views.of_code(one, asked.base_url, asked.now) for one in found], following


def of_channel(asked: Asked, channel_id: str, cursor: str) -> Found:
    """Return a page of a channel's assignments, the newest first: one query."""
    found, following = assignments.list_channel(
        asked.organization_id, channel_id, None, PAGE, cursor
    )
    return [assignment_views.of_row(one) for one in found], following


def statistics(dimension: str) -> PageOf:
    """Return the list of what was counted in all, of a dimension: four queries a page."""

    def page(asked: Asked, cursor: str) -> Found:
        wanted = figures.Asked(dimension, None, None, by_day=False, limit=PAGE, cursor=cursor)
        found, following = figures.read(asked.organization_id, wanted)
        return figure_views.of_page(found, None, date.min), following

    return page


def all_alarms(asked: Asked, cursor: str) -> Found:
    """Return a page of alarms by kind and subject: one query."""
    found, following = alarms.list_alarms(asked.organization_id, None, PAGE, cursor)
    return [alarm_views.of_alarm(one) for one in found], following


def latest_strategies(asked: Asked, cursor: str) -> Found:
    """Return a page of the latest versions by id: one query, and a request for each 100."""
    found, following = strategies.list_strategies(asked.organization_id, PAGE, cursor)
    keys = [(one.key, one.version) for one in found]
    whole = {one.strategy_id: one for one in Strategy.batch_get(keys)} if keys else {}
    views = [strategy_views.of_strategy(whole[one.strategy_id]) for one in found]
    return views, following


def all_templates(asked: Asked, after: str) -> Found:
    """Return a page of templates by id: one query."""
    found = templates.list_templates(asked.organization_id, after, PAGE)
    views = [template_views.of_template(one) for one in found]
    return views, found[-1].item if len(found) == PAGE else None


def all_runs(asked: Asked, before: str) -> Found:
    """Return a page of runs, the newest first: one query."""
    found = runs.list_runs(asked.organization_id, before or None, PAGE)
    views = [run_views.line_of(one) for one in found]
    return views, found[-1].run_id if len(found) == PAGE else None
