"""What the services of Unix hosts say, by program: one row a kind of message, the first that fits is meant.

References: the services' own sources: util-linux login-utils/login.c, FreeBSD usr.bin/login, vsftpd logging.c,
ProFTPD modules/mod_auth.c, Pure-FTPd src/messages_en.h, Dropbear svr-auth*.c, polkit src/polkitbackend, OpenDoas doas.c,
systemd src/core and src/login, cronie src, xrdp sesman, TigerVNC common/network and RealVNC's documentation,
Samba auth/auth_log.c and source3/auth, MIT krb5 kdc/kdc_log.c, ISC dhclient, OpenBSD ftpd, Apple's screensharingd.
"""

import re
from collections.abc import Mapping

from msgspec import Struct


class Row(Struct, frozen=True):
    """One kind of message: a word that stands in it, its shape, and what it means."""

    word: str
    shape: re.Pattern[str]
    action: str
    category: str
    type: str
    outcome: str


def row(word: str, shape: str, action: str, meaning: str = ". info .") -> Row:
    """Give a row; `meaning` is category, type and outcome, `.` for none."""
    category, kind, outcome = ("" if part == "." else part for part in meaning.split())
    return Row(word, re.compile(shape), action, category, kind, outcome)


# fmt: off
_FAIL, _GOOD = "authentication start failure", "authentication start success"
_U = r"(?P<user>[^\s,;:()'\"\[\]]{1,256})"
_S = r"(?P<source>[^\s,;()'\"]{1,255})"
_IP = r"\[(?P<source>[0-9a-fA-F:.%\w]{2,64})\]"

