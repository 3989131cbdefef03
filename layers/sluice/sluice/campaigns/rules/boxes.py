"""What stands where on a poster (B3): one list of boxes, from which SVG and PNG are drawn."""

from collections.abc import Callable

from sluice.campaigns.rules.colours import BLACK, GREY, INK, WHITE, Colour, mixed, readable, tinted
from sluice.campaigns.rules.columns import Column
from sluice.campaigns.rules.lines import Fitted, Measure, fitted
from sluice.campaigns.rules.shapes import (
    CARD_HEIGHT,
    CARD_WIDTH,
    HEIGHT,
    INSIDE,
    MARGIN,
    WIDTH,
    Area,
    Box,
    Content,
    Fill,
    Layout,
    Photo,
    Symbol,
)

SHADE = 0.64  # of a picture behind words: white on a white picture keeps a contrast of 4.5
SHADE_HEIGHT = 280
QUIET_MODULES = 4  # of white around a symbol: the standard asks for 4
LEAST_MODULE = 4  # units: what phones read from a screen


class TooManyModulesError(ValueError):
    """The address is too long: its symbol's modules would be too small to be read."""


def boxes(content: Content, layout: Layout, measure: Measure) -> list[Box]:
    """Return what is drawn, from back to front. Raises TooManyModulesError."""
    drawn: dict[Layout, Callable[[Content, Measure], list[Box]]] = {
        "banner": _banner,
        "full": _full,
        "plain": _plain,
    }
    return drawn[layout](content, measure)


def _banner(content: Content, measure: Measure) -> list[Box]:
    """Picture above, words in the middle, member and code in a strip below."""
    accent = readable(content.accent)
    picture = Area(0, 0, WIDTH, 690)
    strip = Area(0, 1128, WIDTH, HEIGHT - 1128)
    symbol = _symbol(content, 320, WIDTH - MARGIN - 320, strip.y + 40)
    person = Area(MARGIN, symbol.area.y, symbol.area.x - MARGIN - 48, symbol.area.height)
    column = Column(MARGIN, picture.height + 10, strip.y)
    column.add(_fit(content.host, INSIDE, measure, (32, 28), 1), accent, 0.02, 14)
    column.add(_fit(content.title, INSIDE, measure, (84, 76, 68, 60, 54), 3), INK, 0.035, 26)
    column.add(_fit(content.dates, INSIDE, measure, (40, 36, 32), 2), GREY, 0, 0)
    return [
        *_picture(picture, content, accent),
        Fill(Area(0, picture.height, WIDTH, HEIGHT - picture.height), WHITE),
        Fill(Area(0, picture.height, WIDTH, 10), accent),
        *column.centred(),
        Fill(strip, tinted(accent)),
        *_person(content, measure, person, accent),
        symbol,
    ]


def _full(content: Content, measure: Measure) -> list[Box]:
    """The picture everywhere, words over it, member and code on a card below."""
    accent = readable(content.accent)
    card = Area(MARGIN - 16, 1120, WIDTH - 2 * (MARGIN - 16), 352)
    symbol = _symbol(content, 312, card.x + card.width - 20 - 312, card.y + 20)
    column = Column(MARGIN, 480, card.y - 48)
    column.add(_fit(content.host, INSIDE, measure, (34, 30), 1), WHITE, 0.02, 16)
    column.add(_fit(content.title, INSIDE, measure, (96, 84, 76, 68, 60), 4), WHITE, 0.035, 28)
    column.add(_fit(content.dates, INSIDE, measure, (42, 38, 34), 2), WHITE, 0.01, 0)
    person = Area(card.x + 48, symbol.area.y, symbol.area.x - card.x - 80, symbol.area.height)
    return [
        *_picture(Area(0, 0, WIDTH, HEIGHT), content, accent),
        *_shade(column.top_at_bottom(), accent),
        *column.at_bottom(),
        Fill(card, WHITE, radius=28),
        *_person(content, measure, person, accent),
        symbol,
    ]


