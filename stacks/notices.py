"""What is worth saying of a plan that may be made real all the same. Pure: the day comes from the caller."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from components import airflow_support, door, exposure
from components.access_args import Role, SubjectKind
from components.args import AirflowDeploymentArgs, PlatformPlan
from components.life_args import State
from components.quota_in_force import is_held
from components.sign_in_args import Controller
from components.task_slots import task_pods_each
from stacks.access_report import NONE

_IN_TIME = timedelta(days=90)
"""How long before the end of a release it is worth saying."""
_NAMED = 3
"""Deployments that a line names."""
_BOTS_END = timedelta(days=30)
"""The same of a bot."""


def notices(plan: PlatformPlan, today: date) -> list[str]:
    """Return one line for each thing that somebody should look at."""
    deployments = [
        f"{one.workspace}.{one.name}: {line}"
        for one in plan.deployments
        for line in (
            *_left_over(one),
            *_held_quota(one),
            *_idle_task_pods(one),
            *_unknown_people(one),
            *_wide_door(one),
            *_mislabelled_metrics(one),
            *_plain_way_in(one),
        )
    ]
    return [*_end_of_life(plan, today), *deployments, *map(str, access_notices(plan)), *_ending_bots(plan, today)]


@dataclass(frozen=True, kw_only=True)
class AccessNotice:
    """Somebody whom Kubernetes may let in where Airflow does not; who is in a group, only the provider knows."""

    place: str
    """Workspace and deployment."""
    subject: str
    role: str
    group: str
    group_role: Role

    def __str__(self) -> str:
        """Write it in a line."""
        return (
            f"{self.place}: {self.subject} is {self.role} here by name, and the group {self.group} is "
            f"{self.group_role}: Airflow goes by the name, and Kubernetes by both if the identity provider has "
            f"{self.subject} in the group. Take the person out of it there, or give the team less"
        )


def access_notices(plan: PlatformPlan) -> list[AccessNotice]:
    """Tell of those who are named with less than a group has; a bot is in none."""
    rising = list(Role)
    return [
        AccessNotice(
            place=f"{one.workspace}.{one.name}", subject=subject, role=role, group=group.subject, group_role=group.role
        )
        for one in plan.deployments
        for group in one.grants
        if group.kind is SubjectKind.GROUP
        for subject, role in _named(one)
        if role == NONE or rising.index(Role(role)) < rising.index(group.role)
    ]


def _named(deployment: AirflowDeploymentArgs) -> Iterator[tuple[str, str]]:
    """Yield the people whom a deployment names itself, with their roles."""
    people = SubjectKind.PERSON
    yield from ((one.subject, one.role) for one in deployment.grants if one.is_exact and one.kind is people)
    yield from ((one.subject, NONE) for one in deployment.shut_out if one.team is None and one.kind is people)


def _ending_bots(plan: PlatformPlan, today: date) -> Iterator[str]:
    grants = [grant for one in plan.workspaces.values() for grant in one.grants]
    grants += [grant for one in plan.deployments for grant in one.grants]
    ends = {grant.subject: grant.expires for grant in grants if grant.expires and grant.expires <= today + _BOTS_END}
    for bot, last_day in sorted(ends.items()):
        yield f"{bot}: the last day of this bot is {last_day}; after it, nothing is planned with it. Set a later one"


def _end_of_life(plan: PlatformPlan, today: date) -> Iterator[str]:
    """Say it once for each release, with those that run it."""
    running: dict[str, list[str]] = {}
    for one in plan.deployments:
        running.setdefault(one.airflow_version, []).append(f"{one.workspace}.{one.name}")
    for version, names in sorted(running.items()):
        end = airflow_support.end_of_life(version)
        if end is None or today + _IN_TIME < end:
            continue
        told = f"has had no fixes since {end}" if end <= today else f"has no fixes from {end}"
        rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield (
            f"Airflow {version} {told}, not even for security. Upgrade {', '.join(names[:_NAMED])}{rest} to "
            f"{airflow_support.newest_release()}"
        )


def _left_over(deployment: AirflowDeploymentArgs) -> Iterator[str]:
    if deployment.state is State.RETIRED:
        yield "is retired. Remove it from the file when its database, keys and volumes may go"
    if deployment.may_lose:
        yield f"may lose {' and '.join(deployment.may_lose)}. Remove `may_lose` once that change is done"


def _held_quota(deployment: AirflowDeploymentArgs) -> Iterator[str]:
    if is_held(deployment):
        yield "keeps its larger quota until its smaller pods have taken over. The next `up` lowers it"


def _idle_task_pods(deployment: AirflowDeploymentArgs) -> Iterator[str]:
    kubernetes, schedulers = deployment.executor.kubernetes, deployment.scheduler.replicas
    if kubernetes is None or len(deployment.executor.order) > 1:
        return
    each = task_pods_each(deployment)
    if idle := kubernetes.max_task_pods - each * schedulers:
        yield (
            f"{idle} of its {kubernetes.max_task_pods} task pods will never run: {schedulers} schedulers divide them, "
            f"{each} each. Let max_task_pods be {each * schedulers} or {(each + 1) * schedulers}"
        )


def _unknown_people(deployment: AirflowDeploymentArgs) -> Iterator[str]:
    groups = [grant.subject for grant in deployment.grants if grant.kind is SubjectKind.GROUP]
    if groups and deployment.sign_in.oidc is None:
        yield (
            f"nobody enters its UI through {' and '.join(groups)}: only an identity provider knows who is in a group. "
            "Set sign_in.oidc, or name the people under members of the team"
        )


def _wide_door(deployment: AirflowDeploymentArgs) -> Iterator[str]:
    if deployment.door is None or not door.is_open_to_all_who_sign_in(deployment):
        return
    why = "an auth proxy cannot ask for groups or people. Give access to groups only, or to people only"
    if deployment.door.controller is Controller.NGINX:
        why = (
            "through ingress-nginx an auth proxy can be asked only for groups whose names have nothing but letters, "
            "digits and -._~/: in them. Give access to such groups only"
        )
    yield f"its door lets everybody pass who signs in, and Airflow refuses strangers: {why}"


def _mislabelled_metrics(deployment: AirflowDeploymentArgs) -> Iterator[str]:
    if deployment.network.metrics and deployment.airflow_major == 2:  # noqa: PLR2004 - Airflow's own major
        yield (
            "Airflow 2 calls its OpenTelemetry metrics JSON, which they are not, and collectors refuse them where the "
            "image has version 1.39 or later of the OpenTelemetry exporter. Use an older one in the image, or upgrade"
        )


def _plain_way_in(deployment: AirflowDeploymentArgs) -> Iterator[str]:
    service = exposure.asked(deployment)
    if service and not service.has_tls:
        yield (
            f"its Service of type {service.type} leads in without TLS: passwords and sessions can be read on the way. "
            "Let what stands before it end TLS and set ui_service.tls, or use an ingress with a certificate"
        )
