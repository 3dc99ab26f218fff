/* The way of a request: match, check, run where its work class says, commit, answer. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/rate.h"
#include "api/api.h"
#include "api/exchange.h"
#include "api/metrics.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/time.h"
#include "model/problem.h"
#include "store/dialect.h"
#include "store/store.h"

/* Bodies that go to disk instead of memory past this: only raw uploads, which operations read as a file. */
enum { RAW_MEMORY_BYTES_MAX = 8 * 1024 * 1024, IGNORED_BODY_BYTES_MAX = 1024 * 1024 };

/* --- head: what can be refused before a body is read ------------------------------------------ */

static void answer_wrong_method(struct http_exchange *http, const struct router_match *match)
{
    char allow[64] = "";
    size_t length = 0;
    for (int i = 0; i < METHOD_COUNT; i++) {
        if ((match->methods & (1u << i)) != 0) {
            /* What can be read answers HEAD too. */
            const char *name = i == METHOD_GET ? "GET, HEAD" : method_name((enum method)i);
            length += (size_t)snprintf(allow + length, sizeof(allow) - length, "%s%s",
                                       length == 0 ? "" : ", ", name);
        }
    }
    http_answer_header(http, "Allow", allow);
    struct error error;
    enum result result = fail(&error, RESULT_INVALID, NULL, "this path takes %s", allow);
    http_answer_problem(http, match->face, result, 405, &error);
}

static size_t body_bytes_max(const struct route *route)
{
    if (route->body_kind == BODY_NONE) {
        return IGNORED_BODY_BYTES_MAX;
    }
    return route->body_bytes_max == 0 ? BODY_BYTES_USUAL : route->body_bytes_max;
}

/* True when the request may go on. */
static bool head_check(struct api *api, struct http_exchange *http,
                       const struct router_match *match)
{
    struct error error = { .field = NULL };
    if (match->face == NULL) {
        enum result result = fail(&error, RESULT_NOT_FOUND, NULL, "there is nothing at this path");
        http_answer_problem(http, match->face, result, 0, &error);
        return false;
    }
    if (match->route == NULL) {
        answer_wrong_method(http, match);
        return false;
    }
    bool anonymous = match->face->authenticate == NULL || match->route->area == AREA_NONE;
    if (!anonymous && http_header(http, "Authorization").length == 0) {
        enum result result =
            fail(&error, RESULT_UNAUTHENTICATED, NULL, "the request has no access token");
        http_answer_problem(http, match->face, result, 0, &error);
        return false;
    }
    if (atomic_load(&api->draining)) {
        enum result result = fail(&error, RESULT_BUSY, NULL, "the server is stopping");
        http_answer_problem(http, match->face, result, 0, &error);
        return false;
    }
    enum result result = exchange_check_type(http, match->route, &error);
    if (result != RESULT_OK) {
        http_answer_problem(http, match->face, result, 0, &error);
        return false;
    }
    return true;
}

static bool api_head(void *context, struct http_exchange *http, struct http_body_plan *plan)
{
    struct api *api = context;
    struct exchange *exchange = arena_alloc(http_arena(http), sizeof(*exchange));
    if (exchange == NULL) {
        http_answer(http, 503, NULL, NULL);
        return false;
    }
    exchange->api = api;
    exchange->http = http;
    router_find(api->router, http_path(http), http_method(http), &exchange->match);
    http_set_context(http, exchange);
    if (!head_check(api, http, &exchange->match)) {
        return false;
    }
    plan->bytes_max = body_bytes_max(exchange->match.route);
    plan->memory_bytes_max =
        exchange->match.route->body_kind == BODY_RAW ? RAW_MEMORY_BYTES_MAX : plan->bytes_max;
    return true;
}

/* --- run --------------------------------------------------------------------------------------- */

static struct slice call_header(const struct call *call, const char *name)
{
    return http_header(call->transport, name);
}

