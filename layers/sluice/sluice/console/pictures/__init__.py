"""Pictures of what the API answers, as numbers that templates draw."""
