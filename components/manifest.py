"""The type of plain Kubernetes data."""

from typing import Any

Manifest = Any
"""A dictionary in the API's own words. Untyped, because the SDK's types of it come only together with Pulumi."""
