"""What the events of the channels of Windows other than Security and Sysmon mean; ROWS is all of them.

References, by channel: https://learn.microsoft.com/defender-endpoint/troubleshoot-microsoft-defender-antivirus,
https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_logging_windows,
https://learn.microsoft.com/windows-server/networking/dns/dns-logging-and-diagnostics,
https://learn.microsoft.com/windows/security/application-security/application-control/app-control-for-business/applocker/using-event-viewer-with-applocker,
and the providers' own manifests (`wevtutil gp NAME /ge /gm`).
"""

from collections.abc import Mapping

from seerflow.parsers.windows_rows import Rows, row
from seerflow.parsers.windows_security import SECURITY
from seerflow.parsers.windows_sysmon import SYSMON

_M = "Microsoft-Windows-"

_SERVICE = "service.name=ServiceName service.name=param1"
_SYSTEM: Rows = {
    12: row("system_started", "host start .", "", f"{_M}Kernel-General"),
    13: row("system_stopped", "host end .", "", f"{_M}Kernel-General"),
    41: row("system_crashed", "host end failure", "", f"{_M}Kernel-Power"),
    104: row(
        "log_cleared",
        "configuration deletion success",
        "user.name=SubjectUserName user.domain=SubjectDomainName file.name=Channel",
        f"{_M}Eventlog",
    ),
    1074: row("restart_requested", "host change .", "process.executable=param1 user.name=param7", "U"),
    5723: row("netlogon_refused", "authentication start failure", "", "NETLOGON"),
    5805: row("netlogon_refused", "authentication start failure", "", "NETLOGON"),
    5827: row("netlogon_refused", "network denied failure", "", "NETLOGON"),
    5829: row("netlogon_vulnerable", "network allowed .", "", "NETLOGON"),
    6005: row("log_service_started", "configuration info .", "", "E"),
    6006: row("log_service_stopped", "configuration info .", "", "E"),
    6008: row("system_crashed", "host end failure", "", "E"),
    7000: row("service_failed", "process error failure", _SERVICE, "Service Control Manager"),
    7009: row("service_failed", "process error failure", "service.name=param2", "Service Control Manager"),
    7023: row("service_ended", "process end failure", _SERVICE, "Service Control Manager"),
    7024: row("service_ended", "process end failure", _SERVICE, "Service Control Manager"),
    7031: row("service_crashed", "process end failure", _SERVICE, "Service Control Manager"),
    7034: row("service_crashed", "process end failure", _SERVICE, "Service Control Manager"),
    7036: row("service_state", "process info .", _SERVICE, "Service Control Manager"),
    7040: row("service_start_changed", "configuration change success", _SERVICE, "Service Control Manager"),
    7045: row(
        "service_installed",
        "configuration creation success",
        "service.name=ServiceName process.command_line=ImagePath user.effective.name=AccountName",
        "Service Control Manager",
    ),
    10016: row("com_denied", "process denied failure", "user.name=param6 user.domain=param7", f"{_M}D"),
}
_POWERSHELL: Rows = {
    400: row("engine_started", "process start ."),
    403: row("engine_stopped", "process end ."),
    600: row("provider_started", "process info ."),
    800: row("pipeline_executed", "process info ."),
}
_POWERSHELL_OPERATIONAL: Rows = {
    4100: row("pipeline_failed", "process error failure"),
    4103: row("pipeline_executed", "process info ."),
    4104: row("script_block", "process info .", "file.path=Path"),
    4105: row("script_block_started", "process start ."),
    4106: row("script_block_stopped", "process end ."),
    40961: row("console_starting", "process start ."),
    40962: row("console_ready", "process info ."),
    53504: row("remoting_listener", "process info ."),
}
_THREAT = (
    "rule.name=ThreatName rule.id=ThreatID file.path=Path user.name=DetectionUser user.name=User"
    " user.domain=Domain process.executable=ProcessName"
)
_CHANGED = "user.name=User user.domain=Domain"
_DEFENDER: Rows = {
    1000: row("scan_started", "malware start .", _CHANGED),
    1001: row("scan_finished", "malware end .", _CHANGED),
    1002: row("scan_stopped", "malware end failure", _CHANGED),
    1005: row("scan_failed", "malware error failure", _CHANGED),
    1006: row("malware_found", "malware info .", _THREAT),
    1007: row("malware_acted_on", "malware info success", _THREAT),
    1008: row("malware_acted_on", "malware info failure", _THREAT),
    1009: row("quarantine_restored", "malware change success", _THREAT),
    1010: row("quarantine_restored", "malware change failure", _THREAT),
    1011: row("quarantine_deleted", "malware deletion success", _THREAT),
    1013: row("history_deleted", "malware deletion success", _CHANGED),
    1015: row("suspicious_behaviour", "malware info .", _THREAT),
    1116: row("malware_found", "malware info .", _THREAT),
    1117: row("malware_acted_on", "malware info success", _THREAT),
    1118: row("malware_acted_on", "malware info failure", _THREAT),
    1119: row("malware_acted_on", "malware info failure", _THREAT),
    1121: row("attack_surface_blocked", "malware denied .", f"rule.id=ID file.path=Path {_THREAT}"),
    1122: row("attack_surface_audited", "malware info .", f"rule.id=ID file.path=Path {_THREAT}"),
    1123: row("folder_access_blocked", "malware denied .", f"file.path=Path {_THREAT}"),
    1125: row("network_protection_audited", "malware info .", _THREAT),
    1126: row("network_protection_blocked", "malware denied .", _THREAT),
    2001: row("signatures_updated", "configuration change failure", _CHANGED),
    3002: row("protection_failed", "malware error failure"),
    5001: row("protection_disabled", "configuration change success"),
    5004: row("protection_configured", "configuration change success"),
    5007: row("protection_configured", "configuration change success"),
    5008: row("protection_failed", "malware error failure"),
    5010: row("scanning_disabled", "configuration change success"),
    5012: row("scanning_disabled", "configuration change success"),
    5013: row("tampering_blocked", "configuration denied failure"),
}
_TASKS: Rows = {
    100: row("task_started", "process start success", "file.name=TaskName user.name=UserContext"),
    101: row("task_started", "process start failure", "file.name=TaskName user.name=UserContext"),
    102: row("task_finished", "process end success", "file.name=TaskName user.name=UserContext"),
    103: row("task_action_failed", "process error failure", "file.name=TaskName user.name=UserContext"),
    106: row("task_created", "configuration creation success", "file.name=TaskName user.name=UserContext"),
    110: row("task_started", "process start success", "file.name=TaskName user.name=UserContext"),
    129: row("task_process_created", "process start success", "file.name=TaskName process.executable=Path"),
    140: row("task_changed", "configuration change success", "file.name=TaskName user.name=UserName"),
    141: row("task_deleted", "configuration deletion success", "file.name=TaskName user.name=UserName"),
    142: row("task_disabled", "configuration change success", "file.name=TaskName user.name=UserName"),
    200: row("task_action_started", "process start .", "file.name=TaskName process.executable=ActionName"),
    201: row("task_action_finished", "process end .", "file.name=TaskName process.executable=ActionName"),
}
_WMI: Rows = {
    5857: row("wmi_provider_loaded", "process info .", "file.path=ProviderPath"),
    5858: row("wmi_query_failed", "process error failure", "user.name=User source.domain=ClientMachine"),
    5859: row("wmi_subscription", "configuration info .", "user.name=User"),
    5860: row("wmi_subscription", "configuration creation .", "user.name=User source.domain=ClientMachine"),
    5861: row("wmi_subscription", "configuration creation .", "user.name=User"),
}
_DNS_CLIENT: Rows = {
    number: row("dns_query", "network info .", "dns.question.name=QueryName")
    for number in (1001, 1014, 1015, 1016, 3006, 3008, 3009, 3010, 3011, 3018, 3019, 3020)
}
_DNS_SERVER: Rows = {
    number: row(
        "dns_query" if number in (256, 259, 260) else "dns_response",
        "network info .",
        "dns.question.name=QNAME source.address=Source destination.address=Destination source.address=InterfaceIP",
    )
    for number in (256, 257, 258, 259, 260, 261)
} | {
    150: row("dns_plugin_failed", "configuration error failure", "file.path=param1"),
    770: row("dns_plugin_loaded", "configuration info .", "file.path=param1"),
}
_REMOTE = "user.name=User source.address=Address"
_TERMINAL: Rows = {
    21: row("session_logon", "session start success", _REMOTE),
    22: row("shell_started", "session info success", _REMOTE),
    23: row("session_logoff", "session end .", "user.name=User"),
    24: row("session_disconnected", "session end .", _REMOTE),
    25: row("session_reconnected", "session start success", _REMOTE),
    39: row("session_disconnected", "session end ."),
    40: row("session_disconnected", "session end ."),
}
_TERMINAL_CONNECTIONS: Rows = {
    261: row("connection_received", "network start ."),
    1149: row(
        "connection_authenticated",
        "session start success",
        "user.name=Param1 user.domain=Param2 source.address=Param3",
    ),
    1158: row("connection_refused", "network denied .", "source.address=Param1"),
}
_TERMINAL_CLIENT: Rows = {
    1024: row("connecting", "network start .", "destination.address=Value"),
    1102: row("connecting", "network start .", "destination.address=Value"),
    1026: row("disconnected", "network end ."),
}
_RDP: Rows = {
    131: row("connection_accepted", "network start .", "source.address=ClientIP"),
    140: row("connection_failed", ". info failure", "source.address=IPString"),
}
_APPLOCKER: Rows = {
    number: row(
        action,
        f"process {kind} .",
        "file.path=FullFilePath file.path=FilePath user.id=TargetUser rule.name=RuleName",
    )
    for numbers, action, kind in (
        ((8002, 8005, 8020, 8023), "execution_allowed", "allowed"),
        ((8003, 8006, 8021, 8024), "execution_audited", "info"),
        ((8004, 8007, 8022, 8025), "execution_blocked", "denied"),
    )
    for number in numbers
}
_RULE = "rule.name=RuleName rule.id=RuleId process.executable=ModifyingApplication user.id=ModifyingUser"
_FIREWALL: Rows = {
    **dict.fromkeys([2004, 2071, 2097], row("firewall_rule_added", "configuration creation .", _RULE)),
    **dict.fromkeys([2005, 2073, 2099], row("firewall_rule_changed", "configuration change .", _RULE)),
    **dict.fromkeys([2006, 2052], row("firewall_rule_deleted", "configuration deletion .", _RULE)),
    2033: row("firewall_rules_deleted", "configuration deletion .", _RULE),
    2059: row("firewall_rules_deleted", "configuration deletion .", _RULE),
    2002: row("firewall_setting_changed", "configuration change .", _RULE),
    2003: row("firewall_profile_changed", "configuration change .", _RULE),
    2009: row("firewall_policy_failed", "configuration error failure", _RULE),
    2011: row("application_blocked", "network denied .", "process.executable=ApplicationPath"),
}
_JOB = "user.name=User user.name=jobOwner process.executable=processPath url.original=url url.original=Url url.original=RemoteName"
_BITS: Rows = {
    3: row("transfer_created", "network creation .", _JOB),
    4: row("transfer_finished", "network end success", _JOB),
    5: row("transfer_cancelled", "network end .", _JOB),
    59: row("transfer_started", "network start .", _JOB),
    60: row("transfer_stopped", "network end .", _JOB),
    61: row("transfer_stopped", "network end failure", _JOB),
    16403: row("transfer_file_added", "network info .", f"{_JOB} file.path=LocalName"),
}
_INTEGRITY = "file.path=FileNameBuffer file.path=FileName process.executable=ProcessNameBuffer process.executable=ProcessName"
_CODE: Rows = {
    **dict.fromkeys([3001, 3002, 3003, 3004, 3010], row("image_unverified", "file info failure", _INTEGRITY)),
    **dict.fromkeys(
        [3023, 3032, 3033, 3034, 3035, 3036, 3077, 3104],
        row("image_blocked", "process denied failure", _INTEGRITY),
    ),
    3076: row("image_audited", "process info .", _INTEGRITY),
    3089: row("image_signature", "file info .", _INTEGRITY),
}
_PRINT: Rows = {
    307: row(
        "document_printed", "file info success", "file.name=Param2 user.name=Param3 source.domain=Param4"
    ),
    316: row("printer_driver_added", "configuration creation success", "file.name=Param1"),
    808: row("printer_plugin_failed", "process error failure", "file.path=PluginDllName file.path=Param1"),
    811: row("printer_file_moved", "file error failure", "file.path=Param1"),
}
_NTLM_USER = (
    "user.name=UserName user.domain=DomainName source.domain=WorkstationName destination.domain=SChannelName"
)
_NTLM: Rows = {
    **dict.fromkeys(
        [8001, 8002, 8003, 8004],
        row(
            "ntlm_audited",
            ". info .",
            f"{_NTLM_USER} process.executable=ProcessName destination.domain=TargetName",
        ),
    ),
    **dict.fromkeys(
        [4001, 4002, 4003],
        row("ntlm_blocked", ". denied failure", f"{_NTLM_USER} destination.domain=TargetName"),
    ),
}
_APPLICATION: Rows = {
    1000: row("application_crashed", "process end failure", "process.name=AppName", "Application Error"),
    1001: row("fault_reported", "process info .", "", "Windows Error Reporting"),
    1033: row("package_installed", "package installation .", "", "MsiInstaller"),
    1034: row("package_removed", "package deletion .", "", "MsiInstaller"),
    11707: row("package_installed", "package installation success", "", "MsiInstaller"),
    11708: row("package_installed", "package installation failure", "", "MsiInstaller"),
    11724: row("package_removed", "package deletion success", "", "MsiInstaller"),
    18453: row("login", "authentication start success", "", "MSSQL"),
    18454: row("login", "authentication start success", "", "MSSQL"),
    18456: row("login", "authentication start failure", "", "MSSQL"),
}
_WINRM: Rows = {
    6: row("session_created", "session start .", "destination.address=connection"),
    91: row("session_created", "session start .", ""),
    161: row("authentication_failed", ". info failure", ""),
    169: row("authenticated", "session start success", "user.name=username"),
}
_SMB_SERVER: Rows = {
    551: row("smb_logon", ". info failure", "user.name=UserName source.domain=ClientName"),
    1009: row("smb_anonymous_refused", ". denied failure", "source.domain=ClientName"),
}
ROWS: Mapping[str, Rows] = {
    "windows.security": SECURITY,
    "windows.sysmon": SYSMON,
    "windows.system": _SYSTEM,
    "windows.application": _APPLICATION,
    "windows.powershell": _POWERSHELL,
    "windows.powershell_operational": _POWERSHELL_OPERATIONAL,
    "windows.defender": _DEFENDER,
    "windows.taskscheduler": _TASKS,
    "windows.wmi": _WMI,
    "windows.dns_client": _DNS_CLIENT,
    "windows.dns_server": _DNS_SERVER,
    "windows.terminal_services": _TERMINAL,
    "windows.terminal_services_connections": _TERMINAL_CONNECTIONS,
    "windows.terminal_services_client": _TERMINAL_CLIENT,
    "windows.rdp_core": _RDP,
    "windows.applocker": _APPLOCKER,
    "windows.firewall": _FIREWALL,
    "windows.bits": _BITS,
    "windows.code_integrity": _CODE,
    "windows.print_service": _PRINT,
    "windows.ntlm": _NTLM,
    "windows.winrm": _WINRM,
    "windows.smb_server": _SMB_SERVER,
}
