"""Service areas: circles, polygons with holes, regions (A1, A4)."""

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sluice.codes.rules import areas, geometry
from sluice.codes.rules.areas import Location

OUTER = [[121.4, 31.2], [121.5, 31.2], [121.5, 31.3], [121.4, 31.3], [121.4, 31.2]]
HOLE = [[121.44, 31.24], [121.46, 31.24], [121.46, 31.26], [121.44, 31.26], [121.44, 31.24]]
POLYGON = {"type": "Polygon", "coordinates": [OUTER, HOLE]}


def covers(area: dict[str, Any], location: Location) -> bool:
    """Tell whether a valid service area's shape holds the location."""
    return areas.ready_area(area).holds(location.spot)


@pytest.mark.parametrize(
    ("latitude", "longitude", "inside"),
    [
        (31.21, 121.41, True),
        (31.25, 121.45, False),  # in the hole
        (31.25, 121.43, True),  # between hole and edge
        (31.31, 121.45, False),
        (31.25, 121.39, False),
    ],
)
def test_a_polygon_covers_its_inside_without_its_hole(
    latitude: float, longitude: float, *, inside: bool
) -> None:
    assert covers(POLYGON, Location(latitude, longitude)) is inside


def test_a_multipolygon_covers_each_of_its_parts() -> None:
    island = [[[x + 1, y] for x, y in OUTER]]
    area = {"type": "MultiPolygon", "coordinates": [[OUTER], island]}
    assert covers(area, Location(31.25, 121.45))
    assert covers(area, Location(31.25, 122.45))
    assert not covers(area, Location(31.25, 121.95))


def meters(one: Location, other: Location) -> float:
    return geometry.meters(geometry.square_of_chord(one.spot.vector, other.spot.vector))


def test_distance_between_two_cities_is_right_to_half_a_percent() -> None:
    shanghai, beijing = Location(31.2304, 121.4737), Location(39.9042, 116.4074)
    assert meters(shanghai, beijing) == pytest.approx(1_067_000, rel=0.005)


def test_a_short_distance_is_right_to_the_millimetre() -> None:
    one, other = Location(31.2304, 121.4737), Location(31.2305, 121.4737)
    assert meters(one, other) == pytest.approx(
        math.radians(0.0001) * geometry.EARTH_RADIUS_METERS, abs=0.001
    )


def test_a_circle_covers_to_its_radius_and_across_the_date_line() -> None:
    area = {"point": {"latitude": 0.0, "longitude": 179.999}, "radius_meters": 400}
    assert covers(area, Location(0.0, -179.999))
    assert not covers(area, Location(0.0, -179.99))


locations = st.builds(Location, st.floats(-90, 90), st.floats(-180, 180))


@given(locations, locations)
def test_distance_is_that_of_the_haversine_and_at_most_half_of_the_earth(
    one: Location, other: Location
) -> None:
    lat1, lat2 = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    a = math.sin((lat2 - lat1) / 2) ** 2
    a += math.cos(lat1) * math.cos(lat2) * math.sin(across / 2) ** 2
    haversine = (
        2 * geometry.EARTH_RADIUS_METERS * math.atan2(math.sqrt(a), math.sqrt(1 - min(a, 1)))
    )
    assert meters(one, other) == pytest.approx(haversine, abs=1)
    assert meters(one, other) == pytest.approx(meters(other, one), abs=1e-6)
    assert 0 <= meters(one, other) <= geometry.FARTHEST_METERS


