"""Read template.yaml as plain data, for what is made from it and for the house rules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
API = "AWS::Serverless::Api"
FUNCTION = "AWS::Serverless::Function"
RULE = "AWS::Events::Rule"
TABLE = "AWS::DynamoDB::Table"
INTEGRATION = "x-amazon-apigateway-integration"
_CALLED = re.compile(r"/functions/\$\{(\w+)\.Arn\}/invocations$")
_FULL_NAMES = {"Ref": "Ref", "Condition": "Condition"}  # the short forms without `Fn::`


@dataclass(frozen=True)
class Route:
    """A route that the API opens: `GET /path`, the function it calls, and who must sign in."""

    name: str
    function: str  # its logical id
    authorizers: tuple[str, ...]  # none where anyone may knock


@dataclass(frozen=True)
class Target:
    """What a rule of EventBridge invokes."""

    rule: str  # its logical id
    function: str  # its logical id
    pattern: dict[str, Any]  # the events that it takes; empty of a schedule
    given: dict[str, Any]  # the target as it stands in the template


class _Loader(yaml.CSafeLoader):
    """YAML with CloudFormation's short forms (`!Ref`, `!GetAtt` ...); in C, seven times faster."""


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
    return parse(path.read_text())


def parse(text: str) -> dict[str, Any]:
    """Return the template that a text is, likewise."""
    template: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    return template


def resources(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of every resource of a type, by logical id, in the file's order."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def routes(template: dict[str, Any]) -> Iterator[Route]:
    """Yield every route of the API, in the file's order."""
    for api in resources(template, API).values():
        for path, operations in api["DefinitionBody"]["paths"].items():
            for method, operation in operations.items():
                called = _CALLED.search(operation[INTEGRATION]["uri"]["Fn::Sub"])
                authorizers = [name for one in operation.get("security", []) for name in one]
                yield Route(
                    f"{method.upper()} {path}",
                    called.group(1) if called else "",
                    tuple(authorizers),
                )


def targets(template: dict[str, Any]) -> Iterator[Target]:
    """Yield whatever rules invoke, in the file's order."""
    for name, rule in resources(template, RULE).items():
        for given in rule["Targets"]:
            function, _ = given["Arn"]["Fn::GetAtt"]
            yield Target(name, function, rule.get("EventPattern", {}), given)


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
    if kind == "Fn::If":
        return _stand_in(template, target[-1])  # what the defaults lead to
    parameter = template.get("Parameters", {}).get(target if kind == "Ref" else None)
    if parameter is not None:
        return str(parameter.get("Default", ""))
    return str(target[0] if isinstance(target, list) else target)
