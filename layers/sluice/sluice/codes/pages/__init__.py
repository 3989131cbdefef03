"""Pages that customers see. Plain templates: a scan is the hot path, and Jinja2 costs 120 ms."""
