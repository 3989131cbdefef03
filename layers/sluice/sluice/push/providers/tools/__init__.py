"""What several adapters need; a package, so that it is not taken for an adapter."""
