"""What the user's own list says of hosts and accounts: how much depends on them, who answers for them, their roles.

The list is CSV with the columns kind, name, criticality, owner, roles; kind is `host` or `user`, roles are
separated by `|`. An account with the role `administrator` is one for every rule that asks.
"""

import csv
import hashlib
import io
from collections.abc import Mapping

from msgspec import Struct

from seerflow.model.event import Value

#: Who is meant by each kind: the field that names it, and what the added fields begin with.
KINDS: dict[str, tuple[str, str]] = {"host": ("host.name", "host"), "user": ("user.name", "user")}

CRITICALITIES = ("low", "medium", "high", "critical")

_COLUMNS = ("kind", "name", "criticality", "owner", "roles")
_MAX_ROWS = 1_000_000
_MAX_PROBLEMS = 100
_MAX_CELL = 256


class Assets(Struct, frozen=True, kw_only=True):
    """The list, by kind and name in lower case; each value is the fields to add."""

    version: str = ""
    hosts: Mapping[str, Mapping[str, Value]] = {}
    users: Mapping[str, Mapping[str, Value]] = {}


class AssetFacts:
    """Adds {host,user}.criticality, .owner and .roles."""

    name = "assets"

    def __init__(self, assets: Assets) -> None:
        tables = (("host.name", assets.hosts), ("user.name", assets.users))
        self._tables = tuple((field, table) for field, table in tables if table)

    def known(self, common: Mapping[str, Value]) -> Mapping[str, Value]:
        """Give what the list says of the event's host and account."""
        added: dict[str, Value] = {}
        for field, table in self._tables:
            name = common.get(field)
            if isinstance(name, str) and (facts := _listed(table, name.lower(), field)):
                added.update(facts)
        return added


def _listed(table: Mapping[str, Mapping[str, Value]], name: str, field: str) -> Mapping[str, Value] | None:
    """Look up a name; a host that is not listed in full is looked up by its first label."""
    facts = table.get(name)
    if facts is None and field == "host.name" and "." in name:
        return table.get(name.partition(".")[0])
    return facts


def read_assets(name: str, content: bytes) -> tuple[Assets, tuple[str, ...]]:
    """Read the list. Give it and its problems, each as `place: fact; help`. Bad lines are left out."""
    problems: list[str] = []
    tables: dict[str, dict[str, Mapping[str, Value]]] = {kind: {} for kind in KINDS}
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace"), newline=""))
    try:
        if missing := {"kind", "name"} - set(rows.fieldnames or ()):
            problems.append(
                f"{name}:1: no column {' or '.join(sorted(missing))}; begin with the line {','.join(_COLUMNS)}"
            )
            return Assets(), tuple(problems)
        for row in rows:
            if rows.line_num > _MAX_ROWS:
                problems.append(f"{name}:{rows.line_num}: more than {_MAX_ROWS} lines; the rest is left out")
                break
            problem = _take(tables, row)
            if problem and len(problems) < _MAX_PROBLEMS:
                problems.append(f"{name}:{rows.line_num}: {problem}")
    except csv.Error as error:
        problems.append(f"{name}:{rows.line_num}: not CSV ({error}); the rest is left out")
    version = hashlib.blake2b(content, digest_size=8).hexdigest()
    return Assets(version=version, hosts=tables["host"], users=tables["user"]), tuple(problems)


def _take(tables: dict[str, dict[str, Mapping[str, Value]]], row: Mapping[str, str | None]) -> str:
    """Add one line, or say what is wrong with it."""
    cells = {column: (row.get(column) or "").strip()[:_MAX_CELL] for column in _COLUMNS}
    kind, criticality = cells["kind"].lower(), cells["criticality"].lower()
    if kind not in KINDS:
        return f"no kind '{cells['kind'][:40]}'; kinds are {', '.join(KINDS)}"
    if not cells["name"]:
        return "no name; write the host or the account as the logs name it"
    if criticality and criticality not in CRITICALITIES:
        return f"no criticality '{criticality[:40]}'; they are {', '.join(CRITICALITIES)}"
    _, prefix = KINDS[kind]
    roles = [role.strip().lower() for role in cells["roles"].split("|") if role.strip()]
    facts = {"criticality": criticality, "owner": cells["owner"], "roles": roles}
    tables[kind][cells["name"].lower()] = {f"{prefix}.{what}": fact for what, fact in facts.items() if fact}
    return ""
