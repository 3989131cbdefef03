"""What running it needs (F6): logs, a place for what failed, a size CloudFormation takes."""

from infra import template
from tests.house import expanded, tree
from tests.house.each import each

LOG_GROUP = "AWS::Logs::LogGroup"
EVENT_BRIDGE = "events.amazonaws.com"
STREAMS = {"DynamoDB", "Kinesis"}
INVOKES_LATER = {"S3", "SNS"}
MAX_TARGETS = 5  # of a rule
FAILURES_KEPT_SECONDS = 1_209_600  # the longest a queue keeps
MAX_RESOURCES = 490  # CloudFormation ends at 500
FUNCTIONS = tree.functions()
ROUTED = {route.function for route in tree.routes()}
TARGETS = tree.targets()
NETWORK = template.load(template.ROOT / "infra" / "network.yaml")


def _events(*types: str) -> list[tuple[str, str]]:
    return [
        (logical_id, name)
        for logical_id, function in FUNCTIONS.items()
        for name, event in tree.events(function).items()
        if event["Type"] in types
    ]


def _given(logical_id: str, name: str) -> tree.Properties:
    properties: tree.Properties = tree.events(FUNCTIONS[logical_id])[name].get("Properties", {})
    return properties


def _on_failure(holder: tree.Properties) -> str:
    """Return the queue that a DestinationConfig names."""
    destination = holder.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    return tree.referred(destination)


def _set_aside_in(function: tree.Properties) -> str:
    """Return the queue for what a function failed at, tried three times by Lambda."""
    return tree.referred(function.get("DeadLetterQueue", {}).get("TargetArn"))


def _failure_queues() -> set[str]:
    queues = tree.resources(tree.QUEUE)
    named = {tree.referred(_dead_letters(queue)) for queue in queues.values()}
    for logical_id, function in FUNCTIONS.items():
        named.add(_set_aside_in(function))
        named |= {_on_failure(_given(logical_id, name)) for name in tree.events(function)}
    return named & queues.keys()


def _dead_letters(queue: tree.Properties) -> object:
    return queue.get("RedrivePolicy", {}).get("deadLetterTargetArn")


def test_every_event_has_a_type_these_rules_know() -> None:
    """A route stands in the API's DefinitionBody, a rule is a resource: both then cost less."""
    known = STREAMS | INVOKES_LATER | {"SQS"}
    found = {
        event["Type"] for function in FUNCTIONS.values() for event in tree.events(function).values()
    }
    assert found <= known, f"say here how {sorted(found - known)} fail"


@each(lambda: _events(*STREAMS))
def test_a_stream_has_a_failure_destination_and_an_end_of_retries(event: tuple[str, str]) -> None:
    given = _given(*event)
    assert _on_failure(given) in tree.resources(tree.QUEUE), "OnFailure"
    # By age, not by number: an outage of an hour must lose nothing that the stream still holds.
    assert "MaximumRetryAttempts" not in given, "it gives up too early"
    assert 3600 <= given["MaximumRecordAgeInSeconds"] < 86_400, "it may retry on"
    assert given.get("FunctionResponseTypes") == ["ReportBatchItemFailures"]


@each(lambda: {name for name, _ in _events(*INVOKES_LATER)} | {one.function for one in TARGETS})
def test_a_function_invoked_later_has_a_failure_destination(logical_id: str) -> None:
    """A property of the function: an EventInvokeConfig would be a resource more, of 500."""
    function = FUNCTIONS[logical_id]
    assert _set_aside_in(function) in tree.resources(tree.QUEUE), logical_id
    assert "EventInvokeConfig" not in function, f"{logical_id}: docs/decisions/0024"


@each(lambda: TARGETS, lambda one: f"{one.rule}-{one.function}")
def test_a_rule_keeps_what_it_cannot_deliver(target: template.Target) -> None:
    dead_letters = tree.referred(target.given["DeadLetterConfig"]["Arn"])
    assert dead_letters == _set_aside_in(FUNCTIONS[target.function]), "its context's queue"
    assert target.given["RetryPolicy"].keys() == {
        "MaximumRetryAttempts",
        "MaximumEventAgeInSeconds",
    }
    assert target.given["Id"] == target.function
    assert "RoleArn" not in target.given, "AWS says not to for functions: docs/decisions/0024"