static void exchange_init(struct exchange *exchange)
{
    struct api *api = exchange->api;
    struct http_exchange *http = exchange->http;
    faults_init(&exchange->faults, http_arena(http));
    exchange->call = (struct call){
        .route = exchange->match.route,
        .face = exchange->match.face,
        .path = http_path(http),
        .raw_file = -1,
        .position = -1,
        .header = call_header,
        .transport = http,
    };
    exchange->ctx = (struct ctx){
        .arena = http_arena(http),
        .now_us = time_now_us(),
        .rules = api->rules,
        .principal = &exchange->principal,
        .caller = exchange->principal.id,
        .error = &exchange->error,
        .version = exchange->match.version,
        .request_id = http_request_id(http),
        .faults = &exchange->faults,
        .keys = api->keys,
        .agents = api->agents,
        .walks = api->walks,
        .sandbox = api->sandbox,
        .api = api,
    };
    reply_init(&exchange->reply);
}

static void park(struct exchange *exchange)
{
    if (!exchange->parked) {
        exchange->parked = true;
        http_park(exchange->http);
    }
}

/* One session a thread, opened on first use; NULL with the reason in error. */
static struct session *session_take(struct exchange *exchange, struct session **place)
{
    if (*place == NULL &&
        session_open(exchange->api->store, SESSION_READ, place, &exchange->error) != RESULT_OK) {
        *place = NULL;
    }
    return *place;
}

static void worker_run(struct worker_job *job, uint32_t worker);

void exchange_to_worker(struct exchange *exchange)
{
    park(exchange);
    exchange->worker_job.run = worker_run;
    if (worker_pool_submit(exchange->api->pool, &exchange->worker_job) != RESULT_OK) {
        exchange_answer(exchange, fail(&exchange->error, RESULT_BUSY, NULL,
                                       "too many requests wait for a worker"));
    }
}

/* The operation's end inside the writer: notices for other servers travel with the transaction. */
static enum result notify_others(struct exchange *exchange, struct session *session)
{
    static const char letters[] = {
        [WAKE_COMPUTER] = 'c', [WAKE_GROUP] = 'g', [WAKE_ALL] = '*', [WAKE_TASKS] = 't'
    };
    for (const struct wake *wake = exchange->ctx.wakes; wake != NULL; wake = wake->next) {
        char text[64];
        if (wake->kind == WAKE_FEED) {
            continue; /* there are too many; streams of other servers look by themselves */
        }
        int length = snprintf(text, sizeof(text), "%c%s", letters[wake->kind],
                              wake->id == NULL ? "" : wake->id);
        TRY(session_notify(session, API_NOTICE_CHANNEL, (struct slice){ text, (size_t)length },
                           &exchange->error));
    }
    return RESULT_OK;
}

static struct exchange *exchange_of_write(struct write_job *job)
{
    return (struct exchange *)(void *)((char *)job - offsetof(struct exchange, write_job));
}

static enum result write_run(struct write_job *job, struct session *session, struct error *error)
{
    struct exchange *exchange = exchange_of_write(job);
    /* It may be the second run: what the first one left is dropped. */
    reply_done(&exchange->reply);
    reply_init(&exchange->reply);
    faults_init(&exchange->faults, exchange->ctx.arena);
    exchange->ctx.wakes = NULL;
    exchange->ctx.audited = false;
    exchange->ctx.session = session;
    exchange->error = (struct error){ .field = NULL };
    enum result result =
        exchange->call.route->run(&exchange->ctx, &exchange->call, &exchange->reply);
    if (result == RESULT_OK && route_is_audited(exchange->call.route) && !exchange->ctx.audited) {
        result = fail(&exchange->error, RESULT_BROKEN, NULL,
                      "%s changed something without an audit; nothing was kept",
                      exchange->call.route->id);
    }
    if (result == RESULT_OK && !exchange->api->reads_on_loops) {
        result = notify_others(exchange, session);
    }
    if (result != RESULT_OK) {
        *error = exchange->error;
    }
    return result;
}

