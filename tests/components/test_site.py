"""What the place adds to pods: every pod of the release, of task pods and of the embedded database."""

from typing import Any

import pytest

from components import site
from components.database import embedded_database_stateful_set
from components.executor_args import TolerationArgs
from components.hosting_args import CaBundleArgs, NodeGroupArgs, ProxyArgs, RegistriesArgs, SiteArgs
from components.registries import CHART_IMAGES, from_registry, mirrored
from components.values import build_values
from tests.components.chart_rendering import containers, pods, rendered
from tests.components.values_schema import chart_values
from tests.factories import airflow_deployment_args, celery, embedded_database, executor, git_sync, worker_queue

MIRROR = "registry.example.com/mirror"
GROUP = NodeGroupArgs(
    selector={"example.com/pool": "analytics"},
    tolerations=(TolerationArgs(key="dedicated", value="analytics", effect="NoSchedule"), TolerationArgs(key="spot")),
)
EVERYTHING = SiteArgs(
    node_group=GROUP,
    registries=RegistriesArgs(mirror=MIRROR, pull_secrets=("theirs",), pull_config_key="docker"),
    ca_bundle=CaBundleArgs(config_map="company-ca", key="bundle.pem"),
    proxy=ProxyArgs(http="http://proxy:3128", https="http://proxy:3128", no_proxy=("git.example.com",)),
)
VERSIONS = ("3.2.2", "2.11.2")
BESIDE_AIRFLOW = {"statsd", "redis", "git-sync", "git-sync-init"}


def args(version: str = "3.2.2", place: SiteArgs = EVERYTHING, **overrides: Any) -> Any:
    queues = celery(worker_queue(), worker_queue("wide", node_selector={"example.com/disks": "fast"}, max_workers=2))
    fields: dict[str, Any] = {
        "executor": executor("celery", "kubernetes", celery=queues),
        "git_sync": git_sync(credentials_secret="orders-git"),
        "airflow_version": version,
    }
    plain = airflow_deployment_args(**{**fields, **overrides})
    image = type(plain.image)(repository=mirrored("apache/airflow", place.registries.mirror), tag=version)
    return airflow_deployment_args(**{**fields, **overrides, "image": image, "site": place})


def every_pod(version: str) -> dict[str, Any]:
    database = embedded_database(image=mirrored("postgres:17.6", MIRROR))
    inside = args(version, database=database)
    found = pods(rendered(args(version)))
    found["postgresql"] = embedded_database_stateful_set(inside, database.embedded)["spec"]["template"]
    return found


@pytest.mark.chart
@pytest.mark.parametrize("version", VERSIONS)
def test_every_pod_runs_on_the_nodes_of_its_group(version):
    found = every_pod(version)
    assert len(found) >= 10
    for name, pod in found.items():
        assert GROUP.selector.items() <= pod["spec"]["nodeSelector"].items(), name
        assert {one["key"] for one in pod["spec"]["tolerations"]} == {"dedicated", "spot"}, name
    [wide] = [pod for name, pod in found.items() if name.endswith("-worker-wide")]
    assert wide["spec"]["nodeSelector"] == {"example.com/pool": "analytics", "example.com/disks": "fast"}


@pytest.mark.chart
@pytest.mark.parametrize("version", VERSIONS)
def test_every_image_comes_from_the_mirror_with_the_key_to_it(version):
    for name, pod in every_pod(version).items():
        assert all(one["image"].startswith(f"{MIRROR}/") for one in containers(pod)), name
        assert pod["spec"]["imagePullSecrets"] == [{"name": "theirs"}, {"name": "analytics-orders-registry"}], name


@pytest.mark.chart
@pytest.mark.parametrize("version", VERSIONS)
def test_every_airflow_container_trusts_the_certificates_and_knows_the_way_out(version):
    for name, pod in pods(rendered(args(version))).items():
        for container in containers(pod):
            variables = {one["name"]: one.get("value") for one in container.get("env", [])}
            mounts = {one["name"]: one["mountPath"] for one in container.get("volumeMounts", [])}
            if container["name"] in {"statsd", "redis"} or container["name"].endswith("log-groomer"):
                continue
            trusted = "GIT_SSL_CAINFO" if container["name"].startswith("git-sync") else "REQUESTS_CA_BUNDLE"
            assert variables[trusted] == "/etc/airspace/ca/bundle.pem", (name, container["name"])
            assert mounts[site.CA_VOLUME] == "/etc/airspace/ca", (name, container["name"])
            assert variables["HTTPS_PROXY"] == variables["https_proxy"] == "http://proxy:3128"
            assert "git.example.com" in variables["NO_PROXY"].split(",")
        if "statsd" not in name and "redis" not in name:
            assert {"name": "ca-bundle", "configMap": {"name": "company-ca"}} in pod["spec"]["volumes"], name


