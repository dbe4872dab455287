"""Puts this Airflow to sleep, or wakes it: sets the replicas of the named workloads. Runs in a CronJob's pod.

Runs in Airflow's image, and needs the standard library only. The account of the pod may change the scale of these
workloads and nothing else, so that is all it does: it reads nothing and waits for nothing.
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

ACCOUNT_FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TRIES = 5
PAUSE_SECONDS = 10
_GONE = 404

Patch = Callable[[str, int], None]


class KubernetesApi:
    """The API server, as the account of this pod may use it."""

    def __init__(self, address: str, folder: Path) -> None:
        """Take the address as https://host:port, and the folder with token, ca.crt and namespace."""
        self._folder = folder
        namespace = (folder / "namespace").read_text(encoding="utf-8").strip()
        self._root = f"{address}/apis/apps/v1/namespaces/{namespace}"
        self._context = ssl.create_default_context(cafile=str(folder / "ca.crt"))

    def scale(self, workload: str, replicas: int) -> None:
        """Set the replicas of a workload such as `deployments/sales-leads-scheduler`.

        Raises:
            HTTPError: The API server refuses.
            URLError: It does not answer.
        """
        request = Request(  # noqa: S310  (the address is the API server's)
            f"{self._root}/{workload}/scale",
            data=json.dumps({"spec": {"replicas": replicas}}).encode(),
            method="PATCH",
            headers={
                "Authorization": f"Bearer {(self._folder / 'token').read_text(encoding='utf-8').strip()}",
                "Content-Type": "application/merge-patch+json",
            },
        )
        with urlopen(request, context=self._context, timeout=30):  # noqa: S310
            pass


def scale_all(wanted: Iterable[str], patch: Patch, pause: Callable[[float], None] = time.sleep) -> list[str]:
    """Set all replicas in the given order, and return what could not be set, with the reason.

    Args:
        wanted: Workloads with their replicas, such as `deployments/sales-leads-scheduler=2`.
        patch: Sets one.
        pause: Waits before another try.
    """
    failures = []
    for one in wanted:
        workload, _, replicas = one.rpartition("=")
        if reason := _tried(workload, int(replicas), patch, pause):
            failures.append(f"{workload}: {reason}")
        else:
            print(f"{workload}: {replicas} replicas", flush=True)
    return failures


def _tried(workload: str, replicas: int, patch: Patch, pause: Callable[[float], None]) -> str | None:
    reason = ""
    for attempt in range(TRIES):
        if attempt:
            pause(PAUSE_SECONDS)
        try:
            patch(workload, replicas)
        except HTTPError as error:
            reason = f"{error.code} {error.reason}"
            if error.code == _GONE:
                # The release has not made it yet, or does not have it any more.
                return reason
        except (URLError, OSError) as error:
            reason = str(error)
        else:
            return None
    return reason


def main(wanted: list[str]) -> int:
    """Set the replicas that the command line names."""
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    api = KubernetesApi(f"https://{f'[{host}]' if ':' in host else host}:{port}", ACCOUNT_FOLDER)
    failures = scale_all(wanted, api.scale)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
