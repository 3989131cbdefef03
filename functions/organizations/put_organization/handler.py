"""PUT /organizations/{organization_id}: create an organisation, or change one's own.

An admin of the platform creates it and may invite its first operator; an operator changes it.
Creating writes the organisation, when it is looked after (and the member with its outbox item): one
transaction, 2 to 8 write units and 1 of the index. Changing is one read and one write of 2 units;
the same again writes nothing. Another referral reward holds for who connects from then on. GET
shows it to everybody in it, and to operators what they have settled: one read.
Refuses: organization-exists, no-such-organization, changed-meanwhile, not-found (GET).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sluice.organizations import changing, organization_views, rules, store
from sluice.organizations.access import staff
from sluice.organizations.refusals import NoSuchOrganization, OrganizationExists
from sluice.organizations.tables import Organization
from sluice.shared import errors, http, preconditions
from sluice.shared.fields import AmountMinor, Currency, Email, HttpsUrl, Title
from sluice.shared.preconditions import ChangedMeanwhile


class ReferralReward(http.Body):
    """What a referrer gets for each connected customer, in minor units of the currency."""

    amount_minor: AmountMinor
    currency: Currency


class PutOrganization(http.Body):
    """The settings of an organisation; what is left out of a change is cleared."""

    name: Title
    time_zone: Annotated[str, Meta(max_length=64)] = "UTC"
    locale: Literal["en", "zh"] = "en"
    referral_reward: ReferralReward | None = None
    phone_plan: rules.PhonePlan | None = None
    promoter_tasks: rules.PromoterTasks | None = None
    privacy_url: HttpsUrl | None = None
    first_operator_email: Email | None = None


@http.operation(
    staff("PUT /organizations/{organization_id}", rules.OPERATOR, admin=True),
    staff("GET /organizations/{organization_id}", *rules.ROLES),
    body=PutOrganization,
    answers={200: organization_views.OrganizationView, 201: organization_views.OrganizationView},
    refusals=(OrganizationExists, NoSuchOrganization, ChangedMeanwhile, errors.NotFound),
)
def handler(call: http.Call[PutOrganization, http.NoBody]) -> http.Answer:
    """Create or change the organisation in the path, or show it."""
    if call.request.event["httpMethod"] == "GET":
        found = store.find_organization(call.organization_id)
        return http.Answer(
            200,
            organization_views.of_organization(
                found, with_settings=rules.OPERATOR in call.caller.roles
            ),
        )
    given = call.body
    if not rules.is_time_zone(given.time_zone):
        raise errors.Invalid("time_zone is not an IANA time zone.", [("time_zone", "unknown")])
    reward = given.referral_reward
    settings = {
        "name": given.name,
        "time_zone": given.time_zone,
        "locale": given.locale,
        "referral_amount_minor": reward.amount_minor if reward else None,
        "referral_currency": reward.currency if reward else None,
        "phone_plan": msgspec.to_builtins(given.phone_plan),
        "promoter_tasks": msgspec.to_builtins(given.promoter_tasks),
        "privacy_url": given.privacy_url,
    }
    if rules.ADMIN in call.caller.roles:
        preconditions.demand(call.expected, preconditions.NONE_YET)
        status, first = 201, given.first_operator_email
        version = store.create_organization(call.organization_id, settings, call.now, first)
    elif given.first_operator_email:
        raise errors.Forbidden("Only an admin invites a first operator; PUT a member instead.")
    else:
        status, expected = 200, call.expected
        version = changing.change_organization(call.organization_id, settings, expected=expected)
    stored = Organization(call.organization_id, version=version, **settings)
    return http.Answer(status, organization_views.of_organization(stored, with_settings=True))
