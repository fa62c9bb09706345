"""Sigma's log sources: which product, category and service an event is, by what its source says of itself. Tables only.

Source: https://github.com/SigmaHQ/sigma-specification/blob/main/appendix/sigma-taxonomy-appendix.md
"""

from collections.abc import Mapping

#: (product, category, service); None where the source says nothing.
Lane = tuple[str | None, str | None, str | None]

_OPERATIONAL = "microsoft-windows-{}/operational"

#: Windows channel, lower case -> the services of Sigma's taxonomy.
CHANNELS: Mapping[str, tuple[str, ...]] = {
    "application": ("application",),
    "security": ("security",),
    "system": ("system",),
    "windows powershell": ("powershell-classic",),
    "powershellcore/operational": ("powershell",),
    "dns server": ("dns-server",),
    "msexchange management": ("msexchange-management",),
    "openssh/operational": ("openssh",),
    "microsoft-iis-configuration/operational": ("iis-configuration",),
    "microsoft-servicebus-client/admin": ("microsoft-servicebus-client", "servicebus-client"),
    "microsoft-servicebus-client/operational": ("microsoft-servicebus-client", "servicebus-client"),
    "microsoft-windows-applocker/exe and dll": ("applocker",),
    "microsoft-windows-applocker/msi and script": ("applocker",),
    "microsoft-windows-applocker/packaged app-deployment": ("applocker",),
    "microsoft-windows-applocker/packaged app-execution": ("applocker",),
    "microsoft-windows-application-experience/program-compatibility-assistant": ("application-experience",),
    "microsoft-windows-application-experience/program-telemetry": ("application-experience",),
    "microsoft-windows-appmodel-runtime/admin": ("appmodel-runtime",),
    "microsoft-windows-bitlocker/bitlocker management": ("bitlocker",),
    "microsoft-windows-dns client events/operational": ("dns-client",),
    "microsoft-windows-dnsserver/analytical": ("dns-server-analytic",),
    "microsoft-windows-driverframeworks-usermode/operational": ("driver-framework",),
    "microsoft-windows-hyper-v-worker": ("hyper-v-worker",),
    "microsoft-windows-kernel-eventtracing": ("kernel-event-tracing",),
    "microsoft-windows-kernel-shimengine/diagnostic": ("kernel-shimengine",),
    "microsoft-windows-ldap-client/debug": ("ldap",),
    "microsoft-windows-printservice/admin": ("printservice-admin",),
    "microsoft-windows-security-mitigations/kernel mode": ("security-mitigations",),
    "microsoft-windows-security-mitigations/user mode": ("security-mitigations",),
    "microsoft-windows-smbclient/connectivity": ("smbclient-connectivity",),
    "microsoft-windows-smbclient/security": ("smbclient-security",),
    "microsoft-windows-smbserver/connectivity": ("smbserver-connectivity",),
    "microsoft-windows-windows firewall with advanced security/firewall": ("firewall-as",),
    **{
        _OPERATIONAL.format(channel): (service,)
        for channel, service in {
            "appxdeploymentserver": "appxdeployment-server",
            "appxpackaging": "appxpackaging-om",
            "bits-client": "bits-client",
            "capi2": "capi2",
            "certificateservicesclient-lifecycle-system": "certificateservicesclient-lifecycle-system",
            "codeintegrity": "codeintegrity-operational",
            "dhcp-server": "dhcp",
            "diagnosis-scripted": "diagnosis-scripted",
            "kernel-shimengine": "kernel-shimengine",
            "lsa": "lsa-server",
            "ntfs": "ntfs",
            "ntlm": "ntlm",
            "powershell": "powershell",
            "printservice": "printservice-operational",
            "sense": "sense",
            "shell-core": "shell-core",
            "sysmon": "sysmon",
            "taskscheduler": "taskscheduler",
            "terminalservices-localsessionmanager": "terminalservices-localsessionmanager",
            "vhdmp": "vhdmp",
            "windows defender": "windefend",
            "wmi-activity": "wmi",
        }.items()
    },
}

