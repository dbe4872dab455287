import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import naming

LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
"""RFC 1035 as the API server has it; our own form is stricter by its single hyphens."""

labels = st.from_regex(r"[a-z](?:-?[a-z0-9]){0,70}", fullmatch=True)
releases = st.from_regex(r"[a-z](?:-?[a-z0-9]){0,17}", fullmatch=True).filter(
    lambda name: len(name) <= naming.MAX_RELEASE_NAME
)


@given(st.lists(labels, min_size=1, max_size=4), st.integers(min_value=12, max_value=63))
def test_a_name_is_never_longer_than_its_limit(parts, limit):
    name = naming.bounded_name(*parts, limit=limit)
    assert len(name) <= limit
    assert LABEL.fullmatch(name)


@given(labels)
def test_a_name_within_the_limit_is_left_alone(label):
    if len(label) <= naming.MAX_DNS_LABEL:
        assert naming.bounded_name(label) == label


@given(labels, labels)
def test_different_names_stay_different_when_they_are_cut(one, other):
    if one != other:
        assert naming.bounded_name(one, limit=20) != naming.bounded_name(other, limit=20)


def test_names_that_differ_only_behind_the_cut_stay_different():
    assert naming.bounded_name("a" * 70) != naming.bounded_name("a" * 71)


@given(labels)
def test_what_counts_as_a_label_is_one_for_kubernetes(name):
    assert naming.is_dns_label(name) == (len(name) <= naming.MAX_DNS_LABEL)


@pytest.mark.parametrize("name", ["", "-a", "a-", "a--b", "1a", "A", "a.b", "a_b", "a b", "ä", "a\n", "a" * 64])
def test_what_is_no_label_is_told(name):
    assert not naming.is_dns_label(name)


@given(st.emails())
def test_every_account_gets_a_workspace_name_that_leaves_room_for_a_deployment(email):
    name = naming.personal_workspace_name(email)
    assert naming.is_dns_label(name)
    assert len(name) <= 20


def test_a_personal_workspace_follows_the_address_and_not_its_case():
    assert naming.personal_workspace_name("Ada@example.com") == naming.personal_workspace_name("ada@EXAMPLE.com")
    assert naming.personal_workspace_name("ada@example.com") != naming.personal_workspace_name("ada@example.org")


@given(releases)
def test_every_name_of_the_longest_release_fits(release):
    statefulset = [naming.embedded_database_name(release), naming.worker_set_name(release, "default")]
    assert max(map(len, statefulset)) <= naming.MAX_STATEFUL_SET_NAME
    purposes = ("webserver-secret-key", "api-secret-key", "redis-password", "postgresql", "broker-url", "tls")
    assert all(len(naming.secret_name(release, purpose)) <= naming.MAX_DNS_LABEL for purpose in purposes)


def test_the_default_queue_has_no_suffix():
    assert naming.worker_set_name("rel", "default") == "rel-worker"
    assert naming.worker_set_name("rel", "heavy") == "rel-worker-heavy"


def test_environments_on_one_cluster_do_not_share_names():
    assert naming.priority_class_name("dev", "core") != naming.priority_class_name("prod", "core")
    assert naming.role_name("dev", "admin") != naming.role_name("prod", "admin")
