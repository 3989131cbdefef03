"""Pages that people see of pushes."""
