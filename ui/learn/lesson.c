#include "ui/learn/lesson.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/nearest.h"
#include "ui/learn/find.h"
#include "ui/learn/value.h"
#include "ui/term/storm.h"

/* Lessons are a few hundred lines. */
#define LESSON_SIZE_MAX ((size_t)1 << 20)
#define CHOICES_MAX 8

const char *learn_screen_word(enum learn_screen screen)
{
    static const char *const words[LEARN_SCREEN_COUNT] = {
#define SCREEN(symbol, word) [LEARN_##symbol] = (word),
        LEARN_SCREENS(SCREEN)
#undef SCREEN
    };
    return words[screen];
}

/* ---- reading ---- */

static const char *needed_text(struct learn_lesson *lesson, const struct yaml_node *node,
                               const char *key)
{
    const struct yaml_node *value = yaml_get(node, key);
    if (value && value->kind == YAML_SCALAR && *value->text) {
        return value->text;
    }
    problems_tell(&lesson->problems, node->place, "%s: expected a text", key);
    return "";
}

static void check_keys(struct learn_lesson *lesson, const struct yaml_node *node,
                       const char *const *known, const char *where)
{
    if (node->kind != YAML_MAPPING) {
        problems_tell(&lesson->problems, node->place, "expected the keys of %s", where);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        const char *key = node->keys[i]->text;
        struct nearest nearest = {.word = key};
        bool found = false;
        for (size_t k = 0; known[k]; k++) {
            found = found || strcmp(known[k], key) == 0;
            nearest_consider(&nearest, known[k]);
        }
        if (!found) {
            problems_tell(&lesson->problems, node->keys[i]->place, "unknown key '%s' in %s%s%s%s",
                          key, where, nearest.found ? "; did you mean '" : "",
                          nearest.found ? nearest.found : "", nearest.found ? "'?" : "");
        }
    }
}

static void read_sets(struct learn_lesson *lesson)
{
    const struct yaml_node *set = yaml_get(lesson->root, "set");
    if (!set) {
        return;
    }
    if (set->kind != YAML_LIST) {
        problems_tell(&lesson->problems, set->place, "set: expected a list of PATH=VALUE");
        return;
    }
    lesson->sets = arena_alloc(&lesson->arena, (set->count + 1) * sizeof *lesson->sets);
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i]->kind == YAML_SCALAR) {
            lesson->sets[lesson->set_count++] = set->items[i]->text;
        }
    }
}

static void read_pair(struct learn_lesson *lesson)
{
    const struct yaml_node *pair = yaml_get(lesson->root, "pair");
    if (!pair || pair->kind != YAML_LIST || pair->count != 2 ||
        pair->items[0]->kind != YAML_SCALAR || pair->items[1]->kind != YAML_SCALAR) {
        problems_tell(&lesson->problems, pair ? pair->place : lesson->root->place,
                      "pair: expected the names of the two hosts that are looked at");
        return;
    }
    lesson->pair[0] = pair->items[0]->text;
    lesson->pair[1] = pair->items[1]->text;
}

static void read_steps(struct learn_lesson *lesson)
{
    static const char *const keys[] = {"event",  "host",    "peer",    "where",      "nth",
                                       "screen", "point",   "say",     "misreading", "ask",
                                       "answer", "choices", "because", NULL};
    const struct yaml_node *steps = yaml_get(lesson->root, "steps");
    if (!steps || steps->kind != YAML_LIST || steps->count == 0) {
        problems_tell(&lesson->problems, lesson->root->place, "steps: expected a list");
        return;
    }
    lesson->step_count = steps->count;
    for (size_t i = 0; i < steps->count; i++) {
        const struct yaml_node *step = steps->items[i];
        struct learn_match match;
        check_keys(lesson, step, keys, "a step");
        learn_match_read(step, &match, &lesson->problems);
        if (!yaml_get(step, "say") && !yaml_get(step, "ask")) {
            problems_tell(&lesson->problems, step->place, "a step needs 'say' or 'ask'");
        }
        if (yaml_get(step, "ask") && (!yaml_get(step, "answer") || !yaml_get(step, "because"))) {
            problems_tell(&lesson->problems, step->place,
                          "a question needs 'answer' and 'because'");
        }
    }
}

static void read_root(struct learn_lesson *lesson)
{
    static const char *const keys[] = {"title", "about",  "scenario", "set",
                                       "pair",  "values", "steps",    NULL};
    if (lesson->root->kind != YAML_MAPPING) {
        problems_tell(&lesson->problems, lesson->root->place, "expected the keys of a lesson");
        return;
    }
    check_keys(lesson, lesson->root, keys, "a lesson");
    lesson->title = needed_text(lesson, lesson->root, "title");
    lesson->about = needed_text(lesson, lesson->root, "about");
    lesson->scenario = needed_text(lesson, lesson->root, "scenario");
    read_sets(lesson);
    read_pair(lesson);
    read_steps(lesson);
}

