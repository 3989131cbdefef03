"""AWS's engine for the proofs: it starts, keeps conditions, and is reachable from here only."""

import socket
from typing import Any

import boto3
import pytest

from infra.local.dynamodb_local import dynamodb_local

pytestmark = pytest.mark.proof


def test_it_keeps_conditions_and_listens_on_the_loopback_address_only() -> None:
    with dynamodb_local() as endpoint:
        with socket.socket() as stranger:
            # Another of this machine's addresses: it would answer, were all interfaces taken.
            assert stranger.connect_ex(("127.0.0.2", int(endpoint.rsplit(":", 1)[1]))) != 0
        dynamodb = boto3.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        dynamodb.create_table(
            TableName="seats",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        )
        seat: dict[str, Any] = {
            "TableName": "seats",
            "Item": {"key": {"S": "a"}},
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": "key"},
        }
        dynamodb.put_item(**seat)
        with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.put_item(**seat)
