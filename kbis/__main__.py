"""`python -m kbis` is `kbis`."""

from kbis.cli.main import main

main()
