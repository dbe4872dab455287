"""The PriorityClasses of an environment: which there are, in which order, and what pods of a deployment name them."""

from components.executor_args import Priority
from components.labels import ENVIRONMENT
from components.priorities import CLASSES, class_name, class_names
from components.workloads import Share
from tests.environments import plan_of, small_environment
from tests.recorded_rules import deploy_plan
from tests.stacks.environments import deployment

PRIORITY_CLASS = "kubernetes:scheduling.k8s.io/v1:PriorityClass"


def test_a_cluster_has_all_classes_whoever_uses_them():
    recording = deploy_plan(plan_of(small_environment()))
    made = {one.inputs["metadata"]["name"]: one.inputs for one in recording.of_type(PRIORITY_CLASS)}
    values = {"-high": 100, "": 0, "-low": -10}
    assert {name: one["value"] for name, one in made.items()} == {
        "airspace-dev-core": 1000,
        **{f"airspace-dev-workers{end}": value for end, value in values.items()},
        **{f"airspace-dev-tasks{end}": value for end, value in values.items()},
    }
    assert {one["preemptionPolicy"] for one in made.values()} == {"Never"}
    assert {one["metadata"]["labels"][ENVIRONMENT] for one in made.values()} == {"dev"}
    assert sorted(made) == sorted(name for share in Share for name in class_names("dev", share))


def test_tasks_never_go_before_airflow_and_low_ones_still_make_a_node():
    """A cluster autoscaler makes no node for pods below -10."""
    for share in (Share.WORKERS, Share.TASKS):
        values = [one.value for one in CLASSES.values() if one.share is share]
        assert max(values) < CLASSES["core"].value
        assert min(values) >= -10
        assert len(set(values)) == len(Priority)


def test_each_priority_has_a_class_of_its_own():
    for share in (Share.WORKERS, Share.TASKS):
        names = [class_name("dev", share, one) for one in Priority]
        assert names == [f"airspace-dev-{share}{end}" for end in ("-low", "", "-high")]
        assert set(class_names("dev", share)) == set(names)
    assert class_names("dev", Share.CORE) == ["airspace-dev-core"]


def test_a_queue_and_task_pods_have_the_priority_that_is_written():
    celery = {"type": "CeleryExecutor", "queues": {"default": {}, "urgent": {"priority": "high"}}}
    kubernetes = {"type": "KubernetesExecutor", "task_pod": {"priority": "low"}}
    args = deployment(executor=[celery, kubernetes])
    assert {queue.name: queue.priority for queue in args.executor.celery.queues} == {
        "default": Priority.NORMAL,
        "urgent": Priority.HIGH,
    }
    assert args.executor.kubernetes.priority is Priority.LOW
