#include "scene/rulebook.h"

#include <inttypes.h>

#include "base/arena.h"

enum { RULE_IDS = 2 << 24, APPS_AT_FIRST = 12, APPS_MORE = 6 };

/* clang-format off */
static const struct { const char *name, *about; } policies[] = {
    { "Workstations", "Offices: everyday programs run, installers ask for a reason" },
    { "Servers", "Servers: administration tools only" },
    { "Developers", "Engineering: build tools run with raised rights" },
    { "Macs", "Macs of all departments" },
    { "Kiosks", "Shared machines: nothing is raised" },
    { "Finance", "Finance: accounting programs and their updates" },
};
const char *const workstyle_names[WORKSTYLES] = { "High Flexibility", "Medium Flexibility", "Low Flexibility" };
const char *const message_names[MESSAGES] = { "Ask for a reason", "Request the application", "Blocked" };

/* What each workstyle does with each group: with raised rights, or not; told with which message. */
static const struct { const char *action, *token; int message; } treatments[APP_GROUPS] = {
    [GROUP_ADMIN] = { "Allow", "AddAdmin", MESSAGE_REASON },
    [GROUP_INSTALLERS] = { "Allow", "AddAdmin", MESSAGE_REQUEST },
    [GROUP_DEVELOPERS] = { "Allow", "AddAdmin", -1 },
    [GROUP_BLOCKED] = { "Block", "Unmodified", MESSAGE_BLOCKED },
    [GROUP_USUAL] = { "Allow", "Unmodified", -1 },
};
/* clang-format on */

void rule_part_id(uint64_t seed, int64_t policy, int part, struct uuid *out)
{
    uuid_seeded(seed, RULE_IDS + (uint64_t)policy * PART_END + (uint64_t)part, out);
}

const char *policy_name(struct arena *arena, int64_t policy)
{
    const char *name = policies[(size_t)policy % COUNT_OF(policies)].name;
    return (size_t)policy < COUNT_OF(policies) ? name
                                               : arena_printf(arena, "%s %" PRId64, name, policy);
}

const char *policy_about(int64_t policy)
{
    return policies[(size_t)policy % COUNT_OF(policies)].about;
}

int64_t policy_revisions(int64_t policy)
{
    return 2 + policy % 3;
}

/* --- the document: none of the tables has a character that XML would have to escape ------------------- */

struct page {
    uint64_t seed;
    int64_t policy, revision;
    struct buffer *out;
};

static const char *id_of(const struct page *page, int part)
{
    static _Thread_local struct uuid ids[4];
    static _Thread_local unsigned next;
    struct uuid *id = &ids[next++ % COUNT_OF(ids)];
    rule_part_id(page->seed, page->policy, part, id);
    return id->text;
}

static void write_app(const struct page *page, size_t index)
{
    const struct app *app = &apps[index];
    buffer_print(
        page->out,
        "      <Application ID=\"%s\" Type=\"%s\" Description=\"%s\" CheckFileName=\"true\""
        " FileName=\"%s\" FileStringMatchType=\"Exact\"",
        id_of(page, PART_APP + (int)index), app->type, app->description, app->path);
    if (app->publisher[0] != '\0') {
        buffer_print(page->out,
                     " CheckCertificate=\"true\" Certificate=\"%s\""
                     " CertificateStringMatchType=\"Exact\"",
                     app->publisher);
    }
    buffer_text(page->out, "/>\n");
}

static void write_app_groups(const struct page *page)
{
    size_t known = APPS_AT_FIRST + APPS_MORE * (size_t)(page->revision - 1);
    buffer_text(page->out, "  <ApplicationGroups>\n");
    for (int group = 0; group < APP_GROUPS; group++) {
        buffer_print(page->out, "    <ApplicationGroup ID=\"%s\" Name=\"%s\" Description=\"\">\n",
                     id_of(page, PART_APP_GROUP + group), app_group_names[group]);
        for (size_t i = 0; i < app_count; i++) {
            /* Every third one is there from the start, so that no group is empty for long. */
            if ((int)apps[i].group == group && (i < known || i % 3 == 0)) {
                write_app(page, i);
            }
        }
        buffer_text(page->out, "    </ApplicationGroup>\n");
    }
    buffer_text(page->out, "  </ApplicationGroups>\n");
}

static void write_messages(const struct page *page)
{
    buffer_text(page->out, "  <MessagePolicies>\n");
    for (int i = 0; i < MESSAGES; i++) {
        buffer_print(page->out,
                     "    <MessagePolicy ID=\"%s\" Name=\"%s\" Description=\"\" OKAction=\"%s\""
                     " ShowCancel=\"true\" Reason=\"%s\"/>\n",
                     id_of(page, PART_MESSAGE + i), message_names[i],
                     i == MESSAGE_BLOCKED ? "Block" : "Proceed",
                     i == MESSAGE_BLOCKED ? "Off" : "TextBox");
    }
    buffer_text(page->out, "  </MessagePolicies>\n");
}

static void write_workstyle(const struct page *page, int style)
{
    buffer_print(page->out,
                 "    <Policy ID=\"%s\" Name=\"%s\" Description=\"Revision %" PRId64 "\""
                 " GlobalOptionsSet=\"%s\">\n      <ApplicationAssignments>\n",
                 id_of(page, PART_WORKSTYLE + style), workstyle_names[style], page->revision,
                 id_of(page, PART_OPTIONS));
    for (int group = 0; group < APP_GROUPS; group++) {
        int message = treatments[group].message;
        buffer_print(page->out,
                     "        <ApplicationAssignment ID=\"%s\" Action=\"%s\" TokenType=\"%s\""
                     " Audit=\"On\"",
                     id_of(page, PART_ASSIGNMENT + style * APP_GROUPS + group),
                     treatments[group].action, treatments[group].token);
        if (message >= 0) {
            buffer_print(page->out, " MessageType=\"On\" Message=\"%s\"",
                         id_of(page, PART_MESSAGE + message));
        }
        buffer_print(page->out, " ApplicationGroup=\"%s\"/>\n",
                     id_of(page, PART_APP_GROUP + group));
    }
    buffer_text(page->out, "      </ApplicationAssignments>\n    </Policy>\n");
}

void policy_write(uint64_t seed, int64_t policy, int64_t revision, struct buffer *out)
{
    const struct page page = { .seed = seed, .policy = policy, .revision = revision, .out = out };
    buffer_print(out,
                 "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                 "<Configuration ID=\"%s\" Version=\"24.8.98.0\" ConfigRevision=\"2470\""
                 " RevisionNumber=\"0\">\n",
                 id_of(&page, PART_ROOT));
    write_app_groups(&page);
    buffer_print(out, "  <GlobalOptionsSets>\n    <GlobalOptionsSet ID=\"%s\"/>\n",
                 id_of(&page, PART_OPTIONS));
    buffer_text(out, "  </GlobalOptionsSets>\n");
    write_messages(&page);
    buffer_text(out, "  <Policies>\n");
    for (int style = 0; style < WORKSTYLES; style++) {
        write_workstyle(&page, style);
    }
    buffer_text(out, "  </Policies>\n</Configuration>\n");
}
