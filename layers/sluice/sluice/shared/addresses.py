"""Which addresses may be called where somebody else named the host: the public ones."""

import ipaddress
from collections.abc import Iterable

type _Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Addresses of IPv6 that hold one of IPv4 at their end: NAT64, translated, "compatible"; and 6to4.
_AT_THE_END = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96")))
_SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
_UNICAST = ipaddress.ip_network("2000::/3")  # what of IPv6 is given out; Python calls more global


def may_be_called(text: str, private: Iterable[str] = ()) -> bool:
    """Tell whether an address is public, or in one of the `private` networks (CIDR) allowed.

    Raises ValueError where it is no address, or one of the networks is none.
    """
    address = _inner(ipaddress.ip_address(text))
    if any(address in ipaddress.ip_network(network) for network in private):
        return True
    given_out = isinstance(address, ipaddress.IPv4Address) or address in _UNICAST
    return address.is_global and given_out and not address.is_multicast


def _inner(address: _Address) -> _Address:
    """Return the address that is really reached."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if not address.is_loopback and any(address in network for network in _AT_THE_END):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _SIX_TO_FOUR:
        return ipaddress.IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    return address
