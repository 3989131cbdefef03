"""Syncs with a provider: channels, customers, rounds that end or die, and patience (A9)."""

import dataclasses
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from sluice.codes import providers
from sluice.codes.identities import outside_name
from sluice.codes.providers.protocol import Held, Kind, Listed
from sluice.codes.refusals import NoRoom, NoSuchProviderAccount, SyncJustWanted
from sluice.codes.rules import outside as rules
from sluice.codes.rules.seats import Contact
from sluice.codes.store import (
    channels,
    contacts,
    forgetting,
    lookup,
    outside,
    pool,
    running,
    sync_reports,
    sync_rounds,
    syncing,
    syncs,
    trouble,
)
from sluice.codes.tables import Channel
from sluice.codes.tables.contacts import OutsideContact
from sluice.codes.tables.syncs import ChannelDifferences, Sync, SyncSchedule
from sluice.organizations import store as organizations
from sluice.organizations.tables import ProviderAccount
from sluice.shared import clock
from sluice.shared.claims import AlreadyClaimed, Claim
from sluice.shared.errors import NotFound, Problem
from sluice.shared.outbox import OutboxItem
from sluice.shared.providers.failures import AbnormalAccount, Misconfigured, RateLimited, Rejected
from sluice.shared.table import find
from tests.faults.world import images
from tests.functions.test_assignments import stream
from tests.support import codes
from tests.support.aws import items_of, local_aws
from tests.support.codes import issue_code, join, later, open_channel
from tests.support.staff import NOW, found_organization


@dataclasses.dataclass
class Provider:
    """A provider as tests want it."""

    listed: list[Listed] = dataclasses.field(default_factory=list)
    held: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    problems: dict[str, Problem] = dataclasses.field(default_factory=dict)

    def channels(self) -> Iterator[Listed]:
        if "" in self.problems:
            raise self.problems[""]
        yield from self.listed

    def customers(self, kind: Kind, provider_refs: Sequence[str]) -> Iterator[Held]:
        del kind
        for ref in provider_refs:
            if ref in self.problems:
                raise self.problems[ref]
            yield from (Held(ref, customer, NOW) for customer in self.held.get(ref, []))


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    pool.forget()
    monkeypatch.setattr(clock, "now", lambda: later(30))
    with local_aws():
        found_organization()
        issue_code(referrer_id="lin")
        for channel_id in ("a", "b"):
            open_channel(channel_id)
        yield


@pytest.fixture(name="provider")
def _provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider([Listed("contact", "ref-a"), Listed("contact", "ref-b")])
    monkeypatch.setattr(providers, "open_account", lambda _: provider)
    return provider


def asked(now: datetime | None = None, *, customers: bool = True) -> str:
    moment = now or later(30)
    return syncs.want("acme", "sandbox", moment, cause=syncs.OPERATOR, customers=customers)


def run(sync_id: str, round_: int = 1, seconds: float = 60) -> str:
    until = time.monotonic() + seconds
    return syncing.run_round("acme", "sandbox", sync_id, round_, until)


def report(sync_id: str) -> Sync:
    return sync_reports.read("acme", "sandbox", sync_id)


def synced(now: datetime | None = None) -> Sync:
    sync_id = asked(now)
    assert run(sync_id) == sync_rounds.DONE
    return report(sync_id)


def channel(channel_id: str) -> Channel:
    found = find(Channel, f"acme#{channel_id}")
    assert found is not None
    return found


def connected(customer: str, ref: str, minute: int = 1) -> str:
    """Connect a customer in channel `a`; return the assignment's id."""
    pool.forget()
    assignment_id = join(customer).assignment.assignment_id
    contact = Contact("connected", assignment_id, later(minute), ref)
    contacts.tell("acme", "sandbox", contact, later(minute))
    return assignment_id


def differences() -> list[ChannelDifferences]:
    """Return what is stored of channels whose customers differed."""
    return [
        each
        for each in items_of(ChannelDifferences)
        if isinstance(each, ChannelDifferences) and "channel#" in each.item
    ]


def waiting() -> RateLimited:
    """Return what wants ten minutes."""
    problem = RateLimited("customers", 45009)
    problem.retry_after_seconds = 600
    return problem


def only_a() -> None:
    channels.remove_channel("acme", "b")


# Channels


