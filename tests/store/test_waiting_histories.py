"""The waiting list under histories made at random, against a model of plain lists (A4).

The model knows who entered when and what the caps are, and nothing of how it is stored.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from sluice.codes.store import issued, leaving
from sluice.codes.store import seats as stored
from sluice.codes.store.joining import Joined
from sluice.codes.store.seats import Slot
from sluice.codes.tables import Channel
from sluice.codes.tables.waiting import Ticket
from tests.support import codes
from tests.support.aws import items_of, local_aws
from tests.support.codes import CODE, check_counters, issue_code, open_channel
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW, found_organization
from tests.support.waiting import come, serve, sweep

HOURS = 2
STEPS = 40
PEOPLE = [f"p{n}" for n in range(12)]
GROUPS = "GRPONLY23456"
KINDS = {CODE: "contact", GROUPS: "group"}


class History:
    """One history: what is done, and what the model says must come of it."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.now: datetime = NOW
        self.caps = {"contact": 1, "group": 0}
        self.line: list[tuple[str, str, datetime]] = []  # customer, code, until when; in order
        self.seated: set[tuple[str, str]] = set()  # customer, kind

    def room(self, kind: str) -> int:
        return self.caps[kind] - sum(1 for _, its in self.seated if its == kind)

    def expire(self) -> None:
        self.line = [entry for entry in self.line if entry[2] > self.now]

    def join(self) -> None:
        who, code = self.draw.choice(PEOPLE), self.draw.choice(sorted(KINDS))
        kind = KINDS[code]
        self.expire()
        answer = come(who, code=code, now=self.now)
        others = [entry for entry in self.line if entry[1] == code]
        mine = [n for n, entry in enumerate(others) if entry[0] == who]
        if (who, kind) in self.seated:
            assert isinstance(answer, Joined), "who has a seat is answered it"
            assert not answer.is_new
        elif not others and self.room(kind) > 0:
            assert isinstance(answer, Joined), "there is room, and nobody waits"
            self.seated.add((who, kind))
        else:
            assert not isinstance(answer, Joined), "nobody passes those who wait"
            assert answer.is_new == (not mine)
            if not mine:
                self.line.append((who, code, self.now + timedelta(hours=HOURS)))
            assert answer.ahead == (mine[0] if mine else len(others))

    def leave(self) -> None:
        who, code = self.draw.choice(PEOPLE), self.draw.choice(sorted(KINDS))
        self.expire()
        found = issued.read_code(code, self.now)
        gave_up = leaving.leave(found, issued.rule_of(found), who, self.now)
        mine = [entry for entry in self.line if entry[:2] == (who, code)]
        if mine:
            assert gave_up == "place"
            self.line.remove(mine[0])
        elif (who, KINDS[code]) in self.seated:
            assert gave_up == "seat"
            self.seated.remove((who, KINDS[code]))
        else:
            assert gave_up is None

    def change_cap(self) -> None:
        kind = self.draw.choice(sorted(self.caps))
        self.caps[kind] = self.draw.randint(0, 4)
        open_channel(kind, cap=self.caps[kind], kind=kind)

    def serve(self) -> None:
        self.expire()
        self.draw.choice((serve, sweep))(self.now)
        serve(self.now)
        for entry in list(self.line):
            kind = KINDS[entry[1]]
            if self.room(kind) > 0:
                self.line.remove(entry)
                self.seated.add((entry[0], kind))

    def check(self) -> None:
        """Compare what is stored: nobody lost, nobody twice, the order kept, the caps too."""
        check_counters()
        for kind in self.caps:
            slots = [Slot(ORGANIZATION, who, kind) for who in PEOPLE]
            found = {
                f.slot.customer_id
                for f in stored.read_all(slots)
                if f.seat and f.seat.assignments and f.seat.current.status == "reserved"
            }
            assert found == {who for who, its in self.seated if its == kind}
        for channel in items_of(Channel):
            assert isinstance(channel, Channel)
            held = sum(1 for _, its in self.seated if its == channel.kind)
            assert int(channel.held) == held
        places = [t for t in items_of(Ticket) if isinstance(t, Ticket) and "#" in t.key]
        waits = sorted((t for t in places if t.status == "waiting"), key=lambda t: t.entered_at)
        valid = [tuple(t.key.split("#")[:0:-1]) for t in waits if t.expires_at > self.now]
        assert valid == [entry[:2] for entry in self.line if entry[2] > self.now]


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield


PROOF = pytest.mark.proof


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=PROOF) for n in range(1, 6))])
def test_a_history_is_what_a_plain_list_says(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "SECONDS", 86_400)  # no seat expires here
    history = History(seed)
    open_channel("contact", cap=1)
    open_channel("group", cap=0, kind="group")
    for code, kind in KINDS.items():
        issue_code(code, kind=kind, waiting={"hours": HOURS, "called_seconds": 86_400})
    steps = [history.join] * 5 + [history.leave] * 2 + [history.change_cap] + [history.serve] * 2
    for _ in range(STEPS):
        history.now += timedelta(seconds=history.draw.choice((1, 60, 600)))
        history.draw.choice(steps)()
        history.check()
