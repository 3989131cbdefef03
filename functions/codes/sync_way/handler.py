"""Event channel.changed.v1: bring the channel's way at its provider in line with it (A1, A7).

Reads the channel and its account, asks the provider for a way made, changed or deleted, and stores
its id and QR code on the channel: 2 write units. What the provider cannot do now is put off and
told again when it may be. An account that cannot receive customers has its channel closed; one
that is not set up shows it.
"""

from sluice.codes.store import later, trouble, ways
from sluice.shared import clock, events, telemetry
from sluice.shared.providers.failures import AbnormalAccount, Misconfigured, ProviderFailure


@events.consumer
def handler(event: events.Event) -> None:
    """Bring one channel's way in line."""
    try:
        telemetry.note(way=ways.bring_in_line(event.organization_id, _channel_id(event)))
    except ProviderFailure as failure:
        _failed(event, failure)


def _channel_id(event: events.Event) -> str:
    return str(event.data["channel_id"])


def _failed(event: events.Event, failure: ProviderFailure) -> None:
    organization_id, now = event.organization_id, clock.now()
    channel = ways.find_channel(organization_id, _channel_id(event))
    if channel is None:
        return
    if isinstance(failure, AbnormalAccount):
        trouble.close(channel, failure, now)
        return
    account_id = channel.way_account or channel.provider
    if isinstance(failure, Misconfigured):
        trouble.note(organization_id, account_id, failure, now)
    later.put_off(event, account_id, failure, now)