def test_what_the_provider_has_no_longer_gets_nobody(provider: Provider) -> None:
    """A9: from the next join on, whatever a function remembers."""
    only_a()
    join("c1")
    provider.listed = [Listed("contact", "ref-new")]
    found = synced()
    assert found.counts["gone"] == 1
    assert found.listed["gone"] == [{"kind": "contact", "provider_ref": "ref-a", "channel_id": "a"}]
    assert channel("a").status == "closed"
    with pytest.raises(NoRoom):
        join("c2")
    again = synced(later(40))
    assert "gone" not in again.counts, "a second run finds nothing"


def test_what_is_back_is_told_once_and_opened_by_nobody(provider: Provider) -> None:
    provider.listed = [Listed("contact", "ref-b")]
    synced()
    provider.listed.append(Listed("contact", "ref-a"))
    found = synced(later(40))
    assert [line["channel_id"] for line in found.listed["back"]] == ["a"]
    assert channel("a").status == "closed"
    assert "back" not in synced(later(50)).counts


@pytest.mark.usefixtures("provider")
def test_a_channel_that_an_operator_closed_is_no_news() -> None:
    open_channel("a", status="closed")
    found = synced()
    assert found.counts == {"listed": 2, "new": 0, "channels": 2}


def test_what_is_new_is_reported(provider: Provider) -> None:
    provider.listed += [Listed("group", "g-1"), Listed("contact", "ref-c")]
    found = synced()
    assert found.counts["new"] == 2
    assert found.listed["new"][0] == {"kind": "contact", "provider_ref": "ref-c"}
    assert len(items_of(Channel)) == 2


def test_what_is_new_is_adopted_where_the_account_says_so(provider: Provider) -> None:
    settings = {"type": "sandbox", "settings": {"adopt": True}}
    organizations.put_provider_account("acme", "sandbox", settings)
    provider.listed += [Listed("group", f"g {n}") for n in range(60)]
    found = synced()
    assert found.counts["adopted"] == 60
    (made,) = (c for c in items_of(Channel) if getattr(c, "provider_ref", "") == "g 7")
    assert isinstance(made, Channel)
    assert (made.kind, made.status, made.cap, made.held) == ("group", "closed", 0, 0)
    assert "adopted" not in synced(later(40)).counts
    shown, _ = channels.list_channels("acme", 100, "")
    assert len(shown) == 62


def test_an_empty_list_closes_nothing(provider: Provider) -> None:
    """A provider that lists nothing has lost a right, or was never given one."""
    provider.listed = []
    sync_id = asked()
    assert run(sync_id) == sync_rounds.FAILED
    assert "rights" in report(sync_id).failure
    assert channel("a").status == "open"


def test_a_list_that_is_too_long_changes_nothing(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "MAX_CHANNELS", 3)
    provider.listed = [Listed("contact", f"x{n}") for n in range(4)]
    sync_id = asked()
    assert run(sync_id) == sync_rounds.FAILED
    assert channel("a").status == "open"


def test_a_channel_that_changed_meanwhile_is_left_alone(provider: Provider) -> None:
    only_a()
    provider.listed = [Listed("contact", "ref-new")]

    def channels_and_a_rival() -> Iterator[Listed]:
        open_channel("a", provider_ref="ref-new")
        yield from provider.listed

    provider.channels = channels_and_a_rival  # type: ignore[method-assign]
    found = synced()
    assert "gone" not in found.counts
    assert channel("a").status == "open"


# Customers


def test_what_a_channel_holds_is_what_the_provider_has(provider: Provider) -> None:
    """A9: held = reserved + connected + outside, over the cap if need be."""
    only_a()
    open_channel("a", cap=2)
    connected("c1", "wx-1")
    stream()
    provider.held = {"ref-a": ["wx-1", "stranger-1", "stranger-2", "stranger-3"]}
    found = synced()
    assert found.counts["outside"] == 3
    assert (channel("a").outside, channel("a").held) == (3, 4)
    with pytest.raises(NoRoom):
        join("c2")
    (found_there,) = differences()
    assert (found_there.channel_id, found_there.outside_before, found_there.outside) == ("a", 0, 3)
    again = synced(later(40))
    assert again.counts == {"listed": 2, "new": 0, "channels": 1}, "a second run finds nothing"
    provider.held = {"ref-a": ["wx-1"]}
    assert synced(later(50)).counts["outside"] == -3
    assert (channel("a").outside, channel("a").held) == (0, 1)
    pool.forget()  # that there was no room is remembered for half a second
    join("c2")
    codes.check_counters()


def test_who_is_there_by_us_is_not_outside_though_the_list_lags(provider: Provider) -> None:
    only_a()
    connected("c1", "wx-1")  # and the stream is not delivered
    provider.held = {"ref-a": ["wx-1"]}
    synced()
    assert channel("a").outside == 0


