"""The machines can fail: with every condition taken from the writes, each finds that at once."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase

from tests.faults.injection import TRANSACTION
from tests.model.runs import Machine, run
from tests.model.test_channels import ChannelsMachine
from tests.model.test_ledger import LedgerMachine

EXAMPLES = 10
ANYTHING = "{} OR attribute_exists (no_such) OR attribute_not_exists (no_such)"


def _without_conditions(machine: Machine) -> None:
    through = machine.world.injection.through

    def lie(call: str, given: dict[str, Any], reach: Callable[[], Any]) -> Any:
        for item in given["TransactItems"] if call == TRANSACTION else ():
            (part,) = item.values()
            if "ConditionExpression" in part:
                part["ConditionExpression"] = ANYTHING.format(part["ConditionExpression"])
        return through(call, given, reach)

    machine.patch.setattr(machine.world.injection, "through", lie)


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


@pytest.mark.parametrize("machine", [UnguardedChannels, UnguardedLedger])
def test_a_machine_finds_a_product_without_conditions(machine: type[Machine]) -> None:
    assert _fails(machine)


def _fails(machine: type[Machine]) -> bool:
    try:
        run(machine, EXAMPLES, lambda *_: None, phases=(Phase.generate,))
    except (AssertionError, pytest.fail.Exception) as error:
        print(f"{type(error).__name__}: {error}")
        return True
    return False
