"""A child: fill the tables and write events that each function answers.

Arguments: the result's file, the folder of functions, the folder to write events to. The events
are those of each function's event.json, where need be of a new visitor, signed, of a real push.
"""

import copy
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.bench import earning
from infra.bench.events import ORGANIZATION, Event, change_body, signed, tell
from sluice.codes import identities, visitors
from sluice.codes.rules.choice import Rule
from sluice.codes.rules.places import NOWHERE
from sluice.codes.store import channels, issued, joining, pool
from sluice.organizations import access, partners, store
from sluice.push.rules.contents import Content
from sluice.push.rules.strategies import Channel, Definition, Price, Terms
from sluice.push.store import pushes, strategies
from sluice.shared import clock

CODE, STRATEGY = "W7KQ2XNB9RTC", "cheapest-first"
EVENTS = 24  # of each function: two for each start
ROOMY = 1_000_000

type Change = Callable[[Event, int], None]


def put_channel(channel_id: str, cap: int = ROOMY) -> None:
    """Put an open channel of people at the sandbox."""
    settings: dict[str, Any] = {
        "kind": "contact",
        "name": channel_id,
        "provider": "sandbox",
        "provider_type": "sandbox",
        "provider_ref": f"ref-{channel_id}",
        "cap": cap,
        "daily_cap": None,
        "weight": 1,
        "owner_id": None,
        "service_area": None,
        "backup": False,
        "status": "open",
    }
    channels.put_channel(ORGANIZATION, channel_id, settings, clock.now())


def put_code(code: str, kind: Any = "contact") -> None:
    """Issue a code of the referrer `lin`."""
    issued.issue(
        ORGANIZATION,
        code=code,
        referrer_id="lin",
        campaign_id=None,
        rule=Rule(kind=kind),
        expires_at=None,
        answer=None,
        claim=None,
        now=clock.now(),
    )


def start_push(user_id: str) -> str:
    """Store a push."""
    content = Content("Spring tea", "The first leaves are in.", content_id="spring-tea")
    return pushes.start_push(ORGANIZATION, user_id, STRATEGY, content, claim=None, now=clock.now())


def join(visitor_id: str, code: str = CODE) -> str:
    """Join as a visitor; returns the assignment."""
    joined = joining.join(
        pool.code(code),
        issued.rule_of(pool.code(code)),
        identities.visitor_customer(ORGANIZATION, visitor_id),
        NOWHERE,
        when=pool.when(ORGANIZATION, clock.now()),
        seconds=900,
    )
    return joined.assignment.assignment_id


def _found() -> None:
    now = clock.now()
    settings = {
        "name": "Acme Tea",
        "time_zone": "Asia/Shanghai",
        "locale": "en",
        "referral_amount_minor": 500,
        "referral_currency": "CNY",
        "promoter_tasks": {"platform_fee_millionths": earning.FEE_MILLIONTHS},
    }
    store.create_organization(ORGANIZATION, settings, now, None)
    for member_id, role in (("boss", "operator"), ("lin", "member")):
        store.put_member(ORGANIZATION, member_id, {"name": member_id, "roles": {role}}, now)
    partners.put_partner(ORGANIZATION, "shop", "The Shop", now)
    price = Price(10_000, "CNY")
    names = ("wechat", "app", "sms")
    steps = tuple(Channel(name, "sandbox", 60, "delivered", price) for name in names)
    definition = Definition("service", steps, {"opened": "seen"}, Terms("assumed"))
    strategies.put_strategy(ORGANIZATION, STRATEGY, definition, types={"sandbox"}, now=now)
    put_channel("people-square")
    for i in range(EVENTS):
        put_channel(f"people-{i}")
    put_code(CODE)
    earning.found()


def _joining(event: Event, i: int) -> None:
    change_body(event, visitor_token=visitors.token(f"cold-{i}", CODE, clock.now()), location=None)


def _confirming(event: Event, i: int) -> None:
    at = clock.now().isoformat()
    change_body(event, assignment_id=join(f"seated-{i}"), customer_ref=f"wm-{i}", at=at)
    signed(event, access.provider_key(ORGANIZATION, "sandbox"), f"contact-{i}")


