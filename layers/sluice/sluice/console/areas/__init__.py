"""The pages, a module for the first part of their paths: `channels` is channels.py."""
