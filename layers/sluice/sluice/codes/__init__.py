"""Codes and channels (spec A): a scan becomes a seat in a channel with room, once a customer."""