_LOGIN = (
    row("FAILED LOGIN", rf"FAILED LOGIN \(?\d{{1,6}}\)? FROM {_S} FOR (?P<user>[^,]{{1,256}}), (?P<reason>.{{1,256}})", "login", _FAIL),
    row("FAILED LOGIN", r"FAILED LOGIN SESSION FROM (?P<source>\S{1,255}) FOR (?P<user>[^,]{1,256}), (?P<reason>.{1,256})", "login", _FAIL),
    row("FAILED LOGIN", r"FAILED LOGIN \(\d{1,6}\) on '(?P<tty>[^']{1,64})'(?: from '(?P<source>[^']{1,255})')? FOR '(?P<user>[^']{1,256})', (?P<reason>.{1,256})", "login", _FAIL),
    row("LOGIN FAILURE", rf"\d{{1,6}} LOGIN FAILURES? (?:ON (?P<tty>\S{{1,64}})|FROM {_S})(?:, (?P<user>\S{{1,256}}))?", "login", _FAIL),
    row("invalid password", rf"invalid password for '{_U}' on '(?P<tty>[^']{{1,64}})'(?: from '(?P<source>[^']{{1,255}})')?", "login", _FAIL),
    row("TOO MANY LOGIN", rf"TOO MANY LOGIN TRIES \(\d{{1,6}}\) FROM {_S} FOR (?P<user>[^,]{{1,256}}), (?P<reason>.{{1,256}})", "login_too_many_failures", ". info failure"),
    row("ROOT LOGIN", r"ROOT LOGIN (?:\((?P<user>[^)]{1,64})\) )?ON '?(?P<tty>[^\s']{1,64})'?(?: FROM '?(?P<source>[^\s']{1,255})'?)?", "login", _GOOD),
    row("LOGIN ON", rf"LOGIN ON (?P<tty>\S{{1,64}}) BY {_U}(?: FROM {_S})?", "login", _GOOD),
    row("login on", r"login on (?P<tty>\S{1,64}) as (?P<user>\S{1,256})", "login", _GOOD),
)
_V = r"(?:\[pid \d{1,10}\] )?(?:\[(?P<user>[^\]]{1,256})\] )?"
_C = r"Client \"(?P<source>[^\"]{1,64})\""
_VSFTPD = (
    row("FAIL LOGIN", rf"{_V}FAIL LOGIN: {_C}", "ftp_login", _FAIL),
    row("OK LOGIN", rf"{_V}OK LOGIN: {_C}", "ftp_login", _GOOD),
    row("CONNECT", rf"{_V}CONNECT: {_C}", "ftp_connection", "network start ."),
    row("DOWNLOAD", rf"{_V}OK DOWNLOAD: {_C}, \"(?P<file>[^\"]{{1,4096}})\"", "ftp_download", "file access success"),
    row("UPLOAD", rf"{_V}OK UPLOAD: {_C}, \"(?P<file>[^\"]{{1,4096}})\"", "ftp_upload", "file creation success"),
    row("DELETE", rf"{_V}OK DELETE: {_C}, \"(?P<file>[^\"]{{1,4096}})\"", "ftp_delete", "file deletion success"),
    row("FTP response", rf"{_V}FTP response: {_C}, \"530 (?P<reason>[^\"]{{0,256}})\"", "ftp_response", ". info failure"),
    row("FTP ", rf"{_V}FTP (?:response|command): {_C}, \"(?P<what>[^\"]{{0,1024}})\"", "ftp_command"),
    row("FAIL ", rf"{_V}FAIL (?:DOWNLOAD|UPLOAD|DELETE|MKDIR|RENAME|CHMOD|RMDIR): {_C}(?:, \"(?P<file>[^\"]{{1,4096}})\")?", "ftp_refused", "file access failure"),
)
_P = r"\((?:[^\s\[\]()]{0,255})\[(?:::ffff:)?(?P<source>[0-9a-fA-F:.]{2,64})\]\)(?: - |: | )"
_PROFTPD = (
    row("no such user", rf"{_P}USER (?P<user>.{{1,256}}?): no such user found from ", "ftp_login", _FAIL),
    row("Login failed", rf"{_P}USER (?P<user>.{{1,256}}?) \(Login failed\): (?P<reason>.{{1,256}})", "ftp_login", _FAIL),
    row("Login successful", rf"{_P}(?:USER|ANON) (?P<user>.{{1,256}}?): Login successful", "ftp_login", _GOOD),
    row("SECURITY VIOLATION", rf"{_P}SECURITY VIOLATION: (?P<user>\S{{1,256}}) login attempted", "ftp_login", _FAIL),
    row("Maximum login attempts", rf"{_P}Maximum login attempts", "ftp_too_many_failures", ". info failure"),
    row("FTP session opened", rf"{_P}FTP session opened", "ftp_connection", "network start ."),
    row("FTP session closed", rf"{_P}FTP session closed", "ftp_connection_closed", "network end ."),
)
_PURE = r"\((?:\?|(?P<by>[^@()]{1,256}))@(?P<source>[^)\s]{1,255})\) \[[A-Z]{4,8}\] "
_PUREFTPD = (
    row("Authentication failed", rf"{_PURE}Authentication failed for user \[(?P<user>[^\]]{{0,256}})\]", "ftp_login", _FAIL),
    row("is now logged in", rf"{_PURE}(?P<user>\S{{1,256}}) is now logged in", "ftp_login", _GOOD),
    row("New connection", rf"{_PURE}New connection from ", "ftp_connection", "network start ."),
    row("Logout", r"^\((?P<user>[^@()]{1,256})@(?P<source>[^)\s]{1,255})\) \[[A-Z]{4,8}\] Logout", "ftp_logout", "session end ."),
    row("uploaded", r"^\((?P<user>[^@()]{1,256})@(?P<source>[^)\s]{1,255})\) \[NOTICE\] (?P<file>.{1,4096}) uploaded ", "ftp_upload", "file creation success"),
    row("downloaded", r"^\((?P<user>[^@()]{1,256})@(?P<source>[^)\s]{1,255})\) \[NOTICE\] (?P<file>.{1,4096}) downloaded ", "ftp_download", "file access success"),
    row("Deleted", r"^\((?P<user>[^@()]{1,256})@(?P<source>[^)\s]{1,255})\) \[NOTICE\] Deleted (?P<file>.{1,4096})", "ftp_delete", "file deletion success"),
)
_FTPD = (
    row("FTP LOGIN FROM", rf"FTP LOGIN FROM \S{{1,255}} {_IP},? (?:as )?{_U}", "ftp_login", _GOOD),
    row("FTP LOGIN FROM", rf"FTP LOGIN FROM {_S},? (?:as )?{_U}", "ftp_login", _GOOD),
    row("FTP LOGIN FAILED", rf"FTP LOGIN FAILED FROM {_S}, (?:as )?{_U}", "ftp_login", _FAIL),
    row("FTP LOGIN REFUSED", rf"FTP LOGIN REFUSED .{{0,128}}FROM \S{{1,255}} {_IP}, {_U}", "ftp_login", _FAIL),
    row("failed login from", rf"failed login from \S{{1,255}} {_IP}", "ftp_login", _FAIL),
    row("login failed", rf"[Ll]ogin failed for {_U} from {_S}", "ftp_login", _FAIL),
    row("login failed from", rf"login failed from {_S}", "ftp_login", _FAIL),
    row("connection from", rf"connection from (?:\S{{1,255}} )?\[?{_S}\]?", "ftp_connection", "network start ."),
)
_DROPBEAR = (
    row("password attempt", r"[Bb]ad (?:PAM )?password attempt for '(?P<user>.{0,256})' from (?P<source>\S{2,72})", "ssh_login", _FAIL),
    row("ogin attempt for nonexistent user", r"[Ll]ogin attempt for nonexistent user(?: '(?P<user>.{0,256})')? from (?P<source>\S{2,72})", "ssh_login", _FAIL),
    row("auth succeeded", r"(?:[Pp]assword|PAM password|[Pp]ubkey) auth succeeded for '(?P<user>.{0,256})'(?: with .{1,256})? from (?P<source>\S{2,72})", "ssh_login", _GOOD),
    row("authentication failed", r"(?:pam_authenticate\(\) failed|[Aa]uthentication failed).{0,128}", "ssh_login", ". info failure"),
    row("before auth", r"[Ee]xit before auth(?: from <(?P<source>[^>]{2,72})>)?(?:[: ]{0,2}\(user '(?P<user>.{0,256})', \d{1,6} fails\))?: (?P<reason>.{1,256})", "ssh_disconnect", ". end ."),
    row("after auth", r"[Ee]xit after auth \((?P<user>.{0,256})\)", "ssh_disconnect", "session end ."),
    row("xit (", r"[Ee]xit \((?P<user>.{0,256}?)\)", "ssh_disconnect", "session end ."),
    row("hild connection from", r"[Cc]hild connection from (?P<source>\S{2,72})", "ssh_connection", "network start ."),
)
_POLKIT = (
    row("successfully authenticated as", r"Operator of \S{1,256} successfully authenticated as unix-user:(?P<as>\S{1,256}) to gain .{1,64} for action (?P<action>\S{1,256}) .{0,1024}owned by unix-user:(?P<user>[^\s)]{1,256})", "polkit_authentication", _GOOD),
    row("FAILED to authenticate", r"Operator of \S{1,256} FAILED to authenticate to gain .{1,64} for action (?P<action>\S{1,256}) .{0,1024}owned by unix-user:(?P<user>[^\s)]{1,256})", "polkit_authentication", _FAIL),
    row("Registered Authentication Agent", r"Registered Authentication Agent for (?P<session>\S{1,256})", "polkit_agent"),
)
_PKEXEC = (
    row("Executing command", r"^(?P<user>\S{1,256}): Executing command \[USER=(?P<as>[^\]]{1,256})\] \[TTY=[^\]]{0,64}\] \[CWD=(?P<cwd>[^\]]{1,4096})\] \[COMMAND=(?P<command>.{1,4096})\]", "pkexec_command", "process start success"),
    row("Error executing command", r"^(?P<user>\S{1,256}): Error executing command as another user: (?P<reason>[^\[]{1,256}?) \[USER=(?P<as>[^\]]{1,256})\]", "pkexec_denied", "iam denied failure"),
)
_DOAS = (
    row("failed auth for", r"failed auth for (?P<user>\S{1,256})", "doas_login", _FAIL),
    row("failed command for", r"(?:failed command|command not permitted) for (?P<user>[^\s:]{1,256}): (?P<command>.{1,4096})", "doas_denied", "iam denied failure"),
    row("ran command", r"^(?P<user>\S{1,256}) ran command (?P<command>.{1,4096}) as (?P<as>\S{1,256}) from (?P<cwd>.{1,4096})", "doas_command", "process start success"),
    row("ran command as", r"^(?P<user>\S{1,256}) ran command as (?P<as>[^\s:]{1,256}): (?P<command>.{1,4096})", "doas_command", "process start success"),
)
_SYSTEMD = (
    row("Failed to start", r"Failed to start (?P<service>\S{1,128}\.[a-z]{3,9}(?= - )|.{1,256}?)(?: - .{0,256}?)?\.?$", "service_start", "process start failure"),
    row("Failed with result", r"^(?P<service>\S{1,256}): Failed with result '(?P<reason>[^']{1,64})'", "service_failed", "process end failure"),
    row("process exited", r"^(?P<service>\S{1,256}): (?:Main|Control) process exited, code=(?P<reason>.{1,128})", "service_exited", "process end ."),
    row("Started ", r"^Started (?P<service>\S{1,128}\.[a-z]{3,9}(?= - )|.{1,256}?)(?: - .{0,256}?)?\.?$", "service_start", "process start success"),
    row("Stopped ", r"^Stopped (?P<service>\S{1,128}\.[a-z]{3,9}(?= - )|.{1,256}?)(?: - .{0,256}?)?\.?$", "service_stop", "process end success"),
    row("Starting ", r"^Starting (?P<service>\S{1,128}\.[a-z]{3,9}(?= - )|.{1,256}?)(?: - .{0,256}?)?(?:\.\.\.)?$", "service_starting", "process info ."),
    row("Stopping ", r"^Stopping (?P<service>\S{1,128}\.[a-z]{3,9}(?= - )|.{1,256}?)(?: - .{0,256}?)?(?:\.\.\.)?$", "service_stopping", "process info ."),
    row("Time has been changed", r"Time has been changed", "time_changed", "host change ."),
    row("Reached target", r"Reached target (?P<service>.{1,256}?)\.?$", "target_reached", "host info ."),
)
_LOGIND = (
    row("New session", r"New session '?(?P<session>[^\s']{1,64})'? of user '?(?P<user>[^\s']{1,256}?)'?(?: with .{1,256})?\.?$", "session_opened", "session start success"),
    row("Removed session", r"Removed session (?P<session>\S{1,64})\.", "session_removed", "session end ."),
    row("logged out", r"Session (?P<session>\S{1,64}) logged out", "session_closed", "session end ."),
    row("System is powering down", r"System is (?:powering down|rebooting)", "system_stopped", "host end ."),
)
_CRON = (
    row("CMD", r"^\((?P<user>[^)]{1,256})\) CMD \(\s?(?P<command>.{1,4096})\)", "cron_command", "process start ."),
    row("RELOAD", r"^\((?P<user>[^)]{1,256})\) RELOAD \((?P<file>[^)]{1,4096})\)", "cron_reloaded", "configuration change ."),
    row("REPLACE", r"^\((?P<user>[^)]{1,256})\) REPLACE \((?P<target>[^)]{1,256})\)", "crontab_replaced", "configuration change success"),
    row("DELETE", r"^\((?P<user>[^)]{1,256})\) DELETE \((?P<target>[^)]{1,256})\)", "crontab_deleted", "configuration deletion success"),
    row("EDIT", r"^\((?P<user>[^)]{1,256})\) (?:BEGIN|END) EDIT \((?P<target>[^)]{1,256})\)", "crontab_edited", "configuration change ."),
    row("LIST", r"^\((?P<user>[^)]{1,256})\) LIST \((?P<target>[^)]{1,256})\)", "crontab_listed", "configuration access ."),
    row("AUTH", r"^\((?P<user>[^)]{1,256})\) AUTH \((?P<reason>[^)]{1,256})\)", "crontab_denied", "iam denied failure"),
)
_XRDP = (
    row("AUTHFAIL", r"AUTHFAIL: user=(?P<user>\S{1,256}) ip=(?:::ffff:)?(?P<source>\S{2,64})", "remote_desktop_login", _FAIL),
    row("login failed for", r"login failed for (?:user:? |display )?(?P<user>[^\s,]{1,256})", "remote_desktop_login", _FAIL),
    row("login successful for", r"login successful for (?:user:? |display )?(?P<user>[^\s,]{1,256})", "remote_desktop_login", _GOOD),
    row("created session", r"created session \(access granted\): username (?P<user>[^\s,]{1,256}), ip (?:::ffff:)?(?P<source>\S{2,72})", "session_opened", "session start success"),
    row("connection received from", r"connection received from (?:::ffff:)?(?P<source>[0-9a-fA-F:.]{2,64}) port (?P<port>\d{1,5})", "remote_desktop_connection", "network start ."),
)
_VNC = (
    row("authenticated", r"Connections: authenticated: (?P<source>\S{2,72})(?: \([A-Z]{2,8}\))?, as (?P<user>[^\s(]{1,256})", "vnc_login", _GOOD),
    row("AuthFailure", r"Connections: (?:disconnected|closed): (?P<source>\S{2,72}).{0,64}AuthFailure", "vnc_login", _FAIL),
    row("uthentication fail", r"[Aa]uthentication fail(?:ed|ure).{0,32}? (?:from|for) (?P<source>[0-9a-fA-F:.]{2,72})", "vnc_login", _FAIL),
    row("password check failed", r"password check failed", "vnc_login", _FAIL),
    row("accepted", r"Connections: accepted: (?P<source>\S{2,72})", "vnc_connection", "network start ."),
    row("connected", r"Connections: connected: (?P<source>\S{2,72})", "vnc_connection", "network start ."),
    row("closed", r"Connections: (?:disconnected|closed): (?P<source>\S{2,72})", "vnc_disconnect", "network end ."),
    row("connection from client", r"[Gg]ot connection from client (?P<source>\S{2,72})", "vnc_connection", "network start ."),
)
_SMB_AUTH = r"Auth: \[(?P<what>[^\]]{1,64})\] user \[(?P<domain>[^\]]{0,256})\]\\\[(?P<user>[^\]]{0,256})\] at \[[^\]]{1,64}\] with \[[^\]]{0,64}\] status \[(?P<reason>NT_STATUS_\w{1,64})\].{0,128}? remote host \[(?P<source>[^\]]{2,72})\]"
_SAMBA = (
    row("NT_STATUS_OK", _SMB_AUTH.replace(r"NT_STATUS_\w{1,64}", "NT_STATUS_OK"), "smb_login", _GOOD),
    row("Auth: [", _SMB_AUTH, "smb_login", _FAIL),
    row("FAILED with error", r"[Aa]uthentication for user \[(?P<user>[^\]]{0,256})\](?: -> \[[^\]]{0,256}\])? (?:FAILED|has FAILED) with error (?P<reason>\w{1,64})", "smb_login", _FAIL),
    row("succeeded", r"authentication for user \[(?P<user>[^\]]{0,256})\].{0,600} succeeded", "smb_login", _GOOD),
    row("connect to service", r"\((?:ipv[46]:)?(?P<source>[0-9a-fA-F:.]{2,72})\) (?:signed )?connect to service (?P<file>\S{1,256}) initially as user (?P<user>\S{1,256})", "share_connected", "session start success"),
    row("closed connection to service", r"\((?:ipv[46]:)?(?P<source>[0-9a-fA-F:.]{2,72})\) closed connection to service (?P<file>\S{1,256})", "share_disconnected", "session end ."),
)
_SMB_AUDIT = (
    row("|", r"^(?P<user>[^|]{1,256})\|(?P<source>[0-9a-fA-F:.]{2,64})\|[^|]{0,256}\|(?P<what>\w{2,32})\|ok\|(?:[rw]\|)?(?P<file>.{0,4096})", "share_access", "file access success"),
    row("|fail", r"^(?P<user>[^|]{1,256})\|(?P<source>[0-9a-fA-F:.]{2,64})\|[^|]{0,256}\|(?P<what>\w{2,32})\|fail (?P<reason>[^|]{0,256})\|(?:[rw]\|)?(?P<file>.{0,4096})", "share_access", "file access failure"),
)
_K = r"\([^)]{1,256}\) (?P<source>[0-9a-fA-F:.]{2,64}): "
_PRINCIPAL = r"(?P<user>[^\s@,]{1,256})@(?P<domain>[^\s,]{1,256}) for (?P<service>[^\s,]{1,256})"
_KDC = (
    row("NEEDED_PREAUTH", rf"AS_REQ {_K}NEEDED_PREAUTH: {_PRINCIPAL}", "kerberos_preauthentication_asked"),
    row("AS_REQ", rf"AS_REQ {_K}ISSUE: .{{0,256}}?, {_PRINCIPAL}", "kerberos_ticket", _GOOD),
    row("AS_REQ", rf"AS_REQ {_K}(?P<reason>[A-Z_]{{3,64}}): (?:.{{0,256}}?, )?{_PRINCIPAL}", "kerberos_ticket", _FAIL),
    row("TGS_REQ", rf"TGS_REQ {_K}ISSUE: .{{0,256}}?, {_PRINCIPAL}", "kerberos_service_ticket", ". info success"),
    row("TGS_REQ", rf"TGS_REQ {_K}(?P<reason>[A-Z_]{{3,64}}): (?:.{{0,256}}?, )?{_PRINCIPAL}", "kerberos_service_ticket", ". info failure"),
    row("preauth", r"preauth \(\w{1,64}\) verify failure: (?P<reason>.{1,256})", "kerberos_preauthentication", ". info failure"),
)
_KADMIN = (
    row("Request: ", r"Request: (?P<what>\w{1,64}), (?P<target>[^\s,]{1,256}), success, client=(?P<user>[^\s,]{1,256}),.{0,256}?addr=(?P<source>[0-9a-fA-F:.]{2,64})", "kadmin_request", "iam change success"),
    row("Request: ", r"Request: (?P<what>\w{1,64}), (?P<target>[^\s,]{1,256}), (?P<reason>[^,]{1,256}), client=(?P<user>[^\s,]{1,256}),.{0,256}?addr=(?P<source>[0-9a-fA-F:.]{2,64})", "kadmin_request", "iam change failure"),
)
_DHCLIENT = (
    row("DHCPACK", r"DHCPACK (?:of (?P<mine>[0-9.]{7,15}) )?from (?P<to>[0-9.]{7,15})", "dhcp_acknowledged", "network info success"),
    row("DHCPNAK", r"DHCPNAK from (?P<to>[0-9.]{7,15})", "dhcp_refused", "network info failure"),
    row("DHCPREQUEST", r"DHCPREQUEST (?:of|for|on) .{1,128} to (?P<to>[0-9.]{7,15}) port (?P<to_port>\d{1,5})", "dhcp_requested", "network info ."),
    row("bound to", r"bound to (?P<mine>[0-9.]{7,15})", "dhcp_bound", "network info success"),
)
_RSHD = (
    row("illegal port", r"Connection from (?P<source>\S{2,255}) on illegal port", "connection_refused", "network denied failure"),
    row("denied", r"^(?P<user>\S{1,256})@(?P<source>\S{2,255}) as (?P<as>\S{1,256}): permission denied", "rsh_login", _FAIL),
)
_TELNETD = (
    row("connect from", r"connect from (?P<source>[^\s(]{2,255})", "telnet_connection", "network start ."),
)
_SCREEN = (
    row("SUCCEEDED", r"Authentication: SUCCEEDED :: User Name: (?P<user>.{1,256}?) :: Viewer Address: (?P<source>\S{2,72})", "screen_sharing_login", _GOOD),
    row("FAILED", r"Authentication: FAILED :: User Name: (?P<user>.{1,256}?) :: Viewer Address: (?P<source>\S{2,72})", "screen_sharing_login", _FAIL),
)
_LOGINWINDOW = (
    row("sessionDidLogin", r"com\.apple\.sessionDidLogin, with userID:(?P<uid>\d{1,10})", "session_opened", "session start success"),
    row("sessionDidLogout", r"com\.apple\.sessionDidLogout, with userID:(?P<uid>\d{1,10})", "session_closed", "session end success"),
    row("screenIsUnlocked", r"screenIsUnlocked, with userID:(?P<uid>\d{1,10})", "screen_unlocked", "session start success"),
    row("screenIsLocked", r"screenIsLocked, with userID:(?P<uid>\d{1,10})", "screen_locked", "session info success"),
    row("Login Window login proceeding", r"Login Window login proceeding", "login_proceeding"),
    row("USER_PROCESS", r"USER_PROCESS: (?P<pid>\d{1,10}) (?P<tty>\S{1,32})", "session_opened", "session start success"),
    row("DEAD_PROCESS", r"DEAD_PROCESS: (?P<pid>\d{1,10}) (?P<tty>\S{1,32})", "session_closed", "session end ."),
    row("Login failed", r"[Ll]ogin failed for (?:user )?(?P<user>\S{1,256})", "login", _FAIL),
)
_SECURITYD = (
    row("created, uid", r"Session (?P<session>\d{1,10}) created, uid:(?P<uid>\d{1,10})", "session_created", "session info ."),
    row("destroyed", r"Session (?P<session>\d{1,10}) destroyed", "session_destroyed", "session end ."),
    row("Failed to authorize", r"Failed to authorize right '(?P<right>[^']{1,256})' by client '(?P<process>[^']{1,1024})'", "authorization_refused", "iam denied failure"),
    row("Succeeded authorizing", r"Succeeded authorizing right '(?P<right>[^']{1,256})' by client '(?P<process>[^']{1,1024})'", "authorization_granted", "iam info success"),
)
_TCCD = (
    row("Update Access Record", r"Update Access Record: (?P<service>\w{1,128}) for (?P<process>\S{1,256}) to Allowed", "privacy_access_granted", "iam change success"),
    row("Update Access Record", r"Update Access Record: (?P<service>\w{1,128}) for (?P<process>\S{1,256}) to Denied", "privacy_access_denied", "iam denied failure"),
)
_LOGOUTD = (row("logout is complete", r"logout is complete", "logout", "session end success"),)
_OPENDIRECTORYD = (
    row("uthentication", r"Failed to authenticate user <(?P<user>[^>]{1,256})>(?: \(error: (?P<reason>[^)]{1,64})\))?", "directory_login", ". info failure"),
)
_COCKPIT = (
    row("logged in user", r"logged in user(?: session)?:? (?P<user>\S{1,256})", "web_console_login", ". info success"),
    row("uthentication failed", r"[Aa]uthentication failed(?:: (?P<reason>.{1,256}))?", "web_console_login", ". info failure"),
    row("New connection", r"New connection (?:to session )?from (?P<source>\S{2,64})", "web_console_connection", "network start ."),
)
_SCANLOGD = (
    row(" ports ", r"^(?P<source>[0-9a-fA-F.:]{2,64}) to (?P<to>[0-9a-fA-F.:]{2,64}) ports (?P<scanned>[\d, ]{1,256})", "port_scan", "intrusion_detection denied failure"),
)
_FAIL2BAN = (
    row("Unban", r"\[(?P<jail>[^\]]{1,64})\] Unban (?P<source>[0-9a-fA-F:.]{2,64})", "unban", "intrusion_detection end ."),
    row("Ban", r"\[(?P<jail>[^\]]{1,64})\] (?:Restore )?Ban (?P<source>[0-9a-fA-F:.]{2,64})", "ban", "intrusion_detection denied failure"),
    row("Found", r"\[(?P<jail>[^\]]{1,64})\] Found (?P<source>[0-9a-fA-F:.]{2,64})", "found", "intrusion_detection info failure"),
)
_NETWORKMANAGER = (
    row("state change", r"device \((?P<device>[^)]{1,64})\): state change: (?P<what>.{1,128}?) \(reason '(?P<reason>[^']{1,64})'", "device_state", "network info ."),
    row("dhcp", r"dhcp[46] \((?P<device>[^)]{1,64})\): .{0,64}address=(?P<mine>[0-9a-fA-F:.]{2,64})", "dhcp_bound", "network info success"),
)
_DBUS = (
    row("Rejected send message", r"Rejected send message.{0,512}? sender=\"(?P<sender>[^\"]{1,256})\" \(uid=(?P<uid>\d{1,10}) pid=(?P<pid>\d{1,10}) comm=\"(?P<command>[^\"]{0,1024})\"", "message_refused", "process denied failure"),
    row("Activating", r"Activating (?:via systemd: )?service name='(?P<service>[^']{1,256})'.{0,512}?\(uid=(?P<uid>\d{1,10}) pid=(?P<pid>\d{1,10}) comm=\"(?P<command>[^\"]{0,1024})\"", "service_activating", "process info ."),
    row("Successfully activated", r"Successfully activated service '(?P<service>[^']{1,256})'", "service_activated", "process start success"),
)
_KRB5_CHILD = (
    row("Preauthentication failed", r"(?P<reason>Preauthentication failed)", "kerberos_preauthentication", ". info failure"),
)

