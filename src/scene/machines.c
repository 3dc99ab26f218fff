#include <inttypes.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/time.h"
#include "json/write.h"
#include "scene/cast.h"
#include "scene/dice.h"

/* clang-format off */
#define INTEL "GenuineIntel"
#define AMD   "AuthenticAMD"
static const struct machine_kind kinds[] = {
    { HOST_WINDOWS, false, 22, "LAP", "Microsoft Windows 11 Enterprise", "10.0.22631", "23H2", "64-bit", "windows", "windows", "Dell Inc.", "Latitude 7440", INTEL, "13th Gen Intel(R) Core(TM) i7-1365U", "Intel64 Family 6 Model 186 Stepping 3", "Laptop", "24.8.98.0", "24.8.21.0" },
    { HOST_WINDOWS, true, 6, "SRV", "Microsoft Windows Server 2022 Standard", "10.0.20348", "21H2", "64-bit", "windows", "windows", "HPE", "ProLiant DL360 Gen10", INTEL, "Intel(R) Xeon(R) Silver 4210 CPU @ 2.20GHz", "Intel64 Family 6 Model 85 Stepping 7", "Rack Mount Chassis", "24.8.98.0", "24.8.21.0" },
    { HOST_MACOS, false, 8, "MAC", "macOS 14 Sonoma", "14.6.1", "23G93", "arm64", "darwin", "macos", "Apple Inc.", "MacBookPro18,3", "Apple", "Apple M1 Pro", "Apple Silicon", "Laptop", "24.8.0.2", "24.8.0.1" },
    { HOST_LINUX, false, 6, "LNX", "Debian GNU/Linux 12 (bookworm)", "12", "12.7", "x86_64", "debian", "debian", "LENOVO", "ThinkPad T14 Gen 3", AMD, "AMD Ryzen 7 PRO 6850U with Radeon Graphics", "AMD64 Family 25 Model 68 Stepping 1", "Laptop", "24.1.3.0", "24.1.3.0" },
    { HOST_WINDOWS, false, 18, "WKS", "Microsoft Windows 11 Pro", "10.0.26100", "24H2", "64-bit", "windows", "windows", "HP", "HP Elite Mini 800 G9", INTEL, "12th Gen Intel(R) Core(TM) i5-12500T", "Intel64 Family 6 Model 151 Stepping 5", "Desktop", "25.2.45.0", "25.2.14.0" },
    { HOST_LINUX, true, 7, "LSV", "Red Hat Enterprise Linux 9.4 (Plow)", "9.4", "9.4", "x86_64", "redhat", "rhel", "QEMU", "Standard PC (Q35 + ICH9, 2009)", INTEL, "Intel Xeon Processor (Cascadelake)", "Intel64 Family 6 Model 85 Stepping 6", "Other", "24.1.3.0", "24.1.3.0" },
    { HOST_WINDOWS, false, 9, "WKS", "Microsoft Windows 10 Enterprise", "10.0.19045", "22H2", "64-bit", "windows", "windows", "LENOVO", "ThinkCentre M70q", INTEL, "Intel(R) Core(TM) i5-10400T CPU @ 2.00GHz", "Intel64 Family 6 Model 165 Stepping 3", "Desktop", "23.9.261.0", "23.9.1044.0" },
    { HOST_MACOS, false, 5, "MAC", "macOS 15 Sequoia", "15.1", "24B83", "arm64", "darwin", "macos", "Apple Inc.", "Mac14,2", "Apple", "Apple M2", "Apple Silicon", "Laptop", "25.2.0.3", "25.2.0.1" },
    { HOST_WINDOWS, true, 4, "SRV", "Microsoft Windows Server 2019 Datacenter", "10.0.17763", "1809", "64-bit", "windows", "windows", "VMware, Inc.", "VMware7,1", INTEL, "Intel(R) Xeon(R) Gold 6248R CPU @ 3.00GHz", "Intel64 Family 6 Model 85 Stepping 7", "Other", "23.9.261.0", "23.9.1044.0" },
    { HOST_WINDOWS, false, 7, "LAP", "Microsoft Windows 11 Enterprise", "10.0.22621", "22H2", "ARM 64-bit Processor", "windows", "windows", "Microsoft Corporation", "Surface Pro 9 With 5G", "Qualcomm Technologies Inc", "Microsoft SQ3 @ 3.0 GHz", "ARMv8 (64-bit) Family 8 Model D4B Revision 0", "Tablet", "24.8.98.0", "24.8.21.0" },
    { HOST_LINUX, true, 5, "LSV", "Ubuntu 24.04.1 LTS", "24.04", "24.04.1", "x86_64", "debian", "ubuntu", "Amazon EC2", "m6i.large", INTEL, "Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", "Intel64 Family 6 Model 106 Stepping 6", "Other", "25.1.0.0", "25.1.0.0" },
    { HOST_MACOS, false, 3, "MAC", "macOS 13 Ventura", "13.6.9", "22G830", "x86_64", "darwin", "macos", "Apple Inc.", "iMac20,1", INTEL, "Intel(R) Core(TM) i7-10700K CPU @ 3.80GHz", "Intel64 Family 6 Model 165 Stepping 5", "All in One", "23.8.0.3", "23.8.0.1" },
};

