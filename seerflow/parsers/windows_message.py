"""The message that Windows renders for people, back into the fields it was made of.

`Subject:` … `Account Name: bob` is SubjectUserName, under `New Logon:` it is TargetUserName. Sysmon's lines carry
the fields' own names. Where a shipper put the whole message into one line, the known labels part it.

Reference: the message texts of https://learn.microsoft.com/windows/security/threat-protection/auditing/ and
https://learn.microsoft.com/sysinternals/downloads/sysmon, as English Windows writes them.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from seerflow.parsers.flatten import MAX_FIELDS
from seerflow.parsers.windows_forms import Native, spaceless

#: Longer messages are script blocks and dumps: their beginning holds the fields.
MAX_MESSAGE = 32_768

# Sections whose accounts are of one kind -> the beginning of those accounts' names
_WHO = {
    "Subject": "Subject",
    "Target Subject": "Target",
    "Creator Subject": "Subject",
    "New Logon": "Target",
    "Account For Which Logon Failed": "Target",
    "Account Whose Credentials Were Used": "Target",
    "Account That Was Locked Out": "Target",
    "Account That Was Unlocked": "Target",
    "Account Information": "Target",
    "Target Account": "Target",
    "New Account": "Target",
    "Computer Account That Was Changed": "Target",
    "New Computer Account": "Target",
    "Target Computer": "Target",
    "User": "Target",
    "Group": "Target",
    "New Group": "Target",
    "Deleted Group": "Target",
    "Member": "Member",
}
_ACCOUNT = {
    "Security ID": "UserSid",
    "User ID": "UserSid",
    "Account Name": "UserName",
    "Account Domain": "DomainName",
    "Supplied Realm Name": "DomainName",
    "Logon ID": "LogonId",
    "Logon GUID": "LogonGuid",
    "Group Name": "UserName",
    "Group Domain": "DomainName",
}
_OTHER_SECTIONS = (
    "Logon Information",
    "Process Information",
    "Network Information",
    "Detailed Authentication Information",
    "Failure Information",
    "Target Server",
    "Service Information",
    "Service Request Information",
    "Additional Information",
    "Certificate Information",
    "Object",
    "Access Request Information",
    "Share Information",
    "Application Information",
    "Filter Information",
    "Task Information",
    "Service",
    "Attributes",
    "Changed Attributes",
    "Process",
    "Session",
    "Additional Context",
    "Change Information",
    "Audit Policy Change",
)
# label -> EventData name; what stands in neither table keeps its own name without spaces
_LABELS = {
    "Logon Type": "LogonType",
    "Elevated Token": "ElevatedToken",
    "Workstation Name": "WorkstationName",
    "Source Network Address": "IpAddress",
    "Network Address": "IpAddress",
    "Client Address": "IpAddress",
    "Source Port": "IpPort",
    "Client Port": "IpPort",
    "Port": "IpPort",
    "Client Name": "ClientName",
    "Caller Computer Name": "TargetDomainName",
    "Logon Account": "TargetUserName",
    "Source Workstation": "Workstation",
    "Error Code": "Status",
    "Logon Process": "LogonProcessName",
    "Authentication Package": "AuthenticationPackageName",
    "Package Name (NTLM only)": "LmPackageName",
    "Key Length": "KeyLength",
    "Transited Services": "TransmittedServices",
    "Failure Reason": "FailureReason",
    "Sub Status": "SubStatus",
    "Status": "Status",
    "Result Code": "Status",
    "Failure Code": "Status",
    "Caller Process ID": "ProcessId",
    "Caller Process Name": "ProcessName",
    "Process ID": "ProcessId",
    "Process Name": "ProcessName",
    "New Process ID": "NewProcessId",
    "New Process Name": "NewProcessName",
    "Creator Process ID": "ProcessId",
    "Creator Process Name": "ParentProcessName",
    "Process Command Line": "CommandLine",
    "Token Elevation Type": "TokenElevationType",
    "Mandatory Label": "MandatoryLabel",
    "Target Server Name": "TargetServerName",
    "Service Name": "ServiceName",
    "Service File Name": "ServiceFileName",
    "Service Type": "ServiceType",
    "Service Start Type": "ServiceStartType",
    "Service Account": "ServiceAccount",
    "Service ID": "ServiceSid",
    "Ticket Options": "TicketOptions",
    "Ticket Encryption Type": "TicketEncryptionType",
    "Pre-Authentication Type": "PreAuthType",
    "Object Server": "ObjectServer",
    "Object Type": "ObjectType",
    "Object Name": "ObjectName",
    "Handle ID": "HandleId",
    "Accesses": "AccessList",
    "Access Mask": "AccessMask",
    "Share Name": "ShareName",
    "Share Path": "ShareLocalPath",
    "Relative Target Name": "RelativeTargetName",
    "Task Name": "TaskName",
    "Task Content": "TaskContent",
    "Application Name": "Application",
    "Destination Address": "DestAddress",
    "Destination Port": "DestPort",
    "Privileges": "PrivilegeList",
    "Old Account Name": "OldTargetUserName",
    "New Account Name": "NewTargetUserName",
    "SAM Account Name": "SamAccountName",
    "Group Type Change": "GroupTypeChange",
}
# In the firewall's events addresses and ports are of the packet, not of a logon.
_PACKET = {
    "Source Address": "SourceAddress",
    "Source Port": "SourcePort",
    "Process ID": "ProcessID",
    "Protocol": "Protocol",
    "Direction": "Direction",
}
_FIREWALL = "Application Information"
# "\tAccount Name:\t\tbob", "Image: C:\Windows\cmd.exe", "Subject:"
_LINE = re.compile(r"\s{0,32}([A-Za-z][A-Za-z0-9 ()/\-]{0,63}?)\s?:(?:\s(.*)|)", re.DOTALL)
_KNOWN = sorted({*_WHO, *_OTHER_SECTIONS, *_ACCOUNT, *_LABELS, *_PACKET}, key=len, reverse=True)
_ALONE = re.compile(rf"(?<![^\s])({'|'.join(map(re.escape, _KNOWN))}):(?=\s|$)")
# Sysmon in one line: `Process Create:  UtcTime: 12/20/2014 2:29 PM  Image: C:\…  CommandLine: …`
_SYSMON = re.compile(r"(?<=\s\s)([A-Z][A-Za-z0-9]{1,40}):\s")
_SECTIONS = frozenset({*_WHO, *_OTHER_SECTIONS})
# Behind the fields of a message in one line stands what Microsoft explains about this kind of event.
_EXPLAINED = re.compile(
    r"\s(?:This event is generated|The subject fields indicate|Certificate information is only"
    r"|Token Elevation Type indicates|Pre-authentication types)"
)


@lru_cache(maxsize=512)
def _meaning(section: str, label: str) -> str:
    who = _WHO.get(section)
    if who is not None and label in _ACCOUNT:
        return who + _ACCOUNT[label]
    if section == _FIREWALL and label in _PACKET:
        return _PACKET[label]
    return _LABELS.get(label) or spaceless(label)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Give labels with their values in order; a section's value is empty."""
    if "\n" in text:
        for line in text.splitlines():
            if match := _LINE.fullmatch(line):
                yield match[1], (match[2] or "").strip()
        return
    shape = _ALONE if _ALONE.search(text) else _SYSMON
    if explained := _EXPLAINED.search(text):
        text = text[: explained.start()]
    label, begin = "", 0
    for match in shape.finditer(text):
        if label:
            yield label, text[begin : match.start()].strip()
        label, begin = match[1], match.end()
    if label:
        yield label, text[begin:].strip()


def fields(message: str) -> Native:
    """Give the fields that the message names."""
    native: Native = {}
    section, firewall = "", False
    for label, value in _pairs(message[:MAX_MESSAGE]):
        if label in _SECTIONS and (not value or label in _WHO):
            section = label
            firewall = firewall or label == _FIREWALL
            continue
        if not value or len(native) >= MAX_FIELDS:
            continue
        name = _meaning(_FIREWALL if firewall else section, label)
        native.setdefault(_cased(name), value)
    return native


def _cased(name: str) -> str:
    # 4732's member has MemberSid and MemberName, its group TargetSid: no `User` in between
    return {"MemberUserSid": "MemberSid", "MemberUserName": "MemberName"}.get(name, name)


def title(message: str) -> str:
    """Give the message's first sentence or line: what it says happened."""
    line = message.lstrip()[:1024].partition("\n")[0].strip()
    head, dot, _ = line.partition(". ")
    return head + "." if dot else line
