"""The typer commands, one file a group; thin."""
