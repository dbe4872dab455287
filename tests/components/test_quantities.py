import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity as reference

from components.quantities import (
    NOTHING,
    Amounts,
    Resources,
    format_bytes,
    format_cpu,
    parse_bytes,
    parse_cpu,
    parse_quantity,
)

numbers = st.integers(min_value=0, max_value=2**60)
amounts = st.builds(Amounts, cpu=numbers, memory=numbers, ephemeral_storage=numbers)
resources = st.builds(Resources, requests=amounts, limits=amounts)


@given(numbers)
def test_what_is_written_reads_back_as_the_same(number):
    assert parse_cpu(format_cpu(number)) == number
    assert parse_bytes(format_bytes(number)) == number


@given(numbers)
def test_what_is_written_means_the_same_to_kubernetes(number):
    assert reference(format_cpu(number)) * 1000 == number
    assert reference(format_bytes(number)) == number


@given(
    st.decimals(min_value=0, max_value=10**6, places=3),
    st.sampled_from(["", "m", "k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "Pi"]),
)
def test_what_is_read_means_the_same_to_kubernetes(number, suffix):
    text = f"{number}{suffix}"
    assert parse_quantity(text) == reference(text)


@pytest.mark.parametrize(
    "text", ["", "1 Gi", "-1", "+1", "1e3", "1gi", "1GB", "Gi", "1.", ".5", "1,5", "1Gi\n", "٣", "0x10", "1_000"]
)
def test_other_texts_are_no_quantities(text):
    with pytest.raises(ValueError, match="write a Kubernetes quantity"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "millicores"), [("1", 1000), ("0.5", 500), ("250m", 250), ("0.0001", 1), ("1.5m", 2), ("0", 0)]
)
def test_cpu_is_rounded_up_to_millicores(text, millicores):
    assert parse_cpu(text) == millicores


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (1, "1"), (1023, "1023"), (1024, "1Ki"), (1536, "1536"), (3 * 1024**3, "3Gi")]
)
def test_bytes_are_written_in_the_largest_unit_without_a_fraction(count, text):
    assert format_bytes(count) == text


@given(resources, resources, st.integers(min_value=0, max_value=1000))
def test_resources_add_multiply_and_compare_dimension_by_dimension(one, other, count):
    assert one + other == other + one
    assert one + NOTHING == one
    assert (one + other) * count == one * count + other * count
    larger = one.at_least(other)
    assert larger == other.at_least(one)
    assert larger.at_least(one) == larger
    assert larger.requests.cpu == max(one.requests.cpu, other.requests.cpu)


def test_resources_of_a_container_are_written_as_kubernetes_names_them():
    written = Resources.reserved("1500m", "2Gi", "0").as_kubernetes()
    assert written == {
        "requests": {"cpu": "1500m", "memory": "2Gi"},
        "limits": {"cpu": "1500m", "memory": "2Gi"},
    }
