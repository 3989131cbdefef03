"""WeCom's events in Sluice's words.

An employee's loss by transfer is a loss on this channel: the customer is another employee's from
then on. A half-added customer has come: what the employee has still to confirm is not the
customer's matter, and the whole event that follows is another key of the same seat.
"""

from collections.abc import Iterator
from typing import Literal

from sluice.codes.providers.protocol import ChannelChanged, Connected, Happened, Lost
from sluice.codes.providers.wecom.happenings import (
    ContactAdded,
    ContactLost,
    GroupChanged,
    GroupCreated,
    GroupDismissed,
    GroupMembersChanged,
    Happening,
)
from sluice.shared.claims import hash_of

_REMOVED = 1  # QuitScene: 0 left, 1 removed by the owner or an administrator


def told_of(event: Happening) -> Iterator[Happened]:
    """Yield what an event means: one thing for each person, nothing for what is of no matter."""
    match event:
        case ContactAdded():
            yield Connected(
                key=event.key,
                at=event.at,
                kind="contact",
                provider_ref=event.user_id,
                customer_ref=event.external_user_id,
                state=event.state,
                welcome_code=event.welcome_code,
            )
        case ContactLost():
            yield Lost(
                key=event.key,
                at=event.at,
                kind="contact",
                provider_ref=event.user_id,
                customer_ref=event.external_user_id,
                by=event.by,
            )
        case GroupMembersChanged():
            yield from _people_of(event)
        case GroupCreated():
            yield _changed(event, "new")
        case GroupDismissed():
            yield _changed(event, "gone")
        case GroupChanged():
            yield _changed(event, "changed")


def _people_of(event: GroupMembersChanged) -> Iterator[Happened]:
    if not event.members:  # WeCom did not name them: the group has to be read
        yield _changed(event, "changed")
    for member in event.members:
        key = hash_of(event.key, member)
        if event.joined:
            yield Connected(
                key=key,
                at=event.at,
                kind="group",
                provider_ref=event.chat_id,
                customer_ref=member,
            )
        else:
            yield Lost(
                key=key,
                at=event.at,
                kind="group",
                provider_ref=event.chat_id,
                customer_ref=member,
                by="member" if event.quit_scene == _REMOVED else "customer",
            )


def _changed(
    event: GroupCreated | GroupDismissed | GroupChanged | GroupMembersChanged,
    change: Literal["new", "gone", "changed"],
) -> ChannelChanged:
    return ChannelChanged(
        key=event.key, at=event.at, kind="group", provider_ref=event.chat_id, change=change
    )
