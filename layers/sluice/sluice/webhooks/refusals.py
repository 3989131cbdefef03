"""What the webhooks context refuses."""

from sluice.shared.errors import Refusal


class TooManyWebhooks(Refusal):
    """An organisation holds a limited number of webhooks."""

    slug, title = "too-many-webhooks", "No more webhooks can be added"


class WebhookChanged(Refusal):
    """Another call changed this webhook at the same moment."""

    slug, title = "webhook-changed", "Someone else just changed this webhook"


class WebhookJustTested(Refusal):
    """This webhook was tested some seconds ago."""

    slug, title, status = "webhook-just-tested", "This webhook was just tested", 429
    retry_after_seconds = 5


class EventKnown(Refusal):
    """This event was taken before."""

    slug, title = "event-known", "This event is known"


class DeliveryTaken(Refusal):
    """Another worker has this delivery, or had it meanwhile."""

    slug, title = "delivery-taken", "Someone else delivers this"


class LaneBusy(Refusal):
    """A slow webhook has as many calls under way as it may."""

    slug, title = "lane-busy", "This webhook has enough to do"


class DeliveryForgotten(Refusal):
    """What was to be told is kept no more."""

    slug, title, status = "delivery-forgotten", "What this delivery told is kept no more", 410
