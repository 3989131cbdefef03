"""What wakes itself by a queue may: else Lambda drops the 17th call of such a chain (E7, F3).

Lambda counts by the trace header that SQS carries, whoever is in between. What comes by a table's
stream, by EventBridge or a schedule begins a chain of its own.
"""

from functools import cache

from tests.house import tree
from tests.house.each import each


def _listens(function: tree.Properties) -> set[str]:
    """Return the queues that wake a function."""
    return {
        tree.referred(event["Properties"]["Queue"])
        for event in tree.events(function).values()
        if event["Type"] == "SQS"
    }


def _sends(function: tree.Properties) -> set[str]:
    """Return the queues that a function has the right to send to."""
    statements = [
        statement
        for policy in function.get("Policies", [])
        if isinstance(policy, dict)
        for statement in policy.get("Statement", [])
    ]
    found = set()
    for statement in statements:
        actions, targets = statement["Action"], statement["Resource"]
        if "sqs:SendMessage" in (actions if isinstance(actions, list) else [actions]):
            found |= {
                tree.referred(one) for one in (targets if isinstance(targets, list) else [targets])
            }
    return found


@cache
def _woken_by() -> dict[str, set[str]]:
    """Return whom each function wakes by a queue."""
    functions = tree.functions()
    return {
        name: {other for other, one in functions.items() if _sends(function) & _listens(one)}
        for name, function in functions.items()
    }


def _wakes_itself(name: str) -> bool:
    reached: set[str] = set()
    ahead = set(_woken_by()[name])
    while ahead:
        reached |= ahead
        ahead = set().union(*(_woken_by()[one] for one in ahead)) - reached
    return name in reached


@each(tree.functions)
def test_who_wakes_itself_may_and_nobody_else(name: str) -> None:
    allowed = tree.functions()[name].get("RecursiveLoop") == "Allow"
    assert allowed == _wakes_itself(name), "RecursiveLoop: Allow is for who wakes itself by a queue"


def test_somebody_does() -> None:
    assert {"DeliverWebhook", "SendLater"} <= set(filter(_wakes_itself, tree.functions()))
