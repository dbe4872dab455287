"""Which Secrets a task gets and which it does not: held against what the genuine chart gives to a task pod."""

from dataclasses import replace

import pytest

from components import naming
from components.generated_secrets import Purpose
from components.guard_rails import namespace_annotations
from components.hosting_args import CaBundleArgs, RegistriesArgs, SiteArgs
from components.kept_secrets import KEPT, KEPT_SECRETS, OF_TASKS, kept_secrets, secrets_of_tasks
from components.life_args import FernetArgs, KeyOrigin, KeysArgs
from components.secret_args import SecretKeyArgs
from components.sign_in_args import SignInArgs
from tests.components.chart_rendering import containers, rendered, task_pod_template
from tests.components.test_sign_in import OIDC
from tests.factories import airflow_deployment_args, celery, executor, git_sync

OTHERS = airflow_deployment_args(
    executor=executor("celery", celery=celery(redis=None, broker_secret_name="broker-of-others")),
    git_sync=git_sync(credentials_secret="git-of-others"),
    sign_in=SignInArgs(oidc=replace(OIDC, client_secret_name="client-of-others", client_secret_key=None)),
    keys=KeysArgs(
        fernet=FernetArgs(secret_name="fernet-of-others"),
        api_origin=KeyOrigin(secret_name="api-of-others"),
        jwt_origin=KeyOrigin(secret_name="jwt-of-others"),
    ),
    site=SiteArgs(registries=RegistriesArgs(pull_secrets=("pull-of-others",)), ca_bundle=CaBundleArgs(secret="ca")),
    referenced_env={"AIRFLOW_CONN_LOGS": SecretKeyArgs(secret_name="logs-of-others", key="connection")},
)


def test_secrets_of_somebody_else_that_no_task_gets_are_told_to_the_guard_rails():
    kept = ("jwt-of-others", "client-of-others", "pull-of-others")
    assert kept_secrets(OTHERS) == tuple(sorted(kept))
    assert namespace_annotations(OTHERS)[KEPT_SECRETS] == " ".join(sorted(kept))
    assert secrets_of_tasks(OTHERS) == {
        *("analytics-orders-metadata", "broker-of-others", "git-of-others", "logs-of-others"),
        *("fernet-of-others", "api-of-others", "ca"),
    }


def test_what_the_platform_makes_itself_is_not_told():
    assert namespace_annotations(airflow_deployment_args()) == {}


def test_whoever_is_not_named_is_kept():
    assert {"passwords", "sign-in", "jwt", "redis-password", "registry", "tls"} <= set(KEPT)
    assert not OF_TASKS & set(KEPT)


@pytest.mark.chart
@pytest.mark.parametrize(("version", "key"), [("3.2.2", "API_SECRET_KEY"), ("2.11.2", "WEBSERVER_SECRET_KEY")])
def test_a_task_pod_of_the_chart_gets_what_is_said_and_nothing_more(version, key):
    args = airflow_deployment_args(
        airflow_version=version,
        executor=executor("celery", "kubernetes"),
        secret_env={"TOKEN": "token"},
        git_sync=git_sync(credentials_secret="analytics-orders-git"),
    )
    pod = task_pod_template(rendered(args))
    found = {
        one["valueFrom"]["secretKeyRef"]["name"]
        for container in containers(pod)
        for one in container.get("env", [])
        if "secretKeyRef" in one.get("valueFrom", {})
    }
    found |= {one["secret"]["secretName"] for one in pod["spec"]["volumes"] if "secret" in one}
    absent = {Purpose.API_SECRET_KEY, Purpose.WEBSERVER_SECRET_KEY} - {Purpose[key]}
    assert found == {naming.secret_name(args.namespace, purpose) for purpose in OF_TASKS - absent}
