"""One generator of invented logs for each family of formats: what `bench parse` and `bench sigma` read.

Law: line n of a family is the same in every run. Documentation addresses and example.com only.
"""

from collections.abc import Callable, Mapping

import orjson

USERS = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")


def _address(n: int) -> str:
    return f"192.0.2.{n % 254 + 1}"


def _clock(n: int) -> str:
    return f"{n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d}"


def _sshd(n: int) -> bytes:
    user, port = USERS[n % len(USERS)], 1024 + n % 60_000
    said = ("Failed password for invalid user", "Accepted password for", "Failed password for")[n % 3]
    return f"Mar 12 {_clock(n)} web-{n % 40:02d} sshd[{port}]: {said} {user} from {_address(n)} port {port} ssh2".encode()


def _syslog(n: int) -> bytes:
    # RFC 5424, section 6
    return (
        f"<30>1 2026-03-12T{_clock(n)}.{n % 1000:03d}Z db-{n % 40:02d}.example.com backup {n % 32_000} ID{n % 90} "
        f'[job@32473 queue="nightly" size="{n}"] finished volume {n % 17} in {n % 900} s'
    ).encode()


def _cef(n: int) -> bytes:
    return (
        f"CEF:0|Example|Gateway|4.2|{100 + n % 9}|Connection denied|{n % 10}|rt=Mar 12 2026 {_clock(n)} "
        f"src={_address(n)} spt={1024 + n % 60_000} dst=198.51.100.{n % 254 + 1} dpt=443 proto=TCP "
        f"suser={USERS[n % len(USERS)]} act=deny msg=blocked by policy {n % 50}"
    ).encode()


def _windows(n: int) -> bytes:
    channel, code, body = _WINDOWS[n % len(_WINDOWS)](n)
    system = {
        "Provider": {"#attributes": {"Name": channel.removesuffix("/Operational")}},
        "EventID": code,
        "TimeCreated": {"#attributes": {"SystemTime": f"2026-03-12T{_clock(n)}.000000Z"}},
        "EventRecordID": n,
        "Channel": channel,
        "Computer": f"pc-{n % 60:02d}.example.com",
    }
    return orjson.dumps({"Event": {"System": system, "EventData": body}})


def _logon(n: int) -> tuple[str, int, dict[str, object]]:
    body: dict[str, object] = {
        "SubjectUserSid": "S-1-5-18",
        "SubjectUserName": f"PC-{n % 60:02d}$",
        "TargetUserName": USERS[n % len(USERS)],
        "TargetDomainName": "EXAMPLE",
        "LogonType": 3,
        "IpAddress": _address(n),
        "IpPort": str(1024 + n % 60_000),
        "LogonProcessName": "NtLmSsp",
    }
    return "Security", 4625 if n % 5 == 0 else 4624, body


def _process(n: int) -> tuple[str, int, dict[str, object]]:
    body: dict[str, object] = {
        "UtcTime": f"2026-03-12 {_clock(n)}.000",
        "ProcessId": n % 30_000,
        "Image": f"C:\\Windows\\System32\\tool{n % 12}.exe",
        "CommandLine": f"tool{n % 12}.exe /job:{n} /quiet",
        "User": f"EXAMPLE\\{USERS[n % len(USERS)]}",
        "ParentImage": "C:\\Windows\\explorer.exe",
        "ParentCommandLine": "C:\\Windows\\explorer.exe",
        "IntegrityLevel": "Medium",
    }
    return "Microsoft-Windows-Sysmon/Operational", 1, body


_WINDOWS: tuple[Callable[[int], tuple[str, int, dict[str, object]]], ...] = (_logon, _process)


def _cloudtrail(n: int) -> bytes:
    user = USERS[n % len(USERS)]
    return orjson.dumps(
        {
            "eventVersion": "1.08",
            "userIdentity": {
                "type": "IAMUser",
                "arn": f"arn:aws:iam::000000000000:user/{user}",
                "accountId": "000000000000",
                "userName": user,
            },
            "eventTime": f"2026-03-12T{_clock(n)}Z",
            "eventSource": ("s3.amazonaws.com", "ec2.amazonaws.com", "iam.amazonaws.com")[n % 3],
            "eventName": ("GetObject", "DescribeInstances", "ListUsers")[n % 3],
            "awsRegion": "eu-central-1",
            "sourceIPAddress": _address(n),
            "userAgent": "example-client/1.0",
            "requestParameters": {"bucketName": f"bucket-{n % 30}", "key": f"path/{n}"},
            "responseElements": None,
            "eventID": f"00000000-0000-4000-8000-{n:012d}",
            "eventType": "AwsApiCall",
            "recipientAccountId": "000000000000",
        }
    )


def _access(n: int) -> bytes:
    return (
        f'{_address(n)} - - [12/Mar/2026:{_clock(n)} +0000] "GET /shop/item/{n}?page={n % 9} HTTP/1.1" '
        f'{(200, 304, 404)[n % 3]} {n % 90_000} "https://www.example.com/" "Mozilla/5.0 (X11; Linux x86_64)"'
    ).encode()


#: Family -> line n, and the parser that has to read it.
FAMILIES: Mapping[str, tuple[Callable[[int], bytes], str]] = {
    "sshd": (_sshd, "openssh"),
    "syslog": (_syslog, "syslog"),
    "cef": (_cef, "cef"),
    "windows": (_windows, "windows"),
    "cloudtrail": (_cloudtrail, "cloudtrail"),
    "access": (_access, "web_access"),
}
