"""The machines can fail: with every condition taken from the writes, each finds that at once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase

from tests.faults.injection import TRANSACTION
from tests.model.runs import Machine, run
from tests.model.test_channels import ChannelsMachine
from tests.model.test_ledger import LedgerMachine
from tests.model.test_rewards import RewardsMachine

EXAMPLES, MANY = 10, 400
ANYTHING = "{} OR attribute_exists (no_such) OR attribute_not_exists (no_such)"


def _without_conditions(machine: Machine, names: frozenset[str] = frozenset()) -> None:
    """Let conditions hold whatever they say: all, or those that name an attribute of `names`."""
    through = machine.world.injection.through

    def lie(call: str, given: dict[str, Any], reach: Callable[[], Any]) -> Any:
        for item in given["TransactItems"] if call == TRANSACTION else ():
            (part,) = item.values()
            if "ConditionExpression" in part and (not names or names & _named(part)):
                part["ConditionExpression"] = ANYTHING.format(part["ConditionExpression"])
        return through(call, given, reach)

    machine.patch.setattr(machine.world.injection, "through", lie)


def _named(part: dict[str, Any]) -> set[str]:
    """Return the attributes that a condition names."""
    used = set(re.findall(r"#\w+", part["ConditionExpression"]))
    return {part["ExpressionAttributeNames"][name] for name in used}


class UnguardedChannels(ChannelsMachine):
    """Channels that anybody gets into."""

    def __init__(self) -> None:
        super().__init__()
        _without_conditions(self)


class UnguardedLedger(LedgerMachine):
    """A ledger that writes whatever it is told."""

    def __init__(self) -> None:
        super().__init__()
        _without_conditions(self)


class UnguardedRewards(RewardsMachine):
    """Rewards of which some condition is not written: whose expression names `names`."""

    names: frozenset[str] = frozenset()

    def __init__(self) -> None:
        super().__init__()
        _without_conditions(self, self.names)


class NoBudget(UnguardedRewards):
    """A budget is counted and limits nothing."""

    names = frozenset({"left_minor"})


class NoCaps(UnguardedRewards):
    """Persons get what they ask for."""

    names = frozenset({"granted"})


class NoDebt(UnguardedRewards):
    """What an owner owes is not looked at."""

    names = frozenset({"owed_minor"})


class NoVersions(UnguardedRewards):
    """Rewards and settings are taken to be as they were read."""

    names = frozenset({"version"})


@pytest.mark.proof
@pytest.mark.parametrize("machine", [UnguardedRewards, NoBudget, NoCaps, NoDebt, NoVersions])
def test_a_machine_finds_rewards_without_one_of_their_conditions(machine: type[Machine]) -> None:
    assert _fails(machine, MANY)


@pytest.mark.parametrize("machine", [UnguardedChannels, UnguardedLedger])
def test_a_machine_finds_a_product_without_conditions(machine: type[Machine]) -> None:
    assert _fails(machine)


def _fails(machine: type[Machine], examples: int = EXAMPLES) -> bool:
    try:
        run(machine, examples, lambda *_: None, phases=(Phase.generate,))
    except (AssertionError, pytest.fail.Exception) as error:
        print(f"{type(error).__name__}: {error}")
        return True
    return False
