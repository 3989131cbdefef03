"""Where a channel serves (A1, A4): a point with a radius, a GeoJSON polygon, or regions.

The border of a polygon belongs to it, that of a hole too, so that nobody falls between two areas
that touch. A polygon across the antimeridian is given in two parts (RFC 7946, 3.1.9).
"""

import math
import re
from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Any, TypeGuard

import msgspec
from msgspec import Meta

from sluice.codes.rules import geometry
from sluice.codes.rules.geometry import Box, Point, Ring, Vector

MAX_VERTICES = 1_000  # in all rings: some 20 KiB as JSON
MAX_REGIONS = 50
MAX_NUMBER = 10**9
MAX_REMEMBERED = 20_000  # areas of one atlas: twice the channels of an organisation

REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")  # ISO 3166-1, or 3166-2

# What RFC 7946 asks for: a position may have a height; the smallest ring is a triangle, closed.
_POSITION = Annotated[list[float], Meta(min_length=2, max_length=3)]
_POLYGON = Annotated[list[Annotated[list[_POSITION], Meta(min_length=4)]], Meta(min_length=1)]
_SHAPES: dict[str, Any] = {
    "Polygon": _POLYGON,
    "MultiPolygon": Annotated[list[_POLYGON], Meta(min_length=1)],
}


class Spot(msgspec.Struct, frozen=True):
    """A location in both forms that shapes are compared in."""

    point: Point
    vector: Vector


