"""Which API server a kubeconfig leads to, with servers on loopback and files as kubectl reads them."""

import base64
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.errors import ComponentUnavailable
from tools.kubeconfig import (
    ClusterAddress,
    ClusterIdentity,
    check_cluster,
    identify_cluster,
    kubeconfig_files,
    told_version,
)

TOKEN = "a-token-that-nobody-may-see"


def kubeconfig(server: str | None, *contexts: str, current: str | None = None, **cluster: Any) -> str:
    entry = {**({"server": server} if server else {}), **cluster}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "one", "cluster": entry}],
        "contexts": [{"name": name, "context": {"cluster": "one", "user": "me"}} for name in contexts],
        "users": [{"name": "me", "user": {"token": TOKEN}}],
        **({"current-context": current} if current else {}),
    }
    return yaml.safe_dump(document)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write kubeconfig files, and let KUBECONFIG list them with one that is not there."""

    def write(*texts: str) -> list[Path]:
        paths = [tmp_path / f"config-{number}" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        listed = [tmp_path / "not-there", *paths]
        monkeypatch.setenv("KUBECONFIG", os.pathsep.join([*map(str, listed), ""]))
        return paths

    return write


def refusal(**address: Any) -> str:
    with pytest.raises(ComponentUnavailable) as refused:
        check_cluster(ClusterAddress(name="main", **address))
    assert TOKEN not in str(refused.value)
    return str(refused.value)


def test_a_server_that_answers_is_named(written, web):
    written(kubeconfig(web.address, "prod"))
    assert check_cluster(ClusterAddress(name="main", context="prod")) == web.address


def test_a_context_that_does_not_exist_is_refused_with_the_nearest_one_and_all_others(written, web):
    [path] = written(kubeconfig(web.address, "prod-eks", "staging"))
    assert refusal(context="prod-ekz") == (
        "The cluster main is not available.\n"
        f"  tried {path}: no context prod-ekz (did you mean prod-eks?)\n"
        "  Choose from prod-eks, staging, or correct the kubeconfig. Nothing was applied."
    )
    assert "did you mean" not in refusal(context="nonsense")


def test_files_of_the_list_are_looked_through_in_order_and_the_first_one_wins(written, web, closed_address):
    written(kubeconfig(web.address, "prod"), kubeconfig(closed_address, "prod", "other"))
    assert check_cluster(ClusterAddress(name="main", context="prod")) == web.address
    # Clusters of the same name are merged, too: the context is in the second file, its cluster in the first.
    assert check_cluster(ClusterAddress(name="main", context="other")) == web.address


def test_without_a_list_the_file_at_home_is_read(monkeypatch, tmp_path, web):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert kubeconfig_files() == [tmp_path / ".kube" / "config"]
    assert f"{tmp_path}/.kube/config: no such file" in refusal(context="prod")
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(kubeconfig(web.address, "prod"))
    assert check_cluster(ClusterAddress(name="main", context="prod")) == web.address


def test_one_file_stands_for_itself_with_its_current_context(written, tmp_path, web, closed_address):
    written(kubeconfig(closed_address, "prod"))
    own = tmp_path / "own"
    own.write_text(kubeconfig(web.address, "inside", current="inside"))
    assert check_cluster(ClusterAddress(name="main", file=own)) == web.address
    assert "no context prod" in refusal(file=own, context="prod")
    own.write_text(kubeconfig(web.address, "inside"))
    assert f"{own}: no current context" in refusal(file=own)


def test_a_pasted_text_is_read_and_never_shown(web, closed_address):
    text = kubeconfig(web.address, "inside", current="inside")
    assert check_cluster(ClusterAddress(name="main", text=text)) == web.address
    assert "Connection refused" in refusal(text=kubeconfig(closed_address, "inside", current="inside"))
    assert "is no kubeconfig" in refusal(text=f"{TOKEN}: [")
    assert "is no kubeconfig" in refusal(text=TOKEN)


def test_a_server_that_does_not_answer_is_named_with_the_reason(written, closed_address):
    written(kubeconfig(closed_address, "prod"))
    said = refusal(context="prod")
    assert f"context prod, {closed_address}: 127.0.0.1 cannot be reached (Connection refused)" in said
    assert "Nothing was applied" in said


def test_a_proxy_of_the_cluster_is_what_must_answer(written, web, closed_address):
    written(kubeconfig("https://10.255.255.1:6443", "prod", **{"proxy-url": closed_address}))
    assert "Connection refused" in refusal(context="prod")
    written(kubeconfig("https://10.255.255.1:6443", "prod", **{"proxy-url": web.address}))
    assert check_cluster(ClusterAddress(name="main", context="prod")) == "https://10.255.255.1:6443"


@pytest.mark.parametrize("server", [None, "https://127.0.0.1:not-a-port"])
def test_a_cluster_without_a_server_is_refused(written, server):
    written(kubeconfig(server, "prod"))
    assert "is not available" in refusal(context="prod")


@pytest.mark.parametrize("text", ["[]", "contexts: 5", "contexts: [5, {name: prod}]", "{", ""])
def test_a_file_that_is_no_kubeconfig_ends_without_a_traceback(written, text):
    written(text)
    assert "The cluster main is not available" in refusal(context="prod")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    assert "Is a directory" in refusal(file=tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert "is not text" in refusal(file=tmp_path / "binary")


AUTHORITY = b"-----BEGIN CERTIFICATE-----\nof the cluster\n-----END CERTIFICATE-----\n"


def identity(**address: Any) -> Any:
    return identify_cluster(ClusterAddress(name="main", **address))


def test_a_cluster_is_known_by_its_authority_however_the_kubeconfig_holds_it(written, tmp_path):
    inline = base64.b64encode(AUTHORITY).decode()
    (tmp_path / "ca.crt").write_bytes(AUTHORITY.replace(b"\n", b"\r\n"))
    written(kubeconfig("https://here:6443", "prod", **{"certificate-authority-data": inline}))
    by_text = identity(context="prod")
    written(kubeconfig("https://elsewhere", "prod", **{"certificate-authority": "ca.crt"}))
    by_file = identity(context="prod")
    assert by_text.authority
    assert by_text.authority == by_file.authority
    assert (by_text.server, by_file.server) == ("https://here:6443", "https://elsewhere")
    other = base64.b64encode(AUTHORITY + b"!").decode()
    written(kubeconfig("https://here:6443", "prod", **{"certificate-authority-data": other}))
    assert identity(context="prod").authority != by_text.authority


def test_a_cluster_with_a_public_authority_is_known_by_its_address_alone(written):
    written(kubeconfig("https://here:6443", "prod"))
    assert identity(context="prod") == ClusterIdentity(server="https://here:6443", authority=None)


@pytest.mark.parametrize("broken", [{"certificate-authority": "gone.crt"}, {"certificate-authority-data": "a"}])
def test_an_authority_that_cannot_be_read_is_said(written, broken):
    written(kubeconfig("https://here:6443", "prod", **broken))
    with pytest.raises(ComponentUnavailable, match=r"(?s)its certificate authority .*Mend the kubeconfig"):
        identity(context="prod")


@pytest.mark.parametrize(
    ("page", "version"),
    [
        (b'{"major": "1", "minor": "36", "gitVersion": "v1.36.3"}', "1.36"),
        (b'{"major": "1", "minor": "30+"}', "1.30"),
        (b'{"kind": "Status", "code": 403}', None),
        (b"<html>", None),
        (None, None),
    ],
)
def test_a_server_is_asked_for_its_version_without_any_credential(written, web, page, version):
    written(kubeconfig(f"{web.address}/", "prod"))
    if page is not None:
        web.pages["/version"] = page
    assert told_version(ClusterAddress(name="main", context="prod")) == version
    assert web.asked == ["/version"]


def test_a_server_that_cannot_be_reached_tells_no_version(written, closed_address):
    written(kubeconfig(closed_address, "prod"))
    assert told_version(ClusterAddress(name="main", context="prod")) is None
