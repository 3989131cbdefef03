"""What a poster is drawn of (B3): areas of colour, lines of text, a picture, a QR symbol.

Units are pixels of a poster 1,080 wide, the size of a phone; print is the same, larger.
"""

from typing import Literal, NamedTuple, get_args

from sluice.campaigns.rules.colours import Colour

WIDTH, HEIGHT = 1080, 1528  # the proportions of A4
CARD_WIDTH, CARD_HEIGHT = 1200, 630  # of a link card: what Open Graph readers crop nothing of
MARGIN = 72
INSIDE = WIDTH - 2 * MARGIN

Layout = Literal["banner", "full", "plain"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
Anchor = Literal["start", "middle"]


class Area(NamedTuple):
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


class Fill(NamedTuple):
    """A rectangle of one colour; it may begin with less of it at the top."""

    area: Area
    colour: Colour
    radius: float = 0
    opacity: float = 1
    opacity_at_top: float | None = None


class Words(NamedTuple):
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    size: float
    colour: Colour
    weight: float = 0  # ems by which strokes are made thicker
    anchor: Anchor = "start"


class Photo(NamedTuple):
    """Where the campaign's picture goes, behind all else: it covers the area, cut where longer."""

    area: Area


class Symbol(NamedTuple):
    """The member's QR code: dark modules on a white square that holds the quiet zone."""

    area: Area
    module: float
    radius: float


type Box = Fill | Words | Photo | Symbol


class Content(NamedTuple):
    """What a poster says; texts cleaned, empty where there is nothing."""

    title: str
    dates: str
    member: str
    call: str  # to action
    host: str  # who invites
    has_picture: bool
    modules: int  # of the symbol, without its quiet zone
    accent: Colour
