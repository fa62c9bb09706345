"""What audit records mean: by type, and for system calls by their name.

Reference: https://github.com/elastic/go-libaudit/tree/main/aucoalesce documents the same classes; the types are those
of https://access.redhat.com/articles/4409591.
"""

from collections.abc import Mapping

#: type -> category, ECS type
TYPES: Mapping[str, tuple[str, str]] = {
    "USER_LOGIN": ("authentication", "start"),
    "USER_LOGOUT": ("session", "end"),
    "USER_ERR": ("authentication", "info"),
    "GRP_AUTH": ("authentication", "start"),
    "USER_START": ("session", "start"),
    "USER_END": ("session", "end"),
    "LOGIN": ("session", "start"),
    "EXECVE": ("process", "start"),
    "SYSCALL": ("process", "info"),
    "PROCTITLE": ("process", "info"),
    "USER_CMD": ("process", "start"),
    "USER_TTY": ("process", "info"),
    "TTY": ("process", "info"),
    "ADD_USER": ("iam", "creation"),
    "DEL_USER": ("iam", "deletion"),
    "ADD_GROUP": ("iam", "creation"),
    "DEL_GROUP": ("iam", "deletion"),
    "USER_MGMT": ("iam", "change"),
    "GRP_MGMT": ("iam", "change"),
    "USER_CHAUTHTOK": ("iam", "change"),
    "GRP_CHAUTHTOK": ("iam", "change"),
    "ACCT_LOCK": ("iam", "change"),
    "ACCT_UNLOCK": ("iam", "change"),
    "CHGRP_ID": ("iam", "change"),
    "CHUSER_ID": ("iam", "change"),
    "ROLE_ASSIGN": ("iam", "change"),
    "ROLE_REMOVE": ("iam", "change"),
    "CONFIG_CHANGE": ("configuration", "change"),
    "FEATURE_CHANGE": ("configuration", "change"),
    "NETFILTER_CFG": ("configuration", "change"),
    "MAC_STATUS": ("configuration", "change"),
    "MAC_CONFIG_CHANGE": ("configuration", "change"),
    "MAC_POLICY_LOAD": ("configuration", "change"),
    "USYS_CONFIG": ("configuration", "change"),
    "TIME_ADJNTPVAL": ("host", "change"),
    "TIME_INJOFFSET": ("host", "change"),
    "SYSTEM_BOOT": ("host", "start"),
    "SYSTEM_SHUTDOWN": ("host", "end"),
    "SYSTEM_RUNLEVEL": ("host", "change"),
    "DAEMON_START": ("process", "start"),
    "DAEMON_RESUME": ("process", "change"),
    "DAEMON_ROTATE": ("process", "change"),
    "DAEMON_CONFIG": ("configuration", "change"),
    "DAEMON_END": ("process", "end"),
    "DAEMON_ABORT": ("process", "end"),
    "SERVICE_START": ("process", "start"),
    "SERVICE_STOP": ("process", "end"),
    "SOFTWARE_UPDATE": ("package", "info"),
    "KERN_MODULE": ("driver", "info"),
    "BPF": ("process", "info"),
    "SECCOMP": ("process", "denied"),
    "ANOM_ABEND": ("process", "end"),
    "ANOM_PROMISCUOUS": ("network", "change"),
    "ANOM_LOGIN_FAILURES": ("intrusion_detection", "info"),
    "ANOM_LOGIN_LOCATION": ("intrusion_detection", "info"),
    "ANOM_LOGIN_SESSIONS": ("intrusion_detection", "info"),
    "ANOM_LOGIN_TIME": ("intrusion_detection", "info"),
    "ANOM_LOGIN_ACCT": ("intrusion_detection", "info"),
    "ANOM_LINK": ("file", "denied"),
    "AVC": ("file", "access"),
    "USER_AVC": ("process", "access"),
    "CRED_ACQ": ("session", "info"),
    "CRED_DISP": ("session", "info"),
    "CRED_REFR": ("session", "info"),
    "PATH": ("file", "info"),
    "SOCKADDR": ("network", "info"),
    "VIRT_CONTROL": ("host", "info"),
    "CRYPTO_LOGIN": ("session", "start"),
    "CRYPTO_LOGOUT": ("session", "end"),
}
_CALLS: tuple[tuple[str, str, str], ...] = (
    ("execve execveat", "process", "start"),
    ("exit exit_group", "process", "end"),
    ("fork vfork clone clone3", "process", "start"),
    ("kill tkill tgkill pidfd_send_signal", "process", "end"),
    ("ptrace process_vm_readv process_vm_writev", "process", "access"),
    ("setuid setreuid setresuid setgid setregid setresgid setfsuid setfsgid capset", "process", "change"),
    ("connect accept accept4", "network", "start"),
    ("bind listen socket socketpair sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg", "network", "info"),
    ("shutdown", "network", "end"),
    (
        "open openat openat2 read readv pread64 readlink readlinkat access faccessat stat lstat",
        "file",
        "access",
    ),
    ("creat mknod mknodat mkdir mkdirat link linkat symlink symlinkat", "file", "creation"),
    ("unlink unlinkat rmdir", "file", "deletion"),
    ("rename renameat renameat2 truncate ftruncate chmod fchmod fchmodat chown lchown", "file", "change"),
    ("fchown fchownat utime utimes utimensat futimesat setxattr lsetxattr fsetxattr", "file", "change"),
    ("mount umount umount2 pivot_root chroot fsmount move_mount", "file", "change"),
    ("init_module finit_module", "driver", "start"),
    ("delete_module", "driver", "end"),
    ("adjtimex clock_adjtime settimeofday stime clock_settime", "host", "change"),
    ("sethostname setdomainname", "host", "change"),
    ("reboot kexec_load kexec_file_load", "host", "change"),
    ("bpf perf_event_open", "process", "info"),
)
#: system call -> category, ECS type
CALLS: Mapping[str, tuple[str, str]] = {
    name: (category, type_) for names, category, type_ in _CALLS for name in names.split()
}
#: Calls whose socket address is the other machine: who began it.
OUTWARD = frozenset({"connect", "sendto", "sendmsg", "sendmmsg"})
INWARD = frozenset({"accept", "accept4", "recvfrom", "recvmsg", "recvmmsg"})
#: Programs that write USER_LOGIN for an attempt; of others, USER_AUTH is the attempt.
LOGIN_PROGRAMS = frozenset(
    {"sshd", "sshd-session", "sshd-auth", "login", "gdm-session-worker", "lightdm", "sddm-helper", "kdm"}
)
#: Types whose acct is the account that is acted upon.
ON_ACCOUNT = frozenset(
    {
        "ADD_USER",
        "DEL_USER",
        "ADD_GROUP",
        "DEL_GROUP",
        "USER_MGMT",
        "GRP_MGMT",
        "USER_CHAUTHTOK",
        "GRP_CHAUTHTOK",
        "ACCT_LOCK",
        "ACCT_UNLOCK",
    }
)
