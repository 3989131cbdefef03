"""What was released last: the commit, what keeps data, and the shape of each table.

`python -m infra.released` writes infra/released.json for the present commit, when a release was
deployed; with a commit, for that one. CloudFormation changes one index of a table per update, never
a key, and what loses its logical id is replaced by an empty one: `refused` says so beforehand.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterator
from typing import Any

from infra import template
from infra.local.preflight import Unready

FILE = template.ROOT / "infra" / "released.json"
GIT_SECONDS = 60

type Shape = dict[str, Any]


def shape(given: dict[str, Any]) -> Shape:
    """What an update must keep of a template: retained resources' types, tables' keys, indexes."""
    kept = {
        name: resource["Type"]
        for name, resource in given["Resources"].items()
        if resource.get("DeletionPolicy") == "Retain"
    }
    tables = {
        name: {"keys": _keys(table, table["KeySchema"]), "indexes": _indexes(table)}
        for name, table in template.resources(given, template.TABLE).items()
    }
    return {"kept": kept, "tables": tables}


def _keys(table: dict[str, Any], schema: list[dict[str, str]]) -> dict[str, str]:
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    return {
        key["KeyType"]: f"{key['AttributeName']} {types[key['AttributeName']]}" for key in schema
    }


def _indexes(table: dict[str, Any]) -> dict[str, Any]:
    return {
        index["IndexName"]: _keys(table, index["KeySchema"])
        | {"projection": index["Projection"]["ProjectionType"]}
        | {"attributes": sorted(index["Projection"].get("NonKeyAttributes", []))}
        for index in table.get("GlobalSecondaryIndexes", [])
    }


def refused(before: Shape, after: Shape) -> Iterator[str]:
    """Yield what CloudFormation could not do in one update, or would do by losing data."""
    for name, kind in before["kept"].items():
        if after["kept"].get(name) != kind:
            yield f"{name} is gone, renamed or no longer kept: its data would be left behind"
    for name, table in before["tables"].items():
        now = after["tables"].get(name)
        if now is None:
            continue  # told above
        if now["keys"] != table["keys"]:
            yield f"{name}: a key is never changed, CloudFormation makes an empty table"
        changed = _changed(table["indexes"], now["indexes"])
        if len(changed) > 1:
            yield f"{name}: one index in an update, not {', '.join(changed)}: release one first"


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The indexes that are made or removed; one that changes is both, under another name."""
    names = sorted(before.keys() | after.keys())
    differing = [name for name in names if before.get(name) != after.get(name)]
    both = [f"{name} (remove, then make)" for name in differing if name in before and name in after]
    return [*differing, *both]


def read() -> Shape:
    """What infra/released.json says, with its `commit`."""
    found: Shape = json.loads(FILE.read_text())
    return found


def git(*arguments: str) -> str:
    """Ask git of this checkout. Raises Unready: there is none, or it does not know."""
    command = ["git", "-C", str(template.ROOT), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=GIT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Unready(f"git {arguments[0]} did not work: {error}") from None
    return done.stdout


def main() -> None:
    """Write what the commit has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", nargs="?", default="HEAD", help="which was released")
    commit = git("rev-parse", f"{parser.parse_args().commit}^{{commit}}").strip()
    found = shape(template.parse(git("show", f"{commit}:{template.TEMPLATE.name}")))
    FILE.write_text(json.dumps({"commit": commit} | found, indent=1) + "\n")
    print(f"{FILE.name}: {commit}, {len(found['tables'])} tables")


if __name__ == "__main__":
    main()
