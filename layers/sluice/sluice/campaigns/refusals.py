"""What campaigns refuse."""

from sluice.shared.errors import Refusal


class NoSuchCampaign(Refusal):
    """There is no campaign of this id."""

    slug, title, status = "no-such-campaign", "There is no such campaign", 404


class CampaignChanged(Refusal):
    """Another call changed this campaign at the same moment."""

    slug, title = "campaign-changed", "Someone else just changed this campaign"


class CampaignFixed(Refusal):
    """A published campaign is no draft again, keeps its currency; an ended one never changes."""

    slug, title = "campaign-fixed", "This of the campaign cannot change any more"


class NoSuchSalesperson(Refusal):
    """Who is to receive customers is no active member of the organisation."""

    slug, title = "no-such-salesperson", "A salesperson is no active member"
