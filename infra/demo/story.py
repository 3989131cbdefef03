"""How the demo speaks: numbered steps, short lines, tables; and what it does not let pass."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

POLL_SECONDS = 0.1
LEFT = "<"
RIGHT = ">"


class Failed(Exception):  # noqa: N818 - it is what the demo ends with
    """Something is not as Sluice promises; the message says what."""


class Story:
    """Tells the demo on standard output and remembers how long each step took."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._step_began = self._began
        self._title = ""
        self.seconds: dict[str, float] = {}

    def step(self, title: str) -> None:
        """Begin a step; the one before has ended."""
        self.end()
        self._title, self._step_began = title, time.monotonic()
        print(f"\n{len(self.seconds) + 1}. {title}", flush=True)

    def end(self) -> None:
        """Note how long the step under way took."""
        if self._title:
            self.seconds[self._title] = time.monotonic() - self._step_began
            self._title = ""

    @property
    def total_seconds(self) -> float:
        """The time since the demo began."""
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        """Tell something."""
        print(f"   {text}", flush=True)

    def expect(self, holds: bool, otherwise: str, told: str = "") -> None:  # noqa: FBT001
        """Go on, telling `told`, if it holds. Raises Failed with `otherwise`."""
        if not holds:
            raise Failed(otherwise)
        if told:
            print(f"   ok  {told}", flush=True)

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Print rows in columns, numbers to the right."""
        lines = [list(heads), *([str(cell) for cell in row] for row in rows)]
        widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
        right = [
            all(line[place].lstrip("-").isdigit() for line in lines[1:])
            for place in range(len(heads))
        ]
        for number, line in enumerate(lines):
            cells = [
                f"{cell:{RIGHT if right[place] else LEFT}{widths[place]}}"
                for place, cell in enumerate(line)
            ]
            print("   " + "  ".join(cells).rstrip(), flush=True)
            if number == 0:
                print("   " + "  ".join("-" * width for width in widths), flush=True)

    def wait_for[T](self, what: str, look: Callable[[], T | None], limit_seconds: float) -> T:
        """Look again and again until something is found. Raises Failed, saying what never came."""
        deadline = time.monotonic() + limit_seconds
        while True:
            found = look()
            if found is not None:
                return found
            if time.monotonic() > deadline:
                raise Failed(f"waited {limit_seconds:.0f} s for {what}, in vain")
            time.sleep(POLL_SECONDS)
