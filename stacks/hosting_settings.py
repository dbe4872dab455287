"""What may be said of the place that a cluster is: who makes what in it."""

from components.hosting_args import Provision
from stacks.fields import Strict


class HostSettings(Strict):
    """What the owner of a cluster allows, and what is different there."""

    cluster_objects: Provision = Provision.MANAGED
    """`provided`: an administrator makes what belongs to no namespace, from `make cluster-objects`."""
    namespaces: Provision = Provision.MANAGED
    """`provided`: an administrator makes the namespaces, from the same."""
