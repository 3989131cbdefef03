"""The poster of one member (B3), as SVG and PNG: both are one list of boxes, drawn once.

Text is outlines, so an SVG looks the same where the font is missing and as the PNG, which is
rasterised from it. Nothing in it refers to anything outside.
"""

import base64
from collections.abc import Callable
from html import escape
from typing import Any, NamedTuple

import resvg_py
import segno

from sluice.campaigns.material import glyphs, pictures
from sluice.campaigns.material.pictures import Picture
from sluice.campaigns.rules import boxes, colours
from sluice.campaigns.rules.lines import cleaned
from sluice.campaigns.rules.shapes import (
    CARD_HEIGHT,
    CARD_WIDTH,
    HEIGHT,
    WIDTH,
    Area,
    Box,
    Content,
    Fill,
    Layout,
    Photo,
    Symbol,
    Words,
)
from sluice.codes.rules.symbols import Logo, fit, place_of
from sluice.shared.errors import Invalid

PHONE_PIXELS, PRINT_PIXELS = 1_080, 2_480  # wide; print is A4 at 300 dpi
WIDTHS_PIXELS = (540, PHONE_PIXELS, PRINT_PIXELS)
MAX_TEXT = 400  # characters that are looked at; what is drawn ends in an ellipsis long before


class Poster(NamedTuple):
    """What a poster shows. Empty texts take no room."""

    layout: Layout
    title: str
    url: str  # that the member's QR code holds
    dates: str = ""
    member: str = ""
    call: str = ""  # to action
    host: str = ""  # who invites
    accent: str = "#1a73e8"  # the campaign's colour
    picture: Picture | None = None
    logo: Logo | None = None  # in the middle of the QR code


def svg(poster: Poster) -> str:
    """Return the poster as an SVG. Raises Invalid: the address or the accent."""
    content, listed, symbol = _laid_out(poster)
    return _document(content, listed, _Source(symbol, poster.logo, poster.picture))


def png(poster: Poster, width_pixels: int = PHONE_PIXELS) -> bytes:
    """Return the poster as a PNG. Raises Invalid as `svg`, and for a width that is not offered.

    The picture, behind all else, is laid under what the SVG draws without it: that takes a tenth
    of the time in which the SVG's rasteriser would scale it.
    """
    if width_pixels not in WIDTHS_PIXELS:
        raise Invalid("width: not offered.", [("width", f"one of {WIDTHS_PIXELS}")])
    content, listed, symbol = _laid_out(poster)
    drawn = resvg_py.svg_to_bytes(
        svg_string=_document(content, listed, _Source(symbol, poster.logo, None)),
        width=width_pixels,
        skip_system_fonts=True,
    )
    if poster.picture is None:
        return bytes(drawn)
    scale = width_pixels / WIDTH
    places = [each.area for each in listed if isinstance(each, Photo)]
    return pictures.under(
        bytes(drawn), poster.picture, [tuple(round(side * scale) for side in at) for at in places]
    )


def card_image(poster: Poster) -> bytes:
    """Return the JPEG of 1,200 x 630 that link cards show: the picture's middle, or the title."""
    if poster.picture is not None:
        return pictures.cropped(poster.picture, CARD_WIDTH, CARD_HEIGHT)
    content, _, symbol = _laid_out(poster)
    listed = boxes.card(content, glyphs.width)
    drawn = _document(content, listed, _Source(symbol, None, None), (CARD_WIDTH, CARD_HEIGHT))
    return pictures.as_jpeg(resvg_py.svg_to_bytes(svg_string=drawn, skip_system_fonts=True))


class _Source(NamedTuple):
    """What is drawn beside words and fills."""

    symbol: segno.QRCode
    logo: Logo | None
    picture: Picture | None


def _laid_out(poster: Poster) -> tuple[Content, list[Box], segno.QRCode]:
    symbol = segno.make(poster.url, error="H" if poster.logo else "M", micro=False)
    content = _content(poster, symbol)
    try:
        return content, boxes.boxes(content, poster.layout, glyphs.width), symbol
    except boxes.TooManyModulesError as error:
        raise Invalid(f"url: {error}.", [("url", "too long for a code on a poster")]) from None


