"""The bench (F3): what it calls fresh byte-code, and how it judges a goal. It times nothing."""

import compileall
import py_compile
from pathlib import Path

import pytest

from infra.bench import layers
from infra.bench.__main__ import transitions
from infra.bench.goals import Goal, over
from infra.local.build import build

UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(layers, "BUILT", tmp_path)
    monkeypatch.setattr(layers, "LAYERS", ("Layer",))
    path = tmp_path / "Layer" / "python" / "module.py"
    path.parent.mkdir(parents=True)
    path.write_text("X = 1\n")
    return path


def test_byte_code_of_this_source_that_nobody_checks_is_fresh(module: Path) -> None:
    compileall.compile_file(module, quiet=1, invalidation_mode=UNCHECKED)
    (layer,) = layers.measure()
    assert (layer.modules, layer.not_fresh) == (1, [])
    assert layer.unzipped_bytes > len("X = 1\n")


def test_byte_code_that_is_missing_stale_or_looked_at_again_is_not_fresh(module: Path) -> None:
    assert layers.measure()[0].not_fresh == ["Layer/python/module.py"]
    compileall.compile_file(module, quiet=1, invalidation_mode=UNCHECKED)
    module.write_text("X = 2\n")
    assert layers.measure()[0].not_fresh == ["Layer/python/module.py"]
    compileall.compile_file(module, quiet=1)
    assert layers.measure()[0].not_fresh == ["Layer/python/module.py"]


def test_the_layers_that_are_built_start_from_fresh_byte_code() -> None:
    """Stale or missing byte-code doubles every cold start (F3)."""
    build()
    for layer in layers.measure():
        assert layer.modules
        assert layer.not_fresh == []


@pytest.mark.parametrize(
    ("ours", "verdict"), [([0.7], "stretch met"), ([0.8], "stretch met"), ([1.0], "met")]
)
def test_a_goal_is_kept_up_to_its_limit(ours: list[float], verdict: str) -> None:
    assert Goal("x", over(ours, [1.0]), 1.0, 0.8).verdict == verdict


def test_a_goal_over_its_limit_is_not_met() -> None:
    assert "not met" in Goal("x", over([1.01], [1.0]), 1.0, 0.8).verdict
    assert "not met" in Goal("x", over([2], [1]), 1, None).verdict


def test_a_push_makes_one_transition_for_each_attempt() -> None:
    """Counted in the definition of the chain (E2)."""
    assert transitions() == 1