def test_a_loss_that_nobody_told_of_is_told(provider: Provider) -> None:
    """A9."""
    only_a()
    gone, stayed = connected("c1", "wx-1"), connected("c2", "wx-2")
    stream()
    provider.held = {"ref-a": ["wx-2"]}
    found = synced()
    assert found.counts["lost"] == 1
    (found_there,) = differences()
    assert found_there.lost_assignments == [gone]
    lost = lookup.assignment("acme", gone).assignment
    assert (lost.status, lost.lost, lost.evidence) == ("lost", (later(30),), "reconciled")
    assert lookup.assignment("acme", stayed).assignment.status == "connected"
    again = synced(later(40))
    assert "lost" not in again.counts, "also while the channel's list lags behind"
    codes.check_counters()


def test_the_providers_own_word_on_a_loss_comes_too_late_to_count_again(
    provider: Provider,
) -> None:
    only_a()
    gone = connected("c1", "wx-1")
    stream()
    synced()
    told = contacts.tell("acme", "sandbox", Contact("lost", gone, later(20), "wx-1"), later(41))
    assert told.outcome == "known"
    contact = Contact("connected", gone, later(42), "wx-1")
    assert contacts.tell("acme", "sandbox", contact, later(42)).outcome == "applied"
    stream()
    provider.held = {"ref-a": ["wx-1"]}
    assert "lost" not in synced(later(50)).counts


@pytest.mark.usefixtures("provider")
def test_who_came_after_the_sync_was_asked_for_is_not_lost() -> None:
    only_a()
    connected("c1", "wx-1", minute=31)
    stream()
    assert "lost" not in synced(later(30)).counts


def test_who_became_another_customer_meanwhile_is_not_lost(provider: Provider) -> None:
    """A6: the channel's list still shows them by the name they had."""
    only_a()
    first = connected("c1", "wx-1")
    stream()
    second = connected("c2", "wx-2")
    stream()
    contact = Contact("connected", second, later(3), "wx-1")
    contacts.tell("acme", "sandbox", contact, later(3))
    assert {kept.customer_id for kept in lookup.of_customer("acme", "c2")} == {"c1"}
    provider.held = {"ref-a": ["wx-1", "wx-2"]}
    assert "lost" not in synced().counts
    assert channel("a").held == 2, "a person with two ids there takes two places"
    assert lookup.assignment("acme", first).assignment.status == "connected"


def test_one_channel_that_cannot_be_read_stops_no_other(provider: Provider) -> None:
    provider.problems = {
        "ref-a": AbnormalAccount(
            "customers", 41054, "The employee has not activated their account."
        )
    }
    provider.held = {"ref-b": ["stranger"]}
    found = synced()
    assert found.counts["unread"] == 1
    assert found.listed["unread"][0]["channel_id"] == "a"
    assert (channel("a").outside, channel("b").outside) == (0, 1)
    assert channel("a").status == "closed", "nobody can reach that employee"


def test_no_report_holds_an_outside_id(provider: Provider) -> None:
    provider.held = {"ref-a": ["wx-secret"]}
    synced()
    stored = [str(item) for item in images("test-syncs").values()]
    assert not any("wx-secret" in text for text in stored)


# Rounds


def test_a_round_whose_time_is_over_goes_on_in_the_next(provider: Provider) -> None:
    connected("c1", "wx-1")
    stream()
    provider.held = {"ref-a": ["stranger"], "ref-b": ["stranger", "wx-1"]}
    sync_id = asked()
    assert run(sync_id, seconds=-1) == sync_rounds.RUNNING
    assert report(sync_id).round == 2
    events = [
        item for item in items_of(OutboxItem) if getattr(item, "type", "") == "sync.wanted.v1"
    ]
    assert len(events) == 2
    assert run(sync_id) == "over", "the first round is"
    assert run(sync_id, 2) == sync_rounds.DONE
    assert run(sync_id, 2) == "over"


