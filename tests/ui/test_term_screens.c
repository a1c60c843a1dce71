/* Screens compared with kept ones, at three sizes, in UTF-8 and ASCII. A deliberate
 * change is accepted with IKESIM_ACCEPT=1 ctest -R term_screens and shows in the diff of
 * tests/ui/golden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/ui/term_story.h"
#include "ui/term/app_mouse.h"
#include "ui/term/guide.h"
#include "ui/term/menu.h"
#include "ui/term/storm.h"
#include "ui/term/view.h"
#include "ui/term/view_ladder.h"

static const char golden[] = "tests/ui/golden";

static struct story story;
static struct trace_reader *reader;
static struct crypto_context *crypto;
static struct model *model;
static struct trace_series_reader *series;
static struct app app;

static int open_story(void)
{
    char error[256];
    story_end(&story, true);
    reader = trace_reader_open(story.dir, error, sizeof error);
    crypto = crypto_context_new(error, sizeof error);
    if (!reader || !crypto) {
        return -1;
    }
    story_series(&story);
    series = trace_series_reader_open(story.dir, error, sizeof error);
    model = model_new(reader, crypto);
    app_init(&app, model);
    app.series = series;
    app_prepare(&app);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    story_begin(&story, 10000 * MS);
    story_lossy(&story, 12);
    return open_story();
}

static int set_up_windows(void **state)
{
    (void)state;
    story_begin(&story, 10000 * MS);
    story_windows(&story);
    return open_story();
}

static int tear_down(void **state)
{
    (void)state;
    app_dispose(&app);
    model_free(model);
    crypto_context_free(crypto);
    trace_series_reader_close(series);
    trace_reader_close(reader);
    story_remove(&story);
    return 0;
}

static char *text_of(const struct grid *grid)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    grid_write(grid, out);
    fclose(out);
    return text;
}

static char *read_golden(const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in) {
        return NULL;
    }
    char *text = NULL;
    size_t cap = 0;
    ssize_t len = getdelim(&text, &cap, '\0', in);
    fclose(in);
    if (len < 0) {
        free(text);
        return NULL;
    }
    return text;
}

static void compare_text(const char *now, const char *path)
{
    if (getenv("IKESIM_ACCEPT")) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fputs(now, out);
        fclose(out);
        return;
    }
    char *kept = read_golden(path);
    if (!kept || strcmp(kept, now) != 0) {
        fail_msg("%s is no longer what is drawn:\n%sIKESIM_ACCEPT=1 keeps it", path, now);
    }
    free(kept);
}

static void compare(const struct grid *grid, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/term_%s_%dx%d%s.txt", golden, name, grid->width, grid->height,
             grid->ascii ? "_ascii" : "");
    char *now = text_of(grid);
    compare_text(now, path);
    free(now);
}

/* Draws what the app shows now in every size and both alphabets. */
static void compare_sizes(const char *name)
{
    static const int sizes[][2] = {{80, 24}, {100, 30}, {200, 50}};
    do {
        app_prepare(&app);
    } while (app_busy(&app));
    model_scrub_all(model);
    for (size_t i = 0; i < 3; i++) {
        for (int ascii = 0; ascii < 2; ascii++) {
            struct grid *grid = grid_new(sizes[i][0], sizes[i][1], ascii);
            view_screen(&app, grid);
            compare(grid, name);
            grid_free(grid);
        }
    }
}

static void reset(void)
{
    app.help = app.later = false;
    app.screen = SCREEN_LADDER;
    model_unfold(model, false);
    model_home(model);
    app_prepare(&app);
}

static void the_beginning(void **state)
{
    (void)state;
    reset();
    compare_sizes("beginning");
}

static void a_message_on_its_way(void **state)
{
    (void)state;
    reset();
    model_seek_time(model, 515 * MS);
    compare_sizes("flight");
}

static void the_end_with_everything_on_the_ladder(void **state)
{
    (void)state;
    reset();
    model_end(model);
    compare_sizes("end");
}

static void esp_packet_by_packet(void **state)
{
    (void)state;
    reset();
    model_unfold(model, true);
    model_seek_time(model, 1660 * MS);
    compare_sizes("esp");
}

static void what_comes_later_is_shown_on_demand(void **state)
{
    (void)state;
    reset();
    model_seek_time(model, 541 * MS);
    app_act(&app, ACTION_LATER);
    compare_sizes("later");
}

static void the_open_message(void **state)
{
    (void)state;
    reset();
    app_act(&app, ACTION_MESSAGE_ON);
    app_prepare(&app);
    app_act(&app, ACTION_OPEN);
    app_prepare(&app);
    for (int i = 0; i < 5; i++) {
        app_act(&app, ACTION_DOWN);
    }
    compare_sizes("message");
}

