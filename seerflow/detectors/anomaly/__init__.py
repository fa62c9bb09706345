"""Profiles of entities and online models: what is unusual, and why."""
