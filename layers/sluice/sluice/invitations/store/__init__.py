"""Verbs of invitations."""
