"""How fast the stages are: generated logs through the real code, each rate beside its limit in the same run."""
