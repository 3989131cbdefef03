"""Runs (E8): what their execution, their children, the sweeper and readers do."""
