"""Pure rules of pushes: strategies, judging, the chain's decisions, cost."""
