"""Where a channel serves: a point with a radius, or a GeoJSON polygon (A1, A4)."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, TypeGuard

import msgspec
from msgspec import Meta

EARTH_RADIUS_METERS = 6_371_008.8
MAX_VERTICES = 50  # the area is on the item that each join writes: about 1 KiB
MAX_NUMBER = 10**9

type Position = Sequence[float]  # longitude, latitude: GeoJSON's order
type Ring = Sequence[Position]

# What RFC 7946 asks for: a position may have a height; the smallest ring is a triangle, closed.
_POSITION = Annotated[list[float], Meta(min_length=2, max_length=3)]
_POLYGON = Annotated[list[Annotated[list[_POSITION], Meta(min_length=4)]], Meta(min_length=1)]
_SHAPES: dict[str, Any] = {
    "Polygon": _POLYGON,
    "MultiPolygon": Annotated[list[_POLYGON], Meta(min_length=1)],
}


class Location(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a customer is, in degrees (WGS 84)."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


def problem_with(area: dict[str, Any]) -> str:
    """Return what is wrong with a service area, or an empty text."""
    if "point" in area:
        return _problem_with_circle(area)
    kind = area.get("type")
    shape = _SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is None or set(area) != {"type", "coordinates"}:
        return "give a GeoJSON Polygon or MultiPolygon, or point and radius_meters"
    try:
        msgspec.convert(area["coordinates"], shape)
    except msgspec.ValidationError as error:
        return f"coordinates are not those of a {kind}: {error}"
    rings = [ring for polygon in _polygons(area) for ring in polygon]
    if any(list(ring[0]) != list(ring[-1]) for ring in rings):
        return "each ring must end where it starts"
    if sum(map(len, rings)) > MAX_VERTICES:
        return f"at most {MAX_VERTICES} positions"
    on_earth = all(_on_earth(lat, lon) for ring in rings for lon, lat, *_ in ring)
    return "" if on_earth else "not on earth"


def covers(area: dict[str, Any], location: Location) -> bool:
    """Tell whether a valid service area holds the location; a hole does not belong to it."""
    if "point" in area:
        return distance_meters(area["point"], location) <= float(area["radius_meters"])
    here = (location.longitude, location.latitude)
    return any(
        _inside(polygon[0], here) and not any(_inside(hole, here) for hole in polygon[1:])
        for polygon in _polygons(area)
    )


def distance_meters(point: dict[str, float], location: Location) -> float:
    """Return the great-circle distance in metres (haversine)."""
    latitude, here = math.radians(point["latitude"]), math.radians(location.latitude)
    across = math.radians(location.longitude - point["longitude"])
    half = (
        math.sin((here - latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(here) * math.sin(across / 2) ** 2
    )
    return 2 * EARTH_RADIUS_METERS * math.asin(min(1.0, math.sqrt(half)))


def _problem_with_circle(area: dict[str, Any]) -> str:
    point, radius = area["point"], area.get("radius_meters")
    if set(area) != {"point", "radius_meters"} or not isinstance(point, dict):
        return "give point {latitude, longitude} and radius_meters"
    latitude, longitude = point.get("latitude"), point.get("longitude")
    if not (_number(latitude) and _number(longitude)) or len(point) != 2:  # noqa: PLR2004
        return "point needs latitude and longitude, and nothing else"
    if not _on_earth(float(latitude), float(longitude)):
        return "not on earth"
    if not _number(radius) or not 0 < float(radius) <= math.pi * EARTH_RADIUS_METERS:
        return "radius_meters must be over 0 and within half of the earth"
    return ""


def _number(value: object) -> TypeGuard[float]:
    """Tell a number that is not absurdly large: JSON has integers that no float can hold."""
    return (
        isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < MAX_NUMBER
    )


def _on_earth(latitude: float, longitude: float) -> bool:
    return abs(latitude) <= 90 and abs(longitude) <= 180  # noqa: PLR2004 - degrees


def _polygons(area: dict[str, Any]) -> Sequence[Sequence[Ring]]:
    coordinates: Any = area["coordinates"]
    return [coordinates] if area["type"] == "Polygon" else list(coordinates)


def _inside(ring: Ring, here: tuple[float, float]) -> bool:
    """Count the edges that a ray to the east crosses: odd is inside."""
    x, y = here
    inside = False
    for (x1, y1, *_), (x2, y2, *_) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
