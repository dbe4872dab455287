"""Plans the table of roles of one environment, and refuses what would lead out of its bounds."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from components.access_args import AirflowRole, Role
from components.roles import HIGHEST_IN_AIRFLOW, LOWEST_ROLE, ROLES, RoleArgs, refuse_verb
from stacks.problems import Problem
from stacks.role_settings import RoleSettings
from stacks.settings import PlatformSettings, Stage

_RISING = list(Role)
_RISING_IN_AIRFLOW = list(AirflowRole)


def plan_roles(settings: PlatformSettings) -> Mapping[Role, RoleArgs]:
    """Lay what an environment says of its roles over the table."""
    return {role: _planned(ROLES[role], getattr(settings.roles, role)) for role in Role}


def role_problems(settings: PlatformSettings) -> Iterator[Problem]:
    """Refuse what leads a role out of its bounds: with Kubernetes, at front doors, in Airflow."""
    for role in Role:
        written: RoleSettings = getattr(settings.roles, role)
        yield from _verb_problems(("roles", role, "kubernetes"), written, settings.stage)
        for action in written.actions or ():
            if _RISING.index(lowest := LOWEST_ROLE.get(action, role)) > _RISING.index(role):
                message = f"has {action}, which takes {lowest} at least. Remove it"
                yield Problem(("roles", role, "actions"), message)
    yield from _airflow_problems(plan_roles(settings))


def _airflow_problems(planned: Mapping[Role, RoleArgs]) -> Iterator[Problem]:
    """Refuse roles in Airflow that are too high, and then those that fall."""
    held = {role: one.airflow_role for role, one in planned.items()}
    for role, most in HIGHEST_IN_AIRFLOW.items():
        if _RISING_IN_AIRFLOW.index(held[role]) > _RISING_IN_AIRFLOW.index(most):
            message = f"is {held[role]} in Airflow, and {role} may be {most} at most. Lower it"
            yield Problem(("roles", role, "airflow_role"), message)
            held[role] = most
    for below, above in pairwise(Role):
        lower, upper = held[below], held[above]
        if _RISING_IN_AIRFLOW.index(lower) > _RISING_IN_AIRFLOW.index(upper):
            message = f"is {upper} in Airflow, less than {below}, which is {lower}. Raise this one or lower the other"
            yield Problem(("roles", above, "airflow_role"), message)


def _verb_problems(path: tuple[str, ...], written: RoleSettings, stage: Stage) -> Iterator[Problem]:
    for resource, verbs in written.kubernetes.items():
        for verb in verbs:
            if reason := refuse_verb(resource, verb, is_production=stage is Stage.PRODUCTION):
                is_shell = refuse_verb(resource, verb, is_production=False) is None
                remedy = "Remove it, or write `stage: development` if no real data is here" if is_shell else "Remove it"
                yield Problem((*path, resource), f"{verb} {reason}. {remedy}")


def _planned(usual: RoleArgs, written: RoleSettings) -> RoleArgs:
    return RoleArgs(
        kubernetes={**usual.kubernetes, **{resource: tuple(verbs) for resource, verbs in written.kubernetes.items()}},
        airflow_role=written.airflow_role or usual.airflow_role,
        actions=usual.actions if written.actions is None else frozenset(written.actions),
    )
