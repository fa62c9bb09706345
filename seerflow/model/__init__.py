"""Values: what travels between the stages. Frozen, without behaviour beyond reading themselves.

Times are integers, microseconds since 1970-01-01T00:00:00Z, and named after what happened then
(`time`, `received`, `first`, `last`); spans carry their unit in the name.
"""
