"""What makes two builds of the same source the same kernel: pinned config, seeds, keys and paths.

Who builds, when and where is fixed by `kbis.kernel.environment`. The rest of what
Documentation/kbuild/reproducible-builds.rst warns of is here: version strings that name a commit, a config that
embeds itself, random seeds and signing keys, and paths of the source in the code.
"""

from typing import Final

from kbis.kernel.linux.module_key import module_key

MODULE_KEY: Final = "kbis-module-key.pem"
SEED_SCRIPT: Final = "kbis-randstruct-seed.sh"

CONFIG: Final = (
    'CONFIG_LOCALVERSION=""\n'
    "# CONFIG_LOCALVERSION_AUTO is not set\n"
    'CONFIG_BUILD_SALT=""\n'
    "# CONFIG_IKCONFIG is not set\n"
    "# CONFIG_IKHEADERS is not set\n"
    "# CONFIG_MODULE_SIG_ALL is not set\n"
    f'CONFIG_MODULE_SIG_KEY="{MODULE_KEY}"\n'
    'CONFIG_SYSTEM_TRUSTED_KEYS=""\n'
    'CONFIG_SYSTEM_REVOCATION_KEYS=""\n'
)
"""Lines that take precedence over the user's config. Distributions' keys (debian/certs/...) are not in the tree."""

MAKE: Final = (f"gen-randstruct-seed={SEED_SCRIPT}",)
"""Kbuild has the name of the script that draws the seed in this variable since 6.1 (scripts/basic/Makefile)."""

_SEED: Final = "6b626973" * 8
"""As long as a drawn one: 32 bytes in hex."""

_SEED_FILES: Final = {
    SEED_SCRIPT: (
        f'echo "{_SEED}" > "$1"\n'
        f'echo "#define RANDSTRUCT_HASHED_SEED \\"$(echo -n {_SEED} | sha256sum | cut -d" " -f1)\\"" > "$2"\n'
    ),
    # Before 6.1 a seed that is there stays (scripts/gcc-plugins/gen-random-seed.sh).
    "scripts/gcc-plugins/randomize_layout_seed.h": f'const char *randstruct_seed = "{_SEED}";\n',
    "include/generated/randomize_layout_hash.h": f'#define RANDSTRUCT_HASHED_SEED "{_SEED}"\n',
}


def files(config: bytes) -> dict[str, bytes]:
    """Return the files that a build with this config finds in its directory, by path below it."""
    found: dict[str, bytes] = {}
    if b"CONFIG_RANDSTRUCT" in config or b"CONFIG_GCC_PLUGIN_RANDSTRUCT" in config:
        found |= {path: text.encode() for path, text in _SEED_FILES.items()}
    if b"\nCONFIG_MODULE_SIG=y\n" in config:
        found[MODULE_KEY] = module_key()
    return found


def path_maps(source: str, build: str) -> str:
    """Return compiler flags that leave both directories out of what `__FILE__` and debug information say.

    gcc 8 and clang 10 know them. Kbuild maps `__FILE__` by itself since 5.2, to the same names.
    """
    return f"-ffile-prefix-map={source}/= -ffile-prefix-map={build}/="
