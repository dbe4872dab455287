"""Who is restarted by a changed Secret: held against which Secrets the genuine chart gives to which pod."""

import json

import pytest
import yaml

from components import naming
from components.generated_secrets import Purpose
from components.life_args import KeysArgs
from components.secret_use import ANNOTATION, RESTARTS, USERS, annotate, users
from components.sign_in_args import SignInArgs
from components.values import build_values
from tests.components.chart_rendering import LOADER, chart_archive, containers, pods, render
from tests.components.scenarios import EXECUTORS
from tests.components.test_sign_in import OIDC
from tests.factories import airflow_deployment_args, git_sync

PARTS = {
    "scheduler": "scheduler",
    "api-server": "web",
    "webserver": "web",
    "dag-processor": "dagProcessor",
    "triggerer": "triggerer",
    "worker": "workers",
    "redis": "redis",
}
GIVEN_IN_VAIN = {
    "web": {Purpose.BROKER_URL},
    "dagProcessor": {Purpose.BROKER_URL, Purpose.API_SECRET_KEY, Purpose.WEBSERVER_SECRET_KEY},
    "triggerer": {Purpose.BROKER_URL},
}
"""The chart hands these to every Airflow container, and these do nothing with them."""
OF_OTHER_MAJOR = {2: {Purpose.API_SECRET_KEY, Purpose.JWT}, 3: {Purpose.WEBSERVER_SECRET_KEY}}


def marked(version, executor):
    args = airflow_deployment_args(
        airflow_version=version,
        executor=EXECUTORS[executor](),
        secret_env={"TOKEN": "token"},
        git_sync=git_sync(credentials_secret="analytics-orders-git"),
        sign_in=SignInArgs(oidc=OIDC),
        keys=KeysArgs(git=2),
    )
    values = annotate(build_values(args), args, {part: f"digest-of-{part}" for part in USERS})
    text = render(json.dumps(values), args.namespace, chart_archive())
    found = pods([one for one in yaml.load_all(text, Loader=LOADER) if one])
    return args, {
        owner: pod
        for owner, pod in found.items()
        if pod["metadata"]["labels"]["component"] in PARTS and owner != "TaskPod"
    }


@pytest.fixture(
    scope="module", params=[("3.2.2", "Celery2Queues", 7), ("2.11.2", "Celery2Queues", 7), ("3.2.2", "Local", 4)]
)
def deployment(request):
    version, executor, count = request.param
    args, found = marked(version, executor)
    assert len(found) == count
    return args, found


@pytest.mark.chart
def test_each_pod_bears_the_digest_of_its_own_part(deployment):
    _, found = deployment
    for owner, pod in found.items():
        part = PARTS[pod["metadata"]["labels"]["component"]]
        assert pod["metadata"]["annotations"][ANNOTATION] == f"digest-of-{part}", owner


@pytest.mark.chart
def test_changed_credentials_of_the_git_server_restart_what_has_git_sync_and_nothing_else(deployment):
    _, found = deployment
    synced = {owner for owner, pod in found.items() if "git-sync" in {one["name"] for one in containers(pod)}}
    marked = {owner for owner, pod in found.items() if pod["metadata"]["annotations"].get(RESTARTS) == "git-2"}
    assert marked == synced != set()


@pytest.mark.chart
def test_pods_are_restarted_for_what_they_read_and_use(deployment):
    args, found = deployment
    for owner, pod in found.items():
        part = PARTS[pod["metadata"]["labels"]["component"]]
        references = [
            env["valueFrom"]["secretKeyRef"]["name"]
            for container in containers(pod)
            for env in container.get("env", [])
            if "secretKeyRef" in env.get("valueFrom", {})
        ]
        references += [one["secret"]["secretName"] for one in pod["spec"]["volumes"] if "secret" in one]
        read = {one for one in Purpose if naming.secret_name(args.namespace, one) in references}
        assert read - users(args)[part] <= GIVEN_IN_VAIN.get(part, set()), owner
        absent = OF_OTHER_MAJOR[args.airflow_major] | (set() if args.executor.celery else {Purpose.BROKER_URL})
        assert users(args)[part] - read == users(args)[part] & absent, owner


@pytest.mark.chart
def test_jobs_are_no_users_so_a_rotation_leaves_their_template_alone(deployment):
    args, _ = deployment
    assert "airflowPodAnnotations" not in annotate(build_values(args), args, {"scheduler": "x"})
