"""One door for every HTTP operation: authenticate, parse, run, answer, log.

A handler declares its routes, input and answers with `operation`, and returns an Answer or raises
a Problem; it sees no API Gateway event. The OpenAPI document is made from the same declarations.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol, cast

import msgspec

from sluice.shared import clock, edge, errors, preconditions, telemetry, wire
from sluice.shared.claims import Claim, claim_under
from sluice.shared.priming import prime

_ADDING = {"anyone", "provider"}  # whose calls have parameters of their own in the query

Event = Mapping[str, Any]


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=False):
    """The base of every JSON input: an unknown field is an error, not ignored."""

    max_body_bytes: ClassVar[int] = wire.MAX_BODY_BYTES


class NoBody(Body):
    """For operations without input."""


class View(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The base of every JSON answer."""


class Versioned(View):
    """The base of answers whose version is their ETag, too: what If-Match of a PUT names."""

    version: int


class Caller(msgspec.Struct, frozen=True):
    """Who asks: one of the kinds of design 4, and what they may do."""

    kind: str  # staff, partner, provider, app or anyone
    id: str = ""
    roles: frozenset[str] = frozenset()


ANYONE = Caller("anyone")

type Input = Body | wire.Csv
type Run = Callable[[Call[Any, Any]], Answer]
type Witness = Callable[[Call[Any, Any], type[Input], Run], Answer]  # runs, and keeps that it did
type Content = type[View] | str  # a View, or the content type of something else


class Request(msgspec.Struct, frozen=True):
    """What arrived, before authentication: names checked, body decoded from base64."""

    event: Event
    path: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    raw: bytes
    now: datetime

    @property
    def source_ip(self) -> str:
        """The caller's address as the gateway saw it, or as its edge did: no header of theirs."""
        return edge.address_of(self.event, self.headers)

    @property
    def base_url(self) -> str:
        """Where people reach this deployment, without a slash at the end."""
        return edge.base_url_of(self.event)


class Authenticate(Protocol):
    """Tells who calls and which part of the raw body is the input. Raises a Problem."""

    def __call__(self, request: Request) -> tuple[Caller, bytes, Claim | None]:  # noqa: D102
        ...


class Door(msgspec.Struct, frozen=True):
    """A route and the one kind of caller it has."""

    route: str  # "POST /organizations/{organization_id}/codes"
    kind: str
    authenticate: Authenticate
    roles: frozenset[str] = frozenset()
    event_type: str = ""  # of a partner's envelope
    witness: Witness | None = None  # of calls that are kept
    reads_body: bool = True  # False: it takes none, where another route of its function does

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.route.split()[0]

    @property
    def path(self) -> str:
        """The path with its parameters in braces."""
        return self.route.split()[1]


class Call[Input, Query](msgspec.Struct, frozen=True):
    """A parsed and authenticated request."""

    request: Request
    caller: Caller
    path: Mapping[str, str]
    body: Input
    query: Query
    claim: Claim | None  # of a request that must take effect once
    now: datetime

    @property
    def organization_id(self) -> str:
        """The organisation named in the path."""
        return self.path["organization_id"]

    @property
    def expected(self) -> int | None:
        """The version that a PUT changes, where its caller says one: see `preconditions`."""
        return preconditions.expected(self.request.headers)


class Answer(msgspec.Struct, frozen=True):
    """What goes back: a View, text or bytes."""

    status: int
    content: View | str | bytes | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


class LambdaHandler(Protocol):
    """What AWS Lambda calls, with its declaration."""

    operation: "Operation"

    def __call__(self, event: Event, context: Any) -> dict[str, Any]:  # noqa: D102
        ...


