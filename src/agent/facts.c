#include "agent/facts.h"

#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"

enum { FILE_BYTES = 32 * 1024, PATH_BYTES = 1024 };

static void keep(char out[FACT_BYTES], struct slice text)
{
    text = slice_trim(text);
    if (text.length == 0 || !slice_is_utf8(text)) {
        return;
    }
    size_t length = text.length < FACT_BYTES - 1 ? text.length : FACT_BYTES - 1;
    memcpy(out, text.text, length);
    out[length] = '\0';
}

static struct slice file_text(const char *root, const char *name, char bytes[FILE_BYTES])
{
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof(path), "%s/%s", root, name);
    int file = length > 0 && (size_t)length < sizeof(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    size_t filled = 0;
    ssize_t got = 1;
    while (file >= 0 && got > 0 && filled < FILE_BYTES) {
        got = read(file, bytes + filled, FILE_BYTES - filled);
        filled += got > 0 ? (size_t)got : 0;
    }
    if (file >= 0) {
        (void)close(file);
    }
    return (struct slice){ bytes, filled };
}

/* Value of `name` in lines of name, mark and value; quotes around it go. The first one counts. */
static void keep_value(struct slice text, char mark, const char *name, char out[FACT_BYTES])
{
    while (text.length > 0) {
        struct slice value = slice_cut(&text, '\n');
        struct slice found = slice_trim(slice_cut(&value, mark));
        value = slice_trim(value);
        if (!slice_is(found, name)) {
            continue;
        }
        if (value.length >= 2 && (value.text[0] == '"' || value.text[0] == '\'') &&
            value.text[value.length - 1] == value.text[0]) {
            value = (struct slice){ value.text + 1, value.length - 2 };
        }
        keep(out, value);
        return;
    }
}

static void keep_file(const char *root, const char *name, char out[FACT_BYTES])
{
    char bytes[FILE_BYTES];
    struct slice text = file_text(root, name, bytes);
    keep(out, slice_cut(&text, '\n'));
}

/* --- files ------------------------------------------------------------------------------------------------------------- */

static void read_release(const char *root, struct facts *out)
{
    char bytes[FILE_BYTES];
    struct slice text = file_text(root, "etc/os-release", bytes);
    if (text.length == 0) {
        text = file_text(root, "usr/lib/os-release", bytes);
    }
    keep_value(text, '=', "NAME", out->os_name);
    keep_value(text, '=', "ID", out->os_id);
    keep_value(text, '=', "VERSION_ID", out->os_version);
    keep_value(text, '=', "PRETTY_NAME", out->os_full);
    keep_value(text, '=', "ID_LIKE", out->os_family);
    if (out->os_family[0] == '\0') {
        keep(out->os_family, slice_of(out->os_id));
    }
}

static void read_processor(const char *root, struct facts *out)
{
    char bytes[FILE_BYTES];
    char family[FACT_BYTES] = "";
    char model[FACT_BYTES] = "";
    char stepping[FACT_BYTES] = "";
    struct slice text = file_text(root, "proc/cpuinfo", bytes);
    keep_value(text, ':', "vendor_id", out->processor_maker);
    keep_value(text, ':', "model name", out->processor_name);
    keep_value(text, ':', "cpu family", family);
    keep_value(text, ':', "model", model);
    keep_value(text, ':', "stepping", stepping);
    if (family[0] != '\0') {
        int length = snprintf(out->processor_caption, FACT_BYTES,
                              "Family %.32s Model %.32s Stepping %.32s", family, model, stepping);
        out->processor_caption[length < 0 ? 0 : FACT_BYTES - 1] = '\0';
    }
}

