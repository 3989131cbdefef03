"""The stages that samconfig.toml names, and AWS as the caller's own profile reaches it."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.preflight import Unready
from infra.template import ROOT

type Clients = Callable[[str], Any]  # a client of boto3 by the service's name

LOCAL = "local"  # the embedded AWS
TIMEOUTS = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 4})


def clients(service: str) -> Any:
    """Return a client in the region of the caller's profile. Raises Unready: there is none."""
    try:
        made: Any = boto3.client(service, config=TIMEOUTS)  # type: ignore[call-overload]
    except BotoCoreError as error:
        raise Unready(
            f"AWS cannot be reached: {error} Set AWS_PROFILE and AWS_DEFAULT_REGION."
        ) from None
    return made


def stack_of(stage: str) -> str:
    """Return the name of a stage's stack on AWS. Raises Unready: there is no such stage there."""
    if stage == LOCAL:
        raise Unready(
            "The stage local is the embedded AWS of this folder: `make down` ends it, and it "
            "forgets all when .local/demo is deleted. Say STAGE=dev or prod for one on AWS"
        )
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    tables = {name: one for name, one in settings.items() if isinstance(one, dict)}
    stages = {name: one["deploy"]["parameters"] for name, one in tables.items() if "deploy" in one}
    if stage not in stages:
        known = ", ".join(name for name in stages if name != LOCAL)
        raise Unready(f"samconfig.toml has no stage {stage!r}: say STAGE=one of {known}")
    name: str = stages[stage]["stack_name"]
    return name


def described(cloudformation: Any, stack: str) -> dict[str, Any] | None:
    """Return a stack as it is, None where there is none. Raises Unready: AWS refused to tell."""
    try:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise Unready(f"AWS refused: {error}") from None
    except BotoCoreError as error:
        raise Unready(f"AWS cannot be reached: {error}") from None
    return found


if __name__ == "__main__":
    print(stack_of(sys.argv[1] if sys.argv[1:] else ""))
