/* POST /oauth/connect/token: client credentials (RFC 6749 section 4.4), errors as its section 5.2. */
#include <string.h>

#include "access/rate.h"
#include "access/token.h"
#include "api/api.h"
#include "api/exchange.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/time.h"
#include "http/multipart.h"
#include "json/write.h"
#include "model/answers.h"
#include "model/problem.h"

enum { TOKEN_BODY_BYTES_MAX = 16 * 1024, FORM_VALUE_BYTES_MAX = 1024 };

#define SCOPE "urn:management:api"

static enum result reply_error(struct reply *reply, const char *code, const char *text)
{
    struct json_writer writer;
    reply->status = 400;
    reply_header(reply, "Cache-Control", "no-store");
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_text(&writer, "error", code);
    json_member_text(&writer, "error_description", text);
    json_end_object(&writer);
    return RESULT_OK;
}

static struct slice form_value(const struct form *form, const char *name)
{
    const struct form_part *part = form_find(form, name);
    return part == NULL ? (struct slice){ .length = 0 } : part->value;
}

/* %XX undone; false when a % has no two digits behind it. */
static bool percent_decode(struct arena *arena, struct slice text, struct slice *out)
{
    char *bytes = arena_alloc(arena, text.length + 1);
    size_t length = 0;
    for (size_t i = 0; bytes != NULL && i < text.length; i++) {
        if (text.text[i] != '%') {
            bytes[length++] = text.text[i];
            continue;
        }
        if (text.length - i < 3 ||
            !hex_decode((struct slice){ text.text + i + 1, 2 }, &bytes[length], 1)) {
            return false;
        }
        length++;
        i += 2;
    }
    *out = (struct slice){ bytes, length };
    return bytes != NULL;
}

/* Credentials of the Basic header; false when there is none that can be read. */
static bool basic_read(struct ctx *ctx, struct slice header, struct client_credentials *out)
{
    struct slice rest = slice_trim(header);
    struct slice scheme = slice_cut(&rest, ' ');
    struct slice decoded;
    if (!slice_is_any_case(scheme, "Basic") ||
        !base64_decode(ctx->arena, slice_trim(rest), &decoded)) {
        return false;
    }
    out->secret = decoded;
    out->id = slice_cut(&out->secret, ':');
    return true;
}

/* RFC 6749 section 3.2: a parameter must not come more than once. */
static bool has_twice(const struct form *form)
{
    for (size_t i = 0; i < form->count; i++) {
        for (size_t j = i + 1; j < form->count; j++) {
            if (slice_equal(form->parts[i].name, form->parts[j].name)) {
                return true;
            }
        }
    }
    return false;
}

struct token_request {
    struct client_credentials basic, form;
    bool has_basic, has_form;
};

/* NULL when the request is in order, else the RFC's error code; `out_text` explains. */
static const char *request_fault(const struct form *form, const struct token_request *request,
                                 const char **out_text)
{
    struct slice grant = form_value(form, "grant_type");
    struct slice scope = slice_trim(form_value(form, "scope"));
    if (has_twice(form)) {
        *out_text = "a parameter comes more than once";
        return "invalid_request";
    }
    if (grant.length == 0) {
        *out_text = "grant_type is missing";
        return "invalid_request";
    }
    if (!slice_is(grant, "client_credentials")) {
        *out_text = "grant_type must be client_credentials";
        return "unsupported_grant_type";
    }
    if (!request->has_basic && !request->has_form) {
        *out_text =
            "client_id and client_secret are missing, in the form and in the Authorization header";
        return "invalid_request";
    }
    bool both = request->has_basic && request->has_form;
    if (both && (!slice_equal(request->basic.id, request->form.id) ||
                 !slice_equal(request->basic.secret, request->form.secret))) {
        *out_text = "the form and the Authorization header name different credentials";
        return "invalid_request";
    }
    if (scope.length > 0 && !slice_is(scope, SCOPE)) {
        *out_text = "the only scope is " SCOPE;
        return "invalid_scope";
    }
    return NULL;
}

