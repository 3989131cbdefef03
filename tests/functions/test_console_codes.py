"""Codes on the console: issued, looked at, changed, retired, by forms (F5, A2)."""

import re
from collections.abc import Iterator

import pytest

from sluice.codes.tables import Code
from sluice.shared import clock
from tests.support.aws import items_of, local_aws
from tests.support.codes import CODE
from tests.support.console import signed_in
from tests.support.desk import EVIL, busy


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        busy()
        yield


def test_a_code_is_listed_and_shown_with_what_came_of_it() -> None:
    visitor = signed_in()
    assert f"{CODE} Lin Active 0 2" in visitor.get("codes", status="active").text
    assert "There are no such codes." in visitor.get("codes", status="retired").text
    seen = visitor.get(f"codes/{CODE}")
    assert "Joined 3" in seen.text
    assert "A place on the waiting list for 1 hours; whose turn it is has 5 minutes" in seen.text
    assert f'src="/codes/{CODE}/image"' in seen.html
    assert "已添加 2" in signed_in(language="zh").get(f"codes/{CODE}").text
    assert visitor.get("codes/NOSUCHCODE22").status == 404
    assert signed_in("promoter", "ann").get(f"codes/{CODE}").status == 403


def test_a_code_is_issued_once_changed_and_retired() -> None:
    visitor = signed_in()
    key = re.findall(r'name="key" value="([^"]+)"', visitor.get("codes/new").html)[0]
    given = {"key": key, "referrer_id": "lin", "campaign_id": "spring", "own_first": "yes"}
    seen = visitor.post("codes/new", **given, expires_at="2020-01-01T10:00")
    assert seen.status == 400
    assert "expires_at" in seen.text
    assert 'value="spring"' in seen.html
    issued = visitor.post("codes/new", **given, waits="yes", hours="2")
    again = visitor.post("codes/new", **given, waits="yes", hours="2")
    assert (issued.status, issued.location) == (303, again.location)
    code = issued.location.removeprefix("codes/")
    assert 'name="hours" type="number" value="2"' in visitor.get(f"codes/{code}/change").html
    until = f"{clock.now().year + 5}-01-01T10:00"
    given = {"order": "rotation", "owners": "zoe，lin", "expires_at": until}
    seen = visitor.post(f"codes/{code}/change", **given)
    assert seen.status == 303, seen.text
    seen = visitor.get(f"codes/{code}")
    assert "In turn, by weight" in seen.text
    assert "Only channels of zoe, lin" in seen.text
    assert until.replace("T", " ") in seen.text
    visitor.post(f"codes/{code}")
    assert "no longer valid" in visitor.get(f"codes/{code}").text


def test_many_codes_are_issued_and_their_images_downloaded() -> None:
    visitor = signed_in()
    seen = visitor.post("codes/new", key="k1", count="3")
    assert seen.location.startswith("codes/batches/")
    page = visitor.get(seen.location)
    assert "3 codes of" in page.text
    codes = [code.code for code in items_of(Code) if isinstance(code, Code) and code.batch_id]
    assert all(code in page.text for code in codes)
    archive = visitor.get(f"{seen.location}/images.zip", format="svg", limit="2")
    assert archive.headers["Content-Type"] == "application/zip"
    assert EVIL not in visitor.get("codes/new").html
