"""One folder, one function, one operation: the tree and template.yaml say the same."""

import ast
import re
from itertools import pairwise

from infra.openapi import discovery
from infra.template import TEMPLATE
from tests.house import tree
from tests.house.each import each

FOLDERS = {tree.name_of(folder): folder for folder in discovery.folders()}
CORES = {"codes", "push", "rewards"}
BANNER = re.compile(r"  # -{10,} (.+)")
RESOURCE = re.compile(r"  (\w+):$")


@each(lambda: FOLDERS)
def test_a_folder_holds_a_handler_and_its_event(name: str) -> None:
    files = {path.name for path in FOLDERS[name].iterdir()}
    missing = {"handler.py", "event.json"} - files
    assert not missing, f"functions/{name} lacks {', '.join(sorted(missing))}"


@each(lambda: FOLDERS)
def test_a_folder_is_named_verb_noun_and_has_its_function(name: str) -> None:
    folder = FOLDERS[name]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", folder.name), f"functions/{name} is not verb_noun"
    function = tree.functions().get(tree.logical_id(folder))
    assert function is not None, f"template.yaml has no function {tree.logical_id(folder)}"
    assert function["CodeUri"] == f"functions/{name}"


@each(tree.functions)
def test_a_function_has_its_folder(logical_id: str) -> None:
    code = tree.functions()[logical_id]["CodeUri"]
    assert code.removeprefix("functions/") in FOLDERS, f"{logical_id}: {code} does not exist"


@each(tree.handlers)
def test_a_description_is_the_first_line_of_the_docstring(logical_id: str) -> None:
    first_line = tree.handlers()[logical_id].doc.split("\n", 1)[0]
    described = tree.functions().get(logical_id, {}).get("Description")
    assert described == first_line, f"{logical_id}: template.yaml says {described!r}"


@each(lambda: FOLDERS)
def test_a_handler_module_has_one_public_function(name: str) -> None:
    module = ast.parse((FOLDERS[name] / "handler.py").read_text())
    functions = [node.name for node in module.body if isinstance(node, ast.FunctionDef)]
    public = [function for function in functions if not function.startswith("_")]
    assert public == ["handler"], f"functions/{name}/handler.py: {public}"


@each(lambda: FOLDERS)
def test_a_handler_of_a_core_knows_no_other_core(name: str) -> None:
    """Cores stand alone; what crosses between them is an event."""
    context = FOLDERS[name].parent.name
    if context not in CORES:
        return
    module = ast.parse((FOLDERS[name] / "handler.py").read_text())
    imported = {
        f"{node.module}.{alias.name}".split(".")[1]
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("sluice")
        for alias in node.names
    }
    assert not imported & (CORES - {context}), f"functions/{name}: {sorted(imported)}"


def test_no_folder_name_is_used_twice() -> None:
    """Logical ids and operation ids are made from it."""
    names = [folder.name for folder in FOLDERS.values()]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


def test_functions_stand_by_name_in_their_section() -> None:
    for section, functions in _functions_by_section().items():
        for earlier, later in pairwise(functions):
            assert earlier < later, f"section {section}: {later} belongs before {earlier}"


def test_a_section_holds_one_context() -> None:
    for section, functions in _functions_by_section().items():
        contexts = {tree.functions()[name]["CodeUri"].split("/")[1] for name in functions}
        assert len(contexts) == 1, f"section {section} holds functions of {sorted(contexts)}"


def _functions_by_section() -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    section = "(before the first banner)"
    for line in TEMPLATE.read_text().splitlines():
        if banner := BANNER.match(line):
            section = banner.group(1)
        elif (found := RESOURCE.match(line)) and found.group(1) in tree.functions():
            sections.setdefault(section, []).append(found.group(1))
    return sections


def test_whoever_calls_wecom_does_so_from_the_fixed_address() -> None:
    """WeCom answers 60020 to any other address."""
    callers = {
        name: function.get("VpcConfig")
        for name, function in tree.functions().items()
        if "WECOM_BASE_URL" in function.get("Environment", {}).get("Variables", {})
    }
    assert len(callers) >= 3
    assert not [name for name, vpc in callers.items() if not vpc]
