"""Pages of invitations: plain templates, which work without scripts."""
