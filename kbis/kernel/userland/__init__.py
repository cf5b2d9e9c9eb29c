"""The guest of a Linux kernel: what it is given to run, and how that gets there."""