/* "en_GB.UTF-8": country and code set. */
static void read_locale(const char *root, struct facts *out)
{
    char bytes[FILE_BYTES];
    char locale[FACT_BYTES] = "";
    keep_value(file_text(root, "etc/default/locale", bytes), '=', "LANG", locale);
    if (locale[0] == '\0') {
        keep_value(file_text(root, "etc/locale.conf", bytes), '=', "LANG", locale);
    }
    struct slice code_set = slice_of(locale);
    struct slice country = slice_cut(&code_set, '.');
    (void)slice_cut(&country, '_');
    keep(out->country, slice_cut(&country, '@'));
    keep(out->code_set, slice_cut(&code_set, '@'));
}

static void read_drive(const char *root, struct facts *out)
{
    char bytes[FILE_BYTES];
    struct slice text = file_text(root, "proc/mounts", bytes);
    while (text.length > 0) {
        struct slice line = slice_cut(&text, '\n');
        struct slice device = slice_cut(&line, ' ');
        if (slice_is(slice_cut(&line, ' '), "/")) {
            keep(out->system_drive, device);
        }
    }
}

static void read_domain(const char *root, struct facts *out)
{
    char bytes[FILE_BYTES];
    struct slice text = file_text(root, "etc/resolv.conf", bytes);
    keep_value(text, ' ', "domain", out->domain);
    if (out->domain[0] == '\0') {
        char search[FACT_BYTES] = "";
        keep_value(text, ' ', "search", search);
        struct slice rest = slice_of(search);
        keep(out->domain, slice_cut(&rest, ' '));
    }
}

void facts_from_files(const char *root, struct facts *out)
{
    char bytes[FILE_BYTES];
    read_release(root, out);
    read_processor(root, out);
    read_locale(root, out);
    read_drive(root, out);
    read_domain(root, out);
    keep_file(root, "etc/machine-id", out->machine_id);
    keep_file(root, "sys/class/dmi/id/sys_vendor", out->maker);
    keep_file(root, "sys/class/dmi/id/product_name", out->model);
    keep_value(file_text(root, "etc/machine-info", bytes), '=', "PRETTY_HOSTNAME",
               out->description);
}

/* --- calls ------------------------------------------------------------------------------------------------------------- */

static void read_kernel(struct facts *out)
{
    struct utsname names;
    struct statx root;
    if (uname(&names) == 0) {
        keep(out->kernel, slice_of(names.release));
        keep(out->architecture, slice_of(names.machine));
        struct slice host = slice_of(names.nodename);
        keep(out->host, slice_cut(&host, '.'));
        keep(out->full_host, slice_of(names.nodename));
        if (host.length > 0) {
            keep(out->domain, host);
        }
    }
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_bytes = sysconf(_SC_PAGESIZE);
    if (processors > 0 && pages > 0 && page_bytes > 0) {
        (void)snprintf(out->processor_description, FACT_BYTES, "%ld processors, %ld MiB memory",
                       processors, pages / 1024 * page_bytes / 1024);
    }
    if (statx(AT_FDCWD, "/", 0, STATX_BTIME, &root) == 0 && (root.stx_mask & STATX_BTIME) != 0 &&
        root.stx_btime.tv_sec > 0) {
        char text[TIME_TEXT_BYTES];
        (void)time_format(root.stx_btime.tv_sec * US_PER_SECOND, TIME_ZULU, text);
        keep(out->os_installed, slice_of(text));
    }
}

/* By /etc/hosts or DNS; a short answer is no better than what we have. */
static void read_full_name(struct facts *out)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_flags = AI_CANONNAME };
    struct addrinfo *found = NULL;
    if (strchr(out->full_host, '.') != NULL || out->host[0] == '\0' ||
        getaddrinfo(out->host, NULL, &hints, &found) != 0) {
        return;
    }
    struct slice name = slice_of(found->ai_canonname);
    struct slice domain = name;
    (void)slice_cut(&domain, '.');
    if (domain.length > 0 && !slice_is(name, "localhost.localdomain")) {
        keep(out->full_host, name);
        keep(out->domain, domain);
    }
    freeaddrinfo(found);
}

