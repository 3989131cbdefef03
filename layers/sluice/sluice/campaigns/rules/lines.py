"""Where text is broken into lines (B3): Chinese between characters, Latin between words.

Widths are asked of `measure`, in ems: the caller knows the font.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

ELLIPSIS = "…"
BALANCE_STEPS = 12  # halvings of what lines of equal length may be narrower by
# What may begin no line and what may end none (kinsoku), by Unicode category and beyond it.
_CLOSING = {"Pe", "Pf", "Po"}
_OPENING = {"Ps", "Pi", "Sc"}
_NEITHER = frozenset("\"'#&*/@\u00a1\u00bf")  # of these categories, yet they may begin a line
_ALSO_CLOSING = frozenset("\u30fc\u3005\u303b\u00b0\u2014\uff5e")  # repeats, degrees, dashes
_ALSO_OPENING = frozenset("#@")
_AFTER = frozenset("-\u2013/&")  # a Latin word may go on after these in the next line
_WIDE = ("W", "F")
# A clause with the mark that ends it: a Chinese mark anywhere, a Latin one before a space.
_CLAUSE = re.compile(r"(?:[^\uff0c\uff1a\uff1b\u3002\uff01\uff1f,:;.!?]|[,:;.!?](?! ))*.?\s*")

type Measure = Callable[[str], float]


class Fitted(NamedTuple):
    """Lines and the size in which they fit."""

    size: float  # of an em, in units of the width they were fitted to
    lines: tuple[str, ...]


def cleaned(text: str, has: Callable[[str], bool]) -> str:
    """Return text as it can be drawn: composed, spaces single, without what the font has not.

    A letter that it has without its accent is drawn so; emoji, control characters and signs of
    other writings leave nothing, not a box.
    """
    composed = unicodedata.normalize("NFC", text)
    drawn = "".join(" " if each.isspace() else _drawable(each, has) for each in composed)
    return " ".join(drawn.split())


def _drawable(character: str, has: Callable[[str], bool]) -> str:
    if has(character):
        return character
    return "".join(each for each in unicodedata.normalize("NFKD", character) if has(each))


def broken(text: str, width: float, measure: Measure, max_lines: int) -> tuple[str, ...]:
    """Return the lines, none wider than `width`; what does not fit ends in an ellipsis."""
    lines, complete = _filled(text, width, measure, max_lines)
    if complete:
        return lines
    return (*lines[:-1], _cut(lines[-1], width, measure))


def fitted(
    text: str, width: float, measure: Measure, sizes: Sequence[float], max_lines: int
) -> Fitted:
    """Return the lines at the largest of `sizes`, falling, in which the whole text fits.

    Lines are then made as equal as they can be. At the smallest size what is over is cut.
    """
    for size in sizes:
        lines, complete = _filled(text, width / size, measure, max_lines)
        if complete:
            found = _by_clauses(text, width / size, measure, len(lines))
            return Fitted(size, found or _balanced(text, width / size, measure, len(lines)))
    return Fitted(sizes[-1], broken(text, width / sizes[-1], measure, max_lines))


def _filled(
    text: str, width: float, measure: Measure, max_lines: int
) -> tuple[tuple[str, ...], bool]:
    """Return lines filled one after another, and whether they hold everything.

    The last line of what does not fit is as full as it can be.
    """
    lines: list[str] = []
    line = ""
    for piece in _split(text, width, measure):
        if line and measure((line + piece).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
            if len(lines) == max_lines:
                return tuple(lines), False
        line = line + piece if line else piece.lstrip()
    return tuple([*lines, line.rstrip()] if line.rstrip() else lines), True


def _by_clauses(text: str, width: float, measure: Measure, count: int) -> tuple[str, ...] | None:
    """Return as many lines that end where clauses do, if there are such."""
    lines = [""]
    for clause in _CLAUSE.findall(text):
        if measure((lines[-1] + clause).strip()) <= width:
            lines[-1] += clause
        elif measure(clause.strip()) <= width:
            lines.append(clause)
        else:
            return None
    return tuple(line.strip() for line in lines) if len(lines) == count else None


def _balanced(text: str, width: float, measure: Measure, count: int) -> tuple[str, ...]:
    """Return as many lines, as narrow as they can be: no last line of one character."""
    narrow, wide = width / max(1, count), width
    best, _ = _filled(text, wide, measure, max(1, count))
    for _ in range(BALANCE_STEPS if count > 1 else 0):
        middle = (narrow + wide) / 2
        lines, complete = _filled(text, middle, measure, count)
        whole_words = complete and all(measure(piece.rstrip()) <= middle for piece in _pieces(text))
        if whole_words:
            best, wide = lines, middle
        else:
            narrow = middle
    return best


def _split(text: str, width: float, measure: Measure) -> list[str]:
    """Return the pieces of text, those wider than a line cut between characters."""
    parts: list[str] = []
    for piece in _pieces(text):
        rest = piece
        while len(rest) > 1 and measure(rest.rstrip()) > width:
            end = _most(rest, width, measure)
            parts.append(rest[:end])
            rest = rest[end:]
        parts.append(rest)
    return parts


def _most(text: str, width: float, measure: Measure) -> int:
    """Return how many characters fit, one at least, and no mark without what it stands on."""
    low, high = 1, len(text) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= width else (low, middle - 1)
    while low < len(text) and unicodedata.combining(text[low]):
        low += 1
    return low


def _pieces(text: str) -> list[str]:
    """Return the pieces between which a line may end; spaces stay at the end of theirs."""
    pieces: list[str] = []
    start = 0
    for place in range(1, len(text)):
        if _may_break(text[place - 1], text[place]):
            pieces.append(text[start:place])
            start = place
    return [*pieces, text[start:]] if text else []


def _may_break(before: str, after: str) -> bool:
    if after == " " or may_not_begin(after) or may_not_end(before):
        return False
    return before == " " or before in _AFTER or _is_wide(before) or _is_wide(after)


def may_not_begin(character: str) -> bool:
    """Tell whether a line never begins with this: closing marks, what stands on another."""
    if character in _NEITHER:
        return False
    closing = unicodedata.category(character) in _CLOSING or character in _ALSO_CLOSING
    return closing or bool(unicodedata.combining(character))


def may_not_end(character: str) -> bool:
    """Tell whether a line never ends with this: opening brackets, signs of money."""
    return unicodedata.category(character) in _OPENING or character in _ALSO_OPENING


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in _WIDE


def _cut(line: str, width: float, measure: Measure) -> str:
    """Return the line with an ellipsis, and as much of it as fits before."""
    kept = line
    while kept and measure(kept.rstrip() + ELLIPSIS) > width:
        kept = kept[:-1]
        while kept and unicodedata.combining(line[len(kept)]):
            kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS
