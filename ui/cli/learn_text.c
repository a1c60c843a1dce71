#include "ui/cli/learn_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/cli/paragraph.h"
#include "ui/memory.h"
#include "ui/term/explain.h"
#include "ui/term/glyph.h"
#include "ui/term/view_ladder.h"
#include "ui/term/words.h"

#define ANSWER_MAX 256

/* ---- texts ---- */

/* Paragraphs with an empty line between them. */
static void put_paragraphs(const char *text, bool ascii)
{
    while (*text) {
        const char *end = strstr(text, "\n\n");
        size_t len = end ? (size_t)(end - text) : strlen(text);
        char *paragraph = strndup(text, len);
        if (!paragraph) {
            abort();
        }
        if (len > 0) {
            paragraph_print(paragraph, 0, ascii);
            putchar('\n');
        }
        free(paragraph);
        text += end ? len + 2 : len;
    }
}

static void put_title(const struct learn_lesson *lesson, bool ascii)
{
    char title[200];
    snprintf(title, sizeof title, "%s%s%s", lesson->number, *lesson->number ? ". " : "",
             lesson->title);
    paragraph_print(title, 0, ascii);
    for (size_t i = strlen(title); i > 0; i--) {
        putchar('=');
    }
    fputs("\n\n", stdout);
    paragraph_print(lesson->about, 0, ascii);
    putchar('\n');
}

/* `before`: the step that stands right above; what its event is has been told then. */
static void put_step_head(const struct learn_step *step, const struct learn_step *before,
                          struct trace_reader *reader, bool ascii)
{
    char time[WORDS_TIME_MAX], line[400];
    const struct trace_record *record = trace_reader_get(reader, step->ordinal);
    const struct trace_scope *scope = record->id.scope;
    snprintf(line, sizeof line, "[%s s] %s%s%s: %s", words_time(step->time, time), scope->host,
             scope->peer ? ", speaking with " : "", scope->peer ? scope->peer : "",
             trace_kind_info(record->kind)->name);
    paragraph_print(line, 0, ascii);
    if (!before || before->ordinal != step->ordinal) {
        char *why = explain_event(reader, step->ordinal);
        paragraph_print(why, 2, ascii);
        free(why);
    }
    putchar('\n');
}

static void put_point(const struct learn_point *point, bool ascii)
{
    struct words words = {0};
    words_add(&words, "%s%s%s", point->name, point->value ? ": " : "",
              point->value ? point->value : "");
    words_add(&words, "%s", point->decrypted ? " (encrypted on the wire)" : "");
    paragraph_print(words.data, 4, ascii);
    words.len = 0;
    words_add(&words, "%s%s%s", point->meaning ? point->meaning : "",
              point->meaning && point->reference ? " " : "",
              point->reference ? point->reference : "");
    if (words.len > 0) {
        paragraph_print(words.data, 6, ascii);
    }
    putchar('\n');
    free(words.data);
}

static void put_choices(const struct learn_question *question, bool ascii)
{
    for (size_t i = 0; i < question->choice_count; i++) {
        struct words words = {0};
        words_add(&words, "%c) %s", (char)('a' + i), question->choices[i]);
        paragraph_print(words.data, 4, ascii);
        free(words.data);
    }
    if (question->choice_count > 0) {
        putchar('\n');
    }
}

static void put_answer(const struct learn_question *question, bool ascii)
{
    struct words words = {0};
    words_add(&words, "Answer: ");
    if (question->choice_count > 0) {
        words_add(&words, "%c) ", (char)('a' + question->right));
    }
    words_add(&words, "%s. %s", question->answer, question->because);
    paragraph_print(words.data, 2, ascii);
    putchar('\n');
    free(words.data);
}

static void put_misreading(const struct learn_step *step, bool ascii)
{
    if (step->misreading) {
        struct words words = {0};
        words_add(&words, "Often read, and wrong: \"%s\"", step->misreading);
        paragraph_print(words.data, 0, ascii);
        putchar('\n');
        free(words.data);
    }
}

/* What stands behind the answer to a question, since it would tell it. */
static void put_behind_answer(const struct learn_step *step, bool ascii)
{
    if (learn_step_spoils(step)) {
        put_point(step->point, ascii);
    }
    put_misreading(step, ascii);
}

