"""What a warm function keeps for some seconds, and forgets rather than grow."""

import time
from collections.abc import Callable

MAX_REMEMBERED = 1_000  # of each kind of thing


class Memory[T]:
    """A few things by name, each for some seconds."""

    def __init__(
        self,
        seconds: Callable[[T], float],
        load: Callable[[str], T],
        weigh: Callable[[T], int] = lambda _: 1,
        limit: int = MAX_REMEMBERED,
    ) -> None:
        self._seconds = seconds
        self._load = load
        self._weigh = weigh
        self._limit = limit
        self._kept: dict[str, tuple[float, T]] = {}

    def get(self, name: str, *, fresh: bool = False) -> T:
        """Return the thing, loaded anew when it is too old or `fresh` is wanted."""
        kept = self._kept.get(name)
        if kept is not None and not fresh and time.monotonic() < kept[0]:
            return kept[1]
        loaded = self._load(name)
        if self._weigh(loaded) + sum(self._weigh(thing) for _, thing in self._kept.values()) > (
            self._limit
        ):
            self._kept.clear()
        self._kept[name] = (time.monotonic() + self._seconds(loaded), loaded)
        return loaded

    def last(self, name: str) -> T | None:
        """Return the thing as it was loaded last, however long ago."""
        kept = self._kept.get(name)
        return kept[1] if kept else None

    def forget(self) -> None:
        """Forget everything: for tests."""
        self._kept.clear()
