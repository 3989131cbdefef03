"""Starts MiniStack with the few repairs without which Sluice cannot run on it as on AWS.

Run by `infra.local.ministack`, in MiniStack's own environment. Each repair names the code it
replaces by its digest: a MiniStack that changed there does not start, and whoever raises the pin
looks whether the repair is still needed. `docs/decisions` lists them; Sluice's own files know
nothing of this module.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import tempfile
import threading
import time
import zipfile
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Any, Self

import yaml
from ministack import app
from ministack.core import lambda_runtime
from ministack.services import eventbridge, lambda_svc, stepfunctions
from ministack.services.cloudformation import provisioners

if TYPE_CHECKING:
    from collections.abc import Callable

PINNED = "1.5.33"
WORKERS_PER_FUNCTION = 4
WORKER_WAIT_SECONDS = 25.0
EXTRACTED = Path(tempfile.gettempdir()) / "extracted"

type Definition = dict[str, Any]
type Function = Callable[..., Any]


def _demand(function: Function, digest: str) -> None:
    found = hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16]
    if found != digest:
        message = (
            f"MiniStack's {function.__qualname__} is not the one infra/local/compat.py repairs"
        )
        raise SystemExit(f"{message}: {found}, expected {digest}. Is the repair still needed?")


def evaluate_timeouts() -> None:
    """Step Functions: a task's `TimeoutSeconds` may be a JSONata expression (stock: it fails).

    The push chain's waits differ per strategy, so no literal will do. AWS evaluates it on entering
    the state and demands a positive whole number of seconds.
    """
    stock = stepfunctions._execute_task
    _demand(stock, "53c818d247dba62c")

    def execute_task(
        state: Definition, raw_input: object, execution: Definition, context: Definition
    ) -> object:
        if isinstance(state.get("TimeoutSeconds"), str):
            seconds = stepfunctions._jsonata_state_field(
                state, "TimeoutSeconds", "number", raw_input, context
            )
            if int(seconds) != seconds or seconds < 1:
                raise stepfunctions._ExecutionError(
                    "States.QueryEvaluationError",
                    f"TimeoutSeconds must be a positive integer, but was {seconds}",
                )
            state = state | {"TimeoutSeconds": int(seconds)}
        return stock(state, raw_input, execution, context)

    stepfunctions._execute_task = execute_task


def accept_yaml_definitions() -> None:
    """CloudFormation: a state machine's file may be YAML, as SAM and AWS accept (stock: JSON)."""
    stock = provisioners._sfn_definition
    _demand(stock, "e29ae22959e7b7cf")

    def definition(properties: Definition) -> str:
        text: str = stock(properties)
        return text if text.lstrip().startswith("{") else json.dumps(yaml.safe_load(text))

    provisioners._sfn_definition = definition


class SharedZip:
    """Stands for `zipfile.ZipFile` where workers unpack: the first extracts, the others link.

    Stock workers each unzip code and layers inside the server, which then serves 6 requests/s
    while 24 clients start from cold; shared, it is well over 100.
    """

    _lock = threading.Lock()

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is held open."""

    def namelist(self) -> list[str]:
        """Nothing for the caller to check: `ZipFile.extractall` keeps names inside its folder."""
        return []

    def extractall(self, folder: str) -> None:
        """Make `folder` a link to the one extraction of this content."""
        content = EXTRACTED / hashlib.sha256(self._path.read_bytes()).hexdigest()
        with self._lock:
            if not content.exists():
                EXTRACTED.mkdir(parents=True, exist_ok=True)
                unfinished = tempfile.mkdtemp(dir=EXTRACTED)
                with zipfile.ZipFile(self._path) as archive:
                    archive.extractall(unfinished)
                Path(unfinished).rename(content)
        Path(folder).rmdir()
        Path(folder).symlink_to(content)


def share_extractions() -> None:
    """Lambda: one extraction of each code and layer for all workers (stock: one per worker)."""
    _demand(lambda_runtime.Worker._spawn, "c55febf956565c5e")
    lambda_runtime.zipfile = SimpleNamespace(
        ZipFile=SharedZip,
        BadZipFile=zipfile.BadZipFile,
        LargeFileError=zipfile.LargeZipFile,
    )


def bound_workers() -> None:
    """Lambda: a few processes per function, further calls wait (stock: one process per call).

    32 clients made 63 processes of 3.5 GB. Waiting is bounded, so a function that calls itself
    is throttled in the end, not stuck.
    """
    acquire, release = lambda_runtime.acquire_worker, lambda_runtime.release_worker
    _demand(acquire, "5017d144adb5b983")
    _demand(release, "25d5dd7d42b6e30c")
    freed: defaultdict[str, threading.Condition] = defaultdict(threading.Condition)

    def acquire_worker(func_name: str, *args: object, **options: object) -> object:
        deadline = time.monotonic() + WORKER_WAIT_SECONDS
        while True:
            worker, reason = acquire(func_name, *args, **options)
            if worker is not None or time.monotonic() > deadline:
                return worker, reason
            with freed[func_name]:
                freed[func_name].wait(timeout=0.02)

    def release_worker(worker: Any) -> None:
        release(worker)
        if worker is not None:
            with freed[worker.func_name]:
                freed[worker.func_name].notify()

    lambda_runtime._LOCAL_MAX_WORKERS = WORKERS_PER_FUNCTION
    for module in (lambda_runtime, lambda_svc):
        module.acquire_worker = acquire_worker
        module.release_worker = release_worker


def shorten_log_wait() -> None:
    """Lambda: wait 10 ms for a first log line (stock: 50 ms, paid by every silent call)."""
    drain = lambda_runtime.Worker._drain_stderr_bounded
    _demand(drain, "3fd7cc742872e604")
    drain.__defaults__ = (0.010, 0.003, 0.250)


def forget_stream_positions() -> None:
    """Streams: after a restart their consumers begin with what is new (stock: they miss it).

    The server keeps how far each consumer has read, but not the records, which it counts from zero
    again: it would pass over as many new ones as there were old ones.
    """
    restore = lambda_svc._restore_esm_positions
    _demand(restore, "13262db1ad7997de")

    def restore_esm_positions(store: object, positions: object) -> None:
        if store is not lambda_svc._dynamodb_stream_positions:
            restore(store, positions)

    lambda_svc._restore_esm_positions = restore_esm_positions


def retry_events() -> None:
    """EventBridge: what a function fails at is tried twice more (stock: once, then forgotten).

    AWS hands the event to Lambda, which does so: a function that was once too slow on a busy
    machine, or met a throttled table, has its event again.
    """
    _demand(eventbridge._dispatch_to_lambda, "1f95adbaed3a966a")

    def dispatch_to_lambda(arn: str, payload: str) -> None:
        function, config, _ = lambda_svc._get_func_record_for_ref(arn)
        if function and config:
            record = lambda_svc._execution_record_for_config(function, config)
            lambda_svc.invoke_async_with_retry(record, json.loads(payload))

    eventbridge._dispatch_to_lambda = dispatch_to_lambda


def main() -> None:
    """Check the pin, repair, serve until told to end."""
    if version("ministack") != PINNED:
        raise SystemExit(f"MiniStack {version('ministack')} is installed, {PINNED} is expected")
    evaluate_timeouts()
    accept_yaml_definitions()
    share_extractions()
    bound_workers()
    shorten_log_wait()
    forget_stream_positions()
    retry_events()
    app.main()


if __name__ == "__main__":
    main()
