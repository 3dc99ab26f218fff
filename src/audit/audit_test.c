/* Proves that entries are chained in the order of their commits, that undone ones leave nothing, and that an entry
   says what changed. */
#include "access/test_call.h"
#include "audit/audit.h"
#include "audit/checkpoint.h"
#include "audit/seal.h"
#include "base/base64.h"

static struct test_api api;

static void open_store(void **state)
{
    struct test_place *place = test_place(state);
    test_open(&api, place, NULL, 0);
}

static enum result write_one(const char *type)
{
    struct audit_entry entry = { .entity = "Group", .entity_id = "g", .type = type };
    entry.entity_name = SLICE("North");
    entry.details = audit_sentence(&api.ctx, "%s happened", type);
    return audit_write(&api.ctx, &entry);
}

static void write_alone(const char *type)
{
    test_begin(&api);
    test_place_ok(write_one(type), &api.error);
    test_commit(&api);
}

static int64_t count(void)
{
    return test_number(&api, "SELECT COUNT(*) FROM activity_audit", NULL);
}

/* The hash of an entry as docs/audit.md tells it, from the row alone. */
static void hash_of_row(int64_t id, const uint8_t before[SHA256_BYTES], uint8_t out[SHA256_BYTES],
                        uint8_t out_stored[SHA256_BYTES])
{
    struct statement *row = NULL;
    struct chain_link link = { .id = id };
    struct buffer scratch;
    test_place_ok(store_row(api.place->writer, &row, &api.error,
                            "SELECT user_id, user_name, changed_by, entity, entity_id, entity_name,"
                            " audit_type, details, object, object_json, request_id, created, hash"
                            " FROM activity_audit WHERE id = $1",
                            "i", id),
                  &api.error);
    for (uint32_t i = 0; i < CHAIN_FIELDS; i++) {
        if (i == CHAIN_CHANGED_BY) {
            link.fields[i] = slice_of(audit_doors[statement_int(row, i)]);
        } else if (!statement_is_null(row, i)) {
            struct slice text = statement_text(row, i);
            link.fields[i] = (struct slice){ slice_dup(api.arena, text), text.length };
        }
    }
    link.created_us = statement_int(row, CHAIN_FIELDS);
    memcpy(out_stored, statement_bytes(row, CHAIN_FIELDS + 1).text, SHA256_BYTES);
    statement_reset(row);
    buffer_init(&scratch, CHAIN_BYTES_MAX);
    test_place_ok(chain_hash(&scratch, before, &link, out, &api.error), &api.error);
    buffer_done(&scratch);
}

static void each_hash_covers_the_entry_and_the_one_before(void **state)
{
    open_store(state);
    uint8_t hash[SHA256_BYTES] = { 0 };
    uint8_t stored[SHA256_BYTES];
    test_begin(&api);
    test_place_ok(write_one("First"), &api.error);
    test_place_ok(write_one("Second"), &api.error);
    test_commit(&api);
    write_alone("Third");
    assert_int_equal(count(), 3);
    for (int64_t id = 1; id <= 3; id++) {
        hash_of_row(id, hash, hash, stored);
        assert_memory_equal(hash, stored, sizeof(hash));
    }
    assert_int_equal(
        test_number(&api, "SELECT amount FROM tally WHERE name = $1", "activity_audit"), 3);
    test_close(&api);
}

