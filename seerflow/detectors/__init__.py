"""What makes a rule or a model fire. A detector is code; a rule is YAML (seerflow.rules says what it says)."""
