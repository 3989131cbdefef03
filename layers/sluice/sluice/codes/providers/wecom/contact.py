"""What a customer is shown to get in touch: nothing is asked of WeCom, and nothing heavy loaded."""

from sluice.codes.providers.protocol import Way


def contact(way: Way) -> dict[str, str]:
    """Return the picture of the channel's own QR code; its state is the channel's, not theirs."""
    return {"qr_code": way.qr_url}
