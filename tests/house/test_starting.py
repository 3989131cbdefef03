"""Each function starts with what the template gives it: variables and layers (F2)."""

import json
import subprocess
import sys
from functools import cache

import pytest

from infra import template
from tests.house import tree

# What only one layer has, by its logical id.
OF_LAYERS = {"WecomLayer": "cryptography", "ImagesLayer": "PIL", "PostersLayer": "uharfbuzz"}
LIMIT_SECONDS = 120
pytestmark = pytest.mark.xdist_group("starting")  # each worker would start them all


@cache
def reasons() -> dict[str, str]:
    """Return why functions do not start, by folder; all are tried in one process of copies."""
    values = template.environment(tree.loaded())
    shared = tree.loaded()["Globals"]["Function"]["Environment"]["Variables"]
    wanted = []
    for function in tree.functions().values():
        own = function.get("Environment", {}).get("Variables", {})
        variables = {name: values[name] for name in {**shared, **own}}
        layers = {tree.referred(layer) for layer in function.get("Layers", [])}
        missing = [module for layer, module in OF_LAYERS.items() if layer not in layers]
        folder = function["CodeUri"].removeprefix("functions/")
        wanted.append((folder, variables | {"AWS_REGION": "us-east-1"}, missing))
    process = subprocess.run(
        [sys.executable, "-m", "tests.house.starting"],
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=True,
        cwd=tree.ROOT,
        env={"PYTHONPATH": f"{tree.ROOT}:{tree.PACKAGE.parent}", "PATH": ""},
    )
    found: dict[str, str] = json.loads(process.stdout)
    return found


@pytest.mark.parametrize("logical_id", tree.functions())
def test_a_function_starts(logical_id: str) -> None:
    folder = tree.functions()[logical_id]["CodeUri"].removeprefix("functions/")
    assert not reasons()[folder]
