"""Pages in Chromium, against the suite in this process."""
