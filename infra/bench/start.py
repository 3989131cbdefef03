"""A child: import a function as Lambda does and call it twice; writes CPU milliseconds.

Arguments: the result's file, the function's events, which of them comes first.
"""

import time

_BEGAN = time.process_time()  # a bare interpreter's own share ends here

import importlib  # noqa: E402 - all of these count
import json  # noqa: E402
import sys  # noqa: E402
from itertools import pairwise  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402


class Context:
    """What functions read of Lambda's context."""

    aws_request_id = "bench"


def main() -> None:
    """Measure one cold start."""
    result, events, first = sys.argv[1:]
    given = json.loads(Path(events).read_text())
    marks = [_BEGAN]
    handler = importlib.import_module("handler").handler
    marks.append(time.process_time())
    answers: list[Any] = []
    for event in given[int(first) : int(first) + 2]:
        try:
            answer = handler(event, Context())
        except Exception as error:  # noqa: BLE001 - shown in the table
            answer = {"statusCode": type(error).__name__}
        marks.append(time.process_time())
        answers.append(answer.get("statusCode", "done") if isinstance(answer, dict) else "done")
    spent = [1000 * (after - before) for before, after in pairwise(marks)]
    Path(result).write_text(json.dumps({"milliseconds": spent, "answers": answers}))


main()
