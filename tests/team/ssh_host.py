"""A host that is reached by ssh: AsyncSSH on the loopback interface, running git for whoever has the right key.

The client is the user's own, git and the stock ssh. `python -m tests.team.ssh_host DIRECTORY` is the server; it prints
its port when it listens.
"""

import asyncio
import os
import shlex
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest

GIT_COMMANDS = {"git-upload-pack", "git-receive-pack"}
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def ssh_server(directory: Path) -> Iterator[tuple[str, Path]]:
    """Serve the machine's repositories; gives `host:port` and an ssh configuration that knows host and key."""
    if shutil.which("ssh") is None:
        pytest.skip("ssh is not installed (openssh-client)")
    directory.mkdir()
    for name in ("host", "user"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        (directory / name).touch(0o600)
        key.write_private_key(directory / name)
        key.write_public_key(directory / f"{name}.pub")
    shutil.copy(directory / "user.pub", directory / "authorized")
    command = [sys.executable, "-m", "tests.team.ssh_host", str(directory)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            (directory / "known").write_text(f"[127.0.0.1]:{port} {(directory / 'host.pub').read_text()}")
            (directory / "config").write_text(
                f"Host 127.0.0.1\n  Port {port}\n  IdentityFile {directory}/user\n  IdentitiesOnly yes\n"
                f"  UserKnownHostsFile {directory}/known\n  GlobalKnownHostsFile none\n"
            )
            yield f"127.0.0.1:{port}", directory / "config"
        finally:
            server.kill()


class _Door(asyncssh.SSHServer):
    """Lets in whose key the file has at that moment; there are no passwords."""

    def __init__(self, authorized: Path) -> None:
        self._authorized = authorized

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        known = [line.split()[:2] for line in self._authorized.read_text().splitlines()]
        return key.export_public_key().decode().split()[:2] in known


async def _git(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Run the one git command that the client asks for; git-shell(1) allows the same two."""
    words = shlex.split(process.command or "")
    if len(words) != 2 or words[0] not in GIT_COMMANDS:
        process.stderr.write(b"only git is served here\n")
        process.exit(128)
        return
    # As sshd does with `AcceptEnv GIT_PROTOCOL` (git(1)); without version 2 no client may ask for single objects.
    protocol = {"GIT_PROTOCOL": process.env.get("GIT_PROTOCOL", "")}
    child = await asyncio.create_subprocess_exec(
        *words, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=os.environ | protocol
    )
    await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
    status = await child.wait()
    await process.stdout.drain()
    process.exit(status)


async def _serve(directory: Path) -> None:
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=lambda: _Door(directory / "authorized"),
        server_host_keys=[directory / "host"],
        process_factory=_git,
        encoding=None,
    )
    print(server.get_port(), flush=True)
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
