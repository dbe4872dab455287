"""Which programs: each binary, its version, the Go package it is built from and where it is published.

The versions stand twice, here and in tools/go/*/go.mod; a test keeps them equal.
"""

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path

KUBERNETES_VERSION = "1.36.3"
ETCD_VERSION = "3.7.3"
KWOK_VERSION = "0.8.0"
HELM_VERSION = "3.21.4"
MODULES = Path(__file__).resolve().parent / "go"

_KUBERNETES_FLAGS = (
    f"-X k8s.io/component-base/version.gitVersion=v{KUBERNETES_VERSION} "
    f"-X k8s.io/component-base/version.gitMajor={KUBERNETES_VERSION.split('.', maxsplit=1)[0]} "
    f"-X k8s.io/component-base/version.gitMinor={KUBERNETES_VERSION.split('.')[1]}"
)
"""Without them a client that asks the server is told version 0.0."""
_HELM_FLAGS = (
    f"-X helm.sh/helm/v3/internal/version.version=v{HELM_VERSION} "
    "-X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=36"
)
"""Without the last two it renders for Kubernetes 1.20; the minor release is that of its own libraries."""


@dataclass(frozen=True, kw_only=True)
class Binary:
    """One program."""

    name: str
    version: str
    module: str
    """Folder under tools/go."""
    package: str
    """Import path of its main package."""
    linker_flags: str = ""
    download: str
    """Official address, with {system} and {machine} as Go names them."""
    checksums: str = ""
    """Official list of digests for the download; empty where none is published."""


def _kubernetes(name: str) -> Binary:
    address = f"https://dl.k8s.io/release/v{KUBERNETES_VERSION}/bin/{{system}}/{{machine}}/{name}"
    return Binary(
        name=name,
        version=KUBERNETES_VERSION,
        module="kubernetes",
        package=f"k8s.io/kubernetes/cmd/{name}",
        linker_flags=_KUBERNETES_FLAGS,
        download=address,
        checksums=f"{address}.sha256",
    )


def _kwok(name: str) -> Binary:
    releases = "https://github.com/kubernetes-sigs/kwok/releases/download"
    return Binary(
        name=name,
        version=KWOK_VERSION,
        module="kwok",
        package=f"sigs.k8s.io/kwok/cmd/{name}",
        download=f"{releases}/v{KWOK_VERSION}/{name}-{{system}}-{{machine}}",
    )


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Programs that are got together, all of them or none."""

    label: str
    """What they are, with their versions, for the reader."""
    folder: str
    """Folder in the cache that holds them, in one of their own for each digest."""
    binaries: tuple[Binary, ...]

    def digest(self) -> str:
        """Digest everything that decides what they are, in 12 hexadecimal digits."""
        digest = hashlib.sha256(f"{system()} {machine()} {self.binaries}".encode())
        for module in sorted({binary.module for binary in self.binaries}):
            for path in sorted((MODULES / module).glob("go.*")):
                digest.update(path.read_bytes())
        return digest.hexdigest()[:12]


_ETCD_RELEASE = f"https://github.com/etcd-io/etcd/releases/download/v{ETCD_VERSION}"
CONTROL_PLANE = Bundle(
    label=f"Control plane (Kubernetes {KUBERNETES_VERSION}, etcd {ETCD_VERSION}, kwok {KWOK_VERSION})",
    folder="control-plane",
    binaries=(
        _kwok("kwokctl"),
        _kwok("kwok"),
        Binary(
            name="etcd",
            version=ETCD_VERSION,
            module="etcd",
            package="go.etcd.io/etcd/server/v3",
            download=f"{_ETCD_RELEASE}/etcd-v{ETCD_VERSION}-{{system}}-{{machine}}.tar.gz",
            checksums=f"{_ETCD_RELEASE}/SHA256SUMS",
        ),
        _kubernetes("kube-scheduler"),
        _kubernetes("kube-controller-manager"),
        _kubernetes("kube-apiserver"),
        # kwokctl runs kubectl itself, and would download one wherever PATH has none.
        _kubernetes("kubectl"),
    ),
)

_HELM_RELEASE = f"https://get.helm.sh/helm-v{HELM_VERSION}-{{system}}-{{machine}}.tar.gz"
HELM = Bundle(
    label=f"Helm {HELM_VERSION}",
    folder="helm",
    binaries=(
        Binary(
            name="helm",
            version=HELM_VERSION,
            module="helm",
            package="helm.sh/helm/v3/cmd/helm",
            linker_flags=_HELM_FLAGS,
            download=_HELM_RELEASE,
            checksums=f"{_HELM_RELEASE}.sha256sum",
        ),
    ),
)
"""What renders the chart without the engine, which holds a Helm of its own; nothing but tests asks for it."""


def system() -> str:
    """Name the operating system as Go does."""
    return platform.system().lower()


def machine() -> str:
    """Name the processor as Go does."""
    found = platform.machine().lower()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(found, found)
