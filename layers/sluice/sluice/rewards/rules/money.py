"""Currencies: how many of an amount's digits are behind the point. Amounts stay minor units."""

from decimal import Decimal

POINTS = "PTS"
DEFAULT_EXPONENT = 2
_WHOLE = """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XAG XAU XDR XOF XPD XPF XPT XTS XXX
"""
# ISO 4217 has two digits except in these; points are whole.
EXPONENTS = {
    **dict.fromkeys([POINTS, *_WHOLE.split()], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


def exponent_of(currency: str) -> int:
    """Return how many digits of an amount in this currency are behind the point."""
    return EXPONENTS.get(currency, DEFAULT_EXPONENT)


def exact(amount_minor: int, currency: str) -> Decimal:
    """Return an amount in whole units, exactly: 12345 minor units are 123.45 CNY and 12345 JPY."""
    return Decimal(amount_minor).scaleb(-exponent_of(currency))