/* Real cards before virtual ones: they have a device behind them. */
static int card_rank(const struct ifaddrs *card)
{
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof(path), "/sys/class/net/%s/device", card->ifa_name);
    int rank = (card->ifa_flags & (unsigned)IFF_UP) != 0U ? 1 : 0;
    return length > 0 && access(path, F_OK) == 0 ? rank + 2 : rank;
}

static bool card_mac(const struct ifaddrs *card, char out[FACT_BYTES])
{
    struct sockaddr_ll link;
    memcpy(&link, card->ifa_addr, sizeof(link));
    static const unsigned char none[6];
    if (link.sll_halen != sizeof(none) || memcmp(link.sll_addr, none, sizeof(none)) == 0) {
        return false;
    }
    (void)snprintf(out, FACT_BYTES, "%02x:%02x:%02x:%02x:%02x:%02x", link.sll_addr[0],
                   link.sll_addr[1], link.sll_addr[2], link.sll_addr[3], link.sll_addr[4],
                   link.sll_addr[5]);
    return true;
}

static void keep_address(const struct ifaddrs *card, struct facts *out)
{
    char text[NI_MAXHOST];
    bool six = card->ifa_addr->sa_family == AF_INET6;
    socklen_t length = six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (out->address_count == FACT_ADDRESSES_MAX ||
        getnameinfo(card->ifa_addr, length, text, sizeof(text), NULL, 0, NI_NUMERICHOST) != 0) {
        return;
    }
    struct slice rest = slice_of(text);
    struct slice address = slice_cut(&rest, '%'); /* fe80::1%eth0 */
    if (address.length < ADDRESS_BYTES) {
        char *place = out->addresses[out->address_count++];
        memcpy(place, address.text, address.length);
        place[address.length] = '\0';
    }
}

static void read_network(struct facts *out)
{
    struct ifaddrs *cards = NULL;
    int best = -1;
    if (getifaddrs(&cards) != 0) {
        return;
    }
    for (const struct ifaddrs *card = cards; card != NULL; card = card->ifa_next) {
        if (card->ifa_addr == NULL || (card->ifa_flags & (unsigned)IFF_LOOPBACK) != 0U) {
            continue;
        }
        int family = card->ifa_addr->sa_family;
        if (family == AF_PACKET && card_rank(card) > best && card_mac(card, out->mac)) {
            best = card_rank(card);
        }
        if (family == AF_INET || family == AF_INET6) {
            keep_address(card, out);
        }
    }
    freeifaddrs(cards);
}

void facts_collect(struct facts *out)
{
    memset(out, 0, sizeof(*out));
    facts_from_files("", out);
    read_kernel(out);
    read_full_name(out);
    read_network(out);
    if (out->host[0] == '\0') {
        keep(out->host, SLICE("localhost"));
    }
}

size_t facts_rows(const struct facts *facts, struct protocol_fact out[FACTS_MAX])
{
    const struct protocol_fact rows[] = {
        { "macAddress", facts->mac },
        { "osArchitecture", facts->architecture },
        { "osCaption", facts->os_full },
        { "osCodeSet", facts->code_set },
        { "osComputerDescription", facts->description },
        { "osCountryCode", facts->country },
        { "osInstallDate", facts->os_installed },
        { "osManufacturer", facts->os_name },
        { "osSerialNumber", facts->machine_id },
        { "osSystemDirectory", "/usr" },
        { "osSystemDrive", facts->system_drive },
        { "osVersion", facts->os_version },
        { "osVersionString", facts->kernel },
        { "processorCaption", facts->processor_caption },
        { "processorDescription", facts->processor_description },
        { "processorManufacturer", facts->processor_maker },
        { "processorName", facts->processor_name },
        { "systemDnsHostName", facts->full_host },
        { "systemDomain", facts->domain },
        { "systemManufacturer", facts->maker },
        { "systemModel", facts->model },
        { "systemName", facts->host },
        { "systemSystemType", facts->architecture },
    };
    _Static_assert(COUNT_OF(rows) <= FACTS_MAX, "room for every fact");
    memcpy(out, rows, sizeof(rows));
    return COUNT_OF(rows);
}
