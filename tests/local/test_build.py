"""What counts as unchanged: a build is skipped only for the very sources it was made from."""

from pathlib import Path

import pytest

from infra.local import build


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("template.yaml", "samconfig.toml", "functions/codes/issue/handler.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "TEMPLATE", tmp_path / "template.yaml")
    monkeypatch.setattr(build, "BUILT_TEMPLATE", tmp_path / "built" / "template.yaml")
    monkeypatch.setattr(build, "STAMP", tmp_path / "stamp")
    return tmp_path


def _count_builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    builds: list[str] = []

    def sam(command: str, **_: object) -> None:
        builds.append(command)
        build.BUILT_TEMPLATE.parent.mkdir(exist_ok=True)
        build.BUILT_TEMPLATE.write_text(f"{len(builds)}")

    monkeypatch.setattr(build, "sam", sam)
    return builds


def test_unchanged_sources_are_built_once(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builds = _count_builds(monkeypatch)
    first = build.build()
    assert build.build() == first
    assert len(builds) == 1

    (sources / "functions/codes/issue/handler.py").write_text("changed")
    assert build.build() != first
    assert len(builds) == 2


def test_a_build_by_somebody_else_is_not_trusted(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sources.exists()
    builds = _count_builds(monkeypatch)
    build.build()
    stamp = build.BUILT_TEMPLATE.stat().st_mtime_ns
    build.BUILT_TEMPLATE.write_text("of other sources")
    assert build.BUILT_TEMPLATE.stat().st_mtime_ns != stamp
    build.build()
    assert len(builds) == 2


def test_byte_code_and_local_tools_are_no_sources(sources: Path) -> None:
    before = build.fingerprint()
    for name in ("functions/codes/__pycache__/x.pyc", "infra/local/tool.py"):
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        (sources / name).write_text("x")
    assert build.fingerprint() == before
