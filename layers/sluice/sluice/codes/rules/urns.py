"""Drawing channels one after the other, each time in proportion to the weights that are left.

The first of 10,000 costs two steps of a search, not 10,000 logarithms.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate

from sluice.codes.rules.choice import Candidate

MAX_MISSES = 8  # in a row: by then most of the weight is out, and the rest is put together anew

type Draw = Callable[[], float]  # gives numbers in [0, 1)


class Urn:
    """Channels to draw from; it stays as it is, what was drawn is the caller's to remember."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = candidates

    @cached_property
    def _sums(self) -> list[int]:
        return list(accumulate(candidate.weight for candidate in self.candidates))

    def drawn(self, draw: Draw, out: set[str]) -> Iterator[Candidate]:
        """Draw all that are not in `out`, and put each there.

        One that is out is drawn again, which leaves the odds among the rest as their weights are.
        """
        candidates, sums = self.candidates, self._sums
        misses = 0
        while candidates:
            if misses > MAX_MISSES:
                candidates = [c for c in candidates if c.channel_id not in out]
                sums = list(accumulate(candidate.weight for candidate in candidates))
                misses = 0
                continue
            place = bisect_right(sums, draw() * sums[-1], 0, len(sums) - 1)
            candidate = candidates[place]
            if candidate.channel_id in out:
                misses += 1
                continue
            misses = 0
            out.add(candidate.channel_id)
            yield candidate
