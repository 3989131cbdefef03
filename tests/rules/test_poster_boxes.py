"""What stands where on a poster (B3), its colours, the card and the text beside it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.campaigns.material import card
from sluice.campaigns.rules import boxes, colours, shapes, texts

COLOURS = st.builds(colours.Colour, *(st.integers(0, 255) for _ in range(3)))
WORDS = st.text(st.sampled_from("春日新品\uff0c\u3002abc de"), max_size=90)


def measure(text: str) -> float:
    return sum(1.0 if ord(each) > 255 else 0.55 for each in text)


@settings(max_examples=60)
@given(
    st.builds(
        shapes.Content,
        title=WORDS,
        dates=WORDS,
        member=WORDS,
        call=WORDS,
        host=WORDS,
        has_picture=st.booleans(),
        modules=st.sampled_from([25, 37, 57]),
        accent=COLOURS,
    ),
    st.sampled_from(shapes.LAYOUTS),
)
def test_nothing_leaves_the_page_or_covers_the_code(
    content: shapes.Content, layout: shapes.Layout
) -> None:
    """B3: whatever the texts, the picture and the colour."""
    drawn = boxes.boxes(content, layout, measure)
    (symbol,) = (each for each in drawn if isinstance(each, shapes.Symbol))
    assert symbol.module >= boxes.LEAST_MODULE
    quiet = (symbol.area.width - content.modules * symbol.module) / 2
    assert quiet >= boxes.QUIET_MODULES * symbol.module
    for words in (each for each in drawn if isinstance(each, shapes.Words)):
        width = measure(words.text) * words.size
        left = words.x - (width / 2 if words.anchor == "middle" else 0)
        assert left >= shapes.MARGIN / 2
        assert left + width <= shapes.WIDTH - shapes.MARGIN / 2
        top = words.y - words.size
        assert top >= 0
        assert words.y <= shapes.HEIGHT
        beside = left + width <= symbol.area.x or words.y + words.size * 0.12 <= symbol.area.y
        assert beside or top >= symbol.area.y + symbol.area.height - words.size * 0.2
    pictures = [place for place, each in enumerate(drawn) if isinstance(each, shapes.Photo)]
    assert pictures in ([], [0])  # behind all else


@given(COLOURS)
def test_white_can_be_read_on_every_accent(accent: colours.Colour) -> None:
    dark = colours.readable(accent)
    assert colours.contrast(dark, colours.WHITE) >= colours.READABLE
    assert colours.contrast(dark, colours.tinted(dark)) >= colours.READABLE
    shade = colours.mixed(colours.WHITE, colours.mixed(dark, colours.BLACK, 0.75), boxes.SHADE)
    assert colours.contrast(shade, colours.WHITE) >= colours.READABLE


def test_a_colour_is_written_as_it_was_read() -> None:
    assert str(colours.parsed("#1A73e8")) == "#1a73e8"
    assert colours.contrast(colours.WHITE, colours.BLACK) == pytest.approx(21)
    for wrong in ("1a73e8", "#1a73e", "#1a73e8\n", "red", "#1a73eg"):
        with pytest.raises(ValueError, match="colour"):
            colours.parsed(wrong)


def test_an_address_that_needs_too_small_modules_is_refused() -> None:
    content = shapes.Content("t", "", "", "", "", False, 77, colours.BLACK)  # noqa: FBT003
    with pytest.raises(boxes.TooManyModulesError):
        boxes.boxes(content, "full", measure)


FACTS = texts.Facts("Lin", "Tea", "https://x/s/1", "1 May", "2 May")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{member}: {title} {link}", "Lin: Tea https://x/s/1"),
        ("{title}, {starts} to {ends}", "Tea, 1 May to 2 May\nhttps://x/s/1"),
        ("{{{title}}}\n", "{Tea}\nhttps://x/s/1"),
        ("", "\nhttps://x/s/1"),
    ],
)
def test_a_template_is_filled_in_and_never_lacks_the_link(template: str, expected: str) -> None:
    """B3."""
    assert texts.wrong_with(template) is None
    assert texts.text(template, FACTS) == expected


@pytest.mark.parametrize(
    "template",
    ["{name}", "{", "{member.x}", "{title!r}", "{title:>9}", "{}", "{0}", "x" * 1_001, "a } b"],
)
def test_a_template_with_anything_else_is_refused(template: str) -> None:
    assert texts.wrong_with(template)


@given(st.text(max_size=300), st.integers(3, 200))
def test_text_is_cut_by_bytes_between_characters(text: str, max_bytes: int) -> None:
    found = card.cut(text, max_bytes)
    assert len(found.encode()) <= max_bytes
    assert found == text or text.startswith(found.removesuffix("…").rstrip())


def test_a_cards_tags_are_escaped_and_as_long_as_apps_take_them() -> None:
    """B3: WeCom takes a title of 128 bytes and a description of 512."""
    made = card.card(title='春"<b>' * 40, description="好" * 400, url="https://x/s/1", image_url="")
    assert len(made.title.encode()) <= 128
    assert len(made.description.encode()) <= 512
    tags = card.meta_tags(made, "Tea & Co")
    assert "<b>" not in tags
    assert 'property="og:site_name" content="Tea &amp; Co"' in tags
    assert "og:image" not in tags
    assert 'content="summary"' in tags
    pictured = card.meta_tags(
        card.card(title="t", description="", url="https://x/s/1", image_url="https://x/i")
    )
    assert 'property="og:image:width" content="1200"' in pictured
    assert "summary_large_image" in pictured
