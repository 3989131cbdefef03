"""Where a logo goes in a QR symbol (A2)."""

from typing import NamedTuple

LOGO_SHARE = 0.2  # of the symbol's width: 4 % of its area, where level H repairs 30 %
PADDING = 0.5  # modules of white around a logo


class Place(NamedTuple):
    """Where a logo goes, in pixels or units: a square of white in the middle."""

    scale: int
    start: int
    width: int


class Logo(NamedTuple):
    """An organisation's logo: a small PNG that was checked and drawn anew when it was stored."""

    png: bytes
    width: int
    height: int


def place_of(modules: int, scale: int, border: int) -> Place:
    """Return the middle, in whole modules: an odd number of them, as a symbol has."""
    width = int(modules * LOGO_SHARE)
    width -= (modules - width) % 2
    return Place(scale, (border + (modules - width) // 2) * scale, width * scale)


def fit(logo: Logo, place: Place) -> tuple[float, float, float, float]:
    """Return left, top, width and height of a logo in its place, its proportions kept."""
    inside = place.width - 2 * PADDING * place.scale
    factor = inside / max(logo.width, logo.height)
    width, height = logo.width * factor, logo.height * factor
    middle = place.start + place.width / 2
    return middle - width / 2, middle - height / 2, width, height
