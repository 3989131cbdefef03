"""What is read out of the events of AWS before anybody of ours sees it."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

MAX_LOG_BYTES = 16_777_216  # of lines in one event, unpacked
_DATA = "DATA_MESSAGE"


def log_lines(event: Mapping[str, Any]) -> list[str]:
    """Return the lines of an event of CloudWatch Logs; none of a message that only tests us."""
    packed = base64.b64decode(event["awslogs"]["data"])
    raw = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(packed, MAX_LOG_BYTES)
    told = msgspec.json.decode(raw)
    return [str(line["message"]) for line in told["logEvents"] if told["messageType"] == _DATA]


def without(record: Mapping[str, Any], attributes: Sequence[str]) -> Mapping[str, Any]:
    """Return a record of a stream whose images do not have these attributes."""
    if not attributes:
        return record
    data = dict(record["dynamodb"])
    for image in ("OldImage", "NewImage"):
        if image in data:
            kept = {name: value for name, value in data[image].items() if name not in attributes}
            data[image] = kept
    return {**record, "dynamodb": data}