void api_tell_wakes(struct api *api, const struct wake *wakes)
{
    for (const struct wake *wake = wakes; wake != NULL; wake = wake->next) {
        if (wake->kind == WAKE_TASKS) {
            api->tasks_wanted(api->context);
        } else {
            hub_wake(api->hub, wake->kind, wake->id);
        }
    }
}

static void write_done(struct write_job *job, enum result result, const struct error *error)
{
    struct exchange *exchange = exchange_of_write(job);
    if (result == RESULT_OK) {
        api_tell_wakes(exchange->api, exchange->ctx.wakes);
    } else {
        exchange->error = *error;
    }
    exchange_answer(exchange, result);
}

static void to_writer(struct exchange *exchange)
{
    park(exchange);
    exchange->write_job = (struct write_job){ .run = write_run, .done = write_done };
    if (writer_submit(exchange->api->writer, &exchange->write_job) != RESULT_OK) {
        exchange_answer(exchange,
                        fail(&exchange->error, RESULT_BUSY, NULL, "too many writes wait already"));
    }
}

static void run_write(struct exchange *exchange, struct session *session)
{
    const struct route *route = exchange->call.route;
    if (route->prepare != NULL) {
        exchange->ctx.session = session;
        enum result result = route->prepare(&exchange->ctx, &exchange->call, &exchange->reply);
        if (result != RESULT_OK) {
            exchange_answer(exchange, result);
            return;
        }
    }
    to_writer(exchange);
}

/* True when the call is parked in the hub and must not be touched. */
static bool run_waits(struct exchange *exchange)
{
    struct reply *reply = &exchange->reply;
    int64_t now_us = time_monotonic_us();
    if (exchange->parked_since_us == 0) {
        exchange->parked_since_us = now_us;
    }
    exchange->hub_entry.computer_id = reply->wait_computer_id;
    exchange->hub_entry.group_id = reply->wait_group_id;
    exchange->hub_entry.until_us = exchange->parked_since_us + reply->wait_us;
    park(exchange);
    return !atomic_load(&exchange->api->draining) &&
           hub_wait(exchange->api->hub, &exchange->hub_entry, exchange->wakes_seen);
}

enum { WAIT_RUNS_MAX = 16 };

static void run_read(struct exchange *exchange, struct session *session)
{
    const struct call *call = &exchange->call;
    exchange->ctx.session = session;
    for (int run = 0; run < WAIT_RUNS_MAX; run++) {
        exchange->wakes_seen =
            call->route->work == WORK_WAIT ? hub_wakes(exchange->api->hub, false) : 0;
        enum result result = call->route->run(&exchange->ctx, call, &exchange->reply);
        if (result != RESULT_OK || !exchange->reply.waits) {
            exchange_answer(exchange, result);
            return;
        }
        if (run_waits(exchange)) {
            return;
        }
        /* A wake came in between, or the server is stopping: look again. */
        reply_done(&exchange->reply);
        reply_init(&exchange->reply);
        if (atomic_load(&exchange->api->draining)) {
            break;
        }
    }
    exchange_answer(exchange, fail(&exchange->error, RESULT_BUSY, NULL, "the server is stopping"));
}

static void exchange_go(struct exchange *exchange, struct session *session, bool on_loop)
{
    if (!exchange->checked) {
        enum result result = exchange_check(exchange, session);
        if (result != RESULT_OK) {
            exchange_answer(exchange, result);
            return;
        }
    }
    switch (exchange->call.route->work) {
    case WORK_WRITE: run_write(exchange, session); break;
    case WORK_LIST:
        if (on_loop && (exchange->ctx.reach != NULL || !list_is_quick(&exchange->list))) {
            exchange_to_worker(exchange);
            break;
        }
        run_read(exchange, session);
        break;
    case WORK_INLINE:
    case WORK_SLOW:
    case WORK_WAIT: run_read(exchange, session); break;
    case WORK_STREAM: stream_run(exchange, session); break;
    }
}

/* A short read on a loop sees one state of the store, and takes SQLite's read lock once instead of with each
   statement. Not a call that waits: it must see what woke it. */
