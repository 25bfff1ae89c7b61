"""One box over people, calls, appointments and settings."""
