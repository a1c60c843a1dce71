/* The ladder: rows from events, lanes, what is lost, copied, overtaken; ESP folded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/ui/term_story.h"
#include "ui/term/ladder.h"
#include "ui/term/view_ladder.h"

static const struct trace_ref none;

static struct trace_reader *open_story(const struct story *story)
{
    char error[256];
    struct trace_reader *reader = trace_reader_open(story->dir, error, sizeof error);
    assert_non_null(reader);
    return reader;
}

/* The ladder of the events up to `last`. */
static struct ladder *make(struct trace_reader *reader, uint64_t first, uint64_t last, bool unfold)
{
    struct ladder *ladder = ladder_new(reader, "alice", "gw", unfold);
    uint64_t at = first;
    while ((at = trace_reader_step(reader, at, 1, ladder_kinds(), "alice", "gw")) <= last &&
           at != UINT64_MAX) {
        ladder_add(ladder, at, trace_reader_get(reader, at));
    }
    return ladder;
}

static const struct ladder_row *find_row(const struct ladder *ladder, enum ladder_kind kind,
                                         size_t nth)
{
    for (size_t i = 0; i < ladder->row_count; i++) {
        if (ladder->rows[i].kind == kind && nth-- == 0) {
            return &ladder->rows[i];
        }
    }
    fail_msg("there is no such row");
    return NULL;
}

static char *draw(const struct ladder *ladder, int width, bool ascii)
{
    struct grid *grid = grid_new(width, 1, ascii);
    struct ladder_now now = {.ordinal = UINT64_MAX, .time = UINT64_MAX, .parting = UINT64_MAX};
    size_t count, len;
    char *text = NULL;
    FILE *out = open_memstream(&text, &len);
    struct ladder_line *lines = ladder_layout(grid, width, ladder, 0, ladder->row_count, &count);
    for (size_t i = 0; i < count; i++) {
        grid_clear(grid);
        ladder_draw_line(grid, (struct area){0, 0, width, 1}, ladder, &lines[i], &now);
        grid_write(grid, out);
    }
    fclose(out);
    free(lines);
    grid_free(grid);
    return text;
}

/*  alice  ├─╮ 0         a second request overtakes the first:
 *         ├─│─╮ 1       the first one's lane goes on through the second one's rows
 *         │ │ ╰────▶ 1
 *         │ ╰──────▶ 0  */
static void an_overtaken_message_keeps_its_lane_until_it_arrives(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1000 * MS);
    struct story_message first =
        story_ike(&story, ALICE, 1 * MS, none, "INFORMATIONAL", false, 2, "SK{}", NULL, 1);
    struct story_message second =
        story_ike(&story, ALICE, 2 * MS, none, "INFORMATIONAL", false, 3, "SK{}", NULL, 1);
    story_arrive(&story, &second, 10 * MS, 1, false);
    story_arrive(&story, &first, 20 * MS, 1, true);
    story_end(&story, true);
    struct trace_reader *reader = open_story(&story);
    struct ladder *ladder = make(reader, 0, UINT64_MAX, false);

    assert_int_equal(ladder->row_count, 4);
    assert_int_equal(ladder->messages[0].lane, 0);
    assert_int_equal(ladder->messages[1].lane, 1);
    assert_int_equal(ladder->rows[1].lanes[0], 1);
    assert_int_equal(ladder->rows[2].kind, LADDER_ARRIVE);
    assert_int_equal(ladder->rows[2].message, 1);
    assert_int_equal(ladder->rows[2].lanes[0], 1);
    assert_false(ladder->rows[2].overtaken);
    assert_int_equal(ladder->rows[3].message, 0);
    assert_int_equal(ladder->rows[3].lanes[0], 0);
    assert_true(ladder->rows[3].overtaken);
    char *text = draw(ladder, 100, false);
    assert_non_null(strstr(text, "├─┼─╮"));
    assert_non_null(strstr(text, "overtaken by a later one"));
    free(text);
    ladder_free(ladder);
    trace_reader_close(reader);
    story_remove(&story);
}

