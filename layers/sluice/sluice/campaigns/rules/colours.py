"""Colours of a poster (B3): the campaign's accent, made dark enough for what is read on it."""

import re
from typing import NamedTuple

READABLE = 4.5  # contrast that WCAG 2 asks for in text of any size
TINT = 0.1
_HEX = re.compile(r"#[0-9a-fA-F]{6}\Z")
_STEPS = 50  # from a colour to black


class Colour(NamedTuple):
    """Red, green and blue, 0 to 255."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        """Return it as #rrggbb."""
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


WHITE, BLACK = Colour(255, 255, 255), Colour(0, 0, 0)
INK = Colour(0x1D, 0x21, 0x29)  # of text on white, and of every QR symbol
GREY = Colour(0x5A, 0x60, 0x6C)  # of what is read last


def parsed(text: str) -> Colour:
    """Return the colour written as #rrggbb. Raises ValueError."""
    if not _HEX.match(text):
        raise ValueError("not a colour like #1a73e8")
    return Colour(int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))


def luminance(colour: Colour) -> float:
    """Return how bright a colour is seen, 0 to 1 (WCAG 2)."""
    red, green, blue = (_linear(each / 255) for each in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2)."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return one colour with a share of another, 0 to 1."""
    return Colour(*(round(a + (b - a) * share) for a, b in zip(one, other, strict=True)))


def readable(accent: Colour) -> Colour:
    """Return the accent, darkened until it can be read on its tint, and white on it."""
    for step in range(_STEPS):
        darker = mixed(accent, BLACK, step / _STEPS)
        if contrast(darker, tinted(darker)) >= READABLE:
            return darker
    return INK


def tinted(colour: Colour) -> Colour:
    """Return white with a touch of a colour, for what lies behind words and codes."""
    return mixed(WHITE, colour, TINT)


def _linear(share: float) -> float:
    """Return a channel's light from its gamma-coded share (sRGB)."""
    if share <= 0.04045:  # noqa: PLR2004 - the constants of sRGB
        return share / 12.92
    return float(((share + 0.055) / 1.055) ** 2.4)
