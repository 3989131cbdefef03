"""Pure rules of promoter tasks."""
