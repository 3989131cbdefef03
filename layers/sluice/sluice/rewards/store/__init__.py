"""Verbs of the reward ledger: `grants` and `accounts`."""
