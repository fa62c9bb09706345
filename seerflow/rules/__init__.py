"""What a rule says: YAML into values, and what is wrong with it. What makes it fire is in seerflow.detectors."""
