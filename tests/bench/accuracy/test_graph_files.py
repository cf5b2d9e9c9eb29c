"""Graph files that are none are refused in a sentence."""

from pathlib import Path

import pytest

from tests.bench.accuracy.ground import read


@pytest.mark.parametrize(("text", "why"), [
    ("", "has no commits"),
    ("\n0 1\n", "line 1 of g.parents"),
    ("\n0\n7\n", "must list numbers of lines before it"),
    ("\n-1\n", "must list numbers of lines before it"),
    ("\nhello\n", "must list numbers of lines before it"),
])  # fmt: skip
def test_a_file_that_is_no_graph_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "g.parents").write_text(text)
    with pytest.raises(ValueError, match=why):
        read(tmp_path / "g.parents")


def test_ends_that_are_swapped_are_refused(tmp_path: Path) -> None:
    (tmp_path / "g.parents").write_text("\n0\n1\n2\n")
    with pytest.raises(ValueError, match="the good one first"):
        read(tmp_path / "g.parents", "3..0")
    assert len(read(tmp_path / "g.parents", "0..3")) == 3
