#include "cli/options.h"

/* clang-format off */
#define TEXT(row_name, row_argument, row_initial, row_summary) { .name = row_name, .kind = OPTION_TEXT, .argument = row_argument, .initial = row_initial, .summary = row_summary }
#define LIST(row_name, row_argument, row_initial, row_summary) { .name = row_name, .kind = OPTION_LIST, .argument = row_argument, .initial = row_initial, .summary = row_summary }
#define SWITCH(row_name, row_summary) { .name = row_name, .kind = OPTION_SWITCH, .argument = "", .summary = row_summary }
#define CHOICE(row_name, row_choices, row_initial, row_summary) { .name = row_name, .kind = OPTION_CHOICE, .argument = "WORD", .choices = row_choices, .initial = row_initial, .summary = row_summary }
#define NUMBER(row_name, row_initial, row_min, row_max, row_summary) { .name = row_name, .kind = OPTION_NUMBER, .argument = "N", .initial = row_initial, .min = row_min, .max = row_max, .summary = row_summary }

const struct option_row option_rows[] = {
    TEXT("config", "FILE", NULL, "settings as lines of name = value, the names as below"),
    TEXT("data", "DIR", "./var", "folder of the SQLite store, certificates and spool"),
    TEXT("database", "URL", NULL, "postgresql://… instead of SQLite"),
    LIST("listen", "URL", "https://127.0.0.1:8443", "where to take requests, https://HOST:PORT or http://HOST:PORT; repeatable"),
    TEXT("public-url", "URL", NULL, "address by which people and programs reach the server, for mails, tickets and SCIM (default: that of the first listen)"),
    TEXT("tls-cert", "FILE", NULL, "certificate chain (PEM) instead of one of the own CA"),
    TEXT("tls-key", "FILE", NULL, "its key (PEM)"),
    LIST("tls-name", "NAME", NULL, "further host name or address for the own certificate; repeatable"),
    CHOICE("log-format", "text|json", "text", "form of log lines"),
    CHOICE("log-level", "error|warn|info|debug", "info", "how much is logged"),
    NUMBER("rate-limit", "10000", 0, 100000000, "requests per 100 seconds and API account or user; 0: no limit"),
    SWITCH("strict", "refuse unknown query parameters with 400, instead of naming them in Reeve-Warning"),
    CHOICE("scim-users", "accepted-domains|any", "accepted-domains", "user names that SCIM may set: addresses in an accepted domain, or any text"),
    CHOICE("scim-delete", "soft|deny", "soft", "DELETE of a user over SCIM: disable and hide the user, or refuse"),
    CHOICE("scim-groups", "off|roles", "off", "SCIM groups: none, or each role as a group of the users who have it"),
    CHOICE("scim-unknown-roles", "keep|reject", "keep", "a text among a user's roles over SCIM that is no role: keep it, granting nothing, or refuse"),
    NUMBER("loops", "2", 1, 8, "threads that serve connections, per listen"),
    NUMBER("workers", "4", 1, 64, "threads for long requests (and all requests on PostgreSQL)"),
    NUMBER("writers", "2", 1, 16, "connections that write, on PostgreSQL"),
    NUMBER("connections", "20000", 16, 1000000, "most open connections"),
    NUMBER("idle-timeout", "180", 1, 3600, "seconds until a silent connection is closed"),
    NUMBER("check-in-interval", "300", 1, 86400, "seconds between check-ins of agents that do not wait"),
    NUMBER("wait-max", "120", 0, 600, "longest waiting check-in in seconds"),
    NUMBER("disconnected-after", "900", 1, 31536000, "seconds without contact until a computer counts as disconnected"),
    TEXT("smtp-url", "URL", NULL, "mail relay, smtp://HOST:PORT or smtps://HOST:PORT; without one mail is kept (reeve mail list)"),
    TEXT("smtp-from", "ADDRESS", NULL, "sender of mail"),
    TEXT("smtp-user", "NAME", NULL, "user at the mail relay"),
    TEXT("smtp-password-file", "FILE", NULL, "its password is the first line of this file"),
    CHOICE("smtp-tls", "off|try|require", "try", "STARTTLS at an smtp:// relay; a password needs require"),
    TEXT("smtp-ca", "FILE", NULL, "certificate (PEM) that the relay's is checked against (default: the system's)"),
    NUMBER("mail-retry", "60", 1, 14400, "seconds until a mail that failed is tried again; doubled each time"),
    LIST("syslog-listen", "PLACE", NULL, "where to take syslog with sudo's lines: ADDRESS:PORT for TLS, tcp://ADDRESS:PORT for plain TCP; repeatable"),
    LIST("sudo-listen", "PLACE", NULL, "where to take what sudo sends to a log server (log_servers): ADDRESS:PORT for TLS, tcp://ADDRESS:PORT; repeatable"),
    TEXT("sudo-client-ca", "FILE", NULL, "CA (PEM) of the certificates that senders of syslog and sudo's logs must show with TLS"),
    LIST("sudo-allow", "ADDRESS", NULL, "address or network (10.1.0.0/16) that may send syslog and sudo's logs; repeatable (default: this machine, and who has a certificate)"),
    NUMBER("sudo-hosts", "1000", 1, 1000000, "computers without an agent that one sender may bring"),
    TEXT("ready-file", "FILE", NULL, "written with the address once requests are taken"),

    TEXT("name", "NAME", NULL, "name of the account, user or token"),
    TEXT("description", "TEXT", NULL, "what it is for"),
    TEXT("client-id", "ID", NULL, "client id (api-account create: else 32 random hex digits)"),
    TEXT("client-secret", "SECRET", NULL, "client secret (else 48 random letters and digits)"),
    LIST("listen-tls", "URL", NULL, "where to take requests over TLS, https://HOST:PORT; repeatable"),
    TEXT("clock", "MOMENT", NULL, "what time it is in the sandbox, where it stands but for calls; of sample data the last moment (default: now)"),

    LIST("scope", "AREA=LEVEL", NULL, "management=full|read, audit=read, reporting=read, scim=full, jit=full|read, insight=full; repeatable"),
    SWITCH("json", "print as JSON"),

    TEXT("email", "ADDRESS", NULL, "address of the new user; its domain must be an accepted one"),
    LIST("role", "NAME", NULL, "role of the user, fine-grained or global; repeatable"),
    SWITCH("admin", "administrator of everything"),
    SWITCH("accept-domain", "accept the domain of the address, too"),
    SWITCH("invite", "send an invitation"),
    NUMBER("days", "90", 1, 3650, "days until the token expires"),
    TEXT("token-id", "ID", NULL, "id of the token, as the command `tokens` shows it"),
    TEXT("id", "ID", NULL, "id of the mail, as `reeve mail list` shows it"),
    TEXT("provider", "NAME", NULL, "Microsoft, Okta, Google, Ping or Other"),
    TEXT("domain", "DOMAIN", NULL, "domain of the provider or tenant"),

    { .name = OPTION_REST, .kind = OPTION_LIST, .argument = "FILE", .summary = "files to import, in the order in which they were written" },
    TEXT("file", "FILE", NULL, "an export instead of a store"),
    TEXT("key", "FILE", NULL, "public key (PEM) that checkpoints must be signed with, instead of the one the store or export carries"),
    TEXT("out", "FILE", NULL, "file to write (events export: else standard output)"),

    TEXT("from", "MOMENT", "1970-01-01", "first moment by event.ingested, like 2026-08-12 or 2026-08-12T17:34:28Z"),
    TEXT("until", "MOMENT", NULL, "last moment by event.ingested (default: now); a date means all of its day"),
    LIST("where", "NAME=VALUE", NULL, "filter of GET Events/search, like Events.EventCode=100; repeatable"),
    CHOICE("as", "ndjson|csv", "ndjson", "one JSON document a line, or flat columns (docs/events.md)"),
    SWITCH("resume", "go on behind the last whole record of --out"),

    NUMBER("computers", "25", 0, 2000000, "computers to make"),
    NUMBER("groups", "4", 1, 10000, "groups to make"),
    NUMBER("policies", "2", 1, 1000, "policies to make"),
    NUMBER("events", "500", 0, 100000000, "events to make"),
    NUMBER("events-per-computer", "0", 0, 100000, "events to make for each computer, instead of --events; 0: as --events says"),
    NUMBER("seed", "1", 0, INT64_MAX, "the same number gives the same data"),

    CHOICE("version", "v1|v2|v3|agent|oauth|scim|scim-v1|scim-v2|scim-v3|sandbox", "v3", "which definition"),
    CHOICE("format", "yaml|json", "yaml", "form of the definition"),

    TEXT("server", "URL", NULL, "address of the server, https://HOST:PORT"),
    TEXT("installation-id", "ID", NULL, "from `reeve installation show`"),
    TEXT("installation-key", "KEY", NULL, "from `reeve installation show`"),
    TEXT("group", "ID", NULL, "group to join at enrolment"),
    TEXT("ca", "FILE", NULL, "certificate (PEM) that the server's is checked against"),
    TEXT("state", "DIR", "/var/lib/reeve-agent", "folder for key, policy and event queue"),
    SWITCH("force", "enrol anew even when there is an enrolment"),
    TEXT("auth-log", "FILE", NULL, "log of logons and sudo (default: /var/log/auth.log, else the journal)"),
    NUMBER("queue-bytes", "67108864", 65536, 10000000000, "most bytes of events that wait on disk"),
    NUMBER("check-in-wait", "60", 0, 600, "seconds that a check-in waits for news"),

    TEXT("path", "FILE", NULL, "program to run with rights"),
    TEXT("command-line", "TEXT", NULL, "its command line, for whoever decides"),
    TEXT("reason", "TEXT", NULL, "why"),
    TEXT("user", "NAME", NULL, "address of the user; of a request: who asks (default: who runs this, or is behind sudo)"),
    TEXT("request", "ID", NULL, "id of a request; the same id again is the same request"),
    NUMBER("seconds", "3600", 300, 86400, "length of the admin session"),
    CHOICE("end-reason", "UserEnded|Logoff", "UserEnded", "why the session ends"),

    NUMBER("duration", "60", 1, 86400, "seconds to run"),
    NUMBER("check-in-every", "60", 1, 86400, "seconds between check-ins of a computer"),
    NUMBER("events-per-hour", "100", 0, 100000000, "events of a computer in an hour"),
    NUMBER("wait", "0", 0, 86400, "seconds to wait: simulated check-ins for news, requests for their decision; 0: not at all"),
    NUMBER("requests", "0", 0, 1000000, "most requests under way at once; 0: as many as open files allow"),
    TEXT("fleet-file", "FILE", NULL, "keeps ids, keys and sequences of the computers for another run"),
};
/* clang-format on */
const size_t option_row_count = sizeof(option_rows) / sizeof(option_rows[0]);