static const enum machine_life lives[] = {
    LIFE_CURRENT, LIFE_CURRENT, LIFE_BEHIND,  LIFE_CURRENT, LIFE_CURRENT,
    LIFE_PENDING, LIFE_CURRENT, LIFE_AWAY,    LIFE_CURRENT, LIFE_CURRENT,
    LIFE_CURRENT, LIFE_BEHIND,  LIFE_CURRENT, LIFE_ARCHIVED, LIFE_CURRENT,
    LIFE_CURRENT, LIFE_AWAY,    LIFE_CURRENT, LIFE_REJECTED, LIFE_CURRENT,
    LIFE_CURRENT, LIFE_PENDING, LIFE_CURRENT, LIFE_BEHIND,  LIFE_CURRENT,
};
/* clang-format on */

const struct machine_kind *machine_kind(uint64_t seed, int64_t number)
{
    struct dice dice = dice_for(seed, DICE_KIND, (uint64_t)number);
    size_t all = 0;
    if ((uint64_t)number < COUNT_OF(kinds)) {
        return &kinds[number];
    }
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        all += kinds[i].weight;
    }
    size_t left = dice_below(&dice, all);
    const struct machine_kind *kind = kinds;
    while (left >= kind->weight) {
        left -= kind->weight;
        kind++;
    }
    return kind;
}

void machine_host(uint64_t seed, int64_t number, char out[HOST_NAME_BYTES])
{
    unsigned place = (unsigned)((number + 1) % 100000000);
    (void)snprintf(out, HOST_NAME_BYTES, "%s-%06u", machine_kind(seed, number)->prefix, place);
}

/* Servers are few and have addresses for documentation; the others share a private range. */
void machine_address(uint64_t seed, int64_t number, char out[ADDRESS_BYTES])
{
    if (machine_kind(seed, number)->server && number < 250) {
        (void)snprintf(out, ADDRESS_BYTES, "192.0.2.%d", (int)(number % 250) + 1);
        return;
    }
    uint64_t place = (uint64_t)number + 256;
    (void)snprintf(out, ADDRESS_BYTES, "10.%d.%d.%d", (int)(place >> 16 & 255),
                   (int)(place >> 8 & 255), (int)(place & 255));
}

size_t machine_owner(uint64_t seed, int64_t number)
{
    enum { ADMINISTRATORS = 5 };
    struct dice dice = dice_for(seed, DICE_OWNER, (uint64_t)number);
    return machine_kind(seed, number)->server ? dice_below(&dice, ADMINISTRATORS)
                                              : ADMINISTRATORS + (size_t)number;
}

enum machine_life machine_life(int64_t number)
{
    return lives[(uint64_t)number % COUNT_OF(lives)];
}

bool machine_reports(int64_t number)
{
    enum machine_life life = machine_life(number);
    return life == LIFE_CURRENT || life == LIFE_BEHIND;
}

/* --- the report ------------------------------------------------------------------------------------- */

