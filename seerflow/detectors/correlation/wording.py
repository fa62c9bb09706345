"""How a finding says what its correlation wanted."""

from seerflow.rules.correlation import Correlation
from seerflow.rules.correlation_condition import AND, NOT, OR

_SECOND = 1_000_000  # microseconds


def wanted(rule: Correlation) -> str:
    """Give what the condition asks for: "gte 5", "all rules", "a and not b"."""
    if rule.expression:
        return infix(rule.expression)
    return " and ".join(f"{name} {value:g}" for name, value in rule.conditions) or "all rules"


def sentence(rule: Correlation, asked: str) -> str:
    """Give the rule's demand in words. Spans are in seconds."""
    span = f"within {rule.timespan / _SECOND:g} s"
    if rule.absent:
        return f"none of {', '.join(rule.absent)} followed {span}"
    session = f", in a session without a pause of more than {rule.gap / _SECOND:g} s" if rule.gap else ""
    rank = f" {rule.percentile}" if rule.percentile else ""
    return f"{rule.type}{rank} {asked} {span}{session}"


def infix(expression: tuple[str, ...]) -> str:
    """Give a postfix expression as people write it."""
    words = {AND: "and", OR: "or"}
    stack: list[str] = []
    for word in expression:
        if word == NOT:
            stack.append(f"not {stack.pop()}")
        elif word in words:
            right, left = stack.pop(), stack.pop()
            stack.append(f"({left} {words[word]} {right})")
        else:
            stack.append(word)
    return stack[-1]
