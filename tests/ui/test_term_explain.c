/* Why things happened, in plain words: causes are followed, and only what was known by then is
 * told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/ui/term_story.h"
#include "ui/term/explain.h"

static struct story story;
static struct trace_reader *reader;

static int set_up(void **state)
{
    (void)state;
    char error[256];
    story_begin(&story, 10000 * MS);
    story_lossy(&story, 8);
    story_end(&story, true);
    reader = trace_reader_open(story.dir, error, sizeof error);
    return reader ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    trace_reader_close(reader);
    story_remove(&story);
    return 0;
}

/* Ordinal of the n-th event of a kind. */
static uint64_t place_of(enum trace_kind kind, unsigned nth)
{
    uint64_t at = 0;
    for (unsigned i = 0; i <= nth; i++) {
        at = trace_reader_step(reader, at, 1, TRACE_KINDS_OF(kind), NULL, NULL);
        assert_int_not_equal(at, UINT64_MAX);
    }
    return at;
}

/* What has become of the n-th message by then. */
static enum explain_fate fate_by(unsigned nth, uint64_t before)
{
    const struct trace_record *record =
        trace_reader_get(reader, place_of(TRACE_IKE_MESSAGE_SENT_EVENT, nth));
    return explain_fate_of(reader, record->id, before);
}

static void assert_said(enum trace_kind kind, unsigned nth, const char *what)
{
    char *text = explain_event(reader, place_of(kind, nth));
    if (!strstr(text, what)) {
        fail_msg("\"%s\" is not in \"%s\"", what, text);
    }
    free(text);
}

static void every_event_is_explained(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < trace_reader_count(reader); i++) {
        char *text = explain_event(reader, i);
        assert_non_null(text);
        assert_true(strlen(text) > 20);
        assert_null(strstr(text, "(null)"));
        assert_null(strchr(text, '?'));
        free(text);
    }
}

static void a_retransmission_says_what_was_lost(void **state)
{
    (void)state;
    assert_said(TRACE_IKE_MESSAGE_SENT_EVENT, 1, "retransmission 1");
    assert_said(TRACE_IKE_MESSAGE_SENT_EVENT, 1, "the request was lost on its way");
    assert_said(TRACE_IKE_MESSAGE_SENT_EVENT, 3, "retransmission 2");
    assert_said(TRACE_IKE_MESSAGE_SENT_EVENT, 3, "gw's response was lost");
    assert_said(TRACE_IKE_MESSAGE_SENT_EVENT, 3, "RFC 7296 §2.1");
    assert_said(TRACE_IKE_RETRANSMISSION_EVENT, 1, "gw's response was lost");
}

static void a_cached_response_says_what_brought_it_about(void **state)
{
    (void)state;
    assert_said(TRACE_IKE_MESSAGE_SENT_EVENT, 4,
                "gw sends its cached IKE_SA_INIT response once more");
    assert_said(TRACE_IKE_MESSAGE_SENT_EVENT, 4, "the response before was lost on the link");
    assert_said(TRACE_IKE_MESSAGE_DROPPED_EVENT, 0, "the cached response is sent once more");
}

static void a_loss_says_who_will_notice(void **state)
{
    (void)state;
    assert_said(TRACE_NET_LOST_EVENT, 0, "alice's IKE_SA_INIT request 0");
    assert_said(TRACE_NET_LOST_EVENT, 0, "alice will notice by the silence");
    assert_said(TRACE_NET_LOST_EVENT, 1, "sends it again when alice repeats the request");
    assert_said(TRACE_NET_LOST_EVENT, 2, "ESP does not send again");
}

static void esp_says_what_the_replay_window_did(void **state)
{
    (void)state;
    assert_said(TRACE_NET_DUPLICATED_EVENT, 0,
                "The replay window of the receiver must let only one pass");
    assert_said(TRACE_ESP_DROPPED_EVENT, 0, "its bit in the replay window is set");
    assert_said(TRACE_ESP_RECEIVED_EVENT, 0, "right edge of its replay window is 1");
}

static void messages_say_what_they_are_for(void **state)
{
    (void)state;
    assert_said(TRACE_IKE_MESSAGE_SENT_EVENT, 0, "there are no keys yet");
    assert_said(TRACE_IKE_MESSAGE_SENT_EVENT, 5, "encrypted with SK_ei");
    assert_said(TRACE_IKE_MESSAGE_SENT_EVENT, 6, "encrypted with SK_er");
    assert_said(TRACE_IKE_KEYS_DERIVED_EVENT, 0, "an AEAD needs no SK_a");
}

/* On the second of two links, where the first has made a copy. */
static void a_copy_that_is_lost_is_not_the_message(void **state)
{
    char error[256];
    struct story copies;
    (void)state;
    story_begin(&copies, 1000 * MS);
    struct trace_ref none = {0};
    struct story_message both =
        story_ike(&copies, ALICE, 1 * MS, none, "IKE_SA_INIT", false, 0, "SA KE Ni", NULL, 1);
    story_duplicate(&copies, &both);
    story_lose(&copies, &both, "loss");
    story_arrive(&copies, &both, 30 * MS, 2, false);
    struct story_message none_left =
        story_ike(&copies, ALICE, 40 * MS, none, "IKE_SA_INIT", false, 0, "SA KE Ni", &both, 2);
    story_duplicate(&copies, &none_left);
    story_lose(&copies, &none_left, "loss");
    story_lose(&copies, &none_left, "loss");
    story_end(&copies, true);
    struct trace_reader *whole = reader;
    reader = trace_reader_open(copies.dir, error, sizeof error);
    assert_non_null(reader);
    uint64_t arrival = place_of(TRACE_NET_DELIVERED_EVENT, 0), end = trace_reader_count(reader);
    assert_int_equal(fate_by(0, arrival - 1), FATE_FLYING);
    assert_int_equal(fate_by(0, arrival), FATE_DELIVERED);
    assert_int_equal(fate_by(1, end), FATE_LOST);
    assert_said(TRACE_NET_LOST_EVENT, 0, "Another copy of it is on its way.");
    assert_said(TRACE_NET_LOST_EVENT, 2, "alice will notice by the silence");
    trace_reader_close(reader);
    reader = whole;
    story_remove(&copies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_is_explained),
        cmocka_unit_test(a_retransmission_says_what_was_lost),
        cmocka_unit_test(a_cached_response_says_what_brought_it_about),
        cmocka_unit_test(a_loss_says_who_will_notice),
        cmocka_unit_test(esp_says_what_the_replay_window_did),
        cmocka_unit_test(messages_say_what_they_are_for),
        cmocka_unit_test(a_copy_that_is_lost_is_not_the_message),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
