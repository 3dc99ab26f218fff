#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "scene/cast.h"
#include "scene/dice.h"

/* clang-format off */
const char *const app_group_names[APP_GROUPS] = { "Administration tools", "Installers", "Developer tools", "Blocked applications", "Everyday applications" };

#define MS    "Microsoft Windows"
#define APPLE "Software Signing"
#define WIN   HOST_WINDOWS
#define MAC   HOST_MACOS
#define LNX   HOST_LINUX
const struct app apps[] = {
    { WIN, GROUP_ADMIN, "exe", "C:\\Windows\\System32\\mmc.exe", "devmgmt.msc", "Microsoft Management Console", MS, "Microsoft Windows Operating System", "10.0.22621.1", NULL },
    { WIN, GROUP_ADMIN, "msc", "C:\\Windows\\System32\\services.msc", "", "Services", MS, "Microsoft Windows Operating System", "10.0.22621.1", NULL },
    { WIN, GROUP_ADMIN, "exe", "C:\\Windows\\regedit.exe", "", "Registry Editor", MS, "Microsoft Windows Operating System", "10.0.22621.3527", NULL },
    { WIN, GROUP_ADMIN, "ps1", "C:\\IT\\Scripts\\map-printers.ps1", "-Site 4", "Printer script", "Example Ltd", "Printer script", "2.1.0", NULL },
    { WIN, GROUP_INSTALLERS, "exe", "C:\\Users\\Public\\Downloads\\fernwriter-7.4.2-setup.exe", "/quiet", "Fernwriter Setup", "Fernwriter Software Ltd", "Fernwriter", "7.4.2", "https://downloads.example.com/fernwriter-7.4.2-setup.exe" },
    { WIN, GROUP_INSTALLERS, "msi", "C:\\Users\\Public\\Downloads\\meridian-vpn-5.1.msi", "/i", "Meridian VPN Installer", "Meridian Networks", "Meridian VPN", "5.1.0", "https://vpn.example.net/meridian-vpn-5.1.msi" },
    { WIN, GROUP_INSTALLERS, "exe", "C:\\Users\\Public\\Downloads\\quillpdf-reader-22.exe", "", "QuillPDF Reader Setup", "QuillPDF Inc.", "QuillPDF Reader", "22.0.3", "https://quillpdf.example.org/reader-22.exe" },
    { WIN, GROUP_DEVELOPERS, "exe", "C:\\Program Files\\Kiln\\kiln.exe", "build --release", "Kiln build tool", "Kiln Contributors", "Kiln", "3.9.1", NULL },
    { WIN, GROUP_DEVELOPERS, "exe", "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", "-File setup.ps1", "Windows PowerShell", MS, "Microsoft Windows Operating System", "10.0.22621.3085", NULL },
    { WIN, GROUP_BLOCKED, "exe", "C:\\Users\\Public\\Downloads\\toolbar-setup.exe", "/silent", "Toolbar Setup", "Glittering Toolbars", "Glitter Toolbar", "1.0.7", "https://toolbar.example.net/setup.exe" },
    { WIN, GROUP_BLOCKED, "exe", "C:\\Users\\Public\\Downloads\\coinpress.exe", "--pool pool.example.net", "CoinPress", "", "CoinPress", "0.8", "https://coinpress.example.org/coinpress.exe" },
    { WIN, GROUP_USUAL, "exe", "C:\\Program Files\\Fernwriter\\fernwriter.exe", "", "Fernwriter", "Fernwriter Software Ltd", "Fernwriter", "7.4.2", NULL },
    { WIN, GROUP_USUAL, "exe", "C:\\Program Files\\Larkmail\\larkmail.exe", "--minimized", "Larkmail", "Larkmail GmbH", "Larkmail", "115.2.0", NULL },
    { WIN, GROUP_USUAL, "exe", "C:\\Program Files\\Ledgerline\\ledger.exe", "", "Ledgerline Accounting", "Ledgerline Ltd", "Ledgerline", "12.3.1", NULL },
    { MAC, GROUP_ADMIN, "bin", "/usr/sbin/softwareupdate", "--install --all", "Software Update", APPLE, "macOS", "14.6", NULL },
    { MAC, GROUP_ADMIN, "app", "/System/Applications/Utilities/Disk Utility.app/Contents/MacOS/Disk Utility", "", "Disk Utility", APPLE, "Disk Utility", "22.6", NULL },
    { MAC, GROUP_INSTALLERS, "pkg", "/Users/Shared/Downloads/meridian-vpn-5.1.pkg", "", "Meridian VPN", "Developer ID Installer: Meridian Networks (EXAMPLE001)", "Meridian VPN", "5.1.0", "https://vpn.example.net/meridian-vpn-5.1.pkg" },
    { MAC, GROUP_INSTALLERS, "app", "/Applications/Fernwriter.app/Contents/MacOS/Fernwriter", "", "Fernwriter", "Developer ID Application: Fernwriter Software Ltd (EXAMPLE002)", "Fernwriter", "7.4.2", "https://downloads.example.com/fernwriter-7.4.2.dmg" },
    { MAC, GROUP_DEVELOPERS, "app", "/Applications/Kiln.app/Contents/MacOS/Kiln", "build", "Kiln", "Developer ID Application: Kiln Contributors (EXAMPLE003)", "Kiln", "3.9.1", NULL },
    { MAC, GROUP_BLOCKED, "app", "/Users/Shared/Downloads/CoinPress.app/Contents/MacOS/CoinPress", "", "CoinPress", "", "CoinPress", "0.8", "https://coinpress.example.org/coinpress.dmg" },
    { MAC, GROUP_USUAL, "app", "/Applications/Larkmail.app/Contents/MacOS/Larkmail", "", "Larkmail", "Developer ID Application: Larkmail GmbH (EXAMPLE004)", "Larkmail", "115.2.0", NULL },
    { LNX, GROUP_ADMIN, "bin", "/usr/bin/systemctl", "restart nginx", "Service manager", "", "systemd", "252", NULL },
    { LNX, GROUP_ADMIN, "bin", "/usr/sbin/tcpdump", "-i eth0", "tcpdump", "", "tcpdump", "4.99.3", NULL },
    { LNX, GROUP_INSTALLERS, "bin", "/usr/bin/apt", "upgrade", "Package manager", "", "apt", "2.6.1", NULL },
    { LNX, GROUP_DEVELOPERS, "bin", "/opt/kiln/bin/kiln", "build --release", "Kiln build tool", "", "Kiln", "3.9.1", NULL },
    { LNX, GROUP_BLOCKED, "sh", "/home/shared/coinpress.sh", "--all", "Shell script", "", "CoinPress", "0.8", NULL },
    { LNX, GROUP_USUAL, "bin", "/usr/bin/vim", "notes.txt", "Vim", "", "Vim", "9.0", NULL },
};
const size_t app_count = COUNT_OF(apps);

