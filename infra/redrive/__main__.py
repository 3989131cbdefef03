"""The command line of `make redrive`: which queue, how many, where it is deployed."""

import argparse
import sys
import tomllib
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra import stages, template
from infra.local import ministack
from infra.local.deploy import session
from infra.local.instance import ROOT, Instance
from infra.redrive.carrying import MAX_MESSAGES, Queue
from infra.redrive.messages import Stack
from infra.stages import LOCAL

SUFFIX = "Failures"
FUNCTION_SECONDS = 330  # longer than any function may run
QUEUE = "AWS::SQS::Queue"


def _arguments(stage: str) -> dict[str, Any]:
    """Return the arguments of boto3.client: of the embedded AWS, or of one's own profile.

    Raises Unready: the one does not run, or the other names no region.
    """
    waits = Config(connect_timeout=5, read_timeout=FUNCTION_SECONDS, retries={"max_attempts": 0})
    if stage == LOCAL:
        ministack.need(Instance())
        return session(Instance()) | {"config": waits}
    stages.clients("cloudformation")
    return {"config": waits}


def _stack(stage: str, arguments: dict[str, Any]) -> Stack:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    cloudformation: Any = boto3.client("cloudformation", **arguments)
    pages = cloudformation.get_paginator("list_stack_resources").paginate(
        StackName=settings[stage]["deploy"]["parameters"]["stack_name"]
    )
    names = {
        entry["LogicalResourceId"]: entry.get("PhysicalResourceId", "")
        for page in pages
        for entry in page["StackResourceSummaries"]
    }
    return Stack(template.load(), names)


def _queues(stack: Stack) -> dict[str, str]:
    """Return the logical ids of the failure queues by what the command line calls them."""
    found = template.resources(stack.template, QUEUE)
    return {
        name.removesuffix(SUFFIX).lower(): name
        for name in sorted(found)
        if name.endswith(SUFFIX) and name in stack.names
    }


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_MESSAGES:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_MESSAGES}")
    return int(text)


def _run(given: argparse.Namespace) -> int:
    arguments = _arguments(given.stage)
    stack = _stack(given.stage, arguments)
    queues = _queues(stack)
    if not given.queue:
        for short, name in queues.items():
            print(f"{short:15} {Queue(stack, name, arguments).count():6}", flush=True)
        print("Bring back what lies in one: make redrive QUEUE=codes (DRY=yes only looks)")
        return 0
    if given.queue not in queues:
        print(f"There is no queue {given.queue}: one of {', '.join(queues)}", file=sys.stderr)
        return 2
    queue = Queue(stack, queues[given.queue], arguments)
    print(f"{given.queue}: {queue.count()} messages", flush=True)
    done = queue.redrive(given.limit, dry=given.dry, tell=lambda line: print(line, flush=True))
    print(f"went back: {done.carried}, stayed: {done.stayed}, now there: {queue.count()}")
    return 0 if given.dry or not done.stayed else 1


def main(words: list[str] | None = None) -> int:
    """Read the command line and run it; 0 when nothing failed again."""
    parser = argparse.ArgumentParser(prog="make redrive", description=__doc__)
    parser.add_argument("--queue", default="", help="codes, push, ...; none lists them")
    parser.add_argument("--stage", default=LOCAL, choices=(LOCAL, "dev", "prod"))
    parser.add_argument("--limit", type=_limit, default=100)
    parser.add_argument("--dry", action="store_true", help="say where they would go")
    try:
        return _run(parser.parse_args(words))
    except (BotoCoreError, ClientError) as error:
        print(f"AWS refused or was not to be reached: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
