"""Material of a campaign made for one member (B3): poster, link card, text."""
