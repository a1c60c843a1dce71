/* The cursor: forwards and backwards lead to the same screens; growing recordings; playing; keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ike/wire.h"
#include "tests/ui/term_story.h"
#include "ui/term/view.h"
#include "ui/term/whatif_edit.h"

struct stage {
    struct story story;
    struct trace_reader *reader;
    struct crypto_context *crypto;
    struct model *model;
    struct app app;
};

static void open_stage(struct stage *stage)
{
    char error[256];
    stage->reader = trace_reader_open(stage->story.dir, error, sizeof error);
    assert_non_null(stage->reader);
    stage->crypto = crypto_context_new(error, sizeof error);
    assert_non_null(stage->crypto);
    stage->model = model_new(stage->reader, stage->crypto);
    app_init(&stage->app, stage->model);
    app_prepare(&stage->app);
    model_scrub_all(stage->model);
}

static void close_stage(struct stage *stage)
{
    app_dispose(&stage->app);
    model_free(stage->model);
    crypto_context_free(stage->crypto);
    trace_reader_close(stage->reader);
}

static void make_stage(struct stage *stage, unsigned pings)
{
    story_begin(&stage->story, 10000 * MS);
    story_lossy(&stage->story, pings);
    story_end(&stage->story, true);
    open_stage(stage);
}

/* The screen at the cursor as text, message and all. */
static char *screen(struct stage *stage)
{
    struct grid *grid = grid_new(120, 60, false);
    char *text = NULL;
    size_t len;
    stage->app.notice[0] = '\0'; /* that there is nothing further is no part of what is shown */
    app_prepare(&stage->app);
    view_screen(&stage->app, grid);
    FILE *out = open_memstream(&text, &len);
    grid_write(grid, out);
    fclose(out);
    grid_free(grid);
    return text;
}

/* Fails with the first line that differs. */
static void assert_same_screen(const char *a, const char *b)
{
    while (*a || *b) {
        size_t la = strcspn(a, "\n"), lb = strcspn(b, "\n");
        if (la != lb || memcmp(a, b, la) != 0) {
            fail_msg("these lines differ:\n%.*s\n%.*s", (int)la, a, (int)lb, b);
        }
        a += la + (a[la] != '\0');
        b += lb + (b[lb] != '\0');
    }
}

/* Steps on with one kind of step to the end, then back, and compares every screen. */
static void there_and_back(struct stage *stage, enum action on, enum action back)
{
    char *screens[2000];
    uint64_t cursors[2000];
    size_t count = 0;
    for (;;) {
        cursors[count] = stage->model->ordinal;
        screens[count++] = screen(stage);
        assert_true(count < 2000);
        app_act(&stage->app, on);
        if (stage->model->ordinal == cursors[count - 1]) {
            break;
        }
    }
    assert_true(count > 5);
    for (size_t i = count; i-- > 0;) {
        assert_int_equal(stage->model->ordinal, cursors[i]);
        char *text = screen(stage);
        assert_same_screen(text, screens[i]);
        free(text);
        free(screens[i]);
        app_act(&stage->app, back);
    }
}

static void stepping_back_shows_what_stepping_on_showed(void **state)
{
    (void)state;
    struct stage stage;
    make_stage(&stage, 12);
    there_and_back(&stage, ACTION_EVENT_ON, ACTION_EVENT_BACK);
    model_home(stage.model);
    app_prepare(&stage.app);
    there_and_back(&stage, ACTION_DOWN, ACTION_UP);
    close_stage(&stage);
    story_remove(&stage.story);
}

/* The ladder is made of events around the cursor only, and long stretches of ESP are counted
 * unread: where it was made from must not show. */
static void compare_jumps(bool unfold)
{
    struct stage walk, jump;
    make_stage(&walk, 1500);
    model_unfold(walk.model, unfold);
    jump = walk;
    open_stage(&jump);
    uint64_t last = walk.model->count - 1;
    static const int parts[] = {10, 50, 73, 99, 100, 70, 30, 2};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        uint64_t at = last * (uint64_t)parts[i] / 100;
        while (walk.model->ordinal != at) {
            uint64_t here = walk.model->ordinal, step = here < at ? at - here : here - at;
            step = step > 97 ? 97 : step;
            model_seek(walk.model, here < at ? here + step : here - step);
            app_prepare(&walk.app);
        }
        char *walked = screen(&walk);
        close_stage(&jump);
        open_stage(&jump);
        model_unfold(jump.model, unfold);
        model_seek(jump.model, at);
        char *jumped = screen(&jump);
        assert_same_screen(walked, jumped);
        free(walked);
        free(jumped);
    }
    close_stage(&jump);
    close_stage(&walk);
    story_remove(&walk.story);
}

