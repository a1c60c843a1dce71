#include "ui/cli/cmd_learn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/context.h"
#include "sim/scenario/nearest.h"
#include "ui/cli/learn_menu.h"
#include "ui/cli/learn_screens.h"
#include "ui/cli/lessons.h"
#include "ui/cli/options.h"
#include "ui/cli/paragraph.h"
#include "ui/cli/run.h"
#include "ui/cli/terminal.h"
#include "ui/term/explain.h"
#include "ui/term/theme.h"
#include "ui/term/words.h"

#define ANSWER_MAX 256
#define STEP_WIDTH 100
#define STEP_HEIGHT 30

struct arguments {
    struct terminal_options terminal;
    const char *lesson;
    bool list, print, worksheet, answers, ascii, text, has_step, svg;
    size_t step;       /* whose screen is printed; 0: of all */
    int width, height; /* of it */
};

enum {
    KEY_LIST = 0x200,
    KEY_PRINT,
    KEY_WORKSHEET,
    KEY_ANSWERS,
    KEY_ASCII,
    KEY_TEXT,
    KEY_STEP,
    KEY_SIZE,
    KEY_SVG,
};

static const struct argp_option learn_options[] = {
    {"list", KEY_LIST, 0, 0, "List the lessons, and how far you have come", 0},
    {"print", KEY_PRINT, 0, 0, "Print the lesson as text, with questions and answers", 0},
    {"worksheet", KEY_WORKSHEET, 0, 0, "Print the questions alone, for paper", 0},
    {"answers", KEY_ANSWERS, 0, 0, "With --worksheet: the answers too", 0},
    {"text", KEY_TEXT, 0, 0, "Go through it line by line, also on a terminal", 0},
    {"step", KEY_STEP, "N|all", 0, "Print the screen that step N stops at, or those of all", 0},
    {"size", KEY_SIZE, "WxH", 0, "With --step: columns and lines; otherwise 100x30", 0},
    {"svg", KEY_SVG, 0, 0, "With --step: as a picture for slides, in SVG", 0},
    {"ascii", KEY_ASCII, 0, 0, "Nothing but ASCII", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->terminal;
        arguments->width = STEP_WIDTH;
        arguments->height = STEP_HEIGHT;
        return 0;
    case KEY_TEXT:
        arguments->text = true;
        return 0;
    case KEY_STEP:
        arguments->has_step = true;
        arguments->step = strcmp(arg, "all") == 0 ? 0 : strtoul(arg, NULL, 10);
        if (arguments->step == 0 && strcmp(arg, "all") != 0) {
            argp_error(state, "--step %s: expected a number from 1 on, or all", arg);
        }
        return 0;
    case KEY_SIZE:
        if (!terminal_read_size(arg, &arguments->width, &arguments->height)) {
            argp_error(state, "--size %s: expected columns and lines, such as 100x30", arg);
        }
        return 0;
    case KEY_SVG:
        arguments->svg = true;
        return 0;
    case KEY_LIST:
        arguments->list = true;
        return 0;
    case KEY_PRINT:
        arguments->print = true;
        return 0;
    case KEY_WORKSHEET:
        arguments->worksheet = true;
        return 0;
    case KEY_ANSWERS:
        arguments->answers = true;
        return 0;
    case KEY_ASCII:
        arguments->ascii = true;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->lesson) {
            argp_error(state, "one lesson at a time; '%s' is too many", arg);
        }
        arguments->lesson = arg;
        return 0;
    case ARGP_KEY_END:
        if (arguments->answers && !arguments->worksheet) {
            argp_error(state, "--answers goes with --worksheet");
        }
        if (arguments->svg && arguments->step == 0) {
            argp_error(state, "--svg goes with --step and the number of one");
        }
        if (arguments->print + arguments->worksheet + arguments->has_step > 1) {
            argp_error(state, "one of --print, --worksheet and --step");
        }
        if (!arguments->lesson &&
            (arguments->print || arguments->worksheet || arguments->has_step)) {
            argp_error(state, "which lesson? ikesim learn --list names them");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&terminal_argp, 0, NULL, 0}, {0}};
static const struct argp learn_argp = {
    .options = learn_options,
    .parser = parse,
    .children = children,
    .args_doc = "[LESSON]",
    .doc =
        "The course. A lesson runs a scenario and goes through what happens in it, step by step, "
        "with the real values; its questions are answered by that very run.\v"
        "LESSON is a number or a name of ikesim learn --list, or a file of your own "
        "(docs/lessons.md). On a terminal the lesson goes through the screens of ikesim watch; "
        "with --text, and where there is none, it goes line by line. Answers are typed; of a "
        "choice the letter will do. What you have got right is kept.\n\n"
        "Exit status: 0 done, 2 misuse, 3 a lesson that does not fit its run.\n\n"
        "Examples:\n"
        "  ikesim learn 4\n"
        "  ikesim learn window --print | less\n"
        "  ikesim learn window --worksheet > questions.txt",
};

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