static void the_overview(void **state)
{
    (void)state;
    reset();
    model_end(model);
    app_act(&app, ACTION_SCREEN_OVERVIEW);
    compare_sizes("overview");
}

static void the_keys_before_and_after_they_are_made(void **state)
{
    (void)state;
    reset();
    model_seek_time(model, 515 * MS);
    app_act(&app, ACTION_SCREEN_KEYS);
    compare_sizes("nokeys");
    model_end(model);
    app_prepare(&app);
    assert_true(app_point(&app, SCREEN_KEYS, model->ordinal, "SK_ei"));
    compare_sizes("keys");
}

static void the_windows(void **state)
{
    (void)state;
    reset();
    model_seek_time(model, 2510 * MS);
    app_act(&app, ACTION_SCREEN_WINDOW);
    compare_sizes("window");
    model_seek_time(model, 2807 * MS); /* packet 20 again */
    compare_sizes("replay");
}

static void the_network(void **state)
{
    (void)state;
    reset();
    model_seek_time(model, 2672 * MS); /* packet 7 was lost a moment ago */
    app_act(&app, ACTION_SCREEN_NETWORK);
    compare_sizes("network");
}

static void the_storm(void **state)
{
    (void)state;
    reset();
    model_seek_time(model, 1900 * MS);
    app_act(&app, ACTION_SCREEN_STORM);
    compare_sizes("storm");
    /* Behind the figure of what was sent again stand the pairs that sent it. */
    while (storm_selected(app.storm) != STORM_AGAIN) {
        app_act(&app, ACTION_DOWN);
    }
    app_act(&app, ACTION_OPEN);
    bool turned;
    assert_int_equal(app.screen, SCREEN_OVERVIEW);
    assert_int_equal(overview_sorted_by(app.overview, &turned), OVERVIEW_AGAIN);
}

static void the_help(void **state)
{
    (void)state;
    reset();
    app_act(&app, ACTION_HELP);
    compare_sizes("help");
}

/* ---- the mouse ---- */

static struct grid *drawn(int width, int height)
{
    static struct grid *grid;
    grid_free(grid);
    grid = grid_new(width, height, false);
    app_prepare(&app);
    view_screen(&app, grid);
    return grid;
}

/* Clicks on the first cell of a text that is drawn. */
static void click_on(const char *text)
{
    struct grid *grid = drawn(100, 30);
    for (int y = 0; y < grid->height; y++) {
        char *line = grid_line(grid, y);
        const char *at = strstr(line, text);
        int x = 0;
        for (const char *c = line; at && c < at; c++) {
            x += ((unsigned char)*c & 0xc0) != 0x80;
        }
        free(line);
        if (at) {
            app_click(&app, grid, x, y);
            app_prepare(&app);
            return;
        }
    }
    fail_msg("\"%s\" is not on the screen", text);
}

static void a_click_selects_and_a_second_one_opens(void **state)
{
    (void)state;
    reset();
    model_end(model);
    click_on("3 Message");
    assert_int_equal(app.screen, SCREEN_MESSAGE);
    click_on("2 Ladder");
    assert_int_equal(app.screen, SCREEN_LADDER);
    click_on("ESTABLISHED"); /* in the head: nothing is there to be selected */
    assert_int_equal(model->ordinal, model->count - 1);
    uint64_t before = model->ordinal;
    click_on("AUTH verified");
    assert_true(model->ordinal < before);
    before = model->ordinal;
    click_on("AUTH verified");
    assert_int_equal(model->ordinal, before);
    assert_int_equal(app.screen, SCREEN_MESSAGE);
    /* A field, and the octets that belong to one. */
    click_on("Exchange Type");
    assert_string_equal(model->tree->fields[app.message.field].name, "Exchange Type");
    struct grid *grid = drawn(100, 30);
    const struct target *octet = NULL;
    for (size_t i = 0; i < grid->target_count; i++) {
        octet = grid->targets[i].kind == TARGET_OCTET && grid->targets[i].what == 17
                    ? &grid->targets[i]
                    : octet;
    }
    assert_non_null(octet);
    app_click(&app, grid, octet->area.x, octet->area.y);
    assert_true(app.message.bytes);
    assert_string_equal(model->tree->fields[app.message.field].name, "Version");
    /* From the octet down to its bits, and round. */
    app_act(&app, ACTION_OPEN);
    assert_string_equal(model->tree->fields[app.message.field].name, "Major Version");
    app_act(&app, ACTION_OPEN);
    assert_string_equal(model->tree->fields[app.message.field].name, "Minor Version");
    app_act(&app, ACTION_OPEN);
    assert_string_equal(model->tree->fields[app.message.field].name, "Version");
    grid = drawn(100, 30);
    const struct target *bit = NULL;
    for (size_t i = 0; i < grid->target_count; i++) {
        bool sixth = grid->targets[i].kind == TARGET_BIT && grid->targets[i].what >> 40 == 6;
        bit = sixth ? &grid->targets[i] : bit;
    }
    assert_non_null(bit);
    app_click(&app, grid, bit->area.x + bit->area.width - 1, bit->area.y);
    assert_string_equal(model->tree->fields[app.message.field].name, "Minor Version");
    /* The footer's keys. */
    click_on("? help");
    assert_true(app.help);
    click_on("Esc q back");
    assert_true(!app.help);
    click_on("2 Ladder");
    assert_int_equal(app.screen, SCREEN_LADDER);
    click_on("? help");
    assert_true(app.help);
    click_on("1 Overview");
    assert_true(!app.help && app.screen == SCREEN_OVERVIEW);
    click_on("alice → gw");
    assert_int_equal(app.screen, SCREEN_LADDER);
    click_on("4 Keys");
    click_on("  SK_pr"); /* in the list of steps */
    assert_true(app_act(&app, ACTION_COPY) == APP_REDRAW);
    free(app.copied);
    app.copied = NULL;
    app.notice[0] = '\0';
}