def test_a_run_that_was_taken_for_dead_writes_nothing_more(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.held = {"ref-a": ["stranger"]}
    sync_id = asked()
    found = Provider.customers
    rivals = list[str]()

    def customers(self: Provider, kind: Kind, refs: Sequence[str]) -> Iterator[Held]:
        if not rivals:
            rivals.append(sync_id)
            assert run(sync_id) == sync_rounds.DONE
        return found(self, kind, refs)

    monkeypatch.setattr(Provider, "customers", customers)
    assert run(sync_id) == "over"
    assert report(sync_id).counts["outside"] == 1
    assert (channel("a").outside, channel("a").held) == (1, 1)


def test_a_provider_that_wants_patience_is_asked_again_later(provider: Provider) -> None:
    provider.problems = {"ref-b": waiting()}
    provider.held = {"ref-a": ["stranger"]}
    sync_id = asked()
    assert run(sync_id) == sync_rounds.WAITING
    syncs.start_due(later(35), time.monotonic() + 9)
    assert report(sync_id).round == 2, "not yet"
    provider.problems = {}
    syncs.start_due(later(41), time.monotonic() + 9)
    assert run(sync_id, 3) == sync_rounds.DONE
    assert report(sync_id).counts == {
        "listed": 2,
        "new": 0,
        "channels": 2,
        "differing": 1,
        "outside": 1,
    }


def test_a_provider_that_refuses_ends_the_sync_with_its_reason(provider: Provider) -> None:
    provider.problems = {"": Misconfigured("WeCom list", 48002, "Give the app the right.")}
    sync_id = asked()
    assert run(sync_id) == sync_rounds.FAILED
    found = report(sync_id)
    assert found.failure == "WeCom list: 48002. Give the app the right."
    assert run(sync_id) == "over"


def test_a_sync_that_ends_well_takes_back_the_problem_that_it_found(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one that was told meanwhile stays (A9)."""
    organizations.put_provider_account("acme", "sandbox", {"type": "sandbox", "settings": {}})
    old, new = (Misconfigured("WeCom list", code, "Mend it.") for code in (48002, 60020))

    def shown() -> str | None:
        problem: str | None = organizations.find_provider_account("acme", "sandbox").problem
        return problem

    trouble.note("acme", "sandbox", old, later(1))
    provider.problems = {"": Rejected("WeCom list", 1)}
    assert run(asked(later(29))) == sync_rounds.FAILED
    assert shown() == str(old)
    provider.problems = {}
    synced()
    assert shown() is None
    trouble.note("acme", "sandbox", old, later(1))
    mended = trouble.mended

    def meanwhile(account: ProviderAccount) -> None:
        trouble.note("acme", "sandbox", new, later(31))
        mended(account)

    monkeypatch.setattr(trouble, "mended", meanwhile)
    synced(later(32))
    assert shown() == str(new)


@pytest.mark.usefixtures("provider")
def test_a_sync_that_was_lost_on_the_way_is_carried_on() -> None:
    sync_id = asked()
    syncs.start_due(later(49), time.monotonic() + 9)
    assert report(sync_id).round == 1
    syncs.start_due(later(51), time.monotonic() + 9)
    assert report(sync_id).round == 2
    assert run(sync_id, 2) == sync_rounds.DONE


@pytest.mark.usefixtures("provider")
def test_a_sync_does_not_go_on_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_rounds, "MAX_ROUNDS", 2)
    sync_id = asked()
    for round_ in (1, 2):
        run(sync_id, round_, seconds=-1)
    assert report(sync_id).status == sync_rounds.FAILED


def came(ref: str, minute: int) -> None:
    outside.change("acme", channel("a"), ref, lambda known: rules.connect(known, later(minute)))


def left(ref: str, minute: int) -> None:
    outside.change(
        "acme", channel("a"), ref, lambda known: rules.lose(known, later(minute), "customer")
    )


def test_who_came_while_the_list_was_written_is_counted_once(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.held = {"ref-a": ["s1", "s2"]}
    original = running.Run.commit
    rivals = list[str]()

    def commit(self: Any, transaction: Any) -> None:
        if self.sync.phase == "customers" and channel("a").outside == 0 and not rivals:
            rivals.append("b")
            came("s1", 29)
        original(self, transaction)

    monkeypatch.setattr(running.Run, "commit", commit)
    synced()
    assert rivals
    assert (channel("a").outside, channel("a").held) == (2, 2)


def test_who_was_dropped_by_a_sync_is_not_lost_again_when_it_is_told(provider: Provider) -> None:
    """A late callback takes no second place away: nothing goes below none."""
    came("s1", 1)
    synced()
    assert (channel("a").outside, channel("a").held) == (0, 0)
    left("s1", 20)
    assert (channel("a").outside, channel("a").held) == (0, 0)
    provider.held = {"ref-a": ["s1"]}
    synced(later(40))
    assert channel("a").outside == 1, "there again, though nobody told"


def test_a_loss_of_somebody_whom_only_a_sync_counted_is_counted(provider: Provider) -> None:
    provider.held = {"ref-a": ["s1", "s2"]}
    synced()
    left("s1", 35)
    came("s2", 20)
    assert (channel("a").outside, channel("a").held) == (1, 1), "who came late is counted already"
    came("s3", 36)
    left("s3", 37)
    assert channel("a").outside == 1
    shown, _ = outside.list_outside("acme", "a", 10, "")
    assert sorted(str(each.customer_ref) for each in shown) == ["s1", "s2", "s3"]


def test_who_is_only_in_the_list_has_no_id_here(provider: Provider) -> None:
    provider.held = {"ref-a": ["s1"]}
    synced()
    assert outside.list_outside("acme", "a", 10, "") == ([], None)
    assert "s1" not in str([item.attribute_values for item in items_of(OutsideContact)])


def test_who_was_erased_is_counted_without_the_id(provider: Provider) -> None:
    """C6: the seat's loss and a place outside, since nobody knows any more whose the id is."""
    only_a()
    assignment_id = connected("x", "wx-1")
    stream()
    provider.held = {"ref-a": ["wx-1"]}
    forgetting.forget("acme", [outside_name("acme", "sandbox", "wx-1")], later(10))
    synced()
    assert lookup.assignment("acme", assignment_id).assignment.status == "lost"
    assert (channel("a").outside, channel("a").held) == (1, 1)
    left("wx-1", 50)
    assert (channel("a").outside, channel("a").held) == (0, 0)
    assert "wx-1" not in str([item.attribute_values for item in items_of(OutsideContact)])
    came("wx-1", 60)
    shown, _ = outside.list_outside("acme", "a", 10, "")
    assert [each.customer_ref for each in shown] == ["wx-1"], "who comes back is known again"


def test_what_is_counted_wrong_is_mended_and_never_below_none(provider: Provider) -> None:
    came("s1", 1)
    item = channel("a")
    item.outside, item.held = 0, 0
    item.save()
    left("s1", 2)
    assert (channel("a").outside, channel("a").held) == (0, 0)
    item.outside, item.held = 7, 7
    item.save()
    provider.held = {"ref-a": ["s2"]}
    synced()
    assert (channel("a").outside, channel("a").held) == (1, 1)


# Asking


def test_a_sync_is_asked_for_once_in_ten_seconds_and_then_due_each_hour() -> None:
    asked(NOW)
    with pytest.raises(SyncJustWanted):
        asked(NOW + timedelta(seconds=9))
    asked(NOW + timedelta(seconds=10))
    schedule = find(SyncSchedule, "acme", "schedule#sandbox")
    assert schedule is not None
    assert NOW < schedule.due_at <= NOW + timedelta(hours=1, seconds=10)
    assert len(sync_reports.list_syncs("acme", "sandbox", 10, "")[0]) == 2


def test_what_the_provider_tells_shortly_after_makes_one_more_sync() -> None:
    """A9: the list that was read may be from before the change."""
    assert syncs.want_soon("acme", "sandbox", NOW)
    for second in (1, 2):
        assert syncs.want_soon("acme", "sandbox", NOW + timedelta(seconds=second)) is None
    syncs.start_due(NOW + timedelta(seconds=11), time.monotonic() + 9)
    assert len(sync_reports.list_syncs("acme", "sandbox", 10, "")[0]) == 2
    syncs.start_due(NOW + timedelta(seconds=30), time.monotonic() + 9)
    assert len(sync_reports.list_syncs("acme", "sandbox", 10, "")[0]) == 2


def test_the_hour_starts_a_sync_and_the_night_one_with_customers() -> None:
    asked(NOW)  # 16 o'clock in Shanghai
    for hours in (1, 2):
        syncs.start_due(NOW + timedelta(hours=hours), time.monotonic() + 9)
    found, _ = sync_reports.list_syncs("acme", "sandbox", 10, "")
    assert [(sync.cause, sync.customers) for sync in found] == [
        ("schedule", False),
        ("schedule", True),
        ("operator", True),
    ]


def test_an_account_that_is_none_is_not_synced() -> None:
    with pytest.raises(NoSuchProviderAccount):
        syncs.want("acme", "nobodys", NOW, cause=syncs.OPERATOR)
    with pytest.raises(NotFound):
        sync_reports.read("acme", "sandbox", "0" * 26)


def test_a_request_that_comes_again_is_the_same_sync() -> None:
    claim = Claim("acme#request#1", "hash")
    first = syncs.want("acme", "sandbox", NOW, cause=syncs.OPERATOR, claim=claim)
    with pytest.raises(AlreadyClaimed) as again:
        syncs.want("acme", "sandbox", NOW, cause=syncs.OPERATOR, claim=claim)
    assert claim.replay(again.value) == first
