"""Linux: the one config, the make command, the toolchain and patches of each revision, and what a build reads."""
