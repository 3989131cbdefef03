"""What the recipient wants, and when: consent, suppression, quiet hours, expiry (E7)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.push.repair_waits.handler import handler as repair_waits
from sluice.organizations import changing
from sluice.push import courtesy, turns
from sluice.push.providers import Unreachable, sandbox
from sluice.push.rules.courtesy import Cap, Consent, Person, Settings, Suppression
from sluice.push.rules.strategies import Channel, Terms
from sluice.push.rules.windows import QuietHours
from sluice.push.store import push_settings, pushes, recipients
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION
from tests.support.push import (
    USER,
    World,
    attempts_of,
    behave,
    channel,
    event_types,
    load,
    make_world,
)
from tests.support.push_providers import Providers, provide
from tests.support.staff import NOW, found_organization

WECHAT, SMS = channel("wechat"), channel("sms")
NIGHT = Terms("assumed", quiet_hours=QuietHours("22:00", "08:00"))
ASKED = Terms("required")
LATE = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
MORNING = datetime(2026, 3, 6, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        yield make_world(monkeypatch)


@pytest.fixture
def providers(
    world: World,  # noqa: ARG001 - it must be there
    monkeypatch: pytest.MonkeyPatch,
) -> Providers:
    return provide(monkeypatch, "first", "second")


def known(**given: Any) -> None:
    """Put what is known of the user."""
    recipients.put_recipient(ORGANIZATION, USER, Person(**given), NOW)


def agreed(channel_name: str, *, granted: bool = True) -> dict[str, Consent]:
    return {f"{channel_name}/marketing": Consent(granted, NOW, "the app")}


def test_nothing_goes_to_who_never_agreed_to_marketing(world: World, providers: Providers) -> None:
    """E7: nothing was sent at all, which is withheld; still one transition per attempt."""
    push_id = world.push(WECHAT, SMS, purpose="marketing", terms=ASKED)
    held = load(push_id)
    assert providers.asked == []
    assert (held.push.status, held.push.withheld_by) == ("withheld", "consent")
    assert [(a.withheld, int(a.price_micros)) for a in held.attempts] == [("consent", 0)] * 2
    assert event_types() == ["push.withheld.v1"]
    assert (world.execution.status, world.execution.transitions) == ("SUCCEEDED", 2)
    assert held.push.due_bucket is None


def test_who_ends_a_withheld_push_later_says_why_it_was_withheld(
    world: World, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E7: the process died between the attempt and the end; no wait was over."""
    with monkeypatch.context() as patch:
        patch.setattr(pushes, "give_up", lambda *_: True)
        push_id = world.push(SMS, purpose="marketing", terms=ASKED)
    assert load(push_id).push.status == "running"
    world.wait(31)
    repair_waits({}, None)
    held = load(push_id)
    assert providers.asked == []
    assert (held.push.status, held.push.withheld_by) == ("withheld", "consent")
    assert held.push.why == held.attempts[-1].why


def test_consent_is_asked_channel_by_channel(world: World, providers: Providers) -> None:
    known(consents=agreed("sms"))
    push_id = world.push(WECHAT, SMS, purpose="marketing", terms=ASKED)
    assert providers.taken == ["sandbox/sms"]
    first, second = attempts_of(push_id)
    assert (bool(first.failed), first.withheld) == (True, "consent")
    assert not second.failed


def test_what_was_tried_and_not_received_is_unreached_whatever_is_withheld_after_it(
    world: World, providers: Providers
) -> None:
    known(consents=agreed("wechat"))
    providers.before["sandbox"] += [Unreachable("down")] * 2
    push_id = world.push(WECHAT, SMS, purpose="marketing", terms=ASKED)
    assert load(push_id).push.status == "unreached"
    assert event_types() == ["push.unreached.v1"]


def test_what_is_transactional_needs_no_consent_and_keeps_no_quiet_hours(
    world: World, providers: Providers
) -> None:
    """E7."""
    known(consents=agreed("*", granted=False), time_zone="Asia/Shanghai")
    world.now = LATE
    terms = changed(NIGHT, consent="required")
    world.push(WECHAT, SMS, purpose="transactional", terms=terms)
    assert providers.taken == ["sandbox/wechat"]


def changed(terms: Terms, **changes: Any) -> Terms:
    given = {name: getattr(terms, name) for name in terms.__struct_fields__}
    return Terms(**(given | changes))


def test_no_purpose_goes_to_a_suppressed_address(world: World, providers: Providers) -> None:
    """E7: nor through a provider that takes over to where it is suppressed."""
    known(suppressed={"second": Suppression("a hard bounce", NOW)})
    providers.before["first"] += [Unreachable("down")] * 2
    both = through("first", "second")
    world.push(both, SMS, purpose="transactional")
    assert providers.asked == ["first", "first", "sandbox"]


