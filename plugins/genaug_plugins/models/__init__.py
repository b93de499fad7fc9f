"""Models: how a task is learned."""
