"""Automatic messages: news makes them due, and at their time it is decided whether they still make sense."""
