"""Rewards under settings, on hold, taken back in parts and paid out, against the model.

Callers are late at times: they act on settings and rewards as they once read them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from sluice.rewards.programme_tables import Budget
from sluice.rewards.refusals import Outdated
from sluice.rewards.rules import Grant
from sluice.rewards.rules import checks as checking
from sluice.rewards.rules.checks import Checks, Velocity, Verdict
from sluice.rewards.rules.programmes import Cap, Programme
from sluice.rewards.rules.reversals import Reversal
from sluice.rewards.store import (
    deciding,
    facts,
    grants,
    items,
    moves,
    programmes,
    reversals,
)
from sluice.rewards.store.deciding import Decision
from sluice.rewards.store.reversals import Why
from sluice.rewards.tables import Balance, Reward
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction
from sluice.shared.outbox import OutboxItem
from tests.faults.world import images
from tests.model.books import Books, Limit, Terms, Wanted
from tests.model.runs import FULL, SAMPLE, Machine, Note, run
from tests.support import rewards
from tests.support.invariants import check_rest

FOREVER = float("inf")
NAME = "promotion"
KEYS = [f"order:{n}" for n in range(8)]
WANTED = st.builds(
    Wanted,
    key=st.sampled_from(KEYS),
    owner=st.sampled_from(("lin", "wei")),
    amount=st.sampled_from((1, 7, 100, 333)),
    currency=st.sampled_from(("CNY", "CNY", "PTS")),
)
LIMITS = st.sampled_from(
    (
        (),
        (),
        (Limit(None, 2, None, None),),
        (Limit(1, 1, None, None), Limit(None, None, "CNY", 350)),
    )
)
ROOM = st.sampled_from((None, 0, 7, 100, 1000))  # left of a budget
WRITTEN = [model.Meta.table_name for model in (Balance, Reward, Budget, OutboxItem)]
LATE = st.sampled_from((False, False, True))


class RewardsMachine(Machine):
    """Those who settle, grant, decide, refund and pay, now and then by what they read long ago."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()
        self.seen: list[Programme] = []  # every version of the settings
        self.first: dict[str, Reward] = {}  # each reward as it began

    @rule(
        room=st.dictionaries(st.sampled_from(("CNY", "PTS")), ROOM),
        limits=LIMITS,
        hold=st.sampled_from((0, 0, 3600)),
        review=st.sampled_from((None, 3600)),
        blacklist=st.sampled_from((False, False, True)),
        window=st.sampled_from((None, None, (3600, 1))),
        is_open=st.sampled_from((True, True, True, False)),
    )
    def settle(self, room: dict[str, int | None], **settings: Any) -> None:
        """Settle the programme; budgets are lowered to what is spent at most."""
        budget = {
            currency: None if left is None else self.books.spent(currency) + left
            for currency, left in room.items()
        }
        terms = Terms(budget=tuple(budget.items()), **settings)
        self.books.settle(terms)
        windows = (Velocity(*terms.window),) if terms.window else ()
        wanted = Programme(
            NAME,
            budget,
            caps=tuple(Cap(days, count, of, most) for days, count, of, most in terms.limits),
            hold_seconds=terms.hold,
            review_seconds=terms.review,
            checks=Checks(blacklist=terms.blacklist, velocities=windows),
            is_open=terms.is_open,
        )
        self.seen.append(programmes.put_programme("acme", wanted, self.world.now))

    @rule(asked=st.lists(WANTED, min_size=1, max_size=2), is_late=LATE)
    def grant(self, asked: list[Wanted], *, is_late: bool) -> None:
        """Grant one reward, or two of two people together."""
        asked = asked if len({each.owner for each in asked}) == len(asked) else asked[:1]
        if len({each.key for each in asked}) < len(asked):
            return
        # What was granted under a key is known from its reward, whatever the settings are.
        is_late = is_late and not any(each.key in self.books.rewards for each in asked)
        programme = self.seen[-2 if is_late and len(self.seen) > 1 else -1] if self.seen else None
        given = [Grant(w.key, w.owner, w.amount, w.currency, "manual", NAME) for w in asked]

        def judge(programme: Programme | None) -> Sequence[Verdict]:
            if programme is None:
                return [checking.PASSED] * len(given)
            known = [
                facts.gather("acme", programme, each.owner_id, self.world.now) for each in given
            ]
            return [
                checking.judge(programme.checks, each.owner_id, of)
                for each, of in zip(given, known, strict=True)
            ]

        def act() -> str:
            now = self.world.now
            if len(given) == 1:
                _, first = grants.grant("acme", given[0], now, programme=programme, judge=judge)
                return "granted" if first else "repeated"
            grants.grant_together("acme", given, programme, now, lambda *_: None, judge=judge)
            return "granted"

        # What is settled is open or closed to all: the late ones read it from the refusal.
        if programme is not None and programme != self.seen[-1] and not _may(programme, given):
            return
        self._same(act, lambda: self.books.grant(asked, self.world.now))
        for each in asked:
            found = self._find(each.key)
            if found is not None:
                self.first.setdefault(each.key, found)

    @precondition(lambda self: self.books.rewards)
    @rule(draw=st.data(), decision=st.sampled_from(("approve", "reject")), is_late=LATE)
    def decide(self, draw: st.DataObject, decision: str, *, is_late: bool) -> None:
        """Approve or reject what is held, or was when it was read."""
        key, now = draw.draw(st.sampled_from(sorted(self.books.rewards))), self.world.now
        given = Decision(decision, "looked-at", "boss")
        if is_late and self._find(key).version != self.first[key].version:
            return

        def act() -> str:
            before = self._find(key).version
            deciding.decide("acme", self._id(key), given, now)
            done = {"approve": "approved", "reject": "reversed"}[decision]
            return "repeated" if self._find(key).version == before else done

        books = self.books
        by_model = {"approve": lambda: books.approve(key, now), "reject": lambda: books.reject(key)}
        self._same(act, by_model[decision])

    @precondition(lambda self: self.books.rewards)
    @rule(
        draw=st.data(),
        parts=st.lists(
            st.tuples(st.sampled_from(((0, 1), (1, 3), (2, 3), (1, 1), (1, 1))), st.booleans()),
            min_size=1,
            max_size=2,
        ),
        is_late=LATE,
    )
    def refund(
        self, draw: st.DataObject, parts: list[tuple[tuple[int, int], bool]], *, is_late: bool
    ) -> None:
        """Take back what is refunded by now of one reward or two."""
        names = draw.draw(st.permutations(sorted(self.books.rewards)))[: len(parts)]
        pairs = list(zip(names, parts, strict=False))
        wanted = [Reversal(self._id(name), *part, is_up) for name, (part, is_up) in pairs]

        def act() -> str:
            before = [self._find(name).version for name in names]
            with self._late(names) if is_late else _now():
                reversals.reverse_together("acme", wanted, Why("refund"), self.world.now)
            after = [self._find(name).version for name in names]
            return "repeated" if before == after else "reversed"

        self._same(
            act,
            lambda: self.books.refund([(name, Fraction(*part), up) for name, (part, up) in pairs]),
        )

    @precondition(lambda self: self.books.rewards)
    @rule(
        draw=st.data(),
        steps=st.sampled_from((("claim",), ("claim", "pay"), ("claim", "pay"), ("release",))),
        is_late=LATE,
    )
    def pay_out(self, draw: st.DataObject, steps: tuple[str, ...], *, is_late: bool) -> None:
        """Claim a reward for a payout, let it go, or pay it; who is late finds it moved."""
        key = draw.draw(st.sampled_from(sorted(self.books.rewards)))
        for step in steps:
            self._pay_out(key, step, is_late=is_late)

    def _pay_out(self, key: str, step: str, *, is_late: bool) -> None:
        reward = self._find(key)
        if is_late and step == "claim":
            reward = self.first[key]
        is_current = self._find(key).version == reward.version

        def act() -> str:
            transaction = Transaction()
            if step == "claim":
                moves.add_claim(transaction, "acme", reward, "p1")
            elif step == "release":
                moves.add_release(transaction, "acme", reward)
            else:
                moves.add_payments(transaction, "acme", [reward], self.world.now)
            transaction.commit()
            return "moved"

        self._same(
            act, lambda: "moved" if is_current and self.books.move(key, step) else Outdated.slug
        )

    @rule(seconds=st.sampled_from((1, 600, 3600, 86_400)))
    def wait(self, seconds: int) -> None:
        """Let time pass, and what is due be cleared or ended; a debt is paid by whichever first."""
        self.world.now += timedelta(seconds=seconds)
        clearing, expiring = self.books.due(self.world.now)
        moves.sweep(self.world.now, FOREVER)
        debts = self.books.debt.copy()
        for reward in clearing:
            collected = int(self._find(reward.wanted.key).collected_minor or 0)
            assert 0 <= collected <= reward.left
            self.books.clear(reward, collected)
        for reward in expiring:
            self.books.refund([(reward.wanted.key, Fraction(1), False)])
        for owner, debt in debts.items():
            own = [r for r in clearing if (r.wanted.owner, r.wanted.currency) == owner]
            assert self.books.debt[owner] == max(0, debt - sum(reward.left for reward in own))

    def _same(self, act: Callable[[], str], by_model: Callable[[], str]) -> None:
        """Do it in the product, then in the model; what is not done leaves everything as it was."""
        before = _stored()
        try:
            outcome = act()
        except Refusal as refusal:
            outcome = refusal.slug
        assert outcome == by_model()
        if outcome not in {"granted", "approved", "reversed", "moved"}:
            assert _stored() == before, "what is refused or repeated writes nothing"

    def _id(self, key: str) -> str:
        return grants.reward_id_of("acme", NAME, key)

    def _find(self, key: str) -> Any:
        return items.find_reward("acme", self._id(key))

    @contextmanager
    def _late(self, names: Sequence[str]) -> Iterator[None]:
        """Let rewards be read as they began."""
        began = {self._id(name): self.first[name] for name in names}
        with patch.object(items, "find_reward", lambda _, reward_id: began[reward_id]):
            yield

    @invariant()
    def everything_holds(self) -> None:
        """The books balance, and say what the model says; who waits is where it is looked for."""
        type(self).steps += 1
        rewards.assert_books_balance()
        books = self.books
        kept = rewards.columns()
        for owner in ("lin", "wei"):
            for currency in ("CNY", "PTS"):
                at = (owner, currency)
                found = kept.get((f"acme#{owner}", currency), (0, 0, 0))
                assert found == (books.held[at], books.pending[at], -books.debt[at])
        stored = {item.natural_key: item for item in rewards.rewards()}
        assert stored.keys() == books.rewards.keys()
        for key, reward in books.rewards.items():
            item = stored[key]
            standing = items.standing_of(item)
            assert (standing.state, standing.reversed_minor) == (reward.state, reward.reversed)
            assert standing.state == "paid" or standing.collected_minor == reward.collected
            assert (item.queue is not None) == (reward.state in {"held", "cleared"})
            is_due = reward.state == "pending" or (reward.state == "held" and reward.review)
            assert (item.due_at is not None) == bool(is_due)
        budgets = programmes.budgets_of("acme", NAME)
        assert {c: b.spent_minor for c, b in budgets.items()} == {
            currency: books.spent(currency) for currency in books.named
        }

    def check_end(self) -> None:
        """Every event has left the outbox."""
        check_rest()


def _may(programme: Programme, given: Sequence[Grant]) -> bool:
    """Tell whether old settings let grants as far as the write, which knows the new ones."""
    return programme.is_open and all(
        cap.max_amount_minor is None or given_.amount_minor <= cap.max_amount_minor
        for cap in programme.caps
        for given_ in given
    )


@contextmanager
def _now() -> Iterator[None]:
    yield


def _stored() -> dict[str, Any]:
    return {name: images(name) for name in WRITTEN}


def test_a_sample_of_rewards_lives_is_as_the_model_says(record_property: Note) -> None:
    """Repeat it with FAULTS_SEED (D5, C5)."""
    run(RewardsMachine, SAMPLE // 2, record_property)


@pytest.mark.proof
def test_many_rewards_lives_are_as_the_model_says(record_property: Note) -> None:
    run(RewardsMachine, FULL // 3, record_property)  # its steps look at more
