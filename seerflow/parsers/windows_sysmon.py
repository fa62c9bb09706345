"""What Sysmon's events mean.

Reference: https://learn.microsoft.com/sysinternals/downloads/sysmon#events
"""

from seerflow.parsers.windows_rows import Rows, row

_PROGRAM = "process.executable=Image process.pid=ProcessId user.name=User"
_SOURCE = "process.executable=SourceImage process.pid=SourceProcessId user.name=SourceUser"
_FILE = f"{_PROGRAM} file.path=TargetFilename"
_REGISTRY = f"{_PROGRAM} registry.path=TargetObject"
_PARENT = (
    " process.parent.executable=ParentImage process.parent.pid=ParentProcessId"
    " process.parent.command_line=ParentCommandLine"
)

SYSMON: Rows = {
    1: row(
        "process_created",
        "process start .",
        f"{_PROGRAM} process.command_line=CommandLine process.working_directory=CurrentDirectory{_PARENT}",
    ),
    2: row("file_time_changed", "file change .", _FILE),
    3: row("connection", "network start .", f"{_PROGRAM} network.transport=Protocol"),
    4: row("sysmon_state", "process info .", ""),
    5: row("process_ended", "process end .", _PROGRAM),
    6: row("driver_loaded", "driver start .", "file.path=ImageLoaded"),
    7: row("library_loaded", "library start .", f"{_PROGRAM} file.path=ImageLoaded"),
    8: row("remote_thread", "process change .", _SOURCE),
    9: row("raw_access", "file access .", f"{_PROGRAM} file.path=Device"),
    10: row("process_accessed", "process access .", _SOURCE),
    11: row("file_created", "file creation .", _FILE),
    12: row("registry_changed", "registry change .", _REGISTRY),
    13: row("registry_value_set", "registry change .", _REGISTRY),
    14: row("registry_renamed", "registry change .", _REGISTRY),
    15: row("file_stream_created", "file creation .", _FILE),
    16: row("sysmon_configuration", "configuration change .", "file.path=Configuration"),
    17: row("pipe_created", "file creation .", f"{_PROGRAM} file.name=PipeName"),
    18: row("pipe_connected", "file access .", f"{_PROGRAM} file.name=PipeName"),
    19: row("wmi_filter", "configuration change .", "user.name=User"),
    20: row("wmi_consumer", "configuration change .", "user.name=User"),
    21: row("wmi_binding", "configuration change .", "user.name=User"),
    22: row("dns_query", "network info .", f"{_PROGRAM} dns.question.name=QueryName"),
    23: row("file_deleted", "file deletion .", _FILE),
    24: row("clipboard_changed", "process info .", _PROGRAM),
    25: row("process_tampered", "process change .", _PROGRAM),
    26: row("file_deleted", "file deletion .", _FILE),
    27: row("executable_blocked", "file denied .", _FILE),
    28: row("shredding_blocked", "file denied .", _FILE),
    29: row("executable_found", "file info .", _FILE),
    255: row("sysmon_error", "process error failure", ""),
}
