"""THE LAB. Worktree, build, signature, guest, QEMU. Performs an action, returns facts. Decides nothing."""