static bool has_one_view(const struct exchange *exchange, bool on_loop)
{
    enum work work = exchange->call.route->work;
    return on_loop && (work == WORK_INLINE || work == WORK_LIST);
}

/* On a loop or a worker thread with its session: checks, then runs or hands over. */
static void exchange_run(struct exchange *exchange, struct session *session, bool on_loop)
{
    if (!has_one_view(exchange, on_loop)) {
        exchange_go(exchange, session, on_loop);
        return;
    }
    enum result result = session_begin(session, &exchange->error);
    if (result != RESULT_OK) {
        exchange_answer(exchange, result);
        return;
    }
    exchange_go(exchange, session, on_loop);
    session_rollback(session); /* it has written nothing */
}

static struct exchange *exchange_of_worker(struct worker_job *job)
{
    return (struct exchange *)(void *)((char *)job - offsetof(struct exchange, worker_job));
}

static void worker_run(struct worker_job *job, uint32_t worker)
{
    struct exchange *exchange = exchange_of_worker(job);
    struct session *session = session_take(exchange, &exchange->api->worker_sessions[worker]);
    if (session == NULL) {
        exchange_answer(exchange, RESULT_BUSY);
        return;
    }
    if (!exchange->api->reads_on_loops && session_ping(session, &exchange->error) != RESULT_OK) {
        exchange_answer(exchange, RESULT_BUSY);
        return;
    }
    exchange_run(exchange, session, false);
}

static bool belongs_to_worker(const struct exchange *exchange)
{
    const struct route *route = exchange->call.route;
    bool costly = route->work == WORK_SLOW || route->work == WORK_STREAM || route->prepare != NULL;
    return !exchange->api->reads_on_loops || costly;
}

static void exchange_start(struct exchange *exchange)
{
    struct api *api = exchange->api;
    if (belongs_to_worker(exchange) || exchange->parked) {
        exchange_to_worker(exchange);
        return;
    }
    uint32_t loop = http_loop(exchange->http);
    assert(loop < api->loop_count);
    struct session *session = session_take(exchange, &api->loop_sessions[loop]);
    if (session == NULL) {
        exchange_answer(exchange, RESULT_BUSY);
        return;
    }
    exchange_run(exchange, session, true);
}

/* --- a watch's verdicts -------------------------------------------------------------------------- */

static struct api_visit visit_of(struct http_exchange *http, const struct exchange *exchange)
{
    return exchange == NULL ? (struct api_visit){ .http = http }
                            : (struct api_visit){ .http = http,
                                                  .face = exchange->match.face,
                                                  .route = exchange->match.route,
                                                  .version = exchange->match.version };
}

/* What comes after the delay, if there was one. */
static void verdict_run(struct exchange *exchange)
{
    const struct api_verdict *verdict = &exchange->verdict;
    if (verdict->status == 0) {
        exchange_start(exchange);
        return;
    }
    struct error error;
    enum result result = fail(&error, RESULT_INVALID, verdict->code, "%s", verdict->why);
    if (verdict->retry_s > 0 && verdict->status != 503) { /* which has one of its own */
        char text[16];
        (void)snprintf(text, sizeof(text), "%u", verdict->retry_s);
        http_answer_header(exchange->http, "Retry-After", text);
    }
    http_answer_problem(exchange->http, exchange->match.face, result, verdict->status, &error);
}

/* Waits in the hub, which looks at the time and at wakes of everybody; nobody wakes this "computer" alone. */
static bool delay_begin(struct exchange *exchange)
{
    int64_t now_us = time_monotonic_us();
    if (exchange->parked_since_us == 0) {
        exchange->parked_since_us = now_us;
    }
    exchange->hub_entry = (struct hub_entry){
        .computer_id = "delay",
        .until_us = exchange->parked_since_us + exchange->verdict.delay_us,
    };
    if (now_us >= exchange->hub_entry.until_us || atomic_load(&exchange->api->draining)) {
        exchange->delayed = false;
        return false;
    }
    exchange->delayed = true;
    park(exchange);
    for (bool waits = false; !waits;) {
        if (atomic_load(&exchange->api->draining)) {
            exchange->delayed = false;
            return false;
        }
        waits = hub_wait(exchange->api->hub, &exchange->hub_entry,
                         hub_wakes(exchange->api->hub, false));
    }
    return true;
}

