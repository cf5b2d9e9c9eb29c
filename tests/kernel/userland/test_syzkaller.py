import pytest

from kbis.kernel.userland.syzkaller import arguments, header

CALLS = b"r0 = socket$inet6(0xa, 0x3, 0x8)\nclose(r0)\n"
NEW = b'#{"threaded":true,"repeat":true,"procs":5,"slowdown":1,"sandbox":"none","close_fds":true}\n'
OLD = b"# {Threaded:false Collide:true Repeat:false Procs:8 Sandbox:namespace Fault:true FaultCall:2 FaultNth:7}\n"
OLD_EMPTY = (
    b"#{Threaded:true Collide:true Repeat:true Procs:1 Sandbox: Fault:false FaultCall:-1 FaultNth:0}\n"
)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (NEW, {"threaded": "true", "procs": "5", "sandbox": "none", "repeat": "true"}),
        (b"# See https://goo.gl/kgGztJ\n" + NEW, {"procs": "5"}),
        (OLD, {"threaded": "false", "procs": "8", "sandbox": "namespace", "faultcall": "2", "faultnth": "7"}),
        (OLD_EMPTY, {"threaded": "true", "faultcall": "-1"}),
        (b"", {}),
        (b"#{broken\n", {}),
        (b"#{[1]}\n", {}),
    ],
)
def test_the_header_is_read_in_both_notations(program: bytes, expected: dict[str, str]) -> None:
    found = header(program + CALLS)
    assert {key: found.get(key) for key in expected} == expected


def test_a_program_runs_with_the_options_it_was_found_with() -> None:
    assert arguments(OLD + CALLS, "/kbis", ()) == (
        *(
            "/kbis/syz-execprog",
            "-executor=/kbis/syz-executor",
            "-sandbox=namespace",
            "-procs=8",
            "-repeat=1",
        ),
        *(
            "-threaded=false",
            "-collide=true",
            "-cover=0",
            "-fault_call=2",
            "-fault_nth=7",
            "/kbis/reproducer",
        ),
    )


def test_a_program_that_repeats_does_so_until_it_is_ended() -> None:
    command = arguments(NEW + CALLS, "/kbis", ())
    assert "-repeat=0" in command
    assert not any(word.startswith("-fault") for word in command)


def test_a_sandbox_that_is_empty_is_none() -> None:
    assert "-sandbox=none" in arguments(OLD_EMPTY + CALLS, "/kbis", ())


def test_flags_of_the_recipe_come_behind_those_of_the_header() -> None:
    command = arguments(NEW + CALLS, "/kbis", ("-procs=2",))
    assert command.index("-procs=2") > command.index("-procs=5")
    assert command[-1] == "/kbis/reproducer"


def test_without_an_executor_none_is_named() -> None:
    assert not any("executor" in word for word in arguments(CALLS, "/kbis", (), executor=False))