static void a_far_jump_shows_what_going_there_shows(void **state)
{
    (void)state;
    compare_jumps(true);
    compare_jumps(false);
}

static void a_growing_recording_is_followed(void **state)
{
    (void)state;
    struct stage stage;
    static const struct trace_ref none;
    story_begin(&stage.story, 10000 * MS);
    struct story_message message =
        story_ike(&stage.story, ALICE, 1 * MS, none, "IKE_SA_INIT", false, 0, "SA KE Ni", NULL, 1);
    story_flush(&stage.story);
    open_stage(&stage);
    assert_false(stage.model->complete);
    model_end(stage.model);
    char *before = screen(&stage);
    assert_non_null(strstr(before, "still growing"));
    assert_null(strstr(before, "▶┤"));
    uint64_t count = stage.model->count;
    assert_false(model_refresh(stage.model));
    story_arrive(&stage.story, &message, 40 * MS, 1, false);
    story_flush(&stage.story);
    assert_true(model_refresh(stage.model));
    assert_int_equal(stage.model->count, count + 1);
    char *same = screen(&stage); /* what has come since does not show at the old cursor */
    assert_null(strstr(same, "▶┤"));
    model_end(stage.model);
    char *after = screen(&stage);
    assert_non_null(strstr(after, "▶┤"));
    story_end(&stage.story, true);
    assert_true(model_refresh(stage.model));
    assert_true(stage.model->complete);
    free(before);
    free(same);
    free(after);
    close_stage(&stage);
    story_remove(&stage.story);
}

static void playing_comes_to_the_end_and_stops(void **state)
{
    (void)state;
    struct stage stage;
    make_stage(&stage, 4);
    assert_true(model_set_speed(stage.model, "1"));
    assert_false(model_set_speed(stage.model, "3"));
    app_act(&stage.app, ACTION_PLAY);
    int frames = 0;
    while (stage.model->playing && frames < 2000) {
        uint64_t before = stage.model->ordinal;
        model_advance(stage.model, 33 * MS);
        app_prepare(&stage.app);
        assert_true(stage.model->ordinal >= before);
        frames++;
    }
    assert_false(stage.model->playing);
    assert_int_equal(stage.model->ordinal, stage.model->count - 1);
    /* Ten seconds, of which eight are empty and skipped. */
    assert_true(frames < 150);
    assert_true(frames > 40);
    close_stage(&stage);
    story_remove(&stage.story);
}

static void steps_go_to_messages_exchanges_losses_and_errors(void **state)
{
    (void)state;
    struct stage stage;
    make_stage(&stage, 4);
    for (int i = 0; i < 3; i++) {
        app_act(&stage.app, ACTION_LOSS_ON);
        assert_int_equal(trace_reader_get(stage.reader, stage.model->ordinal)->kind,
                         TRACE_NET_LOST_EVENT);
    }
    uint64_t third = stage.model->ordinal;
    app_act(&stage.app, ACTION_LOSS_BACK);
    assert_true(stage.model->ordinal < third);
    app_act(&stage.app, ACTION_ERROR_ON); /* nobody gives up here: nothing moves, and it is said */
    assert_non_null(strstr(stage.app.notice, "No error after here"));
    model_home(stage.model);
    static const char *const exchanges[] = {"IKE_SA_INIT", "IKE_AUTH"};
    for (size_t i = 0; i < 2; i++) {
        app_act(&stage.app, ACTION_EXCHANGE_ON);
        const struct trace_record *record = trace_reader_get(stage.reader, stage.model->ordinal);
        const struct trace_ike_message_sent *sent = record->data;
        assert_int_equal(record->kind, TRACE_IKE_MESSAGE_SENT_EVENT);
        assert_string_equal(sent->exchange, exchanges[i]);
        assert_false(sent->response);
        assert_int_equal(sent->transmission, 1);
    }
    app_act(&stage.app, ACTION_EXCHANGE_BACK);
    assert_true(stage.model->ordinal < third);
    model_home(stage.model);
    for (int i = 0; i < 7; i++) {
        app_act(&stage.app, ACTION_MESSAGE_ON);
        assert_int_equal(trace_reader_get(stage.reader, stage.model->ordinal)->kind,
                         TRACE_IKE_MESSAGE_SENT_EVENT);
    }
    uint64_t last = stage.model->ordinal;
    app_act(&stage.app, ACTION_MESSAGE_ON);
    assert_int_equal(stage.model->ordinal, last);
    close_stage(&stage);
    story_remove(&stage.story);
}

