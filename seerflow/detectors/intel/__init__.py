"""Indicators of compromise matched in stream."""
