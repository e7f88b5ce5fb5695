"""`opdiff run --events`: every line satisfies the schema, of whole runs, of interrupted ones and of killed ones."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from commands import ROOT, Fake, Run, bugs
from hostile import hostile_finding, payloads
from planted.adapter import Planted
from running import ALIGNED, planted_pool
from samples import sample_finding, sample_run

from harness import campaign
from harness.case import Target
from harness.cli.events import event_lines
from harness.history import Seen
from harness.plan import Plan
from harness.store import Store
from reports import events
from reports.events import AnyEvent, EventWriter

SCHEMA = json.loads(resources.files("reports").joinpath("schemas", "event.json").read_text())


def checked(written: bytes) -> list[dict[str, Any]]:
    """The lines as objects, each valid, numbered from 0."""
    *lines, rest = written.split(b"\n")
    assert rest == b""
    found = [json.loads(line) for line in lines]
    for event, line in zip(found, lines, strict=True):
        jsonschema.Draft202012Validator(SCHEMA).validate(event)
        assert msgspec.json.decode(line, type=AnyEvent).time.endswith("+00:00")
    assert [event["number"] for event in found] == list(range(len(found)))
    return found


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in found]


class Memory:
    """A sink in memory that can fail."""

    def __init__(self, room: int = 1 << 60) -> None:
        self.data, self.room = b"", room

    def write(self, line: bytes) -> None:
        if len(self.data) + len(line) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.data += line

    def flush(self) -> None: ...


def test_the_schema_in_the_package_is_the_current_one() -> None:
    assert json.loads(json.dumps(events.schema())) == SCHEMA
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_refuses_what_is_no_event() -> None:
    sink = Memory()
    EventWriter(sink).message("x")
    (event,) = checked(sink.data)
    for wrong in ({**event, "event": "other"}, {**event, "version": 2}, {k: event[k] for k in event if k != "text"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(SCHEMA).validate(wrong)


def test_a_real_run_tells_what_its_store_has(tmp_path: Path) -> None:
    sink = Memory()
    plan = Plan(ALIGNED, (Target("planted"), Target("planted", "cpu", "abstract")), 3, seconds=60.0, cases=300)
    with Store.open(tmp_path) as store:
        campaign.run(
            plan,
            store,
            EventWriter(sink),
            make_pool=lambda plan: planted_pool("kernel flipped"),
            frameworks={"planted": Planted},
        )
        run, findings = store.run(), {finding.id: finding for finding in store.findings()}
    found = checked(sink.data)
    assert kinds(found)[0] == "run_started"
    assert {event["run"] for event in found} == {run.id}
    seen = [event for event in found if event["event"] == "finding_found"]
    confirmed = [event for event in found if event["event"] == "finding_confirmed"]
    assert findings
    assert [event["finding"] for event in seen if event["new"]] == list(run.new)
    assert {event["finding"] for event in confirmed} == set(findings)
    for event in confirmed:
        finding = findings[event["finding"]]
        assert (event["reproduced"], event["attempts"]) == (finding.reproduced, finding.attempts) == (3, 3)
        assert event["sentence"] == finding.sentence
        assert kinds(found).index("finding_found") < found.index(event)
    assert found[-1]["event"] == "progress"
    assert (found[-1]["cases"], found[-1]["new"]) == (run.cases, len(run.new))


def test_the_command_ends_its_lines_with_verdict_and_exit_code(opdiff: Run, fake: Fake, tmp_path: Path) -> None:
    fake.findings = bugs(2)
    assert opdiff("run", "--events", "log/events.ndjson").code == 1
    found = checked((tmp_path / "log" / "events.ndjson").read_bytes())
    assert kinds(found)[0] == "run_started"
    assert {event["target"] for event in found if event["event"] == "target_unavailable"} == {
        "torch:cuda:eager",
        "jax:cuda:eager",
    }
    end = found[-1]
    assert (end["event"], end["exit_code"], end["name"], end["error"]) == ("run_ended", 1, "found", "")
    assert (end["state"], end["sections"]["new"]) == ("finished", 2)
    assert sorted(end["new"]) == sorted(finding.id for finding in fake.findings)
    assert end["verdict"].startswith("2 new findings. ")
    fake.findings = []
    assert opdiff("run", "--events", "log/events.ndjson", "--store", "other").code == 0
    assert checked((tmp_path / "log" / "events.ndjson").read_bytes())[-1]["exit_code"] == 0


@pytest.mark.parametrize(
    ("error", "code", "name"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (campaign.NothingRan("no target is available"), 4, "nothing_ran"),
        (RuntimeError("a defect"), 3, "fault"),
    ],
)
def test_an_error_ends_the_lines_too(
    opdiff: Run, fake: Fake, tmp_path: Path, error: BaseException, code: int, name: str
) -> None:
    fake.findings, fake.error = bugs(1), error
    assert opdiff("run", "--events", "events").code == code
    found = checked((tmp_path / "events").read_bytes())
    assert (found[-1]["event"], found[-1]["exit_code"], found[-1]["name"]) == ("run_ended", code, name)
    assert found[-1]["error"].startswith(str(error) or "interrupted; to go on: opdiff run --resume ")
    assert kinds(found)[0] == "run_started"
    assert kinds(found)[-2] == "finding_found"


def test_a_usage_error_after_the_store_was_opened_is_an_end(opdiff: Run, tmp_path: Path) -> None:
    assert opdiff("run", "nonsense", "--events", "events").code == 2
    (end,) = checked((tmp_path / "events").read_bytes())
    assert (end["event"], end["run"], end["name"]) == ("run_ended", "", "usage")
    assert "'nonsense'" in end["error"]


def test_a_run_that_is_refused_leaves_the_lines_of_the_one_that_goes_on(opdiff: Run, tmp_path: Path) -> None:
    (tmp_path / "events").write_text("of the other run\n")
    with Store.open(tmp_path / ".opdiff"):
        assert opdiff("run", "--events", "events").code == 3
    assert (tmp_path / "events").read_text() == "of the other run\n"


def test_on_stdout_there_is_nothing_else(opdiff: Run, fake: Fake) -> None:
    fake.findings = bugs(1)
    answer = opdiff("run", "--events", "-")
    assert answer.code == 1
    assert kinds(checked(answer.out.encode()))[-1] == "run_ended"
    assert "1 new finding. " in answer.err
    answer = opdiff("run", "--events", "-", "--format", "json")
    assert answer.code == 2
    assert "--events - with --format json" in answer.json["error"]
    answer = opdiff("run", "--events", "events", "--format", "json", "--store", "other")
    assert (answer.code, answer.json["format"]) == (1, "opdiff-report")


def test_a_file_that_cannot_be_opened_is_said_before_the_run(opdiff: Run, fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = opdiff("run", "--events", "file/events")
    assert answer.code == 3
    assert "cannot write 'file/events': Not a directory" in answer.err
    assert not fake.plans


def test_a_disk_that_fills_up_costs_the_lines_and_not_the_run(opdiff: Run, fake: Fake) -> None:
    fake.findings = bugs(2)
    answer = opdiff("run", "--events", "/dev/full")
    assert answer.code == 3
    assert "cannot write events to '/dev/full': No space left on device" in answer.err
    assert all(finding.id in answer.out for finding in fake.findings)
    assert len(opdiff("list", "findings", "--format", "json").json) == 2


def test_after_a_failure_no_line_follows_a_broken_one() -> None:
    sink = Memory(room=500)
    writer = EventWriter(sink)
    writer.message("short")
    writer.message("x" * 1000)
    writer.message("short")
    assert writer.failure is not None
    assert len(checked(sink.data)) == 1


@pytest.mark.parametrize("text", payloads(), ids=range(len(payloads())))
def test_text_equals_input(text: str) -> None:
    sink = Memory()
    writer = EventWriter(sink)
    finding = hostile_finding(1, text)
    writer.started(replace(sample_run(), unavailable={text: text}, versions={text: text}))
    writer.found(finding, True)
    writer.confirmed(finding, Seen(0, (), 3, 3))
    writer.message(text)
    writer.ended(3, "fault", error=text)
    shown = text.encode("utf-8", "backslashreplace").decode()  # a lone surrogate has no form in UTF-8
    started, unavailable, found, confirmed, message, end = checked(sink.data)
    assert started["versions"] == {shown: shown}
    assert (unavailable["target"], unavailable["reason"]) == (shown, shown)
    assert found["sentence"] == confirmed["sentence"] == message["text"] == end["error"] == shown
    assert list(found["case"]["inputs"]) == [shown]


def test_progress_comes_at_once_and_then_now_and_again() -> None:
    now = [0.0]
    sink = Memory()
    writer = EventWriter(sink, lambda: now[0])
    writer.started(sample_run())
    for now[0] in (1.0, 2.0, 5.9, 6.0, 10.9, 11.0):
        writer.advanced(sample_run(), [])
    writer.found(sample_finding(1), True)
    writer.finished(sample_run())
    said = [(event["seconds"], event["new"]) for event in checked(sink.data) if event["event"] == "progress"]
    assert said == [(1.0, 0), (6.0, 0), (11.0, 0), (11.0, 1)]


CHILD = """
import sys
from pathlib import Path
from running import *
from harness.cli.events import event_lines
from harness.plan import Plan
plan = Plan(ALIGNED, (Target("planted"),), 3, seconds=None, cases=10**6, verification=0.0)
with Store.open(Path(sys.argv[1])) as store, event_lines(Path(sys.argv[2]), False) as lines:
    campaign.run(plan, store, lines, make_pool=lambda p: planted_pool("kernel flipped"), frameworks={"planted": Planted})
