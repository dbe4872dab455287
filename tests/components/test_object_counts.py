"""Numbers of objects in the quota."""

import dataclasses

import pytest

from components.life_args import State
from components.object_counts import MAX_HISTORY, ROOM, made_objects, object_counts
from components.sign_in_args import SignInArgs
from components.workloads import workloads
from tests.components.scenarios import SUPPORT
from tests.components.test_sign_in import OIDC
from tests.factories import airflow_deployment_args, embedded_database, executor, ui_service


def _counts(**overrides):
    args = airflow_deployment_args(**overrides)
    return made_objects(args, workloads(args))


def test_secrets_are_those_that_are_made_and_helms_revisions():
    plain = _counts()["secrets"]
    assert plain == 4 + MAX_HISTORY + 1
    assert _counts(executor=executor("celery"))["secrets"] == plain + 2
    assert _counts(database=embedded_database())["secrets"] == plain + 2
    assert _counts(secret_env={"TOKEN": "token"})["secrets"] == plain + 1
    assert _counts(host="orders.example.com", tls_issuer="letsencrypt")["secrets"] == plain + 2
    # Passwords of people, or Airflow's own at the identity provider, unless somebody else makes that one.
    assert _counts(sign_in=SignInArgs(oidc=OIDC))["secrets"] == plain
    theirs = dataclasses.replace(OIDC, client_secret_key=None)
    assert _counts(sign_in=SignInArgs(oidc=theirs))["secrets"] == plain - 1


def test_cron_jobs_are_counted_with_the_jobs_that_kubernetes_keeps():
    assert (_counts()["count/cronjobs.batch"], _counts()["count/jobs.batch"]) == (0, 1)
    support = _counts(executor=executor("kubernetes"), **SUPPORT)
    assert (support["count/cronjobs.batch"], support["count/jobs.batch"]) == (2, 11)
    assert _counts(**SUPPORT)["count/cronjobs.batch"] == 1


def test_there_is_room_for_users_but_no_way_in_from_outside():
    args = airflow_deployment_args()
    counts, made = object_counts(args, workloads(args)), made_objects(args, workloads(args))
    assert {name: counts[name] - made[name] for name in ROOM} == dict(ROOM)
    assert (counts["services.nodeports"], counts["services.loadbalancers"]) == (0, 0)


@pytest.mark.parametrize(("kind", "counted"), [("NodePort", (1, 0)), ("LoadBalancer", (1, 1))])
@pytest.mark.parametrize(("state", "is_there"), [("active", True), ("hibernated", True), ("retired", False)])
def test_a_way_in_that_was_asked_for_is_counted_as_long_as_it_leads_somewhere(kind, counted, state, is_there):
    plain = airflow_deployment_args(state=State(state))
    args = dataclasses.replace(plain, ui_service=ui_service(kind))
    counts, without = object_counts(args, workloads(args)), object_counts(plain, workloads(plain))
    assert (counts.pop("services.nodeports"), counts.pop("services.loadbalancers")) == (counted if is_there else (0, 0))
    assert counts["services"] - without["services"] == is_there
    assert {**without, **counts} == {**without, "services": counts["services"]}
