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

_LINUX_AUTH: tuple[Lane, ...] = (("linux", None, "auth"), ("linux", None, "syslog"))
_LINUX_SYSLOG: tuple[Lane, ...] = (("linux", None, "syslog"),)

#: event.dataset -> lanes, where they are more than (product, None, service) read off the name.
DATASETS: Mapping[str, tuple[Lane, ...]] = {
    **{
        f"linux.{service}": (("linux", None, service), *_LINUX_AUTH)
        for service in (
            "sshd",
            "sudo",
            "su",
            "pam",
            "useradd",
            "usermod",
            "groupadd",
            "passwd",
            "login",
            "auth",
        )
    },
    **{
        f"linux.{service}": (("linux", None, service), *_LINUX_SYSLOG)
        for service in ("syslog", "cron", "clamav", "vsftpd", "guacamole", "kernel", "systemd", "iptables")
    },
    "linux.iptables": (("linux", "firewall", "iptables"), *_LINUX_SYSLOG),
    "syslog": _LINUX_SYSLOG,
    "syslog.generic": _LINUX_SYSLOG,
    "apache.access": ((None, "webserver", "apache"),),
    "apache.error": ((None, None, "apache"),),
    "nginx.access": ((None, "webserver", "nginx"),),
    "nginx.error": ((None, None, "nginx"),),
    "web.access": ((None, "webserver", None),),
    "iis.access": (("windows", "webserver", "iis"),),
    **{
        f"{server}.access": ((None, "webserver", server),)
        for server in ("traefik", "caddy", "envoy", "tomcat", "jboss", "uvicorn", "lighttpd")
    },
    "haproxy.http": ((None, "webserver", "haproxy"),),
    "modsecurity.alert": ((None, "webserver", "modsecurity"),),
    "django.log": (("django", "application", None), ("python", "application", None)),
    "ruby_on_rails.log": (("ruby_on_rails", "application", None),),
    "tomcat.log": (("jvm", "application", None), (None, None, "tomcat")),
    "squid.access": ((None, "proxy", "squid"),),
    "zeek.conn": (("zeek", "firewall", "conn"),),
    "zeek.dns": (("zeek", "dns", "dns"),),
    "zeek.http": (("zeek", "proxy", "http"),),
    "zeek.rdp": (("zeek", None, "rdp"),),
    "suricata.dns": (("suricata", "dns", "dns"),),
    "aws.vpcflow": (("aws", "firewall", "vpcflow"), (None, None, "netflow")),
    "gcp.audit": (("gcp", None, "gcp.audit"),),
    "google_workspace.admin": (("gcp", None, "google_workspace.admin"),),
    "google_workspace.login": (("gcp", None, "google_workspace.login"),),
    "kubernetes.audit": (("kubernetes", "application", "audit"),),
    "okta.system": (("okta", None, "okta"),),
    "onelogin.events": (("onelogin", None, "onelogin.events"),),
    "m365.audit": (
        ("m365", None, "audit"),
        ("m365", None, "exchange"),
        ("m365", None, "threat_detection"),
        ("m365", None, "threat_management"),
    ),
    "azure.riskdetection": (("azure", None, "riskdetection"), ("azure", None, "pim")),
    "azure.firewall": (("azure", "firewall", None),),
    "azure.nsgflow": (("azure", "firewall", None), (None, None, "netflow")),
    "azure.webaccess": (("azure", "webserver", None),),
    "gcp.firewall": (("gcp", "firewall", None),),
    "gcp.vpcflow": (("gcp", "firewall", "vpcflow"), (None, None, "netflow")),
    "gcp.dns": (("gcp", "dns", None),),
    "gcp.loadbalancer": (("gcp", "webserver", None),),
    "aws.route53_resolver_logs": (("aws", "dns", None),),
    "aws.elb": (("aws", "webserver", None),),
    "aws.cloudfront": (("aws", "webserver", None),),
    "aws.s3access": (("aws", "webserver", "s3access"),),
    "cloudflare.http": ((None, "webserver", "cloudflare"),),
    "cloudflare.dns": ((None, "dns", "cloudflare"),),
    "cloudflare.gateway_http": ((None, "proxy", "cloudflare"),),
    "fastly.access": ((None, "webserver", "fastly"),),
    "akamai.datastream": ((None, "webserver", "akamai"),),
    "netskope.events": ((None, "proxy", "netskope"),),
    "gitlab.production": (("gitlab", "webserver", "production"),),
    "heroku.router": ((None, "webserver", "heroku"),),
    "vercel.request": ((None, "webserver", "vercel"),),
    "opencanary": (("opencanary", "application", None),),
    "cisco.asa": (("cisco", "firewall", "asa"), ("cisco", None, "syslog")),
    "cisco.ios": (
        ("cisco", None, "syslog"),
        ("cisco", None, "aaa"),
        ("cisco", None, "bgp"),
        ("cisco", None, "ldp"),
    ),
    "fortinet.firewall": (("fortigate", "firewall", "traffic"),),
    "fortinet.utm": (("fortigate", None, "utm"),),
    "fortinet.event": (("fortigate", None, "event"),),
    "paloalto.traffic": (("paloalto", "firewall", "traffic"),),
    "panw.traffic": (("paloalto", "firewall", "traffic"),),
    "panw.url": (("paloalto", "proxy", "url"),),
    "panw.threat": (("paloalto", None, "threat"),),
    "panw.globalprotect": (("paloalto", "appliance", "globalprotect"),),
    "panw.system": (("paloalto", None, "system"), ("paloalto", "appliance", "globalprotect")),
    "panw.config": (("paloalto", None, "config"),),
    "juniper.junos": (("juniper", None, "bgp"), ("juniper", None, "junos")),
    "juniper.srx": (("juniper", "firewall", "srx"),),
    "huawei.vrp": (("huawei", None, "bgp"), ("huawei", None, "vrp")),
    "cisco.meraki": (("cisco", "firewall", "meraki"),),
    "cisco.umbrella_dns": (("cisco", "dns", "umbrella"),),
    "cisco.umbrella_proxy": (("cisco", "proxy", "umbrella"),),
    "checkpoint.firewall": (("checkpoint", "firewall", None),),
    "sonicwall.firewall": (("sonicwall", "firewall", None),),
    "sophos.firewall": (("sophos", "firewall", None),),
    "sophos.utm_http": (("sophos", "proxy", "utm"),),
    "pfsense.filterlog": (("pfsense", "firewall", None),),
    "zscaler.firewall": (("zscaler", "firewall", None),),
    "zscaler.web": (("zscaler", "proxy", None),),
    "zscaler.dns": (("zscaler", "dns", None),),
    "symantec.proxysg": (("symantec", "proxy", "proxysg"),),
    "forcepoint.web": (("forcepoint", "proxy", None),),
    "netflow": ((None, "firewall", "netflow"),),
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
