"""Lists of people for imports: the bucket, and what is uploaded to it."""

import contextlib

import boto3

from sluice.shared import settings
from sluice.shared.clients import client
from tests.support.events import ORGANIZATION


def make_bucket() -> None:
    """Make the bucket of lists, empty."""
    s3, bucket = client("s3"), settings.text("PEOPLE_LISTS_BUCKET")
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=bucket)
    for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=item["Key"])


def upload(import_id: str, data: bytes) -> None:
    """Put a list where the import's upload address leads."""
    bucket = settings.text("PEOPLE_LISTS_BUCKET")
    key = f"{ORGANIZATION}/{import_id}/list"
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=data)
