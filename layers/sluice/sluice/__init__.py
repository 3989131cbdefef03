"""Sluice: codes, rewards and pushes on AWS. Start reading at `codes/store.py`."""

from sluice.shared import start

start.begin()
