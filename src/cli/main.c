/* reeve: one program, its subcommands in a table. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/commands.h"

enum {
    OPTIONS_ARENA_BYTES = 16 * 1024 * 1024,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_DENIED = 3,
    EXIT_UNDECIDED = 4
};

#define STORE "config data database"

/* clang-format off */
static const struct command {
    const char *name, *second; /* `second`: one or two more words; NULL: none */
    const char *summary;
    const char *options;
    command_call *run;
} commands[] = {
    { "serve", NULL, "run the server", STORE " listen public-url tls-cert tls-key tls-name log-format log-level rate-limit strict scim-users scim-delete scim-groups scim-unknown-roles loops workers writers connections idle-timeout check-in-interval wait-max disconnected-after smtp-url smtp-from smtp-user smtp-password-file smtp-tls smtp-ca mail-retry syslog-listen sudo-listen sudo-client-ca sudo-allow sudo-hosts ready-file", command_serve },
    { "api-account", "create", "make an API account and print its secret, once", STORE " name! description client-id client-secret scope! json", command_account_create },
    { "api-account", "list", "list API accounts", STORE " json", command_account_list },
    { "api-account", "regenerate-secret", "give an API account a new secret; its tokens end at once", STORE " client-id! client-secret json", command_account_secret },
    { "api-account", "delete", "delete an API account; its tokens end at once", STORE " client-id!", command_account_delete },
    { "api-account", "create-token", "make a long-lived token of an API account and print it, once", STORE " client-id! name! days json", command_account_create_token },
    { "api-account", "tokens", "list long-lived tokens and when they were last used", STORE " json", command_account_tokens },
    { "api-account", "revoke-token", "end a long-lived token at once", STORE " token-id!", command_account_revoke_token },
    { "installation", "show", "print the id and key that agents enrol with", STORE " json", command_installation_show },
    { "installation", "rotate", "make a new installation key; the old one stops enrolling", STORE " json", command_installation_rotate },
    { "user", "create", "make a user; --admin for the first administrator", STORE " email! name role admin accept-domain invite json", command_user_create },
    { "user", "list", "list users and their roles", STORE " json", command_user_list },
    { "user", "create-token", "make a personal access token of a user and print it, once", STORE " user! name days json", command_user_create_token },
    { "user", "tokens", "list personal access tokens", STORE " json", command_user_tokens },
    { "user", "revoke-token", "end a personal access token at once", STORE " token-id!", command_user_revoke_token },
    { "user", "disable", "disable a user; nothing is allowed then", STORE " user!", command_user_disable },
    { "user", "enable", "enable a user again", STORE " user!", command_user_enable },
    { "mail", "list", "show mail that waits, was sent or was given up", STORE " json", command_mail_list },
    { "mail", "retry", "send a mail that waits or was given up, now", STORE " id!", command_mail_retry },
    { "auth-provider", "set", "say by which OpenID Connect provider people sign in", STORE " provider! domain! client-id!", command_provider_set },
    { "auth-provider", "clear", "forget the sign-in provider", STORE, command_provider_clear },
    { "audit", "verify", "check the audit chain of a store or of an export, and name the first altered entry", STORE " file key", command_audit_verify },
    { "audit", "export", "write all audit entries to a file that can be verified elsewhere", STORE " out!", command_audit_export },
    { "audit", "key", "print the public key that checkpoints of the audit chain are signed with", STORE, command_audit_key },
    { "backup", NULL, "copy the SQLite store to a file, beside a running server", STORE " out!", command_backup },
    { "events", "export", "write events to a file or to standard output, beside a running server", STORE " from until where as out resume", command_events_export },
    { "events", "import-sudo", "store what event logs of sudo_logsrvd (JSON) tell, each record once; 3 when some could not be", STORE " files json", command_events_import_sudo },
    { "sandbox", "fill", "fill the store with a sample fleet", STORE " computers groups policies events events-per-computer seed clock", command_sandbox_fill },
    { "sandbox", "serve", "run a server in memory with a sample fleet: the same seed and calls give the same answers", "config listen=http://127.0.0.1:8080 listen-tls=https://127.0.0.1:8443 tls-cert tls-key tls-name client-id=sandbox client-secret=sandbox-secret seed clock=2025-01-01T00:00:00Z computers groups=6 policies=4 events=1000 events-per-computer strict rate-limit=0 scim-users scim-delete scim-unknown-roles log-format log-level=warn ready-file", command_sandbox_serve },
    { "agent", "enrol", "make this computer known to a server", "config server! installation-id! installation-key! group ca state force", command_agent_enrol },
    { "agent", "run", "run the agent in the foreground", "config state auth-log queue-bytes check-in-wait log-format log-level", command_agent_run },
    { "agent", "status", "say what the agent on this computer does", "config state json", command_agent_status },
    { "agent", "request application", "ask to run a program with rights; 0 approved, 3 denied, 4 not decided within --wait", "config state path! command-line user reason! request wait json", command_agent_request_application },
    { "agent", "request admin", "ask to be an administrator for a while; 0 approved, 3 denied, 4 not decided within --wait", "config state seconds user reason! request wait json", command_agent_request_admin },
    { "agent", "request used", "say that an approval was used", "config state request! json", command_agent_request_used },
    { "agent", "request list", "print the requests and decisions that this computer knows", "config state", command_agent_request_list },
    { "agent", "session start", "say that an admin session began", "config state request! json", command_agent_session_start },
    { "agent", "session end", "say that an admin session is over", "config state request! end-reason json", command_agent_session_end },
    { "fleet", NULL, "simulate computers that speak the agent protocol", "config server! installation-id! installation-key! ca group computers duration check-in-every events-per-hour wait requests fleet-file", command_fleet },
    { "openapi", NULL, "print an OpenAPI definition", "version format", command_openapi },
    { "version", NULL, "print the version", "", command_version },
};
/* clang-format on */

