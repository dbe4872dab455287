"""Entry point of `pulumi up`."""

from stacks.program import deploy, plan_running_stack

deploy(plan_running_stack())
