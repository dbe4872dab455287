"""From the settings of one deployment to the arguments of its component."""

import pytest

from components import sizing
from components.executor_args import ExecutorKind
from components.kept_secrets import kept_secrets
from components.quantities import Resources, parse_bytes
from components.sizing import Size, Sized
from stacks.deployment_settings import GIT_FORMS
from tests.readme import README
from tests.stacks.environments import deployment, deployment_on, refusals, shared

CLUSTER = {"hosting": "enterprise", "local": True}


def test_a_deployment_that_says_nothing_gets_the_smallest_airflow():
    orders = deployment()
    assert orders.namespace == "analytics-orders"
    assert orders.airflow_version == orders.image.tag == "3.2.2"
    assert orders.image.repository == "apache/airflow"
    assert orders.executor.kinds == (ExecutorKind.LOCAL,)
    for part, workload in {
        Sized.SCHEDULER: orders.scheduler,
        Sized.API_SERVER: orders.api_server,
        Sized.DAG_PROCESSOR: orders.dag_processor,
        Sized.TRIGGERER: orders.triggerer,
    }.items():
        assert (workload.replicas, workload.resources) == (1, sizing.sized(part, Size.SMALL))
    assert orders.git_sync is None
    assert orders.url is None
    assert not orders.is_protected


def test_sizes_may_be_named_and_numbers_go_before_the_name():
    scheduler = deployment(scheduler={"size": "large", "memory": "6Gi", "replicas": 2}).scheduler
    large = sizing.sized(Sized.SCHEDULER, Size.LARGE)
    assert scheduler.replicas == 2
    assert scheduler.resources == sizing.with_amounts(large, memory=parse_bytes("6Gi"))


def test_airflow_2_parses_dags_in_the_scheduler_until_a_dag_processor_is_sized():
    assert deployment(airflow_version="2.11.2").dag_processor is None
    sized = deployment(airflow_version="2.11.2", dag_processor={"size": "medium"}).dag_processor
    assert sized.resources == sizing.sized(Sized.DAG_PROCESSOR, Size.MEDIUM)


def test_a_triggerer_can_be_left_out():
    assert deployment(triggerer={"enabled": False}).triggerer is None


def test_an_image_of_ones_own_needs_no_tag():
    image = deployment(airflow_version="3.1.8", image={"repository": "registry.example.com/airflow"}).image
    assert (image.repository, image.tag) == ("registry.example.com/airflow", "3.1.8")


@pytest.mark.parametrize("kind", ExecutorKind)
def test_an_executor_may_be_given_by_its_name_alone(kind):
    forms = [str(kind), {"type": str(kind)}, [str(kind)], [{"type": str(kind)}]]
    plans = [deployment(executor=form) for form in forms]
    assert plans == plans[:1] * len(forms)


def test_several_executors_keep_their_order():
    executor = deployment(executor=["KubernetesExecutor", {"type": "CeleryExecutor"}]).executor
    assert executor.class_names == "KubernetesExecutor,CeleryExecutor"
    assert (executor.local, executor.kubernetes.max_task_pods, len(executor.celery.queues)) == (None, 8, 1)


def test_local_parallelism_follows_the_scheduler_until_it_is_given():
    scheduler = {"size": "large"}
    default = deployment(scheduler=scheduler).executor.local.parallelism
    assert default == sizing.task_slots(sizing.sized(Sized.SCHEDULER, Size.LARGE)) > 2
    given = deployment(scheduler=scheduler, executor={"type": "LocalExecutor", "parallelism": 3}).executor
    assert given.local.parallelism == 3


def queues(**settings):
    planned = deployment(executor={"type": "CeleryExecutor", "queues": settings}).executor.celery.queues
    return {queue.name: queue for queue in planned}


def test_worker_queues_are_planned_by_name():
    planned = queues(default={}, heavy={"workers": {"min": 1, "max": 3}, "node_selector": {"disks": "fast"}})
    assert list(planned) == ["default", "heavy"]
    assert (planned["default"].min_workers, planned["default"].max_workers) == (1, 1)
    assert (planned["heavy"].min_workers, planned["heavy"].max_workers) == (1, 3)
    assert planned["heavy"].node_selector == {"disks": "fast"}


