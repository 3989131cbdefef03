"""Pictures and weights of the pages: `python -m tests.browser pictures` or `weights result.json`.

The world is the same each time, its clock stands and its dice are loaded, so that a picture changes
only where a page does.
"""

import io
import json
import random
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import tests.conftest  # noqa: F401 - the environment that functions read when they are imported
from infra.template import ROOT
from sluice.codes.store import loads, networks, reserving
from tests.browser.gallery import PAGES, Shown
from tests.support import browsers, here
from tests.support.acme import Acme, built
from tests.support.browsers import DESKTOP, PHONE, Visit

PICTURES = ROOT / "docs" / "images" / "pages"
DOCUMENT = ROOT / "docs" / "pages.md"
NOW = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
MAX_HEIGHT = 1150  # of a picture, in pixels
MIN_HEIGHT = 480
COLOURS = 40
PORT = 8765  # in links and their codes: always the same
_INTRODUCTION = """# Pages

What people see, opened in Chromium by `make screenshots` from an example organisation after a week.
A page is added by a line in `tests/browser/gallery.py`; the command writes pictures and this page.
"""
_WEIGHED = """() => {
  const every = [performance.getEntriesByType("navigation")[0],
    ...performance.getEntriesByType("resource")]
    .filter(each => !each.name.endsWith("/favicon.ico"));  // asked for once, whatever the page
  const sum = name => every.reduce((total, each) => total + each[name], 0);
  return { requests: every.length, sent: sum("encodedBodySize"), whole: sum("decodedBodySize") };
}"""

# Also those that wait until somebody scrolls to them.
_ALL_IMAGES = """() => Promise.all([...document.images].map(image => {
  image.loading = "eager";
  return image.decode().catch(() => {});
}))"""


@contextmanager
def _looking(port: int) -> Iterator[tuple[Acme, Any]]:
    """Serve Acme Tea and open a browser."""
    dice = random.Random(9)
    with pytest.MonkeyPatch.context() as patch, here.started(port) as suite:
        patch.setattr(secrets, "randbits", dice.getrandbits)
        patch.setattr(secrets, "choice", dice.choice)
        for module in (loads, networks, reserving):
            patch.setattr(module, "_random", dice)
        acme = built(suite, NOW, stands=True)
        with browsers.launched() as browser:
            yield acme, browser


@contextmanager
def _opened(acme: Acme, browser: Any, page: Shown, *, stands: bool) -> Iterator[Visit]:
    """Open a page; with a clock that `stands` a browser measures nothing."""
    url = acme.here.url
    with browsers.visiting(browser, url, page.size, page.language) as visit:
        if stands:
            visit.page.clock.set_fixed_time(NOW)
        if page.who:
            visit.open("/console/sign-in")
            visit.sign_in(*acme.login(page.who))
        visit.open(page.path(acme))
        yield visit


def pictures() -> None:
    """Write a picture of each page, and the page of them all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with _looking(PORT) as (acme, browser):
        for page in PAGES:
            with _opened(acme, browser, page, stands=True) as visit:
                page.act(visit)
                visit.assert_quiet()
                _save(visit, page.size, PICTURES / f"{page.name}.png")
    wanted = {f"{page.name}.png" for page in PAGES}
    for stale in PICTURES.glob("*.png"):
        if stale.name not in wanted:
            stale.unlink()
    DOCUMENT.write_text(_document())
    sizes = [path.stat().st_size for path in PICTURES.glob("*.png")]
    print(f"screenshots: {len(sizes)} pages, {sum(sizes) / 1000:.0f} kB, in {DOCUMENT}")


def _save(visit: Visit, size: tuple[int, int], path: Path) -> None:
    """Save a page as a PNG of few colours, no higher than a page of paper."""
    visit.page.mouse.move(0, 0)
    if size == PHONE:  # else the picture has the empty rest of the screen
        visit.page.set_viewport_size({"width": PHONE[0], "height": MIN_HEIGHT})
    visit.page.evaluate(_ALL_IMAGES)
    taken = visit.page.screenshot(full_page=True, animations="disabled", caret="hide")
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    cut = picture.crop((0, 0, picture.width, min(picture.height, MAX_HEIGHT)))
    cut.quantize(COLOURS).save(path, optimize=True)


def _document() -> str:
    """Return the gallery: phones three in a row, desktops one."""
    lines = [_INTRODUCTION]
    phones = [page for page in PAGES if page.size != DESKTOP]
    for place in range(0, len(phones), 3):
        row = phones[place : place + 3]
        lines += [
            f"| {' | '.join(page.title for page in row)} |",
            "| --- " * len(row) + "|",
            f"| {' | '.join(_image(page) for page in row)} |",
            "",
        ]
    for page in PAGES:
        if page.size == DESKTOP:
            lines += [f"**{page.title}**", "", _image(page), ""]
    return "\n".join(lines)


def _image(page: Shown) -> str:
    return f"![{page.title}](images/pages/{page.name}.png)"


def weights(result: Path) -> None:
    """Write what the first load of each page asks for and brings, in bytes."""
    found = []
    with _looking(0) as (acme, browser):
        for page in PAGES:
            with _opened(acme, browser, page, stands=False) as visit:
                found.append({"name": page.name, **visit.page.evaluate(_WEIGHED)})
    result.write_text(json.dumps(found))


if __name__ == "__main__":
    if sys.argv[1:] == ["pictures"]:
        pictures()
    else:
        weights(Path(sys.argv[2]))