class Location(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a customer is, in degrees (WGS 84)."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]

    @property
    def spot(self) -> Spot:
        """The location, made ready for many comparisons."""
        point = (self.longitude, self.latitude)
        return Spot(point, geometry.vector(point))


class Polygon(msgspec.Struct, frozen=True):
    """A polygon, its holes, and what it lies within."""

    box: Box
    outer: Ring
    holes: tuple[Ring, ...]


class Area(msgspec.Struct, frozen=True):
    """A valid service area, made ready once for many questions: regions, a circle or polygons."""

    regions: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()  # that the regions are in
    box: Box | None = None  # None: regions have no shape
    centre: Vector | None = None
    reach: float = 0.0  # of a circle: the squared chord of its radius
    polygons: tuple[Polygon, ...] = ()

    def holds(self, here: Spot) -> bool:
        """Tell whether the shape holds a spot: its border does, a hole's inside does not."""
        if self.polygons:
            return any(_holds(polygon, here.point) for polygon in self.polygons)
        if self.centre is None:
            return False
        return geometry.square_of_chord(self.centre, here.vector) <= self.reach


class Atlas:
    """Areas by channel, each made ready once; one that has changed is made ready again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[dict[str, Any], Area]] = {}

    def of(self, channel_id: str, area: dict[str, Any]) -> Area:
        """Return a channel's valid service area, ready to be asked."""
        known = self._known.get(channel_id)
        if known is not None and (known[0] is area or known[0] == area):
            return known[1]
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        ready = ready_area(area)
        self._known[channel_id] = (area, ready)
        return ready


def ready_area(area: dict[str, Any]) -> Area:
    """Return a valid service area, ready to be asked."""
    if "region" in area:
        regions = frozenset(area["region"])
        return Area(regions=regions, countries=frozenset(region[:2] for region in regions))
    if "point" in area:
        centre = (float(area["point"]["longitude"]), float(area["point"]["latitude"]))
        radius_meters = float(area["radius_meters"])
        box = geometry.box_of_circle(centre, radius_meters)
        reach = geometry.squared(radius_meters)
        return Area(box=box, centre=geometry.vector(centre), reach=reach)
    polygons = tuple(_ready_polygon(rings) for rings in _polygons(area))
    box = geometry.box_around([polygon.box for polygon in polygons])
    return Area(box=box, centre=_centre(polygons), polygons=polygons)


def problem_with(area: dict[str, Any]) -> str:
    """Return what is wrong with a service area, or an empty text."""
    if "region" in area:
        return _problem_with_regions(area)
    if "point" in area:
        return _problem_with_circle(area)
    kind = area.get("type")
    shape = _SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is None or set(area) != {"type", "coordinates"}:
        return "give a GeoJSON Polygon or MultiPolygon, point and radius_meters, or region"
    try:
        msgspec.convert(area["coordinates"], shape)
    except msgspec.ValidationError as error:
        return f"coordinates are not those of a {kind}: {error}"
    return _problem_with_rings(list(chain.from_iterable(_polygons(area))))


def _problem_with_rings(rings: list[Sequence[Sequence[float]]]) -> str:
    if any(list(ring[0]) != list(ring[-1]) for ring in rings):
        return "each ring must end where it starts"
    if sum(map(len, rings)) > MAX_VERTICES:
        return f"at most {MAX_VERTICES} positions"
    on_earth = all(_on_earth(lat, lon) for ring in rings for lon, lat, *_ in ring)
    return "" if on_earth else "not on earth"


def _problem_with_circle(area: dict[str, Any]) -> str:
    point, radius = area["point"], area.get("radius_meters")
    if set(area) != {"point", "radius_meters"} or not isinstance(point, dict):
        return "give point {latitude, longitude} and radius_meters"
    latitude, longitude = point.get("latitude"), point.get("longitude")
    if not (_number(latitude) and _number(longitude)) or len(point) != 2:  # noqa: PLR2004
        return "point needs latitude and longitude, and nothing else"
    if not _on_earth(float(latitude), float(longitude)):
        return "not on earth"
    if not _number(radius) or not 0 < float(radius) <= geometry.FARTHEST_METERS:
        return "radius_meters must be over 0 and within half of the earth"
    return ""


def _problem_with_regions(area: dict[str, Any]) -> str:
    regions = area["region"]
    if set(area) != {"region"} or not isinstance(regions, list):
        return "give region as a list, and nothing else"
    if not 1 <= len(regions) <= MAX_REGIONS:
        return f"region needs 1 to {MAX_REGIONS} codes"
    wrong = [r for r in regions if not (isinstance(r, str) and REGION.fullmatch(r))]
    if wrong:
        return "region takes codes of ISO 3166, such as CN or CN-GD"
    return "" if len(set(regions)) == len(regions) else "a region is there twice"


def _number(value: object) -> TypeGuard[float]:
    """Tell a number that is not absurdly large: JSON has integers that no float can hold."""
    return (
        isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < MAX_NUMBER
    )


def _on_earth(latitude: float, longitude: float) -> bool:
    return abs(latitude) <= 90 and abs(longitude) <= 180  # noqa: PLR2004 - degrees


def _polygons(area: dict[str, Any]) -> Sequence[Sequence[Sequence[Sequence[float]]]]:
    coordinates: Any = area["coordinates"]
    return [coordinates] if area["type"] == "Polygon" else list(coordinates)


def _ready_polygon(rings: Sequence[Sequence[Sequence[float]]]) -> Polygon:
    outer, *holes = (tuple((float(x), float(y)) for x, y, *_ in ring) for ring in rings)
    return Polygon(geometry.box_of_ring(outer), outer, tuple(holes))


def _holds(polygon: Polygon, here: Point) -> bool:
    west, south, east, north = polygon.box
    if not (west <= here[0] <= east and south <= here[1] <= north):
        return False
    return geometry.side(polygon.outer, here) != geometry.OUTSIDE and not any(
        geometry.side(hole, here) == geometry.INSIDE for hole in polygon.holes
    )


def _centre(polygons: tuple[Polygon, ...]) -> Vector:
    """Return the centre of gravity of the parts, holes left out; it need not lie in any."""
    parts = []
    for polygon in polygons:
        for sign, ring in ((1, polygon.outer), *((-1, hole) for hole in polygon.holes)):
            point, size = geometry.centroid(ring)
            parts.append((point, sign * size * math.cos(math.radians(point[1]))))
    return geometry.mean(parts)
