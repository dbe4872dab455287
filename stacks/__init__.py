"""What a user asks for, and how it is run: settings, plan, program and embedding; beside them the stack files."""
