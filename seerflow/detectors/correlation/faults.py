"""What keeps a correlation from being evaluated, by itself and beside those that it listens to."""

from collections.abc import Mapping

from seerflow.detectors.correlation.numbers import RECKONINGS
from seerflow.rules.correlation import TYPES, Correlation
from seerflow.rules.correlation_condition import OPERATORS, named, silent

#: A mask has a bit for each rule that a correlation names.
MAX_RULES = 64

#: A verdict may need this many hits, each with a row in the cell (37 bytes).
MAX_ENOUGH = 10_000

PER_CENT = 100


def in_order(correlations: list[Correlation]) -> list[Correlation]:
    """Put those that are listened to before those that listen; rings are left out."""
    ids = {correlation.id for correlation in correlations}
    done: dict[str, Correlation] = {}
    for _ in correlations:
        for c in correlations:
            if c.id not in done and all(rule in done for rule in (*c.rules, *c.absent) if rule in ids):
                done[c.id] = c
    return list(done.values())


def faults(correlations: tuple[Correlation, ...]) -> list[tuple[str, str]]:
    """Give (correlation, what is wrong with it)."""
    by_id = {correlation.id: correlation for correlation in correlations}
    found = [(c.id, fact) for c in correlations for fact in (*_own(c), *_chained(c, by_id))]
    bad = {correlation_id for correlation_id, _ in found}
    ordered = {c.id for c in in_order(list(correlations))}
    found += [(c.id, "it listens to itself through others; break the ring") for c in correlations
              if c.id not in ordered and c.id not in bad]  # fmt: skip
    # What listens to one that is not evaluated would wait for ever.
    for _ in correlations:
        bad = {correlation_id for correlation_id, _ in found}
        found += [(c.id, f"it listens to {rule}, which is not evaluated") for c in correlations
                  if c.id not in bad for rule in (*c.rules, *c.absent) if rule in bad]  # fmt: skip
    return list(dict.fromkeys(found))


def _own(c: Correlation) -> tuple[str, ...]:
    """Say what is wrong with a correlation by itself."""
    operators = [name for name, _ in c.conditions]
    counted = [value for _, value in c.conditions] if c.type not in RECKONINGS else []
    checks = (
        (c.type not in TYPES, f"type {c.type} is not evaluated; there are {', '.join(TYPES)}"),
        (c.timespan <= 0, "its timespan is not positive"),
        (not c.rules, "it names no rules"),
        (len(set(c.rules)) < len(c.rules), "it names a rule twice"),
        (len(c.rules) > MAX_RULES, f"it names more than {MAX_RULES} rules"),
        (not c.conditions and not c.type.startswith("temporal"), "it has no condition"),
        (not set(operators) <= set(OPERATORS), f"operators are {', '.join(OPERATORS)}"),
        (any(value < 0 for value in counted), "its threshold is negative"),
        (
            any(value > MAX_ENOUGH for value in counted),
            f"its threshold is above {MAX_ENOUGH}; group by more fields or take a shorter timespan",
        ),
        (c.type.startswith("value_") and not c.fields, "it does not say which field's values to count"),
        (c.type in RECKONINGS and len(c.fields) > 1, "it reckons with one field only"),
        (c.type == "value_percentile" and not 0 < c.percentile <= PER_CENT, "it names no percentile"),
        (bool(c.expression) and not c.type.startswith("temporal"), "only temporal ones join rules"),
        (not set(named(c.expression)) <= set(c.rules), "its condition names rules that it does not list"),
        (bool(c.expression) and silent(c.expression), "it holds where none of its rules matched"),
        (c.gap < 0 or c.within < 0, "its spans are not positive"),
        (bool(c.absent) != bool(c.within), "what is absent and for how long go together"),
        (len(c.absent) >= MAX_RULES, f"it names more than {MAX_RULES} absent rules"),
        (
            c.type == "temporal_ordered" and c.conditions not in ((), (("gte", len(c.rules)),)),
            "an order wants all its rules; leave its condition out",
        ),
    )
    return tuple(fact for wrong, fact in checks if wrong)


def _chained(c: Correlation, by_id: Mapping[str, Correlation]) -> tuple[str, ...]:
    """Say what is wrong between a correlation and those that it listens to."""
    sources = [by_id[rule] for rule in (*c.rules, *c.absent) if rule in by_id]
    facts = [
        f"it groups by {list(c.group_by)}, but {source.id}, to which it listens, by {list(source.group_by)}; "
        "give both the same fields in the same order"
        for source in sources
        if source.group_by != c.group_by
    ]
    facts += [
        f"it listens to {source.id}, which waits for silence and so speaks too late; wait in this rule"
        for source in sources
        if source.absent
    ]
    if c.type.startswith("value_") and any(rule in by_id for rule in c.rules):
        facts.append("it counts values of another correlation's firing, which has none; count events")
    return tuple(facts)