/* Worked out by hand in another language; a change of the bytes must not go unnoticed. */
static void the_bytes_of_an_entry_are_as_documented(void **state)
{
    (void)state;
    uint8_t before[SHA256_BYTES] = { 0 };
    uint8_t hash[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES];
    struct buffer scratch;
    struct error error = { 0 };
    struct chain_link link = { .id = 1, .created_us = 1700000000123456 };
    link.fields[CHAIN_USER] = SLICE("system");
    link.fields[CHAIN_CHANGED_BY] = SLICE("System");
    link.fields[CHAIN_ENTITY] = SLICE("Group");
    link.fields[CHAIN_AUDIT_TYPE] = SLICE("GroupCreated");
    link.fields[CHAIN_DETAILS] = SLICE("M\xc3\xbcnchen");
    buffer_init(&scratch, CHAIN_BYTES_MAX);
    test_place_ok(chain_hash(&scratch, before, &link, hash, &error), &error);
    buffer_done(&scratch);
    hex_encode(hash, sizeof(hash), hex);
    assert_string_equal(hex, "a5d234db5790e04a79a6de3be0a5337af2743891dabf38cf5c2fc85701ccdff3");
}

static void an_undone_write_leaves_no_entry(void **state)
{
    open_store(state);
    struct session *session = api.place->writer;
    test_begin(&api);
    test_place_ok(session_step_begin(session, &api.error), &api.error);
    test_place_ok(write_one("Kept"), &api.error);
    test_place_ok(session_step_keep(session, &api.error), &api.error);
    test_place_ok(session_step_begin(session, &api.error), &api.error);
    test_place_ok(write_one("Undone"), &api.error);
    session_step_undo(session);
    test_place_ok(session_step_begin(session, &api.error), &api.error);
    test_place_ok(write_one("KeptToo"), &api.error);
    test_place_ok(session_step_keep(session, &api.error), &api.error);
    test_commit(&api);
    assert_int_equal(count(), 2);
    test_begin(&api);
    test_place_ok(write_one("RolledBack"), &api.error);
    session_rollback(session);
    write_alone("Next");
    assert_int_equal(test_number(&api, "SELECT MAX(id) FROM activity_audit", NULL), 3);
    assert_int_equal(
        test_number(&api, "SELECT COUNT(*) FROM activity_audit WHERE audit_type = $1", "Undone"),
        0);
    test_close(&api);
}

static void an_entry_outside_a_transaction_is_refused(void **state)
{
    open_store(state);
    test_is(&api, write_one("Stray"), RESULT_BROKEN);
    write_alone("Good");
    assert_int_equal(count(), 1);
    test_close(&api);
}

/* More than are stored by one statement, and a few over. */
static void many_of_one_transaction_are_one_chain(void **state)
{
    open_store(state);
    uint8_t hash[SHA256_BYTES] = { 0 };
    uint8_t stored[SHA256_BYTES];
    test_begin(&api);
    for (int i = 0; i < 47; i++) {
        test_place_ok(write_one("Many"), &api.error);
    }
    test_commit(&api);
    assert_int_equal(count(), 47);
    for (int64_t id = 1; id <= 47; id++) {
        hash_of_row(id, hash, hash, stored);
        assert_memory_equal(hash, stored, sizeof(hash));
    }
    test_close(&api);
}

static void moments_rise_with_the_ids(void **state)
{
    open_store(state);
    test_begin(&api);
    for (int i = 0; i < 50; i++) {
        test_place_ok(write_one("Many"), &api.error);
    }
    test_commit(&api);
    assert_int_equal(test_number(&api,
                                 "SELECT COUNT(*) FROM activity_audit a JOIN activity_audit b"
                                 " ON b.id = a.id + 1 AND b.created > a.created",
                                 NULL),
                     49);
    test_close(&api);
}

static void entries_cannot_be_altered_or_removed(void **state)
{
    open_store(state);
    write_alone("Good");
    static const char *const attempts[] = {
        "UPDATE activity_audit SET details = 'nothing' WHERE id = 1",
        "DELETE FROM activity_audit",
    };
    for (size_t i = 0; i < COUNT_OF(attempts); i++) {
        struct error error = { 0 };
        assert_int_not_equal(store_run(api.place->writer, &error, attempts[i], ""), RESULT_OK);
    }
    assert_int_equal(count(), 1);
    test_close(&api);
}

