"""The push chain (spec E): one message, the cheapest channel that works, and nothing after that."""
