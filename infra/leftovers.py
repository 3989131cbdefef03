"""What a stack keeps when it is removed: tables, buckets, users and keys, with how to remove each.

`make leftovers STAGE=dev` tells it before and after; nothing is removed by it. What keeps data is
retained, so that removing a stack by mistake loses nothing.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra import released, stages, template
from infra.local.preflight import Unready

MAX_PAGES = 100
# How to ask whether it is there, and how to remove it: the service, the call and its argument.
KINDS = {
    "AWS::DynamoDB::Table": (
        ("dynamodb", "describe_table", "TableName"),
        "aws dynamodb delete-table --table-name {}",
    ),
    "AWS::S3::Bucket": (("s3", "head_bucket", "Bucket"), "aws s3 rb --force s3://{}"),
    "AWS::Cognito::UserPool": (
        ("cognito-idp", "describe_user_pool", "UserPoolId"),
        "aws cognito-idp delete-user-pool --user-pool-id {}",
    ),
    "AWS::SecretsManager::Secret": (
        ("secretsmanager", "describe_secret", "SecretId"),
        "aws secretsmanager delete-secret --secret-id {}",
    ),
}
GONE = {"ResourceNotFoundException", "404", "NoSuchBucket", "NotFound"}


@dataclass(frozen=True)
class Kept:
    """Something that stays: its logical id, its type, and what AWS calls it."""

    name: str
    kind: str
    physical: str

    @property
    def removal(self) -> str:
        """The command that removes it, with what it holds."""
        return KINDS[self.kind][1].format(self.physical)


def of(clients: stages.Clients, stack: str) -> list[Kept]:
    """Return what a stack would leave, or has left, and is there still.

    Raises:
        Unready: there is no such stack and was none lately.
    """
    cloudformation = clients("cloudformation")
    present = stages.described(cloudformation, stack)
    if present is not None:
        keeping = released.shape(template.load())["kept"]
        found = [one for one in _resources(cloudformation, stack) if one.name in keeping]
    else:
        found = [
            one
            for deleted in _deleted(cloudformation, stack)
            for one in _skipped(cloudformation, deleted)
        ]
    return [one for one in found if one.kind in KINDS and _is_there(clients, one)]


def _deleted(cloudformation: Any, stack: str) -> list[str]:
    """The ids of the stacks of that name that were deleted; AWS remembers 90 days."""
    pages = cloudformation.get_paginator("list_stacks").paginate(
        StackStatusFilter=["DELETE_COMPLETE"], PaginationConfig={"MaxItems": MAX_PAGES * 100}
    )
    found = [
        str(one["StackId"])
        for page in pages
        for one in page["StackSummaries"]
        if one["StackName"] == stack
    ]
    if not found:
        raise Unready(f"There is no stack {stack} in this region, and was none in 90 days")
    return found


def _resources(cloudformation: Any, stack: str) -> list[Kept]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(
        StackName=stack, PaginationConfig={"MaxItems": MAX_PAGES * 100}
    )
    return [_kept(one) for page in pages for one in page["StackResourceSummaries"]]


def _skipped(cloudformation: Any, stack: str) -> list[Kept]:
    """What a removal passed over, by the events: the list of resources may be empty by then."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(
        StackName=stack, PaginationConfig={"MaxItems": MAX_PAGES * 100}
    )
    events = (one for page in pages for one in page["StackEvents"])
    found = [_kept(one) for one in events if one["ResourceStatus"] == "DELETE_SKIPPED"]
    return sorted(set(found), key=lambda one: (one.kind, one.name))


def _kept(entry: dict[str, str]) -> Kept:
    physical = entry.get("PhysicalResourceId", "")
    return Kept(entry["LogicalResourceId"], entry["ResourceType"], physical)


def _is_there(clients: stages.Clients, kept: Kept) -> bool:
    (service, call, argument), _ = KINDS[kept.kind]
    try:
        answer = getattr(clients(service), call)(**{argument: kept.physical})
    except ClientError as error:
        if error.response["Error"]["Code"] in GONE:
            return False
        raise
    return "DeletedDate" not in answer  # a secret that is waiting to be removed


def main() -> None:
    """The command line: a stage; prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage")
    stack = stages.stack_of(parser.parse_args().stage)
    found = of(stages.clients, stack)
    print(f"Kept of {stack}: {len(found)}" + (", and how to remove each for ever:" * bool(found)))
    for one in found:
        print(f"  {one.removal}  # {one.name}")


if __name__ == "__main__":
    main()
