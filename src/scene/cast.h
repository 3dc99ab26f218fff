/* Who and what plays in a scene: people, machines, programs; all by number. No real person, only reserved domains and addresses.
   Private to the folder. */
#ifndef SCENE_CAST_H
#define SCENE_CAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "resource/computers/computers.h"

#define SCENE_DOMAIN  "corp.example.com"
#define SCENE_NETBIOS "CORP"
#define SCENE_SID     "S-1-5-21-1004336348-1177238915-682003330"

/* --- people --------------------------------------------------------------------------------------- */

enum { PERSON_BYTES = 48 };

struct person {
    char login[PERSON_BYTES];      /* "alba.alder" */
    char name[PERSON_BYTES];       /* "Alba Alder" */
    char email[PERSON_BYTES + 16]; /* at example.com */
    char sid[sizeof(SCENE_SID) + 12];
    unsigned uid;
};
void person_of(size_t number, struct person *out);

/* --- machines -------------------------------------------------------------------------------------- */

struct machine_kind {
    enum computer_host_type type;
    bool server;
    unsigned weight; /* of all kinds */
    const char *prefix;
    const char *os, *os_version, *os_text;
    const char *architecture, *family, *platform;
    const char *maker, *model;
    const char *cpu_maker, *cpu, *cpu_caption;
    const char *chassis;
    const char *agent, *adapter;
};
/* The first ones are of all kinds, so that small scenes have them, too. */
const struct machine_kind *machine_kind(uint64_t seed, int64_t number);

enum { HOST_NAME_BYTES = 16, ADDRESS_BYTES = 16 };
/* "WKS-000001". */
void machine_host(uint64_t seed, int64_t number, char out[HOST_NAME_BYTES]);
/* Of a documentation or private range. */
void machine_address(uint64_t seed, int64_t number, char out[ADDRESS_BYTES]);
/* Whose it is. Administrators, the first people, have the servers. */
size_t machine_owner(uint64_t seed, int64_t number);
/* What its agent reports: every member of EndpointInformation. */
void machine_write(uint64_t seed, int64_t number, int64_t installed_us, struct buffer *out);

/* How a computer lives, in a mix that shows each state also in a small fleet. */
enum machine_life {
    LIFE_CURRENT, /* connected, runs what its group has */
    LIFE_BEHIND,  /* connected, runs an older revision */
    LIFE_AWAY,    /* not seen for days */
    LIFE_PENDING,
    LIFE_REJECTED,
    LIFE_ARCHIVED,
};
enum machine_life machine_life(int64_t number);
/* Does it send events up to now? */
bool machine_reports(int64_t number);

/* --- programs --------------------------------------------------------------------------------------- */

/* The application groups of the policies. */
enum app_group {
    GROUP_ADMIN,
    GROUP_INSTALLERS,
    GROUP_DEVELOPERS,
    GROUP_BLOCKED,
    GROUP_USUAL,
    APP_GROUPS
};
extern const char *const app_group_names[APP_GROUPS];

struct app {
    enum computer_host_type on;
    enum app_group group;
    const char *type; /* as policies name it: "exe" */
    const char *path, *arguments;
    const char *description, *publisher, *product, *version;
    const char *url; /* where it came from, or NULL */
};
extern const struct app apps[];
extern const size_t app_count;
/* One that runs on such a machine; `group` APP_GROUPS: of any. Each system has one of each group. */
const struct app *app_pick(enum computer_host_type on, enum app_group group, uint64_t chance);
/* The same file has the same hash on every computer and in every scene. */
void app_hash(const struct app *app, size_t digits, char *out);
/* What follows the last separator. */
const char *path_name(const char *path);

struct service {
    const char *name, *display, *path;
};
extern const struct service services[];
extern const size_t service_count;

#endif
