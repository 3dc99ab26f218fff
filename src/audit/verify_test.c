/* Proves that whatever is done to the entries of a store or to an export is found, and the entry named. */
#include "access/test_call.h"
#include "audit/audit.h"
#include "audit/check.h"
#include "audit/checkpoint.h"
#include "audit/export.h"
#include "crypto/key.h"

enum { ENTRIES = 12 };

static struct test_api api;
static struct session *reader;
static struct slice key;

static void write_some(int count)
{
    for (int i = 0; i < count; i++) {
        struct audit_entry entry = { .entity = "Group", .type = "ModifyGroup" };
        entry.details = audit_sentence(&api.ctx, "change %d \xc3\xbc \"%s\"", i, "quoted");
        entry.object = "groupDataAuditing";
        entry.object_json = SLICE("{\"newName\":\"a\\\"b\"}");
        test_begin(&api);
        test_place_ok(audit_write(&api.ctx, &entry), &api.error);
        test_commit(&api);
    }
}

static void sign(void)
{
    test_begin(&api);
    test_place_ok(audit_checkpoint(&api.ctx), &api.error);
    test_place_ok(audit_public_key(&api.ctx, &key), &api.error);
    test_commit(&api);
}

/* Seven entries, a checkpoint, five more. */
static void open_store(void **state)
{
    struct test_place *place = test_place(state);
    test_open(&api, place, NULL, 0);
    write_some(7);
    sign();
    write_some(ENTRIES - 7);
    test_place_ok(session_open(place->store, SESSION_READ, &reader, &api.error), &api.error);
}

static void close_store(void)
{
    session_close(reader);
    test_close(&api);
}

static enum result verify(struct audit_account *account)
{
    struct ctx ctx = api.ctx;
    ctx.session = reader;
    api.error.text[0] = '\0';
    return audit_verify_store(&ctx, key, NULL, account);
}

static void finds(const char *words)
{
    struct audit_account account;
    test_is(&api, verify(&account), RESULT_CONFLICT);
    if (strstr(api.error.text, words) == NULL) {
        test_stop("\"%s\" does not say %s", api.error.text, words);
    }
}

/* As somebody with the database's password would. */
static void by_hand(const char *sql)
{
    bool sqlite = store_dialect(api.place->store)->one_server;
    static const char *const triggers[][2] = {
        { "activity_audit_no_update", "activity_audit_no_change" },
        { "activity_audit_no_delete", "activity_audit_no_truncate" },
        { "audit_checkpoint_no_update", "audit_checkpoint_no_change" },
        { "audit_checkpoint_no_delete", "audit_checkpoint_no_truncate" },
    };
    for (size_t i = 0; i < COUNT_OF(triggers); i++) {
        const char *table = i < 2 ? "activity_audit" : "audit_checkpoint";
        test_sql(&api, sqlite ? arena_printf(api.arena, "DROP TRIGGER IF EXISTS %s", triggers[i][0])
                              : arena_printf(api.arena, "DROP TRIGGER IF EXISTS %s ON %s",
                                             triggers[i][1], table));
    }
    test_sql(&api, sql);
}

static void an_untouched_store_holds(void **state)
{
    open_store(state);
    struct audit_account account;
    test_is(&api, verify(&account), RESULT_OK);
    assert_int_equal(account.entries, ENTRIES);
    assert_int_equal(account.checkpoints, 1);
    assert_int_equal(account.signed_id, 7);
    close_store();
}

static void a_changed_field_is_found(void **state)
{
    static const char *const columns[] = { "user_id",     "user_name",  "entity",  "entity_id",
                                           "entity_name", "audit_type", "details", "object",
                                           "object_json", "request_id" };
    open_store(state);
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        test_sql(&api, "CREATE TABLE kept AS SELECT * FROM activity_audit WHERE id = 5");
        by_hand(
            arena_printf(api.arena, "UPDATE activity_audit SET %s = 'x' WHERE id = 5", columns[i]));
        finds("entry 5 was altered");
        by_hand(arena_printf(api.arena,
                             "UPDATE activity_audit SET %s = (SELECT %s FROM kept) WHERE id = 5;"
                             "DROP TABLE kept",
                             columns[i], columns[i]));
    }
    struct audit_account account;
    test_is(&api, verify(&account), RESULT_OK);
    by_hand("UPDATE activity_audit SET changed_by = 1 WHERE id = 5");
    finds("entry 5 was altered");
    by_hand("UPDATE activity_audit SET changed_by = 77 WHERE id = 5");
    finds("entry 5 was altered");
    close_store();
}

static void null_and_empty_are_not_the_same(void **state)
{
    open_store(state);
    by_hand("UPDATE activity_audit SET entity_id = '' WHERE id = 3");
    finds("entry 3 was altered");
    close_store();
}

