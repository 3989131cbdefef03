"""Which of many channels serve a place (A4), without asking each: boxes and regions first."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop
from math import inf

import msgspec

from sluice.codes.rules import geometry
from sluice.codes.rules.areas import Area, Location, Spot
from sluice.codes.rules.choice import Candidate
from sluice.codes.rules.places import Place


class Placed(msgspec.Struct, frozen=True):
    """A channel with its service area made ready; none: it serves anywhere."""

    candidate: Candidate
    area: Area | None

    def holds(self, here: Spot) -> bool:
        """Tell whether its area has a shape that holds a spot."""
        return self.area is not None and self.area.holds(here)


class Coverage:
    """Service areas of many channels, to be asked as `places.serves` is asked of one."""

    def __init__(self, placed: Iterable[tuple[Candidate, Area]]) -> None:
        self._shapes: list[tuple[float, float, float, float, Placed]] = []
        self._regional: list[Placed] = []
        self._by_region: dict[str, list[Placed]] = defaultdict(list)
        self._by_country: dict[str, list[Placed]] = defaultdict(list)  # in parts or as a whole
        for candidate, area in placed:
            one = Placed(candidate, area)
            if area.box is not None:
                self._shapes.append((*area.box, one))
                continue
            self._regional.append(one)
            for region in area.regions:
                self._by_region[region].append(one)
            for country in area.countries:
                self._by_country[country].append(one)

    def serving(self, place: Place) -> list[Placed]:
        """Return the channels that serve the place."""
        found = self._regions_serving(place)
        if place.location is not None:
            here = place.location.spot
            x, y = here.point
            found += [
                one
                for west, south, east, north, one in self._shapes
                if west <= x <= east and south <= y <= north and one.holds(here)
            ]
        return found

    def unsure(self, place: Place, serving: Sequence[Placed]) -> list[Candidate]:
        """Return the channels of which it cannot be told, given those that serve the place."""
        known = {one.candidate.channel_id for one in serving}
        found: list[Candidate] = []
        if place.location is None or place.coarse:
            found += [shape[4].candidate for shape in self._shapes]
        if place.country is None:
            found += [one.candidate for one in self._regional]
        elif place.region is None:
            found += [one.candidate for one in self._by_country.get(place.country, ())]
        return [candidate for candidate in found if candidate.channel_id not in known]

    def _regions_serving(self, place: Place) -> list[Placed]:
        whole = self._by_region.get(place.country or "", ())
        part = self._by_region.get(place.region or "", ())
        names = {one.candidate.channel_id for one in whole}
        return [*whole, *(one for one in part if one.candidate.channel_id not in names)]


def by_distance(
    placed: Sequence[Placed], location: Location
) -> Iterator[tuple[float | None, list[Candidate]]]:
    """Yield channels by the distance of their areas' centres in metres, the equally far together.

    Those without a centre come last, with no distance. The order of the nearest few of many costs
    one comparison each, not a sort.
    """
    here = location.spot.vector
    centres = [None if one.area is None else one.area.centre for one in placed]
    heap = [
        (inf if centre is None else geometry.square_of_chord(centre, here), number)
        for number, centre in enumerate(centres)
    ]
    heapify(heap)
    while heap:
        nearest = heap[0][0]
        together = []
        while heap and heap[0][0] == nearest:
            together.append(placed[heappop(heap)[1]].candidate)
        yield (None if nearest == inf else geometry.meters(nearest)), together
