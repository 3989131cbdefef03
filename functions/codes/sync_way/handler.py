"""Event channel.changed.v1: bring the channel's way at its provider in line with it (A1, A7).

Reads the channel and its account, asks the provider for a way made, changed or deleted, and stores
its id and QR code on the channel: 2 write units. What the provider cannot do now raises, so that
the event comes again. An account that cannot receive customers has its channel closed; one that is
not set up shows it.
"""

from sluice.codes.providers.failures import AbnormalAccount, Misconfigured
from sluice.codes.store import channels, trouble, ways
from sluice.shared import clock, events, telemetry


@events.consumer
def handler(event: events.Event) -> None:
    """Bring one channel's way in line."""
    organization_id, channel_id = event.organization_id, str(event.data["channel_id"])
    try:
        telemetry.note(way=ways.bring_in_line(organization_id, channel_id))
    except AbnormalAccount as failure:
        trouble.close(channels.read_channel(organization_id, channel_id), failure, clock.now())
    except Misconfigured as failure:
        account_id = channels.read_channel(organization_id, channel_id).provider
        trouble.note(organization_id, account_id, failure, clock.now())
        raise
