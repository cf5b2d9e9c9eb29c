"""The policies, one class a file, chosen by name and version."""
