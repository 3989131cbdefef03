"""Verbs on codes and channels, one module for each thing they change."""
