"""One run of Schemathesis over the served document: what it asked, saw and found."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.hooks import HookContext

from tests.fuzz import accepted, checks, document, signing
from tests.fuzz.accepted import Case
from tests.fuzz.world import World

__all__ = ["Depth", "Run", "checks", "fuzz"]

REQUEST_SECONDS = 30
WORKERS = 2  # of more at once the embedded AWS starts more processes of every function
UNANSWERED = 0  # stands for a status
OFTEN, SELDOM = 0.8, 0.4  # how often a generated value is one of those that exist
NAMED = {
    "path.organization_id": "organization_id",
    "path.code": "code",
    "path.code_id": "code_id",
    "path.batch_id": "batch_id",
    "path.channel_id": "channel_id",
    "path.member_id": "member_id",
    "path.account_id": "account_id",
    "path.provider_account_id": "provider_account_id",
    "path.strategy_id": "strategy_id",
    "path.offer_id": "offer_id",
    "path.campaign_id": "campaign_id",
    "path.kind": "kind",
    "body.offer_id": "offer_id",
    "path.order_id": "order_id",
    "body.data.offer_id": "offer_id",
    "body.data.paid_at": "past",
    "body.data.refunded_at": "past",
    "path.template_id": "template_id",
    "path.programme": "programme",
    "path.reward_id": "reward_id",
    "path.payout_id": "payout_id",
    "path.push_id": "push_id",
    "path.run_id": "run_id",
    "path.segment_id": "segment_id",
    "path.import_id": "import_id",
    "path.export_id": "export_id",
    "path.dimension": "dimension",
    "path.sync_id": "sync_id",
    "path.webhook_id": "webhook_id",
    "path.assignment_id": "assignment_id",
    "path.customer_id": "customer_id",
    "query.channel_id": "channel_id",
    "query.since": "past",
    "body.visitor_token": "token",
    "body.assignment_id": "seat",
    "body.strategy_id": "strategy_id",
    "body.data.strategy_id": "strategy_id",
    "body.referrer_id": "member_id",
    "body.at": "past",
    "body.data.at": "past",
    "body.expires_at": "future",
    "body.time_zone": "zone",
}
SOMETIMES_NAMED = {
    "body.user_id": "user",
    "body.data.user_id": "user",
    "body.template_id": "template_id",
    "body.data.template_id": "template_id",
    "body.owner_id": "member_id",
    "body.data.owner_id": "member_id",
}
# Of routes whose names stand for something else, or must stay as they were made: by path.
OF_PATHS = {
    "/promoters/": {"path.member_id": "promoter_id", "path.offer_id": "task_id"},
    "^/t/": {"path.code": "task_code", "path.coupon": "coupon"},
    "^/i/": {"path.token": "invitation"},
    "^/c/": {"path.token": "personal_link"},
    "^/s/[^/]+/(signup|card)": {
        "path.code": "campaign_code",
        "body.visitor_token": "campaign_token",
    },
    "/deliveries/": {"path.webhook_id": "told_webhook", "path.delivery_id": "delivery_id"},
    "/members/[^/]+/campaigns/": {
        "path.campaign_id": "running_campaign",
        "path.member_id": "promoter_id",
    },
    "/campaigns/[^/]+/": {
        "path.campaign_id": "running_campaign",
        "path.member_id": "promoter_id",
        "query.member_id": "promoter_id",
        "path.customer_id": "signed_up",
    },
}


_TOKEN = re.compile(r"ey[\w-]+\.ey[\w-]+\.[\w-]+")


@dataclass(frozen=True)
class Depth:
    """How much is tried."""

    seed: int
    examples: int  # of each operation, beside the boundaries of every field
    routes: frozenset[str] = frozenset()  # none: every route


@dataclass
class Run:
    """What was seen, by route."""

    document: document.Schema
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    found: dict[tuple[str, str, str], str] = field(default_factory=dict)  # check, route, what
    excused: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def take(self, event: events.EngineEvent) -> None:
        """Take in an event of the engine."""
        if isinstance(event, events.NonFatalError):
            self.errors.append(f"{event.label}: {event.info.message}")
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            for name, interaction in recorder.interactions.items():
                route = recorder.cases[name].value.operation.label
                answer = interaction.response
                self.statuses[route][answer.status_code if answer else UNANSWERED] += 1
            for name, nodes in recorder.checks.items():
                for node in nodes:
                    if node.failure_info:
                        self._note(node.name, recorder.cases[name].value, node, recorder)

    def _note(self, check: str, case: Case, node: Any, recorder: Any) -> None:
        failure = node.failure_info.failure
        answer = recorder.interactions[failure.case_id or case.id].response
        key = (check, case.operation.label, str(failure.message).partition("\n\n")[0])
        shown = answer.content[:400].decode(errors="replace") if answer else "no answer"
        sample = _TOKEN.sub("TOKEN", node.failure_info.code_sample)
        self.found.setdefault(key, f"{sample}\n{answer and answer.status_code} {shown}")

    def failures(self) -> Iterator[str]:
        """Yield what the checks found, once for each route, with a request that shows it."""
        yield from self.errors
        for (check, route, what), told in sorted(self.found.items()):
            yield f"{route}: {check}: {what}\n{told}"
        for route, statuses in sorted(self.statuses.items()):
            if statuses[UNANSWERED]:
                yield f"{route}: {statuses[UNANSWERED]} requests without an answer"


def fuzz(world: World, depth: Depth) -> Run:
    """Fuzz the deployment; what is found is in the answer, nothing is raised."""
    acme = world.target.acme
    raw = document.with_examples(document.served(acme.anyone), world)
    run = Run(raw)
    config = SchemathesisConfig.from_dict(_settings(world, depth, acme.deployment.instance.url))
    schema: Any = schemathesis.openapi.from_dict(raw, config=config)
    if depth.routes:
        schema = schema.include(name=sorted(depth.routes))
    signing.authenticate(schema, world)

    def filter_failure(_: HookContext, failure: Failure, case: Case, response: Response) -> bool:
        reason = accepted.reason_for(failure, case.operation.label, response)
        run.excused[reason] += 1
        return not reason

    schema.hook(filter_failure)
    for event in from_schema(schema).execute():
        run.take(event)
    return run


def _settings(world: World, depth: Depth, url: str) -> dict[str, Any]:
    return {
        "seed": depth.seed,
        "base-url": url,
        "request-timeout": REQUEST_SECONDS,
        "continue-on-failure": True,
        "workers": WORKERS,
        "cache": {"enabled": False},
        "output": {"sanitization": {"enabled": False}},
        "dictionaries": {name: {"values": values} for name, values in world.known.items()},
        "parameters": _bound(NAMED, OFTEN) | _bound(SOMETIMES_NAMED, SELDOM),
        "operations": [
            {"include-path-regex": path, "parameters": _bound(names, OFTEN)}
            for path, names in OF_PATHS.items()
            if not depth.routes  # which Schemathesis forgets where operations have settings
        ],
        "generation": {"max-examples": depth.examples, "no-shrink": True},
        "checks": {name: {"enabled": False} for name in accepted.OFF},
    }


def _bound(names: dict[str, str], often: float) -> dict[str, Any]:
    """Bind parts of requests to dictionaries of what exists."""
    return {where: {"dictionary": name, "probability": often} for where, name in names.items()}
