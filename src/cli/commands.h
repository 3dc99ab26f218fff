/* The subcommands of reeve; each gets its options. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "base/result.h"
#include "cli/options.h"

/* A failing result ends the program with 1, or 2 when it is RESULT_INVALID. Main prints the error, unless its text is
   empty because the command has printed for itself; then RESULT_DENIED ends with 3 and RESULT_BUSY with 4. */
typedef enum result command_call(const struct options *options, struct error *error);

command_call command_serve, command_account_create, command_account_list, command_account_secret,
    command_account_delete, command_account_create_token, command_account_tokens,
    command_account_revoke_token, command_installation_show, command_installation_rotate,
    command_sandbox_fill, command_sandbox_serve, command_audit_verify, command_audit_export,
    command_audit_key, command_openapi, command_version, command_agent_enrol, command_agent_run,
    command_agent_status, command_agent_request_application, command_agent_request_admin,
    command_agent_request_used, command_agent_request_list, command_agent_session_start,
    command_agent_session_end, command_fleet, command_user_create, command_user_list,
    command_user_create_token, command_user_tokens, command_user_revoke_token, command_user_disable,
    command_user_enable, command_mail_list, command_mail_retry, command_provider_set,
    command_provider_clear, command_events_export, command_events_import_sudo, command_backup;

#endif
