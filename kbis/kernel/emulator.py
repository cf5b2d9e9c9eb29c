"""Which QEMU is installed."""

import re
import shutil
from pathlib import Path

from kbis.errors import InfraError
from kbis.kernel import process, tools

_VERSION_LIMIT_S = 20.0
_VERSION = re.compile(rb"QEMU emulator version (\S+)")
_KNOWN: dict[tuple[str, int], str] = {}


def version(program: str) -> str:
    """The emulator's name and version, such as "QEMU 7.2.22".

    Raises:
        InfraError: it is not installed or does not run.
    """
    path = shutil.which(program)
    if path is None:
        raise tools.missing(program)
    key = (path, Path(path).stat().st_mtime_ns)
    if key not in _KNOWN:
        asked = process.run([path, "--version"], cwd=Path("/"), limit_s=_VERSION_LIMIT_S)
        found = _VERSION.search(asked.output.text())
        if asked.status != 0 or found is None:
            said = asked.output.end(200).decode("utf-8", "replace").strip()
            raise InfraError(f"{program} does not run: {said}.", tools.install_hint(program))
        _KNOWN[key] = f"QEMU {found[1].decode('ascii', 'replace')}"
    return _KNOWN[key]
