"""The OpenAPI document is valid, says what the code says, and is the one that is served (F3)."""

from functools import cache
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from infra.openapi import discovery, document, reference
from tests.house import tree
from tests.house.each import each

REPEATS_BY_ITSELF = {
    "accept_bonus_task": "what is accepted is accepted: the task answers as it stands",
    "assign_channel": "a repeated join is answered with the seat that the customer has",
    "decide_reward": "what is decided is decided: the reward answers as it stands",
    "dry_run": "nothing is written",
    "import_channels": "each line is a PUT of the channel it names",
    "import_members": "each line is a PUT of the member it names",
    "import_recipients": "each line is a PUT of the recipient it names",
    "show_console": "a form is a call of the API, which says what repeating it does",
    "manage_webhooks": "what waits is not replayed twice; a test is meant to be sent again",
    "settle_payout": "a row that is paid or failed stays so",
    "report_inbox": "a message is seen, or clicked, once",
    "unsubscribe_user": "who has left has left",
    "show_invitation": "who agreed has agreed, and who refused has refused",
    "leave_code": "what was given up once is not there to be given up again",
    "sign_up": "who signed up has signed up: the first signup answers",
}

built = cache(document.build)


@cache
def operations() -> dict[str, tuple[discovery.Route, dict[str, Any]]]:
    paths = built()["paths"]
    return {
        route.operation_id: (route, paths[route.path][route.door.method.lower()])
        for route in discovery.routes()
    }


def test_the_stored_document_is_fresh() -> None:
    """Also shows that two runs give the same: the stored one was another."""
    stored = document.PATH.read_text()
    assert stored == document.render(), "stale: run `python -m infra.openapi`"


def test_the_page_of_routes_is_fresh() -> None:
    assert reference.PATH.read_text() == reference.render(built()), "stale: `make openapi`"


def test_the_guide_calls_routes_that_there_are() -> None:
    calls = reference.calls((tree.ROOT / "docs" / "getting-started.md").read_text())
    routes = [(route.door.method, route.path) for route, _ in operations().values()]
    strange = [call for call in calls if not any(reference.is_of(call, *each) for each in routes)]
    assert calls
    assert not strange


def test_docs_show_the_document_that_is_served() -> None:
    link = tree.ROOT / "docs" / "openapi.json"
    assert link.is_symlink()
    assert link.resolve() == document.PATH


def test_the_document_is_valid_openapi() -> None:
    problems = [error.message for error in OpenAPIV31SpecValidator(built()).iter_errors()]
    assert problems == []


@each(operations)
def test_an_operation_is_described(operation_id: str) -> None:
    route, operation = operations()[operation_id]
    assert operation["operationId"] == operation_id
    assert operation["summary"]
    assert operation["description"], f"{operation_id}: say what it reads, writes and refuses"
    assert operation["tags"] == [route.handler.context]


@each(operations)
def test_an_operation_names_its_kind_of_caller(operation_id: str) -> None:
    route, operation = operations()[operation_id]
    wanted: list[dict[str, list[str]]] = (
        [] if route.door.kind == "anyone" else [{route.door.kind: []}]
    )
    assert operation["security"] == wanted
    for requirement in operation["security"]:
        assert requirement.keys() <= built()["components"]["securitySchemes"].keys()


@each(operations)
def test_every_refusal_a_handler_declares_is_in_its_answers(operation_id: str) -> None:
    route, operation = operations()[operation_id]
    for refusal in route.operation.refusals:
        answer = operation["responses"][str(refusal.status)]
        if "$ref" in answer:
            answer = built()["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        types = answer["content"]["application/problem+json"]["schema"]["properties"]["type"]
        assert f"urn:sluice:problem:{refusal.slug}" in types["enum"]


@each(operations)
def test_a_post_can_be_repeated_safely(operation_id: str) -> None:
    """F3: a handler that declares KeyReused takes the claim; others say here why they need none."""
    route, operation = operations()[operation_id]
    if route.door.method == "POST" and route.handler.name not in REPEATS_BY_ITSELF:
        references = {parameter.get("$ref", "") for parameter in operation["parameters"]}
        names = {reference.rsplit("/", 1)[-1] for reference in references}
        assert names & {"Idempotency-Key", "webhook-id"}, f"{operation_id} refuses no KeyReused"


def test_a_problem_type_has_one_meaning() -> None:
    """A slug is a promise to callers: two classes must not share one."""
    by_slug: dict[str, set[type]] = {}
    for route, _ in operations().values():
        for refusal in route.operation.refusals:
            by_slug.setdefault(refusal.slug, set()).add(refusal)
    shared = {slug: kinds for slug, kinds in by_slug.items() if len(kinds) > 1}
    assert not shared, shared


def test_a_schema_has_a_short_name_of_its_own() -> None:
    """Generated clients name their classes by it; two types of one name get their module's path."""
    long = sorted(name for name in built()["components"]["schemas"] if "." in name)
    assert not long, f"rename one of two: {long}"
