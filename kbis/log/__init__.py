"""FACTS. The signed event log: events, bytes, key signatures, the notes tree. Knows no kernel."""