static void a_changed_moment_is_found(void **state)
{
    open_store(state);
    by_hand("UPDATE activity_audit SET created = created + 1 WHERE id = 12");
    finds("entry 12 was altered");
    by_hand("UPDATE activity_audit SET created = 5 WHERE id = 12");
    finds("entry 12 was altered");
    close_store();
}

static void a_removed_entry_is_found(void **state)
{
    open_store(state);
    by_hand("DELETE FROM activity_audit WHERE id = 4");
    finds("entry 4 is missing");
    close_store();
}

static void a_removed_end_is_found(void **state)
{
    open_store(state);
    by_hand("DELETE FROM activity_audit WHERE id > 10");
    finds("entry 11 is missing");
    close_store();
}

/* Also by who corrects the count: what was signed must be there. */
static void an_end_that_was_signed_cannot_be_removed(void **state)
{
    open_store(state);
    bool sqlite = store_dialect(api.place->store)->one_server;
    by_hand(sqlite ? "PRAGMA foreign_keys=OFF"
                   : "ALTER TABLE audit_checkpoint DROP CONSTRAINT audit_checkpoint_id_fkey");
    by_hand("DELETE FROM activity_audit WHERE id > 5");
    by_hand("UPDATE tally SET amount = 5 WHERE name = 'activity_audit'");
    finds("entry 6 is missing: a checkpoint signs entry 7");
    close_store();
}

static void swapped_entries_are_found(void **state)
{
    open_store(state);
    by_hand("UPDATE activity_audit SET id = 99 WHERE id = 9;"
            "UPDATE activity_audit SET id = 9 WHERE id = 10;"
            "UPDATE activity_audit SET id = 10 WHERE id = 99");
    finds("entry 9 was altered");
    close_store();
}

static void an_appended_entry_is_found(void **state)
{
    open_store(state);
    by_hand("INSERT INTO activity_audit (id, created, changed_by, entity, audit_type, hash)"
            " SELECT 13, created + 1, changed_by, entity, audit_type, hash FROM activity_audit"
            " WHERE id = 12");
    finds("entry 13 was altered");
    close_store();
}

static void an_inserted_entry_is_found(void **state)
{
    open_store(state);
    by_hand("INSERT INTO activity_audit (id, created, changed_by, entity, audit_type, hash)"
            " SELECT 0, created - 1, changed_by, entity, audit_type, hash FROM activity_audit"
            " WHERE id = 1");
    finds("entry 0 stands where entry 1 should be");
    close_store();
}

/* Who computes all hashes anew is stopped by what was signed. */
static void a_chain_made_anew_does_not_fit_the_checkpoint(void **state)
{
    open_store(state);
    struct slice token;
    struct statement *row = NULL;
    test_place_ok(store_row(api.place->writer, &row, &api.error,
                            "SELECT token FROM audit_checkpoint WHERE id = 7", ""),
                  &api.error);
    token = slice_of(slice_dup(api.arena, statement_text(row, 0)));
    statement_reset(row);
    by_hand("DELETE FROM audit_checkpoint");
    by_hand("DELETE FROM activity_audit");
    by_hand("UPDATE tally SET amount = 0 WHERE name = 'activity_audit'");
    write_some(ENTRIES);
    struct audit_account account;
    test_is(&api, verify(&account), RESULT_OK); /* sound, but another history */
    test_begin(&api);
    test_place_ok(store_run(api.place->writer, &api.error,
                            "INSERT INTO audit_checkpoint (id, created, token) VALUES (7, 0, $1)",
                            "s", token),
                  &api.error);
    test_commit(&api);
    finds("entries 1 to 7 were altered");
    close_store();
}

static void a_checkpoint_of_another_key_is_found(void **state)
{
    open_store(state);
    struct slice other;
    test_place_ok(key_make(api.arena, &other, &api.error), &api.error);
    test_place_ok(key_public(api.arena, other, &key, &api.error), &api.error);
    finds("the checkpoint of entry 7 is not signed by the audit key");
    close_store();
}

/* --- exports ------------------------------------------------------------------------------------- */

static char *export(size_t *out_length)
{
    char *text = NULL;
    struct audit_account account;
    struct ctx ctx = api.ctx;
    ctx.session = reader;
    FILE *file = open_memstream(&text, out_length);
    assert_non_null(file);
    test_place_ok(audit_export(&ctx, key, "tenant", file, NULL, &account), &api.error);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(account.entries, ENTRIES);
    return text;
}

