"""Where images come from: the same answers as the cluster gives, and every image of the genuine chart known."""

from dataclasses import replace

import pytest

from components.images import full_name, images, is_allowed
from tests.components.chart_rendering import containers, pods, rendered
from tests.components.guarded_cluster import REGISTRIES
from tests.components.scenarios import SCENARIOS
from tests.components.test_guard_rails_on_a_cluster import ALLOWED_IMAGES, REFUSED_IMAGES
from tests.factories import embedded_database


@pytest.mark.parametrize(
    ("image", "full"),
    [
        ("redis", "docker.io/library/redis"),
        ("postgres:17.6", "docker.io/library/postgres:17.6"),
        ("apache/airflow:3", "docker.io/apache/airflow:3"),
        ("quay.io/x/y", "quay.io/x/y"),
        ("registry:5000/x", "registry:5000/x"),
        ("localhost/x", "localhost/x"),
    ],
)
def test_short_names_are_those_of_docker_hub(image, full):
    assert full_name(image) == full


def test_the_plan_allows_what_the_cluster_allows_and_nothing_else():
    assert all(is_allowed(image, REGISTRIES) for image in ALLOWED_IMAGES)
    assert not any(is_allowed(image, REGISTRIES) for image in REFUSED_IMAGES)


@pytest.mark.chart
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_image_that_the_chart_renders_is_known(name):
    args = SCENARIOS[name]
    used = {one["image"] for pod in pods(rendered(args)).values() for one in containers(pod)}
    known = set(images(args).values())
    assert {image for image in used if not any(image == one or image.startswith(f"{one}:") for one in known)} == set()
    assert {image.split(":")[0] for image in known} == {image.split(":")[0] for image in used}


def test_the_embedded_database_brings_its_image():
    args = replace(SCENARIOS["Local-3.2.2-plain"], database=embedded_database())
    assert images(args)["database"] == "postgres:17.6"
