"""What it costs in money: measured requests, units and times by list prices (docs/cost.md)."""
