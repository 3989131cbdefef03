"""What the last release keeps can be kept by an update to this one (design 2)."""

import copy
from typing import Any

import pytest

from infra import released
from tests.house import tree

NOW = released.shape(tree.loaded())


def changed(table: str = "CampaignsTable") -> tuple[released.Shape, dict[str, Any]]:
    after = copy.deepcopy(NOW)
    return after, after["tables"][table]


def test_this_one_can_be_put_over_the_last_release() -> None:
    """After a release was deployed: python -m infra.released, which writes what it has."""
    last = released.read()
    assert len(last["commit"]) == 40
    assert len(last["tables"]) > 30
    assert not list(released.refused(last, NOW))


def test_a_key_stays() -> None:
    after, table = changed()
    table["keys"]["HASH"] = "another S"
    (reason,) = released.refused(NOW, after)
    assert "CampaignsTable: a key is never changed" in reason


@pytest.mark.parametrize(
    "kind", ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool"]
)
def test_what_keeps_data_stays(kind: str) -> None:
    after, _ = changed()
    name = next(name for name, found in NOW["kept"].items() if found == kind)
    del after["kept"][name]
    after["tables"].pop(name, None)
    (reason,) = released.refused(NOW, after)
    assert reason.startswith(f"{name} is gone")


def test_one_index_may_come_or_go_and_not_two() -> None:
    after, table = changed()
    table["indexes"]["new"] = {"HASH": "a S", "projection": "ALL", "attributes": []}
    assert not list(released.refused(NOW, after))
    table["indexes"]["newer"] = {"HASH": "b S", "projection": "ALL", "attributes": []}
    assert [reason[:36] for reason in released.refused(NOW, after)] == [
        "CampaignsTable: one index in an upda"
    ]


def test_an_index_does_not_change_under_its_name() -> None:
    """Each update makes or removes one: a change is both."""
    name = next(name for name, table in NOW["tables"].items() if table["indexes"])
    after, table = changed(name)
    next(iter(table["indexes"].values()))["projection"] = "KEYS_ONLY, once"
    assert "remove, then make" in "".join(released.refused(NOW, after))


def test_a_new_table_may_have_as_many_as_it_likes() -> None:
    before = copy.deepcopy(NOW)
    for name in list(before["tables"]):
        del before["tables"][name], before["kept"][name]
    assert not list(released.refused(before, NOW))
