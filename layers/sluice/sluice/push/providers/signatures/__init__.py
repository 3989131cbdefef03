"""How providers want requests signed: pure functions, held against the published examples."""
