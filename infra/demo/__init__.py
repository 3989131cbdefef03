"""`make demo`: the whole story, played over HTTP against a real local deployment (F1)."""
