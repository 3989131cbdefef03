"""Posters as drawn (B3): another library reads the code, and they look as they did."""

import hashlib
import io
import re
from functools import cache
from xml.etree import ElementTree as ET

import pylopdf_fonts_zh_cn
import pytest
import resvg_py
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sluice.campaigns.material import glyphs, pictures, poster
from sluice.campaigns.rules.shapes import LAYOUTS, Layout
from sluice.shared.errors import Invalid
from tests.support import posters

MOST_DIFFERENCE = 2.5  # of 255, in the mean: colours of a palette, and a rasteriser's next version
FONT = "faa6c9df652116dde789d351359f3d7e5d2285a2b2a1f04a2d7244df706d5ea9"  # of notofonts/noto-cjk
PHONE = pytest.param(poster.PHONE_PIXELS, marks=pytest.mark.proof)
PRINT = pytest.param(poster.PRINT_PIXELS, marks=pytest.mark.proof)
FEW_AND_ALL = [
    pytest.param(texts, marks=() if texts in {"chinese", "long"} else pytest.mark.proof)
    for texts in posters.TEXTS
]


@cache
def picture() -> pictures.Picture:
    return pictures.checked(posters.photograph())


def read(image: Image.Image) -> list[str]:
    return [each.text for each in zxingcpp.read_barcodes(image.convert("L"))]


def compressed(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(out)


@pytest.mark.parametrize("has_logo", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("width", [540, PHONE, PRINT])
def test_another_library_reads_the_code(width: int, layout: Layout, *, has_logo: bool) -> None:
    """B3: as made, at half its size, and as a messaging app compresses it."""
    logo = posters.logo() if has_logo else None
    made = posters.sample("chinese", layout, picture(), logo=logo)
    image = posters.opened(poster.png(made, width))
    assert image.width == width
    assert abs(image.height - width * 1528 / 1080) <= 1
    assert read(image) == [posters.URL]
    assert read(compressed(image, 50)) == [posters.URL]
    if width > 540:  # the smallest is half of what phones show
        half = image.resize((image.width // 2, image.height // 2))
        assert read(half) == [posters.URL]
        assert read(compressed(half, 50)) == [posters.URL]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("texts", FEW_AND_ALL)
def test_a_poster_looks_as_it_did(texts: str, layout: Layout) -> None:
    """B3: Chinese, Latin, both, far too long, and next to nothing."""
    drawn = posters.opened(poster.png(posters.sample(texts, layout, picture()), 540))
    kept = Image.open(posters.FOLDER / f"{texts}-{layout}.png")
    assert posters.difference(posters.small(drawn), kept) < MOST_DIFFERENCE


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_svg_says_the_same_and_refers_to_nothing_outside(layout: Layout) -> None:
    made = posters.sample("chinese", layout, picture())._replace(title="茶 <b>&\"'")
    text = poster.svg(made)
    root = ET.fromstring(text)  # noqa: S314 - our own
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "茶 <b>&\"'"
    assert all(link.startswith("data:image/") for link in re.findall(r'href="([^"]*)"', text))
    assert not re.search(r"<(text|script|style|foreignObject)|url\((?!#)", text)
    alone = resvg_py.svg_to_bytes(svg_string=text, width=540, skip_system_fonts=True)
    together = posters.opened(poster.png(made, 540))
    assert posters.difference(posters.opened(bytes(alone)), together) < MOST_DIFFERENCE


def test_a_phones_poster_is_read_at_half_its_size_and_compressed() -> None:
    """B3: one of those that the proof tries."""
    image = posters.opened(poster.png(posters.sample("latin", "banner", picture())))
    half = compressed(image.resize((540, 764)), 50)
    assert (read(image), read(half)) == ([posters.URL], [posters.URL])


@settings(max_examples=40)
@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(LAYOUTS))
def test_whatever_is_written_gives_a_well_formed_svg(
    title: str, other: str, layout: Layout
) -> None:
    made = posters.sample("empty", layout)._replace(
        title=title, dates=other, member=title, call=other, host=title
    )
    root = ET.fromstring(poster.svg(made))  # noqa: S314 - our own
    assert root.tag.endswith("svg")


def test_another_member_has_another_code() -> None:
    made = posters.sample("empty", "plain")
    other = poster.png(made._replace(url="https://s.example.com/s/Another1"), 540)
    assert read(posters.opened(other)) == ["https://s.example.com/s/Another1"]


def test_what_cannot_be_drawn_is_refused() -> None:
    made = posters.sample("empty", "full")
    for wrong in (made._replace(accent="red"), made._replace(url="https://x/" + "a" * 600)):
        with pytest.raises(Invalid):
            poster.svg(wrong)
    with pytest.raises(Invalid):
        poster.png(made, 20_000)


def test_the_font_is_notos_and_has_every_common_character() -> None:
    data = pylopdf_fonts_zh_cn.sans_path().read_bytes()
    assert hashlib.sha256(data).hexdigest() == FONT
    common = [bytes([row, cell]) for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFA)]
    assert all(glyphs.has(each.decode("gb2312")) for each in common)
    assert all(glyphs.has(chr(each)) for each in range(0xA1, 0x100) if each != 0xAD)
    assert not glyphs.has("\U0001f375")


@pytest.mark.parametrize(
    ("size", "kind", "kept"),
    [
        ((3_000, 1_500), "JPEG", (2_480, 1_240)),
        ((640, 480), "PNG", (640, 480)),
    ],
)
def test_a_picture_is_drawn_anew(size: tuple[int, int], kind: str, kept: tuple[int, int]) -> None:
    out = io.BytesIO()
    image = Image.new(
        "RGBA" if kind == "PNG" else "RGB", size, "#80808000"[: 9 if kind == "PNG" else 7]
    )
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    image.save(out, kind, exif=exif)
    found = pictures.checked(out.getvalue())
    assert (found.width, found.height) == kept
    with Image.open(io.BytesIO(found.jpeg)) as opened:
        assert (opened.format, opened.size, len(opened.getexif())) == ("JPEG", kept, 0)


def test_what_is_no_picture_is_refused() -> None:
    small, huge = io.BytesIO(), io.BytesIO()
    Image.new("L", (319, 900)).save(small, "PNG")
    Image.new("1", (9_000, 9_000)).save(huge, "PNG")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    cut = posters.photograph()[:4_000]
    for wrong in (b"", svg, cut, small.getvalue(), huge.getvalue(), b"x" * 3_000_001):
        with pytest.raises(Invalid, match="picture"):
            pictures.checked(wrong)
