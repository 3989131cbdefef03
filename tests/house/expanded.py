"""The template as CloudFormation gets it: after the SAM transform, run here."""

import copy
from functools import cache
from typing import Any

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tests.house import tree

_PLACES = {"CodeUri", "ContentUri", "DefinitionUri"}
_ELSEWHERE = "s3://bucket/key"  # the transform takes uploaded code only


@cache
def resources() -> dict[str, dict[str, Any]]:
    """Return every resource of the expanded template, by logical id."""
    template = copy.deepcopy(tree.loaded())
    for resource in template["Resources"].values():
        for place in _PLACES & resource.get("Properties", {}).keys():
            resource["Properties"][place] = _ELSEWHERE
    parameters = {
        name: parameter.get("Default", "") for name, parameter in template["Parameters"].items()
    }
    translator = Translator(managed_policy_map={}, sam_parser=Parser())
    expanded = translator.translate(template, parameter_values=parameters)
    found: dict[str, dict[str, Any]] = expanded["Resources"]
    return found
