/* EndpointInformation: what an agent reports about its machine; stored as one document in this form. */
#include "resource/computers/computers.h"

/* clang-format off */
#define TEXT(name, summary_text) { .json = name, .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 1024, .summary = summary_text }

static const struct field fields[] = {
    TEXT("macAddress", "MAC address"),
    TEXT("osArchitecture", "Architecture"),
    TEXT("osCaption", "Name of the operating system"),
    TEXT("osCodeSet", "Code page or character set"),
    TEXT("osComputerDescription", "Description set in the operating system"),
    TEXT("osCountryCode", "Country code"),
    { .json = "osInstallDate", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .summary = "Operating system installed on" },
    TEXT("osManufacturer", "Maker of the operating system"),
    TEXT("osOrganization", "Registered organisation"),
    TEXT("osSerialNumber", "Serial number of the installation"),
    TEXT("osSystemDirectory", "System folder"),
    TEXT("osSystemDrive", "System drive"),
    TEXT("osVersion", "Version of the operating system"),
    TEXT("osVersionString", "Version as text"),
    TEXT("processorCaption", "Processor caption"),
    TEXT("processorDescription", "Processor description"),
    TEXT("processorManufacturer", "Maker of the processor"),
    TEXT("processorName", "Processor name"),
    TEXT("systemDnsHostName", "DNS host name, qualified or not"),
    TEXT("systemDomain", "Domain"),
    TEXT("systemManufacturer", "Maker of the machine"),
    TEXT("systemModel", "Model of the machine"),
    TEXT("systemName", "Host name"),
    TEXT("systemPrimaryOwnerName", "Registered owner"),
    TEXT("systemSystemType", "System type"),
    TEXT("systemWorkgroup", "Workgroup, null on domain members"),
};
/* clang-format on */

const struct shape endpoint_information_shape = {
    .name = "EndpointInformation",
    .summary = "What the agent reports about the machine; always an object",
    .fields = fields,
    .count = COUNT_OF(fields),
    .times = TIME_BARE,
};
