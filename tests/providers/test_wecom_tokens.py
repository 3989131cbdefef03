"""One token per app for all processes (A7): one refresher at a time, dead tokens replaced once."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from sluice.shared.providers import tokens as module
from sluice.shared.providers import vault
from sluice.shared.providers.failures import Misconfigured, Unavailable
from sluice.shared.providers.tables import ProviderToken
from sluice.shared.providers.tokens import LEASE, WAITS, Token, Tokens
from sluice.shared.table import connection
from tests.support.aws import items_of, local_aws
from tests.support.requests import recorded
from tests.support.staff import NOW

LIFE = timedelta(seconds=7200)
KEY = "acme#app"


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


class World:
    """A clock, a provider that counts its fetches, and what happens while somebody waits."""

    def __init__(self) -> None:
        self.now = NOW
        self.fetched = 0
        self.slept = 0.0
        self.meanwhile: list[Callable[[], None]] = []

    def fetch(self) -> tuple[str, int]:
        self.fetched += 1
        return f"token-{self.fetched}", 7200

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.now += timedelta(seconds=seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def process(self) -> Tokens:
        """Return a process of its own: it shares the table alone."""
        return Tokens(lambda: self.now, self.sleep)

    def current(self, process: Tokens) -> Token:
        return process.current("acme", "app", self.fetch)

    def replace(self, process: Tokens, dead: Token) -> Token:
        return process.replace("acme", "app", dead, self.fetch)


@pytest.fixture
def world() -> World:
    return World()


def stored() -> ProviderToken:
    (item,) = items_of(ProviderToken)
    assert isinstance(item, ProviderToken)
    return item


def test_the_first_process_fetches_and_all_others_read(world: World) -> None:
    first, second = world.process(), world.process()
    assert world.current(first).text == "token-1"
    with recorded() as asked:
        assert world.current(second).text == "token-1"
    assert asked.names == ["GetItem"]
    with recorded() as asked:
        assert world.current(first) == world.current(second)
    assert asked.names == []
    assert world.fetched == 1


def test_a_fetch_is_one_read_and_two_transactions(world: World) -> None:
    with recorded() as asked:
        world.current(world.process())
    assert asked.names == ["GetItem", "TransactWriteItems", "TransactWriteItems"]
    assert asked.written == [1, 1]


def test_each_app_and_organisation_has_a_token_of_its_own(world: World) -> None:
    process = world.process()
    texts = {
        process.current(organization, app, world.fetch).text
        for organization, app in (("acme", "app"), ("acme", "app2"), ("other", "app"))
    }
    assert texts == {"token-1", "token-2", "token-3"}
    keys = {item.key for item in items_of(ProviderToken) if isinstance(item, ProviderToken)}
    assert keys == {"acme#app", "acme#app2", "other#app"}


def test_at_a_tokens_end_one_fetches_and_the_others_wait_for_the_new_one(world: World) -> None:
    one, other = world.process(), world.process()
    assert world.current(one) == world.current(other)
    world.now = NOW + LIFE - timedelta(milliseconds=1)
    assert world.current(other).text == "token-1"
    world.now = NOW + LIFE
    lease(world)
    world.meanwhile = [lambda: None, lambda: land(world, "token-9")]
    assert world.current(other).text == "token-9"
    assert world.fetched == 1
    assert world.slept == pytest.approx(2 * module.WAIT_SECONDS)
    assert world.current(one).text == "token-9"


def test_who_comes_while_the_token_lands_takes_it_without_waiting(world: World) -> None:
    """The refused lease brings the item along, so it is not read again."""
    world.current(world.process())
    stale = stored()
    world.now = NOW + LIFE
    land(world, "token-9")
    token = world.process()._refresh(KEY, stale, 0, world.fetch)
    assert token is not None
    assert (token.text, world.slept, world.fetched) == ("token-9", 0, 1)


def test_a_token_with_no_time_left_is_used_for_a_second(world: World) -> None:
    """WeCom's clock is not ours: at the end it may still answer the old one."""
    process = world.process()
    process.current("acme", "app", lambda: ("token-0", 0))
    assert world.current(process).text == "token-0"
    world.now += timedelta(seconds=1)
    assert world.current(process).text == "token-1"


def lease(world: World) -> None:
    """Let a process that is not here have the lease."""
    item = stored()
    item.lease_until = world.now + LEASE
    item.save()


def land(world: World, text: str) -> None:
    """Let it store the token it fetched."""
    item = stored()
    item.generation = int(item.generation) + 1
    item.sealed = vault.seal(KEY, text)
    item.expires_at = world.now + LIFE
    item.lease_until = None
    item.save()


def test_waiting_ends(world: World) -> None:
    process = world.process()
    world.current(process)
    world.now = NOW + LIFE
    lease(world)
    with pytest.raises(Unavailable):
        world.current(process)
    assert world.slept == pytest.approx(WAITS * module.WAIT_SECONDS)
    assert world.fetched == 1


