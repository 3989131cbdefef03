"""Pure rules of employee campaigns."""
