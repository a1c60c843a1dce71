/* Lines: written by our own writer, read back as they are spelled and, in another spelling, by
 * jansson. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "trace/internal.h"

static char *print(const struct trace_record *record)
{
    size_t len = trace_line_print(record, NULL, 0);
    char *line = malloc(len + 1);
    assert_non_null(line);
    assert_int_equal(trace_line_print(record, line, len + 1), len);
    assert_int_equal(strlen(line), len);
    return line;
}

static void every_kind_reads_back_as_written(void **state)
{
    (void)state;
    struct trace_scopes *scopes = trace_scopes_new();
    for (int kind = 0; kind < TRACE_KIND_COUNT; kind++) {
        for (uint64_t seed = 0; seed < 40; seed++) {
            struct made_event event;
            make_event(&event, (enum trace_kind)kind, seed * 100 + (uint64_t)kind, scopes);
            struct trace_record record = {
                .time = seed * 1234567,
                .kind = (enum trace_kind)kind,
                .id = {trace_scopes_intern(scopes, "alice", seed % 2 ? "gw" : NULL), seed},
                .cause = seed % 3 ? (struct trace_ref){trace_scopes_intern(scopes, "ü\\", "\""), 1}
                                  : (struct trace_ref){0},
                .data = &event.data};
            char *line = print(&record), error[128] = "";
            struct trace_record back;
            struct trace_line_head head;
            assert_null(strchr(line, '\n'));
            if (!trace_line_parse(scopes, line, strlen(line), &back, error, sizeof error)) {
                fail_msg("%s: %s", line, error);
            }
            assert_int_equal(back.kind, kind);
            assert_true(back.time == record.time);
            assert_true(refs_equal(back.id, record.id));
            assert_true(refs_equal(back.cause, record.cause));
            assert_true(events_equal((enum trace_kind)kind, back.data, &event.data));
            assert_true(trace_line_head(scopes, line, strlen(line), &head));
            assert_int_equal(head.kind, kind);
            assert_true(head.time == record.time && refs_equal(head.id, record.id));
            free((void *)(uintptr_t)back.data);
            free(line);
        }
    }
    trace_scopes_free(scopes);
}

/* With a space in front no line is spelled as its writer spells it: jansson reads it. */
static void check_both_ways(struct trace_scopes *scopes, const char *spaced, size_t len)
{
    char error[2][128] = {"", ""};
    struct trace_record record[2];
    bool good[2];
    for (int i = 0; i < 2; i++) {
        good[i] = trace_line_parse(scopes, spaced + i, len - (size_t)i, &record[i], error[i],
                                   sizeof error[i]);
    }
    if (good[0] != good[1]) {
        fail_msg("%s: \"%s\" with a space in front, else \"%s\"", spaced, error[0], error[1]);
    }
    if (!good[0]) {
        return;
    }
    assert_int_equal(record[0].kind, record[1].kind);
    assert_true(record[0].time == record[1].time);
    assert_true(refs_equal(record[0].id, record[1].id));
    assert_true(refs_equal(record[0].cause, record[1].cause));
    assert_true(events_equal(record[0].kind, record[0].data, record[1].data));
    free((void *)(uintptr_t)record[0].data);
    free((void *)(uintptr_t)record[1].data);
}

static void jansson_agrees_about_every_damaged_octet(void **state)
{
    (void)state;
    static const char damage[] = "\"\\ 0a,}\x01\x7f\xc3";
    struct trace_scopes *scopes = trace_scopes_new();
    for (int kind = 0; kind < TRACE_KIND_COUNT; kind++) {
        struct made_event event;
        make_event(&event, (enum trace_kind)kind, (uint64_t)kind, scopes);
        struct trace_record record = {.kind = (enum trace_kind)kind,
                                      .id = {trace_scopes_intern(scopes, "alice", "gw"), 7},
                                      .data = &event.data};
        char *line = print(&record);
        size_t len = strlen(line) + 1;
        char *spaced = malloc(len + 1);
        assert_non_null(spaced);
        spaced[0] = ' ';
        memcpy(spaced + 1, line, len);
        check_both_ways(scopes, spaced, len);
        for (size_t at = 1 + (size_t)kind % 3; at < len; at += 3) {
            for (const char *wrong = damage; *wrong; wrong++) {
                spaced[at] = *wrong;
                check_both_ways(scopes, spaced, len);
            }
            spaced[at] = line[at - 1];
            check_both_ways(scopes, spaced, at);
        }
        free(spaced);
        free(line);
    }
    trace_scopes_free(scopes);
}

static void a_line_is_spelled_as_documented(void **state)
{
    (void)state;
    struct trace_scopes *scopes = trace_scopes_new();
    const struct trace_scope *scope = trace_scopes_intern(scopes, "alice", "gw");
    struct trace_esp_sent event = {.protocol = "ESP",
                                   .mode = "tunnel",
                                   .spi = 0xabc,
                                   .sequence = UINT64_C(1) << 53,
                                   .child = "a\"b",
                                   .inner = {(const uint8_t *)"\x45\x00\xff", 3}};
    struct trace_record record = {.time = 41872000,
                                  .kind = TRACE_ESP_SENT_EVENT,
                                  .id = {scope, 12},
                                  .cause = {scope, 9},
                                  .data = &event};
    char *line = print(&record);
    assert_string_equal(
        line, "{\"time\":41872000,\"name\":\"esp:sent\",\"id\":\"alice/gw#12\","
              "\"cause\":\"alice/gw#9\",\"data\":{\"protocol\":\"ESP\",\"mode\":\"tunnel\","
              "\"spi\":\"00000abc\","
              "\"sequence\":\"9007199254740992\",\"child\":\"a\\\"b\","
              "\"inner\":\"4500ff\"}}");
    free(line);
    char cut[8];
    assert_true(trace_line_print(&record, cut, sizeof cut) > sizeof cut);
    assert_string_equal(cut, "{\"time\"");
    trace_scopes_free(scopes);
}

