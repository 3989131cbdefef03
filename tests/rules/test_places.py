"""What is known of where a customer is: by consent exactly, from the edge roughly (A4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules.areas import Location, ready_area
from sluice.codes.rules.places import NOWHERE, Place, place_of, serves
from tests.support.candidates import BUND, SQUARE, around

EDGE = {
    "cloudfront-viewer-latitude": "31.22222",
    "cloudfront-viewer-longitude": "121.45806",
    "cloudfront-viewer-country": "CN",
    "cloudfront-viewer-country-region": "SH",
    "cloudfront-viewer-city": "Shanghai",
}


def test_the_edge_knows_roughly_where_a_customer_is() -> None:
    assert place_of(None, EDGE) == Place(
        Location(31.22222, 121.45806), coarse=True, country="CN", region="CN-SH", city="Shanghai"
    )


def test_what_the_customer_says_comes_before_what_the_edge_supposes() -> None:
    place = place_of(BUND, EDGE)
    assert (place.location, place.coarse, place.region) == (BUND, False, "CN-SH")


def test_without_headers_nothing_is_known() -> None:
    assert place_of(None, {"host": "example.com"}) == NOWHERE
    assert not NOWHERE.is_known


@pytest.mark.parametrize(
    ("header", "garbage"),
    [
        ("latitude", "nan"),
        ("latitude", "91"),
        ("latitude", "1e2"),
        ("latitude", "31,2"),
        ("latitude", "\u0663\u0661"),
        ("latitude", ""),
        ("longitude", "181"),
        ("longitude", "-inf"),
        ("longitude", "121.4 "),
        ("longitude", "9" * 400),
    ],
)
def test_a_location_that_is_none_is_ignored(header: str, garbage: str) -> None:
    place = place_of(None, EDGE | {f"cloudfront-viewer-{header}": garbage})
    assert place == Place(country="CN", region="CN-SH", city="Shanghai")


@pytest.mark.parametrize(
    ("headers", "country", "region", "city"),
    [
        ({"country": "cn"}, None, None, "Shanghai"),
        ({"country": "CHN"}, None, None, "Shanghai"),
        ({"country": "XX"}, None, None, "Shanghai"),
        ({"country": "CN\n"}, None, None, "Shanghai"),
        ({"country-region": "Shanghai"}, "CN", None, "Shanghai"),
        ({"country-region": ""}, "CN", None, "Shanghai"),
        ({"city": "x" * 101}, "CN", "CN-SH", None),
        ({"city": "a\x00b"}, "CN", "CN-SH", None),
        ({"city": "上海"}, "CN", "CN-SH", "上海"),
    ],
)
def test_names_that_are_none_are_ignored(
    headers: dict[str, str], country: str | None, region: str | None, city: str | None
) -> None:
    place = place_of(None, EDGE | {f"cloudfront-viewer-{k}": v for k, v in headers.items()})
    assert (place.country, place.region, place.city) == (country, region, city)


def test_a_place_in_the_gulf_of_guinea_is_no_place() -> None:
    zero = {f"cloudfront-viewer-{name}": "0.0000" for name in ("latitude", "longitude")}
    assert place_of(None, zero) == NOWHERE


@given(st.dictionaries(st.sampled_from(sorted(EDGE)), st.text(max_size=6)))
def test_no_header_breaks_a_join(headers: dict[str, str]) -> None:
    place = place_of(None, headers)
    assert place.location is None or abs(place.location.latitude) <= 90
    assert place.region is None or place.region.startswith(f"{place.country}-")


@pytest.mark.parametrize(
    ("regions", "place", "answer"),
    [
        (["CN"], Place(country="CN", region="CN-GD"), True),
        (["CN"], Place(country="CN"), True),
        (["CN-GD", "CN-GX"], Place(country="CN", region="CN-GX"), True),
        (["CN-GD"], Place(country="CN", region="CN-GX"), False),
        (["CN-GD"], Place(country="CN"), None),
        (["CN-GD"], Place(country="US"), False),
        (["CN-G"], Place(country="CN", region="CN-GD"), False),  # no part of a code
        (["CN-GD"], Place(SQUARE), None),
    ],
)
def test_a_country_covers_its_regions(
    regions: list[str], place: Place, *, answer: bool | None
) -> None:
    assert serves(ready_area({"region": regions}), place) is answer


@pytest.mark.parametrize(
    ("place", "answer"),
    [
        (Place(SQUARE), True),
        (Place(SQUARE, coarse=True), True),
        (Place(BUND), False),
        (Place(BUND, coarse=True), None),
        (Place(country="CN"), None),
    ],
)
def test_a_rough_location_shows_that_a_shape_serves_and_never_that_it_does_not(
    place: Place, *, answer: bool | None
) -> None:
    assert serves(ready_area(around(SQUARE, 800)), place) is answer
