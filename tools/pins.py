"""Which control plane: each binary, its version, the Go package it is built from and where it is published.

The versions stand twice, here and in tools/go/*/go.mod; a test keeps them equal.
"""

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path

KUBERNETES_VERSION = "1.36.3"
ETCD_VERSION = "3.7.3"
KWOK_VERSION = "0.8.0"
MODULES = Path(__file__).resolve().parent / "go"

_KUBERNETES_FLAGS = (
    f"-X k8s.io/component-base/version.gitVersion=v{KUBERNETES_VERSION} "
    f"-X k8s.io/component-base/version.gitMajor={KUBERNETES_VERSION.split('.', maxsplit=1)[0]} "
    f"-X k8s.io/component-base/version.gitMinor={KUBERNETES_VERSION.split('.')[1]}"
)
"""Without them a client that asks the server is told version 0.0."""


@dataclass(frozen=True, kw_only=True)
class Binary:
    """One program of the control plane."""

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


_ETCD_RELEASE = f"https://github.com/etcd-io/etcd/releases/download/v{ETCD_VERSION}"
BINARIES = (
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
)


def system() -> str:
    """Name the operating system as Go does."""
    return platform.system().lower()


def machine() -> str:
    """Name the processor as Go does."""
    found = platform.machine().lower()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(found, found)


def pins_digest() -> str:
    """Digest everything that decides what the binaries are, in 12 hexadecimal digits: the name of their folder."""
    digest = hashlib.sha256(f"{system()} {machine()} {BINARIES}".encode())
    for path in sorted(MODULES.glob("*/go.*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
