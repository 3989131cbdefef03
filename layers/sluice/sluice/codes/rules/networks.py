"""Anonymous joins by source network: what limits them once a pool is mostly unconfirmed.

Visitor tokens are free. Whoever makes them in a loop comes from few networks, so where too many
seats of a pool wait for a confirmation, each further one is counted against its network.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

IPV4_BITS = 24
IPV6_BITS = 48
UNKNOWN = "unknown"  # one network for every address that is none


class Limits(NamedTuple):
    """What a stage allows: joins of one network through one code in a window."""

    share_percent: int  # of a pool's caps; up to it an unconfirmed seat takes nothing
    joins: int
    window_seconds: int


class Share(NamedTuple):
    """How many seats of a pool wait for a confirmation, and how many it has."""

    reserved: int
    cap: int


class Window(NamedTuple):
    """A stretch of time in which joins are counted together; windows follow one another."""

    number: int
    ends_at: datetime


def network_of(address: str) -> str:
    """Return the network of an address: /24 of IPv4, also where it is mapped into IPv6, or /48.

    What is no address is `unknown`, one network for all of it: limited, not let through.
    """
    try:
        return _network_of_ipv4(IPv4Address(address))
    except AddressValueError:
        pass
    try:
        found = IPv6Address(address)
    except AddressValueError:
        return UNKNOWN
    if found.ipv4_mapped is not None:
        return _network_of_ipv4(found.ipv4_mapped)
    return str(IPv6Network((int(found), IPV6_BITS), strict=False))


def _network_of_ipv4(address: IPv4Address) -> str:
    return str(IPv4Network((int(address), IPV4_BITS), strict=False))


def is_strained(share: Share, share_percent: int) -> bool:
    """Tell whether one more unconfirmed seat is over the threshold; at 100 % none ever is."""
    after = min(share.reserved + 1, share.cap)
    return after * 100 > share.cap * share_percent


def window_of(now: datetime, window_seconds: int) -> Window:
    """Return the window that `now` is in."""
    number = int(now.timestamp()) // window_seconds
    ends_at = datetime.fromtimestamp((number + 1) * window_seconds, UTC)
    return Window(number, ends_at)


def wait_seconds(now: datetime, window: Window) -> int:
    """Return after how many seconds the next window has surely begun."""
    return -((now - window.ends_at) // timedelta(seconds=1))
