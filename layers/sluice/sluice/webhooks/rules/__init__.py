"""Pure rules of webhooks: what is told, to whom, and when it is tried again (F3)."""
