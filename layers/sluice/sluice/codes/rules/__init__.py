"""Pure rules of codes and channels: no AWS, no clock, no randomness of their own."""
