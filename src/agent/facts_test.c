/* Proves how the system's files become facts, whole or broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/facts.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static char root[64];

static int root_make(void **state)
{
    (void)state;
    char command[256];
    (void)snprintf(root, sizeof(root), "/tmp/facts-test-XXXXXX");
    if (mkdtemp(root) == NULL) {
        return 1;
    }
    (void)snprintf(command, sizeof(command), "cd %s && mkdir -p etc/default proc sys/class/dmi/id",
                   root);
    return system(command);
}

static int root_drop(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

static void put(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", root, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void the_release_file_names_the_system(void **state)
{
    (void)state;
    struct facts facts = { .address_count = 0 };
    put("etc/os-release", "# c\nPRETTY_NAME=\"Ubuntu 24.04 LTS\"\nNAME='Ubuntu'\nID=ubuntu\n"
                          "VERSION_ID=\"24.04\"\nID_LIKE=debian\n");
    facts_from_files(root, &facts);
    assert_string_equal(facts.os_full, "Ubuntu 24.04 LTS");
    assert_string_equal(facts.os_name, "Ubuntu");
    assert_string_equal(facts.os_id, "ubuntu");
    assert_string_equal(facts.os_version, "24.04");
    assert_string_equal(facts.os_family, "debian");
}

static void the_first_processor_speaks_for_all(void **state)
{
    (void)state;
    struct facts facts = { .address_count = 0 };
    put("proc/cpuinfo",
        "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\n"
        "model name\t: AMD EPYC\nstepping\t: 1\n\nprocessor\t: 1\nmodel name\t: X\n");
    facts_from_files(root, &facts);
    assert_string_equal(facts.processor_maker, "AuthenticAMD");
    assert_string_equal(facts.processor_name, "AMD EPYC");
    assert_string_equal(facts.processor_caption, "Family 25 Model 17 Stepping 1");
}

static void other_files_fill_their_facts(void **state)
{
    (void)state;
    struct facts facts = { .address_count = 0 };
    put("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    put("etc/default/locale", "LANG=de_AT.UTF-8\n");
    put("etc/resolv.conf", "nameserver 1.2.3.4\nsearch corp.example.com example.com\n");
    put("proc/mounts", "proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw 0 0\n");
    put("sys/class/dmi/id/sys_vendor", "LENOVO\n");
    put("sys/class/dmi/id/product_name", "20XW\n");
    facts_from_files(root, &facts);
    assert_string_equal(facts.machine_id, "0123456789abcdef0123456789abcdef");
    assert_string_equal(facts.country, "AT");
    assert_string_equal(facts.code_set, "UTF-8");
    assert_string_equal(facts.domain, "corp.example.com");
    assert_string_equal(facts.system_drive, "/dev/sda1");
    assert_string_equal(facts.maker, "LENOVO");
    assert_string_equal(facts.model, "20XW");
}

static void what_is_missing_or_no_text_stays_empty(void **state)
{
    (void)state;
    struct facts facts = { .address_count = 0 };
    put("etc/os-release", "NAME=\"\xff\xfe\"\nVERSION_ID\n=\n");
    facts_from_files(root, &facts);
    assert_string_equal(facts.os_name, "");
    assert_string_equal(facts.os_version, "");
    assert_string_equal(facts.machine_id, "");
}

static void this_machine_has_a_name_and_a_kernel(void **state)
{
    (void)state;
    struct facts facts;
    struct protocol_fact rows[FACTS_MAX];
    facts_collect(&facts);
    assert_true(facts.host[0] != '\0' && facts.kernel[0] != '\0');
    assert_in_range(facts_rows(&facts, rows), 20, FACTS_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, root_make, root_drop)
    const struct CMUnitTest tests[] = {
        TEST(the_release_file_names_the_system),    TEST(the_first_processor_speaks_for_all),
        TEST(other_files_fill_their_facts),         TEST(what_is_missing_or_no_text_stays_empty),
        TEST(this_machine_has_a_name_and_a_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
