"""The one error of this package."""

from collections.abc import Sequence


class ComponentUnavailable(RuntimeError):  # noqa: N818 - reads as what happened, like FileNotFoundError's siblings
    """A real component could not be found, downloaded, built or started.

    Args:
        component: What was wanted, with its version.
        tried: One line for each source, in the order tried, each with why it was passed over.
        remedy: What the reader can do about it.
    """

    def __init__(self, component: str, tried: Sequence[str], remedy: str) -> None:
        super().__init__(component, tuple(tried), remedy)
        self.component = component
        self.tried = tuple(tried)
        self.remedy = remedy

    def __str__(self) -> str:
        lines = [f"{self.component} is not available."]
        lines += [f"  tried {line}" for line in self.tried]
        return "\n".join([*lines, f"  {self.remedy}"])
