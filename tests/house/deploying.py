"""What AWS says a resource type needs of who deploys it, less what this template never asks of it.

AWS's own registry lists for each type the actions that its handlers call, of every property they
know. cfn-lint carries the list.
"""

import json
import re
from collections.abc import Iterator
from functools import cache

from tests.house import expanded
from tests.support.cfnlint_data import DATA

SCHEMAS = DATA / "schemas"
REGION = "us-east-1"
READS = r"[a-z0-9-]+:(Get|Describe|List)\w+"
# What is asked of nobody here: a pattern of actions, and why.
ELSEWHERE = {
    r"(kinesis|kms|firehose|s3tables|elasticfilesystem|s3files):.*": "not used",
    r"dynamodb:(GetItem|Query|Scan)": "what tables hold",
    r"s3:GetObjectMetadata|iam:Get(User|Group)Policy": "not its things",
    r"s3:ListAllMyBuckets|logs:DescribeLogStreams": "other buckets, what logs say",
    r"secretsmanager:GetSecretValue|cognito-idp:ListUserPoolClientSecrets": "secrets themselves",
}
# Writes of properties that the template has not.
NEVER_WRITTEN = {
    r"dynamodb:(BatchWrite|Delete|Put|Update)Item": "what tables hold",
    r"dynamodb:(.*Replica|ImportTable|.*StreamingDestination|(Put|Delete)ResourcePolicy)": "tables",
    r"dynamodb:UpdateContributorInsights": "tables",
    r"s3:.*(Accelerate|Analytics|IntelligentTiering|Inventory|Metrics).*": "S3",
    r"s3:.*(Replication|Abac|Acl).*": "S3",
    r"s3:.*(Metadata|Website|ObjectLock|Logging).*|s3:DeleteBucketCors": "S3",
    r"s3:(DeleteObject|REST\.PUT\.OBJECT|TagResource|UntagResource)": "what buckets hold",
    r"logs:.*(DataProtection|IndexPolic|DeletionProtection|BearerToken|KmsKey).*": "logs",
    r"logs:(CreateLogStream|PutLogEvents|CreateLogDelivery|(Put|Delete)ResourcePolicy)": "logs",
    r"lambda:.*(CodeSigning|Capacity|Scaling|ProvisionedConcurrency).*": "Lambda",
    r"lambda:.*(RuntimeAlias|RuntimeManagement).*|lambda:PublishVersion": "Lambda",
    r"iam:.*(User|Group)Policy|iam:.*PermissionsBoundary": "users, groups, boundaries",
    r"iam:CreateServiceLinkedRole": "made when an administrator first uses a service",
    r"secretsmanager:.*Regions.*|sns:PutDataProtectionPolicy": "regions, data protection",
    r"apigateway:UpdateRestApiPolicy|cognito-idp:SetUserPoolMfaConfig": "an API's policy, MFA",
}


@cache
def _schemas() -> dict[str, str]:
    """The file of each resource type."""
    listed: dict[str, str] = json.loads((SCHEMAS / "providers" / f"{REGION}.json").read_text())
    return listed


def actions_of(kind: str) -> set[str]:
    """All that a type's handlers may call, by AWS's own account."""
    schema = json.loads((SCHEMAS / "resources" / f"{_schemas()[kind]}.json").read_text())
    return {
        action
        for handler in schema.get("handlers", {}).values()
        for action in handler.get("permissions", [])
    }


@cache
def kinds() -> list[str]:
    """The types of the expanded template."""
    return sorted({one["Type"] for one in expanded.resources().values()})


def needed(kind: str) -> Iterator[str]:
    """What the type needs here: every reading of its settings, and what it writes."""
    for action in sorted(actions_of(kind)):
        excepted = ELSEWHERE if re.fullmatch(READS, action) else ELSEWHERE | NEVER_WRITTEN
        if not any(re.fullmatch(pattern, action) for pattern in excepted):
            yield action


def roles() -> list[object]:
    """Who may take on the roles of the expanded template."""
    return [
        one["Properties"]["AssumeRolePolicyDocument"]
        for one in expanded.resources().values()
        if one["Type"] == "AWS::IAM::Role"
    ]
