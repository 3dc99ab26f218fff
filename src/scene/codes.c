#include <assert.h>
#include <string.h>

#include "base/compiler.h"
#include "scene/happening.h"

/* clang-format off */
#define W (1u << HOST_WINDOWS)
#define M (1u << HOST_MACOS)
#define ALL (W | M | 1u << HOST_LINUX)
#define ADMIN "Add Full Admin"
const struct event_code event_codes[] = {
    { "0", ABOUT_AGENT, ALL, APP_GROUPS, 1, "Service", "Success", "process", "info", "success", "Service control worked", NULL, false },
    { "1", ABOUT_AGENT, ALL, APP_GROUPS, 0, "Service", "Error", "process", "info", "failure", "Service error", NULL, false },
    { "2", ABOUT_AGENT, ALL, APP_GROUPS, 0, "Service", "Warning", "process", "info", "unknown", "Service warning", NULL, false },
    { "10", ABOUT_LICENCE, ALL, APP_GROUPS, 0, "License", "Error", "process", "error", "failure", "The licence is not valid", NULL, false },
    { "100", ABOUT_PROGRAM, ALL, GROUP_ADMIN, 30, "Process", "Elevated", "process", "start", "success", "Process started with admin rights added", ADMIN, false },
    { "101", ABOUT_PROGRAM, ALL, GROUP_DEVELOPERS, 6, "Process", "Elevated", "process", "start", "success", "Process started with admin rights added, from the shell menu", ADMIN, true },
    { "103", ABOUT_PROGRAM, W, GROUP_USUAL, 1, "Process", "DropAdmin", "process", "start", "success", "Process started with admin rights dropped", "Drop Admin Rights", false },
    { "104", ABOUT_PROGRAM, W, GROUP_USUAL, 0, "Process", "DropAdmin", "process", "start", "success", "Process started with admin rights dropped, from the shell menu", "Drop Admin Rights", true },
    { "106", ABOUT_PROGRAM, ALL, GROUP_USUAL, 24, "Process", "Passive", "process", "start", "success", "Process started without change of its rights", "Passive", false },
    { "107", ABOUT_PROGRAM, W, GROUP_USUAL, 2, "Process", "Passive", "process", "start", "success", "Process started without change of its rights, from the shell menu", "Passive", true },
    { "109", ABOUT_PROGRAM, W, GROUP_USUAL, 1, "Process", "DefaultRights", "process", "start", "success", "Process started with the default rights of the user enforced", "Enforce User's Default Rights", false },
    { "110", ABOUT_PROGRAM, W, GROUP_USUAL, 0, "Process", "DefaultRights", "process", "start", "success", "Process started with the default rights of the user enforced, from the shell menu", "Enforce User's Default Rights", true },
    { "112", ABOUT_PROGRAM, W, GROUP_INSTALLERS, 3, "Process", "ElevationRequired", "process", "info", "success", "Process needs elevated rights to run", NULL, false },
    { "113", ABOUT_PROGRAM, W, GROUP_DEVELOPERS, 1, "Process", "CustomToken", "process", "start", "success", "Process started with a custom token", "Debuggers", false },
    { "114", ABOUT_PROGRAM, W, GROUP_DEVELOPERS, 0, "Process", "CustomToken", "process", "start", "success", "Process started with a custom token, from the shell menu", "Debuggers", true },
    { "116", ABOUT_PROGRAM, ALL, GROUP_BLOCKED, 8, "Process", "Blocked", "process", "denied", "failure", "Process execution was blocked", NULL, false },
    { "118", ABOUT_PROGRAM, W, GROUP_ADMIN, 1, "Process", "AuthorizingUser", "process", "start", "success", "Process started as the authorising user", ADMIN, false },
    { "119", ABOUT_PROGRAM, W, GROUP_ADMIN, 0, "Process", "AuthorizingUser", "process", "start", "success", "Process started as the authorising user, from the shell menu", ADMIN, true },
    { "120", ABOUT_PROGRAM, ALL, GROUP_INSTALLERS, 4, "Process", "Cancelled", "process", "denied", "failure", "Process was cancelled by the user", NULL, false },
    { "130", ABOUT_BUNDLE, M, GROUP_INSTALLERS, 2, "Bundle", "Installed", "package", "installation", "success", "Application bundle installed", NULL, false },
    { "131", ABOUT_BUNDLE, M, GROUP_INSTALLERS, 1, "Bundle", "Deleted", "package", "deletion", "success", "Application bundle deleted", NULL, false },
    { "150", ABOUT_SERVICE, W, APP_GROUPS, 1, "Service", "Allowed", "process", "change", "success", "Service start was allowed", ADMIN, false },
    { "151", ABOUT_SERVICE, W, APP_GROUPS, 1, "Service", "Allowed", "process", "change", "success", "Service stop was allowed", ADMIN, false },
    { "152", ABOUT_SERVICE, W, APP_GROUPS, 0, "Service", "Allowed", "process", "change", "success", "Service pause or resume was allowed", ADMIN, false },
    { "153", ABOUT_SERVICE, W, APP_GROUPS, 0, "Service", "Allowed", "process", "change", "success", "Service configuration was allowed", ADMIN, false },
    { "154", ABOUT_SERVICE, W, APP_GROUPS, 0, "Service", "Blocked", "process", "denied", "failure", "Service start was blocked", NULL, false },
    { "155", ABOUT_SERVICE, W, APP_GROUPS, 0, "Service", "Blocked", "process", "denied", "failure", "Service stop was blocked", NULL, false },
    { "156", ABOUT_SERVICE, W, APP_GROUPS, 0, "Service", "Blocked", "process", "denied", "failure", "Service pause or resume was blocked", NULL, false },
    { "157", ABOUT_SERVICE, W, APP_GROUPS, 0, "Service", "Blocked", "process", "denied", "failure", "Service configuration was blocked", NULL, false },
    { "158", ABOUT_SERVICE, W, APP_GROUPS, 0, "Service", "AuthorizingUser", "process", "change", "success", "Service action in the context of the authorising user", ADMIN, false },
    { "159", ABOUT_SERVICE, W, APP_GROUPS, 0, "Service", "Cancelled", "process", "denied", "failure", "Service start was cancelled by the user", NULL, false },
    { "160", ABOUT_SERVICE, W, APP_GROUPS, 0, "Service", "Cancelled", "process", "denied", "failure", "Service stop was cancelled by the user", NULL, false },
    { "161", ABOUT_SERVICE, W, APP_GROUPS, 0, "Service", "Cancelled", "process", "denied", "failure", "Service pause or resume was cancelled by the user", NULL, false },
    { "162", ABOUT_SERVICE, W, APP_GROUPS, 0, "Service", "Cancelled", "process", "denied", "failure", "Service configuration was cancelled by the user", NULL, false },
    { "198", ABOUT_GROUP, W, APP_GROUPS, 0, "PrivilegedGroup", "Blocked", "iam", "denied", "failure", "Change of a privileged group was blocked", NULL, false },
    { "199", ABOUT_PROGRAM, W, GROUP_INSTALLERS, 0, "Process", "Blocked", "process", "denied", "failure", "Process was blocked after too many wrong challenge responses", NULL, false },
    { "200", ABOUT_POLICY, ALL, APP_GROUPS, 3, "Configuration", "Loaded", "configuration", "change", "success", "Policy loaded", NULL, false },
    { "201", ABOUT_POLICY, ALL, APP_GROUPS, 0, "Configuration", "Warning", "configuration", "change", "unknown", "Policy loaded with a warning", NULL, false },
    { "202", ABOUT_POLICY, ALL, APP_GROUPS, 0, "Configuration", "Error", "configuration", "change", "failure", "Policy could not be loaded", NULL, false },
    { "210", ABOUT_POLICY, ALL, APP_GROUPS, 2, "Configuration", "Downloaded", "configuration", "change", "success", "Policy downloaded", NULL, false },
    { "211", ABOUT_POLICY, ALL, APP_GROUPS, 0, "Configuration", "Error", "configuration", "change", "failure", "Policy could not be downloaded", NULL, false },
    { "300", ABOUT_LOGON, ALL, APP_GROUPS, 0, "Session", "User Logon", "session authentication", "start", "success", "User logged on", NULL, false },
    { "400", ABOUT_AGENT, ALL, APP_GROUPS, 0, "Agent", "Started", "process", "start", "success", "Agent service started", NULL, false },
    { "401", ABOUT_AGENT, ALL, APP_GROUPS, 0, "Agent", "Stopped", "process", "end", "success", "Agent service stopped", NULL, false },
    { "600", ABOUT_CONTENT, W, GROUP_USUAL, 1, "Content", "Elevated", "file", "access", "success", "Content opened with admin rights added", ADMIN, false },
    { "601", ABOUT_CONTENT, W, GROUP_USUAL, 0, "Content", "CustomToken", "file", "access", "success", "Content opened with a custom token", "Debuggers", false },
    { "602", ABOUT_CONTENT, W, GROUP_USUAL, 0, "Content", "DropAdmin", "file", "access", "success", "Content opened with admin rights dropped", "Drop Admin Rights", false },
    { "603", ABOUT_CONTENT, W, GROUP_USUAL, 0, "Content", "Passive", "file", "access", "success", "Content opened without change of rights", "Passive", false },
    { "604", ABOUT_CONTENT, W, GROUP_USUAL, 0, "Content", "DefaultRights", "file", "access", "success", "Content opened with the default rights of the user enforced", "Enforce User's Default Rights", false },
    { "605", ABOUT_CONTENT, W, GROUP_USUAL, 0, "Content", "Blocked", "file", "access", "failure", "Content was blocked", NULL, false },
    { "606", ABOUT_CONTENT, W, GROUP_USUAL, 0, "Content", "Cancelled", "file", "access", "failure", "Content was cancelled by the user", NULL, false },
    { "706", ABOUT_DLL, W, GROUP_USUAL, 0, "Dll", "Passive", "library", "start", "success", "Trusted application loaded a DLL", "Passive", false },
    { "716", ABOUT_DLL, W, GROUP_USUAL, 0, "Dll", "Blocked", "library", "denied", "failure", "DLL of a trusted application was blocked", NULL, false },
    { "720", ABOUT_DLL, W, GROUP_USUAL, 0, "Dll", "Cancelled", "library", "denied", "failure", "DLL of a trusted application was cancelled by the user", NULL, false },
};
/* clang-format on */
const size_t event_code_count = COUNT_OF(event_codes);

const struct event_code *event_code_of(const char *code)
{
    for (size_t i = 0; i < event_code_count; i++) {
        if (strcmp(event_codes[i].code, code) == 0) {
            return &event_codes[i];
        }
    }
    assert(false && "an unknown code");
    return event_codes;
}
