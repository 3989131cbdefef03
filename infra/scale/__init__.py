"""How far it scales: the product's own join on a model of AWS, simulated (docs/scale.md)."""
