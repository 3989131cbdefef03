"""The audit of pinned packages fails for a known flaw and never calls silence clean."""

import json
from typing import Any

import pytest

from infra import audit
from infra.template import ROOT

CLEAN: dict[str, Any] = {"name": "segno", "version": "1.6.6", "vulns": []}
FLAW = {"id": "PYSEC-2026-1", "fix_versions": ["2.1"], "aliases": [], "description": "..."}
FLAWED: dict[str, Any] = {"name": "old", "version": "2.0", "vulns": [FLAW]}
UNKNOWN = {"name": "private", "skip_reason": "Dependency not found"}


def answer(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_a_known_flaw_is_named_with_its_mend() -> None:
    said, found = audit.judge(answer(CLEAN, FLAWED))
    assert said == "2 packages looked at, 1 known flaws"
    assert found == ["old 2.0: PYSEC-2026-1 (mended in 2.1)"]


def test_what_could_not_be_asked_about_is_said() -> None:
    said, found = audit.judge(answer(CLEAN, UNKNOWN))
    assert said == "1 packages looked at, 0 known flaws, 1 unknown to the index asked"
    assert not found


def test_a_service_out_of_reach_is_no_clean_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "ask", lambda _pins: ("", "no route"))
    assert audit.main() == 0
    assert capsys.readouterr().out.count("nothing looked at: no route") == len(audit.PINS)


def test_a_known_flaw_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "ask", lambda _pins: (answer(FLAWED), ""))
    assert audit.main() == 1
    assert "PYSEC-2026-1" in capsys.readouterr().out


def test_every_pinned_package_is_audited() -> None:
    files = {str(path.relative_to(ROOT)) for path in ROOT.glob("requirements/*.txt")}
    assert files == set(audit.PINS)
    layer = set((ROOT / "layers/deps/requirements.txt").read_text().splitlines())
    pinned = {line for line in layer if line and not line.startswith("#")}
    assert pinned <= set((ROOT / "requirements/dev.txt").read_text().splitlines())
