"""Names and words that many sources share: what `src_ip`, `srcip` and `client.ip` mean, and what `denied` does."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from seerflow.model.event import Value
from seerflow.model.fields import BY_NAME
from seerflow.parsers.shape import complete, endpoint, keyword, put
from seerflow.parsers.timestamps import when

# One row a common field: the names sources give it, without case, `_`, `-`, `.` and spaces. Earlier names win.
_NAMES: tuple[tuple[str, str], ...] = (
    (
        "source.address",
        (
            "srcip sourceip sourceipaddress src sourceaddress srcaddr saddr clientip clientaddress clientaddr"
            " remoteip remoteaddr remoteaddress remotehost ipaddress ipaddr callerip calleripaddress rhost peer"
            " peeraddress peerip xforwardedfor xrealip ip addr client remote actorip clienthost xclientip userip rip"
            " httprequestremoteip jsonpayloadremoteip protopayloadrequestmetadatacallerip networkclientip"
        ),
    ),
    ("source.port", "srcport sourceport spt sport clientport remoteport peerport networkclientport"),
    (
        "destination.address",
        (
            "dstip destip destinationip dst destinationaddress dstaddr daddr destaddress dest serverip serveraddr"
            " targetip destinationhost lip networkdestinationip"
        ),
    ),
    ("destination.port", "dstport destport destinationport dpt dport serverport targetport"),
    (
        "user.name",
        (
            "username user usr loginname login account accountname acct duser targetusername actor principal"
            " userid uname suser srcuser sourceuser loginuser authuser principalname clientusername dbuser remoteuser actorname userusername usrname usrid"
        ),
    ),
    ("user.email", "email useremail actoremail mail emailaddress userprincipalname usremail"),
    ("user.domain", "userdomain realm domainname"),
    ("host.name", "devname dvchost hostname host computername computer devicename machinename nodename node"),
    ("host.ip", "hostip deviceip dvc"),
    ("process.name", "processname program process app appname application ident prog daemon"),
    ("process.pid", "pid processid procid"),
    ("process.executable", "exe executable processpath imagepath"),
    ("process.command_line", "commandline cmdline command cmd processcommandline"),
    ("process.parent.pid", "ppid parentpid parentprocessid"),
    ("file.path", "filepath file filename path fullpath"),
    ("file.hash.sha256", "sha256 filesha256 hashsha256"),
    ("file.hash.sha1", "sha1 filesha1"),
    ("file.hash.md5", "md5 filemd5"),
    (
        "url.original",
        "url uri requesturi requesturl requestpath reqpath urioriginal httprequestrequesturl requesturlpath httpurl",
    ),
    ("url.domain", "vhost virtualhost reqhost requesthost serverhost httphost authority"),
    ("dns.question.name", "qname queryname dnsquery question dnsquestion"),
    (
        "http.request.method",
        "method httpmethod requestmethod verb reqmethod httpverb httprequestrequestmethod",
    ),
    (
        "http.response.status_code",
        "statuscode httpstatus httpstatuscode responsecode downstreamstatus originstatus rspstatus status responsestatus httprequeststatus",
    ),
    ("user_agent.original", "useragent httpuseragent agent requestuseragent ua httprequestuseragent"),
    ("network.transport", "proto transport ipprotocol"),
    ("network.protocol", "protocol service appproto applicationprotocol"),
    ("network.bytes", "bytes totalbytes"),
    ("event.action", "action event eventname eventtype operation operationname activity act actiontaken"),
    ("event.code", "eventid eventcode code msgid messageid signatureid logid"),
    ("event.outcome", "outcome result success eventoutcome actionresult authresult resultstatus res"),
    ("rule.name", "rule rulename policyname policy signature ruledescription"),
    ("rule.id", "ruleid policyid sid"),
    ("log.level", "level severity loglevel lvl priority severitytext levelname"),
    ("message", "message msg text description logmessage"),
    ("cloud.account.id", "accountid subscriptionid projectid"),
    ("cloud.region", "region awsregion"),
)

#: The order in which names for the time of the event are asked.
TIME_NAMES: tuple[str, ...] = (
    "@timestamp",
    "timestamp",
    "time",
    "ts",
    "eventTime",
    "event_time",
    "datetime",
    "date",
    "created_at",
    "createdAt",
    "start_time",
    "startTime",
    "published",
    "Timestamp",
    "Time",
    "EventTime",
    "event.created",
    "@t",
    "t",
    "asctime",
    "timestampUtc",
    "logtime",
    "receiveTimestamp",
)

#: Further names for it, without case, whatever the object that they stand in: the first of them in the text counts.
_TIMES = frozenset(
    {
     "date_time", "datetime", "eventtime", "event_time", "eventtimedt", "eventdate", "event_date",
     "timemillis", "time_millis", "timestamp", "_time", "logtimestamp", "log_time", "logdate",
     "logged_at", "eventtimestamp", "event_timestamp", "creationtime", "createddatetime",
     "activitydatetime", "occurredat", "occurred_at", "time_generated", "timegenerated", "time_created",
     "timecreated", "ts_utc", "starttime", "start_time", "createtime", "create_time", "created_at",
     "createdat", "receivedtime", "received_at", "requesttime", "request_time_iso", "isotime", "utctime",
     "completed_at_iso8601", "tstamp", "epoch", "epochtime", "devtime"
    }
)  # fmt: skip

_MEANING: dict[str, tuple[str, int]] = {
    word: (target, rank) for target, words in _NAMES for rank, word in enumerate(words.split())
}
_FILLER = re.compile(r"[_\-. ]+")
_LONGEST_NAME = 64
_FIRST = re.compile(r"[\s,;]")

_GOOD = (
    "success successful successfully succeeded succeed ok okay allow allowed accept accepted pass passed permit"
    " permitted grant granted true yes approved authenticated succes audit_success"
)
_BAD = (
    "fail failed failure failing deny denied reject rejected refuse refused block blocked drop dropped"
    " unauthorized unauthenticated invalid false no forbidden error unsuccessful disallowed audit_failure"
)
_OUTCOMES: dict[str, str] = {
    **dict.fromkeys(_GOOD.split(), "success"),
    **dict.fromkeys(_BAD.split(), "failure"),
}


def outcome(word: Value) -> str | None:
    """Give success or failure if the word plainly says so."""
    text = keyword(word)
    return _OUTCOMES.get(text.lower()) if text and len(text) <= _LONGEST_NAME else None


@lru_cache(maxsize=4096)
def _meaning(name: str) -> tuple[str, int] | None:
    return _MEANING.get(_FILLER.sub("", name.lower()))


def meaning(name: str) -> tuple[str, int] | None:
    """Give the common field that a source's name means and its rank among its synonyms (0 is plainest)."""
    return _meaning(name) if len(name) <= _LONGEST_NAME else None


