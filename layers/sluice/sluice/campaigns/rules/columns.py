"""Lines of a poster one below another (B3)."""

from sluice.campaigns.rules.colours import Colour
from sluice.campaigns.rules.lines import Fitted
from sluice.campaigns.rules.shapes import Anchor, Box, Words

LINE_HEIGHT = 1.32  # ems from one baseline to the next
_ASCENT = 0.88  # ems from the top of a Chinese character to the baseline


class Column:
    """Lines one below another; blocks without lines take no room."""

    def __init__(self, x: float, top: float, bottom: float, anchor: Anchor = "start") -> None:
        self.x, self.top, self.bottom, self.anchor = x, top, bottom, anchor
        self.blocks: list[tuple[Fitted, Colour, float, float]] = []

    def add(self, block: Fitted, colour: Colour, weight: float, space: float) -> None:
        """Add a block with so much space below."""
        if block.lines:
            self.blocks.append((block, colour, weight, space))

    def centred(self) -> list[Box]:
        """Return the lines, in the middle of the column's height."""
        return self._from(self.top + (self.bottom - self.top - self._height()) / 2)

    def at_bottom(self) -> list[Box]:
        """Return the lines, the last one at the column's foot."""
        return self._from(self.top_at_bottom())

    def top_at_bottom(self) -> float:
        """Return where the lines begin that end at the column's foot."""
        return float(round(self.bottom - self._height()))

    def _height(self) -> float:
        heights = [len(block.lines) * block.size * LINE_HEIGHT for block, *_ in self.blocks]
        return sum(heights) + sum(space for *_, space in self.blocks[:-1])

    def _from(self, top: float) -> list[Box]:
        lines: list[Box] = []
        for block, colour, weight, space in self.blocks:
            step = block.size * LINE_HEIGHT
            first = top + (step - block.size) / 2 + _ASCENT * block.size
            lines += [
                Words(self.x, first + number * step, line, block.size, colour, weight, self.anchor)
                for number, line in enumerate(block.lines)
            ]
            top += len(block.lines) * step + space
        return lines
