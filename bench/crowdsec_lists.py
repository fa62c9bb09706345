"""Lists of our own in place of those that CrowdSec's filters read from files, by the file's name.

Parts of addresses and names of programs: short, and compared without regard to case. A file that is not here cannot
be translated.
"""

LISTS: dict[str, list[str]] = {
    "http_path_traversal.txt": ["../", "..\\", "..%2f", "..%5c", "%2e%2e", "..%c0%af", ".%2e/", "%2fetc%2f", "/etc/", "win.ini", "%252e%252e"],
    "sensitive_data.txt": [
        ".env", ".git/config", ".git/HEAD", ".htaccess", ".htpasswd", ".bash_history", ".ssh/id_rsa", "id_rsa", ".sql",
        ".sql.gz", ".bak", ".backup", ".old", ".swp", ".DS_Store", ".aws/credentials", "wp-config.php", "config.yml",
        "config.json", "web.config", "phpinfo.php", "docker-compose.yml", ".svn/entries", ".npmrc", ".pem", ".key",
        ".crt", ".log", ".ini", ".conf", "server-status", ".zip", ".tar.gz", ".mdb", ".db", ".inc", ".dist", ".save",
        ".bashrc", ".ssh", ".aws", ".svn", ".hg", ".profile", ".cache", ".forward", ".history", ".mysql_history", ".rhosts", ".listing", ".passwd",
        ".cvsignore", "cvs/entries", "cvs/root", ".web", ".subversion", ".git/index", ".git/logs", ".gitignore", "~",
        ".properties", ".yml", ".yaml", ".passwd", ".htaccess.bak", "docker-compose.override.yml", ".netrc", ".pgpass",
    ],
    "sqli_probe_patterns.txt": [
        "union select", "union+select", "union%20select", "union all select", "union%20all%20select", "information_schema",
        "sleep(", "benchmark(", "waitfor delay", "waitfor%20delay", "or 1=1", "or%201=1", "order by ", "order%20by%20",
        "extractvalue(", "updatexml(", "xp_cmdshell", "pg_sleep", "char(", "concat(", "cast(", "%27", "select%20", "'--",
        "dbms_pipe", "utl_inaddr", "randomblob(", "and%20", "having%20", ",null", "%2cnull", "ascii(", "substring(", "group%20by", "group by", "load_file", "into%20outfile",
        "/**/", "sqlite_master", "@@version", "database()", "drop%20table", "exec%20", "%3d%3d", "|| ", "%7c%7c",
    ],
    "admin_interfaces.txt": [
        "/admin", "/administrator", "/phpmyadmin", "/pma", "/manager/html", "/adminer", "/wp-admin", "/cpanel", "/webmin",
        "/jenkins", "/solr/", "/console", "/login.action", "/+cscoe+/", "/+cscot+/", "/dana-na/", "/vpn/index", "/global-protect/", "/dashboard", "/owa/", "/remote/login", "/cgi-bin/", "/setup",
    ],
    "log4j2_cve_2021_44228.txt": [
        "${jndi:", "%24%7bjndi", "$%7bjndi", "${lower:", "${upper:", "${::-", "${env:", "%24%7b::", "${${", "%24%7b%24%7b",
    ],
    "jira_cve_2021-26086.txt": ["/_/;/web-inf", "/_/;/meta-inf", "/_/%3b/web-inf", "/_/%3b/meta-inf"],
    "thinkphp_cve_2018-20062.txt": ["invokefunction", "think(%5c|\\\\|\\\\x5c)+(app|request|template|container|view)"],
    "bad_user_agents.regex.txt": [
        "nikto", "sqlmap", "nmap", "masscan", "zgrab", "gobuster", "dirbuster", "wpscan", "nuclei", "acunetix", "nessus",
        "openvas", "arachni", "w3af", "havij", "hydra", "jorgee", "mozlila", "netcraft", "morfeus", "zmeu", "httrack",
        "python-requests", "libwww-perl", "go-http-client", "l9explore", "censys", "shodan", "feroxbuster", "ffuf",
    ],
    "trendy_cves_uris.json": [
        "/.%2e/", "/ecp/", "/autodiscover/", "/vendor/phpunit", "/solr/admin", "/_ignition/execute-solution",
        "/actuator/gateway", "/hnap1", "/boaform/", "/mgmt/tm/util/bash", "/struts2", "/api/jsonws", "/setup.cgi",
        "/cgi-bin/.%2e", "/owa/auth/", "/telescope/requests", "/debug/default/view", "/ab2g", "/ab2h", "/console/css/",
    ],
}  # fmt: skip
