"""The door before a UI: an auth proxy that the ingress controller asks before it lets a request through.

The proxy is oauth2-proxy, which somebody else runs. It can demand one of several groups, or one of several addresses,
but not one of both; where a deployment has both, the door demands a sign-in only, and Airflow refuses strangers. So it
does where ingress-nginx would not take the question: its admission webhook denies an annotation with a character that
it does not know (URLWithNginxVariableRegex in its validators.go), such as the `@` of an address and the `%` of an
escape.

It knows people by a cookie of their browser, so bots have a way past it: an Ingress of its own for the API, which
nothing is asked for but Airflow itself. The proxy's own `skip_auth_routes` is none: it goes by X-Forwarded-Uri, which
ingress-nginx takes from whoever asks.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from components.access_args import SubjectKind
from components.args import AirflowDeploymentArgs
from components.labels import deployment_labels
from components.manifest import Manifest
from components.sign_in_args import Controller, DoorArgs

MIDDLEWARE = "airspace-door"
BOTS = "airspace-bots"
_NGINX = "nginx.ingress.kubernetes.io"
_TRAEFIK = "traefik.ingress.kubernetes.io"
_KNOWN_TO_NGINX = re.compile(r"[-._~a-zA-Z0-9/:,]*")
"""What names may have in them that ingress-nginx asks for; what else it takes has a meaning of its own."""
_NOBODY = "nobody.invalid"
"""No address, so nobody's; ingress-nginx would not take an `@`."""
_API: Mapping[int, Mapping[str, str]] = {
    2: {"/api/v1": "Prefix"},
    3: {"/api/v2": "Prefix", "/auth/token": "Exact"},
}
"""Paths by which a program enters each major of Airflow, with what they are to Kubernetes."""
_SERVER = {2: ("webserver", "airflow-ui"), 3: ("api-server", "api-server")}
"""The Service that the chart gives the UI, without the namespace, and the name of its port."""


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
        "spec": {"forwardAuth": {"address": _question(args, door)}},
    }


def bots_ingress(args: AirflowDeploymentArgs) -> Manifest | None:
    """Return the way to the API past the door; None where there is no door, or no bot that could enter."""
    is_known = args.sign_in.oidc is None
    bots = (grant for grant in args.grants if grant.kind is SubjectKind.BOT and (is_known or grant.client_id))
    if args.door is None or args.host is None or not any(bots):
        return None
    service, port = _SERVER[args.airflow_major]
    backend = {"service": {"name": f"{args.namespace}-{service}", "port": {"name": port}}}
    paths = [{"path": path, "pathType": kind, "backend": backend} for path, kind in _API[args.airflow_major].items()]
    spec: dict[str, Any] = {"rules": [{"host": args.host, "http": {"paths": paths}}]}
    if args.ingress_class:
        spec["ingressClassName"] = args.ingress_class
    if args.certificate:
        spec["tls"] = [{"hosts": [args.host], "secretName": args.certificate}]
    # No cluster has to have a controller that gives it an address before the run goes on.
    unwaited = {"pulumi.com/skipAwait": "true"}
    metadata = {"name": BOTS, "namespace": args.namespace, "labels": deployment_labels(args), "annotations": unwaited}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}


def is_open_to_all_who_sign_in(args: AirflowDeploymentArgs) -> bool:
    """Tell whether the proxy cannot be asked who may pass: people and groups may, or nginx takes no such question."""
    return bool(args.door and args.host and not _query(args, args.door))


def asked(args: AirflowDeploymentArgs) -> list[str]:
    """Return the people or the groups that the proxy is asked for; none where it is asked for a sign-in only."""
    if args.door is None or args.host is None or not _query(args, args.door):
        return []
    people, groups = _allowed(args)
    return groups or people


def _question(args: AirflowDeploymentArgs, door: DoorArgs) -> str:
    return f"{door.url}/oauth2/auth{_query(args, door)}"


def _query(args: AirflowDeploymentArgs, door: DoorArgs) -> str:
    """Write who may pass; nothing where the proxy can be asked for a sign-in only."""
    people, groups = _allowed(args)
    if people and groups:
        return ""
    names = ",".join(quote(one, safe="@/:") for one in groups or people or [_NOBODY])
    if door.controller is Controller.NGINX and not _KNOWN_TO_NGINX.fullmatch(names):
        return ""
    return f"?allowed_{'groups' if groups else 'emails'}={names}"


def _allowed(args: AirflowDeploymentArgs) -> tuple[list[str], list[str]]:
    """Return who is asked for; people as they are written and in lower case, since the proxy compares each letter."""
    people = {one.subject for one in args.grants if one.kind is SubjectKind.PERSON}
    groups = {one.subject for one in args.grants if one.kind is SubjectKind.GROUP}
    return sorted(people | {one.lower() for one in people}), sorted(groups)