#: The last parts of nested names that mean the same in any object, and those that do with the object's name before it.
_LAST = frozenset(
    {
     "username", "loginname", "loginuser", "srcip", "sourceip", "sourceipaddress", "srcaddr", "clientip",
     "clientaddr", "remoteip", "remoteaddr", "remoteaddress", "ipaddress", "ipaddr", "callerip", "rhost",
     "dstip", "destip", "destinationip", "dstaddr", "destaddr", "serverip", "srcport", "sourceport",
     "dstport", "destport", "destinationport", "clientport", "remoteport", "useragent", "httpuseragent",
     "statuscode", "httpstatus", "httpstatuscode", "responsecode", "httpmethod", "requestmethod",
     "requesturi", "requesturl", "hostname", "computername", "devicename", "sha256", "sha1", "md5",
     "useremail", "emailaddress", "commandline", "cmdline", "processname", "processid", "filepath",
     "filename", "displayname", "principalname", "reqmethod", "downstreamstatus", "queryname"
    }
)  # fmt: skip
_DEEPER = 100


def _last(name: str) -> tuple[str, int] | None:
    """Give what the last part of a nested name means; the deeper it stands, the less it counts."""
    depth = name.count(".")
    if not depth or len(name) > 4 * _LONGEST_NAME:
        return None
    parts = name.split(".")
    for count in (2, 1):
        word = _FILLER.sub("", ".".join(parts[-count:]).lower())
        found = _MEANING.get(word) if count < len(parts) or count == 1 else None
        if found and (word in _LAST or (count > 1 and found[0] not in _VAGUE)):
            return found[0], found[1] + _DEEPER * depth
    return None


