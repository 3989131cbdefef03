"""Recipients: put, erased, unsubscribed, what they do with our own links."""

from functools import partial

from tests.faults.cases_push import attempts, sent
from tests.faults.operations import Call, case
from tests.faults.world import World
from tests.support.events import http
from tests.support.push import channel

BROWSER = {"User-Agent": "Mozilla/5.0"}


def visiting(world: World, name: str, route: str) -> Call:
    """Return a person's call of a link of the first message."""
    path = {"tracking_id": attempts()[0].tracking_id}
    return partial(world.ask, name, http(route, path=path, headers=BROWSER))


@case("push/follow_link: the picture of a message that waits for it")
def load_picture(world: World) -> Call:
    sent(world, channel("mail", "seen"), channel("sms"))
    return visiting(world, "push/follow_link", "GET /o/{tracking_id}")


@case("push/unsubscribe: by the link of a message")
def unsubscribe(world: World) -> Call:
    sent(world)
    return visiting(world, "push/unsubscribe", "POST /u/{tracking_id}")