struct words { /* what differs by system and not by model */
    const char *code_set, *maker, *directory, *drive;
};

static const struct words *words_of(enum computer_host_type type)
{
    static const struct words windows = { "1252", "Microsoft Corporation", "C:\\Windows\\system32",
                                          "C:" };
    static const struct words macos = { "UTF-8", "Apple Inc.", "/System", "/" };
    static const struct words linux_system = { "UTF-8", "Linux", "/usr", "/" };
    switch (type) {
    case HOST_WINDOWS: return &windows;
    case HOST_MACOS: return &macos;
    case HOST_LINUX:
    case HOST_UNKNOWN: break;
    }
    return &linux_system;
}

static void write_system(const struct machine_kind *kind, struct dice *dice, int64_t installed_us,
                         struct json_writer *writer)
{
    const struct words *words = words_of(kind->type);
    char text[TIME_TEXT_BYTES];
    char serial[TIME_TEXT_BYTES];
    char hex[13];
    dice_hex(dice, 10, hex);
    (void)snprintf(text, sizeof(text), "02:%.2s:%.2s:%.2s:%.2s:%.2s", hex, hex + 2, hex + 4,
                   hex + 6, hex + 8);
    json_member_text(writer, "macAddress", text);
    dice_hex(dice, 12, hex);
    (void)snprintf(serial, sizeof(serial), "%.4s-%.4s-%.4s", hex, hex + 4, hex + 8);
    json_member_text(writer, "osArchitecture", kind->architecture);
    json_member_text(writer, "osCaption", kind->os);
    json_member_text(writer, "osCodeSet", words->code_set);
    json_member_text(writer, "osCountryCode", dice_below(dice, 2) == 0 ? "44" : "49");
    (void)time_format(installed_us, TIME_ZULU, text);
    json_member_text(writer, "osInstallDate", text);
    json_member_text(writer, "osManufacturer", words->maker);
    json_member_text(writer, "osOrganization", "Example Ltd");
    json_member_text(writer, "osSerialNumber", serial);
    json_member_text(writer, "osSystemDirectory", words->directory);
    json_member_text(writer, "osSystemDrive", words->drive);
    json_member_text(writer, "osVersion", kind->os_version);
    json_member_text(writer, "osVersionString", kind->os_text);
}

void machine_write(uint64_t seed, int64_t number, int64_t installed_us, struct buffer *out)
{
    const struct machine_kind *kind = machine_kind(seed, number);
    struct dice dice = dice_for(seed, DICE_MACHINE, (uint64_t)number);
    struct json_writer writer;
    struct person owner;
    char host[HOST_NAME_BYTES];
    char line[128];
    machine_host(seed, number, host);
    person_of(machine_owner(seed, number), &owner);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    write_system(kind, &dice, installed_us, &writer);
    (void)snprintf(line, sizeof(line), "%s of %s", kind->server ? "Server" : kind->chassis,
                   owner.name);
    json_member_text(&writer, "osComputerDescription", line);
    json_member_text(&writer, "processorCaption", kind->cpu_caption);
    json_member_text(&writer, "processorDescription", kind->cpu_caption);
    json_member_text(&writer, "processorManufacturer", kind->cpu_maker);
    json_member_text(&writer, "processorName", kind->cpu);
    (void)snprintf(line, sizeof(line), "%s." SCENE_DOMAIN, host);
    json_member_text(&writer, "systemDnsHostName", line);
    json_member_text(&writer, "systemDomain", SCENE_DOMAIN);
    json_member_text(&writer, "systemManufacturer", kind->maker);
    json_member_text(&writer, "systemModel", kind->model);
    json_member_text(&writer, "systemName", host);
    json_member_text(&writer, "systemPrimaryOwnerName", owner.name);
    bool arm = kind->architecture[0] == 'a' || kind->architecture[0] == 'A';
    json_member_text(&writer, "systemSystemType", arm ? "ARM64-based PC" : "x64-based PC");
    json_member_null(&writer, "systemWorkgroup"); /* members of a domain have none */
    json_end_object(&writer);
}