#: Windows provider, lower case -> its services, for events without a channel.
PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "microsoft-windows-sysmon": ("sysmon",),
    "microsoft-windows-security-auditing": ("security",),
    "microsoft-windows-powershell": ("powershell",),
    "powershell": ("powershell-classic",),
    "service control manager": ("system",),
    "microsoft-windows-windows defender": ("windefend",),
    "microsoft-windows-taskscheduler": ("taskscheduler",),
}

_ANTIVIRUS = (1006, 1007, 1008, 1009, 1010, 1011, 1012, 1017, 1018, 1019, 1115, 1116)

#: (Windows service, event id) -> the categories of Sigma's taxonomy.
CATEGORIES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("sysmon", "1"): ("process_creation",),
    ("sysmon", "2"): ("file_change",),
    ("sysmon", "3"): ("network_connection",),
    ("sysmon", "4"): ("sysmon_status",),
    ("sysmon", "5"): ("process_termination",),
    ("sysmon", "6"): ("driver_load",),
    ("sysmon", "7"): ("image_load",),
    ("sysmon", "8"): ("create_remote_thread",),
    ("sysmon", "9"): ("raw_access_thread",),
    ("sysmon", "10"): ("process_access",),
    ("sysmon", "11"): ("file_event",),
    ("sysmon", "12"): ("registry_event",),
    ("sysmon", "13"): ("registry_event", "registry_set"),
    ("sysmon", "14"): ("registry_event", "registry_rename"),
    ("sysmon", "15"): ("create_stream_hash",),
    ("sysmon", "16"): ("sysmon_status",),
    ("sysmon", "17"): ("pipe_created",),
    ("sysmon", "18"): ("pipe_created",),
    ("sysmon", "19"): ("wmi_event",),
    ("sysmon", "20"): ("wmi_event",),
    ("sysmon", "21"): ("wmi_event",),
    ("sysmon", "22"): ("dns_query",),
    ("sysmon", "23"): ("file_delete",),
    ("sysmon", "24"): ("clipboard_change",),
    ("sysmon", "25"): ("process_tampering",),
    ("sysmon", "26"): ("file_delete_detected", "file_delete"),
    ("sysmon", "27"): ("file_block_executable",),
    ("sysmon", "28"): ("file_block_shredding",),
    ("sysmon", "29"): ("file_executable_detected",),
    ("sysmon", "255"): ("sysmon_error",),
    ("security", "4688"): ("process_creation",),
    ("powershell", "4103"): ("ps_module",),
    ("powershell", "4104"): ("ps_script",),
    ("powershell-classic", "400"): ("ps_classic_start",),
    ("powershell-classic", "600"): ("ps_classic_provider_start",),
    ("powershell-classic", "800"): ("ps_classic_script",),
    **{("windefend", str(number)): ("antivirus",) for number in _ANTIVIRUS},
}

#: (Windows service, event id, EventType, lower case) -> categories beyond those of the event id.
EVENT_TYPES: Mapping[tuple[str, str, str], tuple[str, ...]] = {
    ("sysmon", "12", "createkey"): ("registry_add",),
    ("sysmon", "12", "deletekey"): ("registry_delete",),
    ("sysmon", "12", "deletevalue"): ("registry_delete",),
}

#: event.category (ECS) -> Sigma's category, for sources that say no more: endpoint agents, audit daemons.
ECS_CATEGORIES: Mapping[str, str] = {
    "process": "process_creation",
    "file": "file_event",
    "network": "network_connection",
    "driver": "driver_load",
    "library": "image_load",
}

#: Products for which ECS_CATEGORIES are read.
ENDPOINTS = ("linux", "macos", "windows")

#: Fields by whose presence a document without a dataset is recognised -> dataset.
SIGNATURES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("eventSource", "eventName", "eventVersion"), "aws.cloudtrail"),
    (("eventSource", "eventName", "awsRegion"), "aws.cloudtrail"),
    (("auditID", "verb", "objectRef.resource"), "kubernetes.audit"),
    (("published", "eventType", "actor.id"), "okta.system"),
)
