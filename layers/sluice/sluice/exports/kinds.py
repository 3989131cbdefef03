"""What there is to export, by name: how it is walked, and its columns in CSV (F7)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from sluice.campaigns.campaign_views import CampaignView
from sluice.codes import channel_sheets
from sluice.codes.views import ChannelView
from sluice.codes.views.alarms import AlarmView
from sluice.codes.views.assignments import StaffAssignmentView
from sluice.codes.views.codes import CodeView
from sluice.codes.views.figures import Figures
from sluice.exports import lists, money_rows, people_rows
from sluice.exports import programme_lists as more
from sluice.exports.scans import scanned
from sluice.exports.walks import Walk, each_of, flat
from sluice.invitations.people_tables import PersonItem
from sluice.invitations.people_views import SegmentView
from sluice.invitations.promotion_tables import Inviter, OptOut, Participation, Sent
from sluice.invitations.promotion_views import PromotionView
from sluice.organizations import member_sheets
from sluice.organizations.account_views import AccountShown
from sluice.organizations.audit_views import AuditEntryView
from sluice.organizations.member_views import ListedMember
from sluice.organizations.organization_views import OrganizationView
from sluice.promoters import commission_sheets
from sluice.promoters.bonus_tables import TaskItem
from sluice.promoters.commission_sheets import CommissionView
from sluice.promoters.offer_views import OfferListed
from sluice.promoters.payment_tables import Payment
from sluice.push.recipient_tables import Recipient
from sluice.push.recipient_views import RecipientView
from sluice.push.runs.views import RunLine
from sluice.push.strategy_views import StrategyView
from sluice.push.tables import Attempt, Push
from sluice.push.template_views import TemplateView
from sluice.rewards.payout_views import PayoutView, RowView
from sluice.rewards.programme_views import ProgrammeView
from sluice.rewards.tables import Balance, Entry, Reward
from sluice.rewards.views import Listed, listed
from sluice.shared import sheets
from sluice.shared.http import View


class Kind(NamedTuple):
    """What is exported under a name; `line` makes a row's cells, where they are not its fields."""

    row: type[View]
    walk: Walk
    columns: Sequence[str] = ()  # of CSV; none: the fields of the row
    line: Callable[[Any], Sequence[sheets.Cell]] | None = None


KINDS: Mapping[str, Kind] = {
    "organization": Kind(OrganizationView, flat(lists.organization)),
    "members": Kind(
        ListedMember, flat(lists.members), member_sheets.COLUMNS, member_sheets.line_of
    ),
    "partners": Kind(lists.PartnerRow, flat(lists.partner_systems)),
    "provider_accounts": Kind(AccountShown, flat(lists.provider_accounts)),
    "channels": Kind(ChannelView, flat(lists.all_channels), channel_sheets.COLUMNS),
    "outside_contacts": Kind(
        lists.OutsideRow, each_of(lists.ids_of_channels, lists.outside_contacts)
    ),
    "codes": Kind(CodeView, flat(lists.codes)),
    "assignments": Kind(StaffAssignmentView, each_of(lists.ids_of_channels, lists.of_channel)),
    "statistics_channels": Kind(Figures, flat(lists.statistics("channels"))),
    "statistics_referrers": Kind(Figures, flat(lists.statistics("referrers"))),
    "statistics_codes": Kind(Figures, flat(lists.statistics("codes"))),
    "alarms": Kind(AlarmView, flat(lists.all_alarms)),
    "accounts": Kind(
        money_rows.AccountRow, scanned(Balance, money_rows.account, money_rows.are_balances)
    ),
    "entries": Kind(money_rows.EntryRow, scanned(Entry, money_rows.entry, money_rows.are_entries)),
    "rewards": Kind(Listed, scanned(Reward, listed)),
    "programmes": Kind(ProgrammeView, flat(more.all_programmes)),
    "payouts": Kind(PayoutView, flat(more.batches)),
    "payout_rows": Kind(RowView, each_of(more.batch_ids, more.payout_rows, newest_first=True)),
    "offers": Kind(OfferListed, flat(more.all_offers)),
    "commissions": Kind(
        CommissionView,
        scanned(Payment, money_rows.commission),
        commission_sheets.COLUMNS,
        commission_sheets.line_of,
    ),
    "bonus_rules": Kind(more.BonusRulesRow, flat(more.all_bonus_rules)),
    "bonus_tasks": Kind(money_rows.BonusTaskRow, scanned(TaskItem, money_rows.bonus_task)),
    "campaigns": Kind(CampaignView, flat(more.all_campaigns)),
    "signups": Kind(more.SignupRow, each_of(more.campaign_ids, more.signups_of)),
    "promotions": Kind(PromotionView, flat(more.all_promotions)),
    "segments": Kind(SegmentView, flat(more.all_segments)),
    "people": Kind(
        people_rows.PersonRow, scanned(PersonItem, people_rows.person, people_rows.are_known)
    ),
    "inviters": Kind(people_rows.InviterRow, scanned(Inviter, people_rows.inviter)),
    "invitations": Kind(people_rows.InvitationRow, scanned(Sent, people_rows.invitation)),
    "participations": Kind(
        people_rows.ParticipationRow, scanned(Participation, people_rows.participation)
    ),
    "opt_outs": Kind(people_rows.OptOutRow, scanned(OptOut, people_rows.opt_out)),
    "strategies": Kind(StrategyView, flat(lists.latest_strategies)),
    "templates": Kind(TemplateView, flat(lists.all_templates)),
    "runs": Kind(RunLine, flat(lists.all_runs)),
    "recipients": Kind(RecipientView, scanned(Recipient, people_rows.recipient)),
    "pushes": Kind(people_rows.PushRow, scanned(Push, people_rows.push)),
    "push_attempts": Kind(people_rows.AttemptRow, scanned(Attempt, people_rows.attempt)),
    "webhooks": Kind(lists.WebhookRow, flat(lists.all_webhooks)),
    "audit": Kind(AuditEntryView, flat(lists.audit)),
}


def columns_of(kind: Kind) -> Sequence[str]:
    """Return the columns of a kind's CSV."""
    return kind.columns or kind.row.__struct_fields__


def line_of(kind: Kind, row: View) -> Sequence[sheets.Cell]:
    """Return the cells of a row: times as text, what is no single value as JSON."""
    if kind.line is not None:
        return kind.line(row)
    return [_cell(getattr(row, name)) for name in columns_of(kind)]


def _cell(value: Any) -> sheets.Cell:
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float):
        return value
    found: sheets.Cell = msgspec.to_builtins(value)
    return found
