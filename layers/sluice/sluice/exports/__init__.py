"""Exports: all that an organisation has here, as files (F7); made of the contexts' lists."""
