"""Two operators at the same form: the second is told, and nothing is lost (F5)."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sluice.organizations import store
from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.console import Seen, ask, signed_in
from tests.support.events import ORGANIZATION
from tests.support.routes import SAMPLES
from tests.support.staff import NOW, found_organization

_FIELD = re.compile(
    r'<(?:input|textarea|select) id="[^"]+" name="(?P<name>[^"]+)"(?P<rest>[^>]*)>'
    r"(?P<inside>.*?)(?=<(?:small|label|input|textarea|/div))",
    re.DOTALL,
)
_VALUE = re.compile(r'value="([^"]*)"')
_CHOSEN = re.compile(r'value="([^"]*)" selected')
_TICKED = re.compile(r'type="checkbox" name="([^"]+)" value="([^"]*)" checked')
_SEEN = re.compile(r'name="seen" value="(\d+)"')
LASTS = {
    "starts_at": (clock.now() + timedelta(days=1)).isoformat(),
    "ends_at": (clock.now() + timedelta(days=300)).isoformat(),
}
ORG = "/organizations/{organization_id}"
# The page, the API's path and route, what the other operator changes, a field of the form.
FORMS: dict[str, tuple[str, str, dict[str, Any], dict[str, str]]] = {
    "bonus-rules": (
        "bonus-rules",
        f"PUT {ORG}/bonus-rules",
        {"programme": "o"},
        {"programme": "m"},
    ),
    "campaigns/spring/edit": (
        *("campaigns/spring", f"PUT {ORG}/campaigns/{{campaign_id}}"),
        *({"title": "Theirs"}, {"title": "Mine"}),
    ),
    "campaigns/spring": (
        *("campaigns/spring", f"PUT {ORG}/campaigns/{{campaign_id}}"),
        *({"title": "Theirs"}, {"status": "published"}),
    ),
    "channels/desk/change": (
        *("channels/desk", f"PUT {ORG}/channels/{{channel_id}}"),
        *({"cap": 7}, {"cap": "9"}),
    ),
    "offers/apples": (
        *("offers/apples", f"PUT {ORG}/offers/{{offer_id}}"),
        *({"budget_minor": 7_000_000}, {"action": "pause"}),
    ),
    "programmes/referral/edit": (
        *("programmes/referral", f"PUT {ORG}/programmes/{{programme}}"),
        *({"is_open": False}, {"hold.count": "9", "hold.unit": "days"}),
    ),
    "promotions/spring/edit": (
        *("promotions/spring", f"PUT {ORG}/promotions/{{promotion_id}}"),
        *({"name": "Theirs"}, {"name": "Mine"}),
    ),
    "promotions/spring": (
        *("promotions/spring", f"PUT {ORG}/promotions/{{promotion_id}}"),
        *({"name": "Theirs"}, {"status": "closed"}),
    ),
    "segments/gold": (
        *("segments/gold", f"PUT {ORG}/segments/{{segment_id}}"),
        *({"name": "Theirs"}, {"name": "Mine"}),
    ),
    "settings": ("", f"PUT {ORG}", {"name": "Theirs"}, {"name": "Mine"}),
    "templates/tea/edit": (
        *("templates/tea", f"PUT {ORG}/templates/{{template_id}}"),
        *({"content_id": "autumn"}, {"content_id": "winter"}),
    ),
    "strategies/chain/edit": (
        *("strategies/chain", f"PUT {ORG}/strategies/{{strategy_id}}"),
        *({"hold_out_percent": 5}, {"hold_out_percent": "9"}),
    ),
}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        for member_id, role in (("orchard", "merchant"), ("zhou", "member")):
            store.put_member(ORGANIZATION, member_id, {"name": role, "roles": {role}}, NOW)
        yield


def fields_of(page: Seen) -> dict[str, str]:
    """Return what the fields of a page hold, as a browser would send them."""
    found = {}
    for field in _FIELD.finditer(page.html):
        inside, rest = field["inside"], field["rest"]
        chosen = _CHOSEN.search(inside) or _VALUE.search(inside) or _VALUE.search(rest)
        if "<option" not in inside:
            chosen = _VALUE.search(rest)
        value = chosen[1] if chosen else inside.split("</textarea", 1)[0]
        found[field["name"]] = html.unescape(value).strip()
    return found | dict(_TICKED.findall(page.html)) | {"seen": seen_of(page)}


def seen_of(page: Seen) -> str:
    (version,) = set(_SEEN.findall(page.html))
    return str(version)


def test_what_is_new_replaces_nothing_and_is_made_once() -> None:
    visitor = signed_in()
    given = {"segment_id": "gold", "name": "Gold", "kind": "list"}
    assert seen_of(visitor.get("segments/new")) == "0"
    assert visitor.post("segments/new", **given).status == 303
    assert visitor.post("segments/new", **given).status == 303  # pressed twice
    taken = visitor.post("segments/new", **(given | {"name": "Other"}))
    assert (taken.status, "is taken" in taken.text) == (400, True)
    assert ask("GET", "segments/gold")["name"] == "Gold"


def test_a_version_that_is_no_number_is_no_form() -> None:
    visitor = signed_in()
    given = {"name": "Gold", "kind": "list"}
    ask("PUT", "segments/gold", {"name": "Gold"})
    assert visitor.post("segments/gold", **given, seen='1"\r\nX: y').status == 400


@pytest.mark.parametrize("path", FORMS)
def test_what_another_saved_meanwhile_is_not_replaced_unseen(path: str) -> None:
    at, route, theirs, mine = FORMS[path]
    sample = SAMPLES[route] | (LASTS if at == "campaigns/spring" else {})
    first = ask("PUT", at, sample)["version"]
    visitor = signed_in()
    form = fields_of(visitor.get(path)) | mine
    assert form["seen"] == str(first)
    stored = ask("PUT", at, sample | theirs)
    refused = visitor.post(path, **form)
    assert refused.status == 412
    assert "Somebody else changed this meanwhile" in refused.text
    assert ask("GET", at)["version"] == stored["version"] == first + 1
    shown = fields_of(refused)
    assert shown["seen"] == str(first + 1)
    assert {name: shown[name] for name in mine if name in shown}.items() <= mine.items()
    again = visitor.post(path, **(form | {"seen": seen_of(refused)}))
    assert again.status == 303
    assert ask("GET", at)["version"] == first + 2
