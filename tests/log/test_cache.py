from multiprocessing import get_context
from pathlib import Path

from kbis.log.cache import VerifiedLines
from kbis.log.eventlog import Draft, EventLog
from kbis.log.kinds import Boot
from kbis.log.repository import open_repository
from tests.log.world import ANN, BOB, make_repository, open_log, started, trust


def lines(start: int, count: int) -> list[bytes]:
    return [f"line {number}".encode() for number in range(start, start + count)]


def test_what_was_added_is_known_to_the_next_process(tmp_path: Path) -> None:
    VerifiedLines(tmp_path / "c.db").add(lines(0, 1200))
    assert VerifiedLines(tmp_path / "c.db").known(lines(1000, 400)) == set(lines(1000, 200))


def test_deleting_the_file_only_forgets(tmp_path: Path) -> None:
    VerifiedLines(tmp_path / "c.db").add(lines(0, 3))
    for each in tmp_path.iterdir():
        each.unlink()
    assert VerifiedLines(tmp_path / "c.db").known(lines(0, 3)) == set()


def test_a_damaged_file_is_started_anew(tmp_path: Path) -> None:
    (tmp_path / "c.db").write_bytes(b"this is no database" * 100)
    cache = VerifiedLines(tmp_path / "c.db")
    cache.add(lines(0, 3))
    assert cache.known(lines(0, 3)) == set(lines(0, 3))


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = VerifiedLines(tmp_path / "file" / "c.db")
    cache.add(lines(0, 3))
    assert cache.known(lines(0, 3)) == set()


def _add(path: Path, start: int) -> None:
    cache = VerifiedLines(path)
    for number in range(start, start + 200):
        cache.add(lines(number, 1))


def test_several_processes_may_write_at_once(tmp_path: Path) -> None:
    spawn = get_context("spawn")
    workers = [spawn.Process(target=_add, args=(tmp_path / "c.db", 200 * n)) for n in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert VerifiedLines(tmp_path / "c.db").known(lines(0, 800)) == set(lines(0, 800))


def test_a_remembered_line_counts_as_a_verified_one_does(tmp_path: Path) -> None:
    root = make_repository(tmp_path)
    log = open_log(tmp_path)
    start = started(log, root)
    log.append(root, start.id, [start], [Draft(root, Boot("ok"))])
    remembered = open_log(tmp_path).counted()
    anew = EventLog(open_repository(tmp_path), trust(ANN), remember=False).counted()
    assert len(remembered.bisections[start.id]) == 2
    assert remembered == anew


def test_a_remembered_line_of_a_key_no_longer_trusted_does_not_count(tmp_path: Path) -> None:
    root = make_repository(tmp_path)
    started(open_log(tmp_path), root)
    assert open_log(tmp_path).counted().bisections
    assert not open_log(tmp_path, trusted=(BOB,)).counted().bisections