static void a_click_on_a_figure_selects_it_and_one_on_its_chart_goes_there(void **state)
{
    (void)state;
    reset();
    model_home(model);
    click_on("7 Storm");
    storm_select(app.storm, STORM_ESTABLISHED);
    click_on("retransmitted/s");
    assert_int_equal(storm_selected(app.storm), STORM_AGAIN);
    assert_int_equal(app.screen, SCREEN_STORM);
    struct grid *grid = drawn(100, 30);
    const struct target *chart = NULL;
    for (size_t i = 0; i < grid->target_count; i++) {
        bool it = grid->targets[i].kind == TARGET_CHART && grid->targets[i].what == STORM_SETUPS;
        chart = it ? &grid->targets[i] : chart;
    }
    assert_non_null(chart);
    app_click(&app, grid, chart->area.x + chart->area.width - 1, chart->area.y);
    assert_int_equal(storm_selected(app.storm), STORM_SETUPS);
    assert_true(model->time >= model->duration / 2 && app.screen == SCREEN_STORM);
    click_on("setups/s");
    assert_int_equal(app.screen, SCREEN_OVERVIEW);
}

static void a_click_on_the_line_of_time_goes_there(void **state)
{
    (void)state;
    reset();
    struct grid *grid = drawn(100, 30);
    const struct target *scrub = NULL;
    for (size_t i = 0; i < grid->target_count; i++) {
        scrub = grid->targets[i].kind == TARGET_SCRUB ? &grid->targets[i] : scrub;
    }
    assert_non_null(scrub);
    struct area area = scrub->area;
    app_click(&app, grid, area.x + area.width - 1, area.y);
    assert_int_equal(model->time, model->duration);
    app_click(&app, grid, area.x + (area.width - 1) / 2, area.y);
    assert_true(model->time > model->duration * 4 / 10 && model->time < model->duration * 6 / 10);
    app_click(&app, grid, area.x, area.y);
    assert_int_equal(model->time, 0);
    /* Outside of everything nothing happens. */
    app_click(&app, grid, -1, 200);
    assert_int_equal(model->time, 0);
}

static void the_wheel_scrolls(void **state)
{
    (void)state;
    reset();
    struct grid *grid = drawn(100, 30);
    app_wheel(&app, grid, 40, 10, 1);
    assert_true(model->ordinal > 0);
    for (int i = 0; i < 3; i++) {
        app_wheel(&app, grid, 40, 10, -1);
    }
    assert_int_equal(model->ordinal, 0);
    app_act(&app, ACTION_HELP);
    app_wheel(&app, grid, 40, 10, 1);
    assert_int_equal(app.help_top, 3);
    app_act(&app, ACTION_BACK);
}

/* ---- a lesson ---- */

static bool is_the_answer(const void *question, const char *given)
{
    return strcmp(question, given) == 0;
}

static const char *const choices[] = {"gw's response", "alice's request", "both"};

