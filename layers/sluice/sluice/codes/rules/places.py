"""What is known of where a customer is (A4): exactly, by consent, or roughly, from the edge."""

import re
from collections.abc import Mapping

import msgspec

from sluice.codes.rules.areas import Area, Location

MAX_CITY = 100
_EDGE = "cloudfront-viewer-"
_COUNTRY = re.compile(r"[A-Z]{2}")
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}")
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,12})?")
_NO_COUNTRY = {"XX", "ZZ"}  # what look-ups say of an address they do not know


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a customer is, as far as it is known."""

    location: Location | None = None
    coarse: bool = False  # the location is the network's, right to some tens of kilometres
    country: str | None = None  # ISO 3166-1, such as CN
    region: str | None = None  # ISO 3166-2, such as CN-GD
    city: str | None = None  # the edge's name of it, to be shown; nothing is decided by it

    @property
    def is_known(self) -> bool:
        """Whether anything is known that a service area could be compared with."""
        return self.location is not None or self.country is not None


NOWHERE = Place()


def place_of(location: Location | None, headers: Mapping[str, str]) -> Place:
    """Return what is known: the location the customer gave, else the edge's; the edge's region.

    `headers` have names in lower case. Garbage in them counts as nothing. A client can send these
    headers where no edge overwrites them: it then chooses its own place, as with a location.
    """
    country = _matching(_COUNTRY, headers.get(_EDGE + "country"))
    if country in _NO_COUNTRY:
        country = None
    subdivision = _matching(_SUBDIVISION, headers.get(_EDGE + "country-region"))
    region = f"{country}-{subdivision}" if country and subdivision else None
    city = headers.get(_EDGE + "city", "").strip()
    is_name = 0 < len(city) <= MAX_CITY and city.isprintable()
    rough = _location(headers) if location is None else None
    return Place(
        location=location or rough,
        coarse=rough is not None,
        country=country,
        region=region,
        city=city if is_name else None,
    )


def serves(area: Area, place: Place) -> bool | None:
    """Tell whether an area serves a place; None where it cannot be told.

    A rough location shows that a shape serves it, never that it does not: it may be the next town.
    """
    if area.regions:
        return _serves_region(area, place)
    if place.location is None:
        return None
    return area.holds(place.location.spot) or (None if place.coarse else False)


def _serves_region(area: Area, place: Place) -> bool | None:
    if place.country is None:
        return None
    if place.country in area.regions or place.region in area.regions:
        return True
    return None if place.region is None and place.country in area.countries else False


def _matching(pattern: re.Pattern[str], text: str | None) -> str | None:
    return text if text is not None and pattern.fullmatch(text) else None


def _location(headers: Mapping[str, str]) -> Location | None:
    texts = (headers.get(_EDGE + "latitude", ""), headers.get(_EDGE + "longitude", ""))
    if not all(_DEGREES.fullmatch(text) for text in texts):
        return None
    latitude, longitude = map(float, texts)
    is_somewhere = (latitude, longitude) != (0, 0)  # what is sent for want of anything better
    if not is_somewhere or abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004 - degrees
        return None
    return Location(latitude, longitude)