static void every_thousandth_entry_is_signed(void **state)
{
    open_store(state);
    struct slice key;
    struct statement *row = NULL;
    struct checkpoint checkpoint;
    test_begin(&api);
    for (int i = 0; i < CHECKPOINT_ENTRIES + 1; i++) {
        test_place_ok(write_one("Many"), &api.error);
    }
    test_commit(&api);
    test_begin(&api);
    test_place_ok(audit_public_key(&api.ctx, &key), &api.error);
    test_commit(&api);
    test_place_ok(store_row(api.place->writer, &row, &api.error,
                            "SELECT c.token, a.hash FROM audit_checkpoint c"
                            " JOIN activity_audit a ON a.id = c.id",
                            ""),
                  &api.error);
    test_place_ok(checkpoint_read(api.arena, statement_text(row, 0), key, &checkpoint, &api.error),
                  &api.error);
    assert_int_equal(checkpoint.id, CHECKPOINT_ENTRIES + 1);
    assert_memory_equal(checkpoint.hash, statement_bytes(row, 1).text, SHA256_BYTES);
    statement_reset(row);
    test_close(&api);
}

static void a_checkpoint_is_made_once(void **state)
{
    open_store(state);
    for (int i = 0; i < 3; i++) {
        test_begin(&api);
        test_place_ok(audit_checkpoint(&api.ctx), &api.error);
        test_commit(&api);
    }
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM audit_checkpoint", NULL), 0);
    write_alone("Good");
    for (int i = 0; i < 3; i++) {
        test_begin(&api);
        test_place_ok(audit_checkpoint(&api.ctx), &api.error);
        test_commit(&api);
    }
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM audit_checkpoint", NULL), 1);
    test_close(&api);
}

static void texts_are_cut_and_cleaned(void **state)
{
    open_store(state);
    char name[AUDIT_NAME_BYTES_MAX + 10];
    memset(name, 'x', sizeof(name));
    memcpy(name + AUDIT_NAME_BYTES_MAX - 1, "\xc3\xbc", 2); /* would be cut in its middle */
    struct audit_entry entry = { .entity = "Group",
                                 .type = "GroupCreated",
                                 .entity_name = { name, sizeof(name) },
                                 .details = SLICE("a\0b\xff") };
    test_begin(&api);
    test_place_ok(audit_write(&api.ctx, &entry), &api.error);
    test_commit(&api);
    assert_int_equal(test_number(&api, "SELECT LENGTH(entity_name) FROM activity_audit", NULL),
                     AUDIT_NAME_BYTES_MAX - 1);
    assert_int_equal(
        test_number(&api, "SELECT COUNT(*) FROM activity_audit WHERE details = $1", "a?b?"), 1);
    test_close(&api);
}

static void the_actor_is_who_called(void **state)
{
    open_store(state);
    (void)snprintf(api.principal.client_id, sizeof(api.principal.client_id), "abc123");
    write_alone("ByAccount");
    api.principal.kind = PRINCIPAL_USER;
    (void)snprintf(api.principal.name, sizeof(api.principal.name), "ann@example.com");
    write_alone("ByUser");
    api.ctx.principal = NULL;
    write_alone("BySystem");
    static const char sql[] = "SELECT COUNT(*) FROM activity_audit WHERE changed_by ="
                              " CASE audit_type WHEN 'ByAccount' THEN 0 WHEN 'ByUser' THEN 1"
                              " ELSE 2 END AND user_name = $1";
    assert_int_equal(test_number(&api, sql, "abc123"), 1);
    assert_int_equal(test_number(&api, sql, "ann@example.com"), 1);
    assert_int_equal(test_number(&api, sql, "system"), 1);
    test_close(&api);
}

/* --- objects ----------------------------------------------------------------------------------------- */

static void object_is(struct audit_changes *changes, const char *wanted)
{
    struct slice json;
    test_place_ok(audit_changes_json(changes, &json), &api.error);
    assert_int_equal(json.length, strlen(wanted));
    assert_memory_equal(json.text, wanted, json.length);
}