static void a_copy_made_by_the_link_arrives_on_a_row_of_its_own(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1000 * MS);
    struct story_message message =
        story_ike(&story, GW, 1 * MS, none, "INFORMATIONAL", true, 2, "SK{}", NULL, 1);
    story_duplicate(&story, &message);
    story_arrive(&story, &message, 10 * MS, 1, false);
    story_arrive(&story, &message, 20 * MS, 2, false);
    story_end(&story, true);
    struct trace_reader *reader = open_story(&story);
    struct ladder *ladder = make(reader, 0, UINT64_MAX, false);

    assert_int_equal(ladder->row_count, 3);
    assert_int_equal(ladder->rows[1].side, 0);
    assert_false(ladder->rows[1].last);
    assert_int_equal(ladder->rows[1].copy, 1);
    assert_true(ladder->rows[2].last);
    assert_int_equal(ladder->rows[2].copy, 2);
    assert_int_equal(ladder->lanes[1], 0);
    ladder_free(ladder);
    trace_reader_close(reader);
    story_remove(&story);
}

static void losses_and_retransmissions_look_different_and_say_why(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 10000 * MS);
    story_lossy(&story, 0);
    story_end(&story, true);
    struct trace_reader *reader = open_story(&story);
    struct ladder *ladder = make(reader, 0, UINT64_MAX, false);

    assert_int_equal(find_row(ladder, LADDER_LOST, 0)->side, 0);
    assert_int_equal(find_row(ladder, LADDER_LOST, 1)->side, 1);
    assert_string_equal(find_row(ladder, LADDER_GAP, 0)->text, "500 ms");
    char *text = draw(ladder, 100, false);
    assert_non_null(strstr(text, "✗ lost on the link"));
    assert_non_null(strstr(text, "lost on the link ✗"));
    assert_non_null(strstr(text, "├┄╮ IKE_SA_INIT request · MID 0 · same 72 B · retransmission 1"));
    assert_non_null(strstr(text, "retransmission 2"));
    assert_non_null(strstr(text, "the cached 72 B again"));
    assert_non_null(strstr(text, "↻ no answer for 500 ms"));
    free(text);
    text = draw(ladder, 60, true);
    for (const char *at = text; *at; at++) {
        assert_true((unsigned char)*at < 0x80);
    }
    assert_non_null(strstr(text, "+~+ IKE_SA_INIT request 0 - again, try 2"));
    free(text);
    ladder_free(ladder);
    trace_reader_close(reader);
    story_remove(&story);
}

static void assert_same_row(const struct ladder_row *a, const struct ladder_row *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->side, b->side);
    assert_int_equal(a->ordinal, b->ordinal);
    assert_int_equal(a->message, b->message);
    assert_memory_equal(a->lanes, b->lanes, sizeof a->lanes);
    assert_memory_equal(a->dashed, b->dashed, sizeof a->dashed);
    assert_int_equal(a->last, b->last);
    assert_int_equal(a->text != NULL, b->text != NULL);
    if (a->text) {
        assert_string_equal(a->text, b->text);
    }
}

static void rows_do_not_depend_on_what_comes_later(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 10000 * MS);
    story_lossy(&story, 12);
    story_end(&story, true);
    struct trace_reader *reader = open_story(&story);
    struct ladder *whole = make(reader, 0, UINT64_MAX, false);
    for (uint64_t last = 0; last < trace_reader_count(reader); last++) {
        struct ladder *part = make(reader, 0, last, false);
        assert_true(part->row_count <= whole->row_count);
        for (size_t i = 0; i < part->row_count; i++) {
            assert_same_row(&part->rows[i], &whole->rows[i]);
        }
        if (part->row_count > 0) {
            assert_int_equal(ladder_row_at(whole, last), part->row_count - 1);
        }
        ladder_free(part);
    }
    ladder_free(whole);
    trace_reader_close(reader);
    story_remove(&story);
}

