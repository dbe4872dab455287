"""Runs a Pulumi program without an engine and keeps what it asked for, also what plain mocks hide.

A simulation: nothing is checked by a provider and nothing is applied. It serves planning offline and the tests.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func

from stacks.loader import NAMESPACE
from stacks.standing import READ_OUTPUTS, READ_RESOURCES

_STACK = "pulumi:pulumi:Stack"
STASH = "pulumi:index:Stash"
RELEASE = "kubernetes:helm.sh/v3:Release"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Marks wrapped values on Pulumi's wire; fixed by its protocol."""
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
PLACEHOLDER = "postgresql://supplied:by-the-configuration-of-the-stack@supplied.invalid/supplied"
"""Reads as the address of a database, because what pools connections takes it apart."""
_PATIENCE_SECONDS = 10
"""How long a program's outputs are waited for at once; a whole environment takes two."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One resource as the program registered it."""

    urn: str
    type: str
    name: str
    is_custom: bool
    """False for components."""
    parent: str
    """URN."""
    provider: str
    """Reference `<urn>::<id>` of the explicit provider; empty for none."""
    protect: bool
    dependencies: tuple[str, ...]
    """URNs."""
    deleted_with: str
    ignore_changes: tuple[str, ...]
    inputs: dict[str, Any]
    """Secrets stay wrapped: see `reveal` and `is_secret`."""


@dataclass(kw_only=True)
class Recording:
    """Everything that one run of a program registered."""

    resources: list[Recorded] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Registered outputs of components by URN."""
    stack_outputs: dict[str, Any] = field(default_factory=dict)
    """What the program exported. Secrets stay wrapped."""

    def of_type(self, type_: str) -> list[Recorded]:
        """Return the resources of one type."""
        return [resource for resource in self.resources if resource.type == type_]

    def one(self, type_: str, name: str | None = None) -> Recorded:
        """Return the only resource of a type, or of a type and logical name.

        Raises:
            LookupError: There is none, or more than one.
        """
        found = [resource for resource in self.of_type(type_) if name in (None, resource.name)]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources of type {type_} and name {name}: {[one.urn for one in found]}")
        return found[0]


class _Monitor(MockMonitor):
    """Notes each registration as it comes over the wire, before mocks reduce it to type, name and inputs."""

    def __init__(self, mocks: Mocks, environment: str, recording: Recording) -> None:
        super().__init__(mocks)
        self._environment = environment
        self._recording = recording

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Build the URN as the engine does: with the types of all ancestors, but not their names."""
        ancestors = parent.split("::")[2] if parent else _STACK
        qualified = type_ if ancestors == _STACK else f"{ancestors}${type_}"
        return f"urn:pulumi:{self._environment}::{NAMESPACE}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != _STACK:
            self._recording.resources.append(_recorded(request, response.urn))
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        self._recording.outputs[request.urn] = rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


class _Mocks(Mocks):
    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == STASH:
            return args.name, {**args.inputs, "output": args.inputs.get("input")}
        if args.typ == RELEASE:
            return args.name, {**args.inputs, "status": {"status": "planned"}}
        return args.name, args.inputs

    def call(self, args: MockCallArgs) -> Any:
        if args.token in (READ_OUTPUTS, READ_RESOURCES):
            return {}  # nothing stands here
        raise NotImplementedError(f"the program called {args.token}, which only an engine can answer")


def record(program: Callable[[], Any], environment: str, secret_keys: Iterable[str] = ()) -> Recording:
    """Run a program to its end and return what it registered; supplied secrets are stood in for by a placeholder."""
    recording = Recording()

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(threads)
        # Mocks share this set between runs: what a failed one has left in it would end the next one.
        SETTINGS.outputs = set()
        mocks = _Mocks()
        config = {f"{NAMESPACE}:{key}": PLACEHOLDER for key in secret_keys}
        pulumi.runtime.set_all_config(config, list(config))
        monitor = _Monitor(mocks, environment, recording)
        set_mocks(mocks, project=NAMESPACE, stack=environment, preview=False, monitor=monitor)
        await run_pulumi_func(lambda: _settled(program))
        exported = getattr(pulumi.runtime.get_root_resource(), "outputs", {})
        recording.stack_outputs = {name: await _resolved(value) for name, value in exported.items()}

    # A loop of its own, set before the mocks are: futures of the SDK stay with the loop that they were made in.
    with _threads_with_loops() as threads:
        asyncio.run(run())
    return recording


async def _settled(program: Callable[[], Any]) -> None:
    """Run a program and wait for what it has set in motion.

    The SDK would wait as well, but for the first of all pending outputs, again and again: that takes longer than all
    the rest. What is left in the end, such as what a failure keeps pending, is left to it.
    """
    program()
    pending = [*SETTINGS.outputs]
    if pending:
        await asyncio.wait(pending, timeout=_PATIENCE_SECONDS, return_when=asyncio.FIRST_EXCEPTION)


async def _resolved(value: Any) -> Any:
    output = pulumi.Output.from_input(value)
    resolved = await output.future()
    return {_SIGNATURE: _SECRET, "value": resolved} if await output.is_secret() else resolved


@contextmanager
def _threads_with_loops() -> Iterator[ThreadPoolExecutor]:
    """Give each thread the event loop that mocks want there; those that they make themselves are never closed."""
    loops: list[asyncio.AbstractEventLoop] = []

    def begin() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    try:
        with ThreadPoolExecutor(initializer=begin) as threads:
            yield threads
    finally:
        for loop in loops:
            loop.close()


def _recorded(request: Any, urn: str) -> Recorded:
    return Recorded(
        urn=urn,
        type=request.type,
        name=request.name,
        is_custom=request.custom,
        parent=request.parent,
        provider=request.provider,
        protect=request.protect,
        dependencies=tuple(request.dependencies),
        deleted_with=request.deletedWith,
        ignore_changes=tuple(request.ignoreChanges),
        inputs=rpc.deserialize_properties(request.object),
    )


def is_secret(value: Any) -> bool:
    """Tell a value that travels and is stored encrypted."""
    return isinstance(value, Mapping) and value.get(_SIGNATURE) == _SECRET


def reveal(value: Any) -> Any:
    """Unwrap secrets at any depth."""
    return _mapped(value, lambda secret: reveal(secret["value"]))


def redacted(value: Any) -> Any:
    """Replace secrets at any depth."""
    return _mapped(value, lambda _: "[secret]")


def _mapped(value: Any, unwrap: Callable[[Mapping[str, Any]], Any]) -> Any:
    if is_secret(value):
        return unwrap(value)
    if isinstance(value, Mapping):
        return {key: _mapped(item, unwrap) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, unwrap) for item in value]
    # The wire knows only floats.
    return int(value) if isinstance(value, float) and value.is_integer() else value
