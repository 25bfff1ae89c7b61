"""Template tags of the wiring: what needs to know requests, roles and accounts."""
