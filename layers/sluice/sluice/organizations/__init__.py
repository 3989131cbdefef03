"""Who is who: organisations, their members, partners and provider accounts, and who may do what."""
