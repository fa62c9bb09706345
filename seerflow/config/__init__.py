"""What an operator may set: `problems(document)` says all that is wrong with it, `load(path)` reads it.

Every option has a type, a bound, a default and one sentence. Unknown keys are refused. Secrets come from files
and the environment only, and show themselves to nobody.
"""

from seerflow.config.options import Config, Kafka, Notifier, Route, Source
from seerflow.config.reading import absent, load, secret
from seerflow.config.verdict import problems

__all__ = ["Config", "Kafka", "Notifier", "Route", "Source", "absent", "load", "problems", "secret"]
