"""Two phases, budgets, caps, holds, debts and payouts of the ledger, on moto."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sluice.rewards.refusals import (
    BudgetExhausted,
    CapReached,
    Outdated,
    ProgrammeClosed,
    RewardDiffers,
    RewardNotHeld,
    RewardNotReversible,
)
from sluice.rewards.rules import Grant, Standing, State
from sluice.rewards.rules.checks import Checks, Facts, Velocity, Verdict, judge
from sluice.rewards.rules.programmes import Cap, Programme
from sluice.rewards.store import (
    asking,
    deciding,
    facts,
    grants,
    items,
    limits,
    listing,
    moves,
    programmes,
)
from sluice.rewards.store.deciding import Decision
from sluice.rewards.tables import Reward
from sluice.shared.claims import Claim, ClaimItem
from sluice.shared.errors import Invalid
from sluice.shared.guard import Transaction
from sluice.shared.table import Table
from tests.support.aws import items_of, local_aws
from tests.support.requests import recorded
from tests.support.rewards import assert_books_balance, columns, rewards, stored
from tests.support.staff import NOW

FOREVER = float("inf")
GIVEN = Grant("k1", "lin", 500, "CNY", "invited", "promotion")
HOLD = Programme("promotion", hold_seconds=3600)
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield
        assert_books_balance()


def settle(wanted: Programme) -> Programme:
    return programmes.put_programme("acme", wanted, NOW)


def grant(
    given: Grant = GIVEN,
    programme: Programme | None = None,
    reasons: Sequence[str] = (),
    now: datetime = NOW,
) -> Standing:
    def verdict(_: Programme | None) -> Sequence[Verdict]:
        return [Verdict(tuple(reasons))]

    return grants.grant("acme", given, now, programme=programme, judge=verdict)[0]


def together(
    *given: Grant, programme: Programme | None = None, add: Table | None = None
) -> list[Standing]:
    def compose(transaction: Transaction, _: Sequence[Standing]) -> None:
        if add is not None:
            transaction.put(add)

    return grants.grant_together("acme", given, programme, NOW, compose)


def account(owner: str = "lin", currency: str = "CNY") -> tuple[int, int, int]:
    """Return what an owner holds, has pending and owes."""
    return columns().get((f"acme#{owner}", currency), (0, 0, 0))


def reward(standing: Standing) -> Reward:
    return next(each for each in rewards() if each.reward_id == standing.reward_id)


def pay(standing: Standing) -> None:
    for step in ("claim", "pay"):
        transaction = Transaction()
        if step == "claim":
            moves.add_claim(transaction, "acme", reward(standing), "p1")
        else:
            moves.add_payments(transaction, "acme", [reward(standing)], NOW)
        transaction.commit()


def decide(standing: Standing, decision: str, now: datetime = NOW) -> str:
    given = Decision(decision, "looked-at", "boss")
    return str(deciding.decide("acme", standing.reward_id, given, now).state)


def test_a_reward_on_hold_is_pending_until_its_time_and_then_the_owners() -> None:
    standing = grant(programme=HOLD)
    assert (standing.state, standing.clears_at) == (State.PENDING, LATER)
    assert account() == (0, 500, 0)
    moves.sweep(LATER - timedelta(seconds=1), FOREVER)
    assert account() == (0, 500, 0)
    moves.sweep(LATER, FOREVER)
    assert account() == (500, 0, 0)
    before = stored()
    moves.sweep(LATER, FOREVER)
    assert stored() == before
    assert reward(standing).state == "cleared"


def test_a_pending_reward_is_voided_and_never_clears() -> None:
    standing = grant(programme=HOLD)
    grants.reverse("acme", standing.reward_id, "refund", NOW)
    moves.sweep(LATER, FOREVER)
    assert account() == (0, 0, 0)
    assert reward(standing).state == "reversed"


def test_a_held_reward_waits_for_a_person_who_is_recorded() -> None:
    standing = grant(reasons=["blacklisted"])
    assert (standing.state, standing.reasons) == (State.HELD, ("blacklisted",))
    assert [each.reward_id for each in listing.held("acme", 10, None)[0]] == [standing.reward_id]
    moves.sweep(LATER, FOREVER)
    assert account() == (0, 500, 0)
    assert decide(standing, "approve") == "cleared"
    found = reward(standing)
    assert (found.decision, found.decided_by, found.decision_reason) == (
        "approve",
        "boss",
        "looked-at",
    )
    assert account() == (500, 0, 0)
    assert listing.held("acme", 10, None) == ([], None)
    before = stored()
    assert decide(standing, "approve") == "cleared"
    assert stored() == before


def test_an_approved_reward_waits_for_the_rest_of_its_hold_period() -> None:
    standing = grant(programme=HOLD, reasons=["velocity"])
    assert decide(standing, "approve") == "pending"
    assert account() == (0, 500, 0)
    moves.sweep(LATER, FOREVER)
    assert account() == (500, 0, 0)


def test_a_rejected_reward_is_void_and_only_a_held_one_is_rejected() -> None:
    standing = grant(reasons=["self-referral"])
    assert decide(standing, "reject") == "reversed"
    assert decide(standing, "reject") == "reversed"
    assert account() == (0, 0, 0)
    with pytest.raises(RewardNotHeld):
        decide(standing, "approve")
    cleared = grant(replace(GIVEN, natural_key="k2"))
    for decision in ("reject", "approve"):
        with pytest.raises(RewardNotHeld):
            decide(cleared, decision)
    assert decide(cleared, "reverse") == "reversed"


def test_a_held_reward_that_nobody_reviewed_expires() -> None:
    programme = settle(replace(HOLD, review_seconds=60, budget={"CNY": 500}))
    standing = grant(programme=programme, reasons=["velocity"])
    moves.sweep(NOW + timedelta(seconds=60), FOREVER)
    assert reward(standing).state == "reversed"
    assert account() == (0, 0, 0)
    assert programmes.budgets_of("acme", "promotion")["CNY"].left_minor == 500


def test_a_budget_is_spent_to_its_last_unit_and_never_more() -> None:
    programme = settle(Programme("promotion", budget={"CNY": 1200, "PTS": None}))
    first = grant(programme=programme)
    grant(replace(GIVEN, natural_key="k2"), programme)
    before = stored()
    with pytest.raises(BudgetExhausted):
        grant(replace(GIVEN, natural_key="k3"), programme)
    assert stored() == before
    grant(replace(GIVEN, natural_key="k4", amount_minor=200), programme)
    grant(replace(GIVEN, natural_key="k5", currency="PTS"), programme)
    assert grants.grant("acme", GIVEN, NOW, programme=programme) == (first, False)
    left = programmes.budgets_of("acme", "promotion")
    assert (left["CNY"].spent_minor, left["CNY"].left_minor) == (1200, 0)
    assert (left["PTS"].spent_minor, left["PTS"].left_minor) == (500, None)
    grants.reverse("acme", first.reward_id, "refund", NOW)
    grant(replace(GIVEN, natural_key="k6"), programme)


def test_a_budget_changes_by_the_difference_and_each_change_is_a_version() -> None:
    first = settle(Programme("promotion", budget={"CNY": 1000}))
    grant(programme=first)
    assert settle(Programme("promotion", budget={"CNY": 1000})) == first
    second = settle(Programme("promotion", budget={"CNY": 700}))
    assert second.version == 2
    assert programmes.budgets_of("acme", "promotion")["CNY"].left_minor == 200
    third = settle(Programme("promotion", budget={}))
    assert third.budget == {"CNY": None}
    assert programmes.budgets_of("acme", "promotion")["CNY"].left_minor is None
    settle(Programme("promotion", budget={"CNY": 600}))
    assert programmes.budgets_of("acme", "promotion")["CNY"].left_minor == 100


def test_a_person_gets_no_more_than_the_cap_of_the_period() -> None:
    caps = (Cap(period_days=30, max_count=2), Cap(currency="CNY", max_amount_minor=1100))
    programme = settle(Programme("promotion", caps=caps))
    first = grant(programme=programme)
    grant(replace(GIVEN, natural_key="k2"), programme)
    before = stored()
    with pytest.raises(CapReached):
        grant(replace(GIVEN, natural_key="k3", amount_minor=1), programme)
    assert stored() == before
    grant(replace(GIVEN, natural_key="k4", owner_id="wei"), programme)
    next_period = NOW + timedelta(days=30)
    with pytest.raises(CapReached):
        grant(replace(GIVEN, natural_key="k5", amount_minor=101), programme, now=next_period)
    grant(replace(GIVEN, natural_key="k5", amount_minor=100), programme, now=next_period)
    grants.reverse("acme", first.reward_id, "refund", NOW)
    grant(replace(GIVEN, natural_key="k6"), programme)


def test_one_grant_over_the_cap_is_refused_before_anything_is_written() -> None:
    programme = settle(Programme("promotion", caps=(Cap(currency="CNY", max_amount_minor=499),)))
    with pytest.raises(CapReached):
        grant(programme=programme)
    assert rewards() == []


def test_a_closed_programme_grants_nothing_and_knows_what_it_granted() -> None:
    first = grant()
    closed = settle(Programme("promotion", is_open=False))
    with pytest.raises(ProgrammeClosed):
        grant(replace(GIVEN, natural_key="k2"), closed)
    assert grants.grant("acme", GIVEN, NOW, programme=closed) == (first, False)


def test_settings_that_changed_since_they_were_read_are_read_again() -> None:
    stale = settle(Programme("promotion", {"CNY": 500}, is_open=True))
    settle(Programme("promotion", {"CNY": 900}, hold_seconds=3600))
    with recorded() as asked:
        standing = grant(programme=stale)
    assert (standing.state, account()) == (State.PENDING, (0, 500, 0))
    assert asked.names == ["TransactWriteItems", "GetItem", "TransactWriteItems"]
    with pytest.raises(BudgetExhausted):
        grant(replace(GIVEN, natural_key="k2"), stale)
    settle(Programme("promotion", {"CNY": 9000}, is_open=False))
    for currency in ("CNY", "PTS"):  # told by the budget, told by a gate
        given = replace(GIVEN, natural_key=f"k{currency}", currency=currency)
        with pytest.raises(ProgrammeClosed):
            grant(given, stale)
    assert account() == (0, 500, 0)
    settle(Programme("promotion", checks=Checks(blacklist=True)))
    asking.ask("acme", replace(GIVEN, natural_key="k3"), NOW)
    assert reward(grant(replace(GIVEN, natural_key="k4", currency="EUR"))).state == "cleared"


def test_settings_that_contradict_themselves_are_refused() -> None:
    for caps in (
        (Cap(),),
        (Cap(max_amount_minor=5),),
        (Cap(max_count=1), Cap(max_count=2)),
    ):
        with pytest.raises(Invalid):
            settle(Programme("promotion", caps=caps))


def test_two_people_are_rewarded_together_in_fourteen_items_or_not_at_all() -> None:
    programme = settle(Programme("promotion", budget={"CNY": 1500}, caps=(Cap(max_count=5),)))
    other = replace(GIVEN, natural_key="k1:newcomer", owner_id="wei")
    with recorded() as asked:
        both = together(GIVEN, other, programme=programme)
    assert (asked.names, asked.written) == (["TransactWriteItems"], [14])
    assert [standing.owner_id for standing in both] == ["lin", "wei"]
    before = stored()
    with pytest.raises(BudgetExhausted):
        together(
            *(replace(each, natural_key=f"{each.natural_key}:2") for each in (GIVEN, other)),
            programme=programme,
        )
    with pytest.raises(RewardDiffers):
        together(replace(GIVEN, natural_key="k9"), other, programme=programme)
    assert stored() == before
    assert programmes.budgets_of("acme", "promotion")["CNY"].left_minor == 500


def test_the_callers_own_write_goes_with_the_rewards() -> None:
    claim = ClaimItem("acme#mine", input_hash="h", expires=NOW)
    together(GIVEN, replace(GIVEN, natural_key="k2"), add=claim)
    assert len(items_of(ClaimItem)) == 1
    assert account() == (1000, 0, 0)


def test_a_paid_reward_is_taken_back_as_a_debt_that_next_rewards_pay() -> None:
    paid = grant()
    pay(paid)
    assert account() == (0, 0, 0)
    grants.reverse("acme", paid.reward_id, "refund", NOW)
    assert account() == (0, 0, -500)
    small = grant(replace(GIVEN, natural_key="k2", amount_minor=200))
    assert (small.collected_minor, account()) == (200, (0, 0, -300))
    large = grant(replace(GIVEN, natural_key="k3", amount_minor=700), HOLD)
    assert account() == (0, 700, -300)
    moves.sweep(LATER, FOREVER)
    assert account() == (400, 0, 0)
    assert int(reward(large).collected_minor or 0) == 300
    grants.reverse("acme", large.reward_id, "refund", LATER)
    assert account() == (0, 0, -300)
    pay(small)
    assert account() == (0, 0, -300)
    grants.reverse("acme", small.reward_id, "refund", LATER)
    assert account() == (0, 0, -500)


def test_two_rewards_of_one_debtor_in_one_transaction_pay_the_debt_once() -> None:
    paid = grant()
    pay(paid)
    grants.reverse("acme", paid.reward_id, "refund", NOW)
    both = together(
        replace(GIVEN, natural_key="k2", amount_minor=400),
        replace(GIVEN, natural_key="k3", amount_minor=400),
    )
    assert [standing.collected_minor for standing in both] == [400, 100]
    assert account() == (300, 0, 0)


def test_a_claimed_reward_is_not_taken_back_until_its_batch_let_it_go() -> None:
    standing = grant()
    stale = reward(standing)
    transaction = Transaction()
    moves.add_claim(transaction, "acme", stale, "p1")
    transaction.commit()
    with pytest.raises(RewardNotReversible):
        grants.reverse("acme", standing.reward_id, "refund", NOW)
    again = Transaction()
    moves.add_claim(again, "acme", stale, "p2")
    with pytest.raises(Outdated):
        again.commit()
    back = Transaction()
    moves.add_release(back, "acme", reward(standing))
    back.commit()
    assert reward(standing).queue is not None
    grants.reverse("acme", standing.reward_id, "refund", NOW)
    assert account() == (0, 0, 0)


def test_too_many_rewards_in_a_window_are_held_from_then_on() -> None:
    velocity = Checks(velocities=(Velocity(3600, 2),))
    settle(Programme("promotion", checks=velocity))
    found = [asking.ask("acme", replace(GIVEN, natural_key=f"k{n}"), NOW)[0] for n in range(4)]
    assert [standing.state.value for standing in found] == ["cleared", "cleared", "held", "held"]
    assert found[3].reasons == ("velocity",)
    later = asking.ask("acme", replace(GIVEN, natural_key="k9"), LATER)[0]
    assert later.state is State.CLEARED


def test_a_velocity_that_was_reached_since_it_was_read_is_checked_again() -> None:
    programme = settle(Programme("promotion", checks=Checks(velocities=(Velocity(3600, 1),))))
    verdicts = iter([[Verdict()], [Verdict(("velocity",))]])
    grant(replace(GIVEN, natural_key="k0"), programme)
    standing, _ = grants.grant(
        "acme", GIVEN, NOW, programme=programme, judge=lambda _: next(verdicts)
    )
    assert standing.state is State.HELD


def test_checks_whose_facts_nobody_has_hold() -> None:
    wanted = Checks(self_referral=True, blacklist=True, duplicate_account=True)
    settle(Programme("promotion", checks=wanted))
    standing = asking.ask("acme", GIVEN, NOW)[0]
    assert standing.reasons == (
        "self-referral-not-checked",
        "blacklisted-not-checked",
        "duplicate-account-not-checked",
    )


def test_an_identity_stays_with_its_first_owner() -> None:
    assert facts.bind("acme", "lin", ["h1", "h2"], NOW) == {"lin"}
    assert facts.bind("acme", "wei", ["h2", "h3"], NOW) == {"lin", "wei"}
    assert facts.bound_to("acme", ["h2", "h3", "h4"]) == {"lin", "wei"}
    programme = Programme("promotion", checks=Checks(duplicate_account=True))
    found = facts.gather("acme", programme, "wei", NOW, identities=frozenset({"h2"}))
    assert judge(programme.checks, "wei", found).reasons == ("duplicate-account",)
    assert limits.recent("acme", programme, "wei", NOW) == {}
    assert judge(programme.checks, "wei", Facts()).reasons == ("duplicate-account-not-checked",)


def test_an_owners_rewards_are_listed_by_pages_newest_first() -> None:
    for number in range(5):
        given = replace(GIVEN, natural_key=f"k{number}")
        grant(given, now=NOW + timedelta(seconds=number))
    found: list[str] = []
    cursor = None
    for _ in range(3):
        page, cursor = listing.owned("acme", "lin", None, 2, cursor)
        found += [each.natural_key for each in page]
    assert (found, cursor) == (["k4", "k3", "k2", "k1", "k0"], None)
    assert listing.owned("acme", "lin", State.HELD, 5, None) == ([], None)
    assert listing.owned("other", "lin", None, 5, None) == ([], None)


def test_a_grant_under_all_limits_keeps_the_claim_and_its_answer() -> None:
    programme = settle(replace(HOLD, budget={"CNY": 500}, caps=(Cap(max_count=1),)))
    claim = Claim("acme#request#k1", "hash")
    first = grants.grant("acme", GIVEN, NOW, claim, programme=programme)
    before = stored()
    assert grants.grant("acme", GIVEN, NOW, claim, programme=programme) == (first[0], False)
    assert stored() == before
    assert items.find_reward("acme", first[0].reward_id) is not None
