"""Batches of codes and the logo."""

from typing import Any

from tests.faults.operations import Call, case, staff
from tests.faults.world import World

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
LOGO = "PUT ORG/logo"


@case("codes/issue_codes: two slices")
def issue_count(world: World) -> Call:
    return _issue(world, {"count": 50})


@case("codes/issue_codes: for referrers")
def issue_for_referrers(world: World) -> Call:
    return _issue(world, {"referrer_ids": ["lin", "boss"]})


def _issue(world: World, body: Any) -> Call:
    return staff(world, "codes/issue_codes", "POST ORG/code-batches", body)


@case("codes/put_logo: a first one")
def put_logo(world: World) -> Call:
    return staff(world, "codes/put_logo", LOGO, {"image": PNG})


@case("codes/put_logo: taken away")
def remove_logo(world: World) -> Call:
    staff(world, "codes/put_logo", LOGO, {"image": PNG})()
    return staff(world, "codes/put_logo", LOGO, {})