/* As sent, and when that does not hold, percent-decoded: some clients encode before they put it into Basic. */
static enum result check_client(struct ctx *ctx, const struct client_credentials *given,
                                struct principal *out)
{
    enum result result =
        token_check_client(ctx->session, ctx->keys->secret_key, given, out, ctx->error);
    struct client_credentials decoded;
    if (result != RESULT_UNAUTHENTICATED ||
        (memchr(given->secret.text, '%', given->secret.length) == NULL &&
         memchr(given->id.text, '%', given->id.length) == NULL) ||
        !percent_decode(ctx->arena, given->id, &decoded.id) ||
        !percent_decode(ctx->arena, given->secret, &decoded.secret) || !slice_is_utf8(decoded.id) ||
        !slice_is_utf8(decoded.secret)) {
        return result;
    }
    return token_check_client(ctx->session, ctx->keys->secret_key, &decoded, out, ctx->error);
}

/* Sign-ins count like calls: a client that asks for a token each time stays within the same limit. */
static bool is_over_rate(struct ctx *ctx, const struct principal *principal, uint32_t *out_reset_s)
{
    uint32_t left = 0;
    struct rate *rate = ctx->api->rate;
    return rate_limit(rate) != 0 &&
           !rate_take(rate, principal->id, time_monotonic_us(), &left, out_reset_s);
}

static enum result reply_limited(struct ctx *ctx, const struct call *call, struct reply *reply,
                                 uint32_t reset_s)
{
    char *text = arena_printf(ctx->arena, "too many requests; try again in %u seconds", reset_s);
    char *wait = arena_printf(ctx->arena, "%u", reset_s);
    struct problem problem = {
        .status = 429, .detail = text, .instance = call->path, .trace_id = ctx->request_id
    };
    if (wait != NULL) {
        reply_header(reply, "Retry-After", wait);
    }
    problem_write(&problem, &reply->body);
    reply->content_type = "application/problem+json; charset=utf-8";
    reply->status = problem.status;
    return RESULT_OK;
}

static enum result reply_token(struct ctx *ctx, struct reply *reply, const char *account_id)
{
    char token[ACCESS_TOKEN_CHARACTERS + 1];
    TRY(token_issue(ctx->session, ctx->keys->secret_key, account_id,
                    ctx->now_us + ctx->rules->token_life_us, token, ctx->error));
    struct json_writer writer;
    reply_header(reply, "Cache-Control", "no-store");
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_text(&writer, "access_token", token);
    json_member_text(&writer, "token_type", "Bearer");
    json_member_int(&writer, "expires_in", ctx->rules->token_life_us / US_PER_SECOND);
    json_member_text(&writer, "scope", SCOPE);
    json_end_object(&writer);
    reply->status = 200;
    return RESULT_OK;
}

static enum result token_run(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct form form = { .count = 0 };
    struct slice type = call->header(call, "Content-Type");
    if (!slice_starts_any_case(slice_trim(type), "application/x-www-form-urlencoded") ||
        form_parse(ctx->arena, type, call->raw, &form, ctx->error) != RESULT_OK) {
        return reply_error(reply, "invalid_request",
                           "the body must be application/x-www-form-urlencoded");
    }
    struct token_request request = {
        .form = { .id = form_value(&form, "client_id"),
                  .secret = form_value(&form, "client_secret") },
    };
    request.has_form = request.form.id.length > 0 || request.form.secret.length > 0;
    request.has_basic = basic_read(ctx, call->header(call, "Authorization"), &request.basic);
    const char *text = NULL;
    const char *fault = request_fault(&form, &request, &text);
    if (fault != NULL) {
        return reply_error(reply, fault, text);
    }
    const struct client_credentials *given = request.has_basic ? &request.basic : &request.form;
    struct principal principal;
    enum result result = RESULT_UNAUTHENTICATED;
    if (given->id.length <= CLIENT_ID_BYTES_MAX * 3 &&
        given->secret.length <= CLIENT_SECRET_BYTES_MAX * 3 && slice_is_utf8(given->id) &&
        slice_is_utf8(given->secret)) {
        result = check_client(ctx, given, &principal);
    }
    if (result == RESULT_UNAUTHENTICATED) {
        return reply_error(reply, "invalid_client", "the client id or secret is wrong");
    }
    TRY(result);
    uint32_t reset_s = 0;
    if (is_over_rate(ctx, &principal, &reset_s)) {
        return reply_limited(ctx, call, reply, reset_s);
    }
    return reply_token(ctx, reply, principal.id);
}