#: Targets that two parts of a nested name do not settle: `client.ip` of what, `event.name` of which event?
_VAGUE = frozenset(
    {"event.action", "message", "log.level", "event.code", "rule.id", "rule.name", "event.outcome"}
)

#: What a general name may be and yet not mean the field: the value must look the part.
_METHODS = frozenset(
    ["GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "PROPFIND"]
)
_STATUS = range(100, 600)


_PARTICULAR = frozenset({"http.response.status_code", "http.request.method", "file.path", "network.protocol"})


def _plausible(target: str, value: Value) -> bool:
    if target not in _PARTICULAR:
        return isinstance(value, str | int | float | list)
    if target == "http.response.status_code":
        text = keyword(value) or ""
        return text.isdecimal() and len(text) == 3 and int(text) in _STATUS  # noqa: PLR2004  RFC 9110 section 15
    if target == "http.request.method":
        return str(value).upper() in _METHODS
    if target == "network.protocol":
        return isinstance(value, str) and not value.isdecimal()
    return isinstance(value, str) and ("/" in value or "\\" in value or "." in value)


@lru_cache(maxsize=8192)
def _role(name: str) -> tuple[str, int] | None:
    """Give what a name means, whole or by its last parts; the rank of a field's own name is -1."""
    if name in BY_NAME:
        return None if name in _OURS else (name, -1)
    return meaning(name) or _last(name)


def common_view(native: Mapping[str, Value]) -> dict[str, Value]:
    """Compute the common view of flat native fields by their names; ECS names stay what they are."""
    common: dict[str, Value] = {}
    ranks: dict[str, int] = {}
    for name, value in native.items():
        if value is None or len(name) > 4 * _LONGEST_NAME or (found := _role(name)) is None:
            continue
        target, rank = found
        if rank < 0:
            put(common, target, value)
            ranks[target] = rank
        elif rank < ranks.get(target, 1 << 10):
            _take(common, ranks, found, value)
    if ranks.get("process.name", 0) >= _APPLICATION and "process.pid" not in common:
        _application(common)
    _endings(common)
    return common


#: From this rank on the name of `process.name` is `app` and the like.
_APPLICATION = 3


def _application(common: dict[str, Value]) -> None:
    """`app` of a flow is the application in it, not the program that wrote the log."""
    if "source.address" in common and "destination.address" in common:
        common["network.application"] = common.pop("process.name")


#: Fields that the document itself sets (adapters/documents.py).
_OURS = frozenset({"@timestamp", "event.original"})


def _take(common: dict[str, Value], ranks: dict[str, int], found: tuple[str, int], value: Value) -> None:
    target, rank = found
    if target.endswith(".address") and isinstance(value, str):
        value = _FIRST.split(value.strip(), 1)[0]  # `192.0.2.1, 198.51.100.2`: the first hop
    if not _plausible(target, value):
        return
    if target == "event.outcome":
        word = outcome(value)
        if word:
            common[target] = word
            ranks[target] = rank
        return
    before = common.get(target)
    put(common, target, value)
    if common.get(target) is not before:
        ranks[target] = rank


def _endings(common: dict[str, Value]) -> None:
    for side in ("source", "destination"):
        told = common.get(f"{side}.address")
        if told is not None and f"{side}.ip" not in common and f"{side}.domain" not in common:
            endpoint(common, side, told)
    complete(common)


def time_of(
    native: Mapping[str, Value], received: int, zone: str, names: Iterable[str] = TIME_NAMES
) -> int | None:
    """Give the first readable time among the fields of those names."""
    for name in names:
        value = native.get(name)
        if value is not None and (time := when(value, received, zone)) is not None:
            return time
    for name, value in native.items():
        if name.lower().rpartition(".")[2] in _TIMES and (time := when(value, received, zone)) is not None:
            return time
    return None