@each(lambda: tree.resources(template.RULE))
def test_a_rule_is_for_events_of_our_bus_or_a_schedule(name: str) -> None:
    rule = tree.resources(template.RULE)[name]
    assert 1 <= len(rule["Targets"]) <= MAX_TARGETS
    if "ScheduleExpression" in rule:
        assert rule.keys() == {"ScheduleExpression", "Targets"}
    else:
        assert rule.keys() == {"EventBusName", "EventPattern", "Targets"}
        assert tree.referred(rule["EventBusName"]) == "EventBus"
        (target,) = rule["Targets"]
        assert name.startswith(target["Id"]), "it is named after its function, and stands by it"


def test_each_rule_may_invoke_its_functions_and_nothing_else_may() -> None:
    allowed = {
        (tree.referred(one["SourceArn"]), tree.referred(one["FunctionName"]))
        for one in tree.resources("AWS::Lambda::Permission").values()
        if one["Principal"] == EVENT_BRIDGE and one["Action"] == "lambda:InvokeFunction"
    }
    assert allowed == {(target.rule, target.function) for target in TARGETS}


def test_eventbridge_may_send_to_every_queue_that_a_rule_names() -> None:
    """Without the queue's own leave what a rule cannot deliver is dropped, silently."""
    named = {tree.referred(target.given["DeadLetterConfig"]["Arn"]) for target in TARGETS}
    (policy,) = (
        policy
        for policy in tree.resources("AWS::SQS::QueuePolicy").values()
        if EVENT_BRIDGE in tree.walk(policy)
    )
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert {tree.referred(queue) for queue in policy["Queues"]} >= named
    assert {tree.referred(queue) for queue in statement["Resource"]} >= named


@each(lambda: _events("SQS"))
def test_a_queue_that_is_consumed_has_dead_letters(event: tuple[str, str]) -> None:
    given = _given(*event)
    queue = tree.resources(tree.QUEUE)[tree.referred(given["Queue"])]
    assert tree.referred(_dead_letters(queue)) in tree.resources(tree.QUEUE)
    assert given.get("FunctionResponseTypes") == ["ReportBatchItemFailures"]


@each(lambda: [name for name in FUNCTIONS.keys() - ROUTED if not FUNCTIONS[name].get("Events")])
def test_a_function_without_events_and_routes_is_called_by_something(logical_id: str) -> None:
    others = {name: r for name, r in tree.loaded()["Resources"].items() if name != logical_id}
    callers = [
        name
        for name, resource in others.items()
        if any(tree.referred(part) == logical_id for part in tree.walk(resource))
    ]
    assert callers, f"nothing in template.yaml invokes {logical_id}"


@each(_failure_queues)
def test_a_failure_queue_keeps_as_long_as_it_can(logical_id: str) -> None:
    queue = tree.resources(tree.QUEUE)[logical_id]
    assert queue.get("MessageRetentionPeriod") == FAILURES_KEPT_SECONDS
    assert queue.get("SqsManagedSseEnabled") is True


@each(lambda: FUNCTIONS)
def test_a_function_logs_to_its_contexts_group(logical_id: str) -> None:
    groups = tree.resources(LOG_GROUP)
    group = tree.referred(FUNCTIONS[logical_id].get("LoggingConfig", {}).get("LogGroup"))
    assert group in groups, f"{logical_id} has no LoggingConfig with a group of this template"
    assert "RetentionInDays" in groups[group], f"{group} keeps logs for ever"


def test_what_all_functions_share_stands_in_globals() -> None:
    shared = tree.loaded()["Globals"]["Function"]
    assert shared["Runtime"] == "python3.13"
    assert shared["Handler"] == "handler.handler"
    for logical_id, function in FUNCTIONS.items():
        again = {"Runtime", "Handler", "Architectures", "Tracing"} & function.keys()
        assert not again, f"{logical_id} repeats {sorted(again)}"


def test_the_expanded_template_stays_below_cloudformations_limit() -> None:
    """SAM makes a role, permissions and an event source of one function."""
    count = len(expanded.resources())
    assert count > len(tree.loaded()["Resources"]), "SAM expanded nothing"
    advice = "make it a route of a function that is there (decision 24)"
    assert count < MAX_RESOURCES, f"{count} resources, CloudFormation takes 500: {advice}"


def test_the_network_of_its_own_stack_tells_what_this_template_asks_for() -> None:
    asked = {name for name in tree.loaded()["Parameters"] if name.startswith("Egress")}
    assert asked == {"EgressSubnets", "EgressGroups"}
    assert NETWORK["Outputs"].keys() == asked | {"EgressAddress"}
    places = [part for part in tree.walk(tree.loaded()) if _is_network(part)]
    assert not places, f"{places}: what belongs to the network stands in infra/network.yaml"


def _is_network(part: object) -> bool:
    return isinstance(part, dict) and str(part.get("Type")).startswith("AWS::EC2::")