static void put_step(const struct learn_step *step, const struct learn_step *before,
                     struct trace_reader *reader, bool ascii)
{
    put_step_head(step, before, reader, ascii);
    if (step->say) {
        put_paragraphs(step->say, ascii);
    }
    if (step->point && !learn_step_spoils(step)) {
        put_point(step->point, ascii);
    }
    if (!step->question) {
        put_misreading(step, ascii);
    }
}

/* ---- what is done with a lesson ---- */

void learn_text_print(const struct learn_lesson *lesson, struct trace_reader *reader, bool ascii)
{
    put_title(lesson, ascii);
    for (size_t i = 0; i < lesson->step_count; i++) {
        const struct learn_step *step = &lesson->steps[i];
        put_step(step, i > 0 ? step - 1 : NULL, reader, ascii);
        if (step->question) {
            struct words words = {0};
            words_add(&words, "Question: %s", step->question->ask);
            paragraph_print(words.data, 0, ascii);
            putchar('\n');
            free(words.data);
            put_choices(step->question, ascii);
            put_answer(step->question, ascii);
            put_behind_answer(step, ascii);
        }
    }
}

/* Lines of a worksheet's ladder. */
#define EXCERPT_HEIGHT 14

/* Nothing but lifelines: room that the ladder does not need. */
static bool is_bare(const char *line)
{
    for (uint32_t ch; (ch = glyph_next(&line)) != 0;) {
        if (ch != ' ' && ch != '|' && ch != 0x2502) {
            return false;
        }
    }
    return true;
}

/* What there is to be seen of the two at a step: the ladder up to there. */
static void put_excerpt(const struct learn_lesson *lesson, const struct learn_step *step,
                        struct trace_reader *reader, bool ascii)
{
    const struct trace_scope *scope = trace_reader_get(reader, step->ordinal)->id.scope;
    const char *left = lesson->pair[0] ? lesson->pair[0] : scope->host;
    const char *right = lesson->pair[1] ? lesson->pair[1] : scope->peer;
    bool other = scope->peer && strcmp(scope->host, left) != 0 && strcmp(scope->host, right) != 0;
    if (other ||
        (scope->peer && strcmp(scope->peer, left) != 0 && strcmp(scope->peer, right) != 0)) {
        left = scope->host;
        right = scope->peer;
    }
    if (!left || !right) {
        return;
    }
    struct ladder *ladder = ladder_new(reader, left, right, false);
    uint64_t at = 0;
    while ((at = trace_reader_step(reader, at, 1, ladder_kinds(), left, right)) <= step->ordinal) {
        ladder_add(ladder, at, trace_reader_get(reader, at));
    }
    struct grid *grid = grid_new(PARAGRAPH_WIDTH, EXCERPT_HEIGHT, ascii);
    view_ladder(
        grid, (struct area){0, 0, PARAGRAPH_WIDTH, EXCERPT_HEIGHT}, ladder,
        &(struct ladder_now){.ordinal = step->ordinal, .time = step->time, .parting = UINT64_MAX});
    for (int y = 0; y < EXCERPT_HEIGHT && ladder->row_count > 0; y++) {
        char *line = grid_line(grid, y);
        if (!is_bare(line)) {
            puts(line);
        }
        free(line);
    }
    putchar('\n');
    grid_free(grid);
    ladder_free(ladder);
}

void learn_text_worksheet(const struct learn_lesson *lesson, struct trace_reader *reader,
                          bool answers, bool ascii)
{
    unsigned number = 0;
    uint64_t shown = UINT64_MAX;
    put_title(lesson, ascii);
    for (size_t i = 0; i < lesson->step_count; i++) {
        const struct learn_step *step = &lesson->steps[i];
        if (!step->question) {
            continue;
        }
        char time[WORDS_TIME_MAX];
        struct words words = {0};
        if (step->ordinal != shown) {
            put_excerpt(lesson, step, reader, ascii);
        }
        shown = step->ordinal;
        words_add(&words, "%u. (at %s s) %s", ++number, words_time(step->time, time),
                  step->question->ask);
        paragraph_print(words.data, 0, ascii);
        putchar('\n');
        free(words.data);
        put_choices(step->question, ascii);
        if (answers) {
            put_answer(step->question, ascii);
        } else if (step->question->choice_count == 0) {
            fputs("    ________________________\n\n", stdout);
        }
    }
}

/* ---- line by line ---- */

