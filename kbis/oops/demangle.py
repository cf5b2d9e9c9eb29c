"""Mangled names: C++ and Rust functions as their authors wrote them.

Rust: https://doc.rust-lang.org/rustc/symbol-mangling/v0.html. C++: the Itanium C++ ABI, section 5.1. Parameters and
generic arguments of the function itself are left out: they say which instance it was, not which function.
"""

import re

_MAX_DEPTH = 64
_PART = re.compile(r"[1-9][0-9]{0,2}")
_LEGACY_HASH = re.compile(r"h[0-9a-f]{16}")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TYPES = "i8 bool char f64 str f32 - u8 isize usize - i32 u32 i128 u128 _ - - i16 u16 () ... - i64 u64 !"
_BASIC = {letter: name for letter, name in zip(_DIGITS[10:36], _TYPES.split(" "), strict=True) if name != "-"}


class _Rust:
    """Reads one v0 name; any surprise is a ValueError or an IndexError."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def take(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def number(self) -> int:
        """A base-62 number: "_" is 0, "0_" is 1."""
        value = 0
        while (digit := self.take()) != "_":
            value = value * 62 + _DIGITS.index(digit) + 1
        return value

    def skip_disambiguator(self) -> None:
        if self.text[self.at : self.at + 1] == "s":
            self.at += 1
            self.number()

    def identifier(self) -> str:
        self.skip_disambiguator()
        found = _PART.match(self.text, self.at)
        if found is None:
            if self.take() != "0":
                raise ValueError(self.text)
            return ""
        start = found.end() + (self.text[found.end()] == "_")
        self.at = start + int(found[0])
        if self.at > len(self.text):
            raise ValueError(self.text)
        return self.text[start : self.at]

    def back(self) -> str:
        """A back reference: the offset of what was written before."""
        target, here = self.number(), self.at
        if target >= here:
            raise ValueError(self.text)
        self.at = target
        again = self.type()
        self.at = here
        return again

    def type(self) -> str:
        """A type, or a path, which is one."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise ValueError(self.text)
        kind = self.take()
        if kind in _BASIC:
            written = _BASIC[kind]
        elif kind in "RQPO":
            if self.text[self.at] == "L":
                self.at += 1
                self.number()
            written = {"R": "&", "Q": "&mut ", "P": "*const ", "O": "*mut "}[kind] + self.type()
        elif kind == "S":
            written = f"[{self.type()}]"
        else:
            self.at -= 1
            written = self.path()
        self.depth -= 1
        return written

    def path(self) -> str:
        kind = self.take()
        if kind == "C":
            return self.identifier()
        if kind == "N":
            self.take()
            inside = self.type()
            name = self.identifier()
            return f"{inside}::{name}" if name else inside
        if kind == "M":
            self.skip_disambiguator()
            self.type()
            return f"<{self.type()}>"
        if kind == "X":
            self.skip_disambiguator()
            self.type()
        if kind in "XY":
            return f"<{self.type()} as {self.type()}>"
        if kind == "I":
            path = self.type()
            while self.text[self.at] != "E":
                if self.text[self.at] in "LK":
                    raise ValueError(self.text)
                self.type()
            self.at += 1
            return path
        if kind == "B":
            return self.back()
        raise ValueError(self.text)


def _cxx(name: str) -> str:
    parts = []
    at = 3 if name[2:3] == "N" else 2
    while found := _PART.match(name, at):
        at = found.end() + int(found[0])
        part = name[found.end() : at]
        if not _LEGACY_HASH.fullmatch(part):
            parts.append(part)
        if name[2] != "N":
            break
    return "::".join(parts) or name


def demangle(name: str) -> str:
    """Return the path in a mangled C++ or Rust name, as ``rust_binder::node::update``; other names as they are."""
    if name.startswith("_R"):
        try:
            return _Rust(name[2:]).path() or name
        except (ValueError, IndexError):
            return name
    return _cxx(name) if name.startswith("_Z") else name
