"""What the documents promise is there: features by spec id, files they name, decisions in order."""

import re
from pathlib import Path

from sluice.push import providers
from tests.house import tree
from tests.house.each import each

FEATURES = {"A": 10, "B": 7, "C": 6, "D": 10, "E": 9, "F": 7}  # how many the spec has
IDS = [f"{group}{number}" for group, count in FEATURES.items() for number in range(1, count + 1)]
STATES = {"done", "part", "-"}  # what a state begins with
MAX_DECISION_LINES = 35
ROW = re.compile(r"^\| ([A-F])(\d+)(?:-\1(\d+))? \|.*\| (-|[a-z]+)[^|]*\|$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#]+)[^)]*\)")
PLACE = re.compile(r"\]\((?!https?://)([^)#]*)#([^)]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
NAMED = re.compile(r"\bdocs/[A-Za-z0-9_/.-]*[A-Za-z0-9]")
NOT_OURS = {".venv", ".local", ".aws-sam", ".git", "node_modules"}


def _readme() -> dict[str, str]:
    """Return the state of every feature in the README's table; `B1-B7` stands for seven."""
    rows = ROW.findall((tree.ROOT / "README.md").read_text())
    return {
        f"{group}{number}": state
        for group, first, last, state in rows
        for number in range(int(first), int(last or first) + 1)
    }


def _files(*patterns: str) -> list[Path]:
    return sorted(
        path
        for pattern in patterns
        for path in tree.ROOT.glob(pattern)
        if path.is_file() and not NOT_OURS & set(path.relative_to(tree.ROOT).parts)
    )


def test_the_readme_has_a_state_for_every_feature() -> None:
    states = _readme()
    assert sorted(states) == sorted(IDS)
    assert set(states.values()) <= STATES, f"a state begins with one of {sorted(STATES)}"


def test_a_finished_feature_is_named_by_a_test() -> None:
    finished = [spec_id for spec_id, state in _readme().items() if state == "done"]
    own = tree.ROOT / "tests" / "house"  # by its whole path: the checkout may have any name
    tests = [path for path in _files("tests/**/*.py") if own not in path.parents]
    text = "\n".join(path.read_text() for path in tests)
    unproven = [spec_id for spec_id in finished if not re.search(rf"\b{spec_id}\b", text)]
    assert not unproven, f"the README calls these done and no test names them: {unproven}"


@each(lambda: map(tree.shown, _files("*.md", "docs/**/*.md")))
def test_a_documents_links_lead_somewhere(document: str) -> None:
    path = tree.ROOT / document
    dead = [link for link in LINK.findall(path.read_text()) if not (path.parent / link).exists()]
    assert not dead, f"{document}: {dead}"


def _places(path: Path) -> set[str]:
    """Return what a link may have behind its `#`, as GitHub makes it of headings."""
    headings = (heading.strip().lower() for heading in HEADING.findall(path.read_text()))
    return {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings}


@each(lambda: map(tree.shown, _files("*.md", "docs/**/*.md")))
def test_a_link_to_a_heading_finds_it(document: str) -> None:
    path = tree.ROOT / document
    found = [
        (link, place)
        for link, place in PLACE.findall(path.read_text())
        if ".md" in link or not link
    ]
    dead = [
        f"{link}#{place}"
        for link, place in found
        if place not in _places(path.parent / link if link else path)
    ]
    assert not dead, f"{document}: {dead}"


def test_every_document_is_reached_from_the_readme() -> None:
    """By links; one to a folder reaches what is in it."""
    reached, next_ones = set[Path](), [tree.ROOT / "README.md"]
    while next_ones:
        path = next_ones.pop().resolve()
        if path in reached:
            continue
        reached.add(path)
        if path.is_dir():
            next_ones += path.glob("*.md")
        elif path.suffix == ".md":
            next_ones += [path.parent / link for link in LINK.findall(path.read_text())]
    lost = [tree.shown(path) for path in _files("docs/**/*.md") if path not in reached]
    assert not lost, f"no link leads there, add one in docs/README.md: {lost}"


def test_every_type_of_provider_stands_on_its_page() -> None:
    page = (tree.ROOT / "docs" / "push-providers.md").read_text()
    settings = page.partition("\n## ")[0]
    missing = [each for each in providers.types() if f"| `{each}`" not in settings]
    assert not missing, f"docs/push-providers.md has no row: {missing}"


def test_documents_that_code_names_exist() -> None:
    files = _files("*.y*ml", "*.toml", "Makefile")
    files += _files("layers/**/*", "functions/**/*.py", "infra/**/*.py", "tests/**/*.py")
    dead = set()
    for path in files:
        if path.suffix in {".py", ".yaml", ".yml", ".toml", ".txt"} or path.name == "Makefile":
            for name in NAMED.findall(path.read_text()):
                if not list(tree.ROOT.glob(f"{name}*")):
                    dead.add(f"{tree.shown(path)} names {name}")
    assert not dead, sorted(dead)


def test_decisions_have_a_number_each_and_are_short() -> None:
    """Numbers are given before the pages are written, so one may still be missing."""
    decisions = _files("docs/decisions/*.md")
    numbers = [int(path.name[:4]) for path in decisions]
    assert len(set(numbers)) == len(numbers)
    for path in decisions:
        text = path.read_text()
        assert len(text.splitlines()) <= MAX_DECISION_LINES, path.name
        for section in ("Context", "Decision", "Effect", "Consequence"):
            begins = re.compile(rf"^(## |\*\*){section}", re.MULTILINE)
            assert begins.search(text), f"{path.name} lacks {section}"
