"""Is the assistant worth it, and what should be changed: figures, charts and their file."""
