"""A double of WeCom: its API over HTTP on 127.0.0.1, its callbacks to any address.

It speaks the wire format as documented, keeps state, has limits, rates, dying tokens and faults,
and logs what it was asked. It shares no code with the product.
"""

from tests.providers.wecom_double.server import Asked, WeComDouble

__all__ = ["Asked", "WeComDouble"]
