/* The parts of a scene: the same for the same seed, valid by the server's own rules, and true to themselves. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* clang-format on */

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "policy/policy.h"
#include "scene/dice.h"
#include "scene/happening.h"
#include "scene/rulebook.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 64 * 1024 * 1024, TEXT_BYTES = 4 * 1024 * 1024 };

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(ARENA_BYTES);
    return arena == NULL ? -1 : 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* --- chance ------------------------------------------------------------------------------------------ */

static void dice_repeat_and_are_their_own(void **state)
{
    (void)state;
    struct dice a = dice_for(1, DICE_KIND, 2);
    struct dice b = dice_for(1, DICE_KIND, 2);
    struct dice other = dice_for(1, DICE_OWNER, 2);
    struct dice next = dice_for(1, DICE_KIND, 3);
    uint64_t first = dice_roll(&a);
    assert_true(first == dice_roll(&b));
    assert_true(first != dice_roll(&other));
    assert_true(first != dice_roll(&next));
    size_t seen[6] = { 0 };
    for (int i = 0; i < 6000; i++) {
        seen[dice_below(&a, 6)]++;
    }
    for (size_t i = 0; i < 6; i++) {
        assert_in_range(seen[i], 800, 1200);
    }
}

/* --- the cast ------------------------------------------------------------------------------------------ */

static void people_have_names_of_their_own(void **state)
{
    (void)state;
    enum { PEOPLE = 2000 };
    static struct person people[PEOPLE];
    for (size_t i = 0; i < PEOPLE; i++) {
        person_of(i, &people[i]);
        assert_non_null(strstr(people[i].email, "@example.com"));
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(people[i].login, people[k].login);
            assert_string_not_equal(people[i].sid, people[k].sid);
        }
    }
}

static void each_system_has_programs_of_each_group(void **state)
{
    (void)state;
    for (int system = HOST_WINDOWS; system <= HOST_LINUX; system++) {
        for (int group = 0; group < APP_GROUPS; group++) {
            const struct app *app =
                app_pick((enum computer_host_type)system, (enum app_group)group, 12345);
            assert_int_equal(app->on, system);
            assert_int_equal(app->group, group);
        }
    }
}

static void a_file_has_one_hash_of_each_kind(void **state)
{
    (void)state;
    char first[65];
    char again[65];
    for (size_t i = 0; i < app_count; i++) {
        app_hash(&apps[i], 64, first);
        app_hash(&apps[i], 64, again);
        assert_string_equal(first, again);
        app_hash(&apps[(i + 1) % app_count], 64, again);
        assert_string_not_equal(first, again);
        assert_int_equal(strlen(first), 64);
    }
}

static void machines_report_every_member(void **state)
{
    (void)state;
    struct buffer first;
    struct buffer again;
    buffer_init(&first, TEXT_BYTES);
    buffer_init(&again, TEXT_BYTES);
    for (int64_t i = 0; i < 40; i++) {
        const struct json *facts = NULL;
        struct error error = { .field = NULL };
        buffer_reset(&first);
        buffer_reset(&again);
        machine_write(7, i, US_PER_DAY, &first);
        machine_write(7, i, US_PER_DAY, &again);
        assert_string_equal(first.bytes, again.bytes);
        assert_int_equal(
            json_parse(arena, buffer_slice(&first), &json_limits_usual, &facts, &error), RESULT_OK);
        for (size_t k = 0; k < endpoint_information_shape.count; k++) {
            const char *member = endpoint_information_shape.fields[k].json;
            bool has = json_text_of(json_get_any_case(facts, member)).length > 0;
            assert_true(has || strcmp(member, "systemWorkgroup") == 0);
        }
    }
    buffer_done(&first);
    buffer_done(&again);
}

/* --- policies -------------------------------------------------------------------------------------------- */

