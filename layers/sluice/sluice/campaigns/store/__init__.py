"""Verbs of employee campaigns."""
