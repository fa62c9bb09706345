"""Names of the numbers in audit records: system calls, machines, record types.

References: https://github.com/torvalds/linux arch/x86/entry/syscalls/syscall_64.tbl,
include/uapi/asm-generic/unistd.h (aarch64), include/uapi/linux/audit.h (record types), elf-em.h (machines).
"""

from collections.abc import Mapping

# By number from 0; `-` stands for none
_X86_64 = (
    "read write open close stat fstat lstat poll lseek mmap mprotect munmap brk rt_sigaction "
    "rt_sigprocmask rt_sigreturn ioctl pread64 pwrite64 readv writev access pipe select sched_yield "
    "mremap msync mincore madvise shmget shmat shmctl dup dup2 pause nanosleep getitimer alarm setitimer "
    "getpid sendfile socket connect accept sendto recvfrom sendmsg recvmsg shutdown bind listen "
    "getsockname getpeername socketpair setsockopt getsockopt clone fork vfork execve exit wait4 kill "
    "uname semget semop semctl shmdt msgget msgsnd msgrcv msgctl fcntl flock fsync fdatasync truncate "
    "ftruncate getdents getcwd chdir fchdir rename mkdir rmdir creat link unlink symlink readlink chmod "
    "fchmod chown fchown lchown umask gettimeofday getrlimit getrusage sysinfo times ptrace getuid syslog "
    "getgid setuid setgid geteuid getegid setpgid getppid getpgrp setsid setreuid setregid getgroups "
    "setgroups setresuid getresuid setresgid getresgid getpgid setfsuid setfsgid getsid capget capset "
    "rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_sigsuspend sigaltstack utime mknod uselib "
    "personality ustat statfs fstatfs sysfs getpriority setpriority sched_setparam sched_getparam "
    "sched_setscheduler sched_getscheduler sched_get_priority_max sched_get_priority_min "
    "sched_rr_get_interval mlock munlock mlockall munlockall vhangup modify_ldt pivot_root _sysctl prctl "
    "arch_prctl adjtimex setrlimit chroot sync acct settimeofday mount umount2 swapon swapoff reboot "
    "sethostname setdomainname iopl ioperm create_module init_module delete_module get_kernel_syms "
    "query_module quotactl nfsservctl getpmsg putpmsg afs_syscall tuxcall security gettid readahead "
    "setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr "
    "removexattr lremovexattr fremovexattr tkill time futex sched_setaffinity sched_getaffinity "
    "set_thread_area io_setup io_destroy io_getevents io_submit io_cancel get_thread_area lookup_dcookie "
    "epoll_create epoll_ctl_old epoll_wait_old remap_file_pages getdents64 set_tid_address "
    "restart_syscall semtimedop fadvise64 timer_create timer_settime timer_gettime timer_getoverrun "
    "timer_delete clock_settime clock_gettime clock_getres clock_nanosleep exit_group epoll_wait "
    "epoll_ctl tgkill utimes vserver mbind set_mempolicy get_mempolicy mq_open mq_unlink mq_timedsend "
    "mq_timedreceive mq_notify mq_getsetattr kexec_load waitid add_key request_key keyctl ioprio_set "
    "ioprio_get inotify_init inotify_add_watch inotify_rm_watch migrate_pages openat mkdirat mknodat "
    "fchownat futimesat newfstatat unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat "
    "pselect6 ppoll unshare set_robust_list get_robust_list splice tee sync_file_range vmsplice "
    "move_pages utimensat epoll_pwait signalfd timerfd_create eventfd fallocate timerfd_settime "
    "timerfd_gettime accept4 signalfd4 eventfd2 epoll_create1 dup3 pipe2 inotify_init1 preadv pwritev "
    "rt_tgsigqueueinfo perf_event_open recvmmsg fanotify_init fanotify_mark prlimit64 name_to_handle_at "
    "open_by_handle_at clock_adjtime syncfs sendmmsg setns getcpu process_vm_readv process_vm_writev kcmp "
    "finit_module sched_setattr sched_getattr renameat2 seccomp getrandom memfd_create kexec_file_load "
    "bpf execveat userfaultfd membarrier mlock2 copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc "
    "pkey_free statx io_pgetevents rseq "
)
_AARCH64 = (
    "io_setup io_destroy io_submit io_cancel io_getevents setxattr lsetxattr fsetxattr getxattr lgetxattr "
    "fgetxattr listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr getcwd "
    "lookup_dcookie eventfd2 epoll_create1 epoll_ctl epoll_pwait dup dup3 fcntl inotify_init1 "
    "inotify_add_watch inotify_rm_watch ioctl ioprio_set ioprio_get flock mknodat mkdirat unlinkat "
    "symlinkat linkat renameat umount2 mount pivot_root nfsservctl statfs fstatfs truncate ftruncate "
    "fallocate faccessat chdir fchdir chroot fchmod fchmodat fchownat fchown openat close vhangup pipe2 "
    "quotactl getdents64 lseek read write readv writev pread64 pwrite64 preadv pwritev sendfile pselect6 "
    "ppoll signalfd4 vmsplice splice tee readlinkat fstatat fstat sync fsync fdatasync sync_file_range2 "
    "timerfd_create timerfd_settime timerfd_gettime utimensat acct capget capset personality exit "
    "exit_group waitid set_tid_address unshare futex set_robust_list get_robust_list nanosleep getitimer "
    "setitimer kexec_load init_module delete_module timer_create timer_gettime timer_getoverrun "
    "timer_settime timer_delete clock_settime clock_gettime clock_getres clock_nanosleep syslog ptrace "
    "sched_setparam sched_setscheduler sched_getscheduler sched_getparam sched_setaffinity "
    "sched_getaffinity sched_yield sched_get_priority_max sched_get_priority_min sched_rr_get_interval "
    "restart_syscall kill tkill tgkill sigaltstack rt_sigsuspend rt_sigaction rt_sigprocmask "
    "rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_sigreturn setpriority getpriority reboot setregid "
    "setgid setreuid setuid setresuid getresuid setresgid getresgid setfsuid setfsgid times setpgid "
    "getpgid getsid setsid getgroups setgroups uname sethostname setdomainname getrlimit setrlimit "
    "getrusage umask prctl getcpu gettimeofday settimeofday adjtimex getpid getppid getuid geteuid getgid "
    "getegid gettid sysinfo mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr msgget "
    "msgctl msgrcv msgsnd semget semctl semtimedop semop shmget shmctl shmat shmdt socket socketpair bind "
    "listen accept connect getsockname getpeername sendto recvfrom setsockopt getsockopt shutdown sendmsg "
    "recvmsg readahead brk munmap mremap add_key request_key keyctl clone execve mmap fadvise64 swapon "
    "swapoff mprotect msync mlock munlock mlockall munlockall mincore madvise remap_file_pages mbind "
    "get_mempolicy set_mempolicy migrate_pages move_pages rt_tgsigqueueinfo perf_event_open accept4 "
    "recvmmsg arch_specific_syscall - - - - - - - - - - - - - - - wait4 prlimit64 fanotify_init "
    "fanotify_mark - - clock_adjtime syncfs setns sendmmsg process_vm_readv process_vm_writev kcmp "
    "finit_module sched_setattr sched_getattr renameat2 seccomp getrandom memfd_create bpf execveat "
    "userfaultfd membarrier mlock2 copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free "
    "statx "
)
# The same on all machines, from 424
_NEWER = (
    "pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen "
    "fsconfig fsmount fspick pidfd_open clone3 close_range openat2 pidfd_getfd faccessat2 process_madvise "
    "epoll_pwait2 mount_setattr quotactl_fd landlock_create_ruleset landlock_add_rule "
    "landlock_restrict_self memfd_secret process_mrelease futex_waitv set_mempolicy_home_node "
)
# 32 bit x86: what a process of old does to others
_I386 = {
    1: "exit", 2: "fork", 3: "read", 4: "write", 5: "open", 6: "close", 8: "creat", 9: "link", 10: "unlink",
    11: "execve", 12: "chdir", 14: "mknod", 15: "chmod", 21: "mount", 23: "setuid", 26: "ptrace", 37: "kill",
    38: "rename", 39: "mkdir", 40: "rmdir", 46: "setgid", 52: "umount2", 83: "symlink", 94: "fchmod",
    95: "fchown", 102: "socketcall", 120: "clone", 128: "init_module", 129: "delete_module", 136: "personality",
    190: "vfork", 203: "setreuid", 208: "setresuid", 212: "chown", 213: "setuid32", 295: "openat",
    301: "unlinkat", 306: "fchmodat", 350: "finit_module", 358: "execveat", 359: "socket", 361: "bind",
    362: "connect", 363: "listen", 364: "accept4",
}  # fmt: skip


