"""Addresses as they are shown: enough to know one's own by, too little to write to."""

SHOWN = 4
HIDDEN = "***"


def mask(address: str) -> str:
    """Return an e-mail address without its name, else the last 4 characters of a longer text."""
    name, at, host = address.rpartition("@")
    if at and name and "/" not in address:
        return f"{name[0]}{HIDDEN}@{host}"
    return HIDDEN + (address[-SHOWN:] if len(address) > 2 * SHOWN else "")