static void changes_tell_only_what_differs(void **state)
{
    open_store(state);
    struct audit_changes changes;
    audit_changes_init(&changes, &api.ctx, AUDIT_NEW_OLD);
    audit_change_text(&changes, "Name", SLICE("a"), SLICE("b"));
    audit_change_text(&changes, "Description", SLICE("same"), SLICE("same"));
    audit_change_text(&changes, "Note", SLICE("x"), (struct slice){ 0 });
    audit_change_bool(&changes, "IsDefault", true, false);
    audit_change_bool(&changes, "Disabled", true, true);
    audit_change_int(&changes, "Priority", 1, 2);
    object_is(&changes, "{\"newName\":\"a\",\"oldName\":\"b\",\"newNote\":\"x\",\"oldNote\":null,"
                        "\"newIsDefault\":true,\"oldIsDefault\":false,\"newPriority\":1,"
                        "\"oldPriority\":2}");
    audit_changes_init(&changes, &api.ctx, AUDIT_PLAIN_OLD);
    audit_change_text(&changes, "HostName", SLICE("a"), SLICE("b"));
    audit_change_secret(&changes, "ClientSecret");
    audit_flag(&changes, "configChanged");
    object_is(&changes, "{\"hostName\":\"a\",\"oldHostName\":\"b\",\"clientSecret\":\"***\","
                        "\"oldClientSecret\":\"***\",\"configChanged\":true}");
    test_close(&api);
}

static void a_map_holds_each_id_once_and_not_too_many(void **state)
{
    open_store(state);
    struct audit_changes changes;
    struct slice json;
    const struct json *read = NULL;
    audit_changes_init(&changes, &api.ctx, AUDIT_NEW_OLD);
    for (int i = 0; i < AUDIT_NAMES_MAX + 50; i++) {
        const char *id = arena_printf(api.arena, "%d", i);
        audit_map_add(&changes, "newAgents", id, SLICE("host"));
        audit_map_add(&changes, "newAgents", id, SLICE("again"));
    }
    test_place_ok(audit_changes_json(&changes, &json), &api.error);
    test_place_ok(json_parse(api.arena, json, &json_limits_usual, &read, &api.error), &api.error);
    assert_int_equal(json_get(read, "newAgents")->count, AUDIT_NAMES_MAX);
    assert_true(slice_is(json_text_of(json_path(read, "newAgents.0")), "host"));
    test_close(&api);
}

static void an_object_past_its_bound_is_refused(void **state)
{
    open_store(state);
    struct audit_changes changes;
    struct slice json;
    size_t length = AUDIT_OBJECT_BYTES_MAX;
    char *text = arena_alloc(api.arena, length);
    memset(text, 'x', length);
    audit_changes_init(&changes, &api.ctx, AUDIT_NEW_OLD);
    audit_text(&changes, "newAnnotationNote", (struct slice){ text, length });
    test_is(&api, audit_changes_json(&changes, &json), RESULT_TOO_LARGE);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_of_an_entry_are_as_documented),
        TEST_ON_ALL(each_hash_covers_the_entry_and_the_one_before),
        TEST_ON_ALL(an_undone_write_leaves_no_entry),
        TEST_ON_ALL(an_entry_outside_a_transaction_is_refused),
        TEST_ON_ALL(many_of_one_transaction_are_one_chain),
        TEST_ON_ALL(moments_rise_with_the_ids),
        TEST_ON_ALL(entries_cannot_be_altered_or_removed),
        TEST_ON_ALL(every_thousandth_entry_is_signed),
        TEST_ON_ALL(a_checkpoint_is_made_once),
        TEST_ON_ALL(texts_are_cut_and_cleaned),
        TEST_ON_ALL(the_actor_is_who_called),
        TEST_ON_MEMORY(changes_tell_only_what_differs),
        TEST_ON_MEMORY(a_map_holds_each_id_once_and_not_too_many),
        TEST_ON_MEMORY(an_object_past_its_bound_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
