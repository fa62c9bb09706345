"""Writes a small file in the MaxMind DB format 2.0, for the tests of its reader.

Reference: https://maxmind.github.io/MaxMind-DB/ (search tree, data section, metadata).
"""

import ipaddress

MARKER = b"\xab\xcd\xefMaxMind.com"


def _control(kind, size):
    head = bytes([size]) + bytes([kind - 7]) if kind > 7 else bytes([kind << 5 | size])
    assert size < 29
    return head


#: Numbers of the metadata have a width of their own: unsigned 16, 32 and 64 bits.
WIDTHS = {"build_epoch": 9, "node_count": 6}


def _number(value, kind):
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(raw)) + raw


def _field(value, name=""):
    if isinstance(value, str):
        raw = value.encode()
        return _control(2, len(raw)) + raw
    if isinstance(value, int):
        return _number(value, WIDTHS.get(name, 5))
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_field, value))
    return _control(7, len(value)) + b"".join(_field(name) + _field(one, name) for name, one in value.items())


def written(networks):
    """Give the file's bytes; `networks` maps IPv4 networks to records."""
    nodes, data, offsets = [[None, None]], b"", {}
    for text, record in networks.items():
        network = ipaddress.IPv4Network(text)
        offsets[text] = len(data)
        data += _field(record)
        bits = f"{int(network.network_address):032b}"[: network.prefixlen]
        at = 0
        for bit in map(int, bits[:-1]):
            if nodes[at][bit] is None:
                nodes.append([None, None])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
        nodes[at][int(bits[-1])] = ("data", offsets[text])
    count = len(nodes)

    def number(record):
        if record is None:
            return count
        return count + 16 + record[1] if isinstance(record, tuple) else record

    tree = b"".join(number(record).to_bytes(3, "big") for node in nodes for record in node)
    metadata = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1_700_000_000,
        "database_type": "Test-Country",
        "description": {"en": "for tests"},
        "ip_version": 4,
        "languages": ["en"],
        "node_count": count,
        "record_size": 24,
    }
    return tree + bytes(16) + data + MARKER + _field(metadata)
