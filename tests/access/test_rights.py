"""Each function may do what it does, and no more (F4)."""

import random
from collections.abc import Mapping

import pytest

from tests.access.rights import Right, granted, used
from tests.faults.operations import every_case

SAMPLE = 16  # cases in `make test`; all in `make proof`
_ORDERED = "a stream's record that fails again and again is set aside"
_PUT_OFF = "what the sweeper fails at is put off"
_BY_USER = "a receipt that names its user only is judged by what the user did"
_IDENTITY = "a join with an identity token"
_WECOM = "a real provider's account: what it tells, its token, what is wrong with it"
_SIGNAL = "the push's latest message has failed, and nobody could be told before"
_PROVIDER = "a real provider's account: its token, and its limits"
_AWS = "an account that sends through AWS itself"
_LOADS = "a rule that compares what channels hold"
_LOOKED_UP = "a seat in a channel that seems closed: it is looked up before that is believed"
_OWN_SEAT = "who is served by the sweep has a seat from elsewhere that has expired"
_SIGNED = "an upload is signed for, and carried out by whoever has the address"
_GATE = "a programme without a budget in the reward's currency"
_OF_A_RUN = "the first message of a run is refused: its execution begins"
_NATIONAL = "a phone number without its country"
_LINK = "the promoter has a link already"
_COUPON = "the buyer used a coupon"
_FULL = "all salespeople are full: what has expired is taken back"
_HAS = "a campaign, a strategy, an offer, a programme or a payout is exported"
_BACK = "a visitor comes back to the page: their seat, or their place in the line"
PARTNERS = (  # what partners call; record_behaviour has a case with a quota
    "invitations/erase_person",
    "invitations/invite_newcomer",
    "invitations/put_person",
    "invitations/record_login",
    "invitations/record_participation",
    "promoters/record_payment",
    "promoters/record_refund",
    "push/put_recipient",
    "push/start_push",
    "rewards/grant_reward",
)
QUOTAS = {
    Right(name, "dynamodb:UpdateItem", "ClaimsTable"): "a partner has a quota" for name in PARTNERS
}
# Rights that no case without a fault needs, and who does.
SELDOM: Mapping[Right, str] = QUOTAS | {
    Right("campaigns/record_feedback", "dynamodb:ConditionCheckItem", "ProgrammesTable"): _GATE,
    Right("campaigns/sign_up", "dynamodb:BatchGetItem", "SeatsTable"): _FULL,
    Right("campaigns/sign_up", "dynamodb:BatchGetItem", "StatisticsTable"): "a pool just loaded, "
    "of which much may be unconfirmed",
    Right("campaigns/sign_up", "dynamodb:ConditionCheckItem", "CampaignsTable"): "who signs up "
    "turned out to be another customer",
    Right("campaigns/sign_up", "dynamodb:ConditionCheckItem", "ChannelsTable"): "a seat is renewed",
    Right("campaigns/sign_up", "dynamodb:GetItem", "ChannelsTable"): _LOOKED_UP,
    Right("campaigns/sign_up", "dynamodb:Query", "OrganizationsTable"): _IDENTITY,
    Right("campaigns/sign_up", "dynamodb:Query", "SeatsTable/index/by_expiry"): _FULL,
    Right("campaigns/sign_up", "dynamodb:UpdateItem", "NetworkJoinsTable"): "a strained pool",
    Right("console/show_console", "cognito-idp:AdminUserGlobalSignOut", ""): "a forgotten password",
    Right("console/show_console", "dynamodb:PutItem", "SessionsTable"): "somebody signs in",
    Right("console/show_console", "dynamodb:UpdateItem", "SessionsTable"): "a token is renewed",
    Right("codes/release_expired_seats", "dynamodb:UpdateItem", "SeatsTable"): _PUT_OFF,
    Right("codes/assign_channel", "dynamodb:ConditionCheckItem", "SeatsTable"): _IDENTITY
    + " of a customer with seats of other kinds",
    Right("codes/assign_channel", "dynamodb:Query", "OrganizationsTable"): _IDENTITY,
    Right("codes/leave_code", "dynamodb:Query", "OrganizationsTable"): _IDENTITY,
    Right("codes/serve_waiting", "dynamodb:BatchGetItem", "ChannelsTable"): _LOADS,
    Right("codes/serve_waiting", "dynamodb:GetItem", "ChannelsTable"): _LOOKED_UP,
    Right("codes/sweep_waiting", "dynamodb:BatchGetItem", "ChannelsTable"): _LOADS,
    Right("codes/sweep_waiting", "dynamodb:GetItem", "ChannelsTable"): _LOOKED_UP,
    Right("codes/sweep_waiting", "dynamodb:ConditionCheckItem", "ChannelsTable"): _OWN_SEAT,
    Right("codes/count_changes", "sqs:SendMessage"): _ORDERED,
    Right("codes/relay_assignments", "sqs:SendMessage"): _ORDERED,
    Right("codes/apply_callback", "dynamodb:ConditionCheckItem", "OrganizationsTable"): _WECOM,
    Right("codes/apply_callback", "dynamodb:UpdateItem", "ProviderTokensTable"): _WECOM,
    Right("codes/apply_callback", "dynamodb:BatchGetItem", "CustomersTable"): "two are one person",
    Right("codes/check_alarms", "dynamodb:GetItem", "ChannelsTable"): "was a channel closed there",
    Right("codes/check_alarms", "dynamodb:GetItem", "ChecksTable"): _PUT_OFF,
    Right("codes/handle_scan", "dynamodb:BatchGetItem", "SeatsTable"): _BACK,
    Right("codes/handle_scan", "dynamodb:GetItem", "WaitingTable"): _BACK,
    Right("codes/handle_scan", "dynamodb:Query", "ChannelsTable/index/by_organization"): "a rule "
    "by service areas",
    Right("codes/handle_scan", "dynamodb:Query", "WaitingTable/index/by_place"): _BACK,
    Right("exports/manage_exports", "dynamodb:Query", "PeopleTable"): "they are listed",
    Right("exports/manage_exports", "s3:GetObject"): _SIGNED,
    Right("exports/write_export", "dynamodb:BatchGetItem", "CampaignsTable"): _HAS,
    Right("exports/write_export", "dynamodb:BatchGetItem", "ProgrammesTable"): _HAS,
    Right("exports/write_export", "dynamodb:BatchGetItem", "SeatsTable"): _HAS,
    Right("exports/write_export", "dynamodb:BatchGetItem", "StrategiesTable"): _HAS,
    Right("exports/write_export", "dynamodb:BatchGetItem", "TaskFiguresTable"): _HAS,
    Right("exports/write_export", "dynamodb:GetItem", "CampaignsTable"): _HAS,
    Right("exports/write_export", "dynamodb:GetItem", "ProgrammesTable"): _HAS,
    Right("exports/write_export", "dynamodb:Query", "CampaignsTable"): _HAS,
    Right("codes/import_channels", "dynamodb:PutItem", "ChannelsTable"): "an area, or shifts",
    Right("codes/sync_way", "dynamodb:UpdateItem", "OrganizationsTable"): _WECOM,
    Right("codes/sync_way", "dynamodb:UpdateItem", "SyncsTable"): "WeCom refuses: put off",
    Right("outbox/relay_outbox", "sqs:SendMessage"): _ORDERED,
    Right("organizations/import_members", "dynamodb:Query", "OrganizationsTable"): "an operator is "
    "one no more",
    Right("organizations/put_provider_account", "dynamodb:Query", "OrganizationsTable"): "they are "
    "listed",
    Right("push/answer_sandbox", "sqs:SendMessage"): "a receipt that would fail again is set aside",
    Right("push/answer_sandbox", "states:SendTaskFailure"): "a receipt says that it failed",
    Right("push/count_pushes", "sqs:SendMessage"): _ORDERED,
    Right("push/receive_delivery_log", "sqs:SendMessage"): "a line that cannot be read",
    Right("push/receive_delivery_log", "states:SendTaskFailure"): "a line says that it failed",
    Right("push/receive_provider_events", "sqs:SendMessage"): "an event that cannot be read",
    Right("push/receive_receipt", "dynamodb:Query", "BehavioursTable"): _BY_USER,
    Right("push/receive_receipt", "dynamodb:Query", "PushesTable/index/by_user"): _BY_USER,
    Right(
        "push/receive_receipt", "dynamodb:Query", "RecipientsTable"
    ): "a receipt names an address",
    Right("push/dry_run", "dynamodb:GetItem", "StrategiesTable"): "a version is named",
    Right("push/follow_link", "states:SendTaskFailure"): _SIGNAL,
    Right("push/report_inbox", "states:SendTaskFailure"): _SIGNAL,
    Right("push/put_template", "dynamodb:Query", "ContentsTable"): "they are listed",
    Right("push/put_push_settings", "dynamodb:GetItem", "RecipientsTable"): "they are read",
    Right("push/push_step", "dynamodb:UpdateItem", "RecipientsTable"): "a purpose with a cap",
    Right("push/push_step", "secretsmanager:GetSecretValue"): _PROVIDER,
    Right("push/send_later", "secretsmanager:GetSecretValue"): _PROVIDER,
    Right(
        "push/send_later", "dynamodb:Query", "BehavioursTable"
    ): "a channel before it was sent: what the user did since",
    Right("push/send_later", "dynamodb:PutItem", "RecipientsTable"): "a message to an inbox waited",
    Right("push/send_later", "states:SendTaskSuccess"): "it arrived meanwhile by another way",
    Right("push/send_later", "states:StartExecution"): "a message without an execution is refused",
    Right("push/push_step", "dynamodb:GetItem", "ProviderTokensTable"): _PROVIDER,
    Right("push/push_step", "dynamodb:UpdateItem", "ProviderTokensTable"): _PROVIDER,
    Right("push/send_later", "dynamodb:GetItem", "ProviderTokensTable"): _PROVIDER,
    Right("push/send_later", "dynamodb:UpdateItem", "ProviderTokensTable"): _PROVIDER,
    Right("push/push_step", "ses:SendEmail"): _AWS,
    Right("push/push_step", "sms-voice:SendTextMessage"): _AWS,
    Right("push/push_step", "sns:Publish"): _AWS,
    Right("push/send_later", "ses:SendEmail"): _AWS,
    Right("push/send_later", "sms-voice:SendTextMessage"): _AWS,
    Right("push/send_later", "sns:Publish"): _AWS,
    Right("push/start_run", "s3:PutObject"): _SIGNED,
    Right("push/change_run", "s3:PutObject"): _SIGNED,
    Right("push/send_batch", "dynamodb:UpdateItem", "RecipientsTable"): "a purpose with a cap",
    Right("push/send_batch", "dynamodb:PutItem", "RecipientsTable"): "a message to an inbox",
    Right("push/send_batch", "dynamodb:GetItem", "ProviderTokensTable"): _PROVIDER,
    Right("push/send_batch", "dynamodb:UpdateItem", "ProviderTokensTable"): _PROVIDER,
    Right("push/send_batch", "secretsmanager:GetSecretValue"): _PROVIDER,
    Right("push/send_batch", "ses:SendEmail"): _AWS,
    Right("push/send_batch", "sms-voice:SendTextMessage"): _AWS,
    Right("push/send_batch", "sns:Publish"): _AWS,
    Right("promoters/count_bonus_tasks", "dynamodb:ConditionCheckItem", "ProgrammesTable"): _GATE,
    Right("promoters/sweep_bonus_tasks", "dynamodb:ConditionCheckItem", "ProgrammesTable"): _GATE,
    Right("promoters/put_bonus_rules", "dynamodb:GetItem", "OffersTable"): "those of an offer",
    Right("push/answer_sandbox", "states:StartExecution"): _OF_A_RUN,
    Right("push/follow_link", "states:StartExecution"): _OF_A_RUN,
    Right("push/receive_provider_events", "states:StartExecution"): _OF_A_RUN,
    Right("push/receive_receipt", "states:StartExecution"): _OF_A_RUN,
    Right("push/report_inbox", "states:StartExecution"): _OF_A_RUN,
    Right("invitations/invite_newcomer", "dynamodb:GetItem", "OrganizationsTable"): _NATIONAL,
    Right("invitations/put_people_import", "dynamodb:Query", "PeopleTable"): "they are listed",
    Right("invitations/put_people_import", "s3:GetObject"): _SIGNED,
    Right("invitations/put_people_import", "s3:PutObject"): _SIGNED,
    Right("invitations/start_people_import", "s3:PutObject"): _SIGNED,
    Right("invitations/record_login", "dynamodb:GetItem", "PeopleTable"): "a segment's promotion",
    Right("invitations/record_participation", "dynamodb:GetItem", "OrganizationsTable"): _NATIONAL,
    Right("invitations/settle_participation", "dynamodb:ConditionCheckItem", "PromotionsTable"): (
        "there is no reward, and the inviter is told why"
    ),
    Right("invitations/settle_participation", "dynamodb:GetItem", "PeopleTable"): (
        "a programme that looks for duplicate accounts"
    ),
    Right("promoters/issue_task_link", "dynamodb:GetItem", "TaskLinksTable"): _LINK,
    Right("promoters/share_task", "dynamodb:GetItem", "TaskLinksTable"): _LINK,
    Right("promoters/record_payment", "dynamodb:ConditionCheckItem", "ProgrammesTable"): "sales "
    "have settings, or an offer's programme has no budget",
    Right("promoters/record_payment", "dynamodb:GetItem", "BonusesTable"): _COUPON,
    Right("promoters/record_payment", "dynamodb:UpdateItem", "BonusesTable"): _COUPON,
    Right("rewards/put_programme", "dynamodb:BatchGetItem", "ProgrammesTable"): "they are listed",
    Right("webhooks/feed_webhooks", "dynamodb:GetItem", "WebhooksTable"): _PUT_OFF,
}


def test_what_a_sample_of_functions_does_is_granted() -> None:
    """Also on paths that no flow takes; the embedded AWS refuses the others."""
    cases = random.sample(list(every_case().values()), SAMPLE)
    print("tried:", *sorted(operation.name for operation in cases), sep="\n  ")
    assert not used(cases) - granted()


@pytest.mark.proof
def test_what_is_done_is_granted_and_what_is_granted_is_needed() -> None:
    """Of the functions that write: each has a case among the fault cases."""
    done = used(every_case().values())
    assert not done - granted()
    tried = {operation.function for operation in every_case().values()}
    idle = {right for right in granted() if right.function in tried} - done
    assert idle <= set(SELDOM), f"strike from the template: {sorted(idle - set(SELDOM))}"
    needed = sorted(set(SELDOM) - idle)
    assert not needed, f"needed after all, strike from SELDOM: {needed}"
