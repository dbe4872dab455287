"""What may be said of people, bots and teams, and of the workspaces that people have by themselves."""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from components.naming import is_dns_label
from stacks.budget_settings import AllowedSettings, BudgetSettings
from stacks.deployment_settings import DeploymentDefaults, DeploymentSettings
from stacks.fields import ClusterUser, Flag, Name, Strict, as_email
from stacks.shared_settings import SharedSettings

_DAY = r"\d{4}-\d{2}-\d{2}"


def _day(written: str) -> str:
    # Judged here and read later: a date of YAML is text to Pulumi.
    if re.fullmatch(_DAY, written):
        try:
            date.fromisoformat(written)
        except ValueError:
            pass
        else:
            return written
    raise ValueError('is not a day; write year, month and day in quotes, such as "2027-06-30"')


def _group_of_people(group: str) -> str:
    if group.startswith("system:"):
        raise ValueError(
            "is one of Kubernetes' own groups, such as everybody; write a group that the identity provider keeps"
        )
    return group


def _team_member(written: str) -> str:
    # A name may be that of a team, which only the roster can tell.
    return written if is_dns_label(written) else as_email(written)


class PersonalWorkspacesSettings(Strict):
    """What holds for all personal workspaces of an environment; an account may say otherwise of its own."""

    enabled: Flag = True
    """False makes none but those that an account asks for."""
    budget: BudgetSettings = BudgetSettings.model_validate(
        {"cpu": "12", "memory": "32Gi", "storage": "50Gi", "deployments": 3}
    )
    """Room for a few small deployments."""
    allowed: AllowedSettings = AllowedSettings()
    """What their deployments may choose."""
    defaults: DeploymentDefaults = DeploymentDefaults.model_validate({"database": "embedded", "protect": False})
    """Rules for development: nothing that has to be made beforehand, and nothing that cannot be thrown away."""


class PersonalWorkspaceSettings(Strict):
    """The home that a person has."""

    name: Name | None = Field(default=None, json_schema_extra={"immutable": True})
    """By default made from the e-mail address."""
    budget: BudgetSettings | None = None
    """By default that of all personal workspaces."""
    defaults: DeploymentDefaults = DeploymentDefaults()
    """Settings of all its deployments."""
    shared: dict[Name, SharedSettings] = {}
    """Values kept once and linked to all or some of its deployments."""
    deployments: dict[Name, DeploymentSettings] = {}
    """Airflow deployments by name."""


class AccountKind(StrEnum):
    """Who has an account."""

    PERSON = "person"
    BOT = "bot"


class AccountSettings(Strict):
    """A person, or a machine that acts for one, such as a pipeline."""

    kind: AccountKind = AccountKind.PERSON
    """`bot`: a machine; it has an expiry, no workspace of its own, and answers for none."""
    expires: Annotated[str, AfterValidator(_day), WithJsonSchema({"type": "string", "pattern": f"^{_DAY}$"})] | None = (
        None
    )
    """Last day of a bot, such as "2027-06-30"."""
    client_id: Annotated[str, Field(min_length=1)] | None = None
    """A bot's name at the identity provider, by whose tokens it enters Airflow's API."""
    kubernetes_user: ClusterUser | None = None
    """What clusters know a bot by, such as system:serviceaccount:ci:airspace; without it nothing is bound to it."""
    personal_workspace: Annotated[
        Annotated[PersonalWorkspaceSettings, Tag("settings")] | Annotated[Literal[False], Tag("none")],
        Discriminator(lambda written: "none" if written is False else "settings"),
    ] = PersonalWorkspaceSettings()
    """The account's own workspace; false for none."""

    @model_validator(mode="after")
    def _bots_end(self) -> Self:
        if self.kind is AccountKind.BOT and self.expires is None:
            raise ValueError('is a bot without an end, which nobody would ever look at again; add `expires: "<day>"`')
        if self.kind is AccountKind.PERSON and self.expires is not None:
            raise ValueError("has an expiry, which only bots have; write `kind: bot`, or remove the day")
        if self.kind is AccountKind.PERSON and self.client_id is not None:
            raise ValueError("has a client_id, which only bots have; write `kind: bot`, or remove it")
        if self.kind is AccountKind.PERSON and self.kubernetes_user is not None:
            raise ValueError("has a kubernetes_user, which only bots have; write `kind: bot`, or remove it")
        if self.kind is AccountKind.BOT and "personal_workspace" in self.model_fields_set and self.personal_workspace:
            raise ValueError("is a bot with a workspace of its own, which nobody would answer for; use a shared one")
        return self


class TeamSettings(Strict):
    """A named set of accounts, a group of the identity provider, or both."""

    members: list[Annotated[str, AfterValidator(_team_member), WithJsonSchema({"type": "string"})]] = []
    """Accounts of this environment."""
    identity_group: Annotated[str, Field(min_length=1), AfterValidator(_group_of_people)] | None = None
    """Group of the identity provider, whose members it knows."""
