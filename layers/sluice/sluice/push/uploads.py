"""Lists of users that operators upload for a run (E8): signed for, and read part by part."""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from sluice.push.rules.audiences import PIECE_BYTES, ListError
from sluice.shared import clients, ids, settings

VALID_SECONDS = 900
_TYPES = {"csv": "text/csv", "ndjson": "application/x-ndjson"}
_MISSING = {"NoSuchKey", "404", "AccessDenied"}  # without ListBucket, S3 does not say which
_PAST_THE_END = "InvalidRange"


def sign_upload(organization_id: str, run_id: str, list_format: str, size_bytes: int) -> str:
    """Return the address to which a list is PUT within 15 minutes: no request.

    The signature covers its type and its length, so that nothing larger is taken.
    """
    url: str = _client().generate_presigned_url(
        "put_object",
        Params=_place(organization_id, run_id)
        | {"ContentType": media_type(list_format), "ContentLength": size_bytes},
        ExpiresIn=VALID_SECONDS,
    )
    return url


def media_type(list_format: str) -> str:
    """Return the Content-Type that an upload must have."""
    return _TYPES[list_format]


def read_part(organization_id: str, run_id: str, offset: int) -> tuple[bytes, bool]:
    """Return 128 KiB of a list from an offset on, and whether it ends there: one request.

    Raises ListError: it was not uploaded.
    """
    wanted = f"bytes={offset}-{offset + PIECE_BYTES - 1}"
    try:
        answer = _client().get_object(**_place(organization_id, run_id), Range=wanted)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code == _PAST_THE_END:
            return b"", True
        if code in _MISSING:
            raise ListError("its list was not uploaded") from None
        raise
    data: bytes = answer["Body"].read()
    total = int(answer["ContentRange"].rsplit("/", 1)[1])
    return data, offset + len(data) >= total


def _place(organization_id: str, run_id: str) -> dict[str, Any]:
    key = ids.key(organization_id, run_id).replace("#", "/")
    return {"Bucket": settings.text("RUN_LISTS_BUCKET"), "Key": key}


@cache
def _client() -> Any:
    config = clients.config().merge(Config(signature_version="s3v4"))
    return clients.session().create_client("s3", config=config)
