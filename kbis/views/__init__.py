"""TELLING. Text, JSON, syzbot log: renderings of the same facts, no second truth."""
