"""Verbs on strategies, pushes, attempts, receipts and behaviours."""
