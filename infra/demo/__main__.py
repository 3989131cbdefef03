"""Play the demo: `make demo`. Exits 0 when everything was as promised, 1 with what was not."""

from __future__ import annotations

import secrets
import sys
import time
from http.client import HTTPException
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from infra.demo import (
    campaigning,
    confirming,
    consoling,
    counting,
    grouping,
    issuing,
    joining,
    opening,
    pushing,
    record,
    rewarding,
    waiting,
)
from infra.demo.client import Unexpected
from infra.demo.staff import NoLogin, Staff
from infra.demo.story import Failed, Story
from infra.demo.tally import Tally
from infra.local.deploy import deploy
from infra.local.instance import ROOT, Instance
from infra.local.preflight import need_python

if TYPE_CHECKING:
    from infra.demo.issuing import Code
    from infra.demo.opening import Organization

# A slow machine takes longer for everything: how long the demo lets things run out follows from
# the time that its first step took, within these bounds.
RESERVATION_SECONDS = (20, 300)
WAIT_SECONDS = (8, 60)
# Something was not as promised; or no answer came, from the API or from the embedded AWS.
FAILURES = (Failed, Unexpected, NoLogin, OSError, HTTPException, BotoCoreError, ClientError)


def play(story: Story) -> None:
    """Deploy, then the story from the first sign-in to the last count.

    Raises one of FAILURES.
    """
    print("Sluice, played on this machine: start the embedded AWS, build, deploy", flush=True)
    instance = Instance()
    outputs = deploy(instance)
    staff, tally = Staff(instance, outputs), Tally()
    story.say(f"deployed in {story.total_seconds:.0f} s, the API answers on {instance.url}")
    began = time.monotonic()
    organization = opening.found(story, staff, instance.url, f"tea-{secrets.token_hex(3)}")
    opening.check(story, organization)
    pace_seconds = time.monotonic() - began
    code = issuing.issue(story, organization, _within(RESERVATION_SECONDS, 2 * pace_seconds))
    rush = joining.join(story, organization, code)
    tally.views[code.code] += joining.CUSTOMERS
    confirming.confirm(story, organization, code, rush, tally)
    grouping.join_groups(story, organization, tally)
    rewarding.reward(story, organization, tally)
    campaigning.publish(story, organization)
    pushing.push(story, organization, instance, _within(WAIT_SECONDS, pace_seconds / 2))
    counting.count(story, organization, tally)
    waiting.wait(story, organization)
    campaigning.run(story, organization)
    consoling.look(story, organization)
    story.end()
    free = issuing.ask(organization, organization.operator, {})  # the other one is sold out
    written = record.write(instance, staff, organization, code, free)
    _tell_the_end(story, free, organization, f"{written.relative_to(ROOT)}")


def _within(bounds: tuple[int, int], seconds: float) -> int:
    low, high = bounds
    return max(low, min(high, round(seconds)))


def _tell_the_end(story: Story, code: Code, organization: Organization, written: str) -> None:
    print("\nSeconds of each step, and in all")
    rows = [(title, f"{seconds:.0f}") for title, seconds in story.seconds.items()]
    story.table(("step", "s"), [*rows, ("all, with deployment", f"{story.total_seconds:.0f}")])
    base = code.url.partition("/s/")[0]
    print("\nIt stays up on this machine only. Open:")
    for what, url in (
        ("landing page", code.url),
        ("its QR code", code.image_url),
        ("API document", f"{base}/openapi.json"),
        ("console", f"{base}/console"),
    ):
        story.say(f"{what:13} {url}")
    for who, login in (
        ("as operator", organization.operator_login),
        ("as member", organization.referrer_login),
    ):
        story.say(f"{who:>13} {login.email}  {login.password}")
    story.say(f"{'logins, keys':13} {written}")
    print("\n`make demo` plays it again with another organisation; `make down` ends it.")


def main() -> None:
    """Play; end with one clear line where something is missing or not as promised."""
    need_python()
    story = Story()
    try:
        play(story)
    except FAILURES as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
