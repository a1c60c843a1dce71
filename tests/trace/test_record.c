/* Kinds, scopes, names of events, copies and hashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "support.h"

static void kinds_are_found_by_their_names(void **state)
{
    (void)state;
    enum trace_kind kind;
    for (int i = 0; i < TRACE_KIND_COUNT; i++) {
        const struct trace_kind_info *info = trace_kind_info((enum trace_kind)i);
        assert_true(trace_kind_find(info->name, &kind));
        assert_int_equal(kind, i);
        assert_non_null(strchr(info->name, ':'));
        assert_true(strlen(info->meaning) > 0);
    }
    assert_false(trace_kind_find("ike:stat", &kind));
    assert_false(trace_kind_find("", &kind));
}

static void table_tells_offsets_of_the_structs(void **state)
{
    (void)state;
    const struct trace_kind_info *info = trace_kind_info(TRACE_IKE_STATE_EVENT);
    assert_int_equal(info->size, sizeof(struct trace_ike_state));
    assert_int_equal(info->field_count, 6);
    assert_string_equal(info->fields[4].name, "to");
    assert_int_equal(info->fields[4].offset, offsetof(struct trace_ike_state, to));
    assert_int_equal(info->fields[4].type, TRACE_TEXT);
}

static void equal_scopes_are_the_same_pointer(void **state)
{
    (void)state;
    struct trace_scopes *scopes = trace_scopes_new();
    const struct trace_scope *seen[600];
    char host[16];
    for (int i = 0; i < 600; i++) {
        snprintf(host, sizeof host, "h%d", i / 2);
        seen[i] = trace_scopes_intern(scopes, host, i % 2 ? "gw" : NULL);
    }
    for (int i = 0; i < 600; i++) {
        snprintf(host, sizeof host, "h%d", i / 2);
        assert_ptr_equal(trace_scopes_intern(scopes, host, i % 2 ? "gw" : NULL), seen[i]);
        assert_string_equal(seen[i]->host, host);
        for (int k = 0; k < i; k++) {
            assert_ptr_not_equal(seen[k], seen[i]);
        }
    }
    trace_scopes_free(scopes);
}

static void names_of_events_read_back_as_printed(void **state)
{
    (void)state;
    struct trace_scopes *scopes = trace_scopes_new();
    const struct {
        const char *host, *peer;
        uint64_t n;
        const char *text;
    } rows[] = {{"alice", "gw", 12, "alice/gw#12"},
                {"alice", NULL, 3, "alice#3"},
                {"a", "b", UINT64_MAX, "a/b#18446744073709551615"},
                {"a", "2001:db8::1", 0, "a/2001:db8::1#0"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct trace_ref ref = {trace_scopes_intern(scopes, rows[i].host, rows[i].peer), rows[i].n};
        struct trace_ref back;
        char text[64], cut[5];
        assert_int_equal(trace_ref_print(ref, text, sizeof text), strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
        assert_true(trace_ref_parse(scopes, text, &back));
        assert_ptr_equal(back.scope, ref.scope);
        assert_true(back.n == ref.n);
        assert_int_equal(trace_ref_print(ref, cut, sizeof cut), strlen(rows[i].text));
        assert_memory_equal(cut, rows[i].text, 4);
        assert_int_equal(cut[4], 0);
    }
    trace_scopes_free(scopes);
}

static void what_is_no_name_of_an_event_is_refused(void **state)
{
    (void)state;
    struct trace_scopes *scopes = trace_scopes_new();
    struct trace_ref ref;
    const char *const bad[] = {"",
                               "alice",
                               "alice#",
                               "#3",
                               "/gw#3",
                               "alice/#3",
                               "alice#03",
                               "alice#3 ",
                               "alice#-3",
                               "a#18446744073709551616",
                               "a#99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(trace_ref_parse(scopes, bad[i], &ref));
    }
    trace_scopes_free(scopes);
}

static void a_copy_outlives_what_it_was_made_of(void **state)
{
    (void)state;
    struct trace_scopes *scopes = trace_scopes_new();
    for (int kind = 0; kind < TRACE_KIND_COUNT; kind++) {
        struct made_event event, same;
        make_event(&event, (enum trace_kind)kind, (uint64_t)kind, scopes);
        make_event(&same, (enum trace_kind)kind, (uint64_t)kind, scopes);
        void *copy = trace_data_clone((enum trace_kind)kind, &event.data);
        memset(&event, 0x5a, sizeof event);
        assert_true(events_equal((enum trace_kind)kind, copy, &same.data));
        free(copy);
    }
    trace_scopes_free(scopes);
}

static void the_digest_changes_with_any_one_field(void **state)
{
    (void)state;
    struct trace_scopes *scopes = trace_scopes_new();
    for (int i = 0; i < TRACE_KIND_COUNT; i++) {
        enum trace_kind kind = (enum trace_kind)i;
        const struct trace_kind_info *info = trace_kind_info(kind);
        for (unsigned field = 0; field < info->field_count; field++) {
            struct made_event event;
            make_event(&event, kind, field, scopes);
            uint64_t before = trace_digest(kind, &event.data);
            change_field(&event, &info->fields[field], scopes);
            assert_true(trace_digest(kind, &event.data) != before);
        }
    }
    trace_scopes_free(scopes);
}

static void put_hash(uint8_t *to, uint64_t hash)
{
    for (int i = 0; i < 8; i++) {
        to[i] = (uint8_t)(hash >> (8 * i));
    }
}

static void the_digest_is_xxh3_of_the_documented_form(void **state)
{
    (void)state;
    struct trace_scopes *scopes = trace_scopes_new();
    uint8_t form[] = "\x0d\0\0\0net:delivered"
                     "\x05\0\0\0\0\0\0\0"          /* datagram */
                     "\x01\0\0\0\0\0\0\0"          /* copy */
                     "\x00\x02\0\0\0\0\0\0"        /* delay */
                     "\x01"                        /* overtaken */
                     "scope...\x07\0\0\0\0\0\0\0"; /* sent */
    put_hash(form + sizeof form - 1 - 16, XXH3_64bits_withSeed("gw", 2, XXH3_64bits("alice", 5)));
    struct trace_net_delivered event = {.datagram = 5,
                                        .copy = 1,
                                        .delay = 512,
                                        .overtaken = true,
                                        .sent = {trace_scopes_intern(scopes, "alice", "gw"), 7}};
    assert_true(trace_digest(TRACE_NET_DELIVERED_EVENT, &event) ==
                XXH3_64bits(form, sizeof form - 1));

    /* Texts that are NULL, octets, and a form that is longer than any on the stack. */
    static uint8_t lot[100000];
    static uint8_t long_form[sizeof lot + 64];
    struct trace_esp_sent esp = {.spi = 0x01020304, .sequence = 9, .inner = {lot, sizeof lot}};
    const uint8_t head[] = "\x08\0\0\0esp:sent\xff\xff\xff\xff\xff\xff\xff\xff"
                           "\x04\x03\x02\x01\x09\0\0\0\0\0\0\0"
                           "\xff\xff\xff\xff\xa0\x86\x01\0";
    memcpy(long_form, head, sizeof head - 1);
    assert_true(trace_digest(TRACE_ESP_SENT_EVENT, &esp) ==
                XXH3_64bits(long_form, sizeof head - 1 + sizeof lot));

    uint8_t fold[] = "\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0" /* hash so far, time */
                     "scope...\x03\0\0\0\0\0\0\0"           /* id */
                     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"     /* no cause */
                     "\x04\0\0\0\0\0\0\0";
    put_hash(fold + 16, XXH3_64bits("alice", 5));
    struct trace_ref id = {trace_scopes_intern(scopes, "alice", NULL), 3};
    assert_true(trace_fold(1, 2, id, (struct trace_ref){0}, 4) ==
                XXH3_64bits(fold, sizeof fold - 1));
    trace_scopes_free(scopes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_found_by_their_names),
        cmocka_unit_test(table_tells_offsets_of_the_structs),
        cmocka_unit_test(equal_scopes_are_the_same_pointer),
        cmocka_unit_test(names_of_events_read_back_as_printed),
        cmocka_unit_test(what_is_no_name_of_an_event_is_refused),
        cmocka_unit_test(a_copy_outlives_what_it_was_made_of),
        cmocka_unit_test(the_digest_changes_with_any_one_field),
        cmocka_unit_test(the_digest_is_xxh3_of_the_documented_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
