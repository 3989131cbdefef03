"""Every item of every table is exported, or a reason says why it is not (F7)."""

from collections.abc import Iterator, Mapping

from sluice.exports.kinds import KINDS
from sluice.shared.table import Table
from tests.support.aws import all_models

# By class of item: the kinds that hold it, mostly as part of a row.
EXPORTED: Mapping[str, str] = {
    "campaigns.tables.Answers": "signups",
    "campaigns.tables.CampaignItem": "campaigns",
    "campaigns.tables.Signup": "signups",
    "codes.tables.Channel": "channels",
    "codes.tables.ChannelDetails": "channels",
    "codes.tables.Code": "codes",
    "codes.tables.SeatItem": "signups",
    "codes.tables.StatisticsRow": "statistics_channels statistics_codes statistics_referrers",
    "codes.tables.alarms.AlarmItem": "alarms",
    "codes.tables.assignments.AssignmentRow": "assignments",
    "codes.tables.contacts.OutsideContact": "outside_contacts",
    "invitations.people_tables.ListEntry": "people",
    "invitations.people_tables.MappedUser": "people",
    "invitations.people_tables.PersonAttributes": "people",
    "invitations.people_tables.SamePerson": "people",
    "invitations.people_tables.Segment": "segments",
    "invitations.promotion_tables.Inviter": "inviters",
    "invitations.promotion_tables.OptOut": "opt_outs",
    "invitations.promotion_tables.Participation": "participations",
    "invitations.promotion_tables.PromotionSettings": "promotions",
    "invitations.promotion_tables.Sent": "invitations",
    "organizations.audit_tables.AuditEntry": "audit",
    "organizations.tables.Member": "members",
    "organizations.tables.Organization": "organization",
    "organizations.tables.Partner": "partners",
    "organizations.tables.ProviderAccount": "provider_accounts",
    "promoters.bonus_tables.RulesItem": "bonus_rules",
    "promoters.bonus_tables.TaskItem": "bonus_tasks",
    "promoters.payment_tables.Payment": "commissions",
    "promoters.tables.OfferItem": "offers",
    "promoters.tables.Standing": "offers",
    "push.content_tables.TemplateItem": "templates",
    "push.recipient_tables.Recipient": "recipients",
    "push.run_tables.Run": "runs",
    "push.strategy_tables.Strategy": "strategies",
    "push.tables.Attempt": "push_attempts",
    "push.tables.Push": "pushes",
    "rewards.payout_tables.Payout": "payouts",
    "rewards.payout_tables.PayoutRow": "payout_rows",
    "rewards.programme_tables.Budget": "programmes",
    "rewards.programme_tables.ProgrammeItem": "programmes",
    "rewards.tables.Balance": "accounts",
    "rewards.tables.Entry": "entries",
    "rewards.tables.Reward": "rewards",
    "webhooks.tables.Webhook": "webhooks",
}
LOOK_UP = "leads to what is exported"
MECHANISM = "how the suite does its work"
COPY = "made of what is exported"
PASSING = "gone in days or weeks"
PICTURE = "a file that whoever put it has"
SECRET = "opens something"
LEFT_OUT: Mapping[str, str] = {
    "campaigns.tables.Day": COPY,
    "campaigns.tables.Link": LOOK_UP,
    "campaigns.tables.Participation": COPY,
    "campaigns.tables.PersonSignup": LOOK_UP,
    "campaigns.tables.PictureItem": PICTURE,
    "campaigns.tables.RoundItem": MECHANISM,
    "codes.tables.Alias": "an outside id in clear, of customers whom assignments name by ours",
    "codes.tables.Customer": LOOK_UP,
    "codes.tables.FirstView": PASSING,
    "codes.tables.Visit": PASSING,
    "codes.tables.batches.CodeBatch": LOOK_UP,
    "codes.tables.contacts.ChannelRef": LOOK_UP,
    "codes.tables.networks.NetworkJoins": PASSING,
    "codes.tables.syncs.ChannelDifferences": MECHANISM,
    "codes.tables.syncs.Later": PASSING,
    "codes.tables.syncs.Sync": MECHANISM,
    "codes.tables.syncs.SyncSchedule": MECHANISM,
    "codes.tables.waiting.Ticket": PASSING,
    "codes.tables.waiting.WaitingMark": MECHANISM,
    "console.tables.ConsoleSession": SECRET,
    "exports.export_tables.Export": MECHANISM,
    "exports.export_tables.ExportPart": MECHANISM,
    "exports.export_tables.RunningExports": MECHANISM,
    "invitations.people_tables.PeopleImport": MECHANISM,
    "invitations.promotion_tables.Invited": "the other side of an invitation",
    "invitations.promotion_tables.Link": SECRET,
    "invitations.promotion_tables.Outcome": "the other side of a participation",
    "invitations.promotion_tables.Participant": LOOK_UP,
    "invitations.promotion_tables.PromotionTerms": "as it was before; as it is it is exported",
    "invitations.promotion_tables.Told": "names a push",
    "organizations.quota_tables.QuotaUse": PASSING,
    "organizations.tables.OrganizationCheck": MECHANISM,
    "organizations.tables.OrganizationLogo": PICTURE,
    "promoters.bonus_tables.CountedItem": MECHANISM,
    "promoters.bonus_tables.CouponItem": SECRET,
    "promoters.bonus_tables.GivenCoupon": SECRET,
    "promoters.bonus_tables.HintItem": COPY,
    "promoters.bonus_tables.HintRound": MECHANISM,
    "promoters.link_tables.Clicks": PASSING,
    "promoters.link_tables.OwnLink": "an address of this deployment, which ends with it",
    "promoters.link_tables.Share": MECHANISM,
    "promoters.link_tables.ShareCount": MECHANISM,
    "promoters.link_tables.TaskLink": "an address of this deployment, which ends with it",
    "promoters.payment_tables.RefundItem": "added up in the payment",
    "promoters.tables.Chunk": COPY,
    "promoters.tables.ListView": PASSING,
    "promoters.tables.OwnFigures": COPY,
    "promoters.tables.PromoterTotal": COPY,
    "promoters.tables.RankingHead": MECHANISM,
    "push.content_tables.ChainHead": MECHANISM,
    "push.content_tables.ChainLink": "proves words to who has them; no call shows either",
    "push.content_tables.ContentVersion": "words to one user, which no call shows",
    "push.figure_tables.FiguresRow": COPY,
    "push.recipient_tables.Frequency": PASSING,
    "push.recipient_tables.Indexed": LOOK_UP,
    "push.recipient_tables.InboxMessage": "words to one user, which the app has shown",
    "push.recipient_tables.PushSettings": "one object, of one GET",
    "push.run_tables.RunBatch": PASSING,
    "push.run_tables.RunCounts": COPY,
    "push.run_tables.RunTemplate": COPY,
    "push.run_tables.RunUsers": PASSING,
    "push.tables.BehaviourItem": "what a partner told, and has",
    "push.tables.ConversionWindow": PASSING,
    "push.tables.Lookup": LOOK_UP,
    "push.tables.PushPlan": "words to one user; the strategy is exported",
    "push.tables.ReceiptItem": "counted in the attempt",
    "push.tables.SandboxMessage": PASSING,
    "rewards.programme_tables.Counter": MECHANISM,
    "rewards.programme_tables.Gate": MECHANISM,
    "rewards.programme_tables.Identity": MECHANISM,
    "rewards.programme_tables.Listed": LOOK_UP,
    "shared.claims.ClaimItem": MECHANISM,
    "shared.outbox.OutboxItem": MECHANISM,
    "shared.providers.tables.ProviderToken": SECRET,
    "shared.providers.tables.ProviderWindow": MECHANISM,
    "webhooks.tables.Attempt": PASSING,
    "webhooks.tables.Delivery": PASSING,
    "webhooks.tables.Lane": MECHANISM,
    "webhooks.tables.ToldEvent": PASSING,
    "webhooks.tables.WebhookCount": MECHANISM,
}


def _leaves(model: type[Table]) -> Iterator[type[Table]]:
    below = model.__subclasses__()
    for each in below:
        yield from _leaves(each)
    if not below:
        yield model


def test_every_class_of_items_is_exported_or_left_out_for_a_reason() -> None:
    """F7: who adds one says which."""
    found = {
        f"{leaf.__module__}.{leaf.__name__}".removeprefix("sluice.")
        for model in all_models()
        for leaf in _leaves(model)
    }
    assert found == EXPORTED.keys() | LEFT_OUT.keys()
    assert not EXPORTED.keys() & LEFT_OUT.keys()


def test_every_kind_holds_some_class_of_items() -> None:
    """F7."""
    assert {kind for kinds in EXPORTED.values() for kind in kinds.split()} == KINDS.keys()
