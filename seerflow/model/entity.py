"""Entities: the user, host, address … that something is about."""

#: Group or entity key: (field, value) pairs in the order in which the rule names the fields.
Key = tuple[tuple[str, str], ...]

#: What a person would call the entity behind a field.
KINDS: dict[str, str] = {
    "source.ip": "address",
    "source.address": "address",
    "destination.ip": "address",
    "host.name": "host",
    "user.name": "user",
    "cloud.account.id": "account",
    "event.dataset": "dataset",
}


def show(key: Key) -> str:
    """Give the key as people read it: `source.ip=198.51.100.23 user.name=admin`."""
    return " ".join(f"{field}={value}" for field, value in key)
