"""Every writing operation, as its caller calls it.

To add one: `@case("context/verb_noun: what is told")` on a function that prepares the world and
returns what the caller then does, again and again until it is answered. Import the module in
`every_case`.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sluice.push.store.held import load_push
from tests.faults.dump import Dump, dump
from tests.faults.injection import Fault
from tests.faults.world import World
from tests.support.events import ORGANIZATION, claims, http, partner_call

MODULES = (
    "alarms",
    "batches",
    "bonuses",
    "campaign_material",
    "campaigns",
    "channels",
    "codes",
    "console",
    "exports",
    "figures",
    "imports",
    "notices",
    "organizations",
    "payments",
    "payouts",
    "people",
    "promoters",
    "promotions",
    "provider_events",
    "providers",
    "push",
    "push_contents",
    "push_runs",
    "push_sending",
    "quotas",
    "recipients",
    "rewards",
    "signups",
    "syncs",
    "waiting",
    "webhooks",
    "wecom",
)
ORG = {"organization_id": ORGANIZATION}

type Call = Callable[[], object]
type Prepare = Callable[[World], Call]


@dataclass(frozen=True)
class Operation:
    """One case: what is there before, what the caller does, and what is compared afterwards.

    `ignored` are tables that a second try may leave otherwise, for a reason that the case tells;
    `known` are faults that find a bug of ours, with what it is. `unsure` are the calls from which
    on, and up to which, a process that ends forgets that a message had not left: that which begins
    the attempt, and that which records the answer. Then all may end as it does where the provider
    did not answer (decision 10). `writes`: it changes something at AWS, also without a fault; a
    case that does not is one of a repetition or a refusal.
    """

    name: str
    prepare: Prepare
    ignored: tuple[str, ...] = ()
    known: Mapping[Fault, str] = field(default_factory=dict)
    look: Callable[[World], Dump] | None = None
    unsure: tuple[int, int] | None = None
    writes: bool = True

    def forgets(self, position: int, fault: Fault) -> bool:
        """Tell whether a fault at a call may leave unknown what the provider said."""
        if self.unsure is None:
            return False
        begun, told = self.unsure
        if position in {begun, told}:
            return fault in ({Fault.LOST, Fault.DIED} if position == begun else {Fault.BEFORE})
        return begun < position < told

    @property
    def function(self) -> str:
        """The folder of its function, `context/verb_noun`."""
        return self.name.split(":")[0]

    def state(self, world: World) -> Dump:
        """Return what must be the same with and without a fault."""
        return self.look(world) if self.look else dump(self.ignored)


OPERATIONS: dict[str, Operation] = {}


def case(
    name: str,
    *ignored: str,
    known: Mapping[Fault, str] | None = None,
    look: Callable[[World], Dump] | None = None,
    unsure: tuple[int, int] | None = None,
    writes: bool = True,
) -> Callable[[Prepare], Prepare]:
    """Register a case."""

    def register(prepare: Prepare) -> Prepare:
        assert name not in OPERATIONS, f"{name} is there twice"
        OPERATIONS[name] = Operation(name, prepare, ignored, known or {}, look, unsure, writes)
        return prepare

    return register


def every_case() -> dict[str, Operation]:
    """Return the registry, complete."""
    for module in MODULES:
        importlib.import_module(f"tests.faults.cases_{module}")
    return OPERATIONS


def staff(
    world: World,
    name: str,
    route: str,
    body: Any = None,
    *,
    path: Mapping[str, str] | None = None,
    role: str = "operator",
) -> Call:
    """Return a call of the operator `boss` with an Idempotency-Key."""
    given = ORG | dict(path or {})
    who = claims(role) if role == "operator" else claims(role) | {"custom:organization_id": ""}
    headers = {"idempotency-key": "k-1"}
    event = http(
        route.replace("ORG", "/organizations/{organization_id}"),
        path=given,
        body=body,
        headers=headers,
        claims=who,
    )
    return lambda: world.ask(name, event)


def partner(world: World, name: str, kind: str, event_type: str, data: Any) -> Call:
    """Return a call of the partner `shop`, signed once and sent again as it is."""
    route = f"POST /partners/{{organization_id}}/{kind}"
    event = partner_call(route, event_type, data, world.now)
    return lambda: world.ask(name, event)


def outcomes(world: World) -> Dump:
    """Look at how pushes ended, not by which channel: the order of receipts may decide that."""
    ids = world.notes["pushes"]
    return {"PUSHES": sorted(load_push(ORGANIZATION, name).push.status for name in ids)}