@example(Location(0, 179.9), Location(0, -179.95), 50_000)  # across the antimeridian
@example(Location(0, -179.9), Location(0, 179.95), 50_000)
@example(Location(89.9, 0), Location(89.9, 180), 50_000)  # over a pole
@example(Location(-60, 0), Location(-60, 0.89), 50_000)  # where meridians are close
@given(locations, locations, st.floats(1, geometry.FARTHEST_METERS))
def test_a_circles_box_holds_all_that_the_circle_holds(
    centre: Location, here: Location, radius: float
) -> None:
    """Near the poles and across the antimeridian too: the box is asked first."""
    point = {"latitude": centre.latitude, "longitude": centre.longitude}
    area = areas.ready_area({"point": point, "radius_meters": radius})
    assert area.box is not None
    west, south, east, north = area.box
    if area.holds(here.spot):
        assert west <= here.longitude <= east
        assert south <= here.latitude <= north


def winding(ring: list[tuple[int, int]], x: int, y: int) -> int | None:
    """Return how often a ring winds around a point; None: the point is on it.

    By the angles seen from the point, in whole numbers: independent of rays.
    """
    quarters = 0
    for (x1, y1), (x2, y2) in pairwise(ring):
        ax, ay, bx, by = x1 - x, y1 - y, x2 - x, y2 - y
        cross, dot = ax * by - ay * bx, ax * bx + ay * by
        if cross == 0 and dot <= 0:
            return None
        step = (_quadrant(bx, by) - _quadrant(ax, ay)) % 4
        quarters += {0: 0, 1: 1, 2: 2 if cross > 0 else -2, 3: -1}[step]
    return quarters // 4


def _quadrant(x: int, y: int) -> int:
    if x > 0 and y >= 0:
        return 0
    if x <= 0 and y > 0:
        return 1
    return 2 if x < 0 else 3


corners = st.tuples(st.integers(-6, 6), st.integers(-6, 6))


@given(st.lists(corners, min_size=3, max_size=9), corners)
def test_a_ring_holds_what_it_winds_around_an_odd_number_of_times(
    ring: list[tuple[int, int]], here: tuple[int, int]
) -> None:
    """Against winding numbers, edges and corners with it, self-crossing rings too."""
    closed = [*ring, ring[0]]
    around = winding(closed, *here)
    found = geometry.side(tuple((float(x), float(y)) for x, y in closed), here)
    assert (found == geometry.EDGE) == (around is None)
    if around is not None:
        assert (found == geometry.INSIDE) == bool(around % 2)


@pytest.mark.parametrize(
    ("longitude", "latitude", "inside"),
    [
        (121.4, 31.25, True),  # on the western edge
        (121.5, 31.25, True),
        (121.45, 31.3, True),
        (121.4, 31.2, True),  # a corner
        (121.44, 31.25, True),  # a hole's edge: the hole's inside only is left out
        (121.44, 31.24, True),
        (121.45, 31.25, False),
    ],
)
def test_a_border_belongs_to_its_area(longitude: float, latitude: float, *, inside: bool) -> None:
    assert covers(POLYGON, Location(latitude, longitude)) is inside


def test_of_two_areas_that_touch_each_serves_the_border() -> None:
    east = {"type": "Polygon", "coordinates": [[[x + 0.1, y] for x, y in OUTER]]}
    for area in (POLYGON, east):
        assert covers(area, Location(31.25, 121.5))


def test_an_area_over_the_antimeridian_is_given_in_two_parts() -> None:
    west = [[179, -1], [180, -1], [180, 1], [179, 1], [179, -1]]
    east = [[-180, -1], [-179, -1], [-179, 1], [-180, 1], [-180, -1]]
    area = {"type": "MultiPolygon", "coordinates": [[west], [east]]}
    assert areas.problem_with(area) == ""
    for longitude, inside in ((179.5, True), (-179.5, True), (180, True), (-180, True), (0, False)):
        assert covers(area, Location(0, longitude)) is inside
    centre = areas.ready_area(area).centre
    assert centre == pytest.approx(geometry.vector((180, 0)))


