"""Workflows run nothing that its author can change under us, and with no right to write."""

import re
from pathlib import Path

import yaml

from tests.house import tree
from tests.house.each import each

PINNED = re.compile(r"^\s*-?\s*uses:\s*[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$")
USES = re.compile(r"^\s*-?\s*uses:")
TARGETS = {"check", "test", "build"}  # what must have passed before a merge


def _workflows() -> list[str]:
    folder = tree.ROOT / ".github" / "workflows"
    return sorted(tree.shown(path) for path in folder.iterdir())


def _text(workflow: str) -> str:
    return Path(tree.ROOT / workflow).read_text()


@each(_workflows)
def test_every_action_is_pinned_by_its_commit_and_names_its_release(workflow: str) -> None:
    """A tag can be moved to other code; 40 hexadecimal digits cannot."""
    lines = [line for line in _text(workflow).splitlines() if USES.match(line)]
    loose = [line.strip() for line in lines if not PINNED.match(line)]
    assert not loose, f"{workflow}: {loose}"


@each(_workflows)
def test_a_workflow_may_only_read(workflow: str) -> None:
    assert yaml.safe_load(_text(workflow))["permissions"] == {"contents": "read"}


def test_ci_checks_tests_and_builds() -> None:
    job = yaml.safe_load(_text(".github/workflows/ci.yml"))["jobs"]["make"]
    assert set(job["strategy"]["matrix"]["target"]) == TARGETS
    assert "make ${{ matrix.target }}" in [step.get("run") for step in job["steps"]]
