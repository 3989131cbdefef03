"""The token of a WeCom app, asked for by many processes at the same instant (A7)."""

import pytest

from tests.load.clients import at_once

pytestmark = pytest.mark.proof
PROCESSES = 64


def test_many_that_need_a_token_fetch_one_and_many_that_find_it_dead_the_next() -> None:
    dead = None
    for generation in (1, 2, 3):
        outcome = at_once("fetch_token", [dead] * PROCESSES, PROCESSES)
        print(f"\ngeneration {generation}: {outcome}")
        tokens = {token for token, _ in outcome.answers}
        assert len(tokens) == 1, "one token, whoever asked"
        assert sum(fetched for _, fetched in outcome.answers) == 1, "one of them fetched it"
        (dead,) = tokens
        assert dead.generation == generation
