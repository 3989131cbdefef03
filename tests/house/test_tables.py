"""The models in tables.py and the tables in template.yaml are the same; tables keep their data."""

import os
from typing import Any

from pynamodb.attributes import TTLAttribute
from pynamodb.indexes import Index

from infra import template
from sluice.shared.table import Table
from tests.house import tree
from tests.house.each import each
from tests.support.aws import all_models

MODELS = {f"{model.__module__}.{model.__name__}": model for model in all_models()}
TABLES = tree.resources(tree.TABLE)


def _table_of(model: type[Table]) -> str:
    """Return the logical id of the table whose name a model reads from the environment."""
    named = {
        os.environ.get(variable): logical_id
        for variable, logical_id in template.environment(tree.loaded()).items()
        if logical_id in TABLES
    }
    return named.get(model.Meta.table_name, "")


def _table(name: str) -> tree.Properties:
    table = TABLES.get(_table_of(MODELS[name]))
    assert table is not None, f"template.yaml has no table for {name}, or Globals do not name it"
    return table


def _model_schema(name: str) -> dict[str, Any]:
    """Return what pynamodb would create: keys, attribute types, indexes."""
    return dict(MODELS[name]._get_schema())


def _keys(schema: list[dict[str, str]]) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in schema}


def _types(definitions: list[dict[str, str]]) -> dict[str, str]:
    return {each["AttributeName"]: each["AttributeType"] for each in definitions}


def _shape(keys: list[dict[str, str]], projection: dict[str, Any]) -> tuple[Any, ...]:
    kept = sorted(projection.get("NonKeyAttributes") or [])
    return _keys(keys), projection["ProjectionType"], kept


def _model_indexes(name: str) -> dict[str, tuple[Any, ...]]:
    return {
        index["index_name"]: _shape(index["key_schema"], index["projection"])
        for index in _model_schema(name)["global_secondary_indexes"]
    }


def _table_indexes(table: tree.Properties) -> dict[str, tuple[Any, ...]]:
    return {
        index["IndexName"]: _shape(index["KeySchema"], index["Projection"])
        for index in table.get("GlobalSecondaryIndexes", [])
    }


@each(lambda: MODELS)
def test_a_models_keys_are_its_tables(name: str) -> None:
    table, schema = _table(name), _model_schema(name)
    assert _keys(schema["key_schema"]) == _keys(table["KeySchema"])
    types = _types(table["AttributeDefinitions"])
    assert _types(schema["attribute_definitions"]).items() <= types.items()


@each(lambda: MODELS)
def test_a_models_indexes_are_its_tables(name: str) -> None:
    given = _table_indexes(_table(name))
    for index_name, shape in _model_indexes(name).items():
        assert given.get(index_name) == shape, f"{name}: {index_name}"
    assert not _model_schema(name)["local_secondary_indexes"], "a local index limits a partition"


@each(lambda: TABLES)
def test_a_table_has_models_for_all_it_declares(logical_id: str) -> None:
    names = [name for name, model in MODELS.items() if _table_of(model) == logical_id]
    assert names, f"no model reads {logical_id}"
    indexes: set[str] = set()
    attributes: set[str] = set()
    expiring = set()
    for name in names:
        indexes |= _model_indexes(name).keys()
        attributes |= _types(_model_schema(name)["attribute_definitions"]).keys()
        own = MODELS[name].get_attributes().values()
        expiring |= {each.attr_name for each in own if isinstance(each, TTLAttribute)}
    table = TABLES[logical_id]
    assert _table_indexes(table).keys() == indexes
    assert _types(table["AttributeDefinitions"]).keys() == attributes
    ttl = table.get("TimeToLiveSpecification", {})
    assert expiring == ({ttl["AttributeName"]} if ttl.get("Enabled") else set())


@each(lambda: TABLES)
def test_a_table_keeps_its_data(logical_id: str) -> None:
    resource, table = tree.loaded()["Resources"][logical_id], TABLES[logical_id]
    assert resource.get("DeletionPolicy") == "Retain"
    assert resource.get("UpdateReplacePolicy") == "Retain"
    recovery = table.get("PointInTimeRecoverySpecification", {})
    assert recovery.get("PointInTimeRecoveryEnabled") is True
    assert table.get("SSESpecification", {}).get("SSEEnabled") is True


@each(lambda: TABLES)
def test_a_table_has_no_fixed_name_and_no_fixed_capacity(logical_id: str) -> None:
    """A fixed name would clash with the table that an earlier stack left behind."""
    assert "TableName" not in TABLES[logical_id]
    assert TABLES[logical_id].get("BillingMode") == "PAY_PER_REQUEST"


@each(lambda: MODELS)
def test_a_model_has_no_verbs_and_carries_the_version_of_its_shape(name: str) -> None:
    own = {key: value for key, value in vars(MODELS[name]).items() if not key.startswith("_")}
    verbs = [
        key
        for key, value in own.items()
        if callable(value) and not isinstance(value, (type, Index))
    ]
    assert not verbs, f"{name}: verbs belong in store.py ({verbs})"
    assert "schema" in MODELS[name].get_attributes()
