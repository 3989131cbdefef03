"""A campaign's poster before anybody is in it, for operators to look at (B3).

Whoever scans it is led nowhere, and it says so where others ask to be scanned.
"""

from msgspec.structs import replace

from sluice.campaigns.rules import wording
from sluice.campaigns.store import campaigns, pictures
from sluice.campaigns.store.making import Subject
from sluice.organizations import store as organizations

SAYS = "Sample: this code leads nowhere."  # what the code holds: no address


def of_campaign(organization_id: str, campaign_id: str) -> Subject:
    """Return a campaign, a draft too, as if a member were in it: 3 reads. Raises NoSuchCampaign."""
    campaign = campaigns.load(organization_id, campaign_id)
    organization = organizations.find_organization(organization_id)
    locale, given = organization.locale, campaign.definition
    poster = replace(given.poster, call_to_action=wording.sample_call(locale))
    return Subject(
        campaign=replace(campaign, definition=replace(given, poster=poster)),
        organization=organization,
        member=wording.sample_member(locale),
        code="",
        url=SAYS,
        picture=pictures.find(organization_id, campaign_id),
    )