static void words_of(const struct command *command, char *out, size_t room)
{
    (void)snprintf(out, room, "%s%s%s", command->name, command->second == NULL ? "" : " ",
                   command->second == NULL ? "" : command->second);
}

/* The word at `index` of a command: its name, then those of `second`. Empty past the last. */
static struct slice command_word(const struct command *command, int index)
{
    struct slice rest = slice_of(command->second == NULL ? "" : command->second);
    struct slice word = slice_of(command->name);
    for (int i = 0; i < index; i++) {
        word = slice_cut(&rest, ' ');
    }
    return word;
}

/* Do all these words begin the command's? None do always. */
static bool command_begins(const struct command *command, int count, char *const *words)
{
    for (int i = 0; i < count; i++) {
        if (!slice_is(command_word(command, i), words[i])) {
            return false;
        }
    }
    return true;
}

/* How many of the words, from the first, begin some command. */
static int words_known(int count, char *const *words)
{
    int known = 0;
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        while (known < count && words[known][0] != '\0' &&
               command_begins(&commands[i], known + 1, words)) {
            known++;
        }
    }
    return known;
}

/* The commands that the words begin; all without words. */
static void usage(FILE *out, int count, char *const *words)
{
    (void)fputs("usage: reeve ", out);
    for (int i = 0; i < count; i++) {
        (void)fprintf(out, "%s ", words[i]);
    }
    (void)fputs("COMMAND [OPTIONS]\n\n", out);
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        char line[64];
        if (!command_begins(&commands[i], count, words)) {
            continue;
        }
        words_of(&commands[i], line, sizeof(line));
        (void)fprintf(out, "  %-30s %s\n", line, commands[i].summary);
    }
    (void)fputs(
        "\nreeve COMMAND --help tells its options. Each option is also a variable (--rate-limit is\n"
        "REEVE_RATE_LIMIT) and a line of the file that --config names (rate-limit = 1000).\n"
        "Exit status: 0 done, 1 failed, 2 wrong use, others as the line of the command says.\n",
        out);
}

/* How many arguments the words take; 0 when they are others. */
static int words_match(const char *words, int count, char *const *arguments)
{
    struct slice rest = slice_of(words);
    int used = 0;
    while (rest.length > 0) {
        struct slice word = slice_cut(&rest, ' ');
        if (used == count || !slice_is(word, arguments[used])) {
            return 0;
        }
        used++;
    }
    return used;
}

