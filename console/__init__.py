"""Front doors over `stacks.embedding`: the command line."""
