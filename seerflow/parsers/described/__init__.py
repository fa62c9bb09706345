"""Parsers that are described, not written: one YAML file each (docs/reference/parser-language.md)."""
