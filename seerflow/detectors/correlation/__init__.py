"""Sigma correlations over the hits of one key, in event time."""

from seerflow.detectors.correlation.detector import CorrelationDetector
from seerflow.detectors.correlation.plan import problems

__all__ = ["CorrelationDetector", "problems"]
