"""Verbs of promoter tasks."""
