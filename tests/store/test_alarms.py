"""Alarms on moto: once an episode, with the notices; and looking after organisations (A10)."""

import importlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from sluice.codes.rules.counts import Count, Row
from sluice.codes.store import alarms, checks, pool, statistics
from sluice.codes.tables import Channel
from sluice.codes.tables.alarms import AlarmItem
from sluice.organizations import changing
from sluice.organizations import store as organizations
from sluice.organizations.tables import Member, OrganizationCheck
from sluice.shared import batches, ids
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.outbox import OutboxItem
from sluice.shared.table import find
from sluice.webhooks.store import webhooks
from sluice.webhooks.tables import Webhook
from tests.support.aws import items_of, local_aws
from tests.support.codes import CODE, open_channel
from tests.support.events import claims, http
from tests.support.requests import recorded
from tests.support.staff import NOW, found_organization

KIND, SUBJECT = "provider-abnormal", "wecom"
SCANS = 50
LONG = 1e12  # until the end of this test
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        empty_outbox()
        yield


def empty_outbox() -> None:
    for item in items_of(OutboxItem):
        item.delete()


def raise_it(now: datetime = NOW, **facts: str) -> bool:
    return alarms.raise_alarm("acme", KIND, SUBJECT, facts, now)


def told() -> list[tuple[str, str]]:
    """Return who was told what, and forget it."""
    found = []
    for item in items_of(OutboxItem):
        assert isinstance(item, OutboxItem)
        if item.type != "notice.wanted.v1":
            continue
        data = msgspec.json.decode(item.data)
        assert data["notice"] == "operator-alarms"
        found.append((data["user_id"], data["content"]["title"]))
        item.delete()
    return sorted(found)


def states() -> dict[str, str]:
    return {item.name: item.status for item in items_of(AlarmItem)}  # type: ignore[attr-defined]


def put_member(member_id: str, **settings: Any) -> None:
    member = {"name": member_id, "roles": {"operator"}} | settings
    organizations.put_member("acme", member_id, member, NOW)
    empty_outbox()


def count(row: Row, **counters: int) -> None:
    """Count, each call once."""
    counts = Counter({Count(row, name): number for name, number in counters.items()})
    statistics.count("acme", {ids.unguessable(): counts}, NOW)


def test_an_alarm_reaches_every_active_operator_once() -> None:
    """A10."""
    put_member("wang")
    put_member("gone", active=False)
    put_member("promoter", roles={"promoter"})
    assert raise_it(reason="not allowed")
    title = "A provider account needs attention"
    assert told() == [("boss", title), ("wang", title)]
    assert not raise_it(LATER, reason="again")
    assert told() == []


def test_an_alarm_that_is_over_can_begin_again() -> None:
    raise_it()
    assert alarms.clear_alarm("acme", KIND, SUBJECT, LATER)
    assert len(told()) == 1
    assert not alarms.clear_alarm("acme", KIND, SUBJECT, LATER)
    assert raise_it(LATER)
    assert len(told()) == 1, "the second episode has a notice of its own"
    (item,) = items_of(AlarmItem)
    assert isinstance(item, AlarmItem)
    assert item.attribute_values.keys().isdisjoint({"cleared_at", "expires"})
    assert (item.episode, item.status) == (2, "open")


def test_an_open_alarm_is_found_behind_however_many_that_are_over() -> None:
    """Those are kept for 90 days: behind 1,000 of them one never ended, nor was told again."""
    over = [
        AlarmItem(
            "acme",
            ids.key("no-connections", f"c{number:04}"),
            kind="no-connections",
            subject=f"c{number:04}",
            status=alarms.CLEARED,
            episode=1,
            facts={},
            raised_at=NOW,
            cleared_at=NOW,
        )
        for number in range(alarms.MAX_OPEN + 1)
    ]
    batches.write(over)
    raise_it()
    assert [tuple(alarm) for alarm in alarms.read_open("acme")] == [(KIND, SUBJECT)]


def test_an_operator_behind_a_thousand_members_is_told() -> None:
    members = [
        Member(
            "acme", ids.key("member", name), member_id=name, name=name, roles={"member"}, version=1
        )
        for name in (f"a{number:04}" for number in range(1_001))
    ]
    batches.write(members)
    assert raise_it()
    assert [name for name, _ in told()] == ["boss"]


