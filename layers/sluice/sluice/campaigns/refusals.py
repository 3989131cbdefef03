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


class ParticipationMoved(Refusal):
    """The member's part in the campaign changed meanwhile."""

    slug, title = "participation-moved", "This member's part changed at the same moment"


class RoundMoved(Refusal):
    """Another run went on with the campaign's members."""

    slug, title = "round-moved", "Somebody else went on with this"


class NoSuchSalesperson(Refusal):
    """Who is to receive customers is no active member of the organisation."""

    slug, title = "no-such-salesperson", "A salesperson is no active member"


class NotOpen(Refusal):
    """Nobody can sign up now: the campaign has not begun, or is over."""

    slug, title = "campaign-not-open", "Nobody can sign up for this campaign now"


class AlreadySignedUp(Refusal):
    """This customer signed up before."""

    slug, title = "already-signed-up", "This customer has signed up"


class NoSuchSignup(Refusal):
    """This customer did not sign up for the campaign."""

    slug, title, status = "no-such-signup", "There is no such signup", 404


class SignupMoved(Refusal):
    """Another call changed this signup at the same moment."""

    slug, title = "signup-moved", "Someone else just changed this signup"


class ToldAlready(Refusal):
    """Another run told this member, the campaign has ended, or the member is no longer in it."""

    slug, title = "told-already", "There is nothing to tell this member any more"


class NoSuchMaterial(Refusal):
    """The campaign offers no material of this kind."""

    slug, title, status = "no-such-material", "The campaign has no material of this kind", 404
