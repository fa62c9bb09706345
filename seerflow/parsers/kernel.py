"""The Linux kernel's own log: packets that netfilter logs (iptables, nftables, UFW, Proxmox), USB, OOM, crashes, WireGuard.

Audit records that the kernel writes here are auditd's.

References: https://github.com/torvalds/linux net/ipv4/netfilter/nf_log_ipv4.c (SRC= DST= PROTO= …), mm/oom_kill.c,
drivers/usb/core/hub.c, drivers/net/wireguard/receive.c; https://pve.proxmox.com/wiki/Firewall (log format).
"""

import re

from seerflow.model.event import Value
from seerflow.parsers.contract import LONGEST_MESSAGE, Outcome, Parser, Reading, Subject
from seerflow.parsers.daemon_rows import Row, row
from seerflow.parsers.daemons import reading
from seerflow.parsers.shape import endpoint, put
from seerflow.parsers.timestamps import APACHE, of_apache
from seerflow.parsers.unknown import infer

_UPTIME = re.compile(r"\[\s{0,12}\d{1,12}\.\d{1,9}\]\s?")
_HEAD = 400
# 101 1 tap101i0-IN 20/Jun/2022:13:12:46 +0200 policy DROP: IN=… : VM, level, chain, time, rule
_PROXMOX = re.compile(r"\d{1,10} \d (?P<chain>\S{1,64}) (?=\d\d/[A-Z][a-z]{2}/\d{4}:)")
# IN=eth0 OUT= … SRC=192.0.2.1 … PROTO=TCP SPT=4711 DPT=22 … DF … SYN
_PAIR = re.compile(r"([A-Z][A-Za-z]{1,15})=([^\s\[\]]{0,255})")
_FLAGS = frozenset(["SYN", "ACK", "FIN", "RST", "PSH", "URG", "ECE", "CWR", "DF", "MF", "CE"])
_VERDICTS = re.compile(
    r"(?<![A-Za-z])(?:(drop(?:ped)?|block(?:ed)?|reject(?:ed)?|den(?:y|ied)|invalid)|(accept(?:ed)?|allow(?:ed)?|permit(?:ted)?|pass(?:ed)?))(?![A-Za-z])",
    re.IGNORECASE,
)
_TABLE = {
    "IN": "observer.ingress.interface.name",
    "OUT": "observer.egress.interface.name",
    "LEN": "network.bytes",
}
_MAX_PAIRS = 64

_ROWS: tuple[Row, ...] = (
    row("New USB device found", r"usb (?P<port_path>\S{1,32}): New USB device found, idVendor=(?P<vendor>[0-9a-f]{4}), idProduct=(?P<product>[0-9a-f]{4})", "usb_attached", "host info ."),
    row("USB disconnect", r"usb (?P<port_path>\S{1,32}): USB disconnect, (?:device number|address) (?P<number>\d{1,4})", "usb_detached", "host info ."),
    row("USB Mass Storage", r"usb-storage (?P<port_path>\S{1,32}): USB Mass Storage device detected", "usb_storage", "host info ."),
    row("illed process", r"(?:Out of memory|Memory cgroup out of memory): Killed process (?P<pid>\d{1,10}) \((?P<process>[^)]{1,64})\)", "process_killed", "process end failure"),
    row("Kill process", r"Out of memory: Kill process (?P<pid>\d{1,10}) \((?P<process>[^)]{1,64})\)", "process_killed", "process end failure"),
    row("oom-killer", r"(?P<process>\S{1,64}) invoked oom-killer", "out_of_memory", "host info ."),
    row("segfault at", r"(?P<process>[^\s\[]{1,64})\[(?P<pid>\d{1,10})\]: segfault at \S{1,32} ip \S{1,32} sp \S{1,32} error \d{1,6}", "process_crashed", "process end failure"),
    row("general protection", r"(?P<process>[^\s\[]{1,64})\[(?P<pid>\d{1,10})\] (?:trap )?general protection", "process_crashed", "process end failure"),
    row("promiscuous mode", r"device (?P<device>\S{1,32}) entered promiscuous mode", "promiscuous_on", "network change ."),
    row("promiscuous mode", r"device (?P<device>\S{1,32}) left promiscuous mode", "promiscuous_off", "network change ."),
    row("SYN flooding", r"[Pp]ossible SYN flooding on port (?:\S{1,64}:)?(?P<flooded>\d{1,5})", "syn_flood", "intrusion_detection info ."),
    row("martian source", r"martian source (?P<to>[0-9a-f.:]{2,45}) from (?P<source>[0-9a-f.:]{2,45}), on dev (?P<device>\S{1,32})", "martian_packet", "network denied ."),
    row("unallowed src IP", r"(?P<process>wireguard): (?P<device>[^\s:]{1,32}): Packet has unallowed src IP \((?P<inner>[^)]{1,64})\) from peer (?P<peer>\d{1,10}) \((?P<source>[^)\s]{2,72})\)", "wireguard_refused", "network denied failure"),
    row("wireguard", r"(?P<process>wireguard): (?P<device>[^\s:]{1,32}): Invalid (?:handshake initiation|handshake response|MAC of handshake, dropping packet) from (?P<source>\S{2,72})", "wireguard_handshake", "network start failure"),
    row("did not complete", r"(?P<process>wireguard): (?P<device>[^\s:]{1,32}): Handshake for peer (?P<peer>\d{1,10}) \((?P<source>[^)\s]{2,72})\) did not complete", "wireguard_handshake", "network start failure"),
    row("handshake", r"(?P<process>wireguard): (?P<device>[^\s:]{1,32}): (?:Receiving|Sending) handshake \w{1,16} (?:from|to) peer (?P<peer>\d{1,10}) \((?P<source>[^)\s]{2,72})\)", "wireguard_handshake", "network info ."),
    row("module verification failed", r"(?P<module>\S{1,64}): module verification failed", "module_unverified", "driver info failure"),
    row("table full", r"nf_conntrack: (?:nf_conntrack: )?table full, dropping packet", "connections_exhausted", "network error failure"),
)  # fmt: skip