const struct service services[] = {
    { "Spooler", "Print Spooler", "C:\\Windows\\System32\\spoolsv.exe" },
    { "MeridianVpn", "Meridian VPN Service", "C:\\Program Files\\Meridian\\vpnsvc.exe" },
    { "LedgerSync", "Ledgerline Synchronisation", "C:\\Program Files\\Ledgerline\\sync.exe" },
};
const size_t service_count = COUNT_OF(services);
/* clang-format on */

static bool app_fits(const struct app *app, enum computer_host_type on, enum app_group group)
{
    return app->on == on && (group == APP_GROUPS || app->group == group);
}

const struct app *app_pick(enum computer_host_type on, enum app_group group, uint64_t chance)
{
    size_t count = 0;
    for (size_t i = 0; i < app_count; i++) {
        count += app_fits(&apps[i], on, group) ? 1 : 0;
    }
    size_t left = (size_t)(chance % count);
    const struct app *app = apps;
    while (!app_fits(app, on, group) || left-- > 0) {
        app++;
    }
    return app;
}

void app_hash(const struct app *app, size_t digits, char *out)
{
    struct dice dice = dice_for(0, DICE_FILE, (uint64_t)(app - apps) * 256 + digits);
    dice_hex(&dice, digits, out);
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *backslash = strrchr(path, '\\');
    const char *last = slash == NULL ? backslash : slash;
    return last == NULL ? path : last + 1;
}
