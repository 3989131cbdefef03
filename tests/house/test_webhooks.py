"""What is emitted is told, or kept for a reason; rule, document and page say it (F3)."""

import re
from functools import cache

import msgspec

from infra.openapi import document
from sluice.webhooks.rules import catalog
from tests.house import tree

PAGE = tree.ROOT / "docs" / "webhooks.md"
TYPE = re.compile(r'"([a-z_]+\.[a-z_]+\.v[0-9]+)"')
MADE = re.compile(r'f"([a-z_]+)\.\{[^}]+\}\.v([0-9]+)"')  # of a state: the catalogue has some
# Types that partners send us, which never are on the bus.
OF_PARTNERS = re.compile(r'access\.partner\([^)]*?"([a-z_]+\.[a-z_]+\.v[0-9]+)"')


@cache
def _texts() -> str:
    files = [*tree.PACKAGE.rglob("*.py"), *(tree.ROOT / "functions").rglob("handler.py")]
    return "\n".join(
        path.read_text() for path in files if "webhooks" not in path.relative_to(tree.ROOT).parts
    )


def _named() -> set[str]:
    return set(TYPE.findall(_texts())) - set(OF_PARTNERS.findall(_texts()))


def test_every_event_is_told_or_kept_for_a_reason() -> None:
    known = {*catalog.CATALOG, *catalog.INTERNAL}
    assert not sorted(_named() - known), "say in webhooks/rules/catalog.py what of it is told"


def test_every_event_made_of_a_state_is_in_the_catalogue() -> None:
    families = {each.split(".")[0] for each in catalog.CATALOG}
    made = {family for family, _ in MADE.findall(_texts())}
    assert made
    assert made <= families


def test_nothing_is_told_that_nobody_emits() -> None:
    made = {family for family, _ in MADE.findall(_texts())}
    dead = [
        each
        for each in catalog.CATALOG
        if each not in TYPE.findall(_texts())
        and each.split(".")[0] not in made
        and not each.startswith("webhook.")
    ]
    assert not dead
    assert not set(catalog.INTERNAL) - set(TYPE.findall(_texts()))


def test_the_rule_brings_what_the_catalogue_lists() -> None:
    (target,) = (one for one in tree.targets() if one.function == "FeedWebhooks" and one.pattern)
    assert target.pattern == {"detail-type": sorted(catalog.CATALOG.keys() - {catalog.TEST})}


def test_the_document_describes_every_event() -> None:
    built = document.build()
    assert built["webhooks"].keys() == catalog.CATALOG.keys()
    for event_type, described in built["webhooks"].items():
        body = described["post"]["requestBody"]["content"]["application/json"]
        assert body["example"]["type"] == event_type
        name = body["schema"]["properties"]["data"]["$ref"].rsplit("/", 1)[1]
        assert name in built["components"]["schemas"]


def test_the_page_lists_every_event_with_its_fields() -> None:
    """The rows are those of the catalogue, in its order."""
    wanted = []
    for told in catalog.CATALOG.values():
        names = ", ".join(f"`{field.encode_name}`" for field in msgspec.structs.fields(told.kind))
        wanted.append(f"| `{told.type}` | {told.purpose} | {names} |")
    rows = [line for line in PAGE.read_text().splitlines() if re.match(r"\| `[a-z_.]+\.v", line)]
    assert rows == wanted


def test_no_field_that_is_told_names_a_person() -> None:
    """By their names: what could hold one is listed here with the reason why it does not."""
    suspicious = re.compile(
        r"name|phone|email|address|natural_key|content|detail|(?<!sales)person|answer"
    )
    found = {
        f"{told.kind.__name__}.{field.encode_name}"
        for told in catalog.CATALOG.values()
        for field in msgspec.structs.fields(told.kind)
        if suspicious.search(field.encode_name)
    }
    assert not found
