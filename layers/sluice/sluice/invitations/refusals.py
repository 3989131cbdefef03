"""What invitations refuse."""

from sluice.shared.errors import Refusal


class PersonListed(Refusal):
    """This person is on the list already."""

    slug, title = "person-listed", "This person is on the list already"


class TooManyIdentities(Refusal):
    """More identities lead to one another than one person has: several people are taken for one."""

    slug, title = "too-many-identities", "These identities lead to more than one person has"


class SegmentChanged(Refusal):
    """Another call wrote the next version of this segment."""

    slug, title = "segment-changed", "Someone else just changed this segment"


class ImportCannot(Refusal):
    """An import cannot become this from what it is: one that has ended is not set going again."""

    slug, title = "import-cannot", "This import cannot become that now"


class PromotionChanged(Refusal):
    """Another call wrote the next version of this promotion."""

    slug, title = "promotion-changed", "Someone else just changed this promotion"


class PromotionOver(Refusal):
    """The promotion has not begun, has ended or is closed."""

    slug, title = "promotion-over", "The promotion does not run now"


class NotAnInviter(Refusal):
    """Only an existing customer who is not on the blacklist invites."""

    slug, title = "not-an-inviter", "This person cannot invite"


class InviterExists(Refusal):
    """This customer takes part as an inviter already."""

    slug, title = "inviter-exists", "This customer takes part already"


class AlreadyInvited(Refusal):
    """This customer invited this person already, and the invitation has not expired."""

    slug, title = "already-invited", "This person is invited already"


class LeftOut(Refusal):
    """The invited person is on the blacklist, or wants to be invited by nobody."""

    slug, title = "left-out", "This person is left out"


class SelfInvitation(Refusal):
    """Inviter and invited are one person."""

    slug, title = "self-invitation", "Nobody invites themselves"


class TooManyInvitations(Refusal):
    """The inviter named as many people as the promotion allows."""

    slug, title = "too-many-invitations", "No more people can be invited by name"


class ParticipationExists(Refusal):
    """This person took part in the promotion already."""

    slug, title = "participation-exists", "This person took part already"


class ParticipationMoved(Refusal):
    """Another event settled this participation."""

    slug, title = "participation-moved", "This changed at the same moment"


class Withheld(Refusal):
    """A condition of the reward does not hold; `reason` says which."""

    slug, title = "withheld", "There is no reward for this"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class ToldBefore(Refusal):
    """This customer was told of the promotion."""

    slug, title = "told-before", "This customer was told before"


class AgreedBefore(Refusal):
    """The invited agreed before, or the invitation is erased."""

    slug, title = "agreed-before", "The invited agreed before"


class CameLater(Refusal):
    """This is of after the erasure."""

    slug, title = "came-later", "This is of after the erasure"
