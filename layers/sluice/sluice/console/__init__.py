"""The console: pages behind the sign-in, a client of the suite's own API (F5)."""
