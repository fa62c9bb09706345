"""Seerflow: a Kafka-native streaming SIEM."""

__version__ = "0.1.0"
