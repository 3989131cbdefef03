"""All that is stored, in a form in which two runs of the same story are equal.

Ids, hashes, times and what follows from them (shards, buckets) become placeholders; everything
else must be the same, item by item.
"""

import json
import os
import re
from collections.abc import Iterable
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from sluice.shared.clients import client
from tests.faults.world import images
from tests.support.aws import all_models

_SYSTEM_SHARD = re.compile(r"(programme:[a-z0-9_-]+)#\d+")
_VOLATILE = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"), "TIME"),
    (re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b"), "HASH"),
    (re.compile(r"\b[0-9a-hjkmnp-tv-z]{26}\b|\b[0-9a-hj-np-z]{26}\b"), "ID"),
    (re.compile(r"\b[0-9a-hj-np-z]{16}\b"), "ID"),
    (re.compile(r"\b[2-9A-HJKMNP-Z]{12}\b"), "CODE"),
    (re.compile(r"\btoken-\d+\b"), "TOKEN"),
]
# From the clock, from random ids, for what is sealed from a nonce; a run goes around once more.
_DROPPED = {"expires", "due_bucket", "expiry_bucket", "queue", "sealed", "rounds"}
# `full` spares others an attempt, and is left out where AWS is busy: a join does not wait for it.
_HINT = "full"
# A PUT that is repeated counts twice; so does a sync's round that another run takes over.
_VERSIONED = {
    "ORGANIZATIONS_TABLE",
    "CHANNELS_TABLE",
    "RUNS_TABLE",
    "SYNCS_TABLE",
    "WEBHOOKS_TABLE",
}
# How a try ended, and what its answer named, is known of those that ended.
_TRY = {"entry_id", "status", "about"}
_plain = TypeDeserializer()

Dump = dict[str, list[str]]


def dump(ignored: Iterable[str] = ()) -> Dump:
    """Return the items of every table, and the logins; `ignored` names tables (`VISITS`)."""
    found: Dump = {"LOGINS": logins()}
    names = {model.Meta.table_name for model in all_models()}
    for table in sorted(names):
        name = table.removeprefix("test-").upper()
        if name not in ignored:
            items = [i for i in images(table).values() if not _is_shard(i) and not _counts(name, i)]
            found[name] = sorted(_canonical(name, item) for item in items)
    if "AUDIT" in found:  # each try is an entry of its own
        found["AUDIT"] = sorted(set(found["AUDIT"]))
    return found


def differences(expected: Dump, found: Dump) -> list[str]:
    """Return what one has and the other has not, a line for each item."""
    lines = []
    for name in expected.keys() | found.keys():
        missing, extra = list(expected.get(name, [])), []
        for item in found.get(name, []):
            if item in missing:
                missing.remove(item)
            else:
                extra.append(item)
        lines += [f"{name} - {item}" for item in missing] + [f"{name} + {item}" for item in extra]
    return lines


def logins() -> list[str]:
    """Return the users of the pool, their attributes and groups."""
    cognito, pool = client("cognito-idp"), os.environ["USER_POOL_ID"]
    found = []
    for user in cognito.list_users(UserPoolId=pool)["Users"]:
        name = user["Username"]
        held = cognito.admin_list_groups_for_user(UserPoolId=pool, Username=name)["Groups"]
        groups = sorted(group["GroupName"] for group in held)
        given = {a["Name"]: a["Value"] for a in user["Attributes"] if a["Name"] != "sub"}
        facts = [user["Enabled"], groups, given]
        found.append(json.dumps(facts, sort_keys=True))
    return sorted(found)


def _is_shard(item: dict[str, Any]) -> bool:
    """Tell whether an item is the balance of a shard: how many there are is chance.

    That balances equal their entries is an invariant.
    """
    is_system = _SYSTEM_SHARD.search(item.get("account", {}).get("S", "")) is not None
    return is_system and str(item["item"]["S"]).startswith("balance#")


def _counts(table: str, item: dict[str, Any]) -> bool:
    """Tell whether an item is a shard of figures, or the claim on a change that they count.

    Which shard, and in how many changes something came about, is chance; that the figures equal a
    recount is an invariant.
    """
    return table == "PUSH_FIGURES" or (table == "CLAIMS" and "#figures#" in item["key"]["S"])


def _canonical(table: str, item: dict[str, Any]) -> str:
    plain = {name: _plain.deserialize(value) for name, value in item.items()}
    dropped = _DROPPED | ({"version"} if f"{table}_TABLE" in _VERSIONED else set())
    dropped |= _TRY if table == "AUDIT" else set()
    kept = {name: _stable(value) for name, value in plain.items() if name not in dropped}
    if table == "CHANNELS":
        kept["hinted full with room"] = (
            bool(kept.pop(_HINT, False)) and plain["held"] < plain["cap"]
        )
    if table == "STATISTICS":
        kept["key"] = kept["key"].rsplit("#", 1)[0]  # its shard is a hash of the id
    return json.dumps(kept, sort_keys=True, default=repr)


def _stable(value: Any) -> Any:
    if isinstance(value, set):
        return sorted(_stable(each) for each in value)
    if isinstance(value, dict):
        return {name: _stable(each) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    value = _SYSTEM_SHARD.sub(r"\1#SHARD", value)
    for pattern, name in _VOLATILE:
        value = pattern.sub(name, value)
    return value