def test_a_refresher_that_died_is_followed_by_another_when_its_lease_ends(world: World) -> None:
    process = world.process()
    world.current(process)
    world.now = NOW + LIFE
    lease(world)
    world.now += LEASE + timedelta(milliseconds=1)
    assert world.current(process).text == "token-2"
    assert stored().lease_until is None


def test_a_failed_fetch_keeps_the_next_one_back_until_its_lease_ends(world: World) -> None:
    """A wrong secret must not become a gettoken for every request."""
    process = world.process()

    def fail() -> tuple[str, int]:
        world.fetched += 1
        raise Misconfigured("gettoken", 40001)

    with pytest.raises(Misconfigured):
        process.current("acme", "app", fail)
    with pytest.raises(Unavailable):
        process.current("acme", "app", fail)
    assert world.fetched == 1
    world.now += LEASE
    assert world.current(process).text == "token-2"


def test_two_who_find_a_token_dead_cause_one_fetch(world: World) -> None:
    one, other = world.process(), world.process()
    dead = world.current(one)
    assert world.current(other) == dead
    new = world.replace(one, dead)
    assert world.replace(other, dead) == new
    assert (new.text, new.generation, world.fetched) == ("token-2", 2, 2)
    assert world.current(one) == world.current(other) == new


def test_who_finds_it_dead_while_another_fetches_waits_and_never_uses_it_again(
    world: World,
) -> None:
    one, other, third = world.process(), world.process(), world.process()
    dead = world.current(one)
    world.current(other)
    got: list[Token] = []

    def slow() -> tuple[str, int]:
        with pytest.raises(Unavailable):
            world.replace(other, dead)
        with pytest.raises(Unavailable):
            world.current(third)  # a process that has not met it yet
        world.now = NOW
        return world.fetch()

    got.append(one.replace("acme", "app", dead, slow))
    assert got[0].text == "token-2"
    assert world.current(other) == world.current(third) == got[0]
    assert world.fetched == 2


def test_a_late_finder_takes_the_generation_that_is_there(world: World) -> None:
    """Told of the death of generation 1 when generation 3 is in use: nothing is fetched."""
    one, late = world.process(), world.process()
    first = world.current(late)
    second = world.replace(one, first)
    third = world.replace(one, second)
    with recorded() as asked:
        assert world.replace(late, first) == third
    assert asked.names == ["GetItem"]
    assert world.fetched == 3


def test_of_two_stale_readers_one_gets_the_lease(world: World) -> None:
    world.current(world.process())
    read_by_both = stored()
    later = world.now + LIFE
    module._take_lease(KEY, read_by_both, 0, later)
    with pytest.raises(module.LeaseTaken) as taken:
        module._take_lease(KEY, read_by_both, 0, later)
    assert taken.value.current.generation == 1
    with pytest.raises(module.LeaseTaken):
        module._take_lease(KEY, None, 0, later)


def test_a_refresher_slower_than_its_lease_overwrites_nothing(world: World) -> None:
    slow, quick = world.process(), world.process()

    def very_slow() -> tuple[str, int]:
        world.now += LEASE + timedelta(seconds=1)
        world.current(quick)
        return "slow-token", 7200

    assert slow.current("acme", "app", very_slow).text == "slow-token"
    assert vault.unseal(KEY, stored().sealed) == "token-1"
    assert world.current(world.process()).text == "token-1"


def test_many_processes_at_once_fetch_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request alone, since moto is not safe for more; the fetch and the waits side by side."""
    alone, fetching = threading.Lock(), threading.Lock()
    dispatch = connection.dispatch
    fetched: list[str] = []

    def one_at_a_time(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        with alone:
            return dispatch(operation, arguments)

    def fetch() -> tuple[str, int]:
        assert fetching.acquire(blocking=False), "two fetched at once"
        time.sleep(0.3)
        fetching.release()
        fetched.append("token-1")
        return "token-1", 7200

    monkeypatch.setattr(connection, "dispatch", one_at_a_time)
    with ThreadPoolExecutor(6) as pool:
        found = [pool.submit(Tokens().current, "acme", "app", fetch) for _ in range(6)]
        texts = {each.result(timeout=20).text for each in found}
    assert (texts, fetched) == ({"token-1"}, ["token-1"])


def test_the_stored_token_is_sealed_for_its_item(world: World) -> None:
    token = world.current(world.process())
    item = stored()
    assert token.text not in str(item.attribute_values)
    assert vault.unseal(KEY, item.sealed) == token.text
    assert vault.unseal("acme#other", item.sealed) is None
    assert token.text not in repr(token)


@pytest.mark.parametrize("damaged", ["", "x", "%%%", "QUJD", "A" * 80])
def test_a_stored_token_that_does_not_open_is_fetched_anew(world: World, damaged: str) -> None:
    """As after the root secret was replaced."""
    world.current(world.process())
    item = stored()
    item.sealed = damaged
    item.save()
    assert world.current(world.process()).text == "token-2"
    assert stored().generation == 2


def test_the_item_clears_itself_away_after_its_token(world: World) -> None:
    world.current(world.process())
    expires: datetime = stored().expires
    assert expires == NOW + LIFE + module.KEPT
