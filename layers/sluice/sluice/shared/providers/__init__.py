"""What every client of a messaging provider needs, whichever context it belongs to."""
