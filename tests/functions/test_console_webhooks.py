"""The console's pages of webhooks: where events go, what came of them, again (F3, F5)."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from sluice.console.rendering import templates
from sluice.shared import clock
from sluice.webhooks import delivering
from sluice.webhooks.queue import Due
from sluice.webhooks.rules.catalog import CATALOG, TEST
from sluice.webhooks.store import accepting
from tests.support.aws import local_aws
from tests.support.console import Visitor, ask, signed_in
from tests.support.events import ORGANIZATION
from tests.support.staff import found_organization
from tests.support.webhooks import Receiver, campaign_changed, deliveries_of, verified

EVIL = '"><script>alert(1)</script>'
_SECRET = re.compile(r"<code>(whsec_[^<]+)</code>")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _organization(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PRIVATE_TARGETS", "127.0.0.0/8")
    with local_aws():
        found_organization(clock.now())
        yield


def added(visitor: Visitor, url: str, **fields: str) -> str:
    """Add the webhook `crm` and return its secret."""
    given = {"webhook_id": "crm", "url": url, "events": "campaign.*", "status": "active"}
    page = visitor.post("webhooks/new", **given | fields)
    (secret,) = _SECRET.findall(page.html)
    return str(secret)


def deliver() -> None:
    """Make each attempt that waits, as if it were due."""
    now = clock.now()
    for each in deliveries_of():
        if each.status == "waiting":
            due = Due(ORGANIZATION, "crm", each.item)
            delivering.deliver(due, max(now, each.next_at))


def happen(event_id: str = "campaign.1") -> None:
    now = clock.now()
    accepting.accept(campaign_changed(now, event_id=event_id), now)


def test_a_webhook_is_added_by_a_form_and_its_secret_is_shown_once() -> None:
    visitor = signed_in()
    assert "No system is told of anything yet." in visitor.get("webhooks").text
    given = {"webhook_id": "crm", "url": "ftp://x", "description": EVIL, "events": "campaign.*"}
    wrong = visitor.post("webhooks/new", **given)
    assert wrong.status == 400
    assert 'id="wrong-url"' in wrong.html
    assert 'value="campaign.*" checked' in wrong.html
    assert EVIL not in wrong.html
    nothing = visitor.post("webhooks/new", webhook_id="crm", url="https://crm.example.com")
    assert 'id="wrong-events"' in nothing.html
    assert ask("GET", "webhooks")["items"] == []
    secret = added(visitor, "https://crm.example.com/in", description=EVIL)
    for path in ("webhooks", "webhooks/crm", "webhooks/crm/edit"):
        page = visitor.get(path).html
        assert "https://crm.example.com/in" in page
        assert secret not in page
        assert EVIL not in page
    again = visitor.post("webhooks/new", **given | {"url": "https://other.example.com"})
    assert "There is a webhook with this id." in again.text
    assert ask("GET", "webhooks/crm")["url"] == "https://crm.example.com/in"


@pytest.mark.parametrize(
    ("language", "webhook_id", "said"),
    [
        ("en", "crm", "Choose at least one."),
        ("zh", "crm", "至少选择一项。"),
        ("zh", "c r m", "编号只能包含字母、数字和 . _ -"),
    ],
)
def test_what_is_wrong_is_told_in_words_of_the_page(
    language: str, webhook_id: str, said: str
) -> None:
    visitor = signed_in(language=language)
    given = {"webhook_id": webhook_id, "url": "https://x.example", "status": "active"}
    page = visitor.post("webhooks/new", **given)
    assert page.status == 400
    assert f'">{said}</span>' in page.html  # at the field
    assert "Expected" not in page.text


def test_a_webhook_is_paused_changed_and_removed() -> None:
    visitor = signed_in(language="zh")
    added(visitor, "https://crm.example.com/in")
    changes = {"url": "https://crm.example.com/two", "events": "*", "status": "paused"}
    assert visitor.post("webhooks/crm/edit", **changes).location == "webhooks/crm?done=saved"
    found = ask("GET", "webhooks/crm")
    assert (found["status"], found["events"]) == ("paused", ["*"])
    assert "已暂停" in visitor.get("webhooks").text
    assert visitor.post("webhooks/crm", act="nothing").status == 400
    assert visitor.post("webhooks/crm", act="remove").location == "webhooks?done=removed"
    for path in ("webhooks/crm", "webhooks/crm/edit"):
        assert visitor.get(path).status == 404
    assert visitor.post("webhooks/crm/edit", **changes).status == 404
    assert ask("GET", "webhooks")["items"] == []  # a form that is too late makes no new one


def test_a_new_secret_signs_beside_the_old_one_and_an_old_page_replaces_nothing() -> None:
    visitor = signed_in()
    with Receiver() as receiver:
        first = added(visitor, receiver.url, description="CRM")
        rotated = visitor.post("webhooks/crm", act="rotate", rotate_from="1")
        (second,) = _SECRET.findall(rotated.html)
        assert second != first
        assert "Version 2; the one before it counts until" in visitor.get("webhooks/crm").text
        found = ask("GET", "webhooks/crm")
        kept = (found["description"], found["events"], found["status"])
        assert kept == ("CRM", ["campaign.*"], "active")
        happen()
        deliver()
        for secret in (first, second):
            verified(receiver.asked[-1], secret)
    visitor.post("webhooks/crm", act="rotate", rotate_from="2")
    assert visitor.post("webhooks/crm", act="rotate", rotate_from="1").status == 409
    assert ask("GET", "webhooks/crm")["secret_version"] == 3


def test_a_test_is_sent_and_its_attempt_shown() -> None:
    visitor = signed_in()
    with Receiver() as receiver:
        secret = added(visitor, receiver.url)
        sent = visitor.post("webhooks/crm", act="test")
        path = sent.location.partition("?")[0]
        assert "It was not tried yet." in visitor.get(path).text
        deliver()
        assert verified(receiver.asked[-1], secret)["type"] == TEST
    seen = visitor.get(path).text
    for text in ("State Delivered", "Number of attempts 1", "200", "told"):
        assert text in seen
    assert TEST in visitor.get("webhooks/crm").text


def test_what_was_not_heard_is_sent_again_one_by_one_or_all() -> None:
    visitor = signed_in()
    with Receiver(500) as receiver:
        added(visitor, receiver.url)
        happen()
        deliver()
        listed = visitor.get("webhooks/crm")
        assert "campaign.changed.v1 Waits 1 500" in listed.text
        (path,) = re.findall(r'/console/(webhooks/crm/deliveries/[^"]+)', listed.html)
        assert visitor.post(path).location == f"{path}?done=sent"
        deliver()
        assert "State Delivered" in visitor.get(path).text
        visitor.post("webhooks/crm/edit", url=receiver.url, events="*", status="paused")
        for event_id in ("campaign.2", "campaign.3"):
            happen(event_id)
        assert "Held back" in visitor.get("webhooks/crm").text
        visitor.post("webhooks/crm/edit", url=receiver.url, events="*", status="active")
        assert visitor.post("webhooks/crm", act="replay").status == 400  # since when?
        since = (clock.now() - HOUR).strftime("%Y-%m-%dT%H:%M")  # on the clock of Shanghai: earlier
        done = visitor.post("webhooks/crm", act="replay", since=since)
        assert done.location == "webhooks/crm?replayed=2"
        assert "go out again: 2." in visitor.get("webhooks/crm", replayed="2").text
        heard = len(receiver.asked)
        deliver()
        assert len(receiver.asked) == heard + 2


def test_one_that_is_gone_is_shown_disabled_with_its_reason() -> None:
    visitor = signed_in()
    with Receiver(410) as receiver:
        added(visitor, receiver.url)
        happen()
        deliver()
        for path in ("webhooks", "webhooks/crm"):
            assert "Disabled it answered 410" in visitor.get(path).text
        assert "接收方返回 410" in signed_in(language="zh").get("webhooks").text
        assert visitor.post("webhooks/crm", act="rotate", rotate_from="1").status == 400
        visitor.post("webhooks/crm/edit", url=receiver.url, events="*", status="active")
        assert "it answered 410" not in visitor.get("webhooks").text


def test_only_operators_see_them() -> None:
    visitor = signed_in("member promoter merchant", "lin")
    paths = ("webhooks", "webhooks/new", "webhooks/crm", "webhooks/crm/edit")
    for path in (*paths, "webhooks/crm/deliveries/d"):
        assert visitor.get(path).status == 403
        assert visitor.post(path).status in {403, 404}


def test_the_form_offers_every_event_that_can_be_wanted() -> None:
    page = signed_in().get("webhooks/new").html
    offered = set(re.findall(r'name="events" value="([^"]+)"', page))
    families = {f"{each.partition('.')[0]}.*" for each in CATALOG}
    assert offered == {"*", *families, *CATALOG} - {TEST}
    words = vars(templates().get_template("webhooks/events.html").make_module({"_": str}))
    told = {kind: purpose for each in words["events"].values() for kind, purpose in each.items()}
    assert told == {kind: each.purpose for kind, each in CATALOG.items()}
