"""The byte framing that SSH keys, signatures, agents and revocation lists share (RFC 4251 §5)."""


class WireError(ValueError):
    """Bytes that do not hold the SSH fields they should; the message says which field is wrong."""


def uint32(value: int) -> bytes:
    """Frame an unsigned 32-bit integer, most significant byte first."""
    return value.to_bytes(4, "big")


def string(value: bytes) -> bytes:
    """Frame a string: its length in bytes as a uint32, then the bytes."""
    return uint32(len(value)) + value


class Reader:
    """Reads fields one after another; never reads past the end, never copies more than it was given."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Whether every byte has been read."""
        return self._at == len(self._data)

    def take(self, length: int) -> bytes:
        """Read exactly `length` bytes.

        Raises:
            WireError: Fewer bytes are left.
        """
        end = self._at + length
        if end > len(self._data):
            left = len(self._data) - self._at
            raise WireError(f"a field of {length} bytes was announced, {left} are left")
        field = self._data[self._at : end]
        self._at = end
        return field

    def byte(self) -> int:
        """Read one byte as an integer, 0 to 255."""
        return self.take(1)[0]

    def uint32(self) -> int:
        """Read an unsigned 32-bit integer."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """Read a string: a uint32 length, then that many bytes."""
        return self.take(self.uint32())

    def end(self) -> None:
        """Demand that nothing is left.

        Raises:
            WireError: Bytes follow the last field.
        """
        if not self.at_end:
            raise WireError(f"{len(self._data) - self._at} bytes follow the last field")
