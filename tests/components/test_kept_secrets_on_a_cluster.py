"""What a DAG's author does not get by a pod of his own, on the real API server: Secrets that are for parts alone."""

from dataclasses import replace

import pytest

from components.guard_rails import namespace_annotations
from components.hosting_args import RegistriesArgs, SiteArgs
from components.kept_secrets import KEPT_SECRETS
from components.sign_in_args import SignInArgs
from tests.components.guarded_cluster import MEMBER, Guarded, guarded, wait
from tests.components.guarded_requests import pod, refused, variables_of, volumes_of
from tests.components.test_sign_in import OIDC

pytestmark = pytest.mark.cluster

OWN = ("jwt", "passwords", "sign-in", "redis-password", "postgresql", "pgbouncer-config", "registry", "tls", "tls-x2x")
OF_OTHERS = ("client-of-others", "pull-of-others", "sh.helm.release.v1.orders.v1")
FREE = ("metadata", "fernet-key", "broker-url", "env", "git", "passwords-of-mine")


@pytest.fixture(scope="module")
def place(api):
    oidc = replace(OIDC, client_secret_name=OF_OTHERS[0], client_secret_key=None)
    site = SiteArgs(registries=RegistriesArgs(pull_secrets=OF_OTHERS[1:2]))
    with guarded(api, sign_in=SignInArgs(oidc=oidc), site=site) as found:
        wait(lambda: refused(lambda: pod(found, MEMBER), "launched-pods"))
        yield found


def executor(place: Guarded) -> str:
    return place.account("airspace-scheduler")


def ways_to(secret: str):
    csi = {"name": "held", "csi": {"driver": "files.example.com", "nodePublishSecretRef": {"name": secret}}}
    yield from ({"volumes": [volume]} for volume in (*volumes_of(secret), csi))
    yield from ({"environment": variables} for variables in variables_of(secret))


def test_the_fixture_has_secrets_of_others(place):
    assert namespace_annotations(place.deployment)[KEPT_SECRETS].split() == [*OF_OTHERS[:2]]


@pytest.mark.parametrize("name", [*OWN, *OF_OTHERS])
def test_a_pod_of_a_task_gets_no_secret_that_is_for_a_part(place, name):
    """By a `pod_override`, or by the KubernetesPodOperator."""
    secret = f"{place.namespace}-{name}" if name in OWN else name
    for user in (executor(place), place.account("dag")):
        for way in ways_to(secret):
            assert refused(lambda user=user, way=way: pod(place, user, **way), "launched-pods"), way


@pytest.mark.parametrize("name", [*FREE, "mine"])
def test_it_gets_what_tasks_need(place, name):
    secret = f"{place.namespace}-{name}" if name in FREE else name
    for way in ways_to(secret):
        pod(place, executor(place), **way)


def test_parts_get_them_from_the_control_plane(place):
    for way in ways_to(f"{place.namespace}-passwords"):
        pod(place, place.account("replicaset-controller", "kube-system"), **way)
