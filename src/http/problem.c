#include "http/server_private.h"

static const char *title_of(int status)
{
    switch (status) {
    case 400: return "Bad Request";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 431: return "Request Header Fields Too Large";
    default: return "Service Unavailable";
    }
}

/* The texts are ours and the path is escaped, so no JSON writer is needed at this layer. */
void problem_text(struct buffer *out, int status, const char *detail, const char *path,
                  const char *request_id)
{
    buffer_print(
        out,
        "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\",\"instance\":\"",
        title_of(status), status, detail);
    for (const char *at = path; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte > 0x20 && byte < 0x7F && byte != '"' && byte != '\\') {
            buffer_char(out, *at);
        } else {
            buffer_print(out, "%%%02X", byte);
        }
    }
    buffer_print(out, "\",\"traceId\":\"%s\"}", request_id);
}
