"""Posters as tests and documents show them, and the pictures in `tests/rules/posters`.

`python -m tests.support.posters` draws the references anew, and those of docs/images: look at them
before they are kept.
"""

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from sluice.campaigns.material import pictures, poster
from sluice.campaigns.rules.shapes import LAYOUTS, Layout
from sluice.codes.rules.symbols import Logo

# ruff: noqa: RUF001 - the marks of Chinese are meant
FOLDER = Path(__file__).parents[1] / "rules" / "posters"
KEPT_PIXELS = 270  # wide
SHOWN = Path(__file__).parents[2] / "docs" / "images"
SHOWN_LAYOUTS: dict[Layout, str] = {"banner": "chinese", "full": "latin", "plain": "chinese"}
COLOURS = 96
URL = "https://s.example.com/s/7KfQ2mX9bT"
TEXTS: dict[str, dict[str, Any]] = {
    "chinese": {
        "title": "春日新品品鉴会：与我们一起，遇见下一杯好茶",
        "dates": "2026年4月18日 14:00 – 5月6日 22:00",
        "member": "林晓雯 诚邀您参加",
        "call": "长按识别二维码，立即报名",
        "host": "清禾茶业",
        "accent": "#0e7a5f",
    },
    "latin": {
        "title": "Spring tasting: meet the new harvest with us",
        "dates": "18 April 2026, 14:00 – 6 May, 22:00",
        "member": "Invited by Maria Fernández-Schröder",
        "call": "Scan to sign up",
        "host": "Greenfield Tea Company",
        "accent": "#c2410c",
    },
    "mixed": {
        "title": "Spring 新品 Tasting 品鉴会 2026 \U0001f375",
        "dates": "4月18日 (Sat) 14:00",
        "member": "Lin 林晓雯",
        "call": "扫码 Sign up",
        "accent": "#facc15",
    },
    "long": {
        "title": "春日新品品鉴会诚邀各位新老朋友携家人一同前来品尝今年头采的明前龙井与高山乌龙" * 3,
        "dates": "Every Saturday and Sunday between 18 April and 6 May 2026, doors open at 14:00",
        "member": "Donaudampfschifffahrtsgesellschaftskapitän Maximilian von Hohenlohe-Waldenburg",
        "call": "长按识别图中二维码，填写表格，立即免费报名参加本次活动",
        "host": "The Greenfield Tea Company of Hangzhou and Friends, established in 1898",
        "accent": "#ffffff",
    },
    "empty": {"title": "开业", "accent": "#000000"},
}
PICTURED = {"chinese", "latin", "long"}


def photograph(width: int = 1_200, height: int = 900) -> bytes:
    """Return a JPEG of hills under a sky, the same each time."""
    image = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(image)
    for y in range(height):
        share = y / height
        sky = (250 - 70 * share, 190 - 60 * share, 140 + 60 * share)
        pen.line((0, y, width, y), fill=tuple(map(int, sky)))
    pen.ellipse((0.6 * width, 0.15 * height, 0.75 * width, 0.35 * height), fill=(255, 240, 205))
    for number, colour in enumerate([(150, 110, 140), (110, 80, 120), (70, 55, 95)]):
        foot = height * (0.5 + 0.14 * number)
        ridge = [
            (x, foot + 0.08 * height * math.sin(x * 9 / width / (1 + number / 3) + 2 * number))
            for x in range(0, width + 20, 20)
        ]
        pen.polygon([(0, height), *ridge, (width, height)], fill=colour)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def logo() -> Logo:
    """Return a logo of two colours."""
    image = Image.new("RGBA", (120, 120), "#0e7a5f")
    ImageDraw.Draw(image).ellipse((30, 30, 90, 90), fill="white")
    out = io.BytesIO()
    image.save(out, "PNG")
    return Logo(out.getvalue(), 120, 120)


def sample(
    texts: str, layout: Any, picture: pictures.Picture | None = None, **fields: Any
) -> poster.Poster:
    """Return a poster of these texts."""
    shown = picture if texts in PICTURED else None
    return poster.Poster(layout=layout, url=URL, picture=shown, **TEXTS[texts] | fields)


def opened(png: bytes) -> Image.Image:
    """Return a PNG's pixels."""
    return Image.open(io.BytesIO(png)).convert("RGB")


def small(image: Image.Image) -> Image.Image:
    """Return a poster as small as its reference is kept."""
    height = round(KEPT_PIXELS * image.height / image.width)
    return image.resize((KEPT_PIXELS, height), Image.Resampling.BOX)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return by how much pixels differ in the mean, of 255."""
    pair = (np.asarray(each.convert("RGB"), dtype=np.int16) for each in (one, other))
    return float(np.abs(np.subtract(*pair)).mean())


def _draw_references() -> None:
    picture = pictures.checked(photograph())
    for texts in TEXTS:
        for layout in LAYOUTS:
            drawn = small(opened(poster.png(sample(texts, layout, picture), 540)))
            kept = drawn.quantize(COLOURS, dither=Image.Dither.NONE)
            kept.save(FOLDER / f"{texts}-{layout}.png", optimize=True)
    for layout, texts in SHOWN_LAYOUTS.items():
        shown = opened(poster.png(sample(texts, layout, picture), 540)).resize((360, 509))
        kept = shown.quantize(COLOURS, dither=Image.Dither.NONE)
        kept.save(SHOWN / f"poster-{layout}.png", optimize=True)


if __name__ == "__main__":
    _draw_references()
