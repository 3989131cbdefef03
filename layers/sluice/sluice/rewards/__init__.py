"""The reward ledger: every reward and payout, double entry, once each."""
