"""Promotions: settled and read, from their own example events."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.invitations.put_promotion.handler import handler as put_promotion
from functions.invitations.read_promotions.handler import handler as read_promotions
from tests.support.aws import local_aws
from tests.support.events import claims, http
from tests.support.staff import found_organization

FUNCTIONS = Path(__file__).parents[2] / "functions" / "invitations"
LIST = "/organizations/{organization_id}/promotions"
ONE = LIST + "/{promotion_id}"
EXAMPLE = json.loads((FUNCTIONS / "put_promotion" / "event.json").read_text())
BODY = json.loads(EXAMPLE["body"])


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield


def answer(response: dict[str, Any]) -> tuple[int, Any]:
    return response["statusCode"], json.loads(response["body"])


def put(promotion_id: str = "spring", role: str = "operator", **changes: Any) -> Any:
    path = {"organization_id": "acme", "promotion_id": promotion_id}
    who = claims(role, "boss" if role == "operator" else "lin")
    event = http(f"PUT {ONE}", path=path, body=BODY | changes, claims=who)
    return answer(put_promotion(event, None))


def read(promotion_id: str | None = None, query: dict[str, str] | None = None) -> Any:
    path = {"organization_id": "acme"} | ({"promotion_id": promotion_id} if promotion_id else {})
    route = f"GET {ONE if promotion_id else LIST}"
    return answer(read_promotions(http(route, path=path, query=query, claims=claims()), None))


def test_the_example_event_settles_a_promotion_which_is_then_read() -> None:
    status, given = answer(put_promotion(EXAMPLE, None))
    assert (status, given["version"], given["status"]) == (200, 1, "open")
    assert given.items() >= (BODY | {"promotion_id": "spring"}).items()
    assert read("spring") == (200, given)


def test_the_same_again_is_the_same_version_and_a_change_is_the_next() -> None:
    assert put()[1]["version"] == 1
    assert put()[1]["version"] == 1
    status, changed = put(status="closed", max_invitations=3)
    assert (status, changed["version"], changed["status"]) == (200, 2, "closed")


def test_promotions_are_listed_by_id_in_pages() -> None:
    for promotion_id in ("b", "a", "c"):
        put(promotion_id)
    _, page = read(query={"limit": "2"})
    assert [item["promotion_id"] for item in page["items"]] == ["a", "b"]
    _, rest = read(query={"limit": "2", "cursor": page["next_cursor"]})
    assert [item["promotion_id"] for item in rest["items"]] == ["c"]
    assert "next_cursor" not in rest


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_at": BODY["starts_at"]}, "ends_at"),
        ({"starts_at": "9995-01-01T00:00:00Z", "ends_at": "9999-01-01T00:00:00Z"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
        ({"inviter_reward": {"amount_minor": 0, "currency": "CNY"}}, "inviter_reward"),
        ({"app_link": "javascript:alert(1)"}, "app_link"),
        ({"attribution": "whoever"}, "attribution"),
        ({"max_invitations": 51}, "max_invitations"),
        ({"programme": "Not A Programme"}, "programme"),
    ],
)
def test_what_cannot_be_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    status, problem = put(**changes)
    assert (status, problem["type"]) == (400, "urn:sluice:problem:invalid-request")
    assert problem["fields"][0]["field"].startswith(field)


def test_an_id_with_a_colon_is_none() -> None:
    assert put("a:b")[0] == 400


def test_members_settle_no_promotions_and_what_is_not_there_is_not_found() -> None:
    assert put(role="member")[0] == 403
    assert read("nowhere")[0] == 404
    assert read(query={"cursor": "?"})[0] == 400