static enum result verify_text(const char *text, size_t length, struct slice with)
{
    struct audit_account account;
    char *copy = strndup(text, length);
    assert_non_null(copy);
    FILE *file = fmemopen(copy, length, "r");
    assert_non_null(file);
    api.error.text[0] = '\0';
    enum result result = audit_verify_file(file, with, &account, &api.error);
    (void)fclose(file);
    free(copy);
    return result;
}

static void an_export_holds_by_the_key_it_carries_or_a_given_one(void **state)
{
    open_store(state);
    size_t length = 0;
    char *text = export(&length);
    struct slice other;
    test_is(&api, verify_text(text, length, (struct slice){ 0 }), RESULT_OK);
    test_is(&api, verify_text(text, length, key), RESULT_OK);
    test_place_ok(key_make(api.arena, &other, &api.error), &api.error);
    test_place_ok(key_public(api.arena, other, &other, &api.error), &api.error);
    test_is(&api, verify_text(text, length, other), RESULT_CONFLICT);
    free(text);
    close_store();
}

/* Whatever byte of it is changed: never sound, never worse than a refusal. */
static void every_changed_byte_of_an_export_is_found(void **state)
{
    open_store(state);
    size_t length = 0;
    char *text = export(&length);
    size_t first_entry = (size_t)(strchr(text, '\n') - text) + 1;
    size_t found = 0;
    size_t tried = 0;
    for (size_t i = first_entry; i < length; i += 7) {
        char kept = text[i];
        text[i] = kept == 'x' ? 'y' : 'x';
        enum result result = verify_text(text, length, key);
        tried++;
        found += result == RESULT_CONFLICT ? 1 : 0;
        if (result == RESULT_OK) {
            test_stop("byte %zu was changed and not found: %.60s", i, text + i);
        }
        text[i] = kept;
    }
    assert_true(tried > 100);
    assert_int_equal(found, tried);
    free(text);
    close_store();
}

static void a_cut_export_is_found(void **state)
{
    open_store(state);
    size_t length = 0;
    char *text = export(&length);
    size_t end = length - 1;
    while (text[end - 1] != '\n') {
        end--; /* without the last line */
    }
    test_is(&api, verify_text(text, end, key), RESULT_CONFLICT);
    assert_non_null(strstr(api.error.text, "cut off after entry 12"));
    test_is(&api, verify_text("{}\n", 3, key), RESULT_INVALID);
    test_is(&api, verify_text("no\n", 3, key), RESULT_INVALID);
    free(text);
    close_store();
}

/* --- the checker alone --------------------------------------------------------------------------- */

static void a_long_run_without_a_signature_is_found(void **state)
{
    (void)state;
    struct chain_check check;
    struct error error = { 0 };
    struct buffer scratch;
    uint8_t hash[SHA256_BYTES] = { 0 };
    enum result result = RESULT_OK;
    chain_check_init(&check, (struct slice){ 0 });
    buffer_init(&scratch, CHAIN_BYTES_MAX);
    struct chain_link link = { .id = 0 };
    while (result == RESULT_OK) {
        link.id++;
        link.created_us++;
        test_place_ok(chain_hash(&scratch, hash, &link, hash, &error), &error);
        result =
            chain_check_entry(&check, &link, (struct slice){ (char *)hash, sizeof(hash) }, &error);
    }
    assert_int_equal(link.id, CHECK_UNSIGNED_MAX + 1);
    assert_non_null(strstr(error.text, "checkpoints were removed"));
    buffer_done(&scratch);
    chain_check_done(&check);
}

#define TEST_ON_BOTH(test) TEST_ON_MEMORY(test), TEST_ON_POSTGRES(test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(an_untouched_store_holds),
        TEST_ON_BOTH(a_changed_field_is_found),
        TEST_ON_BOTH(null_and_empty_are_not_the_same),
        TEST_ON_BOTH(a_changed_moment_is_found),
        TEST_ON_BOTH(a_removed_entry_is_found),
        TEST_ON_BOTH(a_removed_end_is_found),
        TEST_ON_BOTH(an_end_that_was_signed_cannot_be_removed),
        TEST_ON_BOTH(swapped_entries_are_found),
        TEST_ON_BOTH(an_appended_entry_is_found),
        TEST_ON_BOTH(an_inserted_entry_is_found),
        TEST_ON_BOTH(a_chain_made_anew_does_not_fit_the_checkpoint),
        TEST_ON_BOTH(a_checkpoint_of_another_key_is_found),
        TEST_ON_BOTH(an_export_holds_by_the_key_it_carries_or_a_given_one),
        TEST_ON_MEMORY(every_changed_byte_of_an_export_is_found),
        TEST_ON_MEMORY(a_cut_export_is_found),
        cmocka_unit_test(a_long_run_without_a_signature_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
