"""Connections that are tried from within a running container, with real traffic."""

from components import naming
from components.generated_secrets import Purpose
from tests.e2e.declared import namespace
from tests.e2e.platform import Platform

PROBE_SECONDS = 4
PORTS = {"api-server": 8080, "postgresql": 5432, "redis": 6379, "statsd": 9102, "scheduler": 8793, "worker": 8793}
KUBERNETES_API = ("kubernetes.default.svc", 443)
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"
# A refusal by the other side came through the network just as an answer does.
_PROBE = f"""
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), {PROBE_SECONDS}).close()
    print("open")
except ConnectionRefusedError:
    print("open")
except OSError as error:
    print("closed")
"""


def run(platform: Platform, name: str, component: str, script: str, *arguments: str) -> str:
    """Run Python in a component of a deployment and return what it prints."""
    pod = platform.cluster.pod(namespace(name), component)["metadata"]["name"]
    return platform.cluster.run(namespace(name), pod, component, "python", "-c", script, *arguments).strip()


def address(platform: Platform, name: str, component: str) -> str:
    return str(platform.cluster.pod(namespace(name), component)["status"]["podIP"])


def probe(platform: Platform, name: str, component: str, host: str, port: int) -> str:
    """Tell whether a component reaches an address."""
    return run(platform, name, component, _PROBE, host, str(port))


def reach(platform: Platform, source: tuple[str, str], target: tuple[str, str]) -> str:
    """Tell whether a component reaches another one; each is a deployment's name and a component."""
    return probe(platform, *source, address(platform, *target), PORTS[target[1]])


def reach_kubernetes(platform: Platform, name: str, component: str) -> str:
    return probe(platform, name, component, *KUBERNETES_API)


def has_token(platform: Platform, name: str, component: str) -> bool:
    """Tell whether a component's container holds a token for the Kubernetes API."""
    return run(platform, name, component, f"import os; print(os.path.exists('{TOKEN}'))") == "True"


def own_secret(name: str) -> str:
    """Name a Secret that is there in any case."""
    return naming.secret_name(namespace(name), Purpose.FERNET_KEY)
