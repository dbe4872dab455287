"""The inventory: plain data, complete, without secrets."""

import json

from stacks.inventory import inventory
from tests.environments import CLOUD
from tests.stacks.environments import ADA, GRACE, planned, shared


def described(**settings):
    ingress = {"domain": "airflow.example.com", "tls_issuer": "ca"}
    plan = planned(
        ["orders_url", "smtp_password"],
        clusters={"main": {**CLOUD, "context": "eu", "ingress": ingress}},
        teams={"data": {"members": [GRACE], "identity_group": "idp-data"}},
        workspaces={"analytics": shared(members={ADA: "admin", "data": "viewer"}, **settings)},
    )
    return inventory(plan)


def test_an_inventory_names_every_workspace_also_an_empty_one():
    assert set(described()) == {"analytics", "ada-b5fc", "grace-b533"}


def test_an_inventory_is_plain_data():
    plain = described(budget={"cpu": 40}, deployments={"orders": {}})
    assert json.loads(json.dumps(plain)) == plain


def test_a_workspace_is_described_with_people_budget_and_reservation():
    workspace = described(budget={"cpu": "40", "memory": "96Gi"}, deployments={"orders": {}})["analytics"]
    assert workspace["owner"] is None
    assert workspace["members"] == {"viewer": [GRACE, "group:idp-data"], "admin": [ADA]}
    assert workspace["budget"] == {"cpu": "40", "memory": "96Gi"}
    assert workspace["reserved"] == workspace["deployments"]["orders"]["reserved"]
    assert set(workspace["reserved"]) == {"cpu", "memory", "storage", "pods"}


def test_a_personal_workspace_names_its_owner():
    assert described()["ada-b5fc"] | {"budget": {}} == {
        "owner": ADA,
        "members": {"admin": [ADA]},
        "budget": {},
        "monthly_cost": None,
        "reserved": {"cpu": "0", "memory": "0", "storage": "0", "pods": "0"},
        "deployments": {},
    }


AROUND = {"door": "none", "kubernetes_names": "<address>, group <group>"}


def test_a_deployment_is_described_with_place_versions_and_address():
    executor = ["CeleryExecutor", "KubernetesExecutor"]
    access = {GRACE: "editor"}
    orders = described(deployments={"orders": {"airflow_version": "2.11.2", "executor": executor, "access": access}})
    del orders["analytics"]["deployments"]["orders"]["reserved"]
    quota = orders["analytics"]["deployments"]["orders"]["kept"].pop("quota")
    assert {part: "pods" in hard for part, hard in quota.items()} == {
        "core": True,
        "workers": True,
        "tasks": True,
        "other": True,
        "objects": False,
    }
    assert orders["analytics"]["deployments"]["orders"] == {
        "namespace": "analytics-orders",
        "cluster": "main",
        "state": "active",
        "executor": "CeleryExecutor,KubernetesExecutor",
        "not_sized": [],
        "airflow_version": "2.11.2",
        "chart_version": "1.22.0",
        "quota_held": False,
        "url": "https://analytics-orders.airflow.example.com",
        "access": {"viewer": ["group:idp-data"], "editor": [GRACE], "admin": [ADA]},
        "shut_out": [],
        "sign_in": {"by": "passwords", "kept_in": "analytics-orders-passwords", **AROUND},
        "kept": {
            "protected": False,
            "keys": {"fernet": [1], "adopted": "", "api": 1, "jwt": 1, "redis": 1, "passwords": 1},
            "embedded_database": True,
            "size_change": 0,
            "log_volume": None,
            "stateful_sets": {
                "analytics-orders-redis": {"component": "redis", "volume": None, "claims": 0},
                "analytics-orders-postgresql": {"component": "postgresql", "volume": None, "claims": 0},
            },
        },
    }


def test_an_inventory_names_who_is_shut_out():
    deployments = {"by-name": {"access": {GRACE: "none"}}, "by-team": {"access": {"data": "none"}}, "open": {}}
    plan = planned(teams={"data": {"members": [GRACE]}}, workspaces={"analytics": shared(deployments=deployments)})
    told = {name: one["shut_out"] for name, one in inventory(plan)["analytics"]["deployments"].items()}
    assert told == {"by-name": [GRACE], "by-team": [], "open": []}


def test_an_inventory_names_the_volumes_that_a_change_could_lose():
    queues = {"default": {"volume": {"size": "5Gi", "storage_class": "fast"}, "workers": 3}, "light": {}}
    orders = described(deployments={"orders": {"executor": {"type": "CeleryExecutor", "queues": queues}}})
    sets = orders["analytics"]["deployments"]["orders"]["kept"]["stateful_sets"]
    assert sets["analytics-orders-worker"] == {
        "component": "worker",
        "volume": {"size": "5Gi", "storage_class": "fast"},
        "claims": 3,
    }
    assert "analytics-orders-worker-light" not in sets


def test_an_inventory_says_nothing_of_secrets():
    settings = {
        "database": {"config": "orders_url"},
        "secret_env": {"SMTP_PASSWORD": "smtp_password"},
        "env": {"STAGE": "never-shown"},
        "network": {"database": {"cidr": "10.9.0.7/32"}},
    }
    workspaces = described(deployments={"orders": settings})
    # Their number is bounded, and that is all there is to say.
    del workspaces["analytics"]["deployments"]["orders"]["kept"]["quota"]["objects"]["secrets"]
    written = json.dumps(workspaces)
    assert not [word for word in ("orders_url", "smtp_password", "never-shown", "secret") if word in written]
