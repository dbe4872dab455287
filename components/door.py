"""The door before a UI: an auth proxy that the ingress controller asks before it lets a request through.

The proxy is oauth2-proxy, which somebody else runs. It can demand one of several groups, or one of several addresses,
but not one of both; where a deployment has both, the door demands a sign-in only, and Airflow refuses strangers.
"""

from typing import Any
from urllib.parse import quote, urlencode

from components.args import AirflowDeploymentArgs
from components.labels import deployment_labels
from components.manifest import Manifest
from components.sign_in_args import Controller, DoorArgs

MIDDLEWARE = "airspace-door"
_NGINX = "nginx.ingress.kubernetes.io"
_TRAEFIK = "traefik.ingress.kubernetes.io"
_NOBODY = "nobody@invalid"


def annotations(args: AirflowDeploymentArgs) -> dict[str, str]:
    """Return what the Ingress tells its controller; nothing without a door."""
    door = args.door
    if door is None or args.host is None:
        return {}
    if door.controller is Controller.NGINX:
        return {
            f"{_NGINX}/auth-url": _question(args, door),
            f"{_NGINX}/auth-signin": f"{door.url}/oauth2/start?rd=$scheme://$host$escaped_request_uri",
        }
    own = f"{args.namespace}-{MIDDLEWARE}@kubernetescrd"
    # The first one sees the other's answer, and leads those who have not signed in to where they can.
    chain = [door.sign_in_middleware, own] if door.sign_in_middleware else [own]
    return {f"{_TRAEFIK}/router.middlewares": ",".join(chain)}


def middleware(args: AirflowDeploymentArgs) -> Manifest | None:
    """Return the object by which Traefik asks the proxy; None where another controller serves."""
    door = args.door
    if door is None or args.host is None or door.controller is not Controller.TRAEFIK:
        return None
    return {
        "apiVersion": "traefik.io/v1alpha1",
        "kind": "Middleware",
        "metadata": {"name": MIDDLEWARE, "namespace": args.namespace, "labels": deployment_labels(args)},
        "spec": {"forwardAuth": {"address": _question(args, door), "trustForwardHeader": True}},
    }


def is_open_to_all_who_sign_in(args: AirflowDeploymentArgs) -> bool:
    """Tell whether the proxy cannot say who may pass, because both people and groups may."""
    people, groups = _allowed(args)
    return bool(args.door and args.host and people and groups)


def _question(args: AirflowDeploymentArgs, door: DoorArgs) -> str:
    people, groups = _allowed(args)
    asked: dict[str, Any] = {}
    if people and not groups:
        asked["allowed_emails"] = ",".join(quote(one, safe="@") for one in people)
    elif groups and not people:
        asked["allowed_groups"] = ",".join(quote(one, safe="") for one in groups)
    elif not people:
        asked["allowed_emails"] = _NOBODY
    query = f"?{urlencode(asked, safe=',@%')}" if asked else ""
    return f"{door.url}/oauth2/auth{query}"


def _allowed(args: AirflowDeploymentArgs) -> tuple[list[str], list[str]]:
    people = sorted({user for entry in args.access for user in entry.users})
    return people, sorted({group for entry in args.access for group in entry.groups})
