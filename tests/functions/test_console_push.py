"""The console's pages of strategies and pushes to one user (F5)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sluice.push.rules.templates import Template, Wording
from sluice.push.store import templates
from sluice.push.store.held import find_push
from sluice.push.tables import Attempt, Push
from sluice.shared import clock
from tests.support.aws import items_of, local_aws
from tests.support.console import ask, signed_in
from tests.support.events import ORGANIZATION
from tests.support.push import begin_attempt, channel, load, make_world, start_push
from tests.support.staff import found_organization

EVIL = '"><script>alert(1)</script>'
STRATEGY = {
    "strategy_id": "spring",
    "purpose": "service",
    "channels[0].channel": "sms",
    "channels[0].wait_seconds": "1800",
    "channels[0].success": "delivered",
    "channels[0].price": "0.045",
    "channels[0].currency": "CNY",
    "channels[1].channel": "email",
    "channels[1].wait_seconds": "60",
    "behaviours": "opened = seen\nbought = converted",
    "quiet_hours.start": "22:00",
    "quiet_hours.end": "08:00",
    "conversion_days": "3",
}
PUSH = {"strategy_id": "spring", "user_id": "u-1", "content.title": f"Hi {EVIL}"}


@pytest.fixture(autouse=True)
def _organization(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        make_world(monkeypatch)
        yield


def test_what_is_refused_in_a_folded_part_is_seen() -> None:
    visitor = signed_in()
    wrong = visitor.post("strategies/new", **STRATEGY | {"channels[1].retries": "99"})
    folded = re.findall(r"<details( open)?", wrong.html.split("<form method", 2)[-1])
    assert folded == ["", " open"] + [""] * (len(folded) - 2)
    assert wrong.html.count('class="wrong"') == 1


def test_an_account_that_there_is_not_is_told_where_it_is_named() -> None:
    lacking = {"channels[0].fallback_providers": "nowhere"}
    wrong = signed_in().post("strategies/new", **STRATEGY | lacking)
    assert 'id="wrong-channels[0].fallback_providers"' in wrong.html
    assert wrong.html.count('class="wrong"') == 1


def test_a_refusal_is_told_at_the_row_that_was_written() -> None:
    """An empty row before it is none to the API, which counts those it gets."""
    moved = {name.replace("[1]", "[2]"): text for name, text in STRATEGY.items()}
    moved["channels[1].channel"] = ""
    wrong = signed_in().post("strategies/new", **moved | {"channels[2].wait_seconds": "9999999"})
    assert 'id="wrong-channels[2].wait_seconds"' in wrong.html
    assert wrong.html.count('class="wrong"') == 1


@pytest.mark.parametrize(
    ("field", "text", "shown"),
    [
        ("conversion_days", "99", "wrong-conversion_days"),
        ("expires_minutes", "99999", "wrong-expires_minutes"),
        ("quiet_hours.start", "", "wrong-quiet_hours.start"),
        ("behaviours", "opened = sold", "wrong-behaviours"),
    ],
)
def test_what_the_api_calls_otherwise_is_told_at_its_field(
    field: str, text: str, shown: str
) -> None:
    wrong = signed_in().post("strategies/new", **STRATEGY | {field: text})
    assert wrong.status == 400
    assert f'id="{shown}"' in wrong.html, wrong.text[:400]


def test_what_has_no_field_on_the_page_is_told_above_it() -> None:
    visitor = signed_in()
    behaviours = "\n".join(f"kind{number} = seen" for number in range(11))
    wrong = visitor.post("strategies/new", **STRATEGY | {"behaviours": behaviours})
    assert wrong.html.count('class="wrong"') == 1
    assert "behaviours:" not in wrong.text  # at its field
    ask(
        "PUT",
        "strategies/spring",
        {"purpose": "service", "channels": [{"channel": "a", "wait_seconds": 5}]},
    )
    given = {"user_id": "u" * 200}
    assert "user_id: " in visitor.get("strategies/spring/dry-run", **given).text


def test_a_strategy_is_written_by_a_form_and_shown_as_a_chain() -> None:
    visitor = signed_in()
    assert "There is no strategy yet." in visitor.get("strategies").text
    wrong = visitor.post("strategies/new", **STRATEGY | {"channels[1].wait_seconds": "9999999"})
    assert wrong.status == 400
    assert 'name="channels[0].price" type="text" value="0.045"' in wrong.html
    assert 'id="wrong-channels[1].wait_seconds"' in wrong.html
    for name, text in (("channels[0].price", "cheap"), ("behaviours", "opened")):
        assert visitor.post("strategies/new", **STRATEGY | {name: text}).status == 400
    seen = visitor.post("strategies/new", **STRATEGY)
    assert (seen.status, seen.location) == (303, "strategies/spring?done=saved")
    again = visitor.post("strategies/new", **STRATEGY | {"channels[0].price": "0.05"})
    assert "There is one with this id." in again.text
    seen = visitor.get("strategies/spring")
    for text in ("1. sms", "waits 30 min", "0.045 CNY", "2. email", "22:00 – 08:00", "3 days"):  # noqa: RUF001
        assert text in seen.text
    assert "No push was started by this strategy yet." in seen.text
    assert ask("GET", "strategies/spring")["behaviours"] == {
        "opened": "seen",
        "bought": "converted",
    }


def test_a_change_is_the_next_version_and_an_older_one_can_be_looked_at() -> None:
    visitor = signed_in(language="zh")
    visitor.post("strategies/new", **STRATEGY)
    form = visitor.get("strategies/spring/edit")
    assert 'value="22:00"' in form.html
    assert "opened = seen" in form.html
    changed = visitor.post("strategies/spring/edit", **STRATEGY | {"hold_out_percent": "10"})
    assert changed.location == "strategies/spring?done=saved"
    assert "10 %" in visitor.get("strategies/spring").text
    assert "版本 1" in visitor.get("strategies/spring", version="1").text
    assert visitor.get("strategies/spring", version="7").status == 404


def test_a_rehearsal_tells_what_a_user_would_be_sent_and_sends_nothing() -> None:
    visitor = signed_in()
    visitor.post("strategies/new", **STRATEGY)
    assert "At worst 0.045 CNY" in visitor.get("strategies/spring/dry-run", user_id="u-1").text
    wrong = visitor.get("strategies/spring/dry-run", user_id=EVIL)
    assert wrong.status == 400
    assert EVIL not in wrong.html
    assert items_of(Push) == []


def test_a_push_is_started_once_followed_and_cancelled() -> None:
    visitor = signed_in()
    assert "there is none yet" in visitor.get("pushes/new").text
    visitor.post("strategies/new", **STRATEGY)
    form = visitor.get("pushes/new", strategy_id="spring")
    assert '<option value="spring" selected>' in form.html
    assert visitor.post("pushes/new", **PUSH, key="k1").status == 400  # it says nothing
    said: dict[str, Any] = PUSH | {"content.body": "There is tea.", "key": "k1"}
    first, second = visitor.post("pushes/new", **said), visitor.post("pushes/new", **said)
    assert first.status == 303
    assert first.location == second.location
    path = first.location.partition("?")[0]
    seen = visitor.get(path)
    for text in ("Push to u-1", "Under way", "Requested"):
        assert text in seen.text
    assert "Under way" in visitor.get("pushes", user_id="u-1").text
    assert "never sent a push" in visitor.get("pushes", user_id="u-2").text
    assert visitor.post(path).location == f"{path}?done=cancelled"
    assert "Cancelled" in visitor.get(path).text
    assert EVIL not in seen.html


def test_a_template_says_it_in_the_users_language_filled_in() -> None:
    visitor = signed_in()
    visitor.post("strategies/new", **STRATEGY)
    assert 'name="template_id"' not in visitor.get("pushes/new").html  # there is none
    words = Template({"en": Wording("Tea, {name}", "{tea} is here.")}, "en", ("name", "tea"))
    templates.put_template(ORGANIZATION, "spring-tea", words, clock.now())
    assert '<option value="spring-tea"' in visitor.get("pushes/new").html
    said = {"strategy_id": "spring", "user_id": "u-1", "template_id": "spring-tea", "key": "k1"}
    assert visitor.post("pushes/new", **said).status == 400  # its gaps
    wrong = visitor.post("pushes/new", **said, variables="Li")
    assert (wrong.status, "name = value" in wrong.text) == (400, True)
    both = {"content.title": "Tea", "variables": "name = Li\ntea = Oolong"}
    assert visitor.post("pushes/new", **said, **both).status == 400
    started = visitor.post("pushes/new", **said, variables="name = Li\ntea = Oolong = good")
    held = find_push(ORGANIZATION, started.location.partition("?")[0].removeprefix("pushes/"))
    assert held is not None
    content = held.plan.content
    assert (content.title, content.body) == ("Tea, Li", "Oolong = good is here.")
    to_many = said | {"audience.user_ids": "u-1\nu-2", "variables": "name=Li\ntea=Oolong"}
    to_many.pop("user_id")
    run = visitor.post("runs/new", **to_many)
    assert "0 of 2 users" in visitor.get(run.location.partition("?")[0]).text


def test_other_roles_see_none_of_it() -> None:
    visitor = signed_in("member promoter merchant", "lin")
    for path in ("strategies", "strategies/new", "pushes", "pushes/new", "review", "audit"):
        assert visitor.get(path).status == 403


def test_a_run_is_started_once_paused_resumed_and_cancelled() -> None:
    visitor = signed_in()
    visitor.post("strategies/new", **STRATEGY)
    assert "Nothing was sent to many yet." in visitor.get("runs").text
    said: dict[str, Any] = PUSH | {"content.body": "There is tea.", "key": "k1"}
    both = {"audience.tag": "vip", "audience.user_ids": "u-1"}
    assert "Name a tag or users, not both." in visitor.post("runs/new", **said, **both).text
    named = {"audience.user_ids": "u-1\nu-2，u-3"}
    first, second = (visitor.post("runs/new", **said, **named) for _ in range(2))
    assert first.location == second.location
    path = first.location.partition("?")[0]
    assert "0 of 3 users" in visitor.get(path).text
    for status, word in (
        ("paused", "Paused"),
        ("running", "Under way"),
        ("cancelled", "Cancelled"),
    ):
        assert visitor.post(path, status=status).location == f"{path}?done=saved"
        assert word in visitor.get(path).text
    assert visitor.post(path, status="running").status == 409
    assert "Cancelled" in visitor.get("runs").text


def test_a_push_tells_that_more_receipts_came_than_it_shows() -> None:
    """E3."""
    push_id = start_push(channel("sms", "delivered"))
    attempt = begin_attempt(load(push_id), 0, "token", "tracking", clock.now())
    visitor = signed_in()
    attempt.update(actions=[Attempt.receipts.set(20)])
    assert "are shown" not in visitor.get(f"pushes/{push_id}").text
    attempt.update(actions=[Attempt.receipts.set(25)])
    assert "25 receipts, the first 20 are shown" in visitor.get(f"pushes/{push_id}").text
