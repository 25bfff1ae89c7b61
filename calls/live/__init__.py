"""Running calls for those who watch them: what a call tells, where it is kept, and what may be asked of it."""
