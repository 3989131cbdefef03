"""Pages of channels (A1, F3): no page is more than an answer may hold."""

from collections.abc import Iterator

import pytest

from sluice.codes.store import channels
from tests.support.aws import local_aws
from tests.support.candidates import SQUARE, around
from tests.support.codes import open_channel
from tests.support.events import ORGANIZATION
from tests.support.staff import found_organization


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield


@pytest.mark.parametrize("most", [0, 100, 250])
def test_a_page_of_large_areas_ends_early_and_the_next_goes_on(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five hundred areas of 60 KB would be 30 MB: Lambda answers 6 MB."""
    monkeypatch.setattr(channels, "MAX_PAGE_BYTES", most)
    for n in range(4):
        open_channel(f"c{n}", service_area=around(SQUARE, 500))
    pages: list[list[str]] = []
    cursor = ""
    while not pages or cursor:
        found, following = channels.list_channels(ORGANIZATION, 10, cursor)
        pages.append([channel.channel_id for channel in found])
        cursor = following or ""
    assert [name for page in pages for name in page] == ["c0", "c1", "c2", "c3"]
    assert len(pages) == (4 if most < 250 else 2)
