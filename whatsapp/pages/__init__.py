"""The inbox and the console: what customers write, who answers, and what the assistant did."""
