"""Pure rules of invitations."""