/* --- tables ------------------------------------------------------------------------------------ */

/* clang-format off */
static const char *const grant_values[] = { "client_credentials" };
static const struct names grant_names = { "GrantType", grant_values, COUNT_OF(grant_values) };
static const char *const type_values[] = { "Bearer" };
static const struct names type_names = { "TokenType", type_values, COUNT_OF(type_values) };
static const char *const error_values[] = { "invalid_request", "invalid_client", "unauthorized_client",
                                            "unsupported_grant_type", "invalid_scope" };
static const struct names error_names = { "TokenErrorCode", error_values, COUNT_OF(error_values) };

static const struct field request_fields[] = {
    { .json = "grant_type", .type = FIELD_ENUM, .names = &grant_names, .flags = FIELD_REQUIRED, .summary = "Only client_credentials" },
    { .json = "client_id", .type = FIELD_TEXT, .max = CLIENT_ID_BYTES_MAX, .summary = "Client id, when not sent by HTTP Basic" },
    { .json = "client_secret", .type = FIELD_TEXT, .max = CLIENT_SECRET_BYTES_MAX, .summary = "Client secret, when not sent by HTTP Basic" },
    { .json = "scope", .type = FIELD_TEXT, .max = FORM_VALUE_BYTES_MAX, .summary = "Optional; urn:management:api" },
};
static const struct shape request_shape = {
    .name = "TokenRequest", .summary = "Form fields of a token request", .fields = request_fields, .count = COUNT_OF(request_fields),
};
static const struct field response_fields[] = {
    { .json = "access_token", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .summary = "Opaque to clients" },
    { .json = "token_type", .type = FIELD_ENUM, .names = &type_names, .flags = FIELD_REQUIRED, .summary = "Always Bearer" },
    { .json = "expires_in", .type = FIELD_INT, .flags = FIELD_REQUIRED, .summary = "Seconds, 3600" },
    { .json = "scope", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .summary = "Granted scopes, space separated" },
};
static const struct shape response_shape = {
    .name = "TokenResponse", .summary = "A token", .fields = response_fields, .count = COUNT_OF(response_fields),
};
static const struct field error_fields[] = {
    { .json = "error", .type = FIELD_ENUM, .names = &error_names, .flags = FIELD_REQUIRED, .summary = "RFC 6749 code" },
    { .json = "error_description", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "What is wrong" },
};
static const struct shape error_shape = {
    .name = "TokenError", .summary = "RFC 6749 error body", .fields = error_fields, .count = COUNT_OF(error_fields),
};
static const struct answer token_answers[] = {
    { 200, ANSWER_SHAPE, &response_shape, NULL, NULL, "Token; Cache-Control: no-store" },
    { 400, ANSWER_SHAPE, &error_shape, NULL, NULL, "Any OAuth error, wrong client id or secret included" },
    { 405, ANSWER_PROBLEM, NULL, NULL, "Allow", "Not a POST" },
    ANSWER_413, ANSWER_429, ANSWER_500,
};
/* /oauth/token is in the vendor's own sample. */
static const char *const token_aliases[] = { "token", NULL };
static const struct route routes[] = {
    { .method = METHOD_POST, .path = "connect/token", .aliases = token_aliases, .id = "Oauth_Token", .tag = "OAuth",
      .summary = "Get an access token", .work = WORK_WRITE, .run = token_run,
      .body_kind = BODY_RAW, .body = &request_shape, .body_bytes_max = TOKEN_BODY_BYTES_MAX,
      .answers = token_answers, .answer_count = COUNT_OF(token_answers) },
};
/* clang-format on */
static const size_t route_count = COUNT_OF(routes);
static const struct route_table tables[] = { { routes, &route_count } };
static const struct tag tags[] = { { "OAuth", "Tokens for API accounts (RFC 6749)" } };

const struct face oauth_face = {
    .name = "oauth",
    .prefix = "/oauth/",
    .tables = tables,
    .table_count = COUNT_OF(tables),
    .tags = tags,
    .tag_count = COUNT_OF(tags),
    .title = "Reeve token endpoint",
    .lenient = true, /* RFC 6749, section 3.2 */
};
