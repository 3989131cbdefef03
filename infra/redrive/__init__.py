"""`make redrive`: what lies in the failure queues goes back to where it failed."""