def _netfilter(text: str) -> bool:
    head = text[:_HEAD]
    return " SRC=" in head and " DST=" in head and "IN=" in head


def _first(subject: Subject) -> bool:
    return _netfilter(subject.text)


def _parse(subject: Subject) -> Outcome:
    text = subject.text.strip()
    if len(text) > LONGEST_MESSAGE or "audit(" in text[:_HEAD]:
        return None
    begin = match.end() if (match := _UPTIME.match(text)) else 0
    message = text[begin:]
    if _netfilter(message):
        return (_packet(message, subject),)
    if subject.program.lower() != "kernel":
        return None
    for one in _ROWS:
        if one.word in message and (found := one.shape.search(message)):
            return (reading(one, found, "kernel"),)
    common, inferred = infer(message)
    common |= {"event.dataset": "linux.kernel", "event.module": "linux", "event.type": "info"}
    return (Reading(common=common, flags=("inferred",) if inferred else ()),)


def _packet(text: str, subject: Subject) -> Reading:
    """Read what the LOG target writes; the text before `IN=` is the rule's own prefix."""
    at = text.find("IN=")
    prefix, time = text[:at], None
    native: dict[str, Value] = {}
    if match := _PROXMOX.match(prefix):
        native["chain"] = match["chain"]
        prefix = prefix[match.end() :]
        if stamp := APACHE.match(prefix):
            time = of_apache(stamp, subject.zone)
            prefix = prefix[stamp.end() :]
    for count, pair in enumerate(_PAIR.finditer(text, at)):
        if count >= _MAX_PAIRS:
            break
        native.setdefault(pair[1], pair[2])
    flags = [word for word in text[at:].split(maxsplit=_MAX_PAIRS)[:_MAX_PAIRS] if word in _FLAGS]
    if flags:
        native["flags"] = flags
    return Reading(common=_packet_common(native, prefix.strip(" :[]-")), native=native, time=time)


def _packet_common(native: dict[str, Value], prefix: str) -> dict[str, Value]:
    common: dict[str, Value] = {
        "event.action": "packet_logged",
        "event.category": "network",
        "event.dataset": "linux.netfilter",
        "event.module": "linux",
        "event.type": "info",
    }
    if prefix:
        native["prefix"] = prefix
        put(common, "rule.name", prefix)
    if match := _VERDICTS.search(prefix.replace("_", " ")):
        denied = match[1] is not None
        common["event.action"] = "packet_denied" if denied else "packet_allowed"
        common["event.type"] = "denied" if denied else "allowed"
    for name, target in _TABLE.items():
        put(common, target, native.get(name))
    put(common, "network.transport", native.get("PROTO"))
    endpoint(common, "source", native.get("SRC"), native.get("SPT"))
    endpoint(common, "destination", native.get("DST"), native.get("DPT"))
    return common


PARSER = Parser(
    name="kernel",
    version=1,
    description="the Linux kernel: logged packets (iptables, nftables, UFW, Proxmox), USB, memory, crashes, WireGuard",
    reads="text",
    programs=("kernel",),
    first=_first,
    parse=_parse,
)