def test_of_two_who_saw_no_alarm_one_raises_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stale readers, before the first episode and after it."""
    for now in (NOW, LATER):
        stale = find(AlarmItem, "acme", ids.key(KIND, SUBJECT))
        assert raise_it(now)
        monkeypatch.setattr(alarms, "find", lambda *_, seen=stale: seen)
        assert not raise_it(now)
        monkeypatch.undo()
        assert len(told()) == 1
        alarms.clear_alarm("acme", KIND, SUBJECT, now)


def test_an_alarm_of_no_organization_is_told() -> None:
    with pytest.raises(NotFound):
        alarms.raise_alarm("nobody", KIND, SUBJECT, {}, NOW)


def test_an_alarm_speaks_the_organizations_language() -> None:
    changing.change_organization("acme", {"name": "A", "time_zone": "UTC", "locale": "zh"})
    raise_it()
    assert told() == [("boss", "服务商账号异常")]


def test_more_operators_than_a_transaction_takes_do_not_stop_an_alarm() -> None:
    for number in range(95):
        put_member(f"m{number:03}")
    assert raise_it()
    assert len(told()) == alarms.MAX_OPERATORS


def look(now: datetime = NOW) -> int:
    return checks.check_due(SCANS, now, LONG)


def test_a_pool_over_80_percent_is_told_once_and_again_only_after_it_emptied() -> None:
    """A10: the seats that are counted, and the customers that only the provider has."""
    open_channel("a", cap=100)
    open_channel("closed", cap=1_000, status="closed")
    count(Row("channels", "a", "total"), customers=50, reserved=30)
    assert look() == 1
    assert states() == {}
    Channel(ids.key("acme", "a")).update([Channel.outside.set(1)])
    for minutes in (5, 10):
        assert look(NOW + timedelta(minutes=minutes)) == 1
    assert told() == [("boss", "Channels are filling up")]
    count(Row("channels", "a", "total"), customers=-6)
    assert look(NOW + timedelta(minutes=15)) == 1
    assert states() == {"pool-filling#contact": "open"}
    count(Row("channels", "a", "total"), reserved=-1)
    assert look(NOW + timedelta(minutes=20)) == 1
    assert states() == {"pool-filling#contact": "cleared"}


def test_a_code_that_is_scanned_and_brings_nobody_is_told() -> None:
    """A10: days of the organisation, and yesterday's connections count."""
    count(Row("codes", CODE, "2026-03-05"), views=SCANS)
    count(Row("codes", "BUSY", "2026-03-05"), views=9 * SCANS)
    count(Row("codes", "BUSY", "2026-03-04"), connections=1)
    look()
    assert states() == {f"no-connections#{CODE}": "open"}
    assert told() == [("boss", "A code brings nobody")]
    count(Row("codes", CODE, "2026-03-05"), connections=1)
    look(LATER)
    assert states() == {f"no-connections#{CODE}": "cleared"}


def test_one_look_raises_so_many_alarms_and_the_next_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "MAX_RAISED", 2)
    for number in range(3):
        count(Row("codes", f"C{number}", "2026-03-05"), views=SCANS)
    look()
    assert len(states()) == 2
    look(LATER)
    assert len(states()) == 3


def test_a_quota_that_is_nearly_used_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MAX_CHANNELS", 2)
    open_channel("a")
    open_channel("b")
    look()
    assert states() == {"quota-near#channels": "open"}


