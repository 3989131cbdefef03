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


class NoBonusTask(Refusal):
    """The promoter was offered no bonus task of this channel type."""

    slug, title, status = "no-bonus-task", "There is no such bonus task", 404


class BonusTaskMoved(Refusal):
    """The bonus task changed meanwhile: read it again and decide again."""

    slug, title = "bonus-task-moved", "The bonus task changed at the same moment"


class Counted(Refusal):
    """This was counted for the bonus task before, or taken back."""

    slug, title = "counted", "This was counted before"


class CouponGiven(Refusal):
    """The visitor has a coupon of this task."""

    slug, title = "coupon-given", "The visitor has this coupon"


class CouponNotUsable(Refusal):
    """The coupon is of another offer, expired, used, or there is none."""

    slug, title = "coupon-not-usable", "The coupon cannot be used for this"


class NotATask(Refusal):
    """The offer does not run, or no rule of it names one of the promoter's tags."""

    slug, title = "not-a-task", "This offer is no task of this promoter now"


class NoPage(Refusal):
    """The product has no page that a link could lead to."""

    slug, title = "no-page", "The offer names no page of the product"


class NoSuchPromoter(Refusal):
    """Who would promote is no active member with the role promoter."""

    slug, title = "no-such-promoter", "There is no such promoter"


class LinkExists(Refusal):
    """The promoter has a link for this task; `current` says which."""

    slug, title = "link-exists", "There is a link already"


class TaskOver(Refusal):
    """The offer that a link is for does not run."""

    slug, title, status = "task-over", "This offer is over", 410


class VisitorMoved(Refusal):
    """The same visitor followed another link at this moment."""

    slug, title = "visitor-moved", "This visitor followed another link at the same moment"


class PaymentDiffers(Refusal):
    """This order was paid, and what was told then was something else."""

    slug, title = "payment-differs", "Another payment was told of under this order"


class RefundDiffers(Refusal):
    """This refund was told of, and what was told then was something else."""

    slug, title = "refund-differs", "Another refund was told of under this id"


class CurrencyDiffers(Refusal):
    """The payment is not in the currency of the offer."""

    slug, title = "currency-differs", "The offer is sold in another currency"


class PaymentMoved(Refusal):
    """The payment changed at this moment: look again and decide again."""

    slug, title = "payment-moved", "This payment changed at the same moment"


class TooManyShares(Refusal):
    """The promoter has shared as often as a day allows."""

    slug, title = "too-many-shares", "No more shares today"


class SharedBefore(Refusal):
    """This share was counted before."""

    slug, title = "shared-before", "This was shared before"
