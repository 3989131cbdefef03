"""Files in S3 that are too large for a request: uploaded by signed address, read part by part."""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from sluice.shared import clients

VALID_SECONDS = 900
_MISSING = {"NoSuchKey", "404", "AccessDenied"}  # without ListBucket, S3 does not say which
_PAST_THE_END = "InvalidRange"

type Place = dict[str, Any]  # Bucket and Key


class MissingFileError(Exception):
    """There is no such file."""


def sign_upload(place: Place, media_type: str, size_bytes: int) -> str:
    """Return the address to which a file is PUT within 15 minutes: no request.

    The signature covers its type and its length, so that nothing larger is taken.
    """
    wanted = place | {"ContentType": media_type, "ContentLength": size_bytes}
    return _signed("put_object", wanted)


def sign_download(place: Place) -> str:
    """Return the address from which a file is read within 15 minutes: no request."""
    return _signed("get_object", place)


def _signed(operation: str, wanted: dict[str, Any]) -> str:
    url: str = _client().generate_presigned_url(operation, Params=wanted, ExpiresIn=VALID_SECONDS)
    return url


def read_part(place: Place, offset: int, size_bytes: int) -> tuple[bytes, bool]:
    """Return a part of a file from an offset on, and whether the file ends there: one request.

    Raises MissingFileError.
    """
    wanted = f"bytes={offset}-{offset + size_bytes - 1}"
    try:
        answer = _client().get_object(**place, Range=wanted)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code == _PAST_THE_END:
            return b"", True
        if code in _MISSING:
            raise MissingFileError from None
        raise
    data: bytes = answer["Body"].read()
    total = int(answer["ContentRange"].rsplit("/", 1)[1])
    return data, offset + len(data) >= total


def write(place: Place, data: bytes, media_type: str) -> None:
    """Write a whole file: one request."""
    _client().put_object(**place, Body=data, ContentType=media_type)


def delete(place: Place) -> None:
    """Delete a file, if it is there: one request."""
    _client().delete_object(**place)


@cache
def _client() -> Any:
    config = clients.config().merge(Config(signature_version="s3v4"))
    return clients.session().create_client("s3", config=config)
