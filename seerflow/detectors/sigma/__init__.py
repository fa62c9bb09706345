"""Sigma rules, compiled and routed: which rules one event matches."""
