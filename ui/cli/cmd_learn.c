#include "ui/cli/cmd_learn.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/context.h"
#include "sim/scenario/nearest.h"
#include "ui/cli/learn_menu.h"
#include "ui/cli/learn_screens.h"
#include "ui/cli/learn_text.h"
#include "ui/cli/lessons.h"
#include "ui/cli/run.h"
#include "ui/cli/terminal.h"

#define STEP_WIDTH 100
#define STEP_HEIGHT 30

struct arguments {
    const char *lesson;
    struct terminal_options terminal;
    bool list, print, worksheet, answers, ascii, text, anew, has_step;
    size_t step; /* whose screen is printed; 0: of all */
};

enum {
    KEY_LIST = 0x200,
    KEY_PRINT,
    KEY_WORKSHEET,
    KEY_ANSWERS,
    KEY_ASCII,
    KEY_TEXT,
    KEY_STEP,
    KEY_ANEW
};

static const struct argp_option learn_options[] = {
    {"list", KEY_LIST, 0, 0, "List the lessons, and how far you have come", 0},
    {"print", KEY_PRINT, 0, 0, "Print the lesson as text, with questions and answers", 0},
    {"worksheet", KEY_WORKSHEET, 0, 0,
     "Print the questions for paper, each with the run up to its moment", 0},
    {"answers", KEY_ANSWERS, 0, 0, "With --worksheet: the answers too", 0},
    {"text", KEY_TEXT, 0, 0, "Go through it line by line, also on a terminal", 0},
    {"step", KEY_STEP, "N|all", 0, "Print the screen that step N stops at, or those of all", 0},
    {"anew", KEY_ANEW, 0, 0, "Begin with the first step, wherever the lesson was left", 0},
    {"ascii", KEY_ASCII, 0, 0, "Nothing but ASCII", 0},
    {0},
};

static void parse_step(struct arguments *arguments, const char *text,
                       const struct argp_state *state)
{
    char *end = NULL;
    arguments->has_step = true;
    arguments->step = 0;
    if (strcmp(text, "all") != 0) {
        errno = 0;
        arguments->step = strtoul(text, &end, 10);
        if (errno || !isdigit((unsigned char)*text) || *end || arguments->step == 0) {
            argp_error(state, "--step %s: expected a number from 1 on, or all", text);
        }
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->terminal;
        arguments->terminal.width = STEP_WIDTH;
        arguments->terminal.height = STEP_HEIGHT;
        return 0;
    case KEY_ANEW:
        arguments->anew = true;
        return 0;
    case KEY_TEXT:
        arguments->text = true;
        return 0;
    case KEY_STEP:
        parse_step(arguments, arg, state);
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
        if (arguments->terminal.svg && arguments->step == 0) {
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
    .children = children,
};

/* Goes through a bound lesson, on the screens or line by line, and keeps how far that came. */
static int go_through(const struct learn_screens *screens, struct learn_lesson *lesson,
                      const struct arguments *arguments)
{
    struct lessons_progress progress = screens->progress;
    char error[200];
    bool finished = false;
    if (arguments->text || !terminal_is_there()) {
        finished = learn_text_run(lesson, screens->source->reader, arguments->ascii, &progress);
    } else {
        int status = terminal_read_keys(screens->command, arguments->terminal.keys)
                         ? learn_screens_run(screens, lesson, &progress, &finished)
                         : EXIT_REFUSED;
        if (status != EXIT_DONE) {
            return status;
        }
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
        .terminal = &arguments->terminal,
    };
    if (arguments->anew) {
        screens.progress.step = 0;
    }
    if (!crypto) {
        fprintf(stderr, "%s: %s\n", command, why);
        status = EXIT_REFUSED;
    } else if (learn_lesson_bind(lesson, crypto, source.reader, source.series) != 0) {
        status = tell_problems(command, lesson);
    } else if (arguments->print) {
        learn_text_print(lesson, source.reader, arguments->ascii);
    } else if (arguments->worksheet) {
        learn_text_worksheet(lesson, source.reader, arguments->answers, arguments->ascii);
    } else if (arguments->has_step) {
        status = learn_screens_print(&screens, lesson, arguments->step);
    } else {
        status = go_through(&screens, lesson, arguments);
    }
    crypto_context_free(crypto);
    run_source_close(&source);
    return status;
}

static int list(const char *command, const struct lessons *lessons)
{
    if (lessons->count == 0) {
        fprintf(stderr, "%s: no lessons here and none installed\n", command);
        return EXIT_REFUSED;
    }
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
                                                    : list(argv[0], &lessons);
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