static void esp_is_folded_into_counts_up_to_the_cursor(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 10000 * MS);
    story_lossy(&story, 12);
    story_end(&story, true);
    struct trace_reader *reader = open_story(&story);
    struct ladder *folded = make(reader, 0, UINT64_MAX, false);
    const struct ladder_row *row = &folded->rows[folded->row_count - 1];
    assert_int_equal(row->kind, LADDER_ESP);
    struct ladder_esp_counts counts = ladder_esp_count(folded, row, UINT64_MAX);
    assert_int_equal(counts.sent[0], 12);
    assert_int_equal(counts.lost, 4);
    assert_int_equal(counts.copies, 2); /* of 4 and 8; 12 was lost */
    assert_int_equal(counts.refused, 2);
    assert_int_equal(counts.arrived[0], 8 + 2);
    assert_int_equal(ladder_esp_count(folded, row, row->ordinal).sent[0], 1);

    struct ladder *unfolded = make(reader, 0, UINT64_MAX, true);
    assert_true(unfolded->row_count > folded->row_count + 20);
    for (size_t i = 0; i < unfolded->row_count; i++) {
        assert_int_not_equal(unfolded->rows[i].kind, LADDER_ESP);
    }
    assert_int_equal(unfolded->open_count, 0);
    ladder_free(folded);
    ladder_free(unfolded);
    trace_reader_close(reader);
    story_remove(&story);
}

static void a_ladder_that_begins_later_knows_what_was_on_its_way(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1000 * MS);
    struct story_message message =
        story_ike(&story, ALICE, 1 * MS, none, "IKE_AUTH", false, 1, "SK{IDi AUTH}", NULL, 1);
    story_arrive(&story, &message, 10 * MS, 1, false);
    story_end(&story, true);
    struct trace_reader *reader = open_story(&story);
    uint64_t sent =
        trace_reader_step(reader, 0, 1, TRACE_KINDS_OF(TRACE_NET_SENT_EVENT), NULL, NULL);
    struct ladder *ladder = make(reader, sent, UINT64_MAX, false);
    assert_int_equal(ladder->row_count, 1);
    assert_int_equal(ladder->rows[0].kind, LADDER_ARRIVE);
    assert_string_equal(ladder->messages[ladder->rows[0].message].payloads, "SK{IDi AUTH}");
    assert_int_equal(ladder_datagram(ladder, 0, UINT64_MAX), sent);
    ladder_free(ladder);
    trace_reader_close(reader);
    story_remove(&story);
}

/* More messages at once than there are lanes. */
static void a_crowd_shares_the_last_lane(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1000 * MS);
    struct story_message messages[20];
    for (unsigned i = 0; i < 20; i++) {
        messages[i] =
            story_ike(&story, ALICE, i * MS, none, "INFORMATIONAL", false, i, "SK{}", NULL, 1);
    }
    for (unsigned i = 0; i < 20; i++) {
        story_arrive(&story, &messages[i], (100 + i) * MS, 1, false);
    }
    story_end(&story, true);
    struct trace_reader *reader = open_story(&story);
    struct ladder *ladder = make(reader, 0, UINT64_MAX, false);
    assert_int_equal(ladder->row_count, 40);
    assert_int_equal(ladder->open_count, 0);
    assert_int_equal(ladder->lanes[0], 0);
    free(draw(ladder, LADDER_WIDTH_MIN, false));
    ladder_free(ladder);
    trace_reader_close(reader);
    story_remove(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_overtaken_message_keeps_its_lane_until_it_arrives),
        cmocka_unit_test(a_copy_made_by_the_link_arrives_on_a_row_of_its_own),
        cmocka_unit_test(losses_and_retransmissions_look_different_and_say_why),
        cmocka_unit_test(rows_do_not_depend_on_what_comes_later),
        cmocka_unit_test(esp_is_folded_into_counts_up_to_the_cursor),
        cmocka_unit_test(a_ladder_that_begins_later_knows_what_was_on_its_way),
        cmocka_unit_test(a_crowd_shares_the_last_lane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
