"""What codes and channels refuse."""

from sluice.shared.errors import Refusal


class ChannelFull(Refusal):
    """All seats of the channel are held, or all of today's (A5)."""

    slug, title = "channel-full", "This channel is full"


class ChannelGone(Refusal):
    """The channel does not exist or was removed."""

    slug, title, status = "no-such-channel", "There is no such channel", 404


class ChannelMoved(Refusal):
    """The channel is not as it was read."""

    slug, title = "channel-moved", "Someone else just changed this channel"


class ChannelKindFixed(Refusal):
    """A channel keeps its kind: the seats it holds belong to it."""

    slug, title = "channel-kind-fixed", "A channel cannot change its kind"


class BatchTaken(Refusal):
    """The generated id of a batch exists: a fault of randomness."""

    slug, title = "batch-taken", "Try again"


class CodeGone(Refusal):
    """The code has expired or was retired."""

    slug, title, status = "code-gone", "This code is no longer valid", 410


class CodeOfCampaign(Refusal):
    """The code is a campaign's, which alone says what is behind it: change the campaign."""

    slug, title = "code-of-campaign", "This code is changed by its campaign"


class CodeTaken(Refusal):
    """The generated code exists: once in 5e17 times, or a fault of randomness."""

    slug, title = "code-taken", "Try again"


class NoSuchBatch(Refusal):
    """The organisation has no such batch of codes."""

    slug, title, status = "no-such-batch", "There is no such batch", 404


class NoSuchCode(Refusal):
    """The organisation has no such code."""

    slug, title, status = "no-such-code", "There is no such code", 404


class NoRoom(Refusal):
    """No channel has a seat left for this customer."""

    slug, title = "no-room", "All channels are full"


class MustWait(NoRoom):
    """Somebody waits who could get the same: nobody new is served before them (A4)."""


class TicketTaken(Refusal):
    """This customer waits already; `current` is their place."""

    slug, title = "already-waiting", "This customer has a place on the list"


class TicketGone(Refusal):
    """The place on the list is no more: served, left, expired, or entered anew."""

    slug, title = "not-waiting", "This customer does not wait any more"


class MarkMoved(Refusal):
    """Somebody entered the list meanwhile: its mark stays."""


class NoSuchReferrer(Refusal):
    """The referrer is no active member of the organisation."""

    slug, title = "no-such-referrer", "The referrer is not a member"


class NoSuchOwner(Refusal):
    """The owner of the channel is no active member of the organisation."""

    slug, title = "no-such-owner", "The owner is not a member"


class NoSuchProviderAccount(Refusal):
    """The channel names a provider account that does not exist."""

    slug, title = "no-such-provider-account", "There is no such provider account"


class SuccessorUnfit(Refusal):
    """The provider cannot have this successor of a group."""

    slug, title = "successor-unfit", "Groups cannot be followed like this at this provider"


class SeatChanged(Refusal):
    """The seat is not as it was read: another request changed it. `current` is what it is now."""

    slug, title = "seat-changed", "Someone else just changed this seat"


class OtherSeatTaken(SeatChanged):
    """The customer already has a seat of another kind that this code could have given."""


class TooManyJoins(Refusal):
    """The pool is mostly unconfirmed, and this network has had its joins for now."""

    slug, title, status = "too-many-joins", "Too many joins at the moment", 429
    retry_after_seconds = 60

    def __init__(self, wait_seconds: int) -> None:
        super().__init__("Many are joining at the moment: try again later.")
        self.retry_after_seconds = wait_seconds


class AliasTaken(Refusal):
    """This outside identity is known as another customer's: they are one person (A6)."""

    slug, title = "alias-taken", "Known as another customer"


class AliasMoved(Refusal):
    """The alias is not as it was read: another customer's by now, told of anew, or gone."""

    slug, title = "alias-moved", "Someone else just changed this alias"


class OutsideChanged(Refusal):
    """What is known of a person outside is not as it was read."""

    slug, title = "outside-changed", "Something else was just told of this person"


class WayChanged(Refusal):
    """The channel's way is not as it was read: another process has just brought it in line."""

    slug, title = "way-changed", "The channel's way was just changed"


class SyncJustWanted(Refusal):
    """A sync of this provider account was asked for some seconds ago (A9)."""

    slug, title, status = "sync-just-wanted", "A sync was just asked for", 429
    retry_after_seconds = 10
