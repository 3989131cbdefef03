"""`make bench`: what Sluice costs, each figure against a floor measured in the same run."""
