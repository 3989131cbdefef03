"""A child, the floor R: one stock botocore client and one call over TLS; writes CPU milliseconds.

Arguments: the result's file, the table of codes.
"""

import time

_BEGAN = time.process_time()

import json  # noqa: E402 - all of these count
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import botocore.session  # noqa: E402

result, table = sys.argv[1:]
client: Any = botocore.session.get_session().create_client("dynamodb")
client.get_item(TableName=table, Key={"code": {"S": "none"}})
Path(result).write_text(json.dumps(1000 * (time.process_time() - _BEGAN)))