def test_an_organization_is_looked_after_every_five_minutes_and_each_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that fails is put off and holds up no other."""
    found_organization(organization_id="other")
    check, seen = checks.check, []

    def breaks(organization_id: str, scans: int, now: datetime, _: object) -> None:
        seen.append(organization_id)
        if organization_id == "other":
            raise RuntimeError
        check(organization_id, scans, now)

    monkeypatch.setattr(checks, "check", breaks)
    assert look() == 1
    assert sorted(seen) == ["acme", "other"]
    due = {item.organization_id: item.due_at for item in items_of(OrganizationCheck)}  # type: ignore[attr-defined]
    assert due == {"acme": NOW + checks.EVERY, "other": NOW + timedelta(minutes=1)}
    assert look(NOW + timedelta(seconds=30)) == 0


def test_what_is_mended_is_seen_behind_much_that_is_not() -> None:
    """A look reads 100 of them: each begins behind those of the look before."""
    abnormal = [
        AlarmItem(
            "acme",
            ids.key(KIND, f"a{number:03}"),
            kind=KIND,
            subject=f"a{number:03}",
            status=alarms.OPEN,
            episode=1,
            facts={},
            raised_at=NOW,
        )
        for number in range(checks.MAX_RAISED * 2 + 1)
    ]
    batches.write(abnormal)
    last = abnormal[-1].subject
    asked: set[str] = set()

    def is_mended(_: str, subject: str) -> bool:
        asked.add(subject)
        return subject == last

    for look_number in range(3):
        at = NOW + look_number * checks.SCHEDULE
        checks.check("acme", SCANS, at, {KIND: is_mended})
    assert len(asked) == len(abnormal)
    assert states()[ids.key(KIND, last)] == "cleared"


def test_a_quiet_look_asks_a_few_queries_and_writes_one_item() -> None:
    for number in range(30):
        open_channel(f"c{number}")
    with recorded() as asked:
        checks.check("acme", SCANS, NOW)
    assert len(asked.names) < 14
    assert set(asked.names) <= {"Query", "GetItem"}


def listed(**query: str) -> tuple[int, Any]:
    handler = importlib.import_module("functions.codes.list_alarms.handler").handler
    route = "GET /organizations/{organization_id}/alarms"
    path = {"organization_id": "acme"}
    answer = handler(http(route, path=path, query=query, claims=claims()), None)
    return answer["statusCode"], json.loads(answer["body"])


def test_operators_list_alarms_open_and_over_page_by_page() -> None:
    raise_it(reason="no")
    for number in range(3):
        alarms.raise_alarm("acme", "no-connections", f"C{number}", {"views": "60"}, NOW)
    alarms.clear_alarm("acme", "no-connections", "C1", LATER)
    _, page = listed(limit="3")
    _, rest = listed(limit="3", cursor=page["next_cursor"])
    assert [row["subject"] for row in page["items"] + rest["items"]] == ["C0", "C1", "C2", "wecom"]
    assert rest["items"][0]["facts"] == {"reason": "no"}
    _, over = listed(status="cleared")
    assert [(row["subject"], row["cleared_at"]) for row in over["items"]] == [
        ("C1", "2026-03-05T08:05:00Z")
    ]
    assert [row["subject"] for row in listed(status="open")[1]["items"]] == ["C0", "C2", "wecom"]
    assert listed(cursor="AAAA")[0] == 400


def abnormal(now: datetime = NOW, channel_id: str | None = None) -> None:
    handler = importlib.import_module("functions.codes.alarm_provider.handler").handler
    data = {"account_id": "wecom", "channel_id": channel_id, "detail": "no", "problem": "p"}
    event = {"id": "e", "type": "provider.abnormal.v1", "organization_id": "acme", "version": 1}
    detail = event | {"occurred_at": now.isoformat(), "data": data}
    handler({"detail-type": event["type"], "detail": detail}, None)


def test_an_abnormal_account_is_told_until_it_is_mended() -> None:
    """A10: the same event again, and others of the same trouble, tell of nothing new."""
    organizations.put_provider_account("acme", "wecom", {"type": "sandbox"})
    transaction = Transaction()
    organizations.note_problem(transaction, "acme", "wecom", "no")
    transaction.commit()
    abnormal()
    abnormal()
    look()
    assert states() == {"provider-abnormal#wecom": "open"}
    organizations.put_provider_account("acme", "wecom", {"type": "sandbox"})
    look(LATER)
    assert states() == {"provider-abnormal#wecom": "cleared"}
    abnormal()
    assert states() == {"provider-abnormal#wecom": "cleared"}, "an event that came again"
    assert len(told()) == 1
    abnormal(LATER + timedelta(minutes=1))
    assert len(told()) == 1


def test_a_channel_that_its_provider_closed_is_told_until_it_is_opened() -> None:
    open_channel("c1", status="closed")
    abnormal(channel_id="c1")
    look()
    assert states() == {"channel-closed#c1": "open"}
    assert told() == [("boss", "A channel was closed")]
    open_channel("c1")
    look(LATER)
    assert states() == {"channel-closed#c1": "cleared"}


def test_a_webhook_that_is_disabled_is_told_of_until_it_is_active_again() -> None:
    """F3, A10: an event that comes late, of one that is mended, leaves no alarm behind."""
    wanted = webhooks.Wanted("https://crm.example.com", {"*"}, None, "active")
    webhook = webhooks.put_webhook("acme", "crm", wanted, NOW).webhook

    def disable() -> None:
        webhook.update([Webhook.status.set("disabled")])

    def tell(now: datetime) -> None:
        handler = importlib.import_module("functions.codes.alarm_provider.handler").handler
        data = {"webhook_id": "crm", "reason": "it answered 410"}
        event = {"id": "w", "type": "webhook.disabled.v1", "organization_id": "acme", "version": 2}
        detail = event | {"occurred_at": now.isoformat(), "data": data}
        handler({"detail-type": event["type"], "detail": detail}, None)

    mended = {"webhook-disabled": webhooks.is_mended}
    disable()
    tell(NOW)
    tell(NOW)
    checks.check("acme", SCANS, NOW, mended)
    assert states() == {"webhook-disabled#crm": "open"}
    assert len(told()) == 1
    webhooks.put_webhook("acme", "crm", wanted, NOW)
    checks.check("acme", SCANS, LATER, mended)
    assert states() == {"webhook-disabled#crm": "cleared"}
    tell(LATER + timedelta(minutes=1))
    webhooks.remove_webhook("acme", "crm")
    checks.check("acme", SCANS, LATER + timedelta(minutes=2), mended)
    assert states() == {"webhook-disabled#crm": "cleared"}