static const struct command *command_find(int count, char *const *arguments, int *out_used)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        const struct command *command = &commands[i];
        if (count < 2 || strcmp(arguments[1], command->name) != 0) {
            continue;
        }
        if (command->second == NULL) {
            *out_used = 2;
            return command;
        }
        int words = words_match(command->second, count - 2, arguments + 2);
        if (words > 0) {
            *out_used = 2 + words;
            return command;
        }
    }
    return NULL;
}

static void command_help(const struct command *command)
{
    char words[64];
    words_of(command, words, sizeof(words));
    (void)printf("usage: reeve %s", words);
    options_usage(command->options);
    (void)printf("\n%s\n\n", command->summary);
    options_print(command->options);
}

/* Commands that log have the two options; the others get no value for them. */
static void log_begin(const struct options *options)
{
    static const char *const levels[] = { "error", "warn", "info", "debug" };
    const char *word = option_text(options, "log-level");
    enum log_level level = LOG_INFO;
    if (word == NULL) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        level = strcmp(word, levels[i]) == 0 ? (enum log_level)i : level;
    }
    log_setup(level, strcmp(option_text(options, "log-format"), "json") == 0 ? LOG_JSON : LOG_TEXT);
}

/* The agent and the fleet print their own errors. */
static void error_print(const char *name, const struct error *error)
{
    if (error->text[0] != '\0') {
        (void)fprintf(stderr, "reeve %s: %s\n", name, error->text);
    }
}

static int command_start(const struct command *command, int count, char *const *arguments,
                         struct arena *arena)
{
    struct options options;
    struct error error = { .field = NULL };
    bool help = false;
    if (options_parse(arena, command->options, count, arguments, &options, &help, &error) !=
        RESULT_OK) {
        error_print(command->name, &error);
        return EXIT_USAGE;
    }
    if (help) {
        command_help(command);
        return EXIT_SUCCESS;
    }
    log_begin(&options);
    enum result result = command->run(&options, &error);
    if (result == RESULT_OK) {
        return EXIT_SUCCESS;
    }
    error_print(command->name, &error);
    if (error.text[0] == '\0' && (result == RESULT_DENIED || result == RESULT_BUSY)) {
        return result == RESULT_DENIED ? EXIT_DENIED : EXIT_UNDECIDED;
    }
    return result == RESULT_INVALID ? EXIT_USAGE : EXIT_FAILED;
}

static bool is_word_of(const char *argument, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(argument, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* No command was named in full: the part of the table that the words begin. */
static int command_missing(int count, char *const *arguments, bool help)
{
    static const char *const help_words[] = { "--help", "-h", NULL };
    int words = 0;
    while (words < count && arguments[words][0] != '-') {
        words++;
    }
    for (int i = words; i < count; i++) {
        help = help || is_word_of(arguments[i], help_words);
    }
    int known = words_known(words, arguments);
    if (known < words) {
        (void)fprintf(stderr, "reeve: \"%.64s\" is no command\n\n", arguments[known]);
        help = false;
    }
    usage(help ? stdout : stderr, known, arguments);
    return help ? EXIT_SUCCESS : EXIT_USAGE;
}

/* What was printed may be a secret that is shown once: a full disk must not look like success. */
static int output_end(int status)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return status;
    }
    (void)fputs("reeve: standard output cannot be written\n", stderr);
    return status == EXIT_SUCCESS ? EXIT_FAILED : status;
}

int main(int count, char **arguments)
{
    static const char *const version_words[] = { "--version", "-V", NULL };
    static char version[] = "version";
    int used = 0;
    if (count == 2 && is_word_of(arguments[1], version_words)) {
        arguments[1] = version;
    }
    bool help = count > 1 && strcmp(arguments[1], "help") == 0;
    if (help) { /* reeve help agent run: as reeve agent run --help */
        arguments++;
        count--;
    }
    const struct command *command = command_find(count, arguments, &used);
    if (command == NULL) {
        bool given = count > 0;
        return output_end(
            command_missing(given ? count - 1 : 0, arguments + (given ? 1 : 0), help));
    }
    if (help) {
        command_help(command);
        return output_end(EXIT_SUCCESS);
    }
    struct arena *arena = arena_new(OPTIONS_ARENA_BYTES);
    if (arena == NULL) {
        (void)fputs("reeve: no memory\n", stderr);
        return EXIT_FAILED;
    }
    int status = command_start(command, count - used, arguments + used, arena);
    arena_free(arena);
    return output_end(status);
}
