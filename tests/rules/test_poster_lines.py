"""Lines of posters (B3): Chinese breaks between characters, Latin between words."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.campaigns.rules import lines

MEASURED = 1.0  # ems of a wide character; half of it of any other
TEXTS = st.text(
    st.sampled_from("ab cdéW 春日新品，。：！？（）《》“”、ー—…-/.,!%1230\u0301 "), max_size=60
)


def measure(text: str) -> float:
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    marks = sum(bool(unicodedata.combining(each)) for each in text)
    return MEASURED * (wide + (len(text) - wide - marks) / 2)


def broken(text: str, width: float, max_lines: int = 9) -> list[str]:
    return list(lines.broken(text, width, measure, max_lines))


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("春日新品品鉴会", 4, ["春日新品", "品鉴会"]),
        ("春日新品，品鉴会", 4, ["春日新", "品，品鉴", "会"]),  # no line begins with a comma
        ("春日新（品鉴会）", 4, ["春日新", "（品鉴", "会）"]),  # nor ends with a bracket
        ("the new harvest", 4, ["the new", "harvest"]),
        ("the  new   tea", 100, ["the  new   tea"]),
        ("品鉴 Spring 茶", 4, ["品鉴", "Spring", "茶"]),
        ("abcdefghijkl", 3, ["abcdef", "ghijkl"]),  # a word that is longer than a line is cut
        ("pay ¥100", 2, ["pay", "¥100"]),
        ("spring-tasting", 4, ["spring-", "tasting"]),
        ("", 4, []),
        ("   ", 4, []),
    ],
)
def test_text_is_broken_where_it_may(text: str, width: float, expected: list[str]) -> None:
    """B3."""
    assert broken(text, width) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("春日新品品鉴会欢迎您", ["春日新品", "品鉴会…"]),
        ("one two three four", ["one two", "three…"]),
    ],
)
def test_what_is_over_ends_in_an_ellipsis_that_fits(text: str, expected: list[str]) -> None:
    assert broken(text, 4, 2) == expected


@settings(max_examples=60)
@given(TEXTS, st.floats(2, 12), st.integers(1, 4))
def test_lines_keep_their_width_their_number_and_the_text(
    text: str, width: float, max_lines: int
) -> None:
    found = broken(text, width, max_lines)
    assert len(found) <= max_lines
    for line in found:
        single = len(line.rstrip(lines.ELLIPSIS)) <= 1 or any(map(unicodedata.combining, line))
        assert measure(line) <= width or single
    whole = lines.broken(text, width, measure, 1_000)
    assert "".join(whole).replace(" ", "") == text.replace(" ", "")


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(["春", "日", "新，", "品。", "（会）", "《茶》", "a", "bc ", "9%"])),
    st.floats(4, 12),
)
def test_no_line_begins_or_ends_with_what_may_not(parts: list[str], width: float) -> None:
    found = broken("".join(parts), width, 1_000)
    assert not any(lines.may_not_begin(line[0]) for line in found[1:])
    assert not any(lines.may_not_end(line[-1]) for line in found[:-1])


@settings(max_examples=60)
@given(TEXTS, st.integers(1, 4))
def test_fitted_text_is_the_largest_that_fits_and_loses_nothing(text: str, max_lines: int) -> None:
    sizes = (3.0, 2.0, 1.0)
    found = lines.fitted(text, 20, measure, sizes, max_lines)
    drawn = "".join(found.lines).replace(" ", "")
    if not drawn.endswith(lines.ELLIPSIS):
        assert drawn == text.replace(" ", "")
    else:
        assert found.size == sizes[-1] or "…" in text
    assert all(measure(line) * found.size <= 20 + 1e-9 for line in found.lines)


def test_lines_end_where_clauses_do_and_are_else_of_equal_length() -> None:
    fitted = lines.fitted("长按识别二维码，立即报名", 10, measure, (1.0,), 3)
    assert fitted.lines == ("长按识别二维码，", "立即报名")
    equal = lines.fitted("春日新品品鉴会欢迎您", 9, measure, (1.0,), 3)
    assert equal.lines == ("春日新品品", "鉴会欢迎您")
    assert lines.fitted("At 9.30, come: tea", 5, measure, (1.0,), 2).lines == (
        "At 9.30,",
        "come: tea",
    )


def test_what_the_font_has_not_leaves_nothing() -> None:
    assert lines.cleaned(" 春\t日\U0001f375\n tea\u200d ", str.isalnum) == "春 日 tea"
    assert lines.cleaned("e\u0301", str.isalnum) == "\u00e9"
    assert lines.cleaned("Ay\u015fe", str.isascii) == "Ayse"
