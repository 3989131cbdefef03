"""The console: its sessions are all that it writes."""

from urllib.parse import urlencode

import pytest

from sluice.console import sessions, user_pool
from sluice.console.user_pool import Tokens
from tests.faults.operations import Call, case
from tests.faults.world import World
from tests.support.console import id_token
from tests.support.events import http

FORM = {"content-type": "application/x-www-form-urlencoded"}


@case("console/show_console: somebody signs out")
def sign_out(world: World) -> Call:
    patch = world.ends.enter_context(pytest.MonkeyPatch.context())
    patch.setattr(user_pool, "revoke", lambda _: None)  # moto has no such call
    profile = {"name": "Boss", "organization": "Acme Tea", "time_zone": "Asia/Shanghai"}
    session = sessions.opened(Tokens(id_token(), "refresh"), profile)
    event = http(
        "POST /console/{page+}",
        body=urlencode({"csrf": session.csrf_token}).encode(),
        headers=FORM | {"cookie": f"__Host-sluice={session.secret}"},
    )
    event |= {"path": "/console/sign-out", "pathParameters": {"page": "sign-out"}}
    event["requestContext"]["path"] = "/console/sign-out"
    return lambda: world.ask("console/show_console", event)