def _numbered(names: str, first: int = 0) -> dict[int, str]:
    return {number: name for number, name in enumerate(names.split(), first) if name != "-"}


_CALLS: Mapping[str, Mapping[int, str]] = {
    "x86_64": _numbered(_X86_64) | _numbered(_NEWER, 424),
    "aarch64": _numbered(_AARCH64) | _numbered(_NEWER, 424),
    "i386": _I386,
}
#: AUDIT_ARCH_*: the ELF machine, with bits for little endian and 64 bit.
MACHINES: Mapping[str, str] = {
    "c000003e": "x86_64",
    "40000003": "i386",
    "c00000b7": "aarch64",
    "40000028": "arm",
    "c0000015": "ppc64le",
    "80000015": "ppc64",
    "80000016": "s390x",
    "c00000f3": "riscv64",
}
_TYPES = {
    1100: "USER_AUTH", 1101: "USER_ACCT", 1102: "USER_MGMT", 1103: "CRED_ACQ", 1104: "CRED_DISP", 1105: "USER_START",
    1106: "USER_END", 1107: "USER_AVC", 1108: "USER_CHAUTHTOK", 1109: "USER_ERR", 1110: "CRED_REFR",
    1111: "USYS_CONFIG", 1112: "USER_LOGIN", 1113: "USER_LOGOUT", 1114: "ADD_USER", 1115: "DEL_USER",
    1116: "ADD_GROUP", 1117: "DEL_GROUP", 1118: "DAC_CHECK", 1119: "CHGRP_ID", 1120: "TEST", 1121: "TRUSTED_APP",
    1122: "USER_SELINUX_ERR", 1123: "USER_CMD", 1124: "USER_TTY", 1125: "CHUSER_ID", 1126: "GRP_AUTH",
    1127: "SYSTEM_BOOT", 1128: "SYSTEM_SHUTDOWN", 1129: "SYSTEM_RUNLEVEL", 1130: "SERVICE_START",
    1131: "SERVICE_STOP", 1132: "GRP_MGMT", 1133: "GRP_CHAUTHTOK", 1134: "MAC_CHECK", 1135: "ACCT_LOCK",
    1136: "ACCT_UNLOCK", 1137: "USER_DEVICE", 1138: "SOFTWARE_UPDATE", 1200: "DAEMON_START", 1201: "DAEMON_END",
    1202: "DAEMON_ABORT", 1203: "DAEMON_CONFIG", 1300: "SYSCALL", 1302: "PATH", 1303: "IPC", 1304: "SOCKETCALL",
    1305: "CONFIG_CHANGE", 1306: "SOCKADDR", 1307: "CWD", 1309: "EXECVE", 1318: "OBJ_PID", 1319: "TTY",
    1320: "EOE", 1321: "BPRM_FCAPS", 1322: "CAPSET", 1323: "MMAP", 1324: "NETFILTER_PKT", 1325: "NETFILTER_CFG",
    1326: "SECCOMP", 1327: "PROCTITLE", 1328: "FEATURE_CHANGE", 1330: "KERN_MODULE", 1331: "FANOTIFY",
    1334: "BPF", 1335: "EVENT_LISTENER", 1400: "AVC", 1401: "SELINUX_ERR", 1402: "AVC_PATH",
    1403: "MAC_POLICY_LOAD", 1404: "MAC_STATUS", 1405: "MAC_CONFIG_CHANGE", 1700: "ANOM_PROMISCUOUS",
    1701: "ANOM_ABEND", 1702: "ANOM_LINK",
}  # fmt: skip


def call(machine: str, number: str) -> str:
    """Give the system call's name on that machine (x86_64 where it is not told); "" where it is not known."""
    if not number.isdecimal() or len(number) > 4:  # noqa: PLR2004  none has more digits
        return "" if number.isdecimal() else number
    return _CALLS.get(machine or "x86_64", {}).get(int(number), "")


def kind(told: str) -> str:
    """Give the name of a record type that the kernel's own log writes as a number; names stay."""
    return _TYPES.get(int(told), f"UNKNOWN[{told}]") if told.isdecimal() and len(told) == 4 else told  # noqa: PLR2004