static void every_revision_passes_the_check_of_policies(void **state)
{
    (void)state;
    struct buffer text;
    size_t before = 0;
    buffer_init(&text, TEXT_BYTES);
    for (int64_t policy = 0; policy < 8; policy++) {
        for (int64_t revision = 1; revision <= policy_revisions(policy); revision++) {
            struct policy_report report;
            struct error error = { .field = NULL };
            buffer_reset(&text);
            policy_write(3, policy, revision, &text);
            enum result result = policy_check(arena, buffer_slice(&text), &report, &error);
            if (result != RESULT_OK || report.warning_count > 0) {
                print_error("%s %s\n", error.text,
                            report.warning_count > 0 ? report.warnings[0].text : "");
            }
            assert_int_equal(result, RESULT_OK);
            assert_int_equal(report.warning_count, 0);
            assert_int_equal(report.workstyles, WORKSTYLES);
            assert_int_equal(report.application_groups, APP_GROUPS);
            assert_true(revision == 1 || text.length > before); /* later ones know more */
            before = text.length;
        }
    }
    buffer_done(&text);
}

/* --- events ------------------------------------------------------------------------------------------------ */

static const struct json *event_of(const struct event_code *code, int64_t machine,
                                   struct buffer *out)
{
    struct person person;
    struct error error = { .field = NULL };
    const struct json *event = NULL;
    person_of(3, &person);
    const struct happening happening = {
        .seed = 1,
        .code = code,
        .kind = machine_kind(1, machine),
        .person = &person,
        .host = "WKS-000001",
        .address = "10.0.1.1",
        .computer_id = "01890a5d-ac96-774b-bcce-b302099a8057",
        .number = 5,
        .at_us = 20000 * US_PER_DAY,
        .policy = 0,
        .policy_id = "01890a5d-ac96-774b-bcce-b302099a8058",
        .policy_name = "Workstations",
        .policy_revision = 2,
    };
    buffer_reset(out);
    scene_happening_write(&happening, out);
    assert_int_equal(json_parse(arena, buffer_slice(out), &json_limits_usual, &event, &error),
                     RESULT_OK);
    return event;
}

static struct slice text_at(const struct json *event, const char *object, const char *member)
{
    return json_text_of(json_get(json_get(event, object), member));
}

static void events_of_every_code_say_what_they_are(void **state)
{
    (void)state;
    struct buffer text;
    buffer_init(&text, TEXT_BYTES);
    for (size_t i = 0; i < event_code_count; i++) {
        const struct event_code *code = &event_codes[i];
        for (int64_t machine = 0; machine < 6; machine++) {
            const struct machine_kind *kind = machine_kind(1, machine);
            if ((code->systems & 1U << kind->type) == 0) {
                continue;
            }
            const struct json *event = event_of(code, machine, &text);
            struct slice program = text_at(event, "process", "executable");
            assert_true(slice_is(text_at(event, "event", "code"), code->code));
            assert_true(slice_is(text_at(event, "host", "hostname"), "WKS-000001"));
            assert_true(text_at(event, "user", "name").length > 0);
            assert_true(program.length > 0 || code->subject == ABOUT_LOGON ||
                        code->subject == ABOUT_POLICY || code->subject == ABOUT_AGENT ||
                        code->subject == ABOUT_LICENCE || code->subject == ABOUT_GROUP);
            bool backslash =
                program.length > 0 && memchr(program.text, '\\', program.length) != NULL;
            assert_int_equal(backslash, program.length > 0 && kind->type == HOST_WINDOWS);
        }
    }
    buffer_done(&text);
}

static void an_event_repeats(void **state)
{
    (void)state;
    struct buffer first;
    struct buffer again;
    buffer_init(&first, TEXT_BYTES);
    buffer_init(&again, TEXT_BYTES);
    (void)event_of(event_code_of("100"), 0, &first);
    (void)event_of(event_code_of("100"), 0, &again);
    assert_string_equal(first.bytes, again.bytes);
    buffer_done(&first);
    buffer_done(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dice_repeat_and_are_their_own),
        cmocka_unit_test(people_have_names_of_their_own),
        cmocka_unit_test(each_system_has_programs_of_each_group),
        cmocka_unit_test(a_file_has_one_hash_of_each_kind),
        cmocka_unit_test(machines_report_every_member),
        cmocka_unit_test(every_revision_passes_the_check_of_policies),
        cmocka_unit_test(events_of_every_code_say_what_they_are),
        cmocka_unit_test(an_event_repeats),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
