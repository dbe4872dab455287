"""The real cluster in plain data: pods, events, logs, memory; commands and requests in a pod, past any policy."""

import base64
import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from kubernetes import client, config
from kubernetes.stream import portforward, stream

from components.labels import ENVIRONMENT
from components.quantities import parse_bytes, parse_cpu
from tests.e2e import declared
from tests.e2e.watching import UNSCHEDULABLE_SECONDS, Pod, is_ready, restarts, trouble
from tests.e2e.where import Where

LOG_LINES = 15
EVENTS = 8
ANSWER_SECONDS = 60
ROOM_MILLICORES = 6000
"""CPU with which all deployments run side by side; with less, those that are not asked for hibernate."""
CROWDED_SECONDS = 2 * UNSCHEDULABLE_SECONDS
"""Where there is less, what goes makes room for what comes."""
PENDING_RELEASES = "owner=helm,status in (pending-install,pending-upgrade,pending-rollback)"
_API = "kubernetes"
_FORWARDING = "Kubernetes port forward proxy"
"""Start of the name of the library's thread."""


class BrokenError(AssertionError):
    """Something on the cluster will never come up by itself."""


class AwayError(AssertionError):
    """No pod of a component is ready just now."""


class RealCluster:
    """One cluster, asked as whoever runs the suite."""

    def __init__(self, where: Where) -> None:
        configuration = client.Configuration()
        config.load_kube_config(where.kubeconfig, context=where.context, client_configuration=configuration)
        self.api = client.ApiClient(configuration)
        self.core = client.CoreV1Api(self.api)
        # Streams change the client that they go through.
        self._streaming = client.CoreV1Api(client.ApiClient(configuration))
        self.quota_events: set[str] = set()
        """Every refusal by a quota that was seen so far."""
        self.on_look: Callable[[], None] = lambda: None
        """Done whenever somebody looks."""
        self._is_patient = False
        self._crashes: dict[str, dict[str, int]] = {}
        """Restarts that no longer count, by pod and container."""
        self._given_up: set[str] = set()
        """Pods that are known never to come up, and are to be replaced."""
        cpu = self.allocatable_millicores()
        self.is_roomy = cpu >= ROOM_MILLICORES
        self._unschedulable_seconds = UNSCHEDULABLE_SECONDS if self.is_roomy else CROWDED_SECONDS

    def namespaces(self) -> list[str]:
        selector = f"{ENVIRONMENT}={declared.NAME}"
        return [one.metadata.name for one in self.core.list_namespace(label_selector=selector).items]

    def pods(self, namespace: str, selector: str = "") -> list[Pod]:
        return self._plain(self.core.list_namespaced_pod(namespace, label_selector=selector))

    def pod(self, namespace: str, component: str) -> Pod:
        """Return the pod of a component that is ready.

        Raises:
            AwayError: None is.
        """
        found = [one for one in self.pods(namespace, f"component={component}") if is_ready(one)]
        ready = [one for one in found if not one["metadata"].get("deletionTimestamp")]
        if not ready:
            raise AwayError(f"{namespace}: no {component} is ready")
        return ready[0]

    def look(self) -> None:
        """Note what quotas refused, and give up where something will never come up.

        Raises:
            BrokenError: With the pod, its last events and its last log lines.
        """
        self.on_look()
        now = datetime.now(UTC)
        for namespace in self.namespaces():
            for event in self.events(namespace):
                if "exceeded quota" in (event.get("message") or ""):
                    self.quota_events.add(f"{namespace}: {event['message']}")
            for pod in self.pods(namespace):
                reason = self._trouble(pod, now)
                if reason and not self._is_patient and pod["metadata"]["uid"] not in self._given_up:
                    raise BrokenError(self.described(pod, reason))

    def forget_troubles(self) -> None:
        """Count restarts and pods that never come up from now on: before, something else was the matter."""
        pods = {pod["metadata"]["uid"]: pod for namespace in self.namespaces() for pod in self.pods(namespace)}
        now = datetime.now(UTC)
        self._given_up = {uid for uid, pod in pods.items() if self._trouble(pod, now)}
        self._crashes = {uid: restarts(pod) for uid, pod in pods.items()}

    def _trouble(self, pod: Pod, now: datetime) -> str | None:
        before = self._crashes.get(pod["metadata"]["uid"], {})
        return trouble(pod, now, before=before, unschedulable_seconds=self._unschedulable_seconds)

    @contextlib.contextmanager
    def patient(self) -> Iterator[None]:
        """Let pods crash meanwhile: what they need is away, and comes back."""
        self._is_patient = True
        try:
            yield
        finally:
            self._is_patient = False
            self.forget_troubles()

    def described(self, pod: Pod, reason: str) -> str:
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        lines = [f"pod {namespace}/{name} {reason}", "last events:"]
        lines += [f"  {one.get('reason')}: {one.get('message')}" for one in self.events(namespace, name)[-EVENTS:]]
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
            for previous in (True, False):
                if log := self.log(namespace, name, container["name"], previous=previous):
                    lines += [f"last log lines of {container['name']}:", *(f"  {line}" for line in log.splitlines())]
                    break
        return "\n".join(lines)

    def events(self, namespace: str, pod: str | None = None) -> list[dict[str, Any]]:
        selector = f"involvedObject.name={pod}" if pod else ""
        found = self._plain(self.core.list_namespaced_event(namespace, field_selector=selector))
        return sorted(found, key=lambda one: str(one.get("lastTimestamp") or one.get("eventTime")))

    def log(self, namespace: str, pod: str, container: str, *, previous: bool = False) -> str:
        with contextlib.suppress(client.ApiException):
            return str(
                self.core.read_namespaced_pod_log(
                    pod, namespace, container=container, previous=previous, tail_lines=LOG_LINES
                )
            )
        return ""

    def run(self, namespace: str, pod: str, container: str, *command: str, seconds: float = 180) -> str:
        """Run a command in a container and return what it wrote; it must end well."""
        session = stream(
            self._streaming.connect_get_namespaced_pod_exec,
            pod,
            namespace,
            container=container,
            command=list(command),
            stderr=True,
            stdin=False,
            stdout=True,
            tty=False,
            _preload_content=False,
        )
        session.run_forever(timeout=seconds)
        out, errors = session.read_stdout(timeout=1), session.read_stderr(timeout=1)
        is_running = session.is_open()
        session.close()
        session.sock.shutdown()  # the library leaves the connection open where the other side has ended it
        assert not is_running, f"{command[0]} in {pod} did not end in {seconds} s"
        assert session.returncode == 0, f"{' '.join(command[:3])} in {pod}: {session.returncode}\n{out}\n{errors}"
        return str(out)

    def ask(
        self, namespace: str, pod: str, port: int, *, method: str, path: str, body: Any, headers: Mapping[str, str]
    ) -> tuple[int, str]:
        """Send one HTTP request with JSON to a pod; return status and text."""
        data = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **headers}
        status, _, text = self.exchange(namespace, pod, port, method=method, path=path, data=data, headers=sent)
        return status, text.decode()

    def exchange(
        self,
        namespace: str,
        pod: str,
        port: int,
        *,
        method: str,
        path: str,
        data: bytes | None,
        headers: Mapping[str, str],
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send one HTTP request to a pod; return status, headers and content of the answer."""
        forward = portforward(self._streaming.connect_get_namespaced_pod_portforward, pod, namespace, ports=str(port))
        connection = http.client.HTTPConnection("localhost")
        connection.sock = forward.socket(port)
        # The connection's own limit does not count for a socket that is given to it.
        connection.sock.settimeout(ANSWER_SECONDS)
        try:
            connection.request(method, path, data, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()
            forward.close()
            for thread in threading.enumerate():
                if thread.name.startswith(_FORWARDING):
                    thread.join(10)
            forward.websocket.shutdown()
            for one in forward.local_ports.values():
                one.python.close()  # left open where the thread has died

    def working_sets(self, namespaces: set[str]) -> Iterator[tuple[str, str, str, int]]:
        """Yield namespace, pod, container and bytes of memory in use, as the kubelets count them."""
        for node in self.core.list_node().items:
            text = self.core.connect_get_node_proxy_with_path(
                node.metadata.name, "stats/summary", _preload_content=False
            )
            for pod in json.loads(text.data).get("pods", []):
                reference = pod["podRef"]
                if reference["namespace"] in namespaces:
                    for one in pod.get("containers") or []:
                        if used := (one.get("memory") or {}).get("workingSetBytes"):
                            yield reference["namespace"], reference["name"], one["name"], used

    def api_ports(self) -> list[int]:
        """Return where the Kubernetes API answers pods: the ports of its Service, and of the servers behind it."""
        [service] = [one for one in self.core.list_namespaced_service("default").items if one.metadata.name == _API]
        selector = f"kubernetes.io/service-name={_API}"
        slices = client.DiscoveryV1Api(self.api).list_namespaced_endpoint_slice("default", label_selector=selector)
        ports = {one.port for one in service.spec.ports} | {port.port for one in slices.items for port in one.ports}
        return sorted(ports)

    def delete_pending_releases(self) -> list[str]:
        """Delete where Helm keeps that it is in the middle of something, and return the names."""
        found = [
            one.metadata
            for namespace in self.namespaces()
            for one in self.core.list_namespaced_secret(namespace, label_selector=PENDING_RELEASES).items
        ]
        for one in found:
            self.core.delete_namespaced_secret(one.name, one.namespace)
        return [one.name for one in found]

    def secret(self, namespace: str, name: str) -> dict[str, str]:
        """Return what a Secret holds."""
        data = self.core.read_namespaced_secret(name, namespace).data or {}
        return {key: base64.b64decode(text).decode() for key, text in data.items()}

    def address_of_this_machine(self) -> str:
        """Return the address by which the nodes see the machine that runs the suite; nothing is sent."""
        addresses = self.core.list_node().items[0].status.addresses
        [node] = [one.address for one in addresses if one.type == "InternalIP" and ":" not in one.address]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
            towards.connect((node, 1))
            return str(towards.getsockname()[0])

    def nodes(self) -> list[dict[str, Any]]:
        return self._plain(self.core.list_node())

    def allocatable_millicores(self) -> int:
        return sum(parse_cpu(one["status"]["allocatable"]["cpu"]) for one in self.nodes())

    def described_as_machine(self) -> str:
        """Name the cluster's class: Kubernetes, nodes, what they have."""
        version = client.VersionApi(self.api).get_code().git_version
        nodes = self.core.list_node().items
        memory = sum(parse_bytes(one.status.capacity["memory"]) for one in nodes) // 1024**3
        cores = sum(parse_cpu(one.status.capacity["cpu"]) for one in nodes) // 1000
        return f"Kubernetes {version}, {len(nodes)} node(s), {cores} cores, {memory} GiB memory in all."

    def close(self) -> None:
        self.api.close()
        self._streaming.api_client.close()

    def _plain(self, listed: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.sanitize_for_serialization(listed.items)
        return found
