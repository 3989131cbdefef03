"""docs/getting-started.md and docs/sms.md do what they say: their own blocks, by curl (F1)."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from infra.local.instance import PORT_VARIABLE, ROOT
from tests.support.client import Deployment

PAGES = (ROOT / "docs" / "getting-started.md", ROOT / "docs" / "sms.md")
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMISED = re.compile(r"# (\d{3})$", re.MULTILINE)
LIMIT_SECONDS = 600  # it looks for three things, for two minutes each
WANTED = {  # of what the pages keep in .local, at the end
    "lin": '"balance_minor": *500',
    "push": '"status": *"reached"',
    "sms": "Tea: It is here",
}
# Each call tells its status in a file, whatever becomes of its answer.
PREAMBLE = """set -euo pipefail
curl() { command curl -w '%{stderr}%{method} %{url_effective} %{http_code}\\n' "$@" 2>>"$TOLD"; }
"""


def _story() -> str:
    """Return the blocks that follow `make demo`; the deployment is here already."""
    started, *blocks = (block for page in PAGES for block in BLOCK.findall(page.read_text()))
    assert started == "make demo\n"
    return PREAMBLE + "\n".join(blocks)


def _calls(told: str) -> list[str]:
    """Return the calls with their statuses; who looks again and again counts once."""
    calls = [line for line in told.splitlines() if line.startswith(("GET", "PUT", "POST"))]
    return [call for call, after in zip(calls, [*calls[1:], ""], strict=True) if call != after]


def test_its_blocks_are_answered_as_they_promise(deployment: Deployment) -> None:
    """A2, A4, A6, E1, E5 by curl: a stranger's first ten minutes."""
    story = _story()
    environment = os.environ | {PORT_VARIABLE: str(deployment.instance.port)}
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told"
        played = subprocess.run(
            ["bash", "-c", story],
            cwd=ROOT,
            env=environment | {"TOLD": str(told)},
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        calls = _calls(told.read_text())
    assert played.returncode == 0, f"{played.stderr[-2000:]}\n{calls}"
    answered = [call.rsplit(" ", 1)[1] for call in calls]
    assert answered == PROMISED.findall(story), calls
    for kept, wanted in WANTED.items():
        found = (ROOT / ".local" / f"{kept}.json").read_text()
        assert re.search(wanted, found), f"{kept}: {found}"
