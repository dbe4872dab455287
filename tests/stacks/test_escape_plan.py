"""Values of the chart by hand: what passes, what is refused, and that the genuine chart takes what passes."""

import dataclasses
from pathlib import PurePosixPath

import pytest
import yaml

from components import sign_in, site
from components.secret_use import ANNOTATION, annotate
from components.values import build_values
from components.values.escape import ALLOWED_AT_THE_TOP, OWN_FOLDER
from tests.components.chart_rendering import of_kind, rendered
from tests.factories import airflow_deployment_args
from tests.stacks.environments import deployment, refusals, shared

TOLERATION = {"key": "dedicated", "operator": "Exists"}
PATH = "workspaces.analytics.deployments.orders.chart_values"


def refused(**values):
    return refusals(workspaces={"analytics": shared(deployments={"orders": {"chart_values": values}})})


@pytest.mark.parametrize(
    ("values", "place", "reason"),
    [
        ({"scheduler": {"resources": {}}}, "scheduler.resources", "would break the quota"),
        ({"scheduler": {"replicas": 5}}, "scheduler.replicas", "would break the quota"),
        ({"workers": {"celery": {"sets": []}}}, "workers.celery.sets", "would break the quota"),
        ({"workers": {"celery": {"keda": {"enabled": True}}}}, "workers.celery.keda", "would break the quota"),
        ({"scheduler": {"extraContainers": []}}, "scheduler.extraContainers", "would break the quota"),
        ({"apiServer": {"priorityClassName": "x"}}, "apiServer.priorityClassName", "would break the quota"),
        ({"redis": {"enabled": True}}, "redis.enabled", "would break the quota"),
        ({"scheduler": {"securityContexts": {}}}, "scheduler.securityContexts", "would break isolation"),
        ({"triggerer": {"serviceAccount": {}}}, "triggerer.serviceAccount", "would break isolation"),
        ({"apiServer": {"service": {"type": "NodePort"}}}, "apiServer.service", "would break isolation"),
        ({"scheduler": {"env": []}}, "scheduler.env", "would break the secrets"),
        ({"redis": {"passwordSecretName": "x"}}, "redis.passwordSecretName", "would be stored in clear by Helm"),
        ({"redis": {"password": "x"}}, "redis.password", "would break the secrets"),
        ({"migrateDatabaseJob": {"useHelmHooks": True}}, "migrateDatabaseJob.useHelmHooks", "is set by the platform"),
        ({"scheduler": 5}, "scheduler", "is set by the platform"),
        ({"triggerer": {"extraVolumes": [{"secret": {"secretName": "a-jwt"}}]}}, "triggerer.extraVolumes.0.secret",
         "would break the"),
        ({"volumeMounts": [{"name": "mine", "mountPath": "/etc/airspace"}]}, "volumeMounts.0.mountPath",
         "would hide files"),
        ({"scheduler": {"extraVolumes": [{"ephemeral": {}}]}}, "scheduler.extraVolumes.0.ephemeral", "would break the"),
        ({"triggerer": {"extraVolumes": [{"projected": {"sources": []}}]}}, "triggerer.extraVolumes.0.projected",
         "would break isolation"),
        ({"triggerer": {"livenessProbe": {"command": ["id"]}}}, "triggerer.livenessProbe.command", "would break the"),
        ({"config": {"core": {}}}, "config", "are options of airflow.cfg"),
        ({"networkPolicies": {}}, "networkPolicies", "is not a block that may be changed here"),
        ({"ports": {"airflowUI": 9000}}, "ports", "is not a block that may be changed here"),
        ({"rbac": {"create": True}}, "rbac", "is not a block that may be changed here"),
        ({"triggerer": {"extraVolumes": [{"hostPath": {"path": "/"}}]}}, "triggerer.extraVolumes.0.hostPath",
         "would break isolation"),
        (
            {"scheduler": {"extraVolumes": [{"projected": {"sources": [{"serviceAccountToken": {"path": "x"}}]}}]}},
            "scheduler.extraVolumes.0.projected", "would break isolation",
        ),
        ({"quotas": {}}, "quotas", "is not a block that may be changed here"),
        ({"fernetKeySecretName": "x"}, "fernetKeySecretName", "is not a block that may be changed here"),
        ({"schedular": {}}, "schedular", "is not a block that may be changed here (did you mean scheduler?)"),
        ({"scheduler": {"podAnnotations": {"a": "{{ lookup }}"}}}, "scheduler", "hold a template, which Helm"),
    ],
    ids=str,
)  # fmt: skip
def test_what_the_platform_keeps_is_refused(values, place, reason):
    (line,) = refused(**values)
    assert line.startswith(f"{PATH}.{place}: {reason}")
    assert line.count("Choose from") <= ("is not a block" in line)