static void keys_mean_one_thing_in_each_place(void **state)
{
    (void)state;
    size_t count;
    const struct binding *table = keys_table(&count);
    for (unsigned context = 1; context <= CONTEXT_LESSON; context *= 2) {
        for (size_t i = 0; i < count; i++) {
            for (size_t k = 0; k < KEYS_PER_BINDING && table[i].keys[k]; k++) {
                if (table[i].contexts & context) {
                    assert_int_equal(keys_action(context, table[i].keys[k]), table[i].action);
                }
            }
        }
        assert_int_equal(keys_action(context, 'q'),
                         context == CONTEXT_LESSON ? ACTION_LESSON_LEAVE : ACTION_BACK);
        assert_int_equal(keys_action(context, '?'), ACTION_HELP);
        assert_int_equal(keys_action(context, 0x10ffff), ACTION_NONE);
    }
}

static void escape_goes_one_step_back_and_at_last_quits(void **state)
{
    (void)state;
    struct stage stage;
    make_stage(&stage, 0);
    app_act(&stage.app, ACTION_MESSAGE_ON);
    app_prepare(&stage.app);
    app_act(&stage.app, ACTION_OPEN);
    assert_int_equal(stage.app.screen, SCREEN_MESSAGE);
    app_act(&stage.app, ACTION_HELP);
    assert_int_equal(app_act(&stage.app, ACTION_BACK), APP_REDRAW);
    assert_false(stage.app.help);
    assert_int_equal(app_act(&stage.app, ACTION_BACK), APP_REDRAW);
    assert_int_equal(stage.app.screen, SCREEN_LADDER);
    assert_int_equal(app_act(&stage.app, ACTION_BACK), APP_QUIT);
    close_stage(&stage);
    story_remove(&stage.story);
}

/* Every action in every place, on the smallest screen: nothing may break. */
static void any_key_anywhere_is_harmless(void **state)
{
    (void)state;
    struct stage stage;
    make_stage(&stage, 8);
    struct grid *grid = grid_new(APP_WIDTH_MIN, APP_HEIGHT_MIN, true);
    uint64_t seed = 1;
    print_message("seed %d\n", (int)seed);
    for (int i = 0; i < 3000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        /* Letters too, for the prompts that some actions open. */
        if (stage.app.prompt != PROMPT_NONE) {
            static const uint32_t typed[] = {'a', '1', 's', KEY_OF_BACKSPACE, KEY_OF_ENTER, 0x1b};
            app_key(&stage.app, typed[(seed >> 33) % 6]);
        } else {
            app_act(&stage.app, (enum action)((seed >> 33) % (ACTION_QUIT + 1)));
        }
        app_prepare(&stage.app);
        view_screen(&stage.app, grid);
        model_advance(stage.model, 20 * MS);
    }
    grid_free(grid);
    close_stage(&stage);
    story_remove(&stage.story);
}

/* Types a search and looks at where it came to. */
static void type_search(struct stage *stage, const char *text)
{
    app_key(&stage->app, '/');
    for (; *text; text++) {
        app_key(&stage->app, (uint32_t)*text);
    }
    app_key(&stage->app, KEY_OF_ENTER);
    do {
        app_prepare(&stage->app);
    } while (app_busy(&stage->app));
}

static void a_search_finds_what_events_say(void **state)
{
    (void)state;
    struct stage stage;
    make_stage(&stage, 8);
    type_search(&stage, "has proved");
    uint64_t first = stage.model->ordinal;
    assert_int_equal(trace_reader_get(stage.reader, first)->kind, TRACE_IKE_STATE_EVENT);
    app_key(&stage.app, 'n');
    app_prepare(&stage.app);
    assert_true(stage.model->ordinal > first);
    app_key(&stage.app, 'N');
    app_prepare(&stage.app);
    assert_int_equal(stage.model->ordinal, first);
    type_search(&stage, "REPLAYED"); /* in any case of letters */
    assert_int_equal(trace_reader_get(stage.reader, stage.model->ordinal)->kind,
                     TRACE_ESP_DROPPED_EVENT);
    uint64_t last = stage.model->ordinal;
    type_search(&stage, "potato");
    assert_int_equal(stage.model->ordinal, last);
    assert_non_null(strstr(stage.app.notice, "potato"));
    close_stage(&stage);
    story_remove(&stage.story);
}

