"""Which labels of pods are not the users' to set."""

import pytest

from components.labels import deployment_labels, is_reserved_label
from tests.factories import airflow_deployment_args


@pytest.mark.parametrize("key", ["tier", "component", "dag_id", "airspace.dev/x", "app.kubernetes.io/name", "k8s.io/x"])
def test_labels_that_selectors_rely_on_are_reserved(key):
    assert is_reserved_label(key)


@pytest.mark.parametrize("key", ["cost", "example.com/component", "notk8s.io/x", "airspace.dev.example.com/x"])
def test_other_labels_are_free(key):
    assert not is_reserved_label(key)


def test_all_labels_of_the_platform_are_reserved():
    assert all(map(is_reserved_label, deployment_labels(airflow_deployment_args())))
