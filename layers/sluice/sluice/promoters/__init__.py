"""Promoter tasks (spec D): offers, promoters' task lists, what follows from a promotion."""