static void a_field_that_is_lit_lights_its_octets_and_the_other_way(void **state)
{
    (void)state;
    struct stage stage;
    make_stage(&stage, 0);
    app_act(&stage.app, ACTION_MESSAGE_ON);
    app_prepare(&stage.app);
    app_key(&stage.app, '3');
    const struct dissect_tree *tree = stage.model->tree;
    while (strcmp(tree->fields[stage.app.message.field].name, "Message ID") != 0) {
        app_key(&stage.app, 'j');
    }
    app_key(&stage.app, '\t');
    assert_true(stage.app.message.bytes);
    assert_int_equal(stage.app.message.octet, 20); /* RFC 7296 §3.1 */
    app_key(&stage.app, 'l');
    assert_string_equal(tree->fields[stage.app.message.field].name, "Message ID");
    for (int i = 0; i < 3; i++) {
        app_key(&stage.app, 'l');
    }
    assert_string_equal(tree->fields[stage.app.message.field].name, "Length");
    app_key(&stage.app, 'y');
    assert_string_equal(stage.app.copied, "00000048");
    close_stage(&stage);
    story_remove(&stage.story);
}

static void a_retransmission_is_the_same_to_the_octet(void **state)
{
    (void)state;
    struct stage stage;
    make_stage(&stage, 0);
    for (int i = 0; i < 2; i++) {
        app_act(&stage.app, ACTION_MESSAGE_ON);
        app_prepare(&stage.app);
        app_key(&stage.app, i == 0 ? 'm' : 'c');
    }
    assert_non_null(stage.app.sheet);
    assert_non_null(strstr(stage.app.sheet, "All 72 octets are the same"));
    app_key(&stage.app, 'q');
    assert_null(stage.app.sheet);
    app_act(&stage.app, ACTION_MESSAGE_ON);
    app_prepare(&stage.app);
    app_key(&stage.app, 'c');
    assert_non_null(strstr(stage.app.sheet, "differ"));
    close_stage(&stage);
    story_remove(&stage.story);
}

static void a_lesson_can_point_at_a_field_and_at_a_key(void **state)
{
    (void)state;
    struct stage stage;
    make_stage(&stage, 0);
    uint64_t sent = trace_reader_step(stage.reader, 0, 1,
                                      TRACE_KINDS_OF(TRACE_IKE_MESSAGE_SENT_EVENT), NULL, NULL);
    assert_true(app_point(&stage.app, SCREEN_MESSAGE, sent, "Exchange Type"));
    assert_string_equal(stage.model->tree->fields[stage.app.message.field].name, "Exchange Type");
    assert_false(app_point(&stage.app, SCREEN_MESSAGE, sent, "potato"));
    assert_true(app_point(&stage.app, SCREEN_KEYS, stage.model->count - 1, "SK_d"));
    assert_false(app_point(&stage.app, SCREEN_KEYS, sent, "SK_d")); /* not derived yet */
    close_stage(&stage);
    story_remove(&stage.story);
}

static void two_runs_part_at_the_first_event_that_differs(void **state)
{
    (void)state;
    struct stage one, same, longer;
    make_stage(&one, 4);
    make_stage(&same, 4);
    make_stage(&longer, 5);
    uint64_t at[2];
    whatif_find_parting(one.reader, same.reader, NULL, true, at);
    assert_int_equal(at[0], UINT64_MAX);
    assert_int_equal(at[1], UINT64_MAX);
    /* All but run:end, which comes where the other's fifth ping leaves. */
    whatif_find_parting(one.reader, longer.reader, NULL, false, at);
    assert_int_equal(at[0], one.model->count - 1);
    assert_int_equal(at[1], one.model->count - 1);
    /* Among the events of the pair alone the shorter run just ends before. */
    whatif_find_parting(one.reader, longer.reader, one.model->pair, false, at);
    assert_true(at[0] < at[1]);
    struct stage *stages[] = {&one, &same, &longer};
    for (size_t i = 0; i < 3; i++) {
        close_stage(stages[i]);
        story_remove(&stages[i]->story);
    }
}

/* The cursor on the message of the n-th ike:message_sent, with its tree. */
static const struct dissect_tree *tree_of_message(struct stage *stage, int n)
{
    uint64_t at = 0;
    for (int i = 0; i < n; i++) {
        at = trace_reader_step(stage->reader, at, 1, TRACE_KINDS_OF(TRACE_IKE_MESSAGE_SENT_EVENT),
                               NULL, NULL);
        assert_int_not_equal(at, UINT64_MAX);
    }
    app_point(&stage->app, SCREEN_MESSAGE, at, NULL);
    assert_non_null(stage->model->tree);
    return stage->model->tree;
}