/* Who goes through it, and how far that has come. */
struct walk {
    const struct learn_lesson *lesson;
    struct trace_reader *reader;
    bool ascii;
    size_t at;
    char *marks; /* by step, as in lessons_progress */
};

enum went { WENT_ON, WENT_BACK, LEFT };

/* Reads a line from stdin; false at its end. */
static bool read_line(char line[ANSWER_MAX])
{
    fflush(stdout);
    if (!fgets(line, ANSWER_MAX, stdin)) {
        return false;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

/* Asks once, and once more after a wrong answer; an empty line passes. Returns the step's mark, or
 * 0 where there is no more input. */
static char ask(const struct learn_question *question, bool ascii)
{
    char line[ANSWER_MAX];
    bool right = false;
    paragraph_print(question->ask, 0, ascii);
    putchar('\n');
    put_choices(question, ascii);
    for (int i = 0; i < 2 && !right; i++) {
        fputs("> ", stdout);
        if (!read_line(line)) {
            putchar('\n');
            return 0;
        }
        if (!*line) {
            puts("Passed.");
            return '.';
        }
        right = learn_question_right(question, line);
        if (!right && i == 0) {
            puts("No. Look once more; Enter alone passes.");
        }
    }
    puts(right ? "Right." : "No.");
    put_answer(question, ascii);
    return right ? '+' : '-';
}

/* The step, its question, and where to go from there. */
static enum went take_step(struct walk *walk)
{
    const struct learn_step *step = &walk->lesson->steps[walk->at];
    size_t count = walk->lesson->step_count;
    char line[ANSWER_MAX];
    put_step(step, NULL, walk->reader, walk->ascii);
    if (step->question) {
        char mark = ask(step->question, walk->ascii);
        if (mark == 0) {
            return LEFT;
        }
        if (mark != '.') {
            put_behind_answer(step, walk->ascii);
            walk->marks[walk->at] = mark; /* passed: what it was before stays */
        }
    }
    if (walk->at + 1 == count) {
        return WENT_ON;
    }
    printf("-- %zu of %zu: Enter goes on%s, q leaves --\n", walk->at + 1, count,
           walk->at > 0 ? ", b back" : "");
    bool more = read_line(line);
    return !more || strcmp(line, "q") == 0          ? LEFT
           : strcmp(line, "b") == 0 && walk->at > 0 ? WENT_BACK
                                                    : WENT_ON;
}

/* Where the last time was left, if that fits the lesson as it is now. */
static void resume(struct walk *walk, const struct lessons_progress *progress)
{
    size_t count = walk->lesson->step_count;
    memset(walk->marks, '.', count);
    if (progress->step > 0 && progress->step <= count && strlen(progress->marks) == count) {
        memcpy(walk->marks, progress->marks, count);
        walk->at = progress->step - 1;
        printf(
            "You were at step %u the last time, and go on there; --anew begins with the first.\n\n",
            progress->step);
    }
}

bool learn_text_run(const struct learn_lesson *lesson, struct trace_reader *reader, bool ascii,
                    struct lessons_progress *progress)
{
    struct walk walk = {.lesson = lesson,
                        .reader = reader,
                        .ascii = ascii,
                        .marks = ui_alloc_zero(lesson->step_count + 1)};
    enum went went = WENT_ON;
    put_title(lesson, ascii);
    resume(&walk, progress);
    while (walk.at < lesson->step_count && went != LEFT) {
        went = take_step(&walk);
        walk.at = went == WENT_ON ? walk.at + 1 : went == WENT_BACK ? walk.at - 1 : walk.at;
    }
    *progress = (struct lessons_progress){
        .done = progress->done, .right = progress->right, .questions = progress->questions};
    if (went == LEFT) {
        bool begun = walk.at > 0 || strpbrk(walk.marks, "+-");
        if (lesson->step_count <= LESSONS_MARKS_MAX) {
            progress->step = begun ? (unsigned)walk.at + 1 : 0;
            memcpy(progress->marks, walk.marks, lesson->step_count + 1);
        }
        free(walk.marks);
        return false;
    }
    progress->done = true;
    progress->right = progress->questions = 0;
    for (size_t i = 0; i < lesson->step_count; i++) {
        progress->questions += lesson->steps[i].question != NULL;
        progress->right += walk.marks[i] == '+';
    }
    free(walk.marks);
    return true;
}
