"""Chromium with a page or two, and what every page must be: quiet, accessible, not too wide."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from infra.local import chromium

SMALL, PHONE, DESKTOP = (320, 640), (390, 844), (1280, 800)
# Who is headless is taken for a program, which some pages do not count.
PERSON = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
TIMEOUT_MS = 60_000  # of a click, and of what is waited for: a busy machine takes many seconds
expect.set_options(timeout=TIMEOUT_MS)
# What a browser looks for by itself, whether or not the page asks.
_OWN = ("/favicon.ico",)
_LOADED = {"image", "stylesheet", "script", "font"}
_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
]
# The posters' font: it has Chinese where the system has none, and looks the same everywhere.
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{home}</dir>
  <cachedir>{home}/cache</cachedir>
  <match target="pattern">
    <test name="family" compare="not_eq"><string>monospace</string></test>
    <edit name="family" mode="prepend" binding="strong"><string>Noto Sans SC</string></edit>
  </match>
</fontconfig>
"""


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """Start a Chromium; it ends with the block."""
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        font, settings = "NotoSansSC-Regular.otf", Path(home) / "fonts.conf"
        (Path(home) / font).symlink_to(str(resources.files("pylopdf_fonts_zh_cn") / font))
        settings.write_text(_FONTS.format(home=home))
        browser = playwright.chromium.launch(
            executable_path=chromium.needed(),
            args=[*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
            env={**os.environ, "FONTCONFIG_FILE": str(settings)},
        )
        yield browser
        browser.close()


@dataclass
class Visit:
    """One person's browser: its cookies, its page, and what went wrong in it."""

    context: BrowserContext
    page: Page
    url: str
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> Response:
        """Go to a path of the server and wait until all is loaded."""
        answer = self.page.goto(self.url + path, wait_until="load")
        assert answer is not None
        return answer

    def sign_in(self, email: str, password: str) -> None:
        """Fill the form that asks for a password, and wait for what comes of it."""
        self.page.locator("input[name=email]").fill(email)
        self.page.locator("input[name=password]").fill(password)
        with self.page.expect_navigation():
            self.page.locator("main form button").click()

    def look(self) -> None:
        """Watch the page for what must not happen."""
        self.page.set_default_timeout(TIMEOUT_MS)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _heard(self, kind: str, text: str) -> None:
        # A refused call is the page's business, and a missing picture is told by `_answered`.
        if kind in {"error", "warning"} and not text.startswith("Failed to load resource"):
            self.wrong.append(f"console: {text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url + "/", "data:", "blob:")):
            self.wrong.append(f"asks another server: {request.url}")

    def _answered(self, response: Response) -> None:
        is_bad = response.status >= 400 and response.request.resource_type in _LOADED
        if is_bad and not response.url.endswith(_OWN):
            self.wrong.append(f"{response.status} of {response.url}")

    def assert_quiet(self) -> None:
        """Assert that nothing went wrong so far, and that the page is not wider than the screen."""
        assert not self.wrong, "\n".join(self.wrong)
        wide = self.page.evaluate(_TOO_WIDE)
        assert not wide, f"wider than {self.page.viewport_size}: {wide}"

    def assert_accessible(self) -> None:
        """Assert that axe finds nothing serious or critical; it needs scripts."""
        self.page.evaluate(_axe().axe_script)
        found = self.page.evaluate(_SERIOUS)
        assert not found, "\n".join(found)

    def assert_well(self) -> None:
        """Assert both: quiet and accessible."""
        self.assert_quiet()
        self.assert_accessible()


# Names what reaches over the right edge, so that a failure can be mended without a browser.
_TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter(each => each.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map(each => each.outerHTML.slice(0, 120));
}"""

# What axe finds, a line each; all it tells of what is well would be ten times as long.
_SERIOUS = """async () => (await axe.run({ resultTypes: ["violations"] })).violations
  .filter(each => ["serious", "critical"].includes(each.impact))
  .map(each => `${each.id}: ${each.help}: ` + each.nodes.slice(0, 3)
    .map(node => node.html.slice(0, 160) + " " + node.failureSummary).join("; "))"""


@cache
def _axe() -> Axe:
    return Axe()


@contextlib.contextmanager
def visiting(
    browser: Browser,
    url: str,
    size: tuple[int, int] = PHONE,
    language: str = "en",
    **options: Any,
) -> Iterator[Visit]:
    """Open a browser of somebody who was never there; `options` are Playwright's of a context."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=LANGUAGES[language],
        timezone_id="Asia/Shanghai",
        is_mobile=size != DESKTOP,
        has_touch=size != DESKTOP,
        **{"user_agent": PERSON, **options},
    )
    try:
        visit = Visit(context, context.new_page(), url)
        visit.look()
        yield visit
    finally:
        context.close()
