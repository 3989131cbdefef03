"""What watches the product (F6): what is shown is emitted, each alarm has a page on mending."""

import ast
import json
import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from typing import Any

import yaml

from sluice.codes.store.serving import counted
from sluice.shared import metrics, relay, telemetry
from tests.house import tree
from tests.house.each import each

ALARM = "AWS::CloudWatch::Alarm"
DASHBOARD = "AWS::CloudWatch::Dashboard"
RUNBOOKS = tree.ROOT / "docs" / "runbooks"
MAX_LINES = 40
GRID = 24  # columns of a dashboard
# What AWS emits of itself, by namespace: the dimensions we use, and metrics that have them.
AWS_METRICS: dict[str, list[tuple[tuple[str, ...], set[str]]]] = {
    "AWS/ApiGateway": [
        (("ApiName", "Stage"), {"4XXError", "5XXError", "Count", "IntegrationLatency", "Latency"})
    ],
    "AWS/DynamoDB": [(("TableName",), {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"})],
    "AWS/Lambda": [
        (("FunctionName",), {"Errors", "Invocations", "IteratorAge"}),
        ((), {"Duration", "Errors", "Throttles"}),  # of all functions together
    ],
    "AWS/Logs": [(("LogGroupName",), {"IncomingBytes"})],
    "AWS/SQS": [
        (
            ("QueueName",),
            {"ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesVisible"},
        )
    ],
    "AWS/States": [
        (("StateMachineArn",), {"ExecutionsFailed", "ExecutionsStarted", "ExecutionsTimedOut"})
    ],
}
OF_WHAT = {  # the types whose names a dimension takes
    "FunctionName": {tree.FUNCTION},
    "LogGroupName": {"AWS::Logs::LogGroup"},
    "QueueName": {tree.QUEUE},
    "StateMachineArn": {"AWS::Serverless::StateMachine"},
}
SEARCH = re.compile(r"\{(?P<schema>[^}]+)\} MetricName=\"(?P<name>\w+)\"")
REFERENCE = re.compile(r"^\$\{(\w+)(\.\w+)?\}$")

Metric = tuple[str, str, tuple[tuple[str, str], ...]]  # namespace, name, dimensions


@cache
def _board() -> dict[str, Any]:
    (properties,) = tree.resources(DASHBOARD).values()
    include = properties["DashboardBody"]["Fn::Transform"]
    assert include["Name"] == "AWS::Include"
    text = (tree.ROOT / include["Parameters"]["Location"]).read_text()
    board: dict[str, Any] = json.loads(yaml.safe_load(text)["Fn::Sub"])
    return board


def _shown() -> set[Metric]:
    found: set[Metric] = set()
    for widget in _board()["widgets"]:
        for row in widget["properties"].get("metrics", []):
            texts = [part for part in row if isinstance(part, str)]
            if texts:
                namespace, name, *rest = texts
                found.add((namespace, name, tuple(zip(rest[::2], rest[1::2], strict=True))))
            found |= {_searched(part["expression"]) for part in row if _is_search(part)}
    return found


def _is_search(part: object) -> bool:
    return isinstance(part, dict) and "SEARCH(" in part.get("expression", "")


def _searched(expression: str) -> Metric:
    match = SEARCH.search(expression)
    assert match, expression
    namespace, *dimensions = match["schema"].split(",")
    return namespace, match["name"], tuple((name, "") for name in dimensions)


@cache
def _emitted() -> set[str]:
    """Return the names that our code counts: `metrics.count("...")`, and what is tallied."""
    names = set(relay.COUNTED.values()) | counted(Counter()).keys()
    for module in tree.sources(tree.PACKAGE, tree.ROOT / "functions").values():
        for call in ast.walk(module):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "metrics.count":
                names |= {text for text in _texts(call.args[0]) if text[:1].isupper()}
    return names


def _texts(node: ast.AST) -> set[str]:
    constants = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return {value for value in constants if isinstance(value, str)}


@each(lambda: sorted(_shown()), lambda metric: f"{metric[0]}-{metric[1]}")
def test_a_metric_on_the_dashboard_is_emitted_under_that_name_and_dimensions(
    metric: Metric,
) -> None:
    namespace, name, dimensions = metric
    if namespace == metrics.NAMESPACE:
        assert name in _emitted(), f"no code counts {name}"
        assert dimensions == (("service", str(telemetry.logger.service)),)
        return
    known = [names for given, names in AWS_METRICS[namespace] if given == tuple(dict(dimensions))]
    assert known, f"{namespace} has no metrics by {dimensions}"
    assert name in known[0], f"AWS emits no {name} of {namespace} by {dimensions}"


@each(lambda: sorted(_shown()), lambda metric: f"{metric[0]}-{metric[1]}")
def test_a_dimension_names_a_resource_of_that_kind(metric: Metric) -> None:
    for dimension, value in metric[2]:
        match = REFERENCE.match(value)
        if dimension in OF_WHAT and match:
            kind = tree.loaded()["Resources"][match[1]]["Type"]
            assert kind in OF_WHAT[dimension], metric
            assert (match[2] or "") == (".QueueName" if dimension == "QueueName" else "")


def test_what_our_code_counts_is_on_the_dashboard() -> None:
    assert _emitted() == {name for namespace, name, _ in _shown() if namespace == metrics.NAMESPACE}


def test_a_counted_metric_is_in_its_line_as_the_embedded_format_says() -> None:
    with telemetry.invocation("test", {}, None):
        metrics.count("Views", datetime(2026, 11, 2, tzinfo=UTC))
        metrics.tally({"Views": 2, "SeatsReserved": 1}, datetime(2026, 11, 2, tzinfo=UTC))
        noted = dict(telemetry.noted())
    (described,) = noted["_aws"]["CloudWatchMetrics"]
    assert described["Namespace"] == metrics.NAMESPACE
    assert described["Dimensions"] == [["service"]]
    names = [metric["Name"] for metric in described["Metrics"]]
    assert {name: noted[name] for name in names} == {"Views": 3, "SeatsReserved": 1}


def test_the_dashboard_shows_every_alarm() -> None:
    (widget,) = (one for one in _board()["widgets"] if one["type"] == "alarm")
    assert sorted(widget["properties"]["alarms"]) == sorted(
        f"${{{name}.Arn}}" for name in tree.resources(ALARM)
    )


def test_the_dashboards_widgets_stand_beside_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for widget in _board()["widgets"]:
        x, y = widget["x"], widget["y"]
        assert x + widget["width"] <= GRID
        cells = {
            (column, row)
            for column in range(x, x + widget["width"])
            for row in range(y, y + widget["height"])
        }
        assert not cells & taken, f"{widget['properties'].get('title')} lies over another"
        taken |= cells


def _page(alarm: str) -> str:
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", alarm.removesuffix("Alarm")).lower()
    return f"docs/runbooks/{words}.md"


@each(lambda: tree.resources(ALARM))
def test_an_alarm_says_where_its_runbook_is(alarm: str) -> None:
    description = tree.resources(ALARM)[alarm]["AlarmDescription"]
    assert description.endswith(f" Runbook {_page(alarm)}"), alarm
    text = (tree.ROOT / _page(alarm)).read_text()
    assert len(text.splitlines()) <= MAX_LINES
    for section in ("What it means", "How to see", "How to mend", "Tried"):
        assert f"\n## {section}\n" in text, f"{_page(alarm)} lacks {section}"
    assert alarm in text


def test_a_runbook_is_an_alarms() -> None:
    found = {tree.shown(path) for path in RUNBOOKS.glob("*.md")}
    assert found == {_page(alarm) for alarm in tree.resources(ALARM)}


@each(lambda: [name for name in tree.resources(ALARM) if name.endswith("FailuresAlarm")])
def test_a_failure_queues_runbook_names_whose_failures_it_holds(alarm: str) -> None:
    text = (tree.ROOT / _page(alarm)).read_text()
    queue = alarm.removesuffix("Alarm")
    missing = [name for name in _failing_into(queue) if f"`{name}`" not in text]
    assert not missing, f"{_page(alarm)} does not name {missing}"


def _failing_into(queue: str) -> list[str]:
    """Return the functions whose failures a queue holds, by whatever way they come there."""
    found = []
    for name, function in tree.functions().items():
        sources = [tree.referred(one["Properties"].get("Queue")) for one in _events(function)]
        named = {tree.referred(part) for part in tree.walk(function)}
        if queue in named or queue in map(_dead_letters, filter(None, sources)):
            found.append(name)
    return found


def _events(function: tree.Properties) -> list[tree.Properties]:
    return list(tree.events(function).values())


def _dead_letters(queue: str) -> str:
    given = tree.resources(tree.QUEUE)[queue].get("RedrivePolicy", {})
    return tree.referred(given.get("deadLetterTargetArn"))


def test_the_page_on_operation_names_every_alarm() -> None:
    text = (tree.ROOT / "docs" / "operation.md").read_text()
    missing = [name for name in tree.resources(ALARM) if f"`{name}`" not in text]
    assert not missing, missing
