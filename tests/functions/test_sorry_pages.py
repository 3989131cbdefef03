"""What people see where there is no page: a page that says so, never a problem document (F5)."""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.codes.handle_scan.handler import handler as scan
from functions.codes.put_channel.handler import handler as put_channel
from sluice.codes.store import pool
from sluice.shared import errors, forms, pages, sorry
from sluice.shared.errors import Invalid
from tests.support.aws import local_aws
from tests.support.codes import CODE, issue_code
from tests.support.events import http
from tests.support.staff import found_organization

BROWSER = {"accept": "text/html", "accept-language": "en"}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        yield


def ask(code: str, **headers: str) -> dict[str, Any]:
    answer: dict[str, Any] = scan(http("GET /s/{code}", path={"code": code}, headers=headers), None)
    return answer


def test_a_person_sees_a_page_where_a_client_gets_a_problem_document() -> None:
    issue_code()
    unknown = ask("ABCDEFGHJKMN", **BROWSER)
    assert (unknown["statusCode"], unknown["headers"]["Content-Type"]) == (404, pages.HTML)
    assert "There is nothing here" in unknown["body"]
    assert "script" not in unknown["headers"]["Content-Security-Policy"]
    chinese = ask("not+a+code", **BROWSER | {"accept-language": "zh-CN"})
    assert (chinese["statusCode"], "页面不存在" in chinese["body"]) == (400, True)
    client = ask("ABCDEFGHJKMN", accept="application/json")
    assert client["headers"]["Content-Type"] == "application/problem+json"
    assert ask(CODE, **BROWSER)["statusCode"] == 200


def test_staff_get_problem_documents_whatever_they_accept() -> None:
    route = "PUT /organizations/{organization_id}/channels/{channel_id}"
    path = {"organization_id": "acme", "channel_id": "c1"}
    answer = put_channel(http(route, path=path, body={}, headers=BROWSER), None)
    assert answer["headers"]["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("problem", "method", "says"),
    [
        (errors.Contention(), "GET", "try again in a moment"),
        (errors.Problem("boom"), "POST", "try again in a moment"),
        (errors.Invalid("<script>"), "POST", "did not work"),
        (errors.Invalid("<script>"), "GET", "nothing here"),
    ],
)
def test_a_page_says_what_to_do_and_nothing_of_what_was_sent(
    problem: errors.Problem, method: str, says: str
) -> None:
    page = sorry.page(problem, method, {}, "c-<1>").html
    assert says in page
    assert "c-&lt;1&gt;" in page
    assert "<script" not in page
    assert "boom" not in page


@pytest.mark.parametrize("raw", [b"\xff", b"a=%FF", b"&".join([b"a=1"] * 31)])
def test_what_is_no_form_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid):
        forms.fields_of(raw)
    assert forms.fields_of(b"a=%E7%8E%8B&b=&a=2") == {"a": "2", "b": ""}
