"""Find or get the real components that a local environment needs.

Owns where they come from, that they are the pinned ones, and what to say when none can be had. Refuses to own what
is deployed with them: nothing here knows a workspace.
"""
