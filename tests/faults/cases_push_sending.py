"""Messages that another provider takes over, that wait for their time, that are withheld (E7)."""

import re
from functools import partial

from sluice.organizations import store as organizations
from sluice.push.rules.courtesy import Person, Suppression
from sluice.push.rules.strategies import Channel, Price, Terms
from sluice.push.rules.windows import QuietHours
from sluice.push.store import pushes, recipients
from tests.faults.cases_push import request
from tests.faults.dump import Dump, dump
from tests.faults.operations import Call, case
from tests.faults.world import World
from tests.support.events import ORGANIZATION
from tests.support.push import CONTENT, USER, channel, put_strategy, script

_MAYBE = re.compile(r'it may have been sent[^"]*')
PRICE = Price(10_000, "CNY")
RETRIED = Channel("wechat", "sandbox", 170, "delivered", PRICE, retries=1, retry_seconds=30)
SMS = channel("sms")


def started(
    world: World, *channels: Channel, words: dict[str, str], terms: Terms | None = None
) -> str:
    """Start a push; its first task is about to run."""
    script(**words)
    put_strategy(*channels, terms=terms)
    push_id = pushes.start_push(
        ORGANIZATION, USER, "cheapest-first", CONTENT, claim=None, now=world.now
    )
    world.notes["pushes"] = [push_id]
    records = world.take_records("test-outbox")
    world.deliver_records("outbox/relay_outbox", records)
    world.deliver_event("push/start_chain", request(world))
    return push_id


def waiting(world: World, *channels: Channel, words: dict[str, str]) -> str:
    """Start a push whose first provider is down, up to the moment of the second try."""
    push_id = started(world, *channels, words=words)
    world.run_tasks()
    world.wait(31)
    return push_id


def due(world: World) -> Call:
    """Return the delivery of what the queue has for SendLater."""
    return partial(world.deliver_messages, "push/send_later", world.take_due())


@case("push/push_step: its provider is down, so it waits", unsure=(4, 5))
def step_waits(world: World) -> Call:
    started(world, RETRIED, SMS, words={"wechat": "down:20", "sms": "deliver"})
    return world.run_tasks


@case("push/push_step: the next provider takes over", unsure=(4, 6))
def step_taken_over(world: World) -> Call:
    organizations.put_provider_account(ORGANIZATION, "down", {"type": "sandbox"})
    organizations.put_provider_account(
        ORGANIZATION, "down", {"type": "sandbox", "settings": {"script": {"*": "down:900"}}}
    )
    both = Channel("wechat", "down", 60, "delivered", PRICE, fallback_providers=("sandbox",))
    started(world, both, SMS, words={"*": "deliver"})
    return world.run_tasks


@case("push/push_step: the recipient wants nothing on this channel")
def step_withheld(world: World) -> Call:
    person = Person(suppressed={"sandbox": Suppression("the user blocked us", world.now)})
    recipients.put_recipient(ORGANIZATION, USER, person, world.now)
    started(world, channel("wechat"), SMS, words={"*": "deliver"})
    return world.run_tasks


def gone(_: World) -> Dump:
    """Look at all but what is known of the user, and in which words a message may have been sent.

    Who dies between refusal and suppression suppresses nothing: the next message is refused too.
    """
    found = dump(("RECIPIENTS",))
    return found | {
        "PUSHES": sorted(_MAYBE.sub("may have been sent", it) for it in found["PUSHES"])
    }


@case("push/push_step: the address is gone", look=gone, unsure=(4, 5))
def step_gone(world: World) -> Call:
    settings = {"subject": "mailto:ops@example.com"}
    account = {"type": "web_push", "settings": settings, "secret_reference": "sluice/acme/web"}
    organizations.put_provider_account(ORGANIZATION, "browser", account)
    recipients.put_recipient(ORGANIZATION, USER, Person({"web_push": "no subscription"}), world.now)
    started(world, Channel("web", "browser", 60, "seen", PRICE), SMS, words={"*": "deliver"})
    return world.run_tasks


@case("push/push_step: quiet hours")
def step_in_quiet_hours(world: World) -> Call:
    quiet = QuietHours(*(f"{(world.now.hour + 8 + more) % 24:02}:00" for more in (0, 2)))
    terms = Terms("assumed", quiet_hours=quiet)
    started(world, channel("wechat"), SMS, words={"*": "deliver"}, terms=terms)
    return world.run_tasks


@case("push/send_later: the second try gets through")
def send_later(world: World) -> Call:
    waiting(world, RETRIED, SMS, words={"wechat": "down:20", "sms": "deliver"})
    return due(world)


@case("push/send_later: the last try fails, on to the next channel", unsure=(3, 4))
def send_later_in_vain(world: World) -> Call:
    waiting(world, RETRIED, SMS, words={"wechat": "down:900", "sms": "deliver"})
    return due(world)


@case("push/send_later: on the last channel, in vain", unsure=(3, 4))
def send_later_last(world: World) -> Call:
    waiting(world, RETRIED, words={"wechat": "down:900"})
    return due(world)


@case("push/send_later: the user has said no meanwhile")
def send_later_withheld(world: World) -> Call:
    waiting(world, RETRIED, SMS, words={"wechat": "down:20", "sms": "deliver"})
    recipients.suppress(ORGANIZATION, USER, "sandbox", "the user blocked us", world.now)
    return due(world)


@case("push/repair_waits: a message that waited was lost")
def repair_send(world: World) -> Call:
    waiting(world, RETRIED, SMS, words={"wechat": "down:20", "sms": "deliver"})
    world.take_due()
    world.wait(61)
    return partial(world.minute, "push/repair_waits")
