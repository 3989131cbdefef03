"""What the built layers weigh, and whether Python can trust their byte-code."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.bench.world import LAYERS
from infra.local.build import BUILT

TAG = "cpython-313"
_FLAGS, _HASH = slice(4, 8), slice(8, 16)
_UNCHECKED_HASH = (1).to_bytes(4, "little")


@dataclass(frozen=True)
class Layer:
    """A layer's size, and the modules whose byte-code is missing, stale or looked at again."""

    name: str
    unzipped_bytes: int
    zipped_bytes: int
    modules: int
    not_fresh: list[str]


@dataclass(frozen=True)
class Package:
    """A package in a layer, by what its own record says."""

    name: str
    version: str
    size_bytes: int


def packages() -> list[Package]:
    """List what is in the layer of packages, the largest first."""
    folder = BUILT / LAYERS[0] / "python"
    found = [
        Package(each.metadata["Name"], each.version, _size(folder, each))
        for each in importlib.metadata.distributions(path=[str(folder)])
    ]
    return sorted(found, key=lambda package: -package.size_bytes)


def _size(folder: Path, distribution: importlib.metadata.Distribution) -> int:
    """Add up the files of a distribution's own top folders, byte-code included."""
    names = {Path(str(file)).parts[0] for file in distribution.files or ()}
    paths = [
        path for name in sorted(names - {"__pycache__", ".."}) for path in _files(folder / name)
    ]
    return sum(path.stat().st_size for path in paths)


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]


def measure() -> list[Layer]:
    """Weigh every layer."""
    return [_measure(name) for name in LAYERS]


def _measure(name: str) -> Layer:
    files = [path for path in sorted((BUILT / name).rglob("*")) if path.is_file()]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(BUILT / name))
    modules = [path for path in files if path.suffix == ".py"]
    return Layer(
        name,
        sum(path.stat().st_size for path in files),
        out.tell(),
        len(modules),
        list(_not_fresh(modules)),
    )


def _not_fresh(modules: list[Path]) -> Iterator[str]:
    """Yield the modules without byte-code of this very source that is used unchecked."""
    for path in modules:
        compiled = path.parent / "__pycache__" / f"{path.stem}.{TAG}.pyc"
        head = compiled.read_bytes()[:16] if compiled.exists() else b""
        wanted = importlib.util.source_hash(path.read_bytes())
        if head[_FLAGS] != _UNCHECKED_HASH or head[_HASH] != wanted:
            yield str(path.relative_to(BUILT))