# fmt: on
PROGRAMS: Mapping[str, tuple[Row, ...]] = {
    "login": _LOGIN,
    "vsftpd": _VSFTPD,
    "proftpd": _PROFTPD,
    "pure-ftpd": _PUREFTPD,
    "ftpd": _FTPD,
    "dropbear": _DROPBEAR,
    "polkitd": _POLKIT,
    "pkexec": _PKEXEC,
    "doas": _DOAS,
    "systemd": _SYSTEMD,
    "systemd-logind": _LOGIND,
    "cron": _CRON,
    "crontab": _CRON,
    "xrdp": _XRDP,
    "xrdp-sesman": _XRDP,
    "vncserver": _VNC,
    "vncserver-x11": _VNC,
    "x11vnc": _VNC,
    "smbd": _SAMBA,
    "samba": _SAMBA,
    "winbindd": _SAMBA,
    "smbd_audit": _SMB_AUDIT,
    "krb5kdc": _KDC,
    "kadmind": _KADMIN,
    "krb5_child": _KRB5_CHILD,
    "dhclient": _DHCLIENT,
    "networkmanager": _NETWORKMANAGER,
    **dict.fromkeys(["rshd", "rlogind", "in.rshd"], _RSHD),
    **dict.fromkeys(["telnetd", "in.telnetd"], _TELNETD),
    **dict.fromkeys(["cockpit-ws", "cockpit-session", "cockpit-tls"], _COCKPIT),
    "dbus": _DBUS,
    "dbus-daemon": _DBUS,
    "scanlogd": _SCANLOGD,
    "fail2ban": _FAIL2BAN,
    "fail2ban-server": _FAIL2BAN,
    "fail2ban.actions": _FAIL2BAN,
    "fail2ban.filter": _FAIL2BAN,
    "screensharingd": _SCREEN,
    "loginwindow": _LOGINWINDOW,
    "securityd": _SECURITYD,
    "authd": _SECURITYD,
    "tccd": _TCCD,
    "sessionlogoutd": _LOGOUTD,
    **dict.fromkeys(["opendirectoryd", "authorizationhost"], _OPENDIRECTORYD),
}