static void put_step_head(const struct learn_step *step, struct trace_reader *reader, bool ascii)
{
    char time[WORDS_TIME_MAX], line[400];
    const struct trace_record *record = trace_reader_get(reader, step->ordinal);
    const struct trace_scope *scope = record->id.scope;
    snprintf(line, sizeof line, "[%s s] %s%s%s: %s", words_time(step->time, time), scope->host,
             scope->peer ? ", speaking with " : "", scope->peer ? scope->peer : "",
             trace_kind_info(record->kind)->name);
    paragraph_print(line, 0, ascii);
    char *why = explain_event(reader, step->ordinal);
    paragraph_print(why, 2, ascii);
    free(why);
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

static void put_step(const struct learn_step *step, struct trace_reader *reader, bool ascii)
{
    put_step_head(step, reader, ascii);
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

static void print_lesson(const struct learn_lesson *lesson, struct trace_reader *reader, bool ascii)
{
    put_title(lesson, ascii);
    for (size_t i = 0; i < lesson->step_count; i++) {
        const struct learn_step *step = &lesson->steps[i];
        put_step(step, reader, ascii);
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

static void print_worksheet(const struct learn_lesson *lesson, bool answers, bool ascii)
{
    unsigned number = 0;
    put_title(lesson, ascii);
    for (size_t i = 0; i < lesson->step_count; i++) {
        const struct learn_step *step = &lesson->steps[i];
        if (!step->question) {
            continue;
        }
        char time[WORDS_TIME_MAX];
        struct words words = {0};
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

/* Asks once, and once more after a wrong answer. Returns 1 right, 0 wrong, -1 no more input. */
static int ask(const struct learn_question *question, bool ascii)
{
    char line[ANSWER_MAX];
    bool right = false;
    paragraph_print(question->ask, 0, ascii);
    putchar('\n');
    put_choices(question, ascii);
    for (int i = 0; i < 2 && !right; i++) {
        fputs("> ", stdout);
        if (!read_line(line)) {
            return -1;
        }
        right = learn_question_right(question, line);
        if (!right && i == 0) {
            puts("No. Look once more.");
        }
    }
    puts(right ? "Right." : "No.");
    put_answer(question, ascii);
    return right;
}

static void go_through(const char *command, const struct learn_lesson *lesson,
                       struct trace_reader *reader, bool ascii)
{
    struct lessons_progress progress = {0};
    char line[ANSWER_MAX], error[200];
    put_title(lesson, ascii);
    for (size_t i = 0; i < lesson->step_count; i++) {
        const struct learn_step *step = &lesson->steps[i];
        put_step(step, reader, ascii);
        int right = step->question ? ask(step->question, ascii) : 0;
        if (step->question && right >= 0) {
            put_behind_answer(step, ascii);
        }
        progress.questions += step->question != NULL;
        progress.right += right > 0;
        if (i + 1 < lesson->step_count) {
            printf("-- %zu of %zu, Enter goes on --", i + 1, lesson->step_count);
        }
        if (right < 0 || (i + 1 < lesson->step_count && !read_line(line))) {
            putchar('\n');
            return; /* not gone through to its end: nothing is kept */
        }
    }
    printf("%u of %u questions right.\n", progress.right, progress.questions);
    if (!lessons_progress_write(lesson->name, progress, error, sizeof error)) {
        fprintf(stderr, "%s: %s\n", command, error);
    }
}

static int on_screens(const struct learn_screens *screens, struct learn_lesson *lesson,
                      const struct arguments *arguments)
{
    struct lessons_progress progress;
    char error[200];
    bool finished;
    if (!terminal_read_keys(screens->command, arguments->terminal.keys)) {
        return EXIT_REFUSED;
    }
    int status = learn_screens_run(screens, lesson, &progress, &finished);
    if (status != EXIT_DONE) {
        return status;
    }
    if (finished) {
        printf("%u of %u questions right.\n", progress.right, progress.questions);
    } else if (progress.step > 0) {
        printf("Left at step %u; `%s %s` goes on there.\n", progress.step, screens->command,
               lesson->name);
    }
    if (!lessons_progress_write(lesson->name, progress, error, sizeof error)) {
        fprintf(stderr, "%s: %s\n", screens->command, error);
    }
    return EXIT_DONE;
}

static int tell_problems(const char *command, const struct learn_lesson *lesson)
{
    char *text = problems_text(&lesson->problems);
    fprintf(stderr, "%s%s: %zu error%s in %s\n", text, command, lesson->problems.count,
            lesson->problems.count == 1 ? "" : "s", lesson->path);
    free(text);
    return EXIT_REFUSED;
}

static int teach(const char *command, struct learn_lesson *lesson, const struct learn_lesson *next,
                 const struct arguments *arguments)
{
    struct options_scenario options = {
        .settings = {.set = lesson->sets, .set_count = lesson->set_count}};
    struct run_source source;
    char why[200] = "";
    if (lesson->problems.count > 0) {
        return tell_problems(command, lesson);
    }
    int status = run_source_open(command, lesson->scenario, &options, &source);
    if (status != EXIT_DONE) {
        return status;
    }
    struct crypto_context *crypto = crypto_context_new(why, sizeof why);
    struct learn_screens screens = {
        .command = command,
        .options = &options,
        .crypto = crypto,
        .source = &source,
        .next = next,
        .progress = lessons_progress_read(lesson->name),
        .ascii = arguments->ascii,
        .mouse = !arguments->terminal.no_mouse,
        .svg = arguments->svg,
        .theme = arguments->terminal.theme,
        .width = arguments->width,
        .height = arguments->height,
    };
    if (!crypto) {
        fprintf(stderr, "%s: %s\n", command, why);
        status = EXIT_REFUSED;
    } else if (learn_lesson_bind(lesson, crypto, source.reader, source.series) != 0) {
        status = tell_problems(command, lesson);
    } else if (arguments->print) {
        print_lesson(lesson, source.reader, arguments->ascii);
    } else if (arguments->worksheet) {
        print_worksheet(lesson, arguments->answers, arguments->ascii);
    } else if (arguments->has_step) {
        status = learn_screens_print(&screens, lesson, arguments->step);
    } else if (!arguments->text && terminal_is_there()) {
        status = on_screens(&screens, lesson, arguments);
    } else {
        go_through(command, lesson, source.reader, arguments->ascii);
    }
    crypto_context_free(crypto);
    run_source_close(&source);
    return status;
}

static int list(const struct lessons *lessons)
{
    for (size_t i = 0; i < lessons->count; i++) {
        const struct learn_lesson *lesson = lessons->items[i];
        struct lessons_progress progress = lessons_progress_read(lesson->name);
        char done[64] = "", left[32] = "";
        if (progress.done) {
            snprintf(done, sizeof done, "  [%u of %u]", progress.right, progress.questions);
        }
        if (progress.step > 0) {
            snprintf(left, sizeof left, "  [at step %u]", progress.step);
        }
        printf("%-4s %-22s %s%s%s\n", lesson->number, lesson->name, lesson->title, done, left);
    }
    return EXIT_DONE;
}

/* Lessons chosen from a menu, one after the other, until the person has enough. */
static int go_through_all(const char *command, const struct lessons *lessons,
                          struct arguments *arguments)
{
    char error[160];
    struct learn_menu menu = {
        .lessons = lessons,
        .ascii = arguments->ascii,
        .mouse = !arguments->terminal.no_mouse,
        .theme = arguments->terminal.theme,
        .selected = learn_menu_begin(lessons),
    };
    int status = EXIT_DONE, chosen = 0;
    if (!terminal_read_keys(command, arguments->terminal.keys)) {
        return EXIT_REFUSED;
    }
    while (status == EXIT_DONE && (chosen = learn_menu_choose(&menu, error, sizeof error)) > 0) {
        struct learn_lesson *lesson = lessons->items[menu.selected];
        arguments->terminal.theme = menu.theme;
        /* Each time from the file: going through a lesson binds it to a run. */
        struct learn_lesson *fresh = learn_lesson_read(lesson->path);
        status = teach(command, fresh, lessons_next(lessons, lesson), arguments);
        learn_lesson_free(fresh);
        struct lessons_progress progress = lessons_progress_read(lesson->name);
        menu.selected += progress.done && progress.step == 0 && menu.selected + 1 < lessons->count;
    }
    if (chosen < 0) {
        fprintf(stderr, "%s: %s; `%s --list` lists the lessons\n", command, error, command);
        return EXIT_MISUSE;
    }
    return status;
}

int cmd_learn(int argc, char **argv)
{
    struct arguments arguments = {0};
    if (options_parse(&learn_argp, argc, argv, &arguments) != 0) {
        return EXIT_MISUSE;
    }
    struct lessons lessons = lessons_read();
    if (arguments.list || !arguments.lesson) {
        bool screens = !arguments.list && !arguments.text && lessons.count > 0;
        int listed = screens && terminal_is_there() ? go_through_all(argv[0], &lessons, &arguments)
                                                    : list(&lessons);
        lessons_dispose(&lessons);
        return listed;
    }
    struct learn_lesson *lesson = lessons_find(&lessons, arguments.lesson), *own = NULL;
    int status = EXIT_REFUSED;
    if (!lesson && access(arguments.lesson, F_OK) == 0) {
        lesson = own = learn_lesson_read(arguments.lesson);
    }
    if (lesson) {
        status = teach(argv[0], lesson, lessons_next(&lessons, lesson), &arguments);
    } else {
        struct nearest nearest = {.word = arguments.lesson};
        for (size_t i = 0; i < lessons.count; i++) {
            nearest_consider(&nearest, lessons.items[i]->name);
        }
        fprintf(stderr, "%s: there is no lesson '%s'%s%s%s; ikesim learn --list names them\n",
                argv[0], arguments.lesson, nearest.found ? "; did you mean '" : "",
                nearest.found ? nearest.found : "", nearest.found ? "'?" : "");
    }
    learn_lesson_free(own);
    lessons_dispose(&lessons);
    return status;
}
