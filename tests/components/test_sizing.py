import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import sizing
from components.quantities import Amounts, Resources, parse_bytes
from components.sizing import Size, Sized

FIXED = (sizing.STATSD, sizing.REDIS, sizing.GIT_SYNC, sizing.LOG_GROOMER, sizing.JOB, sizing.EMBEDDED_DATABASE)

MARGINS = {
    # As many processes as are forked at the start, and never more; DAGs do not lie in them.
    Sized.API_SERVER: 1.15,
    # Seen with two task pods to watch; it holds no more DAGs than others do.
    Sized.SCHEDULER: 1.75,
    # One process and one event loop; what waits in it is small.
    Sized.TRIGGERER: 1.4,
}
"""How often `small` holds the most that was measured; twice where DAGs or tasks make a part grow."""


@pytest.mark.parametrize("part", Sized)
def test_each_part_comes_in_every_size_and_each_size_is_larger_than_the_one_before(part):
    assert list(sizing.SIZES[part]) == list(Size)
    for smaller, larger in itertools.pairwise(sizing.SIZES[part].values()):
        assert larger.limits.cpu > smaller.limits.cpu
        assert larger.limits.memory > smaller.limits.memory
        assert larger.limits.ephemeral_storage >= smaller.limits.ephemeral_storage


@pytest.mark.parametrize("part", sizing.WORKING_SETS)
def test_the_smallest_size_holds_the_most_that_was_measured_and_some_more(part):
    seen = [one.memory for one in sizing.WORKING_SETS[part]]
    assert seen == sorted(set(seen))
    assert sizing.sized(part, Size.SMALL).limits.memory >= MARGINS.get(part, 2) * seen[-1]


def test_the_smallest_size_does_as_much_at_once_as_was_measured():
    assert "two server processes" in sizing.WORKING_SETS[Sized.API_SERVER][-1].load
    assert sizing.server_processes(sizing.sized(Sized.API_SERVER, Size.SMALL)) == 2
    assert "two tasks" in sizing.WORKING_SETS[Sized.WORKER][-1].load
    assert sizing.task_slots(sizing.sized(Sized.WORKER, Size.SMALL)) == 2


def test_everything_is_reserved_in_full():
    for resources in (*FIXED, *(step for ladder in sizing.SIZES.values() for step in ladder.values())):
        assert resources.requests == resources.limits
        assert min(resources.limits.cpu, resources.limits.memory, resources.limits.ephemeral_storage) > 0


@pytest.mark.parametrize(("units", "cpu", "memory"), [(1, 100, "384Mi"), (10, 1000, "3840Mi"), (35, 3500, "13440Mi")])
def test_astronomer_units_convert_to_what_they_stand_for(units, cpu, memory):
    limits = sizing.astronomer_units(units).limits
    assert (limits.cpu, limits.memory) == (cpu, parse_bytes(memory))
    assert limits.ephemeral_storage > 0


@pytest.mark.parametrize(
    ("memory", "processes"), [("512Mi", 1), ("640Mi", 1), ("1Gi", 2), ("2Gi", 4), ("4Gi", 8), ("64Gi", 8), ("1Mi", 1)]
)
def test_server_processes_fit_into_memory(memory, processes):
    assert sizing.server_processes(Resources.reserved("1", memory)) == processes


@pytest.mark.parametrize("size", Size)
def test_server_processes_of_each_size_fit_beside_their_parent(size):
    resources = sizing.sized(Sized.API_SERVER, size)
    processes = sizing.server_processes(resources)
    assert processes >= 2
    # Two of them were measured together with their parent.
    two = sizing.WORKING_SETS[Sized.API_SERVER][-1].memory
    assert MARGINS[Sized.API_SERVER] * two * processes / 2 <= resources.limits.memory


@pytest.mark.parametrize(
    ("cpu", "memory", "slots"),
    [("1", "2Gi", 5), ("500m", "1Gi", 2), ("4", "8Gi", 20), ("8", "2Gi", 6), ("100m", "256Mi", 1)],
)
def test_task_slots_follow_the_scarcer_of_cpu_and_memory(cpu, memory, slots):
    assert sizing.task_slots(Resources.reserved(cpu, memory)) == slots


@given(st.integers(min_value=0, max_value=64_000), st.integers(min_value=0, max_value=2**40))
def test_there_is_always_room_for_one_task_and_one_process(cpu, memory):
    amounts = Amounts(cpu=cpu, memory=memory)
    resources = Resources(requests=amounts, limits=amounts)
    assert sizing.task_slots(resources) >= 1
    assert 1 <= sizing.server_processes(resources) <= 8


def test_given_numbers_replace_a_size_in_their_own_dimension_only():
    base = sizing.sized(Sized.WORKER, Size.SMALL)
    changed = sizing.with_amounts(base, memory=parse_bytes("3Gi"))
    assert changed.requests == changed.limits
    assert changed.limits == Amounts(
        cpu=base.limits.cpu, memory=parse_bytes("3Gi"), ephemeral_storage=base.limits.ephemeral_storage
    )
