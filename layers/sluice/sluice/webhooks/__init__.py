"""Webhooks: what happened in an organisation is told to systems of its own, signed, until heard."""
