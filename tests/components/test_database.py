import json

import pytest

from components.database import (
    connection_url,
    embedded_database_selector,
    embedded_database_service,
    embedded_database_stateful_set,
)
from components.labels import deployment_labels
from components.workloads import WorkloadKind, workloads
from tests.components.pod_security import violations
from tests.factories import airflow_deployment_args, embedded_database, volume

NAME = "analytics-orders-postgresql"


def _made(**overrides):
    database = embedded_database(**overrides)
    args = airflow_deployment_args(database=database)
    return args, embedded_database_stateful_set(args, database.embedded)


@pytest.mark.parametrize("claimed", [None, volume("8Gi", "fast")])
def test_the_stateful_set_is_what_the_pod_model_says(claimed):
    args, made = _made(volume=claimed)
    (stated,) = [part for part in workloads(args) if part.component == "postgresql"]
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert (made["kind"], made["metadata"]["name"]) == (WorkloadKind.STATEFUL_SET, stated.name)
    assert made["spec"]["replicas"] == stated.replicas
    assert (container["name"], container["resources"]) == (
        stated.containers[0].name,
        stated.containers[0].resources.as_kubernetes(),
    )
    claims = made["spec"].get("volumeClaimTemplates", [])
    assert [claim["spec"]["resources"]["requests"]["storage"] for claim in claims] == (["8Gi"] if claimed else [])
    assert [claim["spec"].get("storageClassName") for claim in claims] == (["fast"] if claimed else [])


@pytest.mark.parametrize("claimed", [None, volume()])
def test_every_mount_has_a_volume_and_data_is_in_a_folder_below_it(claimed):
    _, made = _made(volume=claimed)
    spec = made["spec"]["template"]["spec"]
    there = {entry["name"] for entry in spec["volumes"]}
    there |= {claim["metadata"]["name"] for claim in made["spec"].get("volumeClaimTemplates", [])}
    mounts = {mount["name"]: mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]}
    assert mounts.keys() == there
    variables = {entry["name"]: entry.get("value") for entry in spec["containers"][0]["env"]}
    assert variables["PGDATA"].startswith(f"{mounts['data']}/")


def test_the_pod_is_restricted_and_of_the_core_class():
    _, made = _made()
    template = made["spec"]["template"]
    assert violations(template) == []
    assert template["spec"]["priorityClassName"] == "airspace-dev-core"


def test_the_service_finds_the_pod():
    args, made = _made()
    service = embedded_database_service(args)
    labels = made["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"] == made["spec"]["selector"]["matchLabels"] == embedded_database_selector(args)
    assert {**deployment_labels(args), **service["spec"]["selector"]} == labels
    assert service["metadata"]["name"] == made["spec"]["serviceName"] == NAME


def test_the_password_is_read_from_its_secret_and_nowhere_else():
    _, made = _made()
    (password,) = [
        entry for entry in made["spec"]["template"]["spec"]["containers"][0]["env"] if "PASSWORD" in entry["name"]
    ]
    assert password["valueFrom"] == {"secretKeyRef": {"name": NAME, "key": "password"}}
    assert "value" not in password


def test_the_url_leads_to_the_service():
    args, _ = _made()
    url = connection_url(args, "s3cret")
    assert url == f"postgresql://airflow:s3cret@{NAME}.analytics-orders:5432/airflow"


@pytest.mark.parametrize(("is_protected", "kept"), [(True, "Retain"), (False, "Delete")])
def test_a_protected_database_keeps_its_claim(is_protected, kept):
    database = embedded_database(volume=volume())
    args = airflow_deployment_args(database=database, is_protected=is_protected)
    policy = embedded_database_stateful_set(args, database.embedded)["spec"]["persistentVolumeClaimRetentionPolicy"]
    assert policy == {"whenDeleted": kept, "whenScaled": "Retain"}


def test_manifests_are_plain_data():
    args, made = _made(volume=volume())
    for manifest in (made, embedded_database_service(args)):
        assert json.loads(json.dumps(manifest)) == manifest