static void verdict_take(struct exchange *exchange)
{
    if (exchange->verdict.delay_us == 0 || !delay_begin(exchange)) {
        exchange->parked_since_us = 0; /* a call that waits counts from now on */
        verdict_run(exchange);
    }
}

static void api_run(void *context, struct http_exchange *http)
{
    struct api *api = context;
    struct exchange *exchange = http_get_context(http);
    if (api->watch != NULL) {
        const struct api_visit visit = visit_of(http, exchange);
        api->watch->before(api->watch->context, &visit, &exchange->verdict);
    }
    exchange_init(exchange);
    verdict_take(exchange);
}

static void api_answering(void *context, struct http_exchange *http)
{
    static const struct api_verdict none = { .status = 0 };
    struct api *api = context;
    const struct exchange *exchange = http_get_context(http);
    if (api->watch != NULL) {
        const struct api_visit visit = visit_of(http, exchange);
        api->watch->answering(api->watch->context, &visit,
                              exchange == NULL ? &none : &exchange->verdict);
    }
}

/* A body that is too large is told in the form of its side, like every other fault. */
static void api_refused(void *context, struct http_exchange *http, int status, const char *why)
{
    (void)context;
    const struct exchange *exchange = http_get_context(http);
    struct error error;
    enum result result = fail(&error, RESULT_INVALID, NULL, "%s", why);
    http_answer_problem(http, exchange->match.face, result, status, &error);
}

static void api_ended(void *context, struct http_exchange *http)
{
    struct api *api = context;
    struct exchange *exchange = http_get_context(http);
    int64_t duration_us = time_monotonic_us() - http_started_us(http);
    int status = http_answer_status(http);
    bool ours = exchange != NULL && exchange->match.route != NULL;
    if (exchange != NULL) {
        stream_ended(exchange);
    }
    metrics_answered(api->metrics, ours ? exchange->match.number : SIZE_MAX, status, duration_us);
    struct log_access access = {
        .request_id = http_request_id(http),
        .peer = http_peer(http),
        .method = http_method(http),
        .path = http_path(http),
        .caller = ours && exchange->principal.id[0] != '\0' ? exchange->principal.id : NULL,
        .status = status,
        .bytes = http_answer_bytes(http),
        .duration_us = duration_us,
    };
    log_access(&access);
}

/* A waiting call was woken or its time is up: it runs again on a worker. */
static void hub_back(void *context, struct hub_entry *entry)
{
    (void)context;
    struct exchange *exchange =
        (struct exchange *)(void *)((char *)entry - offsetof(struct exchange, hub_entry));
    if (exchange->delayed) {
        verdict_take(exchange);
        return;
    }
    exchange->call.waited_us = time_monotonic_us() - exchange->parked_since_us;
    exchange->ctx.now_us = time_now_us();
    reply_done(&exchange->reply);
    reply_init(&exchange->reply);
    exchange_to_worker(exchange);
}

/* --- life ------------------------------------------------------------------------------------- */

static enum result api_fill(struct api *api, const struct api_settings *settings,
                            struct error *error)
{
    for (size_t i = 0; i < settings->face_count; i++) {
        api->faces[api->face_count++] = settings->faces[i];
    }
    TRY(router_new(api->faces, api->face_count, &api->router, error));
    api->metrics = metrics_new(router_route_count(api->router));
    api->rate = rate_new(settings->rate_limit);
    api->hub = hub_new(hub_back, api);
    api->pool = worker_pool_new(settings->workers, settings->worker_queue_max);
    api->worker_sessions = calloc(settings->workers, sizeof(struct session *));
    api->worker_count = settings->workers;
    api->loop_sessions = calloc(settings->loops, sizeof(struct session *));
    api->loop_count = settings->loops;
    bool complete = api->metrics != NULL && api->rate != NULL && api->hub != NULL &&
                    api->pool != NULL && api->worker_sessions != NULL && api->loop_sessions != NULL;
    return complete ? RESULT_OK : fail(error, RESULT_NO_MEMORY, NULL, "no memory for the API");
}