@pytest.mark.parametrize(
    ("coordinates", "centre"),
    [
        ([OUTER], (121.45, 31.25)),
        ([OUTER, HOLE], (121.45, 31.25)),
        ([[[0, 0], [3, 0], [0, 3], [0, 0]]], (1, 1)),
        ([[[0, 0], [0, 3], [3, 0], [0, 0]]], (1, 1)),  # wound the other way
        ([[[5, 5], [6, 6], [5, 5], [5, 5]]], (5, 5)),  # a line has no inside
    ],
)
def test_the_centre_of_a_polygon_is_its_centre_of_gravity(
    coordinates: list[list[list[float]]], centre: tuple[float, float]
) -> None:
    area = areas.ready_area({"type": "Polygon", "coordinates": coordinates})
    assert area.centre == pytest.approx(geometry.vector(centre), abs=1e-6)


def test_an_atlas_makes_an_area_ready_again_when_it_has_changed() -> None:
    atlas, small, large = areas.Atlas(), {"region": ["CN-GD"]}, {"region": ["CN"]}
    first = atlas.of("a", small)
    assert atlas.of("a", dict(small)) is first
    assert atlas.of("a", large).regions == {"CN"}
    assert atlas.of("b", small).regions == {"CN-GD"}


@pytest.mark.parametrize(
    "area",
    [
        {},
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [200, 0], [1, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": "everywhere"},
        {"type": "Polygon", "coordinates": [[["a", "b"]] * 4]},
        {"type": "Polygon", "coordinates": [OUTER], "extra": 1},
        {"type": [], "coordinates": [OUTER]},
        {"type": "Polygon", "coordinates": [[["1", "1"], ["2", "1"], ["2", "2"], ["1", "1"]]]},
        {"type": "Polygon", "coordinates": [[[0, 0, []], [1, 0], [1, 1], [0, 0, []]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [True, 0], [1, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [OUTER, []]},
        {"type": "Polygon", "coordinates": [[[10**400, 0], [1, 0], [1, 1], [10**400, 0]]]},
        {"type": "Polygon", "coordinates": {"0": OUTER}},
        {"type": "MultiPolygon", "coordinates": [[OUTER], []]},
        {"type": "MultiPolygon", "coordinates": [OUTER]},
        {"point": {"latitude": 1, "longitude": 2}},
        {"point": {"latitude": 91, "longitude": 2}, "radius_meters": 5},
        {"point": {"latitude": 1, "longitude": 2}, "radius_meters": 0},
        {"point": {"latitude": 1, "longitude": 2}, "radius_meters": True},
        {"point": {"latitude": 1, "longitude": 2}, "radius_meters": 1e300},
        {"point": [1, 2], "radius_meters": 5},
        {"type": "Polygon", "coordinates": [[[0, 0]] * 1001]},
        {"region": []},
        {"region": "CN"},
        {"region": ["cn"]},
        {"region": ["CN-"]},
        {"region": ["CN-GUANG"]},
        {"region": ["CN-GD\n"]},
        {"region": ["CN", "CN"]},
        {"region": [["CN"]]},
        {"region": [f"CN-{n}" for n in range(51)]},
        {"region": ["CN"], "radius_meters": 5},
    ],
)
def test_a_wrong_area_is_named_as_wrong(area: dict[str, object]) -> None:
    assert areas.problem_with(area)


@pytest.mark.parametrize(
    "area",
    [
        POLYGON,
        {"type": "MultiPolygon", "coordinates": [[OUTER, HOLE]]},
        {"type": "Polygon", "coordinates": [[[0, 0, 5], [1, 0, 5], [1, 1, 5], [0, 0, 5]]]},
        {"type": "Polygon", "coordinates": [[*([[0, 0], [0, 1], [1, 1]] * 333), [0, 0]]]},
        {"point": {"latitude": 1, "longitude": 2}, "radius_meters": 5},
        {"region": ["CN"]},
        {"region": ["CN-GD", "US-CA", "FR-75", "GB-ENG"]},
    ],
)
def test_a_right_area_is_taken(area: dict[str, object]) -> None:
    assert areas.problem_with(area) == ""
