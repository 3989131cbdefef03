"""What every context stands on: guarded writes, the HTTP door, the outbox, signing, time, ids."""
