"""Glyphs of the one font of posters: how wide text is and what its outlines are.

The only module that needs HarfBuzz and the font, from the layer `posters`.
"""

from functools import cache

import pylopdf_fonts_zh_cn
import uharfbuzz as hb

LANGUAGE = "zh-Hans"  # which of a character's forms is drawn


class _Pen:
    """Writes outlines as the commands of an SVG path, in ems that grow downwards."""

    def __init__(self, x: float, y: float, scale: float) -> None:
        self.x, self.y, self.scale = x, y, scale
        self.commands: list[str] = []

    def moveTo(self, at: tuple[float, float]) -> None:  # noqa: N802 - the pens' protocol
        self._add("M", at)

    def lineTo(self, to: tuple[float, float]) -> None:  # noqa: N802
        self._add("L", to)

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add("Q", *points)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add("C", *points)

    def closePath(self) -> None:  # noqa: N802
        self.commands.append("Z")

    def _add(self, command: str, *points: tuple[float, float]) -> None:
        placed = (f"{self.x + x * self.scale:.1f} {self.y - y * self.scale:.1f}" for x, y in points)
        self.commands.append(command + " ".join(placed))


@cache
def _font() -> hb.Font:
    return hb.Font(hb.Face(hb.Blob.from_file_path(str(pylopdf_fonts_zh_cn.sans_path()))))


def has(character: str) -> bool:
    """Tell whether the font can draw a character."""
    return _font().get_nominal_glyph(ord(character)) is not None


@cache
def units_per_em() -> int:
    """Return the font's units in an em."""
    return int(_font().face.upem)


def width(text: str) -> float:
    """Return how wide a line of text is, in ems."""
    advances = (each.x_advance for each in _shaped(text).glyph_positions or ())
    return float(sum(advances)) / units_per_em()


def outlines(text: str, x: float, y: float, size: float) -> str:
    """Return an SVG path of a line of text; `y` is its baseline, `size` an em."""
    shaped, scale = _shaped(text), size / units_per_em()
    pen = _Pen(x, y, scale)
    for glyph, place in zip(shaped.glyph_infos, shaped.glyph_positions or (), strict=True):
        origin = pen.x
        pen.x = origin + place.x_offset * scale
        pen.y = y - place.y_offset * scale
        _font().draw_glyph_with_pen(glyph.codepoint, pen)
        pen.x = origin + place.x_advance * scale
    return "".join(pen.commands)


def _shaped(text: str) -> hb.Buffer:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.language = LANGUAGE
    hb.shape(_font(), buffer)
    return buffer
