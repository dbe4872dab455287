"""Choose ports for one checkout's control plane."""

import hashlib
import socket
from collections.abc import Iterator

from tools.errors import ComponentUnavailable

FIRST_PORT = 20000
BLOCK_SIZE = 10
BLOCKS = 1000
"""Below the ports that systems hand out for outgoing connections (32768 and up)."""


def free_ports(count: int, seed: str, attempt: int = 0) -> list[int]:
    """Choose free ports side by side on loopback, starting from a place that the seed decides.

    kwokctl searches from one fixed port, so that two checkouts which start at the same time choose the same ones. Here
    their seeds keep them apart; a later attempt starts elsewhere.

    Raises:
        ComponentUnavailable: Every block has a port in use.
    """
    digest = hashlib.sha256(f"{seed} {attempt}".encode()).digest()
    start = int.from_bytes(digest[:4], "big") % BLOCKS
    for block in _blocks(start):
        ports = list(range(block, block + count))
        if all(_is_free(port) for port in ports):
            return ports
    last = FIRST_PORT + BLOCKS * BLOCK_SIZE - 1
    tried = [f"blocks of {BLOCK_SIZE} from {FIRST_PORT} to {last}: each has a port in use"]
    raise ComponentUnavailable(f"Room for {count} ports on loopback", tried, "End programs that listen there.")


def _blocks(start: int) -> Iterator[int]:
    for offset in range(BLOCKS):
        yield FIRST_PORT + (start + offset) % BLOCKS * BLOCK_SIZE


def _is_free(port: int) -> bool:
    for host in ("127.0.0.1", ""):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As servers do: a connection that was closed a moment ago does not count as use.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True
