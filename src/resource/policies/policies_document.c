/* From an uploaded file to what is stored: checked, measured, packed. */
#include "crypto/compress.h"
#include "crypto/digest.h"
#include "policy/policy.h"
#include "resource/policies/policies.h"

#define FILE_FIELD "PolicyFile"

enum { PACK_LEVEL = 3 }; /* zstd's usual one: a policy is stored once and read rarely */

_Static_assert((int)POLICY_FILE_BYTES_MAX == (int)POLICY_BYTES_MAX,
               "a file that may be sent may be checked");
_Static_assert(sizeof(((struct policy_upload *)0)->sha256) == SHA256_HEX_BYTES,
               "room for the hash");

/* Rule and line of every fault, so that one answer shows all that is to be mended. */
static void tell_faults(struct ctx *ctx, const struct policy_report *report)
{
    for (size_t i = 0; i < report->fault_count; i++) {
        const struct policy_fault *fault = &report->faults[i];
        if (fault->line == 0) {
            faults_add(ctx->faults, FILE_FIELD, "%s: %s", fault->rule, fault->text);
        } else {
            faults_add(ctx->faults, FILE_FIELD, "line %u: %s: %s", fault->line, fault->rule,
                       fault->text);
        }
    }
}

static enum result check(struct ctx *ctx, struct slice document, struct policy_report *out)
{
    if (document.length > POLICY_FILE_BYTES_MAX) {
        return fail(ctx->error, RESULT_TOO_LARGE, FILE_FIELD,
                    "the policy file may have at most %d MiB",
                    POLICY_FILE_BYTES_MAX / (1024 * 1024));
    }
    enum result result = policy_check(ctx->arena, document, out, ctx->error);
    if (result == RESULT_INVALID) {
        /* Callers outside of requests have the first fault in the error alone. */
        if (ctx->faults != NULL) {
            tell_faults(ctx, out);
        }
        if (ctx->error != NULL) {
            ctx->error->field = FILE_FIELD;
        }
    }
    return result;
}

enum result policy_upload_make(struct ctx *ctx, struct slice document, struct policy_upload *out)
{
    struct policy_report report = { 0 };
    struct policy_upload upload = { .size_bytes = (int64_t)document.length };
    TRY(check(ctx, document, &report));
    TRY(zstd_pack(ctx->arena, document, PACK_LEVEL, &upload.packed, ctx->error));
    sha256_hex_of(document, upload.sha256);
    upload.document_id = report.id == NULL || report.id[0] == '\0' ? NULL : report.id;
    *out = upload;
    return RESULT_OK;
}
