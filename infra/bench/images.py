"""A child: QR images against segno alone; writes milliseconds. Arguments: the result's file."""

import io
import json
import sys
import time
from pathlib import Path
from typing import Literal

import segno

from sluice.codes import qr

URL = "https://s.example.com/s/W7KQ2XNB9RTC"
TIMES = 15
KINDS: tuple[Literal["svg", "png"], ...] = ("svg", "png")


def alone(kind: str) -> None:
    """Make the image as segno's documentation does."""
    segno.make(URL, error="m", micro=False).save(io.BytesIO(), kind=kind, scale=8, border=4)


def main() -> None:
    """Make each image in turn."""
    spent: dict[str, dict[str, list[float]]] = {kind: {"ours": [], "floor": []} for kind in KINDS}
    for _ in range(TIMES):
        for kind in KINDS:
            began = time.thread_time()
            alone(kind)
            between = time.thread_time()
            qr.image(URL, qr.Style(kind))
            spent[kind]["floor"].append(1000 * (between - began))
            spent[kind]["ours"].append(1000 * (time.thread_time() - between))
    Path(sys.argv[1]).write_text(json.dumps(spent))


if __name__ == "__main__":
    main()