"""


def test_a_killed_run_leaves_whole_lines_and_at_most_one_that_is_not(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    command = [sys.executable, "-c", CHILD, str(tmp_path / "store"), str(pipe)]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    with pipe.open("rb") as stream:
        first = [stream.readline() for _ in range(4)]  # each is readable while the run goes on
        os.killpg(process.pid, signal.SIGKILL)
        rest = stream.read()
    process.wait()
    whole = b"".join(first) + rest[: rest.rfind(b"\n") + 1]
    found = checked(whole)
    assert len(found) >= 4
    assert kinds(found)[0] == "run_started"
    assert "run_ended" not in kinds(found)


def test_a_resumed_run_adds_whole_lines_to_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "events"
    with event_lines(path, False) as lines:
        assert lines
        lines.message("before")
    with path.open("ab") as file:
        file.write(b'{"event":"mess')
    with event_lines(path, True) as lines:
        assert lines
        lines.message("after")
    texts = [json.loads(line)["text"] for line in path.read_text().splitlines()]
    assert texts == ["before", "after"]
    with event_lines(path, False) as lines:
        assert lines
        lines.message("anew")
    assert len(path.read_text().splitlines()) == 1


def test_a_reader_that_goes_away_is_no_failure(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from harness.cli.events import event_lines\n"
        "with event_lines(Path('-'), False) as lines:\n"
        "    sys.stdin.readline()\n"
        "    lines.message('x')\n"
        "print('done', file=sys.stderr)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert process.stdout
    process.stdout.close()
    process.stdout = None
    _, said = process.communicate("go\n")
    assert (process.returncode, said) == (0, "done\n")


def _interruptible() -> None:
    """What a shell starts in the background ignores interrupts, and so would everything that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.frameworks
def test_an_interrupted_command_says_so_in_its_last_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness.cli", "run", "exp", "--targets", "torch:cpu:eager", "--time", "10m"]
    process = subprocess.Popen(
        [*command, "--events", "-"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=_interruptible,
    )
    assert process.stdout
    written = b""
    for line in process.stdout:
        written += line
        if b'"event":"progress"' in line:
            process.send_signal(signal.SIGINT)
            break
    found = checked(written + process.stdout.read())
    assert process.wait() == 130
    assert (found[-1]["event"], found[-1]["exit_code"]) == ("run_ended", 130)
    assert "opdiff run --resume" in found[-1]["error"]
