"""What is wrong with a document that an operator wrote: all of it at once, each with place, fact and help.

msgspec alone stops at the first problem. Here the structure is walked field by field and only the leaves are
given to msgspec, so that one run shows every unknown key, every missing one and every value out of bounds.
Values never stand in a message, keys do: a value may be a secret.
"""

import difflib
import types
from collections.abc import Collection, Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import yaml


class Secret(msgspec.Struct, frozen=True):
    """A secret from a file or the environment. It shows itself to nobody; a document cannot hold one."""

    value: str

    def __repr__(self) -> str:
        return "Secret('…')"

    def __str__(self) -> str:
        return "…"


class _Loader(yaml.SafeLoader):
    """YAML as it is, but a key that stands twice is an error: the first of the two would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's own signature
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def read(text: str | bytes) -> Any:
    """Read one YAML document; yaml.YAMLError says what is wrong with its text, and where."""
    return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader all the same


def find(document: Any, kind: Any, place: str = "$") -> list[str]:
    """Give every problem of `document` as a `kind` (a msgspec Struct), in the document's order."""
    return list(_walk(document, kind, place, ""))


def nearest(word: str, words: Collection[str]) -> str:
    """Give the help for a word that is none of `words`: the one that was meant, or all of them."""
    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(sorted(words))}" if words else "none is known"


def _walk(value: Any, hint: Any, place: str, about: str) -> Iterator[str]:
    hint, constraints, about = _unwrapped(hint, about)
    origin = get_origin(hint)
    if hint is Secret:
        yield f"{place}: a secret cannot stand here; name a file that holds it (`{place.rpartition('.')[2]}_file`)"
    elif origin in (Union, types.UnionType):
        yield from _union(value, hint, place, about)
    elif isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield from _struct(value, hint, place, about)
    elif origin is tuple:
        yield from _items(value, get_args(hint)[0], place, about)
    elif origin is dict:
        yield from _entries(value, get_args(hint)[1], place, about)
    elif origin is Literal:
        yield from _choice(value, get_args(hint), place, about)
    else:
        yield from _leaf(value, Annotated[hint, *constraints] if constraints else hint, place, about)


def _unwrapped(hint: Any, about: str) -> tuple[Any, tuple[Any, ...], str]:
    """Take the constraints and the sentence of description off a hint."""
    if get_origin(hint) is not Annotated:
        return hint, (), about
    bare, *constraints = get_args(hint)
    said = [one.description for one in constraints if getattr(one, "description", None)]
    return bare, tuple(constraints), said[0] if said else about


def _told(place: str, fact: str, about: str) -> str:
    return f"{place}: {fact}; {about}" if about else f"{place}: {fact}"


def _leaf(value: Any, hint: Any, place: str, about: str) -> Iterator[str]:
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        yield _told(place, _plain(str(error)), about)


def _plain(fact: str) -> str:
    """Give msgspec's words without what people do not read (a regex) and what may be a secret (the value)."""
    if "matching regex" in fact:
        return "not of the wanted form"
    if fact.startswith("Invalid enum value"):
        return "not one of the known values"
    return fact[0].lower() + fact[1:]


def _choice(value: Any, choices: tuple[Any, ...], place: str, about: str) -> Iterator[str]:
    if value not in choices:
        help_ = nearest(value, choices) if isinstance(value, str) else f"known: {', '.join(choices)}"
        yield _told(place, "not one of the known values", help_ + (f" ({about})" if about else ""))


def _items(value: Any, hint: Any, place: str, about: str) -> Iterator[str]:
    if not isinstance(value, list | tuple):
        yield _told(place, f"expected a list, got {_named(value)}", about)
        return
    for index, item in enumerate(value):
        yield from _walk(item, hint, f"{place}[{index}]", about)


def _entries(value: Any, hint: Any, place: str, about: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _told(place, f"expected a mapping, got {_named(value)}", about)
        return
    for key, item in value.items():
        if not isinstance(key, str):
            yield _told(place, f"the key {key!r} is not text", "put it in quotes")
        else:
            yield from _walk(item, hint, f"{place}.{key}", about)


def _union(value: Any, hint: Any, place: str, about: str) -> Iterator[str]:
    kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    if value is None and len(kinds) < len(get_args(hint)):
        return
    if len(kinds) == 1:
        yield from _walk(value, kinds[0], place, about)
    elif all(isinstance(kind, type) and issubclass(kind, msgspec.Struct) for kind in kinds):
        yield from _tagged(value, kinds, place, about)
    else:
        yield from _leaf(value, hint, place, about)


def _tagged(value: Any, kinds: list[Any], place: str, about: str) -> Iterator[str]:
    """Find by its tag which of several structs the value wants to be."""
    if not isinstance(value, dict):
        yield _told(place, f"expected a mapping, got {_named(value)}", about)
        return
    field = kinds[0].__struct_config__.tag_field
    by_tag = {kind.__struct_config__.tag: kind for kind in kinds}
    tag = value.get(field)
    if not isinstance(tag, str):
        yield f"{place}.{field}: missing; known: {', '.join(sorted(by_tag))}"
    elif tag not in by_tag:
        yield f"{place}.{field}: no {field} {tag!r}; {nearest(tag, by_tag)}"
    else:
        yield from _struct(value, by_tag[tag], place, about)


def _struct(value: Any, kind: Any, place: str, about: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _told(place, f"expected a mapping, got {_named(value)}", about)
        return
    hints = get_type_hints(kind, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    tag_field = kind.__struct_config__.tag_field
    shown = [name for name, field in fields.items() if hints[field.name] != (Secret | None)]
    for key, item in value.items():
        if key in fields:
            yield from _walk(item, hints[fields[key].name], f"{place}.{key}", "")
        elif key != tag_field:
            yield f"{place}.{key}: unknown key; {nearest(str(key), shown)}"
    for name, field in fields.items():
        if field.required and name not in value:
            yield _told(f"{place}.{name}", "missing", _unwrapped(hints[field.name], "")[2])


def _named(value: Any) -> str:
    names = {
        dict: "a mapping",
        list: "a list",
        str: "text",
        int: "a number",
        float: "a number",
        bool: "a switch",
    }
    return "nothing" if value is None else names.get(type(value), type(value).__name__)