static void read_file(struct learn_lesson *lesson)
{
    struct problem_place whole = {0}, start = {.line = 1, .column = 1};
    char *text = malloc(LESSON_SIZE_MAX);
    if (!text) {
        abort();
    }
    FILE *file = fopen(lesson->path, "rb");
    if (!file) {
        problems_tell(&lesson->problems, whole, "%s", strerror(errno));
        free(text);
        return;
    }
    size_t len = fread(text, 1, LESSON_SIZE_MAX, file);
    if (ferror(file)) {
        problems_tell(&lesson->problems, whole, "%s", strerror(errno));
    } else if (len == LESSON_SIZE_MAX) {
        problems_tell(&lesson->problems, whole, "is too long for a lesson");
    } else {
        lesson->root = yaml_read(&lesson->arena, text, len, start, &lesson->problems);
    }
    fclose(file);
    free(text);
    if (lesson->root) {
        read_root(lesson);
    }
}

/* "scenarios/lessons/05a-esp-keys.yaml" is lesson 05a, esp-keys. */
static void name_lesson(struct learn_lesson *lesson)
{
    const char *slash = strrchr(lesson->path, '/');
    const char *base = slash ? slash + 1 : lesson->path;
    size_t len = strlen(base), number = strcspn(base, "-");
    if (len > 5 && strcmp(base + len - 5, ".yaml") == 0) {
        len -= 5;
    }
    bool numbered = isdigit((unsigned char)base[0]) && number < len;
    lesson->number = arena_copy(&lesson->arena, base, numbered ? number : 0);
    size_t skip = numbered ? number + 1 : 0;
    lesson->name = arena_copy(&lesson->arena, base + skip, len - skip);
}

struct learn_lesson *learn_lesson_read(const char *path)
{
    struct learn_lesson *lesson = calloc(1, sizeof *lesson);
    if (!lesson) {
        abort();
    }
    lesson->title = lesson->about = lesson->scenario = "";
    lesson->path = arena_copy(&lesson->arena, path, strlen(path));
    problems_init(&lesson->problems, &lesson->arena, lesson->path);
    name_lesson(lesson);
    read_file(lesson);
    return lesson;
}

void learn_lesson_free(struct learn_lesson *lesson)
{
    if (lesson) {
        arena_dispose(&lesson->arena);
        free(lesson);
    }
}

/* ---- binding ---- */

static bool find_screen(struct learn_lesson *lesson, const struct yaml_node *step,
                        enum learn_screen *screen)
{
    const struct yaml_node *word = yaml_get(step, "screen");
    *screen = LEARN_LADDER;
    if (!word) {
        return true;
    }
    for (int i = 0; i < LEARN_SCREEN_COUNT; i++) {
        if (word->kind == YAML_SCALAR &&
            strcmp(word->text, learn_screen_word((enum learn_screen)i)) == 0) {
            *screen = (enum learn_screen)i;
            return true;
        }
    }
    problems_tell(&lesson->problems, word->place,
                  "screen: expected overview, ladder, message, keys, window, network or storm");
    return false;
}

/* The step's event: the n-th match of the whole run, the first unless `nth` says otherwise. */
static uint64_t find_event(struct learn_lesson *lesson, const struct yaml_node *step,
                           struct trace_reader *reader)
{
    struct learn_match match;
    const struct yaml_node *nth = yaml_get(step, "nth");
    unsigned long wanted = nth && nth->kind == YAML_SCALAR ? strtoul(nth->text, NULL, 10) : 1;
    if (!learn_match_read(step, &match, &lesson->problems)) {
        return UINT64_MAX;
    }
    uint64_t at = UINT64_MAX;
    for (unsigned long i = 0; i < wanted; i++) {
        at = learn_match_step(&match, reader, at, 1);
        if (at == UINT64_MAX) {
            problems_tell(&lesson->problems, step->place, "the run has no such %s",
                          trace_kind_info(match.kind)->name);
            return UINT64_MAX;
        }
    }
    return at;
}

static void bind_choices(struct learn_lesson *lesson, const struct yaml_node *list,
                         struct learn_values *values, struct learn_question *question)
{
    if (list->kind != YAML_LIST || list->count < 2 || list->count > CHOICES_MAX) {
        problems_tell(&lesson->problems, list->place, "choices: expected 2 to %d", CHOICES_MAX);
        return;
    }
    question->choices = arena_alloc(&lesson->arena, list->count * sizeof *question->choices);
    size_t right = 0;
    for (size_t i = 0; i < list->count; i++) {
        const char *choice = learn_value(values, list->items[i]);
        question->choices[i] = choice ? choice : "";
        if (question->answer && strcmp(question->choices[i], question->answer) == 0) {
            question->right = i;
            right++;
        }
    }
    question->choice_count = list->count;
    if (question->answer && right != 1) {
        problems_tell(&lesson->problems, list->place,
                      "the run's answer is '%s', and %s of the choices say so", question->answer,
                      right == 0 ? "none" : "several");
    }
}