def test_a_number_of_workers_is_both_least_and_most():
    planned = queues(default={"workers": 4})
    assert (planned["default"].min_workers, planned["default"].max_workers) == (4, 4)


def test_concurrency_follows_the_size_of_the_worker_until_it_is_given():
    planned = queues(default={"size": "large"}, slow={"size": "large", "concurrency": 1})
    assert planned["default"].concurrency == sizing.task_slots(sizing.sized(Sized.WORKER, Size.LARGE)) > 2
    assert planned["slow"].concurrency == 1


def test_task_pods_are_sized_and_counted():
    executor = {"type": "KubernetesExecutor", "max_task_pods": 5, "task_pod": {"cpu": "2", "memory": "4Gi"}}
    kubernetes = deployment(executor=executor).executor.kubernetes
    assert kubernetes.max_task_pods == 5
    assert kubernetes.task_pod == Resources.reserved("2", "4Gi", "1Gi")


@pytest.mark.parametrize(
    ("cluster_class", "own", "planned"), [(None, None, None), ("gp3", None, "gp3"), ("gp3", "fast", "fast")]
)
def test_volumes_take_the_nearest_storage_class(cluster_class, own, planned):
    volume = {"size": "5Gi"} | ({"storage_class": own} if own else {})
    cluster = CLUSTER | ({"storage_class": cluster_class} if cluster_class else {})
    executor = {"type": "CeleryExecutor", "queues": {"default": {"volume": volume}}}
    orders = deployment_on(cluster, executor=executor, database={"embedded": {"volume": volume}})
    for claimed in (orders.executor.celery.queues[0].volume, orders.database.embedded.volume):
        assert (claimed.size, claimed.storage_class) == (parse_bytes("5Gi"), planned)


def test_dags_come_from_git_where_a_repository_is_named():
    git = {
        "repo": "ssh://git@git.example.com/orders.git",
        "branch": "stable",
        "sub_path": "dags",
        "period_seconds": 60,
        "ssh_key": "git-key",
        "known_hosts": "git.example.com ssh-ed25519 AAAA",
    }
    planned = deployment(dags={"git": git}).git_sync
    assert (planned.repo, planned.branch, planned.sub_path) == (git["repo"], "stable", "dags")
    assert (planned.period_seconds, planned.ssh_key_secret, planned.known_hosts) == (60, "git-key", git["known_hosts"])
    assert planned.credentials_secret is None


@pytest.mark.parametrize("repo", ["git@git.example.com:orders.git", "ssh://git@git.example.com/orders.git"])
def test_the_login_name_of_ssh_is_no_credential(repo):
    assert deployment(dags={"git": {"repo": repo}}).git_sync.repo == repo


def test_an_existing_secret_is_referred_to():
    database = deployment(database={"secret": "orders-metadata"}).database
    assert (database.secret_name, database.config_key, database.embedded) == ("orders-metadata", None, None)


def test_a_secret_of_the_configuration_gets_a_secret_of_its_own():
    database = deployment(["orders_url"], database={"config": "orders_url"}).database
    assert (database.secret_name, database.config_key) == ("analytics-orders-metadata", "orders_url")


def test_an_embedded_database_has_no_volume_unless_asked():
    database = deployment(database="embedded").database
    assert database.secret_name == "analytics-orders-metadata"
    assert (database.embedded.volume, database.embedded.resources) == (None, sizing.EMBEDDED_DATABASE)
    larger = deployment(database={"embedded": {"memory": "2Gi"}}).database.embedded
    assert larger.resources.requests.memory == parse_bytes("2Gi")


def test_an_embedded_database_has_no_named_sizes():
    database = {"embedded": {"size": "large"}}
    lines = refusals(workspaces={"analytics": shared(deployments={"orders": {"database": database}})})
    assert lines[0].startswith("workspaces.analytics.deployments.orders.database.embedded.size: unknown key. ")


