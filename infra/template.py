"""Read template.yaml as plain data, for what is made from it and for the house rules."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
FUNCTION = "AWS::Serverless::Function"
TABLE = "AWS::DynamoDB::Table"
_FULL_NAMES = {"Ref": "Ref", "Condition": "Condition"}  # the short forms without `Fn::`


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms (`!Ref`, `!GetAtt` ...)."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TypeError(f"not a CloudFormation value: {node!r}")
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {_FULL_NAMES.get(suffix, f"Fn::{suffix}"): value}


_Loader.add_multi_constructor("!", _short_form)


def load(path: Path = TEMPLATE) -> dict[str, Any]:
    """Return the template, short forms written out (`{"Ref": ...}`, `{"Fn::GetAtt": [...]}`)."""
    template: dict[str, Any] = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader
    return template


def resources(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of every resource of a type, by logical id, in the file's order."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def layers_of(template: dict[str, Any], logical_id: str) -> tuple[str, ...]:
    """Return the layers of a function, those of all functions first."""
    own = resources(template, FUNCTION)[logical_id].get("Layers", [])
    named = [*template["Globals"]["Function"]["Layers"], *own]
    return tuple(layer["Ref"] for layer in named)


def environment(template: dict[str, Any]) -> dict[str, str]:
    """Return every environment variable that functions get, with a value that makes them load.

    A parameter gives its default, anything else the name of what it refers to: table names become
    the tables' logical ids.
    """
    variables: dict[str, Any] = {}
    for function in [template["Globals"]["Function"], *resources(template, FUNCTION).values()]:
        variables |= function.get("Environment", {}).get("Variables", {})
    return {name: _stand_in(template, value) for name, value in variables.items()}


def _stand_in(template: dict[str, Any], value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    (kind, target) = next(iter(value.items()))
    parameter = template.get("Parameters", {}).get(target if kind == "Ref" else None)
    if parameter is not None:
        return str(parameter.get("Default", ""))
    return str(target[0] if isinstance(target, list) else target)
