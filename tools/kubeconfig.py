"""Says which API server a kubeconfig leads to, and whether it answers: before a run, because the engine would not.

A run that has nothing to change never speaks to the cluster, so a context that does not exist looks like success.
Reads what kubectl would read; knows no credentials and sends none.
"""

import base64
import binascii
import contextlib
import difflib
import hashlib
import json
import os
import ssl
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

import yaml

from tools.errors import ComponentUnavailable
from tools.network import CONNECT_SECONDS, unreachable

VARIABLE = "KUBECONFIG"
_PASTED = "the text in the configuration"


@dataclass(frozen=True, kw_only=True)
class ClusterAddress:
    """Where a cluster is: a context of the files that kubectl uses, of one file, or of a pasted text."""

    name: str
    """What the stack file calls the cluster."""
    context: str | None = None
    """None means the current context."""
    file: Path | None = None
    text: str | None = None
    """Content of a kubeconfig; never shown."""


@dataclass(frozen=True)
class _Source:
    label: str
    document: Mapping[str, Any]
    folder: Path | None = None
    """Where paths in it begin."""


@dataclass(frozen=True, kw_only=True)
class ClusterIdentity:
    """What tells one cluster from another without asking it, and so without any right on it."""

    server: str
    """Address of the API server."""
    authority: str | None
    """Digest of the certificate authority that each cluster has of its own; None where the kubeconfig names none."""


@dataclass(frozen=True)
class _Found:
    context: str
    cluster: Mapping[str, Any]
    server: str
    source: _Source


def check_cluster(address: ClusterAddress) -> str:
    """Return the address of the API server that answers there.

    Raises:
        ComponentUnavailable: There is no such context, or nothing answers within seconds.
    """
    found = _find(address)
    if reason := _silent(found.server, found.cluster.get("proxy-url")):
        remedy = "Check the network and the VPN, or correct the address. Nothing was applied."
        raise _unavailable(address, [f"context {found.context}, {found.server}: {reason}"], remedy)
    return found.server


def told_version(address: ClusterAddress) -> str | None:
    """Return the API server's version, such as 1.36, where it tells it to strangers; None where it does not.

    Raises:
        ComponentUnavailable: There is no such context, or its certificate authority cannot be read.
    """
    found = _find(address)
    proxy = found.cluster.get("proxy-url")
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=_trust(address, found))]
    if proxy:
        handlers.append(urllib.request.ProxyHandler({"http": str(proxy), "https": str(proxy)}))
    try:
        with urllib.request.build_opener(*handlers).open(
            f"{_url(found.server)}/version", timeout=CONNECT_SECONDS
        ) as answer:
            told = json.load(answer)
        # Some vendors write 30+.
        return f"{int(told['major'])}.{int(str(told['minor']).rstrip('+'))}"
    except (OSError, ValueError, LookupError, TypeError, HTTPException):
        return None


