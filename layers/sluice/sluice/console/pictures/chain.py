"""A strategy's channels as boxes with arrows between them: side by side, or one below another."""

from typing import NamedTuple

WIDTH, HEIGHT, GAP = 200, 104, 44  # of a box, and between two
EDGE = 4  # around the picture
MAX_ACROSS = 4  # more would be too small to read


class Drawing(NamedTuple):
    """Where everything is, in pixels: the left upper corners of boxes, the lines of arrows."""

    width: int
    height: int
    boxes: list[tuple[int, int]]
    arrows: list[str]


def drawn(count: int, *, across: bool) -> Drawing:
    """Return the picture of so many channels."""
    step = WIDTH + GAP if across else HEIGHT + GAP
    places = [EDGE + number * step for number in range(count)]
    length = 2 * EDGE + count * step - GAP
    if across:
        arrows = [f"M{place - GAP + 4} {EDGE + HEIGHT // 2}h{GAP - 14}" for place in places[1:]]
        return Drawing(length, HEIGHT + 2 * EDGE, [(place, EDGE) for place in places], arrows)
    arrows = [f"M{EDGE + WIDTH // 2} {place - GAP + 4}v{GAP - 14}" for place in places[1:]]
    return Drawing(WIDTH + 2 * EDGE, length, [(EDGE, place) for place in places], arrows)
