"""The operator's first page, and who waits (F5, A10)."""

from collections.abc import Iterator

import pytest

from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.console import signed_in
from tests.support.desk import busy
from tests.support.staff import found_organization


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def test_the_first_page_tells_of_today_loads_and_alarms() -> None:
    busy()
    visitor = signed_in()
    seen = visitor.get("overview")
    assert seen.status == 200
    for figure in ("Joined 3 0 yesterday", "Connected 2 0 yesterday", "Lost 1 0 yesterday"):
        assert figure in seen.text
    assert "2 of 9 places taken (22 %)" in seen.text
    assert "A code brings nobody 60 scans today" in seen.text
    assert "/console/channels/old" in seen.html
    assert "<script>alert" not in seen.html
    assert len(visitor.asked) == 5
    assert "今日" in signed_in(language="zh").get("overview").text


def test_who_begins_is_told_what_to_do_first() -> None:
    found_organization(clock.now())
    seen = signed_in().get("overview")
    assert "First steps Add a channel" in seen.text
    assert "Nothing was pushed today." in seen.text
    assert signed_in("member", "lin").get("overview").status == 403
