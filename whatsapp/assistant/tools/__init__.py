"""What the assistant can do: one small function a tool, each calling the services that everybody calls."""