def _document(
    content: Content, listed: list[Box], source: _Source, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> str:
    width, height = size
    drawn = (_DRAWN[type(box)](box, source, f"b{place}") for place, box in enumerate(listed))
    said = " \u00b7 ".join(
        filter(None, (content.host, content.dates, content.call, content.member))
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f"<title>{escape(content.title)}</title><desc>{escape(said)}</desc>"
        f"{''.join(drawn)}</svg>"
    )


def _content(poster: Poster, symbol: segno.QRCode) -> Content:
    try:
        accent = colours.parsed(poster.accent)
    except ValueError as error:
        raise Invalid(f"accent: {error}.", [("accent", str(error))]) from None
    texts = (poster.title, poster.dates, poster.member, poster.call, poster.host)
    title, dates, member, call, host = (cleaned(each[:MAX_TEXT], glyphs.has) for each in texts)
    return Content(
        title=title,
        dates=dates,
        member=member,
        call=call,
        host=host,
        has_picture=poster.picture is not None,
        modules=int(symbol.symbol_size(border=0)[0]),
        accent=accent,
    )


def _fill(box: Fill, _: _Source, named: str) -> str:
    # Edges that are straight are not smoothed: what adjoins shows no seam at any size.
    rounded = f' rx="{box.radius:g}"' if box.radius else ' shape-rendering="crispEdges"'
    if box.opacity_at_top is None:
        opacity = f' fill-opacity="{box.opacity:g}"' if box.opacity < 1 else ""
        return f'<rect {_area(box.area)}{rounded} fill="{box.colour}"{opacity}/>'
    stops = "".join(
        f'<stop offset="{offset}" stop-color="{box.colour}" stop-opacity="{opacity:g}"/>'
        for offset, opacity in ((0, box.opacity_at_top), (1, box.opacity))
    )
    return (
        f'<linearGradient id="{named}" x1="0" y1="0" x2="0" y2="1">{stops}</linearGradient>'
        f'<rect {_area(box.area)}{rounded} fill="url(#{named})"/>'
    )


def _words(box: Words, _: _Source, __: str) -> str:
    x = box.x
    if box.anchor == "middle":
        x -= glyphs.width(box.text) * box.size / 2
    stroke = ""
    if box.weight:
        width = box.weight * box.size
        stroke = f' stroke="{box.colour}" stroke-width="{width:.2f}" stroke-linejoin="round"'
    path = glyphs.outlines(box.text, x, box.y, box.size)
    return f'<path fill="{box.colour}"{stroke} d="{path}"/>'


def _photo(box: Photo, source: _Source, _: str) -> str:
    """Return the picture, cut to its area by a viewport of its own."""
    if source.picture is None:
        return ""
    encoded = base64.b64encode(source.picture.jpeg).decode()
    return (
        f'<svg {_area(box.area)}><image width="{box.area.width:g}" height="{box.area.height:g}" '
        f'preserveAspectRatio="xMidYMid slice" '
        f'href="data:{pictures.MEDIA_TYPE};base64,{encoded}"/></svg>'
    )


def _symbol(box: Symbol, source: _Source, _: str) -> str:
    """Return the code: rows of dark modules, not smoothed, so that no seams show between them."""
    modules = int(source.symbol.symbol_size(border=0)[0])
    side = modules * box.module
    left = box.area.x + (box.area.width - side) // 2
    top = box.area.y + (box.area.height - side) // 2
    runs = "".join(
        f"M{left + start * box.module:g} {top + row * box.module:g}"
        f"h{length * box.module:g}v{box.module:g}h-{length * box.module:g}z"
        for row, line in enumerate(source.symbol.matrix)
        for start, length in _runs(line)
    )
    drawn = (
        f'<rect {_area(box.area)} rx="{box.radius:g}" fill="{colours.WHITE}"/>'
        f'<path fill="{colours.INK}" shape-rendering="crispEdges" d="{runs}"/>'
    )
    if source.logo is None:
        return drawn
    return drawn + _logo(source.logo, modules, int(box.module), (left, top))


def _logo(logo: Logo, modules: int, module: int, corner: tuple[float, float]) -> str:
    place = place_of(modules, module, 0)
    x, y, width, height = fit(logo, place)
    left, top = corner
    white = Area(left + place.start, top + place.start, place.width, place.width)
    area = Area(left + x, top + y, width, height)
    encoded = base64.b64encode(logo.png).decode()
    return (
        f'<rect {_area(white)} fill="{colours.WHITE}"/>'
        f'<image {_area(area)} href="data:image/png;base64,{encoded}"/>'
    )


def _runs(line: bytes | bytearray) -> list[tuple[int, int]]:
    """Return where dark modules begin in a row and how many follow one another."""
    runs: list[tuple[int, int]] = []
    for place, dark in enumerate(line):
        if not dark:
            continue
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs


def _area(area: Area) -> str:
    return f'x="{area.x:g}" y="{area.y:g}" width="{area.width:g}" height="{area.height:g}"'


_DRAWN: dict[type[Box], Callable[[Any, _Source, str], str]] = {
    Fill: _fill,
    Words: _words,
    Photo: _photo,
    Symbol: _symbol,
}