static void octets_that_are_no_utf8_become_the_replacement_character(void **state)
{
    (void)state;
    struct trace_scopes *scopes = trace_scopes_new();
    const char *const bad[] = {
        "\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct trace_ike_child_failed event = {.child = bad[i]};
        struct trace_record record = {.kind = TRACE_IKE_CHILD_FAILED_EVENT,
                                      .id = {trace_scopes_intern(scopes, "a", NULL), 1},
                                      .data = &event},
                            back;
        char *line = print(&record), error[128];
        assert_true(trace_line_parse(scopes, line, strlen(line), &back, error, sizeof error));
        const struct trace_ike_child_failed *read = back.data;
        assert_int_equal(strlen(read->child), 3 * strlen(bad[i]));
        assert_memory_equal(read->child, "\xef\xbf\xbd", 3);
        free((void *)(uintptr_t)back.data);
        free(line);
    }
    trace_scopes_free(scopes);
}

static void damaged_lines_are_refused_with_the_field_named(void **state)
{
    (void)state;
    static const struct {
        const char *line, *error;
    } rows[] = {
        {"", "column"},
        {"{\"time\":1", "column"},
        {"[]", "name"},
        {"{\"time\":1,\"name\":\"no:such\",\"id\":\"a#1\",\"cause\":null,\"data\":{}}", "no:such"},
        {"{\"time\":-1,\"name\":\"net:lost\",\"id\":\"a#1\",\"cause\":null,\"data\":{}}", "time"},
        {"{\"time\":1,\"name\":\"net:lost\",\"id\":\"a\",\"cause\":null,\"data\":{}}", "id"},
        {"{\"time\":1,\"name\":\"net:lost\",\"id\":null,\"cause\":null,\"data\":{}}", "id"},
        {"{\"time\":1,\"name\":\"net:lost\",\"id\":\"a#1\",\"cause\":3,\"data\":{}}", "cause"},
        {"{\"time\":1,\"name\":\"net:lost\",\"id\":\"a#1\",\"cause\":null}", "data"},
        {"{\"time\":1,\"name\":\"net:lost\",\"id\":\"a#1\",\"cause\":null,"
         "\"data\":{\"datagram\":1,\"copy\":1}}",
         "\"why\" is missing"},
        {"{\"time\":1,\"name\":\"net:lost\",\"id\":\"a#1\",\"cause\":null,"
         "\"data\":{\"datagram\":1.5,\"why\":null}}",
         "\"datagram\" is not"},
        {"{\"time\":1,\"name\":\"esp:sent\",\"id\":\"a#1\",\"cause\":null,"
         "\"data\":{\"protocol\":null,\"mode\":null,\"spi\":\"1\",\"sequence\":1,\"child\":null,"
         "\"inner\":\"\"}}",
         "\"spi\" is not"},
        {"{\"time\":1,\"name\":\"esp:sent\",\"id\":\"a#1\",\"cause\":null,"
         "\"data\":{\"protocol\":null,\"mode\":null,\"spi\":\"00000001\",\"sequence\":1,\"child\":"
         "null,\"inner\":\"4G\"}}",
         "\"inner\" is not"},
    };
    struct trace_scopes *scopes = trace_scopes_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct trace_record record;
        char error[128] = "";
        assert_false(trace_line_parse(scopes, rows[i].line, strlen(rows[i].line), &record, error,
                                      sizeof error));
        if (!strstr(error, rows[i].error)) {
            fail_msg("row %zu: \"%s\" does not name \"%s\"", i, error, rows[i].error);
        }
    }
    trace_scopes_free(scopes);
}

static void other_spellings_of_the_same_json_are_read(void **state)
{
    (void)state;
    struct trace_scopes *scopes = trace_scopes_new();
    const char line[] =
        " { \"data\": {\"why\":\"\\u0041\", \"more\": 1, \"copy\": 1, \"datagram\": 3}, "
        "\"cause\":null, \"id\":\"a/b#1\", \"name\":\"net:lost\", \"time\": 5 } ";
    struct trace_record record;
    struct trace_line_head head;
    char error[128];
    assert_true(trace_line_parse(scopes, line, strlen(line), &record, error, sizeof error));
    const struct trace_net_lost *lost = record.data;
    assert_string_equal(lost->why, "A");
    assert_true(lost->datagram == 3);
    assert_true(trace_line_head(scopes, line, strlen(line), &head));
    assert_true(head.time == 5 && head.kind == TRACE_NET_LOST_EVENT && head.id.n == 1);
    free((void *)(uintptr_t)record.data);
    trace_scopes_free(scopes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_reads_back_as_written),
        cmocka_unit_test(jansson_agrees_about_every_damaged_octet),
        cmocka_unit_test(a_line_is_spelled_as_documented),
        cmocka_unit_test(octets_that_are_no_utf8_become_the_replacement_character),
        cmocka_unit_test(damaged_lines_are_refused_with_the_field_named),
        cmocka_unit_test(other_spellings_of_the_same_json_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
