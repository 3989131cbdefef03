"""Run a built function under AWS's own Lambda runtime emulator, without Docker.

The function sees what it would see in Lambda: its folder, its layers, the runtime's own packages
and nothing else of this machine, so a package missing from a layer shows here.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.exceptions import ClientError

from infra.local import ministack
from infra.local.build import BUILT, BUILT_TEMPLATE, build
from infra.local.deploy import resources, session
from infra.local.instance import LOCAL, ROOT, Instance
from infra.local.preflight import Unready, free_port

START_SECONDS = 60
END_SECONDS = 3
STDERR = 2
PACKAGES = Path(sysconfig.get_path("purelib"))
# What the Python runtime of Lambda holds besides the standard library.
RUNTIME_PACKAGES = (
    *("awslambdaric", "boto3", "botocore", "dateutil", "jmespath", "s3transfer", "simplejson"),
    *("six.py", "snapshot_restore_py.py", "urllib3"),
)


@dataclass(frozen=True)
class Answer:
    """What a function answered; `failed` when it raised, timed out or did not start."""

    payload: Any
    failed: bool


def logical_id(function: str) -> str:
    """The resource of a function's folder: `codes/issue_code` is `IssueCode`."""
    return "".join(word.capitalize() for word in function.rsplit("/", 1)[-1].split("_"))


def _template() -> tuple[dict[str, Any], dict[str, Any]]:
    template: dict[str, Any] = yaml.safe_load(BUILT_TEMPLATE.read_text())
    return template, template.get("Globals", {}).get("Function", {})


def _properties(name: str) -> dict[str, Any]:
    """A function's properties with the template's globals, as the SAM transform merges them."""
    template, shared = _template()
    if name not in template["Resources"]:
        raise Unready(f"template.yaml has no function {name}")
    own: dict[str, Any] = template["Resources"][name]["Properties"]
    variables = [part.get("Environment", {}).get("Variables", {}) for part in (shared, own)]
    return {
        **shared,
        **own,
        "Layers": shared.get("Layers", []) + own.get("Layers", []),
        "Environment": variables[0] | variables[1],
    }


def _plain(value: object, parameters: Mapping[str, Any]) -> str:
    """A variable's value where no stack is deployed: its own text, a default, or what it names."""
    if not isinstance(value, dict):
        return str(value)
    target = next(iter(value.values()))
    name = str(target[0] if isinstance(target, list) else target)
    return str(parameters.get(name, {}).get("Default", name))


def _variables(name: str, properties: dict[str, Any], instance: Instance) -> dict[str, str]:
    """The function's variables: those of the deployed function, else readable stand-ins."""
    if ministack.is_healthy(instance):
        try:
            deployed = resources(instance)[name]
        except (ClientError, KeyError):
            pass  # nothing is deployed, or not this function
        else:
            client = boto3.client("lambda", **session(instance))
            found = client.get_function_configuration(FunctionName=deployed)
            return found.get("Environment", {}).get("Variables", {})
    parameters = _template()[0].get("Parameters", {})  # read once: it takes a second
    return {key: _plain(value, parameters) for key, value in properties["Environment"].items()}


def runtime_folder() -> Path:
    """A folder that holds the packages of Lambda's own runtime and no other."""
    folder = LOCAL / "lambda-runtime"
    folder.mkdir(parents=True, exist_ok=True)
    extension = next(PACKAGES.glob("runtime_client*.so")).name
    for package in (*RUNTIME_PACKAGES, extension):
        link = folder / package
        if not link.exists():
            link.unlink(missing_ok=True)
            link.symlink_to(PACKAGES / package)
    return folder


def _environment(
    name: str, properties: dict[str, Any], variables: Mapping[str, str], instance: Instance
) -> dict[str, str]:
    layers = [BUILT / layer["Ref"] / "python" for layer in properties["Layers"]]
    code = BUILT / name
    return {
        "PATH": os.defpath,
        "HOME": str(LOCAL),
        "LANG": "C.UTF-8",
        **instance.aws_environment(),
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(properties.get("Timeout", 3)),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(properties.get("MemorySize", 128)),
        "LAMBDA_TASK_ROOT": str(code),
        "PYTHONPATH": os.pathsep.join(map(str, [code, *layers, runtime_folder()])),
        **variables,
    }


def _emulator() -> Path:
    machine = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    return PACKAGES / "samcli" / "local" / "rapid" / f"aws-lambda-rie-{machine}"


@contextmanager
def emulated(
    function: str,
    *,
    instance: Instance | None = None,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Callable[[Any], Answer]]:
    """Run a built function and yield what calls it with an event.

    With `emulated("codes/issue_code") as call`, `call(event)` answers. One call at a time: the
    emulator has one sandbox. `variables` replace those of the deployed function; build first
    (`infra.local.build.build`).

    Raises:
        Unready: it is not built, not in the template, or the emulator did not start.
    """
    name, instance = logical_id(function), instance or Instance()
    if not BUILT_TEMPLATE.exists():
        raise Unready("Nothing is built: run `make build`")
    properties = _properties(name)
    if variables is None:
        variables = _variables(name, properties, instance)
    port = free_port()
    process = subprocess.Popen(
        [
            *(_emulator(), "--log-level", "error"),
            *("--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
            *("--runtime-api-address", f"127.0.0.1:{free_port()}"),
            *(sys.executable, "-S", "-m", "awslambdaric", properties["Handler"]),
        ],
        cwd=BUILT / name,
        env=_environment(name, properties, variables, instance),
        stdin=subprocess.DEVNULL,
        stdout=STDERR,  # the answer alone goes to standard output
    )
    try:
        _wait_for(port)
        yield lambda event: _call(port, event, float(properties.get("Timeout", 3)))
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()  # it ends the function's process, which is in a group of its own
    try:
        process.wait(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=END_SECONDS)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise Unready(f"The Lambda runtime emulator did not start within {START_SECONDS} s")


def _call(port: int, event: object, timeout_seconds: float) -> Answer:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations",
        data=json.dumps(event).encode(),
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout_seconds + START_SECONDS) as response:
            body = response.read().decode()
    except urllib.error.HTTPError as error:  # it could not be imported
        body = error.read().decode()
    try:
        payload = json.loads(body)
    except ValueError:
        return Answer(body, failed=True)  # a timeout is told as text
    return Answer(payload, failed=isinstance(payload, dict) and "errorType" in payload)


def as_in_the_demo(event: str, told: Path = LOCAL / "demo.json") -> Any:
    """Let an event, which speaks of acme and its boss, speak of the organisation of the demo."""
    if told.exists():
        event = event.replace('"boss"', '"first-operator"')
        event = re.sub(r"\bacme\b", json.loads(told.read_text())["organization_id"], event)
    return json.loads(event)


def main() -> None:
    """The command line: build, run one function on its event.json, print what it answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("function", help="its folder below functions/, e.g. codes/issue_code")
    parser.add_argument("--event", type=Path, help="default: the folder's event.json")
    options = parser.parse_args()
    folder = ROOT / "functions" / options.function
    event = options.event or folder / "event.json"
    if not folder.is_dir() or not event.exists():
        raise Unready(f"No function {options.function} with an event.json: see functions/")
    build()
    if not ministack.is_healthy(Instance()):
        print("Calls to AWS will fail: it is not running, see `make demo`", file=sys.stderr)
    with emulated(options.function) as call:
        answer = call(as_in_the_demo(event.read_text()))
    print(json.dumps(answer.payload, indent=2, ensure_ascii=False))
    sys.exit(1 if answer.failed else 0)


if __name__ == "__main__":
    main()