HIDING = (
    "/etc/airspace",
    "/etc/airspace/access/access.json",
    "/etc//airspace/./ca/",
    "/etc",
    "/etc/",
    "//",
    "/x/../etc",
)


@pytest.mark.parametrize("place", HIDING)
def test_nothing_is_mounted_over_what_the_platform_mounts(place):
    for key in ("extraVolumeMounts", "extraMounts"):
        mounts = [{"name": "mine", "mountPath": place, "subPath": "plain"}]
        (line,) = refused(scheduler={key: mounts})
        assert line.startswith(f"{PATH}.scheduler.{key}.0.mountPath: would hide files that the platform keeps there")
    (line,) = refused(dags={"mountPath": place})
    assert line.startswith(f"{PATH}.dags.mountPath: would hide files that the platform keeps there")


@pytest.mark.parametrize("place", ["/mnt", "/etc/airspaces", "/etc/krb5.conf", "/opt/etc/airspace"])
def test_other_places_are_free(place):
    assert deployment(chart_values={"scheduler": {"extraVolumeMounts": [{"name": "mine", "mountPath": place}]}})


def test_all_that_the_platform_mounts_is_in_one_folder():
    for folder in (sign_in.FOLDER, sign_in.ACCESS_FOLDER, sign_in.SECRET_FOLDER, site.CA_FOLDER):
        assert PurePosixPath(OWN_FOLDER) in PurePosixPath(folder).parents


SNIPPET, BODY_SIZE = (f"nginx.ingress.kubernetes.io/{name}" for name in ("configuration-snippet", "proxy-body-size"))


@pytest.mark.parametrize("where", ["apiServer", "web", "statsd"])
def test_annotations_of_an_ingress_do_not_reach_into_a_controller_that_others_share(where):
    (line,) = refused(ingress={where: {"annotations": {SNIPPET: "return 200;", BODY_SIZE: "8m"}}})
    assert line.startswith(f"{PATH}.ingress.{where}.annotations.{SNIPPET}: may change how others are served. Choose ")
    assert "return 200" not in line


def test_a_secret_in_the_values_is_refused_and_not_repeated():
    (line,) = refused(registry={"secretName": "correct-horse-battery"})
    assert "correct-horse-battery" not in line


PASSES = {
    "scheduler": {
        "tolerations": [TOLERATION],
        "nodeSelector": {"secret": "yes"},
        "livenessProbe": {"timeoutSeconds": 90},
    },
    "apiServer": {"podAnnotations": {"example.com/scrape": "true"}},
    "extraConfigMaps": {"orders-extra": {"data": "a: b"}},
}


def test_what_no_setting_covers_passes():
    assert deployment(chart_values=PASSES).chart_values == PASSES


@pytest.mark.chart
def test_the_chart_takes_it_beside_what_the_platform_writes():
    objects = rendered(airflow_deployment_args(chart_values=PASSES))
    pods = {one["metadata"]["labels"]["component"]: one["spec"]["template"] for one in of_kind(objects, "Deployment")}
    scheduler = pods["scheduler"]["spec"]
    assert scheduler["tolerations"] == [TOLERATION]
    assert scheduler["nodeSelector"] == {"secret": "yes"}
    probe = scheduler["containers"][0]["livenessProbe"]
    assert (probe["timeoutSeconds"], probe["periodSeconds"]) == (90, 120)
    assert pods["api-server"]["metadata"]["annotations"]["example.com/scrape"] == "true"
    assert any(one["metadata"]["name"] == "orders-extra" for one in of_kind(objects, "ConfigMap"))


def test_an_annotation_of_a_users_stays_beside_the_platforms():
    args = airflow_deployment_args(chart_values=PASSES)
    values = annotate(build_values(args), args, {"web": "digest"})
    assert values["apiServer"]["podAnnotations"] == {"example.com/scrape": "true", ANNOTATION: "digest"}


def test_without_any_the_values_are_the_platforms():
    args = airflow_deployment_args()
    assert build_values(dataclasses.replace(args, chart_values={"scheduler": {}})) == build_values(args)


@pytest.mark.chart
def test_every_block_that_may_be_changed_is_one_of_the_charts(chart_archive):
    import tarfile

    with tarfile.open(chart_archive) as archive:
        known = yaml.safe_load(archive.extractfile("airflow/values.yaml").read())
    assert set(known) >= ALLOWED_AT_THE_TOP
