"""Points, rings and distances on the earth, in degrees (WGS 84) and metres: plain arithmetic.

A ring is a closed line in the plane of longitude and latitude, as GeoJSON has it (RFC 7946,
3.1.6 and 3.1.9): it never crosses the antimeridian.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

EARTH_RADIUS_METERS = 6_371_008.8
FARTHEST_METERS = math.pi * EARTH_RADIUS_METERS
_MARGIN_DEGREES = 1e-6  # a box may be too large, never too small

type Point = tuple[float, float]  # longitude, latitude: GeoJSON's order
type Ring = tuple[Point, ...]
type Box = tuple[float, float, float, float]  # west, south, east, north: what a shape lies within
type Vector = tuple[float, float, float]  # from the earth's centre, of length 1

OUTSIDE, EDGE, INSIDE = range(-1, 2)  # where a point is with regard to a ring


def side(ring: Ring, here: Point) -> int:
    """Tell where a point is: count the edges that a ray to the east crosses; odd is inside.

    A point is on the edge as far as floating-point numbers tell.
    """
    x, y = here
    inside = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y):
            turn = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
            if turn == 0:
                return EDGE
            if (turn > 0) == (y2 > y1):
                inside = not inside
        elif y == y1 and (x == x1 or (y == y2 and min(x1, x2) <= x <= max(x1, x2))):
            return EDGE
    return INSIDE if inside else OUTSIDE


def box_of_ring(ring: Ring) -> Box:
    """Return what a ring lies within."""
    longitudes, latitudes = zip(*ring, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def box_of_circle(centre: Point, radius_meters: float) -> Box:
    """Return what a circle lies within; near a pole or the antimeridian, every longitude."""
    longitude, latitude = centre
    angle = radius_meters / EARTH_RADIUS_METERS
    reach = math.degrees(angle) + _MARGIN_DEGREES
    south, north = latitude - reach, latitude + reach
    west, east = -180.0, 180.0
    if south > -90 and north < 90:  # noqa: PLR2004 - degrees
        ratio = math.sin(angle) / math.cos(math.radians(latitude))
        across = math.degrees(math.asin(min(1.0, ratio))) + _MARGIN_DEGREES
        if longitude - across >= west and longitude + across <= east:
            west, east = longitude - across, longitude + across
    return west, south, east, north


def box_around(boxes: Sequence[Box]) -> Box:
    """Return what all of these lie within."""
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def centroid(ring: Ring) -> tuple[Point, float]:
    """Return the centre of gravity of what a ring encloses, and its size in square degrees."""
    x0, y0 = ring[0]  # sums around a corner keep their digits
    doubled = x_sum = y_sum = 0.0
    for (x1, y1), (x2, y2) in pairwise(ring):
        cross = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        doubled += cross
        x_sum += (x1 + x2 - 2 * x0) * cross
        y_sum += (y1 + y2 - 2 * y0) * cross
    if doubled == 0:  # a line there and back
        return (x0, y0), 0.0
    return (x0 + x_sum / (3 * doubled), y0 + y_sum / (3 * doubled)), abs(doubled) / 2


def vector(point: Point) -> Vector:
    """Return a point as a vector of length 1: distances between vectors need no trigonometry."""
    longitude, latitude = math.radians(point[0]), math.radians(point[1])
    flat = math.cos(latitude)
    return flat * math.cos(longitude), flat * math.sin(longitude), math.sin(latitude)


def mean(points: Sequence[tuple[Point, float]]) -> Vector:
    """Return the weighted mean of points as a vector, right across the antimeridian too."""
    total = [0.0, 0.0, 0.0]
    for point, weight in points:
        for axis, part in enumerate(vector(point)):
            total[axis] += part * weight
    length = math.hypot(*total)
    if length == 0:
        return vector(points[0][0])
    return total[0] / length, total[1] / length, total[2] / length


def square_of_chord(one: Vector, other: Vector) -> float:
    """Return a number that grows with the distance: 4 times the haversine of the angle."""
    x, y, z = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    return x * x + y * y + z * z


def meters(chord_squared: float) -> float:
    """Return the great-circle distance that belongs to a squared chord (haversine)."""
    return 2 * EARTH_RADIUS_METERS * math.asin(min(1.0, math.sqrt(chord_squared) / 2))


def squared(radius_meters: float) -> float:
    """Return the squared chord that belongs to a great-circle distance."""
    return (2 * math.sin(radius_meters / EARTH_RADIUS_METERS / 2)) ** 2