@pytest.mark.chart
def test_images_of_the_chart_are_the_ones_that_it_has():
    objects = rendered(airflow_deployment_args(executor=executor("celery"), git_sync=git_sync()))
    named = {one["name"]: one["image"].rpartition(":")[0] for pod in pods(objects).values() for one in containers(pod)}
    for container, image in {"statsd": "statsd", "redis": "redis", "git-sync": "gitSync"}.items():
        assert named[container] == CHART_IMAGES[image]


@pytest.mark.chart
def test_images_that_are_switched_off_are_known_too():
    images = chart_values()["images"]
    assert {name: images[name]["repository"] for name in CHART_IMAGES if images[name]["repository"]} == {
        name: repository for name, repository in CHART_IMAGES.items() if name != "flower"
    }


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("redis", f"{MIRROR}/library/redis"),
        ("apache/airflow", f"{MIRROR}/apache/airflow"),
        ("quay.io/prometheus/statsd-exporter", f"{MIRROR}/prometheus/statsd-exporter"),
        ("localhost:5000/airflow", f"{MIRROR}/airflow"),
        ("localhost/airflow", f"{MIRROR}/airflow"),
    ],
)
def test_a_mirror_takes_the_place_of_the_registry(repository, expected):
    assert mirrored(repository, MIRROR) == expected
    assert mirrored(repository, None) == repository


def test_an_image_that_is_named_with_its_registry_stays_there():
    assert from_registry("other.example.com/airflow", MIRROR) == "other.example.com/airflow"
    assert from_registry("team/airflow", MIRROR) == f"{MIRROR}/team/airflow"


def test_without_anything_particular_nothing_is_added():
    plain = build_values(args(place=SiteArgs()))
    assert not {"nodeSelector", "tolerations", "imagePullSecrets", "volumes", "volumeMounts"} & set(plain)
    assert set(plain["images"]) == {"airflow", "pod_template", "migrationsWaitTimeout"}


def test_a_variable_of_the_deployment_wins_over_the_places():
    values = build_values(args(env={"HTTPS_PROXY": "http://own:1"}))
    assert [one["value"] for one in values["env"] if one["name"] == "HTTPS_PROXY"] == ["http://own:1"]


def test_nothing_within_the_cluster_goes_through_the_proxy():
    none = site.environment(args())["NO_PROXY"].split(",")
    assert {"localhost", ".svc", ".cluster.local", "10.0.0.0/8", ".analytics-orders"} <= set(none)
    assert {"analytics-orders-api-server", "analytics-orders-redis"} <= set(none)
    assert len(none) == len(set(none))


def test_certificates_of_the_stack_file_get_a_config_map_of_their_own_that_changes_its_name_with_them():
    one, other = (args(place=SiteArgs(ca_bundle=CaBundleArgs(pem=pem))) for pem in ("one", "other"))
    made = site.ca_config_map(one)
    assert made["data"] == {"ca.crt": "one"}
    assert site.ca_volume(one)["configMap"]["name"] == made["metadata"]["name"]
    assert made["metadata"]["name"] != site.ca_config_map(other)["metadata"]["name"]
    assert site.ca_config_map(args()) is None


def test_certificates_may_be_in_a_secret():
    place = SiteArgs(ca_bundle=CaBundleArgs(secret="company-ca"))
    assert site.ca_volume(args(place=place)) == {"name": "ca-bundle", "secret": {"secretName": "company-ca"}}


def test_nodes_that_a_user_narrows_by_chart_values_stay_within_the_group():
    own = {"nodeSelector": {"example.com/disks": "fast"}, "tolerations": [{"key": "gpu", "operator": "Exists"}]}
    values = build_values(args(chart_values={**own, "scheduler": own}))
    for place in (values, values["scheduler"]):
        assert place["nodeSelector"] == {"example.com/pool": "analytics", "example.com/disks": "fast"}
        assert [one["key"] for one in place["tolerations"]] == ["gpu", "dedicated", "spot"]
    assert build_values(args(chart_values={"nodeSelector": {}}))["nodeSelector"] == GROUP.selector
