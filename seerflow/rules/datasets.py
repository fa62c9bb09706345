"""Which of Sigma's log sources a dataset of ours is, where its name does not say so by itself. A table only.

Source: as in taxonomy.py
"""

from collections.abc import Mapping

from seerflow.rules.taxonomy import Lane

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
    "linux.clamav": (("linux", "antivirus", "clamav"), *_LINUX_SYSLOG),
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
    **{f"{server}.query": ((None, "dns", None),) for server in ("bind", "dnsmasq", "unbound", "adguardhome")},
    "windows.dns_debug": (("windows", "dns", None),),
    **dict.fromkeys(
        (
            "postgresql.log",
            "mysql.error",
            "mysql.general",
            "mysql.slowlog",
            "mysql.audit",
            "mssql.log",
            "mongodb.log",
            "oracle.database_audit",
            "cassandra.audit",
            "clickhouse.log",
        ),
        ((None, "database", None),),
    ),
    "suricata.http": (("suricata", "proxy", "http"),),
    **{
        dataset: ((dataset.partition(".")[0], "antivirus", dataset.partition(".")[2]),)
        for dataset in (
            "bitdefender.gravityzone",
            "cisco.amp",
            "cylance.protect",
            "eset.protect",
            "malwarebytes.nebula",
            "sentinelone.threat",
            "sophos.central",
            "symantec.endpoint",
            "trellix.epo",
        )
    },
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
    "bluecoat.proxysg": (("symantec", "proxy", "proxysg"),),
    "forcepoint.web": (("forcepoint", "proxy", None),),
    "netflow": ((None, "firewall", "netflow"),),
}
