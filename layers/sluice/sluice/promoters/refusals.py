"""What promoter tasks refuse."""

from sluice.shared.errors import Refusal


class OfferChanged(Refusal):
    """Another call changed this offer at the same moment."""

    slug, title = "offer-changed", "Someone else just changed this offer"


class OfferFixed(Refusal):
    """Merchant and currency of an offer stay; an ended one never changes."""

    slug, title = "offer-fixed", "This of the offer cannot change any more"


class NoSuchMerchant(Refusal):
    """Who sells is no active member with the role merchant."""

    slug, title = "no-such-merchant", "There is no such merchant"


class ListOutdated(Refusal):
    """The order that this cursor belongs to is gone."""

    slug, title = "list-outdated", "Begin the list again: its order is too old"
