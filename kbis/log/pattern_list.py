"""Pattern lists as OpenSSH has them (ssh_config(5), PATTERNS): `*`, `?`, `!`, joined by commas."""

from functools import lru_cache


@lru_cache(1024)
def matches(patterns: str, text: str) -> bool:
    """Whether the list accepts `text`: one pattern must match, and no negated one may.

    A list of negated patterns alone accepts nothing. Case counts.
    """
    accepted = False
    for pattern in patterns.split(","):
        if pattern.startswith("!"):
            if glob(pattern[1:], text):
                return False
        elif glob(pattern, text):
            accepted = True
    return accepted


def glob(pattern: str, text: str) -> bool:
    """Whether one pattern matches the whole of `text`; `*` any run of characters, `?` any one.

    Takes at most len(pattern) times len(text) steps, whatever the pattern.
    """
    p = t = 0
    star, resume = -1, 0
    while t < len(text):
        if p < len(pattern) and pattern[p] == "*":
            star, resume = p, t
            p += 1
        elif p < len(pattern) and pattern[p] in ("?", text[t]):
            p += 1
            t += 1
        elif star >= 0:
            resume += 1
            p, t = star + 1, resume
        else:
            return False
    return all(rest == "*" for rest in pattern[p:])
