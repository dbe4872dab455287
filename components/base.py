"""What all our components share: how they make their children."""

from typing import Any

import pulumi


class Component(pulumi.ComponentResource):
    """A ComponentResource whose children belong to it and inherit provider and protection from it."""

    def _child(self, **options: Any) -> pulumi.ResourceOptions:
        """Return fresh options for a child. The caller's own options have gone to `super()` and reach it by parent."""
        return pulumi.ResourceOptions(parent=self, **options)