def _receiving(event: Event, i: int) -> None:
    signed(event, access.provider_key(ORGANIZATION, "sandbox"), f"receipt-{i}")


def _behaving(event: Event, i: int) -> None:
    tell(event, f"behaviour-{i}", user_id=f"u-{i}", at=clock.now().isoformat())


def _inviting(event: Event, i: int) -> None:
    inviter = [{"kind": "user", "value": earning.INVITER}]
    tell(event, f"invitation-{i}", inviter=inviter)


def _taking_part(event: Event, i: int) -> None:
    at = clock.now().isoformat()
    tell(event, f"participation-{i}", occurred_at=at, consented_at=at)


def _settling(event: Event, i: int) -> None:
    event["detail"]["data"]["participation_id"] = earning.take_part(i)


def _paying(event: Event, i: int) -> None:
    at = clock.now().isoformat()
    code = earning.link()
    tell(event, f"payment-{i}", order_id=f"cold-{i}", paid_at=at, promoter_code=code)


def _refunding(event: Event, i: int) -> None:
    at = clock.now().isoformat()
    tell(event, f"refund-{i}", order_id=f"cold-{i}", refunded_at=at)


def _clicking(event: Event, _: int) -> None:
    event["pathParameters"]["code"] = earning.link()


def _of_payout(event: Event, i: int) -> None:
    event["detail"]["data"]["payout_id"] = earning.order_payout(i)


def _of_push(event: Event, i: int) -> None:
    push_id = start_push(f"pushed-{i}")
    if "push_id" in event:
        event["push_id"] = push_id
    else:
        event["pathParameters"]["push_id"] = push_id


def _starting_chain(event: Event, i: int) -> None:
    event["detail"]["data"]["push_id"] += str(i)  # an execution's name is its push's


def _referring(event: Event, i: int) -> None:
    event["detail"]["data"]["customer_id"] += str(i)
    event["detail"]["data"]["assignment_id"] += str(i)


def _granting(event: Event, i: int) -> None:
    change_body(event, natural_key=f"order:{i}")


def _of_code(event: Event, i: int) -> None:
    name = event["httpMethod"][0]  # one code for each event of DELETE and PUT: others join by CODE
    code = f"{name}THERC0DE{i:03}"
    put_code(code)
    event["pathParameters"]["code_id"] = code


def _removing(event: Event, i: int) -> None:
    event["pathParameters"]["channel_id"] = f"people-{i}"


def _with_key(event: Event, i: int) -> None:
    if "Idempotency-Key" in (event.get("headers") or {}):
        event["headers"]["Idempotency-Key"] = f"key-{i}"


CHANGES: dict[str, Change] = {
    "assign_channel": _joining,
    "confirm_contact": _confirming,
    "receive_receipt": _receiving,
    "record_behaviour": _behaving,
    "push_step": _of_push,
    "read_push": _of_push,
    "cancel_push": _of_push,
    "start_chain": _starting_chain,
    "reward_referral": _referring,
    "invite_newcomer": _inviting,
    "record_login": lambda event, i: tell(event, f"login-{i}"),
    "record_participation": _taking_part,
    "settle_participation": _settling,
    "record_payment": _paying,
    "record_refund": _refunding,
    "follow_task_link": _clicking,
    "advance_payout": _of_payout,
    "grant_reward": _granting,
    "remove_channel": _removing,
    "put_code": _of_code,
    "retire_code": _of_code,
}


def main() -> None:
    """Seed, then write the events."""
    result, functions, events = map(Path, sys.argv[1:])
    _found()
    for path in sorted(functions.glob("*/*/event.json")):
        name, plain = path.parent.name, json.loads(path.read_text())
        made = [copy.deepcopy(plain) for _ in range(EVENTS)]
        for i, event in enumerate(made):
            CHANGES.get(name, _with_key)(event, i)
        (events / f"{name}.json").write_text(json.dumps(made))
    result.write_text("null")


if __name__ == "__main__":
    main()