enum result api_open(const struct api_settings *settings, struct api **out, struct error *error)
{
    struct api *api = calloc(1, sizeof(*api)); /* program lifetime */
    if (api == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the API");
    }
    assert(settings->face_count + 4 <= COUNT_OF(api->faces));
    *api = (struct api){
        .store = settings->store,
        .writer = settings->writer,
        .rules = settings->rules,
        .keys = settings->keys,
        .agents = settings->agents,
        .walks = settings->walks,
        .watch = settings->watch,
        .sandbox = settings->sandbox,
        .strict = settings->strict,
        .reads_on_loops = store_dialect(settings->store)->one_server,
        .faces = { &management_face, &oauth_face, &document_face, &service_face, &page_face },
        .face_count = 5,
        .tasks_wanted = settings->tasks_wanted,
        .context = settings->context,
    };
    enum result result = api_fill(api, settings, error);
    if (result != RESULT_OK) {
        api_close(api);
        return result;
    }
    *out = api;
    return RESULT_OK;
}

void api_attach(struct api *api, struct http_server *server)
{
    atomic_store(&api->http, server);
}

struct http_handler api_handler(struct api *api)
{
    return (struct http_handler){
        .head = api_head,
        .run = api_run,
        .refused = api_refused,
        .answering = api->watch == NULL ? NULL : api_answering,
        .drained = stream_drained,
        .ended = api_ended,
        .context = api,
    };
}

void api_drain(struct api *api)
{
    atomic_store(&api->draining, true);
    struct hub *hub = api->hub;
    hub_wake(hub, WAKE_ALL, NULL);
}

void api_close(struct api *api)
{
    if (api == NULL) {
        return;
    }
    worker_pool_free(api->pool);
    hub_free(api->hub);
    for (uint32_t i = 0; i < api->worker_count && api->worker_sessions != NULL; i++) {
        session_close(api->worker_sessions[i]);
    }
    for (uint32_t i = 0; i < api->loop_count && api->loop_sessions != NULL; i++) {
        session_close(api->loop_sessions[i]);
    }
    free(api->worker_sessions);
    free(api->loop_sessions);
    rate_free(api->rate);
    metrics_free(api->metrics);
    router_free(api->router);
    free(api);
}

void api_system_ctx(struct api *api, struct arena *arena, struct session *session,
                    struct error *error, struct ctx *out)
{
    static const struct principal system = { .kind = PRINCIPAL_SYSTEM, .name = "system" };
    *out = (struct ctx){
        .arena = arena,
        .session = session,
        .now_us = time_now_us(),
        .rules = api->rules,
        .principal = &system,
        .error = error,
        .keys = api->keys,
        .agents = api->agents,
        .walks = api->walks,
        .sandbox = api->sandbox,
        .api = api,
    };
}

void api_take_notice(struct api *api, struct slice notice)
{
    char id[40];
    if (notice.length == 0 || notice.length > sizeof(id)) {
        return;
    }
    (void)snprintf(id, sizeof(id), "%.*s", (int)(notice.length - 1), notice.text + 1);
    switch (notice.text[0]) {
    case 'c': hub_wake(api->hub, WAKE_COMPUTER, id); break;
    case 'g': hub_wake(api->hub, WAKE_GROUP, id); break;
    case '*': hub_wake(api->hub, WAKE_ALL, NULL); break;
    case 't': api->tasks_wanted(api->context); break;
    default: log_line(LOG_WARN, "api", NULL, "a notice of an unknown kind was ignored"); break;
    }
}
