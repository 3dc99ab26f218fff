/* Proves that searches find exactly the events that match, whatever pieces the index is made of: against a plain look at every
   event, page by page, while small pieces become large ones. */
#include "resource/events/event_index.h"
#include "resource/events/event_piece.h"
#include "resource/events/event_words.h"
#include "resource/events/test_events.h"

enum { QUERY_PAIRS_MAX = 16, SEQUENCES = 2 };

static int64_t sent[SEQUENCES];

static void open_search(void **state)
{
    open_events(state);
    memset(sent, 0, sizeof(sent));
}

/* `lines` with ' for ", sent as the next batch of a computer. */
static void send_lines(int computer, const char *group, const char *lines)
{
    struct event_batch batch;
    struct event_stored stored;
    char *text = arena_strdup(at.arena, lines);
    for (char *c = text; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    const struct event_source source = { .computer_id = computer == 0 ? COMPUTER : OTHER,
                                         .group_id = group,
                                         .first_sequence = sent[computer] + 1 };
    is(event_batch_make(&at.ctx, &source, slice_of(text), &batch), RESULT_OK);
    is(keep(&batch, &stored), RESULT_OK);
    sent[computer] = stored.next_sequence - 1;
}

static enum result search(const char *query)
{
    struct call call = { .raw_file = -1 };
    struct query_pair pairs[QUERY_PAIRS_MAX];
    for (struct slice rest = slice_of(query); rest.length > 0; call.query_count++) {
        struct slice pair = slice_cut(&rest, '&');
        assert_true(call.query_count < QUERY_PAIRS_MAX);
        pairs[call.query_count].name = slice_cut(&pair, '=');
        pairs[call.query_count].value = pair;
    }
    call.query = pairs;
    at.error = (struct error){ .field = NULL };
    faults_init(&at.faults, at.arena);
    reply_done(&at.reply);
    reply_init(&at.reply);
    for (size_t i = 0; i < events_route_count; i++) {
        if (strcmp(events_routes[i].id, "Events_Search") == 0) {
            call.route = &events_routes[i];
        }
    }
    return call.route->run(&at.ctx, &call, &at.reply);
}

static const struct json *answer_of(const char *query)
{
    const struct json *answer = NULL;
    is(search(query), RESULT_OK);
    is(json_parse(at.arena, buffer_slice(&at.reply.body), &json_limits_usual, &answer, &at.error),
       RESULT_OK);
    return answer;
}

#define ALL "TimePeriod.StartDate=2020-01-01&TimePeriod.EndDate=2100-01-01&OperatingSystem=*"

static const char *all_and(const char *more)
{
    return more[0] == '\0' ? ALL : arena_printf(at.arena, ALL "&%s", more);
}

static int64_t total_of(const char *more)
{
    return json_get(answer_of(all_and(more)), "totalRecordCount")->integer;
}

static void refuses(const char *query, const char *field)
{
    assert_int_equal(search(query), RESULT_INVALID);
    for (size_t i = 0; i < at.faults.kept; i++) {
        if (strcmp(at.faults.items[i].field, field) == 0) {
            return;
        }
    }
    print_error("%s: no fault of %s\n", query, field);
    _fail(__FILE__, __LINE__);
}

static void merge_all(void)
{
    for (bool more = true; more;) {
        is(session_begin(at.place->writer, &at.error), RESULT_OK);
        is(events_index_merge(&at.ctx, &more), RESULT_OK);
        is(session_commit(at.place->writer, &at.error), RESULT_OK);
    }
}

/* --- each filter --------------------------------------------------------------------------------------------------------- */

#define GROUP "5e0f8d0e-3c52-4d0c-9f0e-0f1f8c0b7a11"

static void fill_two(void)
{
    send_lines(
        0, GROUP,
        "{'event':{'code':'100','action':'Process Elevated','type':['start','info']},"
        "'host':{'hostname':'WKS42','name':'WKS42.corp.example.com','NetBIOSName':'WKS42',"
        "'domain':'corp.example.com','DomainNetBIOSName':'CORP',"
        "'os':{'type':'windows','platform':'windows','name':'Microsoft Windows 11'}},"
        "'user':{'name':'\xC3\x84lice','domain':'corp.example.com','DomainNetBIOSName':'CORP'},"
        "'EPMWinMac':{'Event':{'Type':'Process','Action':'Elevated'},'Configuration':{"
        "'Workstyle':{'Name':'High Flexibility'},'ApplicationGroup':{'Name':'Installers'},"
        "'Application':{'Type':'exe'},'Rule':{'OnDemand':true}}}}");
    send_lines(1, NULL,
               "{'event':{'code':116,'action':'Blocked'},'host':{'hostname':'mini',"
               "'os':{'type':'macos','platform':'darwin','name':'macOS 14'}},'user':{'name':'bob'},"
               "'EPMWinMac':{'Configuration':{'Rule':{'OnDemand':false}}}}\n"
               "{'event':{'code':'300'},'host':{'os':{'family':'debian','platform':'linux'}}}");
}

static const struct {
    const char *query;
    int64_t count;
} filter_rows[] = {
    { "", 3 },
    { "OperatingSystem=", 3 },
    { "Events.EventCode=100", 1 },
    { "Events.EventCode=116&Events.EventCode=300", 2 },
    { "Events.EventCode[0]=116&events.eventcode[]=300", 2 },
    { "Events.EventCode=11*", 0 },
    { "Events.EventAction=ELEVATED", 1 },
    { "Events.EventAction=process elevated&Events.EventAction=blocked", 2 },
    { "Events.EventType=process", 1 },
    { "Events.EventType=START", 1 },
    { "Events.EventType=info", 1 },
    { "ComputerGroups=5E0F8D0E3C524D0C9F0E0F1F8C0B7A11", 1 },
    { "ComputerGroups=99999999-9999-4999-8999-999999999999", 0 },
    { "ApplicationType=EXE", 1 },
    { "Application.Type=e?e", 1 },
    { "Computer.HostName=wks42", 1 },
    { "HostName=WKS42.corp.*", 1 },
    { "Computers.HostName=wks4?", 1 },
    { "Computer.HostName=wks4", 0 },
    { "Computer.HostName=*", 2 },
    { "Computer.HostDomain=corp", 1 },
    { "Computer.HostDomain=*.example.com", 1 },
    { "User.UserName=\xC3\xA4LICE", 1 },
    { "User.UserName=?lice", 1 },
    { "UserName=bob", 1 },
    { "User.UserDomain=corp.example.com", 1 },
    { "Policy.Workstyle=high flexibility", 1 },
    { "WorkstyleName=high*", 1 },
    { "Policy.ApplicationGroup=installers", 1 },
    { "Policy.OnDemandRule=true", 1 },
    { "OnDemand=false", 2 },
    { "Events.EventCode=100&User.UserName=bob", 0 },
    { "Events.EventCode=116&User.UserName=bob", 1 },
    { "Pagination.PageSize=1&Pagination.PageNumber=7", 3 },
};

static void filters_check(void)
{
    static const struct {
        const char *system;
        int64_t count;
    } systems[] = { { "Windows", 1 }, { "WINDOWS", 1 }, { "Mac", 1 },    { "macOS", 1 },
                    { "darwin", 1 },  { "linux", 1 },   { "debian", 1 }, { "Microsoft", 1 },
                    { "All", 3 },     { "*", 3 },       { "BeOS", 0 } };
    for (size_t i = 0; i < COUNT_OF(filter_rows); i++) {
        int64_t got = total_of(filter_rows[i].query);
        if (got != filter_rows[i].count) {
            print_error("%s: %" PRId64 "\n", filter_rows[i].query, got);
            _fail(__FILE__, __LINE__);
        }
    }
    for (size_t i = 0; i < COUNT_OF(systems); i++) {
        const struct json *answer = answer_of(arena_printf(
            at.arena,
            "TimePeriod.StartDate=2020-01-01&TimePeriod.EndDate=2100-01-01&OperatingSystem=%s",
            systems[i].system));
        assert_int_equal(json_get(answer, "totalRecordCount")->integer, systems[i].count);
    }
}

static void every_filter_selects_what_it_says(void **state)
{
    open_search(state);
    fill_two();
    filters_check();
    close_events();
}

static void the_same_words_get_the_same_numbers_and_no_second_row(void **state)
{
    open_search(state);
    fill_two();
    int64_t words = number("SELECT COUNT(*) FROM event_word");
    int64_t parts = number("SELECT COUNT(*) FROM event_word_part");
    fill_two();
    assert_int_equal(number("SELECT COUNT(*) FROM event_word"), words);
    assert_int_equal(number("SELECT COUNT(*) FROM event_word_part"), parts);
    assert_int_equal(total_of("Events.EventCode=100"), 2);
    close_events();
}

/* What looks alike as bytes need not be the same. */
static void texts_may_have_any_mark_that_databases_read(void **state)
{
    open_search(state);
    send_lines(0, NULL,
               "{'user':{'name':'a\\\"b\\\\c{},'}}\n{'user':{'name':'NULL'}}\n"
               "{'user':{'name':'$1'}}\n{'user':{'name':'\\\\'}}\n{'user':{'name':'\\\"'}}\n");
    assert_int_equal(total_of("User.UserName=a\"b\\c{},"), 1);
    assert_int_equal(total_of("User.UserName=null"), 1);
    assert_int_equal(total_of("User.UserName=$1"), 1);
    assert_int_equal(total_of("User.UserName=\\"), 1);
    assert_int_equal(total_of("User.UserName=\""), 1);
    assert_int_equal(total_of("User.UserName=*\\*"), 2);
    close_events();
}

static void texts_are_not_taken_for_others(void **state)
{
    open_search(state);
    send_lines(
        0, NULL,
        "{'user':{'domain':'a','DomainNetBIOSName':'b'}}\n{'user':{'domain':'at\\u0001\\u0000b'}}\n"
        "{'event':{'code':'1'}}\n{'event':{'code':1}}\n{'event':{'code':true}}\n"
        "{'event':{'type':['x','y']}}\n{'event':{'type':['xy']}}\n{'event':{'type':'x'}}");
    static const struct {
        const char *query;
        int64_t count;
    } rows[] = {
        { "UserDomain=a", 1 },       { "UserDomain=b", 1 },        { "Events.EventCode=1", 2 },
        { "Events.EventType=x", 1 }, { "Events.EventType=xy", 1 }, { "Events.EventCode=true", 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t got = total_of(rows[i].query);
        if (got != rows[i].count) {
            print_error("%s: %" PRId64 "\n", rows[i].query, got);
            _fail(__FILE__, __LINE__);
        }
    }
    close_events();
}

static void an_undone_batch_leaves_no_words_that_others_trust(void **state)
{
    open_search(state);
    struct event_batch batch;
    struct event_stored stored;
    const struct event_source source = { .computer_id = COMPUTER, .first_sequence = 1 };
    is(event_batch_make(&at.ctx, &source, SLICE("{\"event\":{\"code\":\"7\"}}"), &batch),
       RESULT_OK);
    for (int run = 0; run < 3; run++) {
        is(session_begin(at.place->writer, &at.error), RESULT_OK);
        is(event_batch_store(&at.ctx, &batch, &stored), RESULT_OK);
        if (run < 2) {
            session_rollback(at.place->writer);
            /* Another batch takes the numbers that the undone one had. */
            send_lines(1, NULL, run == 0 ? "{'event':{'code':'8'}}" : "{'event':{'code':'9'}}");
        } else {
            is(session_commit(at.place->writer, &at.error), RESULT_OK);
        }
    }
    static const char *const codes[] = { "Events.EventCode=7", "Events.EventCode=8",
                                         "Events.EventCode=9" };
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        assert_int_equal(total_of(codes[i]), 1);
    }
    close_events();
}

static void wrong_parameters_are_all_named(void **state)
{
    open_search(state);
    static const char *const names[] = { "TimePeriod.StartDate", "TimePeriod.EndDate",
                                         "OperatingSystem" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        refuses("", names[i]);
    }
    refuses("TimePeriod.StartDate=x&TimePeriod.EndDate=2100-01-01&OperatingSystem=*",
            "TimePeriod.StartDate");
    refuses("TimePeriod.StartDate=2024-01-02&TimePeriod.EndDate=2024-01-01&OperatingSystem=*",
            "TimePeriod.StartDate");
    refuses("TimePeriod.StartDate=2024-01-02T00:00:06Z&TimePeriod.EndDate=2024-01-02T00:00:05Z"
            "&OperatingSystem=*",
            "TimePeriod.StartDate");
    refuses("TimePeriod.StartDate=2024-01-02&TimePeriod.EndDate=soon&OperatingSystem=*",
            "TimePeriod.EndDate");
    refuses(ALL "&ComputerGroups=x", "ComputerGroups");
    refuses(ALL "&Policy.OnDemandRule=perhaps", "Policy.OnDemandRule");
    refuses(ALL "&Pagination.PageSize=0", "Pagination.PageSize");
    refuses(ALL "&Pagination.PageSize=1001", "Pagination.PageSize");
    refuses(ALL "&Pagination.PageNumber=0", "Pagination.PageNumber");
    refuses(ALL "&Pagination.PageNumber=x", "Pagination.PageNumber");
    refuses(arena_printf(at.arena, ALL "&User.UserName=%01025d", 0), "User.UserName");
    close_events();
}

static void an_empty_store_has_an_empty_page(void **state)
{
    open_search(state);
    is(search(ALL), RESULT_OK);
    assert_true(slice_is(buffer_slice(&at.reply.body),
                         "{\"pageNumber\":1,\"pageSize\":200,\"totalRecordCount\":0,"
                         "\"pageCount\":0,\"events\":[]}"));
    close_events();
}

static void a_span_has_both_of_its_ends(void **state)
{
    open_search(state);
    send_lines(0, NULL, "{'message':'a'}\n{'message':'b'}\n{'message':'c'}");
    const struct json *events = json_get(answer_of(ALL), "events");
    const char *middle =
        slice_dup(at.arena, json_text_of(json_path(events->first->next, "event.ingested")));
    for (int way = 0; way < 3; way++) {
        const char *query = arena_printf(
            at.arena, "OperatingSystem=*&TimePeriod.StartDate=%s&TimePeriod.EndDate=%s",
            way == 2 ? "2020-01-01" : middle, way == 0 ? "2100-01-01" : middle);
        const struct json *answer = answer_of(query);
        assert_int_equal(json_get(answer, "totalRecordCount")->integer, way == 1 ? 1 : 2);
        assert_true(slice_is(json_text_of(json_get(json_get(answer, "events")->first, "message")),
                             way == 2 ? "a" : "b"));
    }
    close_events();
}

/* --- against a plain look ------------------------------------------------------------------------------------------------ */

enum { BATCHES = 1300, USERS = 300, CODES = 7 };

static struct plain {
    int user, code, computer;
} plain[BATCHES * 12];
static size_t plain_count;
static uint32_t seed;

static int chance(int below)
{
    seed = seed * 1103515245u + 12345u;
    return (int)((seed >> 16) % (uint32_t)below);
}

static void batch_send(int size)
{
    struct buffer lines;
    int computer = chance(SEQUENCES);
    buffer_init(&lines, 1024 * 1024);
    for (int i = 0; i < size; i++) {
        struct plain event = { chance(USERS), chance(CODES), computer };
        buffer_print(&lines,
                     "{'message':'%zu','event':{'code':'%d'},'user':{'name':'user-%d'},"
                     "'host':{'hostname':'host-%d'}}\n",
                     plain_count, 100 + event.code, event.user, computer);
        plain[plain_count++] = event;
    }
    send_lines(computer, NULL, lines.bytes);
    buffer_done(&lines);
}

static bool fits(const struct plain *event, int user, int code, int computer)
{
    return (user < 0 || event->user == user) && (code < 0 || event->code == code) &&
           (computer < 0 || event->computer == computer);
}

static const char *filters_text(int user, int code, int computer)
{
    char parts[3][64] = { "", "", "" };
    (void)snprintf(parts[0], sizeof(parts[0]), "&User.UserName=user-%d", user);
    (void)snprintf(parts[1], sizeof(parts[1]), "&Events.EventCode=%d", 100 + code);
    (void)snprintf(parts[2], sizeof(parts[2]), "&Computer.HostName=HOST-%d", computer);
    return arena_printf(at.arena, "%s%s%s", user < 0 ? "" : parts[0], code < 0 ? "" : parts[1],
                        computer < 0 ? "" : parts[2]);
}

/* One page of the filters' events, which must be those of `plain` in order. */
static void page_check(int user, int code, int computer, int page, int size)
{
    const struct json *answer =
        answer_of(arena_printf(at.arena, ALL "%s&Pagination.PageSize=%d&Pagination.PageNumber=%d",
                               filters_text(user, code, computer), size, page));
    const struct json *event = json_get(answer, "events")->first;
    int64_t total = 0;
    for (size_t i = 0; i < plain_count; i++) {
        if (!fits(&plain[i], user, code, computer)) {
            continue;
        }
        if (total >= (int64_t)(page - 1) * size && total < (int64_t)page * size) {
            char message[24];
            (void)snprintf(message, sizeof(message), "%zu", i);
            assert_non_null(event);
            assert_true(slice_is(json_text_of(json_get(event, "message")), message));
            event = event->next;
        }
        total++;
    }
    assert_null(event);
    assert_int_equal(json_get(answer, "totalRecordCount")->integer, total);
    assert_int_equal(json_get(answer, "pageCount")->integer, (total + size - 1) / size);
}

/* Many blocks in a moment push the stamps ahead of the clock, and the newest one is kept back until time has passed it. */
static void wait_for_the_clock(void)
{
    int64_t last_us = number("SELECT COALESCE(MAX(last_ingested), 0) FROM event_block");
    while (event_stamp_end(last_us, time_now_us()) <= last_us) {
        (void)usleep(1000);
    }
}

static void pages_check(void)
{
    wait_for_the_clock();
    page_check(-1, -1, -1, 1, 200);
    page_check(-1, -1, -1, (int)(plain_count / 1000) + 1, 1000);
    page_check(-1, 3, -1, 2, 100);
    page_check(-1, 3, 1, 1, 1000);
    page_check(chance(USERS), -1, -1, 1, 5);
    page_check(chance(USERS), chance(CODES), -1, 1, 200);
    page_check(-1, chance(CODES), chance(SEQUENCES), 3, 77);
    page_check(USERS + 1, -1, -1, 1, 10);
}

static void searches_agree_with_a_plain_look_at_every_event(void **state)
{
    open_search(state);
    plain_count = 0;
    seed = 7;
    for (int batch = 0; batch < BATCHES; batch++) {
        batch_send(1 + chance(12));
        if (batch % 260 == 0) {
            pages_check();
        }
    }
    pages_check();
    merge_all();
    assert_int_equal(number("SELECT COUNT(*) FROM event_piece WHERE level = 1"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM event_piece WHERE level = 0"),
                     number("SELECT COUNT(*) FROM event_block") - BLOCK_PIECES_MAX);
    assert_true(number("SELECT COUNT(*) FROM event_block WHERE class_no = 0") > BATCHES / 4);
    assert_int_equal(number("SELECT SUM(event_count) FROM event_piece"), (int64_t)plain_count);
    pages_check();
    close_events();
}

static void large_pieces_hold_what_small_ones_held(void **state)
{
    open_search(state);
    enum { EACH = 5000, COUNT = 15 };
    struct buffer lines;
    fill_two();
    for (int batch = 0; batch < COUNT; batch++) {
        buffer_init(&lines, LINES_BYTES_MAX);
        for (int i = 0; i < EACH; i++) {
            buffer_print(&lines, "{'event':{'code':'%d'},'user':{'name':'u%d'}}\n", i % 3,
                         batch * EACH + i);
        }
        send_lines(0, GROUP, lines.bytes);
        buffer_done(&lines);
    }
    merge_all();
    assert_int_equal(number("SELECT COUNT(*) FROM event_piece WHERE level = 2"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM event_column"), EVENT_COLUMNS);
    assert_int_equal(total_of(""), COUNT * EACH + 3);
    assert_int_equal(total_of("Events.EventCode=0"), COUNT * 1667);
    assert_int_equal(total_of("User.UserName=u7"), 1);
    assert_int_equal(total_of("User.UserName=u7&Events.EventCode=2"), 0);
    assert_int_equal(total_of("User.UserName=u7*"), 1 + 10 + 100 + 1000 + 5000);
    assert_int_equal(total_of("User.UserName=u70000&Events.EventCode=0"), 1);
    assert_int_equal(total_of("ComputerGroups=" GROUP "&Events.EventCode=116"), 0);
    const struct json *page = answer_of(all_and("Events.EventCode=2&Pagination.PageNumber=3"
                                                "&Pagination.PageSize=1000"));
    assert_int_equal(json_get(page, "events")->count, 1000);
    assert_true(
        slice_is(json_text_of(json_path(json_get(page, "events")->first, "user.name")), "u6004"));
    close_events();
}

/* --- parts ------------------------------------------------------------------------------------------------------------------ */

static void patterns_fit_whole_texts(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool fits;
    } rows[] = {
        { "", "", true },
        { "*", "", true },
        { "?", "", false },
        { "abc", "abc", true },
        { "abc", "abcd", false },
        { "abc*", "abcd", true },
        { "*c", "abc", true },
        { "*c", "abcd", false },
        { "a*c*e", "abcde", true },
        { "a*c*e", "abcdf", false },
        { "a?c", "abc", true },
        { "a?c",
          "a\xC3\xA4"
          "c",
          true },
        { "??", "\xC3\xA4", false },
        { "*\xA4", "\xC3\xA4", false },
        { "a**b", "ab", true },
        { "*a*b*c*", "xaybzc", true },
        { "*aab", "aaaab", true },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (event_pattern_fits(rows[i].pattern, slice_of(rows[i].text)) != rows[i].fits) {
            print_error("%s %s\n", rows[i].pattern, rows[i].text);
            _fail(__FILE__, __LINE__);
        }
    }
}

static void damaged_pieces_are_told_from_whole_ones(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 * 1024 * 1024);
    struct buffer words;
    struct buffer codes;
    struct piece_words read;
    uint32_t ids[600];
    for (uint32_t i = 0; i < COUNT_OF(ids); i++) {
        ids[i] = i * 7 % 300;
    }
    buffer_init(&words, 1024 * 1024);
    buffer_init(&codes, 1024 * 1024);
    assert_true(piece_words_init(&read, arena));
    assert_true(piece_column_write(arena, ids, COUNT_OF(ids), &words, &codes));
    assert_true(piece_words_read(buffer_slice(&words), COUNT_OF(ids), &read));
    assert_int_equal(read.count, 300);
    assert_true(piece_codes_fit(buffer_slice(&codes), read.count, COUNT_OF(ids)));
    for (uint32_t i = 0; i < COUNT_OF(ids); i++) {
        assert_int_equal(read.ids[piece_code(buffer_slice(&codes), read.count, i)], ids[i]);
    }
    assert_false(piece_words_read(buffer_slice(&words), COUNT_OF(ids) - 1, &read));
    assert_false(piece_words_read(buffer_slice(&words), COUNT_OF(ids) + 1, &read));
    assert_false(piece_codes_fit(buffer_slice(&codes), 299, COUNT_OF(ids)));
    for (size_t cut = 0; cut < words.length; cut++) {
        assert_false(piece_words_read((struct slice){ words.bytes, cut }, COUNT_OF(ids), &read));
    }
    buffer_done(&words);
    buffer_done(&codes);
    arena_free(arena);
}

static void damaged_runs_are_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 * 1024 * 1024);
    const struct piece_run runs[] = { { 1700000000000000, 0, 3 }, { 1700000000000100, 3, 5000 } };
    struct piece_run *read = NULL;
    size_t count = 0;
    struct buffer bytes;
    buffer_init(&bytes, 1024);
    piece_runs_write(runs, 2, &bytes);
    assert_true(piece_runs_read(arena, buffer_slice(&bytes), &read, &count));
    assert_int_equal(count, 2);
    assert_true(read[1].first_us == runs[1].first_us);
    assert_int_equal(read[1].start, 3);
    assert_int_equal(read[1].count, 5000);
    for (size_t cut = 0; cut < bytes.length; cut++) {
        assert_false(piece_runs_read(arena, (struct slice){ bytes.bytes, cut }, &read, &count));
    }
    static const char *const bad[] = { "", "\0", "\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF" };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(piece_runs_read(arena, (struct slice){ bad[i], i == 1 ? 1 : strlen(bad[i]) },
                                     &read, &count));
    }
    buffer_done(&bytes);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(every_filter_selects_what_it_says),
        TEST_ON_SERVERS(the_same_words_get_the_same_numbers_and_no_second_row),
        TEST_ON_SERVERS(texts_may_have_any_mark_that_databases_read),
        TEST_ON_SERVERS(texts_are_not_taken_for_others),
        TEST_ON_SERVERS(an_undone_batch_leaves_no_words_that_others_trust),
        TEST_ON_SERVERS(wrong_parameters_are_all_named),
        TEST_ON_SERVERS(an_empty_store_has_an_empty_page),
        TEST_ON_SERVERS(a_span_has_both_of_its_ends),
        TEST_ON_SERVERS(searches_agree_with_a_plain_look_at_every_event),
        TEST_ON_SERVERS(large_pieces_hold_what_small_ones_held),
        cmocka_unit_test(patterns_fit_whole_texts),
        cmocka_unit_test(damaged_pieces_are_told_from_whole_ones),
        cmocka_unit_test(damaged_runs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