def through(*accounts: str) -> Channel:
    return Channel("wechat", accounts[0], 60, "delivered", WECHAT.price, tuple(accounts[1:]))


def test_a_message_goes_to_the_address_of_its_kind(
    world: World, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "address_kind", "phone")
    known(addresses={"phone": "+8613800130000"})
    world.push(SMS)
    assert providers.addresses == ["+8613800130000"]


def test_without_an_address_the_next_channel_has_its_turn(
    world: World, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "address_kind", "phone")
    push_id = world.push(WECHAT, SMS)
    assert providers.asked == []
    assert load(push_id).push.withheld_by == "address"


def test_a_purpose_that_the_provider_must_not_carry_is_not_sent(
    world: World, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E7: the strategy was checked; the account's type may be another by now."""
    push_id = world.push(WECHAT)
    assert load(push_id).push.status == "running"
    monkeypatch.setattr(sandbox, "purposes", frozenset({"transactional"}))
    second = world.push(WECHAT, strategy_id="cheapest-first")
    assert load(second).push.status == "unreached"
    assert len(providers.asked) == 1


def test_a_message_waits_for_the_users_morning(world: World, providers: Providers) -> None:
    """E7: the wait begins when it is sent; the sweeper ends it, since no timer knows that."""
    known(time_zone="Asia/Shanghai")
    world.now = LATE
    push_id = world.push(WECHAT, SMS, terms=NIGHT)
    (attempt,) = attempts_of(push_id)
    assert (attempt.send_at, attempt.due_at) == (MORNING, MORNING + timedelta(seconds=60))
    assert int(attempt.price_micros) == 0
    assert (providers.asked, world.waiting.messages) == ([], [])  # too far for a queue
    world.now = MORNING
    repair_waits({}, None)
    assert world.send_later() == 1
    assert providers.taken == ["sandbox/wechat"]
    (attempt,) = attempts_of(push_id)
    assert int(attempt.price_micros) > 0
    world.wait(60)
    repair_waits({}, None)
    assert providers.taken == ["sandbox/wechat", "sandbox/sms"]
    assert world.execution.transitions == 2


def test_behaviour_before_the_message_was_sent_is_no_evidence(
    world: World, providers: Providers
) -> None:
    """E4: it had not gone out yet, though the attempt was written hours before."""
    known(time_zone="Asia/Shanghai")
    world.now = LATE
    push_id = world.push(SMS, terms=NIGHT)
    world.wait(600)
    behave("opened", world.now, "spring-tea")
    world.now = MORNING
    repair_waits({}, None)
    world.send_later()
    world.wait(60)
    repair_waits({}, None)
    assert providers.taken == ["sandbox/sms"]
    assert load(push_id).push.status == "unreached"


def test_a_wait_that_the_night_interrupts_goes_on_in_the_morning(
    world: World, providers: Providers
) -> None:
    """E7: allowed hours only count; the timer of the task is longer than any night."""
    known(time_zone="Asia/Shanghai")
    world.now = LATE - timedelta(hours=1, minutes=30)  # 21:30
    slow = channel("wechat", wait_seconds=3600)
    push_id = world.push(slow, SMS, terms=NIGHT)
    assert attempts_of(push_id)[0].due_at == MORNING + timedelta(minutes=30)
    waits = world.execution.data["waits"]
    assert attempts_of(push_id)[0].due_at < world.now + timedelta(seconds=waits[0])
    world.now = MORNING + timedelta(minutes=29)
    repair_waits({}, None)
    assert len(providers.taken) == 1
    world.wait(60)
    repair_waits({}, None)
    assert providers.taken == ["sandbox/wechat", "sandbox/sms"]


def test_nobody_s_night_is_the_organisations(world: World, providers: Providers) -> None:
    changing.change_organization(ORGANIZATION, {"time_zone": "Asia/Shanghai"})
    world.now = LATE
    push_id = world.push(SMS, terms=NIGHT)
    assert attempts_of(push_id)[0].send_at == MORNING
    assert providers.asked == []


def test_a_consent_that_is_withdrawn_while_a_message_waits_is_kept(
    world: World, providers: Providers
) -> None:
    """E7: it is asked again in the moment of sending."""
    known(time_zone="Asia/Shanghai", consents=agreed("*"))
    world.now = LATE
    terms = changed(NIGHT, consent="required")
    push_id = world.push(SMS, purpose="marketing", terms=terms)
    no = Consent(granted=False, at=world.now, source="the link")
    recipients.withdraw(ORGANIZATION, USER, "marketing", no, world.now)
    world.now = MORNING
    repair_waits({}, None)
    world.send_later()
    assert providers.asked == []
    assert (load(push_id).push.status, load(push_id).push.withheld_by) == ("withheld", "consent")


def test_a_consent_that_is_withdrawn_in_the_moment_of_sending_is_kept(
    world: World, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E7: the transaction that begins the attempt is the guard."""
    known(consents=agreed("*"))
    find = courtesy.addressee_of
    withdrawals: list[bool] = []

    def withdrawn(*given: Any) -> Any:
        found = find(*given)
        if not withdrawals:
            withdrawals.append(True)
            no = Consent(granted=False, at=NOW + timedelta(seconds=1), source="the link")
            recipients.withdraw(ORGANIZATION, USER, "marketing", no, NOW)
        return found

    monkeypatch.setattr(turns, "addressee_of", withdrawn)
    push_id = world.push(SMS, purpose="marketing", terms=ASKED)
    assert providers.asked == []
    assert load(push_id).push.status == "withheld"


def test_a_recipient_that_never_stands_still_is_tried_again_later(
    world: World, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = courtesy.addressee_of

    def moving(*given: Any) -> Any:
        found = find(*given)
        recipients.suppress(ORGANIZATION, USER, f"a{len(moved)}", "bounce", NOW)
        moved.append(True)
        return found

    moved: list[bool] = []
    monkeypatch.setattr(turns, "addressee_of", moving)
    push_id = world.push(SMS)
    assert world.execution.errors == ["Push.Busy"] * 4
    assert (providers.asked, attempts_of(push_id)) == ([], [])


def capped(max_pushes: int, days: int = 1) -> None:
    cap = Cap(max_pushes=max_pushes, days=days)
    push_settings.put_settings(ORGANIZATION, Settings(caps={"service": cap}), NOW)


def test_who_has_had_enough_gets_no_more_on_any_channel(world: World, providers: Providers) -> None:
    """E7: across strategies, counted once for each push, with its first message."""
    capped(2)
    world.push(WECHAT, SMS)
    world.wait(60)
    world.states.time_out()
    world.push(SMS, strategy_id="cheapest-first")
    assert len(providers.taken) == 3
    third = world.push(WECHAT, SMS)
    held = load(third)
    assert (held.push.status, held.push.withheld_by) == ("withheld", "frequency")
    assert (len(held.attempts), len(providers.taken)) == (1, 3)
    world.push(WECHAT, SMS, purpose="transactional")
    assert len(providers.taken) == 4


def test_what_is_withheld_for_another_reason_counts_against_no_cap(
    world: World, providers: Providers
) -> None:
    capped(1)
    known(consents={"wechat/service": Consent(granted=False, at=NOW, source="the app")})
    world.push(WECHAT)
    world.push(WECHAT, SMS)
    assert providers.taken == ["sandbox/sms"]


def test_a_push_is_not_one_too_many_beside_itself(world: World, providers: Providers) -> None:
    """E7: it was counted with the message that waited for the morning, and that was withheld."""
    capped(1, days=7)
    known(time_zone="Asia/Shanghai")
    world.now = LATE
    push_id = world.push(WECHAT, SMS, terms=NIGHT)
    no = Consent(granted=False, at=LATE, source="the app")
    known(time_zone="Asia/Shanghai", consents={"wechat/service": no})
    world.now = MORNING
    repair_waits({}, None)
    world.send_later()
    assert attempts_of(push_id)[0].withheld == "consent"
    assert providers.taken == ["sandbox/sms"]


def test_what_would_come_too_late_is_not_sent(world: World, providers: Providers) -> None:
    """E7: a push that waited for the morning may be over by then; no further channel is asked."""
    known(time_zone="Asia/Shanghai")
    world.now = LATE
    terms = changed(NIGHT, expires_seconds=3600)
    push_id = world.push(WECHAT, SMS, terms=terms)
    assert providers.asked == []
    held = load(push_id)
    assert (held.push.status, held.push.withheld_by) == ("withheld", "expired")
    assert (len(held.attempts), world.execution.transitions) == (1, 1)
    assert held.push.why == courtesy.TOO_LATE


def test_a_push_that_expires_behind_its_first_channel_is_unreached(
    world: World, providers: Providers
) -> None:
    terms = Terms("assumed", expires_seconds=60)
    push_id = world.push(WECHAT, SMS, terms=terms)
    world.wait(60)
    world.states.time_out()
    assert providers.taken == ["sandbox/wechat"]
    assert (load(push_id).push.status, load(push_id).push.why) == ("unreached", courtesy.TOO_LATE)
    assert world.execution.status == "SUCCEEDED"
