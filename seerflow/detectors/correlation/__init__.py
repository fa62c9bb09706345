"""Sigma correlations over the hits of one key, in event time."""