class Operation(msgspec.Struct, frozen=True):
    """A declared operation; also what the OpenAPI document is made from."""

    doors: Sequence[Door]
    run: Run
    body: type[Input]
    query: type[Body]
    answers: Mapping[int, Content | tuple[Content, ...]]
    refusals: Sequence[type[errors.Problem]]

    def handle(self, event: Event) -> Answer:
        """Run one request; raises whatever went wrong."""
        door = self._door(event)
        request = _request(event, self.body)
        caller, data, claim = door.authenticate(request)
        preconditions.check(door.method, request.headers, self.refusals)
        takes = door.reads_body and (door.method != "GET" or bool(data))  # a GET may have none
        body = wire.parse(data, self.body if takes else NoBody)
        query = wire.query_of(event, self.query, only_known=door.kind in _ADDING)
        given = request.headers.get("idempotency-key")
        if claim is None and given is not None and door.method == "POST":
            asked = door.route, caller.kind, caller.id, *request.path.values()
            claim = claim_under(given, request.path.get("organization_id", "public"), asked, data)
        call = Call(request, caller, request.path, body, query, claim, request.now)
        return door.witness(call, self.body, self.run) if door.witness else self.run(call)

    def _door(self, event: Event) -> Door:
        route = f"{event['httpMethod']} {event['resource']}"
        for door in self.doors:
            if door.route == route:
                return door
        raise errors.ConfigurationError(f"{route} reached a function that does not serve it")


def operation(
    *doors: Door,
    answers: Mapping[int, Content | tuple[Content, ...]],
    body: type[Input] = NoBody,
    query: type[Body] = NoBody,
    refusals: Sequence[type[errors.Problem]] = (),
    primes: Sequence[Callable[[], object]] = (),
) -> Callable[[Run], LambdaHandler]:
    """Declare an HTTP operation; the decorated function becomes its Lambda handler.

    `primes` are the reads that its first call would wait for, done when a function starts.
    """

    def declare(run: Run) -> LambdaHandler:
        declared = Operation(doors, run, body, query, answers, refusals)

        def handler(event: Event, context: Any) -> dict[str, Any]:
            with telemetry.invocation(str(doors[0].route), event, context):
                try:
                    answer = declared.handle(event)
                except Exception as error:  # noqa: BLE001 - the door is where they all end
                    answer = _refuse(error, event, doors[0].kind)
                telemetry.note(status=answer.status)
                return _response(answer)

        prime(primes)
        handler.operation = declared  # type: ignore[attr-defined]
        handler.__doc__ = run.__doc__
        return cast("LambdaHandler", handler)

    return declare


def anyone(route: str, *, reads_body: bool = True) -> Door:
    """Declare a public route: no authentication. A body that is not read may be anything."""

    def authenticate(request: Request) -> tuple[Caller, bytes, Claim | None]:
        return ANYONE, request.raw if reads_body else b"", None

    return Door(route, "anyone", authenticate)


def _request(event: Event, body: type[Input]) -> Request:
    path, headers = wire.path_of(event), wire.headers_of(event)
    edge.demand(headers)
    raw = wire.body_of(event, body.max_body_bytes)
    return Request(event, path, headers, raw, clock.now())


def _refuse(error: Exception, event: Event, kind: str) -> Answer:
    correlation_id = telemetry.correlation_id()
    problem, asked = wire.problem_of(error, correlation_id), wire.headers_of(event)
    headers = wire.headers_with(problem)
    if kind == "anyone" and "text/html" in asked.get("accept", ""):
        from sluice.shared import pages, sorry  # noqa: PLC0415 - few calls are a person's and fail

        made = sorry.page(problem, event["httpMethod"], asked, correlation_id)
        return Answer(problem.status, made.html, pages.HTML, headers | made.headers)
    document = wire.problem_document(problem).decode()
    return Answer(problem.status, document, "application/problem+json", headers)


def _response(answer: Answer) -> dict[str, Any]:
    content = answer.content
    tagged = {"ETag": preconditions.tag(content.version)} if isinstance(content, Versioned) else {}
    if isinstance(content, View):
        content = msgspec.json.encode(content).decode()
    typed = {} if content is None else {"Content-Type": answer.content_type}
    headers = {**typed, **tagged, **answer.headers}
    return wire.response(answer.status, content, headers, telemetry.correlation_id())