def _trust(address: ClusterAddress, found: _Found) -> ssl.SSLContext:
    """Trust the authority that the kubeconfig names, and anybody where it says so: nothing secret is sent."""
    context = ssl.create_default_context()
    if authority := _authority_content(address, found):
        with contextlib.suppress(ssl.SSLError, ValueError):
            context.load_verify_locations(cadata=authority.decode("ascii", "ignore"))
    if found.cluster.get("insecure-skip-tls-verify"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def identify_cluster(address: ClusterAddress) -> ClusterIdentity:
    """Say which cluster a kubeconfig leads to; asks nobody.

    Raises:
        ComponentUnavailable: There is no such context, or its certificate authority cannot be read.
    """
    found = _find(address)
    return ClusterIdentity(server=found.server, authority=_authority(address, found))


def _authority(address: ClusterAddress, found: _Found) -> str | None:
    content = _authority_content(address, found)
    return None if content is None else hashlib.sha256(b"".join(content.split())).hexdigest()[:16]


def _authority_content(address: ClusterAddress, found: _Found) -> bytes | None:
    inline, path = found.cluster.get("certificate-authority-data"), found.cluster.get("certificate-authority")
    try:
        if inline:
            return base64.b64decode(str(inline))
        return ((found.source.folder or Path()) / str(path)).read_bytes() if path else None
    except (OSError, binascii.Error) as error:
        reason = getattr(error, "strerror", None) or "is not base64"
        tried = [f"context {found.context}: its certificate authority {reason}"]
        raise _unavailable(address, tried, "Mend the kubeconfig.") from None


def _find(address: ClusterAddress) -> _Found:
    sources = _sources(address)
    context = address.context or next(
        (str(one.document["current-context"]) for one in sources if one.document.get("current-context")), None
    )
    if context is None:
        raise _unavailable(address, [f"{one.label}: no current context" for one in sources], "Name a context.")
    found = _named(sources, "contexts", "context", context)
    if found is None:
        raise _unknown_context(address, context, sources)
    name = str(found.get("cluster"))
    cluster = _named(sources, "clusters", "cluster", name)
    server = cluster.get("server") if cluster else None
    if not cluster or not server:
        tried = [f"context {context}: its cluster {found.get('cluster')} has no server"]
        raise _unavailable(address, tried, "Mend the kubeconfig.")
    source = next(one for one in sources if _named([one], "clusters", "cluster", name) is not None)
    return _Found(context=context, cluster=cluster, server=str(server), source=source)


def _url(server: str) -> str:
    # Without a scheme kubectl means TLS.
    return (server if "://" in server else f"https://{server}").rstrip("/")


def _silent(server: str, proxy: Any) -> str | None:
    try:
        return unreachable(str(proxy) if proxy else _url(server))
    except ValueError as error:  # a port that is none
        return str(error)


def kubeconfig_files() -> list[Path]:
    """List the files that kubectl would read, also those that are not there."""
    listed = [Path(entry) for entry in os.environ.get(VARIABLE, "").split(os.pathsep) if entry]
    return listed or [Path.home() / ".kube" / "config"]


def _sources(address: ClusterAddress) -> list[_Source]:
    if address.text is not None:
        return [_Source(_PASTED, _document(address, _PASTED, address.text))]
    files = [address.file] if address.file else kubeconfig_files()
    found = []
    for path in files:
        try:
            document = _document(address, str(path), path.read_text(encoding="utf-8"))
            found.append(_Source(str(path), document, path.parent))
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is not text"
            raise _unavailable(address, [f"{path}: {reason}"], "Mend the kubeconfig.") from None
    if not found:
        remedy = f"Write one, or let {VARIABLE} or the stack file name it."
        raise _unavailable(address, [f"{path}: no such file" for path in files], remedy)
    return found


def _document(address: ClusterAddress, label: str, text: str) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(text) or {}
    except yaml.YAMLError:
        document = None
    # What a parser quotes may be a key.
    if not isinstance(document, Mapping):
        raise _unavailable(address, [f"{label}: is no kubeconfig"], "Mend the kubeconfig.")
    return document


def _entries(source: _Source, section: str) -> list[Mapping[str, Any]]:
    entries = source.document.get(section)
    return [one for one in entries if isinstance(one, Mapping)] if isinstance(entries, list) else []


def _named(sources: Sequence[_Source], section: str, inner: str, name: str) -> Mapping[str, Any] | None:
    """Find an entry by name; the first file that has it wins, as with kubectl."""
    for source in sources:
        for entry in _entries(source, section):
            if str(entry.get("name")) == name:
                content = entry.get(inner)
                return content if isinstance(content, Mapping) else {}
    return None


def _unknown_context(address: ClusterAddress, context: str, sources: Sequence[_Source]) -> ComponentUnavailable:
    known = sorted({str(entry.get("name")) for source in sources for entry in _entries(source, "contexts")})
    close = difflib.get_close_matches(context, known, n=1, cutoff=0.6)
    meant = f" (did you mean {close[0]}?)" if close else ""
    tried = [f"{source.label}: no context {context}{meant}" for source in sources]
    there = f"Choose from {', '.join(known)}" if known else "Add one"
    return _unavailable(address, tried, f"{there}, or correct the kubeconfig. Nothing was applied.")


def _unavailable(address: ClusterAddress, tried: Sequence[str], remedy: str) -> ComponentUnavailable:
    return ComponentUnavailable(f"The cluster {address.name}", tried, remedy)
