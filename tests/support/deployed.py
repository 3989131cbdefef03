"""The one deployment of everything that is tested over HTTP: an embedded AWS beside the demo's."""

from collections.abc import Iterator

import pytest

from infra.demo.client import Client
from infra.demo.staff import ADMIN, Staff
from infra.local import ministack
from infra.local.deploy import deploy
from infra.local.instance import Instance
from infra.local.preflight import free_port
from tests.support.client import Deployment


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    """Start, build, deploy, sign in the admin; end it with what it started."""
    instance = Instance("flows", free_port())
    try:
        ministack.start(instance, fresh=True)
        outputs = deploy(instance, quick=True)
        staff = Staff(instance, outputs)
        token = staff.token(ADMIN, staff.make_admin())
        yield Deployment(instance, staff, Client(instance.url).as_staff(token))
    finally:
        ministack.stop(instance)


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what uses the deployment on one worker: a second would start another beside it."""
    for item in items:
        if deployment.__name__ in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("flows"))
