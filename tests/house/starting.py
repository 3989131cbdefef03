"""Import handlers, each as its function starts: with its own variables, and its own layers only.

Run by test_starting.py as a process of its own: from standard input a JSON list of
[folder, variables, modules that are not there]; to standard output the reasons by folder.
"""

import importlib
import json
import os
import sys
import traceback

# What they share is imported once; each then begins as a copy of this process.
import aws_lambda_powertools.logging  # noqa: F401
import boto3  # noqa: F401
import botocore.session  # noqa: F401
import msgspec  # noqa: F401
import pynamodb.models  # noqa: F401

# Who sends, and who asks adapters what they carry and need, must be able to load each of them.
SENDING = "sluice.push.sending"
LOADING = ("organizations/put_provider_account", "push/put_strategy", "push/receive_receipt")
_KEPT = ("PATH", "HOME", "PYTHONPATH")


def _why_not(folder: str, variables: dict[str, str], missing: list[str]) -> str:
    """Return why a function does not start, or an empty text."""
    os.environ |= variables
    for name in os.environ.keys() - {*variables, *_KEPT}:
        del os.environ[name]
    for name in missing:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        importlib.import_module(f"functions.{folder.replace('/', '.')}.handler")
        if SENDING in sys.modules or folder in LOADING:
            providers = importlib.import_module("sluice.push.providers")
            for account_type in providers.types():
                providers.adapter_of_type(account_type)
    except BaseException:  # noqa: BLE001 - whatever it is, the function does not start
        return traceback.format_exc().strip().splitlines()[-1]
    return ""


def _in_a_copy(folder: str, variables: dict[str, str], missing: list[str]) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, _why_not(folder, variables, missing)[:4000].encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        reason = told.read()
    os.waitpid(child, 0)
    return reason


if __name__ == "__main__":
    wanted = json.load(sys.stdin)
    json.dump({each[0]: _in_a_copy(*each) for each in wanted}, sys.stdout)
