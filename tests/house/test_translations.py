"""What a Chinese page says to type, the English one says: commands, pictures, feature ids."""

import re

from tests.house import tree
from tests.house.each import each

BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
FEATURE = re.compile(r"^\| ([A-F]\d+(?:-[A-F]?\d+)?) \|", re.MULTILINE)


def _translated() -> list[str]:
    return sorted(
        tree.shown(path)
        for folder in (tree.ROOT, tree.ROOT / "docs")
        for path in folder.glob("*.zh-CN.md")
    )


def _texts(translation: str) -> tuple[str, str]:
    """Return the English page and its translation."""
    english = translation.replace(".zh-CN", "")
    return (tree.ROOT / english).read_text(), (tree.ROOT / translation).read_text()


def test_there_are_translations() -> None:
    assert {"README.zh-CN.md", "docs/getting-started.zh-CN.md"} <= set(_translated())


@each(_translated)
def test_a_translation_has_the_same_blocks(translation: str) -> None:
    english, chinese = _texts(translation)
    blocks = BLOCK.findall(english)
    assert blocks
    assert BLOCK.findall(chinese) == blocks, f"copy the blocks of the English page: {translation}"


@each(_translated)
def test_a_translation_names_the_same_features(translation: str) -> None:
    english, chinese = _texts(translation)
    assert FEATURE.findall(chinese) == FEATURE.findall(english), translation


@each(_translated)
def test_page_and_translation_lead_to_each_other(translation: str) -> None:
    english, chinese = _texts(translation)
    name = translation.rpartition("/")[2]
    assert f"]({name})" in english
    assert f"]({name.replace('.zh-CN', '')})" in chinese