static const struct learn_question *bind_question(struct learn_lesson *lesson,
                                                  const struct yaml_node *step,
                                                  struct learn_values *values)
{
    const struct yaml_node *choices = yaml_get(step, "choices");
    if (!yaml_get(step, "ask")) {
        return NULL;
    }
    struct learn_question *question = arena_alloc(&lesson->arena, sizeof *question);
    question->ask = learn_values_fill(values, yaml_get(step, "ask"));
    question->answer = learn_value(values, yaml_get(step, "answer"));
    if (question->answer) {
        learn_values_add(values, "answer", question->answer);
    }
    question->because = learn_values_fill(values, yaml_get(step, "because"));
    if (choices) {
        bind_choices(lesson, choices, values, question);
    }
    return question;
}

static void bind_values(struct learn_lesson *lesson, struct learn_values *values)
{
    const struct yaml_node *named = yaml_get(lesson->root, "values");
    for (size_t i = 0; named && named->kind == YAML_MAPPING && i < named->count; i++) {
        const char *text = learn_value(values, named->items[i]);
        if (text) {
            learn_values_add(values, named->keys[i]->text, text);
        }
    }
}

/* True if the storm's screen has a figure of that heading. */
static bool is_figure(const char *name)
{
    for (int i = 0; i < STORM_FIGURE_COUNT; i++) {
        if (strcmp(storm_heading((enum storm_figure)i), name) == 0) {
            return true;
        }
    }
    return false;
}

static const struct learn_point *bind_point(struct learn_lesson *lesson,
                                            struct crypto_context *crypto,
                                            struct trace_reader *reader, uint64_t ordinal,
                                            enum learn_screen screen, const struct yaml_node *name)
{
    if (!name) {
        return NULL;
    }
    struct learn_point *point = arena_alloc(&lesson->arena, sizeof *point);
    if (screen == LEARN_STORM && name->kind == YAML_SCALAR && is_figure(name->text)) {
        *point = (struct learn_point){.name = name->text};
        return point;
    }
    if (name->kind == YAML_SCALAR &&
        learn_point_find(&lesson->arena, crypto, reader, ordinal, name->text, point)) {
        return point;
    }
    problems_tell(&lesson->problems, name->place,
                  "point: neither the step's event nor its message has a field '%s'",
                  name->kind == YAML_SCALAR ? name->text : "");
    return NULL;
}

int learn_lesson_bind(struct learn_lesson *lesson, struct crypto_context *crypto,
                      struct trace_reader *reader, struct trace_series_reader *series)
{
    const struct yaml_node *steps = yaml_get(lesson->root, "steps");
    struct learn_values values = {
        .arena = &lesson->arena,
        .problems = &lesson->problems,
        .reader = reader,
        .series = series,
        .pair = {lesson->pair[0], lesson->pair[1]},
        .ordinal = UINT64_MAX,
    };
    if (series) {
        trace_series_reader_poll(series);
    }
    bind_values(lesson, &values);
    size_t common = values.count;
    lesson->steps = arena_alloc(&lesson->arena, lesson->step_count * sizeof *lesson->steps);
    for (size_t i = 0; i < lesson->step_count; i++) {
        const struct yaml_node *node = steps->items[i];
        const struct yaml_node *say = yaml_get(node, "say");
        const struct yaml_node *misreading = yaml_get(node, "misreading");
        struct learn_step *step = &lesson->steps[i];
        values.count = common; /* an answer is known to its own step only */
        step->ordinal = values.ordinal = find_event(lesson, node, reader);
        if (step->ordinal == UINT64_MAX || !find_screen(lesson, node, &step->screen)) {
            continue;
        }
        step->datagram = learn_point_datagram(reader, step->ordinal);
        step->time = trace_reader_time(reader, step->ordinal);
        step->point = bind_point(lesson, crypto, reader, step->ordinal, step->screen,
                                 yaml_get(node, "point"));
        step->say = say ? learn_values_fill(&values, say) : NULL;
        step->misreading = misreading ? learn_values_fill(&values, misreading) : NULL;
        step->question = bind_question(lesson, node, &values);
    }
    return lesson->problems.count == 0 ? 0 : -1;
}

/* ---- answers ---- */

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Equal but for blanks and letters' case. */
static bool same_text(const char *a, const char *b)
{
    for (;;) {
        a += strspn(a, " \t\r\n");
        b += strspn(b, " \t\r\n");
        if (!*a || !*b) {
            return *a == *b;
        }
        if (!same_letter(*a, *b)) {
            return false;
        }
        a++;
        b++;
    }
}

bool learn_question_right(const struct learn_question *question, const char *given)
{
    if (question->choice_count > 0) {
        char letter[2] = {(char)('a' + question->right), '\0'};
        if (same_text(given, letter)) {
            return true;
        }
    }
    return same_text(given, question->answer);
}

bool learn_step_spoils(const struct learn_step *step)
{
    return step->point && step->point->value && step->question && step->question->answer &&
           same_text(step->point->value, step->question->answer);
}
