"""The ledger against the model: granted, repeated, changed, reversed, spent and read."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, rule

from sluice.rewards import rules
from sluice.rewards.refusals import BalanceTooLow, RewardDiffers
from sluice.rewards.rules import Grant
from sluice.rewards.rules.transfers import Transfer
from sluice.rewards.store import accounts, grants
from sluice.rewards.tables import Entry, Reward
from sluice.shared import ids
from sluice.shared.claims import Claim, ClaimItem, KeyReused, hash_of
from sluice.shared.errors import Invalid, NotFound
from sluice.shared.guard import Transaction
from sluice.shared.outbox import OutboxItem
from tests.faults.world import images
from tests.model.ledger import EXPENSE, Asked, Ledger, Line, Posted
from tests.model.runs import FULL, SAMPLE, Machine, Note, run
from tests.support import rewards
from tests.support.aws import items_of
from tests.support.invariants import check_rest

ORGANIZATIONS = ("acme", "bolt")
OWNERS = ("lin", "boss")
CURRENCIES = ("CNY", "PTS")
AMOUNTS = (1, 500, 10**12)
REQUESTS = (None, None, "r1", "r2", "r3")
ASKED = st.builds(
    Asked,
    organization=st.sampled_from(("acme", "acme", "acme", "bolt")),
    programme=st.sampled_from(("referral", "referral", "tea-week")),
    natural_key=st.sampled_from([f"order:{n}" for n in range(8)]),
    owner=st.sampled_from(OWNERS),
    amount=st.sampled_from(AMOUNTS),
    currency=st.sampled_from(CURRENCIES),
    reason=st.sampled_from(("manual", "customer-connected")),
)
PAGE = 3
WRITTEN = {model.Meta.table_name for model in (Entry, Reward, ClaimItem, OutboxItem)}


class LedgerMachine(Machine):
    """Those who grant, those who take back, an owner who spends, and readers."""

    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.patch.setattr(rules, "SYSTEM_SHARDS", 3)  # each is some queries of a reader
        self.model = Ledger()
        self.spent: set[str] = set()  # ids of transfers that are no reward's

    @rule(target=asked, given=ASKED, request=st.sampled_from(REQUESTS))
    def grant(self, given: Asked, request: str | None) -> Asked:
        """Grant something new, or something under a key that was used."""
        self._grant(given, request)
        return given

    @rule(given=asked, request=st.sampled_from(REQUESTS))
    def grant_again(self, given: Asked, request: str | None) -> None:
        """The same once more, under whatever request key."""
        self._grant(given, request)

    @rule(
        given=asked,
        change=st.sampled_from([{"owner": "wei"}, {"amount": 7}, {"currency": "EUR"}]),
        request=st.sampled_from(REQUESTS),
    )
    def grant_otherwise(self, given: Asked, change: dict[str, Any], request: str | None) -> None:
        """The same key, and something else asked."""
        self._grant(given._replace(**change), request)

    def _grant(self, given: Asked, request: str | None) -> None:
        before = self._stored()
        claim = None
        if request is not None:
            key = ids.key(given.organization, "request", request)
            claim = Claim(key, hash_of(*map(str, given)))
        wanted = Grant(
            given.natural_key,
            given.owner,
            given.amount,
            given.currency,
            given.reason,
            given.programme,
        )
        try:
            standing, first = grants.grant(given.organization, wanted, self.world.now, claim)
        except RewardDiffers:
            outcome = "differs"
        except KeyReused:
            outcome = "reused"
        else:
            outcome = "granted" if first else "repeated"
            assert (standing.owner_id, standing.amount_minor, standing.currency) == given[3:6]
            assert standing.natural_key == given.natural_key
        assert outcome == self.model.grant(given, request)
        if outcome != "granted":
            assert self._stored() == before, "what is refused or repeated writes nothing"

    @rule(given=asked, reason=st.sampled_from(("error", "refund", "By mistake!")))
    def reverse(self, given: Asked, reason: str) -> None:
        """Take back what was granted, once; or what was not, or what is spent."""
        before = self._stored()
        organization, programme, natural_key = given.name
        reward_id = grants.reward_id_of(organization, programme, natural_key)
        if " " in reason:
            with pytest.raises(Invalid):
                grants.reverse(organization, reward_id, reason, self.world.now)
            return
        was_reversed = given.name in self.model.reversed
        expected = self.model.reverse(given.name, reason)
        try:
            standing = grants.reverse(organization, reward_id, reason, self.world.now)
        except NotFound:
            assert expected == "unknown"
        except BalanceTooLow:
            assert expected == "too-low"
        else:
            assert expected == ("repeated" if was_reversed else "reversed")
            assert standing.state == "reversed"
        if expected != "reversed":
            assert self._stored() == before, "what is refused or repeated writes nothing"

    @rule(
        organization=st.sampled_from(ORGANIZATIONS),
        owner=st.sampled_from(OWNERS),
        amount=st.sampled_from(AMOUNTS),
        currency=st.sampled_from(CURRENCIES),
    )
    def spend(self, organization: str, owner: str, amount: int, currency: str) -> None:
        """Post what is no reward's: an owner's account has a floor, whatever takes from it."""
        posted = Posted(
            organization, owner, f"{EXPENSE}payouts", amount, currency, "payout", "paid"
        )
        transfer = Transfer(
            ids.sortable(self.world.now),
            debit=posted.source,
            credit=posted.target,
            amount_minor=amount,
            currency=currency,
            kind=posted.kind,
            reason=posted.reason,
            programme="payouts",
            reward_id="none",
        )
        transaction = Transaction()
        accounts.post_all(transaction, organization, [transfer], self.world.now)
        before = self._stored()
        if not self.model.spend(posted):
            with pytest.raises(BalanceTooLow):
                transaction.commit()
            assert self._stored() == before
            return
        transaction.commit()
        self.spent.add(transfer.transfer_id)

    @rule(
        organization=st.sampled_from(ORGANIZATIONS),
        account=st.sampled_from((*OWNERS, "programme:referral", "nobody")),
        currency=st.sampled_from((None, *CURRENCIES)),
    )
    def read(self, organization: str, account: str, currency: str | None) -> None:
        """Read page by page: the newest first, each entry once."""
        lines = [
            line
            for line in self.model.lines(organization, account)
            if currency in {None, line.currency}
        ]
        found: list[Entry] = []
        cursor: str | None = None
        for _ in range(len(lines) // PAGE + 1):
            page = accounts.read(organization, account, currency, PAGE, cursor)
            assert page.balances == _sums(lines)
            found += page.entries
            cursor = page.next_cursor
            if cursor is None:
                break
        assert cursor is None, "more pages than entries"
        assert Counter(map(_line, found)) == Counter(lines)
        assert len({entry.transfer_id for entry in found}) == len(found)
        times = [entry.posted_at for entry in found]
        assert times == sorted(times, reverse=True)

    @rule(seconds=st.sampled_from([1, 60, 86_400]), is_delivered=st.booleans())
    def wait(self, seconds: int, *, is_delivered: bool) -> None:
        """Let time pass."""
        self.world.now += timedelta(seconds=seconds)
        if is_delivered:
            self.world.drain()

    @invariant()
    def everything_holds(self) -> None:
        """The books balance, and say what the model says."""
        type(self).steps += 1
        rewards.assert_books_balance(self.spent)
        stored: dict[tuple[str, str, str], int] = defaultdict(int)
        for (partition, currency), balance in rewards.balances().items():
            organization, account = partition.split("#")[:2]
            stored[organization, account, currency] += balance
        assert stored == self.model.accounts()
        states = {
            (item.key.split("#")[0], item.programme, item.natural_key): item.state
            for item in rewards.rewards()
        }
        assert states == {
            name: "reversed" if name in self.model.reversed else "cleared"
            for name in self.model.rewards
        }

    def _stored(self) -> dict[str, Any]:
        return {name: images(name) for name in WRITTEN}

    def check_end(self) -> None:
        """Every event has left the outbox."""
        check_rest(spent=self.spent)
        assert not items_of(OutboxItem)


def _line(entry: Entry) -> Line:
    return Line(int(entry.amount_minor), entry.currency, entry.kind, entry.reason)


def _sums(lines: list[Line]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.currency] += line.amount
    return dict(sums)


def test_the_accounts_that_spend_have_the_prefix_that_the_model_knows() -> None:
    assert rules.SYSTEM_PREFIX == EXPENSE


def test_a_sample_of_histories_of_the_ledger_is_as_the_model_says(record_property: Note) -> None:
    """Repeat it with FAULTS_SEED (D5, C5)."""
    run(LedgerMachine, SAMPLE, record_property)


@pytest.mark.proof
def test_many_histories_of_the_ledger_are_as_the_model_says(record_property: Note) -> None:
    run(LedgerMachine, FULL, record_property)
