"""JUDGEMENT. Fold, graph, evidence, policies, plan. Pure: no I/O, clock, randomness or environment."""