static size_t find_field(const struct dissect_tree *tree, const char *name)
{
    size_t i = 0;
    while (i < tree->count && strcmp(tree->fields[i].name, name) != 0) {
        i++;
    }
    assert_true(i < tree->count);
    return i;
}

/* What a person types is checked by the kind and the width of the field, bits included. */
static void a_fields_new_value_is_checked_by_its_kind_and_width(void **state)
{
    (void)state;
    static const struct {
        const char *field, *typed, *value; /* value NULL: it is none */
    } cases[] = {
        {"Message ID", "9", "0x00000009"},
        {"Message ID", "0xffffffff", "0xffffffff"},
        {"Message ID", "4294967296", NULL},
        {"Message ID", "-1", NULL},
        {"Message ID", "0", NULL}, /* it is 0 */
        {"Message ID", "one", NULL},
        {"Exchange Type", "37", "0x25"},
        {"Exchange Type", "256", NULL},
        {"C (Critical)", "1", "0x80"},
        {"C (Critical)", "2", NULL},
        {"Initiator's SPI", "00:11:22:33:44:55:66:77", "0x0011223344556677"},
        {"Initiator's SPI", "0011", NULL},
    };
    struct stage stage;
    make_stage(&stage, 0);
    const struct dissect_tree *tree = tree_of_message(&stage, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[160] = "";
        char *value =
            edit_value(tree, find_field(tree, cases[i].field), cases[i].typed, error, sizeof error);
        if (cases[i].value) {
            assert_non_null(value);
            assert_string_equal(value, cases[i].value);
        } else {
            assert_null(value);
            assert_non_null(strstr(error, cases[i].field));
        }
        free(value);
    }
    close_stage(&stage);
    story_remove(&stage.story);
}

/* On the wire each field of the first layer has its octet; a faulty sender can write what is in the
 * clear and what will be sealed, and not what sealing makes. */
static void a_field_is_where_an_attacker_or_its_sender_finds_it(void **state)
{
    (void)state;
    struct stage stage;
    make_stage(&stage, 0);
    const struct dissect_tree *tree = tree_of_message(&stage, 1);
    struct edit_place place = edit_place_of(tree, find_field(tree, "Message ID"), true, 0);
    assert_true(place.wire && place.sender);
    assert_int_equal(place.octet, 20);
    assert_int_equal(place.payload, 0);
    assert_int_equal(place.sender_octet, 20);
    place = edit_place_of(tree, find_field(tree, "Nonce Data"), true, 0);
    assert_true(place.wire && place.sender);
    assert_int_equal(place.payload, IKE_PAYLOAD_NONCE);
    assert_int_equal(place.which, 1);
    assert_int_equal(place.sender_octet, IKE_GENERIC_HEADER_LEN);
    assert_int_equal(place.octet, tree->fields[find_field(tree, "Nonce Data")].offset);
    /* An ESP packet is sealed from what others send. */
    place = edit_place_of(tree, find_field(tree, "Nonce Data"), false, 0);
    assert_true(place.wire && !place.sender);
    close_stage(&stage);
    story_remove(&stage.story);
}

static void what_if_is_off_where_nobody_can_run_again(void **state)
{
    (void)state;
    struct stage stage;
    make_stage(&stage, 0);
    app_key(&stage.app, 'w');
    assert_null(stage.app.sheet);
    assert_non_null(strstr(stage.app.notice, "needs a scenario"));
    close_stage(&stage);
    story_remove(&stage.story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stepping_back_shows_what_stepping_on_showed),
        cmocka_unit_test(a_far_jump_shows_what_going_there_shows),
        cmocka_unit_test(a_growing_recording_is_followed),
        cmocka_unit_test(playing_comes_to_the_end_and_stops),
        cmocka_unit_test(steps_go_to_messages_exchanges_losses_and_errors),
        cmocka_unit_test(keys_mean_one_thing_in_each_place),
        cmocka_unit_test(escape_goes_one_step_back_and_at_last_quits),
        cmocka_unit_test(any_key_anywhere_is_harmless),
        cmocka_unit_test(a_search_finds_what_events_say),
        cmocka_unit_test(a_field_that_is_lit_lights_its_octets_and_the_other_way),
        cmocka_unit_test(a_retransmission_is_the_same_to_the_octet),
        cmocka_unit_test(a_lesson_can_point_at_a_field_and_at_a_key),
        cmocka_unit_test(two_runs_part_at_the_first_event_that_differs),
        cmocka_unit_test(a_fields_new_value_is_checked_by_its_kind_and_width),
        cmocka_unit_test(a_field_is_where_an_attacker_or_its_sender_finds_it),
        cmocka_unit_test(what_if_is_off_where_nobody_can_run_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