/* One step without a question, one with answers to choose from, one with an answer to type. */
static void make_steps(struct guide_step steps[3])
{
    uint64_t lost =
        trace_reader_step(reader, UINT64_MAX, 1, TRACE_KINDS_OF(TRACE_NET_LOST_EVENT), NULL, NULL);
    uint64_t keys = trace_reader_step(reader, UINT64_MAX, 1,
                                      TRACE_KINDS_OF(TRACE_IKE_KEYS_DERIVED_EVENT), NULL, NULL);
    uint64_t sent = trace_reader_step(reader, UINT64_MAX, 1,
                                      TRACE_KINDS_OF(TRACE_IKE_MESSAGE_SENT_EVENT), NULL, NULL);
    steps[0] = (struct guide_step){
        .ordinal = sent,
        .datagram = UINT64_MAX,
        .screen = SCREEN_MESSAGE,
        .field = "Exchange Type",
        .point = "Exchange Type: IKE_SA_INIT (34)",
        .meaning = "Which exchange the message belongs to.",
        .say = "The first message. Nothing in it is encrypted,\nfor there is no key yet.\n\nIt is "
               "sent again, octet for octet, until there is an answer (RFC 7296 §2.1).\n",
        .misreading = "Everything in IKEv2 is encrypted."};
    steps[1] = (struct guide_step){.ordinal = lost,
                                   .datagram = UINT64_MAX,
                                   .screen = SCREEN_LADDER,
                                   .ask = "What was lost here?",
                                   .answer = choices[0],
                                   .choices = choices,
                                   .choice_count = 3,
                                   .right = 0,
                                   .because = "It ends on the link, and nobody is told.",
                                   .question = choices[0]};
    steps[2] = (struct guide_step){.ordinal = keys,
                                   .datagram = UINT64_MAX,
                                   .screen = SCREEN_KEYS,
                                   .field = "SK_d",
                                   .point = "sk_d",
                                   .ask = "How many keys are there?",
                                   .answer = "7",
                                   .because = "Seven, with an AEAD five.",
                                   .misreading = "There is one session key.",
                                   .question = "7"};
}

static void the_panel_of_a_lesson(void **state)
{
    (void)state;
    struct guide_step steps[3];
    reset();
    make_steps(steps);
    struct guide guide = {.title = "9. A lesson",
                          .about = "What the panel looks like.",
                          .next = "10. Another",
                          .steps = steps,
                          .count = 3,
                          .is_right = is_the_answer};
    guide_begin(&guide, &app);
    compare_sizes("lesson");
    guide.lines = guide.room = 0; /* nothing is measured here: each key goes a step on */
    app_key(&app, KEY_OF_ENTER);
    app_key(&app, KEY_OF_ENTER);
    assert_non_null(strstr(app.notice, "go on without an answer"));
    app_key(&app, 'd');
    assert_non_null(strstr(app.notice, "a to c"));
    app.notice[0] = '\0';
    compare_sizes("question");
    app_key(&app, 'b');
    assert_int_equal(guide.states[1], GUIDE_ONCE_WRONG);
    app_key(&app, 'c');
    assert_int_equal(guide.states[1], GUIDE_WRONG);
    app.notice[0] = '\0';
    compare_sizes("answered");
    app_key(&app, KEY_OF_ENTER);
    app_key(&app, '7');
    app_key(&app, 'q'); /* behind a digit a letter is a letter */
    app_key(&app, KEY_OF_BACKSPACE);
    compare_sizes("typed");
    app_key(&app, KEY_OF_ENTER);
    assert_int_equal(guide.states[2], GUIDE_RIGHT);
    /* A key of the screen begins to look around, L comes back. */
    app_key(&app, '5');
    assert_true(guide.roaming && app.screen == SCREEN_WINDOW);
    app_key(&app, 'e');
    app.notice[0] = '\0';
    compare_sizes("roaming");
    app_key(&app, 'L');
    assert_true(!guide.roaming && app.screen == SCREEN_KEYS && model->ordinal >= steps[2].ordinal);
    app_key(&app, KEY_OF_ENTER);
    assert_true(guide.finished);
    compare_sizes("lesson_end");
    assert_true(app_key(&app, KEY_OF_ENTER) & APP_QUIT);
    assert_int_equal(guide_right(&guide), 1);
    assert_int_equal(guide_questions(&guide), 2);
    guide_dispose(&guide);
    app.guide = NULL;
}

