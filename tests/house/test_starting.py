"""Each function starts with what the template gives it: variables and layers (F2)."""

import json
import subprocess
import sys

from infra import template
from tests.house import tree

# What only one layer has, by its logical id.
OF_LAYERS = {"WecomLayer": "cryptography", "ImagesLayer": "PIL", "PostersLayer": "uharfbuzz"}
LIMIT_SECONDS = 600  # a busy machine takes minutes for hundreds of starts


def test_every_function_starts() -> None:
    """All are tried in one process of copies, which tells why one does not."""
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
    reasons: dict[str, str] = json.loads(process.stdout)
    assert len(reasons) == len(tree.functions())
    assert not {folder: reason for folder, reason in reasons.items() if reason}
