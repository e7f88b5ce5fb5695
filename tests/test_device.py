"""Accelerators, on a fake one: who is blamed for an error that comes late, stays, or is a lack of memory."""

from pathlib import Path

import pytest

from harness import discovery, workers
from harness.case import Case, InputSpec, OutOfMemory, Raised, Returned, Target
from harness.pool import Pool, Started, Unavailable, WorkerSpec


def fake_case(value, fault=""):
    return Case("fake", {"x": InputSpec((1,), "float32")}, {"value": value, "fault": fault})


@pytest.fixture(scope="module")
def pool():
    here = Path(__file__).parent
    spec = WorkerSpec("fake_device:FakeDevice", "cuda", python_path=(str(here), str(here.parent)))
    with Pool({"fake:cuda": spec}) as started:
        yield started


def values(outcomes):
    """The returned number, or the class of what came instead."""
    return [int(o.arrays[0][0]) if isinstance(o, Returned) else type(o) for o in outcomes]


def test_a_sticky_error_is_blamed_once(pool):
    cases = [fake_case(1), fake_case(2, "assert"), fake_case(3), fake_case(4)]
    assert values(pool.run("fake:cuda", [(case, "eager") for case in cases])) == [1, Raised, 3, 4]


def test_an_error_that_comes_late_never_blames_the_next_case(pool):
    cases = [fake_case(1), fake_case(2, "late"), fake_case(3), fake_case(4)]
    assert values(pool.run("fake:cuda", [(case, "eager") for case in cases])) == [1, 2, 3, 4]


def test_lack_of_device_memory_is_an_outcome_of_its_own(pool):
    cases = [fake_case(1), fake_case(2, "memory"), fake_case(3)]
    assert values(pool.run("fake:cuda", [(case, "eager") for case in cases])) == [1, OutOfMemory, 3]


def test_the_first_case_of_a_process_can_be_blamed(pool):
    assert values(pool.run_fresh("fake:cuda", [(fake_case(1, "assert"), "eager")])) == [Raised]


def test_targets_without_a_card_are_listed_with_the_reason(monkeypatch):
    monkeypatch.setattr(discovery, "devices_here", lambda: ("cpu",))
    states = {state.target: state for state in discovery.list_targets()}
    assert not states["torch:cuda:eager"].available
    assert "cuda" in states["torch:cuda:eager"].reason or "not installed" in states["torch:cuda:eager"].reason
    assert all(target.device == "cpu" for target in discovery.default_targets())


@pytest.mark.frameworks
def test_a_cuda_worker_without_a_card_says_so_at_start():
    if "cuda" in discovery.devices_here():
        pytest.skip("this machine has a card")
    with workers.make_pool([Target("torch", "cuda")]) as cuda:
        answer = cuda.start()["torch:cuda"]
    assert isinstance(answer, Unavailable)
    assert "cuda" in answer.reason.lower()
    assert not isinstance(answer, Started)