def test_an_ingress_gives_each_deployment_a_host():
    ingress = {"domain": "airflow.example.com", "class": "internal"}
    orders = deployment_on(CLUSTER | {"ingress": ingress})
    assert (orders.host, orders.ingress_class) == ("analytics-orders.airflow.example.com", "internal")
    assert orders.url == "http://analytics-orders.airflow.example.com"
    secured = deployment_on(CLUSTER | {"ingress": ingress | {"tls_issuer": "letsencrypt"}})
    assert secured.url == "https://analytics-orders.airflow.example.com"
    assert secured.certificate == "analytics-orders-tls"


def test_one_certificate_of_somebody_else_may_serve_all_hosts():
    ingress = {"domain": "airflow.example.com", "tls_secret": "wildcard"}
    orders = deployment_on(CLUSTER | {"ingress": ingress})
    assert orders.url == "https://analytics-orders.airflow.example.com"
    assert (orders.certificate, orders.tls_issuer) == ("wildcard", None)
    assert kept_secrets(orders) == ("wildcard",)


@pytest.mark.parametrize(
    "config",
    [
        {"smtp": {"smtp_password_cmd": "cat /run/password"}},
        {"smtp": {"smtp_password_secret": "smtp/password"}},
        {"core": {"max_active_runs_per_dag": 4, "dags_are_paused_at_creation": False}},
        {"logging": {"remote_base_log_folder": "s3://logs/orders"}},
    ],
)
def test_options_without_secrets_are_passed_on(config):
    assert deployment(config=config).config == config


def test_secret_variables_refer_to_keys_of_the_configuration():
    orders = deployment(["smtp-password"], secret_env={"AIRFLOW__SMTP__SMTP_PASSWORD": "smtp-password"})
    assert orders.secret_env == {"AIRFLOW__SMTP__SMTP_PASSWORD": "smtp-password"}
    assert orders.secret_values == {}


@pytest.mark.parametrize(
    "name",
    ["apache/airflow", "airflow", "registry.example.com/airflow", "localhost:5000/a/b__c-d.e", "10.0.0.1:5000/x"],
)
def test_names_of_images_are_taken_as_registries_take_them(name):
    assert deployment(image={"repository": name, "tag": "3.2.2-python3.12_x"}).image.repository == name


@pytest.mark.parametrize(
    "name", ["http://registry.example.com/x", "robot@registry.example.com/x", "a/b:3.2.2", "A/B", ""]
)
def test_what_is_no_name_of_an_image_is_refused(name):
    [line] = refusals(workspaces={"analytics": shared(deployments={"orders": {"image": {"repository": name}}})})
    assert "image.repository: is not the name of an image" in line


@pytest.mark.parametrize("form", GIT_FORMS)
def test_every_form_of_a_git_address_is_taken_and_documented(form):
    address = f"{form}git.example.com:orders.git" if form == "git@" else f"{form}git.example.com/orders.git"
    assert deployment(dags={"git": {"repo": address}}).git_sync.repo == address
    [row] = [line for line in README.splitlines() if line.startswith("| `repo` | ")]
    assert f"`{form}`" in row


@pytest.mark.parametrize("folder", ["", "dags", "etl/dags/", "a.b/c-d_e", "..dags"])
def test_folders_within_a_repository_are_taken(folder):
    git = {"repo": "https://git.example.com/orders.git", "sub_path": folder}
    assert deployment(dags={"git": git}).git_sync.sub_path == folder


@pytest.mark.parametrize("folder", ["/dags", "../dags", "dags/..", "a//b", "{{ x }}"])
def test_folders_outside_of_a_repository_are_refused(folder):
    git = {"repo": "https://git.example.com/orders.git", "sub_path": folder}
    [line] = refusals(workspaces={"analytics": shared(deployments={"orders": {"dags": {"git": git}}})})
    assert "dags.git.sub_path: is not a folder within the repository" in line
