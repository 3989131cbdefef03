"""Event provider.told.v1: welcome, recognise and seat who came, free the seat of who left (A6).

The welcome goes first: its code is worth 20 seconds. Then who came is asked of the provider, the
seat is changed by channel and person (3 to 7 reads, a transaction of 3 items and 1 for each channel
whose counter changes), and the provider is given remark and tags. Each step may be repeated. What
the provider cannot do now is put off (2 write units and 1 of the index) and told again when it may
be. Where an employee cannot receive customers their channel is closed; an account that is not set
up shows it.
A channel that is new, gone or changed asks for a sync of the account (A9).
"""

from datetime import datetime

from sluice.codes.providers.protocol import ChannelChanged, Connected, Lost
from sluice.codes.store import later, meeting, people, syncs, told, trouble
from sluice.organizations import store as organizations
from sluice.shared import clock, events, telemetry
from sluice.shared.providers.failures import AbnormalAccount, Misconfigured


@events.consumer
def handler(event: events.Event) -> None:
    """Apply one thing told."""
    organization_id, now = event.organization_id, clock.now()
    kept = told.kept_in(event)
    match kept.told:
        case Connected():
            _connected(event, kept.account_id, kept.told, now)
        case Lost():
            channels = people.channels_of(organization_id, kept.account_id, kept.told)
            if channels:
                people.leave(organization_id, channels, kept.told, now)
        case ChannelChanged():
            if kept.told.change == "gone":
                for channel in people.channels_of(organization_id, kept.account_id, kept.told):
                    trouble.end(channel, now)
            syncs.want_soon(organization_id, kept.account_id, now)


def _connected(event: events.Event, account_id: str, happened: Connected, now: datetime) -> None:
    organization_id = event.organization_id
    account = organizations.find_provider_account(organization_id, account_id)
    try:
        telemetry.note(outcome=meeting.meet(account, happened, now))
    except AbnormalAccount as failure:
        for channel in people.channels_of(organization_id, account_id, happened, happened.state):
            trouble.close(channel, failure, now)
    except later.PASSING as failure:
        if isinstance(failure, Misconfigured):
            trouble.note(organization_id, account_id, failure, now)
        later.put_off(event, account_id, failure, now)
