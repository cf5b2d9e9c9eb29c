"""The toy kernel and its history, for the first run."""
