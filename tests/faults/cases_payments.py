"""Promoters' links, who follows them, and what is paid (D4, D5)."""

from functools import partial

from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.events import http
from tests.support.task_payments import ANN, BEN, BROWSER, brought, link, put_offer, put_people

TASK = {"member_id": ANN, "offer_id": "apples"}
LINK = "POST ORG/promoters/{member_id}/tasks/{offer_id}/link"


def with_task(world: World) -> None:
    """Put an offer, its merchant and two promoters."""
    put_people(world.now)
    put_offer()


@case("promoters/issue_task_link: the first")
def issue_task_link(world: World) -> Call:
    with_task(world)
    return staff(world, "promoters/issue_task_link", LINK, {}, path=TASK)


@case("promoters/follow_task_link: a visitor's second link")
def follow_task_link(world: World) -> Call:
    with_task(world)
    first, second = (link(member_id)[1]["code"] for member_id in (ANN, BEN))
    _, cookie = brought(first)
    headers = BROWSER | {"Cookie": cookie}
    event = http("GET /t/{code}", path={"code": second}, headers=headers)
    return partial(world.ask, "promoters/follow_task_link", event)
