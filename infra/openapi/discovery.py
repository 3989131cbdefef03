"""Find every operation: one folder functions/<context>/<verb_noun> with a handler.py."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from infra.template import ROOT
from sluice.shared.http import Door, Operation

FUNCTIONS = ROOT / "functions"


@dataclass(frozen=True)
class Handler:
    """One function of the tree."""

    folder: Path
    module: ModuleType

    @property
    def context(self) -> str:
        """The context it belongs to."""
        return self.folder.parent.name

    @property
    def name(self) -> str:
        """The operation: the folder's name, `verb_noun`."""
        return self.folder.name

    @property
    def doc(self) -> str:
        """The module's docstring."""
        return self.module.__doc__ or ""

    @property
    def operation(self) -> Operation | None:
        """The declared HTTP operation; None for a function that events wake."""
        return getattr(self.module.handler, "operation", None)


@dataclass(frozen=True)
class Route:
    """One door of an HTTP operation."""

    handler: Handler
    operation: Operation
    door: Door
    operation_id: str

    @property
    def path(self) -> str:
        """The path as the document has it: it knows no parameter that goes on over slashes."""
        return self.door.path.replace("+}", "}")


def folders() -> list[Path]:
    """Return every operation's folder, by context and name.

    One that git has left, on another branch, keeps its `__pycache__` and is none.
    """
    held = {path.parent for path in FUNCTIONS.glob("*/*/*") if not path.name.startswith("__")}
    return sorted(folder for folder in held if not folder.name.startswith(("__", ".")))


def handlers() -> list[Handler]:
    """Import every handler."""
    return [
        Handler(path, importlib.import_module(f"functions.{path.parent.name}.{path.name}.handler"))
        for path in folders()
        if (path / "handler.py").exists()
    ]


def routes() -> Iterator[Route]:
    """Yield every door. The first of an operation has the folder's name for its id.

    Further ones add their caller's kind, then the last fixed part of their path, then the last two.
    """
    for handler in handlers():
        if handler.operation is None:
            continue
        taken: set[str] = set()
        for door in handler.operation.doors:
            fixed = [part for part in door.path.split("/") if part and not part.startswith("{")]
            further = (door.kind, fixed[-1], "_".join(fixed[-2:]))
            names = (handler.name, *(f"{handler.name}_{part}" for part in further))
            name = next(name for name in names if name not in taken)
            taken.add(name)
            yield Route(handler, handler.operation, door, name.replace("-", "_"))
