"""Content versions and their chain on moto (E9): kept once, chained once, verified."""

from collections.abc import Iterator

import pytest

from sluice.push.content_tables import ChainHead, ChainLink, ContentItem, ContentVersion
from sluice.push.refusals import ChainMoved, ContentChained
from sluice.push.rules.contents import Content, ProviderTemplate
from sluice.push.rules.versions import Head, What
from sluice.push.store import contents
from sluice.shared.outbox import OutboxItem, event_of
from sluice.shared.table import find
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.requests import recorded
from tests.support.staff import NOW


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def content(number: int = 1) -> Content:
    return Content(f"Title {number}", "Body")


def keep(number: int = 1) -> str:
    return str(contents.keep(ORGANIZATION, content(number), NOW).version)


def chained(count: int) -> list[str]:
    versions = [keep(number) for number in range(1, count + 1)]
    for version in versions:
        contents.append(ORGANIZATION, version, NOW)
    return versions


def walk(after: Head | None = None) -> list[tuple[int, What]]:
    wrong, _, _ = contents.walk(ORGANIZATION, after or Head(0, ""))
    return [(each.place, each.what) for each in wrong]


def link(place: int) -> ChainLink:
    return ChainLink.get(f"{ORGANIZATION}#chain", f"{place:010d}")


def test_content_is_kept_once_and_told_once() -> None:
    first = keep()
    with recorded() as asked:
        assert keep() == first
    assert asked.names == [], "this process knows that it is stored"
    contents.forget()
    with recorded() as asked:
        assert keep() == first
    assert asked.names == ["TransactWriteItems"]
    assert len(items_of(ContentItem)) == 1
    (event,) = [event_of(item) for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    assert (event.type, event.data) == ("content.added.v1", {"version": first})


def test_organisations_have_content_and_chains_of_their_own() -> None:
    """F4."""
    keep()
    contents.keep("other", content(), NOW)
    assert len(items_of(ContentItem)) == 2
    chained(2)
    assert contents.walk("other", Head(0, ""))[2] == 0


def test_a_version_has_one_place_however_often_its_event_comes() -> None:
    versions = chained(3)
    with recorded() as asked:
        contents.append(ORGANIZATION, versions[1], NOW)
    assert asked.names == ["GetItem", "TransactWriteItems"]
    head = ChainHead.get(f"{ORGANIZATION}#chain", "head")
    assert (int(head.position), head.hash) == (3, link(3).hash)
    assert [link(place).link.version for place in (1, 2, 3)] == versions


def test_two_that_append_with_the_same_head_get_two_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second looked before the first wrote: it is refused, looks again and stands behind it."""
    one, other = keep(1), keep(2)
    stale = [None, None]
    monkeypatch.setattr(contents, "find", lambda *key: stale.pop() if stale else find(*key))
    contents.append(ORGANIZATION, one, NOW)
    contents.append(ORGANIZATION, other, NOW)
    assert [link(place).link.version for place in (1, 2)] == [one, other]
    assert walk() == []


def test_what_is_not_stored_is_not_chained() -> None:
    with pytest.raises(ContentChained):
        contents._link(ORGANIZATION, None, "sha256:" + "0" * 64, NOW)
    version = chained(1)[0]
    ContentVersion(f"{ORGANIZATION}#content#{version[7:]}", "version").update(
        [ContentVersion.position.remove()]
    )
    with pytest.raises(ChainMoved):
        contents._link(ORGANIZATION, None, version, NOW)


def test_a_chain_verifies_in_steps_and_tells_the_head_to_keep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(contents, "MAX_LINKS", 2)
    chained(5)
    head, places = Head(0, ""), []
    for _ in range(3):
        with recorded() as asked:
            wrong, head, length = contents.walk(ORGANIZATION, head)
        assert (wrong, length) == ([], 5)
        assert asked.names == ["GetItem", "Query", "BatchGetItem"]
        places.append(head.position)
    assert places == [2, 4, 5]
    assert contents.walk(ORGANIZATION, head)[:2] == ([], head)
    other = Head(4, "sha256:" + "1" * 64)
    assert walk(other) == [(4, What.CHANGED)]


def test_an_empty_chain_verifies() -> None:
    assert contents.walk(ORGANIZATION, Head(0, ""))[0] == []
    assert walk(Head(1, "sha256:" + "1" * 64)) == [(1, What.MISSING)], "a head was kept of it"


def test_what_is_changed_missing_or_elsewhere_is_named() -> None:
    """E9."""
    versions = chained(6)
    key = f"{ORGANIZATION}#content#{versions[0][7:]}"
    ContentVersion(key, "version").update([ContentVersion.text.set('{"title":"Free money"}')])
    ContentVersion(f"{ORGANIZATION}#content#{versions[1][7:]}", "version").delete()
    link(3).delete()
    one, other = link(5), link(6)
    one.item, other.item = other.item, one.item
    one.save()
    other.save()
    assert walk() == [
        (1, What.CHANGED),
        (2, What.MISSING),
        (3, What.MISSING),
        (5, What.REORDERED),
        (6, What.REORDERED),
    ]


def test_links_cut_off_at_the_end_are_missed() -> None:
    """E9: by the head item, and by the head that was kept where that was set back too."""
    chained(3)
    kept = Head(3, link(3).hash)
    link(3).delete()
    assert walk() == [(3, What.MISSING)]
    ChainHead(f"{ORGANIZATION}#chain", "head", position=2, hash=link(2).hash).save()
    assert walk() == []
    assert walk(kept) == [(3, What.MISSING)]


def test_words_in_another_order_of_parameters_are_other_words() -> None:
    """Tencent's parameters are counted, not named."""
    one, other = (
        Content("T", "B", templates={"sms": ProviderTemplate("1", dict(given))})
        for given in ((("a", "x"), ("b", "y")), (("b", "y"), ("a", "x")))
    )
    kept = {contents.keep(ORGANIZATION, each, NOW).version for each in (one, other)}
    assert len(kept) == 2
