"""Ways: each channel's own QR code at its provider, made, changed and removed with the channel.

A way is kept on the channel, or it could never be changed again. The provider is asked first and
the channel written then, guarded by the way that was read; whoever loses that takes back the way
it made. Where a process dies in between a way remains that leads nobody anywhere (docs/wecom.md).
"""

import contextlib

from pynamodb.expressions.condition import Condition

from sluice.codes import providers
from sluice.codes.identities import channel_state
from sluice.codes.providers.protocol import Asked, Kind, Provider, Way
from sluice.codes.refusals import WayChanged
from sluice.codes.rules import successors
from sluice.codes.store import details
from sluice.codes.store.channels import way_for
from sluice.codes.tables import REMOVED, Channel, ChannelDetails
from sluice.organizations import store as organizations
from sluice.shared import guard, ids
from sluice.shared.errors import NotFound, Refusal
from sluice.shared.guard import Transaction
from sluice.shared.providers.failures import ProviderFailure
from sluice.shared.table import find

MAX_ATTEMPTS = 4


class ChannelMoved(Refusal):
    """The channel is another than it was read; its way is as this process has left it."""


def find_channel(organization_id: str, channel_id: str) -> Channel | None:
    """Return a channel, also a removed one, or None: one read."""
    return find(Channel, ids.key(organization_id, channel_id))


def bring_in_line(organization_id: str, channel_id: str) -> str:
    """Make, change or delete a channel's way, as the channel is now; returns what was done.

    A read of the channel, of its details and of each account; what the provider takes
    (`Provider.put_way`); a transaction of 1 item (2 write units and 1 of the index). Where the
    channel was changed meanwhile its way has been given what is old by now, so it is asked for
    again, whatever another process says of it. Raises a ProviderFailure, WayChanged (of a way to
    delete), Contention.
    """
    is_doubtful = False
    for _ in guard.attempts(MAX_ATTEMPTS):
        try:
            return _bring(organization_id, channel_id, is_doubtful=is_doubtful)
        except ChannelMoved:
            is_doubtful = True
    raise AssertionError  # attempts() ends in Contention


def _bring(organization_id: str, channel_id: str, *, is_doubtful: bool) -> str:
    channel = find_channel(organization_id, channel_id)
    if channel is None:
        return "gone"
    is_wanted = channel.provider_type in providers.WITH_WAYS and channel.status != REMOVED
    is_elsewhere = channel.way_account not in {None, channel.provider}
    if channel.way_id and (is_elsewhere or not is_wanted):
        _delete(organization_id, channel)
        channel.way_id = None
        if not is_wanted:
            return "deleted"
    if not is_wanted:
        return "none"
    if channel.way_id and channel.way_version == channel.version and not is_doubtful:
        return "known"
    return _put(organization_id, channel)


def _put(organization_id: str, channel: Channel) -> str:
    provider = _provider(organization_id, channel.provider)
    old = Way(channel.way_id, channel.way_url or "") if channel.way_id else None
    asked = Asked(
        kind=_kind(channel),
        provider_ref=channel.provider_ref,
        state=channel_state(organization_id, channel.channel_id),
        name=channel.name,
        next_name=_next_name(organization_id, channel),
        next_number=int(channel.number or 1) + 1,
    )
    way = provider.put_way(asked, old)
    transaction = Transaction()
    transaction.update(
        Channel(channel.key),
        [
            Channel.way_id.set(way.id),
            Channel.way_url.set(way.qr_url),
            Channel.way_account.set(channel.provider),
            Channel.way_for.set(way_for(channel.provider, channel.provider_ref)),
            Channel.way_version.set(channel.version),
        ],
        condition=_as_read(channel) & (Channel.version == channel.version),
        otherwise=WayChanged(),
    )
    try:
        transaction.commit()
    except WayChanged as changed:
        if changed.current is None or changed.current.way_id != way.id:
            _take_back(provider, channel, way)
        raise ChannelMoved from None
    return "put"


def _next_name(organization_id: str, channel: Channel) -> str:
    """Return what the group after this is called; a read where the channel has details."""
    if not channel.details:
        return ""
    beside = find(ChannelDetails, details.key_of(organization_id, channel.channel_id))
    if beside is None or beside.successor is None:
        return ""
    return successors.base_name(beside.successor)


def _take_back(provider: Provider, channel: Channel, way: Way) -> None:
    with contextlib.suppress(ProviderFailure):
        provider.delete_way(_kind(channel), way)


def _delete(organization_id: str, channel: Channel) -> None:
    """Delete the way there, then here: a way that is gone there is deleted."""
    with contextlib.suppress(NotFound):  # its account is no more, and the way with it
        provider = _provider(organization_id, channel.way_account or channel.provider)
        way = Way(channel.way_id or "", channel.way_url or "")
        provider.delete_way(_kind(channel), way)
    transaction = Transaction()
    transaction.update(
        Channel(channel.key),
        [
            Channel.way_id.remove(),
            Channel.way_url.remove(),
            Channel.way_account.remove(),
            Channel.way_for.remove(),
            Channel.way_version.remove(),
        ],
        condition=_as_read(channel),
        otherwise=WayChanged(),
    )
    transaction.commit()


def _kind(channel: Channel) -> Kind:
    return "group" if channel.kind == "group" else "contact"


def _as_read(channel: Channel) -> Condition:
    unchanged: Condition = Channel.way_id == channel.way_id
    if not channel.way_id:
        unchanged = Channel.key.exists() & Channel.way_id.does_not_exist()
    return unchanged


def _provider(organization_id: str, account_id: str) -> Provider:
    return providers.open_account(organizations.find_provider_account(organization_id, account_id))
