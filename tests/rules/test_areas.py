"""Service areas: circles and polygons with holes (A1, A4)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules import areas
from sluice.codes.rules.areas import Location

OUTER = [[121.4, 31.2], [121.5, 31.2], [121.5, 31.3], [121.4, 31.3], [121.4, 31.2]]
HOLE = [[121.44, 31.24], [121.46, 31.24], [121.46, 31.26], [121.44, 31.26], [121.44, 31.24]]
POLYGON = {"type": "Polygon", "coordinates": [OUTER, HOLE]}


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
    assert areas.covers(POLYGON, Location(latitude, longitude)) is inside


def test_a_multipolygon_covers_each_of_its_parts() -> None:
    island = [[[x + 1, y] for x, y in OUTER]]
    area = {"type": "MultiPolygon", "coordinates": [[OUTER], island]}
    assert areas.covers(area, Location(31.25, 121.45))
    assert areas.covers(area, Location(31.25, 122.45))
    assert not areas.covers(area, Location(31.25, 121.95))


def test_distance_between_two_cities_is_right_to_half_a_percent() -> None:
    shanghai = {"latitude": 31.2304, "longitude": 121.4737}
    beijing = Location(39.9042, 116.4074)
    assert areas.distance_meters(shanghai, beijing) == pytest.approx(1_067_000, rel=0.005)


def test_a_circle_covers_to_its_radius_and_across_the_date_line() -> None:
    area = {"point": {"latitude": 0.0, "longitude": 179.999}, "radius_meters": 400}
    assert areas.covers(area, Location(0.0, -179.999))
    assert not areas.covers(area, Location(0.0, -179.99))


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_distance_is_symmetric_and_at_most_half_of_the_earth(
    lat1: float, lon1: float, lat2: float, lon2: float
) -> None:
    there = areas.distance_meters({"latitude": lat1, "longitude": lon1}, Location(lat2, lon2))
    back = areas.distance_meters({"latitude": lat2, "longitude": lon2}, Location(lat1, lon1))
    assert there == pytest.approx(back, abs=1)
    assert 0 <= there <= math.pi * areas.EARTH_RADIUS_METERS + 1


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
        {"type": "Polygon", "coordinates": [[[0, 0]] * 501]},
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
        {"point": {"latitude": 1, "longitude": 2}, "radius_meters": 5},
    ],
)
def test_a_right_area_is_taken(area: dict[str, object]) -> None:
    assert areas.problem_with(area) == ""