static void no_line_of_help_is_cut_off(void **state)
{
    (void)state;
    reset();
    struct guide guide = {.title = "", .count = 0};
    for (int screen = 0; screen <= SCREEN_COUNT; screen++) {
        app.guide = screen == SCREEN_COUNT ? &guide : NULL; /* a lesson's help comes last */
        app.screen = (enum app_screen)(screen % SCREEN_COUNT);
        app.help = true;
        struct grid *grid = grid_new(80, 120, false);
        view_screen(&app, grid);
        for (int y = 2; y < grid->height - 1; y++) {
            if (grid->cells[(size_t)y * 80 + 79].ch == 0x2026) {
                fail_msg("cut off: %s", grid_line(grid, y));
            }
        }
        grid_free(grid);
    }
    app.guide = NULL;
    app.help = false;
}

static void the_menu_of_lessons(void **state)
{
    (void)state;
    struct menu_item items[30];
    char numbers[30][8];
    for (size_t i = 0; i < 30; i++) {
        snprintf(numbers[i], sizeof numbers[i], "%zu", i + 1);
        items[i] = (struct menu_item){.number = numbers[i],
                                      .title = i % 2 ? "One of the lessons" : "Another lesson",
                                      .about = i == 17 ? "What it is about, in a sentence." : NULL,
                                      .state = i < 3    ? "2 of 3 right"
                                               : i == 3 ? "at step 5"
                                                        : "",
                                      .done = i < 3};
    }
    struct menu menu = {.title = "Lessons", .count = 30, .items = items, .page = 10};
    assert_int_equal(menu_key(&menu, KEY_OF_UP), MENU_NOTHING);
    assert_int_equal(menu.selected, 0);
    menu_key(&menu, KEY_OF_PAGE_DOWN);
    menu_key(&menu, 'j');
    assert_int_equal(menu.selected, 11);
    menu_key(&menu, 'G');
    menu_key(&menu, KEY_OF_DOWN);
    assert_int_equal(menu.selected, 29);
    menu.selected = 17;
    static const int sizes[][2] = {{80, 24}, {100, 30}, {200, 50}};
    for (int i = 0; i < 6; i++) {
        struct grid *grid = grid_new(sizes[i / 2][0], sizes[i / 2][1], i % 2);
        view_menu(&menu, grid);
        compare(grid, "menu");
        grid_free(grid);
    }
    struct grid *grid = grid_new(80, 24, false);
    view_menu(&menu, grid);
    assert_int_equal(menu_click(&menu, grid, 10, 3), MENU_NOTHING);
    assert_true(menu.selected < 17);
    assert_int_equal(menu_click(&menu, grid, 10, 3), MENU_CHOSEN);
    menu_wheel(&menu, 1);
    assert_int_equal(menu_key(&menu, KEY_OF_ENTER), MENU_CHOSEN);
    assert_int_equal(menu_key(&menu, 'q'), MENU_LEFT);
    grid_free(grid);
    for (int size = 0; size < 9; size++) {
        grid = grid_new(size, size, false);
        view_menu(&menu, grid);
        grid_free(grid);
    }
}

static void a_screen_that_is_too_small_says_so(void **state)
{
    (void)state;
    reset();
    struct grid *grid = grid_new(40, 8, false);
    view_screen(&app, grid);
    compare(grid, "small");
    grid_free(grid);
    for (int size = 0; size < 3; size++) {
        grid = grid_new(size, size, false);
        view_screen(&app, grid);
        grid_free(grid);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_beginning),
        cmocka_unit_test(a_message_on_its_way),
        cmocka_unit_test(the_end_with_everything_on_the_ladder),
        cmocka_unit_test(esp_packet_by_packet),
        cmocka_unit_test(what_comes_later_is_shown_on_demand),
        cmocka_unit_test(the_open_message),
        cmocka_unit_test(the_overview),
        cmocka_unit_test(the_keys_before_and_after_they_are_made),
        cmocka_unit_test(the_storm),
        cmocka_unit_test(the_help),
        cmocka_unit_test(no_line_of_help_is_cut_off),
        cmocka_unit_test(the_menu_of_lessons),
        cmocka_unit_test(the_panel_of_a_lesson),
        cmocka_unit_test(a_click_selects_and_a_second_one_opens),
        cmocka_unit_test(a_click_on_a_figure_selects_it_and_one_on_its_chart_goes_there),
        cmocka_unit_test(a_click_on_the_line_of_time_goes_there),
        cmocka_unit_test(the_wheel_scrolls),
        cmocka_unit_test(a_screen_that_is_too_small_says_so),
    };
    const struct CMUnitTest windows[] = {
        cmocka_unit_test(the_windows),
        cmocka_unit_test(the_network),
    };
    int failed = cmocka_run_group_tests(tests, set_up, tear_down);
    return failed + cmocka_run_group_tests(windows, set_up_windows, tear_down);
}
