"""Employee campaigns (spec B): what members spread, the signups it brings, what became of them."""
