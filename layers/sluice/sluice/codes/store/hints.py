"""What one function tells others of a channel to spare them an attempt: it decides nothing."""

import contextlib

from sluice.codes.refusals import ChannelGone
from sluice.codes.store import loads
from sluice.codes.tables import Channel
from sluice.shared.errors import Contention
from sluice.shared.guard import Transaction


def mark_full(channel: Channel, today: str) -> bool:
    """Tell other functions that a channel was found full, or full for today; False: they know.

    A hint, so that they do not try it: written only if it still is so (2 write units and 1 of the
    index, once a filling), and taken back in the transaction that frees a seat or changes the cap;
    that of a day ends with the day.
    """
    if channel.held >= channel.cap:
        is_known = channel.full
        action, still = Channel.full.set(True), Channel.held >= Channel.cap
        unmarked = Channel.full.does_not_exist()
    else:
        is_known = channel.full_day == today
        action = Channel.full_day.set(today)
        still = Channel.days[loads.day_name(today)] >= Channel.daily_cap
        unmarked = Channel.full_day.does_not_exist() | (Channel.full_day != today)
    if is_known:
        return False
    transaction = Transaction()
    transaction.update(
        Channel(channel.key), [action], condition=still & unmarked, otherwise=ChannelGone()
    )
    with contextlib.suppress(ChannelGone, Contention):
        transaction.commit(attempts=1)
    return True