def _plain(content: Content, measure: Measure) -> list[Box]:
    """No picture: large words on the accent, the code in the middle of a sheet below."""
    accent = readable(content.accent)
    sheet = Area(MARGIN, 680, WIDTH - 2 * MARGIN, HEIGHT - 680 - MARGIN)
    head = Area(0, 0, WIDTH, sheet.y + 80)
    side = 550
    above = 24 if content.call or content.member else (sheet.height - side) / 2
    symbol = _symbol(content, side, (WIDTH - side) / 2, sheet.y + above)
    column = Column(MARGIN, 24, sheet.y)
    column.add(_fit(content.host, INSIDE, measure, (36, 32), 1), WHITE, 0.02, 20)
    column.add(_fit(content.title, INSIDE, measure, (108, 96, 84, 76, 64), 3), WHITE, 0.035, 34)
    column.add(_fit(content.dates, INSIDE, measure, (44, 40, 36), 2), WHITE, 0.01, 0)
    below = Column(WIDTH / 2, symbol.area.y + side, sheet.y + sheet.height - 28, "middle")
    below.add(_fit(content.call, sheet.width - 96, measure, (48, 42, 36), 1), INK, 0.03, 10)
    below.add(_fit(content.member, sheet.width - 96, measure, (40, 36, 32), 1), accent, 0.02, 0)
    return [
        *_ground(head, accent),
        Fill(Area(0, head.height, WIDTH, HEIGHT), tinted(accent)),
        *column.centred(),
        Fill(sheet, WHITE, radius=32),
        symbol,
        *below.centred(),
    ]


def card(content: Content, measure: Measure) -> list[Box]:
    """Return what a link card shows of a campaign without a picture: its title."""
    accent = readable(content.accent)
    column = Column(MARGIN, 0, CARD_HEIGHT)
    inside = CARD_WIDTH - 2 * MARGIN
    column.add(_fit(content.host, inside, measure, (40, 34), 1), WHITE, 0.02, 20)
    column.add(_fit(content.title, inside, measure, (104, 92, 80, 68), 3), WHITE, 0.035, 0)
    return [*_ground(Area(0, 0, CARD_WIDTH, CARD_HEIGHT), accent), *column.centred()]


def _picture(area: Area, content: Content, accent: Colour) -> list[Box]:
    return [Photo(area)] if content.has_picture else _ground(area, accent)


def _ground(area: Area, accent: Colour) -> list[Box]:
    """Return what stands where no picture is: the accent, darker towards its foot.

    What is laid over the accent is darker too: white on it stays readable.
    """
    deep = mixed(accent, BLACK, 0.45)
    large, small = 0.42 * WIDTH, 0.21 * WIDTH
    return [
        Fill(area, accent),
        Fill(area, deep, opacity_at_top=0),
        _disc(area.x + 0.92 * WIDTH, area.y + 0.1 * WIDTH, large, deep),
        _disc(area.x + 0.60 * WIDTH, area.y + 0.34 * WIDTH, small, deep),
    ]


def _disc(x: float, y: float, radius: float, colour: Colour) -> Fill:
    area = Area(x - radius, y - radius, 2 * radius, 2 * radius)
    return Fill(area, colour, radius=radius, opacity=0.3)


def _shade(words_top: float, accent: Colour) -> list[Box]:
    """Return what makes a picture dark enough for white words from there on, even a white one."""
    colour = mixed(accent, BLACK, 0.75)
    above = Area(0, words_top - SHADE_HEIGHT, WIDTH, SHADE_HEIGHT)
    below = Area(0, words_top, WIDTH, HEIGHT - words_top)
    return [
        Fill(above, colour, opacity=SHADE, opacity_at_top=0),
        Fill(below, colour, opacity=0.9, opacity_at_top=SHADE),
    ]


def _person(content: Content, measure: Measure, area: Area, accent: Colour) -> list[Box]:
    """Return the call to action and whose code it is, beside the symbol."""
    column = Column(area.x, area.y, area.y + area.height)
    column.add(_fit(content.call, area.width, measure, (52, 46, 40, 34), 3), INK, 0.03, 20)
    column.add(_fit(content.member, area.width, measure, (40, 36, 32), 2), accent, 0.02, 0)
    return column.centred()


def _symbol(content: Content, side: float, x: float, y: float) -> Symbol:
    """Return the symbol in a square: modules are whole units, the rest is quiet zone."""
    module = side // (content.modules + 2 * QUIET_MODULES)
    if module < LEAST_MODULE:
        raise TooManyModulesError(f"{content.modules} modules need more than {side:g} units")
    return Symbol(Area(x, y, side, side), module, 16)


def _fit(
    text: str, width: float, measure: Measure, sizes: tuple[float, ...], max_lines: int
) -> Fitted:
    return fitted(text, width, measure, sizes, max_lines) if text else Fitted(sizes[0], ())
