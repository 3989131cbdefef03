"""The sample organisation: people, channels with real places in Shanghai, and where customers are.

Read from infra/demo/data/*.csv into the bodies that the API takes.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True)
class Sample:
    """Something with an id, and the body of the PUT that makes it."""

    id: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a customer stands, and the one contact channel whose service area holds it."""

    name: str
    latitude: float
    longitude: float
    served_by: str


def members(organization_id: str) -> list[Sample]:
    """Return the organisation's people; those with a login get an address of their own."""
    found = []
    for row in _rows("members"):
        body: dict[str, Any] = {
            "name": row["name"],
            "roles": row["roles"].split("|"),
            "tags": row["tags"].split("|"),
        }
        if row["login"]:
            body["login"] = {"email": email(row["member_id"], organization_id)}
        found.append(Sample(row["member_id"], body))
    return found


def email(member_id: str, organization_id: str) -> str:
    """Return the address a sample person signs in with; `.example` reaches nobody."""
    return f"{member_id}@{organization_id}.example"


def channels() -> list[Sample]:
    """Return the channels of both kinds."""
    return [Sample(row["channel_id"], _channel(row)) for row in _rows("channels")]


def places() -> list[Place]:
    """Return where customers are."""
    return [
        Place(row["place"], float(row["latitude"]), float(row["longitude"]), row["served_by"])
        for row in _rows("places")
    ]


def _channel(row: dict[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "kind": row["kind"],
        "name": row["name"],
        "provider_ref": row["provider_ref"],
        "cap": int(row["cap"]),
        "weight": int(row["weight"]),
        "backup": row["backup"] == "yes",
        "owner_id": row["owner_id"] or None,
        "daily_cap": int(row["daily_cap"]) if row["daily_cap"] else None,
    }
    area = _area(row)
    return body | {"service_area": area} if area else body


def _area(row: dict[str, str]) -> dict[str, Any] | None:
    """Return a point with a radius, a polygon, or None: serves anywhere."""
    if row["radius_meters"]:
        point = {"latitude": float(row["latitude"]), "longitude": float(row["longitude"])}
        return {"point": point, "radius_meters": int(row["radius_meters"])}
    if not row["polygon"]:
        return None
    corners = [[float(part) for part in corner.split()] for corner in row["polygon"].split("|")]
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
