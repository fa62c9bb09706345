"""The language of descriptions: every key, what it holds and what it means. The reference page is made from this."""

from msgspec import Struct


class Key(Struct, frozen=True):
    """One key of a mapping."""

    holds: str  # a kind of grammar.LEAVES or one of its nested ones
    meaning: str
    required: bool = False


WHEN: dict[str, Key] = {
    "programs": Key(
        "texts",
        "one of these programs wrote it, as the syslog frame names it; `postfix/*` and `%asa-*` are all that begin so",
    ),
    "starts": Key("texts", "the text begins with one of these"),
    "contains": Key("texts", "all of these stand in the first 2,048 characters"),
    "any": Key("texts", "one of these stands there"),
    "matches": Key("regex", "matches at the beginning of the text, within 1,024 characters"),
    "keys": Key("texts", "the document, or the pairs, have all of these; dotted paths"),
    "values": Key("values", "field: value or list of values, one of which it has"),
}
PART: dict[str, Key] = {
    "decode": Key("texts by name", "native field: hex, base64, percent, lower, upper, …; done first"),
    "unpack": Key(
        "unpack",
        "native field: pairs, json or query; or {columns: […], delimiter: ','}; or {as: pairs, between: ';', equals: ':'}; or, of a document's list [{name: a, value: 1}, …], {as: named, name: name, value: [value, intValue]}: a is native; `prefix` goes before",
    ),
    "messages": Key("messages", "the shapes that the text may have; the first that matches is taken"),
    "otherwise": Key(
        "otherwise",
        "no message matches: `refuse` (not mine; usual for text) or `keep` (an event all the same)",
    ),
    "set": Key("constants", "common field: constant; what `fields` and `words` find has precedence"),
    "fields": Key(
        "fields",
        "common field: native name, list of names (the first that is there and fits), template '{a}://{b}', {from, as, match}, or a list of such ways",
    ),
    "words": Key(
        "words",
        "common field: {from: name or names, result: words}; `*` is any other word, `4*` a beginning, `*error` an end, `*fail*` a part",
    ),
    "time": Key(
        "time", "where the time stands: name, list of names, or {from, as, zone}; [[date, time]] joins"
    ),
    "switch": Key("switch", "{field: name or names, cases: {value: part, 'a | b': part, '*': part}}"),
    "kinds": Key(
        "kinds", "a list of parts with a `when` each (on fields and text); the first that holds is taken"
    ),
}
MESSAGE: dict[str, Key] = {
    "from": Key(
        "text",
        "the field that holds the text; usually the whole log; `program`: as the frame names it; `structured`: MSGID and STRUCTURED-DATA of RFC 5424",
    ),
    "when": Key("when", "taken only if this holds"),
    "dissect": Key("text", "literals around %{field}, %{?forgotten}, %{padded->}, %{+appended}"),
    "regex": Key(
        "regex",
        "RE2; groups name fields: (?P<source__address>…), `__` is a dot; found anywhere, `^` binds it to the beginning",
    ),
    "text": Key("text", "a literal that stands in it"),
    **PART,
}
COLUMNS: dict[str, Key] = {
    "columns": Key("columns", "names in order; null leaves one out"),
    "delimiter": Key("text", "what stands between columns; usually a comma"),
}
DESCRIPTION: dict[str, Key] = {
    "name": Key("name", "lower_snake, the same as the file's", required=True),
    "version": Key("count", "raised whenever the same text is read differently", required=True),
    "description": Key("text", "one line for people", required=True),
    "reads": Key("reads", "text, document (JSON), pairs (key=value) or columns", required=True),
    "dataset": Key(
        "text", "event.dataset, as acme.door; event.module is the part before the dot", required=True
    ),
    "product": Key("product", "{vendor: …, product: …}: observer.vendor and observer.product"),
    "when": Key("whens", "how its logs are known: all lines hold; of a list of such, one", required=True),
    "pairs": Key("pairs", "{between: ' ', equals: '='}, where they are unusual"),
    **COLUMNS,
    "body": Key(
        "body", "the native field whose text is another log: read by its own parser, this is laid around it"
    ),
    "each": Key(
        "texts",
        "the list, or lists, of a document that holds several logs, or the one that it encloses: each is read by itself",
    ),
    "split": Key(
        "texts",
        "the path of a list within a log: the log is read once with each of its items, as if it had only that",
    ),
    "general": Key(
        "general",
        "false, or the names it leaves alone: usual names (src_ip, user, …) mean common fields; on for all but text",
    ),
    **PART,
    "tests": Key("tests", "logs and what they must be read as"),
}
TEST: dict[str, Key] = {
    "log": Key("any", "the raw log: text, or a mapping for a JSON document", required=True),
    "program": Key("text", "the syslog program that it comes from; the log is framed with it"),
    "expect": Key("values", "common field: value; `@timestamp` is the time"),
    "native": Key("values", "native field: value"),
    "absent": Key("texts", "fields that must not be there"),
    "parser": Key("text", "which parser has it, where `body` hands it on; usually this one"),
}
