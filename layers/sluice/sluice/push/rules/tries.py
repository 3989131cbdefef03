"""When a message that surely did not leave is tried again (E7).

`Unreachable` is the account's trouble, so every provider of the channel has its turn first. Then
time may help: after `retry_seconds`, twice that and so on, `retries` times; or when a provider has
said that it takes more, which is no failure and takes none of the retries' place.
"""

from datetime import datetime, timedelta

from sluice.push.rules.strategies import Channel

MAX_TRIES = 30  # of one attempt
MAX_PAUSE = timedelta(minutes=15)  # between two tries that a provider put off


def next_try(
    channel: Channel, tries: int, now: datetime, retry_after_seconds: int | None
) -> datetime | None:
    """Return when to try again after so many `tries`; None: never on this channel.

    `retry_after_seconds` is what a provider asked for. The pause doubles with each try, so that a
    crowd that was put off together does not come again and again.
    """
    doubled = 1 << (tries - 1)
    if tries >= MAX_TRIES:
        return None
    if retry_after_seconds is not None:
        pause = min(timedelta(seconds=doubled), MAX_PAUSE)
        return now + max(pause, timedelta(seconds=retry_after_seconds))
    if tries > channel.retries:
        return None
    return now + timedelta(seconds=channel.retry_seconds * doubled)
