"""The console's pages of provider accounts: which there are, new and changed ones (A7, E3, F5)."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from functions.organizations.put_provider_account.handler import TYPES
from sluice.console.areas.provider_accounts import settings_lines
from sluice.console.rendering import templates
from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.console import Visitor, ask, signed_in
from tests.support.events import ORGANIZATION
from tests.support.staff import found_organization

EVIL = '"><script>alert(1)</script>'
KEPT = f"sluice/{ORGANIZATION}/acme"
GIVEN = {
    "type": "tencent_sms",
    "account_id": "sms",
    "settings": 'app_id = "1400006666"\nsign_name = A = B\nprice = 0.50\n'
    'template_parameters = {"1": "{body}"}',
    "secret_reference": KEPT,
    "limits.per_second": "20",
    "limits.per_day": "",
}


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        yield


def words() -> dict[str, dict[str, str]]:
    """Return what the templates say of each type."""
    module = templates().get_template("provider_accounts/types.html").make_module({"_": str})
    return vars(module)


def made() -> Visitor:
    """Return an operator's browser after GIVEN was sent."""
    visitor = signed_in()
    sent = visitor.post("provider-accounts/new", **GIVEN)
    assert sent.status == 200, sent.text
    assert f"/receipts/{ORGANIZATION}/sms?" in sent.html  # its key is in no other answer
    return visitor


def test_an_account_is_added_shown_and_listed() -> None:
    visitor = signed_in()
    assert "sandbox Sandbox, for trying out" in visitor.get("provider-accounts").text
    made()
    found = ask("GET", "provider-accounts/sms")
    settings: dict[str, Any] = {"app_id": "1400006666", "sign_name": "A = B", "price": "0.50"}
    settings |= {"template_parameters": {"1": "{body}"}}
    assert (found["settings"], found["limits"]) == (settings, {"per_second": 20})
    assert found["secret_reference"] == KEPT
    listed = visitor.get("provider-accounts").text
    assert "sms SMS by Tencent No trouble known sandbox" in listed
    shown = visitor.get("provider-accounts/sms")
    assert "In a second: 20" in shown.text
    assert "/receipts/" not in shown.html
    assert "腾讯云短信" in signed_in(language="zh").get("provider-accounts").text


def test_a_form_that_is_sent_as_it_came_changes_nothing() -> None:
    """Whatever a program put: words that look like numbers, several lines, limits of its own."""
    strange = {"yes": "true", "quoted": '"x"', "lines": "a\nb", "price": "0.50", "empty": ""}
    others = {"number": "7", "spaced": " x ", "null": "null", "equal": "=", "list": ["t 1", "t2"]}
    settings = {"script": {"*": "deliver"}, "count": 7, "sure": True} | strange | others
    body = {"type": "sandbox", "settings": settings, "limits": {"a_day": 5, "per_day": 9}}
    ask("PUT", "provider-accounts/sandbox", body)
    visitor = signed_in()
    before = ask("GET", "provider-accounts/sandbox")
    page = visitor.get("provider-accounts/sandbox/edit").html
    (written,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert html.unescape(written) == settings_lines(settings)
    same = {"settings": html.unescape(written), "limits.per_day": "9"}
    assert visitor.post("provider-accounts/sandbox/edit", **same).status == 200
    assert ask("GET", "provider-accounts/sandbox") == before


@pytest.mark.parametrize(
    ("field", "wrong", "marked"),
    [
        ("account_id", "", "account_id"),
        ("account_id", "a/b", ""),
        ("type", "pigeon", "type"),
        ("settings", "app_id", "settings"),
        ("settings", "= 7", "settings"),
        ("settings", "a = 1\na = 2", "settings"),
        ("settings", "app_id = 1400006666", "settings"),  # which has to be a text
        ("settings", f"app_id = {EVIL}", "settings"),
        ("secret_reference", "elsewhere/key", "secret_reference"),
        ("secret_reference", "", "secret_reference"),
        ("limits.per_second", "-1", "limits"),
        ("limits.per_second", "many", "limits.per_second"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_rest_stays_written(
    field: str, wrong: str, marked: str
) -> None:
    seen = signed_in().post("provider-accounts/new", **GIVEN | {field: wrong})
    assert seen.status == 400
    assert f'id="wrong-{marked}' in seen.html or not marked
    assert "sign_name = A = B" in seen.text or field == "settings"
    assert EVIL not in seen.html
    assert ask("GET", "provider-accounts")["items"] == []


def test_an_account_is_not_added_twice_and_keeps_its_type() -> None:
    visitor = made()
    again = visitor.post("provider-accounts/new", **GIVEN | {"type": "sns_sms"})
    assert (again.status, "is taken" in again.text) == (400, True)
    visitor.post("provider-accounts/sms/edit", **GIVEN | {"type": "sns_sms", "limits.per_day": "9"})
    found = ask("GET", "provider-accounts/sms")
    assert (found["type"], found["limits"]["per_day"]) == ("tencent_sms", 9)


def test_every_type_is_offered_with_an_example_that_is_taken() -> None:
    visitor, said = signed_in(), words()
    page = visitor.get("provider-accounts/new").html
    assert set(re.findall(r'<option value="([^"]+)"', page)) == set(TYPES) == set(said["types"])
    for kind in TYPES:
        form = visitor.get("provider-accounts/new", type=kind)
        assert said["types"][kind] in form.text
        hidden = {"secret_reference": KEPT} if kind in said["hidden"] else {}
        given = {
            "type": kind,
            "account_id": f"my-{kind}",
            "settings": said["examples"].get(kind, ""),
        }
        sent = visitor.post("provider-accounts/new", **given | hidden)
        assert sent.status == 200, (kind, sent.text)
        if hidden:
            assert (
                visitor.post("provider-accounts/new", **given | {"account_id": "x"}).status == 400
            )


def test_one_that_is_not_there_is_neither_shown_nor_changed() -> None:
    visitor = signed_in()
    for path in ("provider-accounts/none", "provider-accounts/none/edit"):
        assert visitor.get(path).status == 404
    assert visitor.post("provider-accounts/none/edit", **GIVEN).status == 404
    assert ask("GET", "provider-accounts")["items"] == []


def test_only_operators_see_them() -> None:
    visitor = signed_in("member promoter merchant", "lin")
    paths = ("provider-accounts", "provider-accounts/new", "provider-accounts/sandbox")
    for path in (*paths, "provider-accounts/sandbox/edit"):
        assert visitor.get(path).status == 403
        assert visitor.post(path).status in {403, 404}
