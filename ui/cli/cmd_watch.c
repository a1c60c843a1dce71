#include "ui/cli/cmd_watch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/cli/recording.h"
#include "ui/cli/rerun.h"
#include "ui/cli/run.h"
#include "ui/cli/terminal.h"
#include "ui/term/screen.h"
#include "ui/term/view.h"
#include "ui/term/words.h"

#define TEXT_WIDTH 100
#define TEXT_HEIGHT 48

struct arguments {
    struct recording_options recording;
    struct terminal_options terminal;
    const char *speed;
    bool text, paused, has_at;
    enum app_screen screen;
    uint64_t at;
};

enum {
    KEY_TEXT = 0x200,
    KEY_AT,
    KEY_SPEED,
    KEY_PAUSED,
    KEY_SCREEN,
    KEY_LIST_KEYS,
};

#define SCREEN(symbol, name) " " name
#define SCREEN_NAMES APP_SCREENS(SCREEN)

static const struct argp_option watch_options[] = {
    {"text", KEY_TEXT, 0, 0, "Print the screens once, as lines, and leave; with --theme in colours",
     0},
    {"screen", KEY_SCREEN, "NAME", 0, "Begin with that screen:" SCREEN_NAMES, 0},
    {"at", KEY_AT, "TIME", 0, "Begin there (500ms, 1.5s), with --text: show this moment", 0},
    {"speed", KEY_SPEED, "N|1/N", 0,
     "Play at that speed: 1/1000 ... 1/20 (default) ... 1000, unlimited", 0},
    {"paused", KEY_PAUSED, 0, 0, "Do not play at once", 0},
    {"list-keys", KEY_LIST_KEYS, 0, 0, "Print all keys in the form of such a file, and leave", 0},
    {0},
};

__attribute__((noreturn)) static void list_keys(void)
{
    char *text = keys_list();
    fputs(text, stdout);
    free(text);
    exit(EXIT_DONE);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->recording;
        state->child_inputs[1] = &arguments->terminal;
        arguments->screen = SCREEN_LADDER;
        arguments->terminal.width = TEXT_WIDTH;
        arguments->terminal.height = TEXT_HEIGHT;
        return 0;
    case ARGP_KEY_END:
        arguments->text |= arguments->terminal.svg;
        return 0;
    case KEY_TEXT:
        arguments->text = true;
        return 0;
    case KEY_LIST_KEYS:
        list_keys();
    case KEY_SCREEN:
        if (!app_screen_find(arg, &arguments->screen)) {
            argp_error(state, "--screen: there is no '%s', there are" SCREEN_NAMES, arg);
        }
        return 0;
    case KEY_AT:
        arguments->has_at = true;
        if (!words_parse_time(arg, &arguments->at)) {
            argp_error(state, "--at %s: expected a time such as 500ms or 1.5s", arg);
        }
        return 0;
    case KEY_SPEED:
        arguments->speed = arg;
        return 0;
    case KEY_PAUSED:
        arguments->paused = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {
    {&recording_argp, 0, NULL, 0}, {&terminal_argp, 0, NULL, 0}, {0}};
static const struct argp watch_argp = {
    .options = watch_options,
    .parser = parse,
    .args_doc = "SCENARIO|DIR",
    .doc = "Watch a run in the terminal: all pairs, the ladder of one, a message with its fields "
           "and bytes, the keys with their values, windows, links, the storm of many, and in plain "
           "words what happens and why. Time plays, pauses, and goes a step forwards or back; w "
           "asks what if. ? shows the keys.\v"
           "A scenario is run, and shown meanwhile if that takes longer than a second; DIR is the "
           "result of an earlier `ikesim run -o DIR`, and may "
           "still be growing.\n\n"
           "Exit status: 0 done, 2 misuse (no terminal among it), 3 input refused.\n\n"
           "Example:\n  ikesim watch lossy --seed 7 --speed 1/100",
    .children = children,
};

static bool select_pair(struct app *app, const struct recording_options *options)
{
    const struct trace_state *state = app->model->state;
    for (uint32_t i = 0; state && i < state->pair_count; i++) {
        if (recording_pair_matches(options, state->pairs[i].a, state->pairs[i].b) != 0) {
            return model_select(app->model, i);
        }
    }
    return false;
}

static int watch(const char *command, struct app *app, const struct arguments *arguments)
{
    struct model *model = app->model;
    if (arguments->speed && !model_set_speed(model, arguments->speed)) {
        fprintf(stderr,
                "%s: --speed %s: expected one of 1/1000, 1/500, 1/200, 1/100, ... 1, 2, 5, "
                "10, ... 1000, unlimited\n",
                command, arguments->speed);
        return EXIT_MISUSE;
    }
    const struct recording_options *recording = &arguments->recording;
    app->screen = arguments->screen;
    if (recording->pair[0]) {
        model_end(model);
        model_prepare(model);
        if (!select_pair(app, recording)) {
            return recording_refuse_pair(command, recording, model->state);
        }
        model_home(model);
    }
    if (arguments->has_at) {
        model_seek_time(model, arguments->at);
    } else if (arguments->text) {
        model_end(model);
    }
    if (arguments->text) {
        struct grid *grid =
            grid_new(arguments->terminal.width, arguments->terminal.height, recording->ascii);
        app_prepare(app);
        while (app_busy(app)) {
            app_prepare(app);
        }
        model_scrub_all(model);
        view_screen(app, grid);
        terminal_write(&arguments->terminal, grid);
        grid_free(grid);
        return EXIT_DONE;
    }
    model->playing = !arguments->paused;
    app->mouse = !arguments->terminal.no_mouse;
    app->theme = arguments->terminal.theme;
    char error[160];
    if (screen_run(app, recording->ascii || !terminal_is_utf8(), error, sizeof error) != 0) {
        fprintf(stderr, "%s: %s; `%s --text %s` prints the screens as lines\n", command, error,
                command, recording->target);
        return EXIT_MISUSE;
    }
    return EXIT_DONE;
}

int cmd_watch(int argc, char **argv)
{
    struct arguments arguments = {0};
    if (options_parse(&watch_argp, argc, argv, &arguments) != 0) {
        return EXIT_MISUSE;
    }
    int status = EXIT_MISUSE;
    if (!arguments.text && !terminal_is_there()) {
        fprintf(stderr,
                "%s: this is no terminal. `ikesim ladder %s` prints the exchange as text, `%s "
                "--text %s` the screens\n",
                argv[0], arguments.recording.target, argv[0], arguments.recording.target);
        goto out;
    }
    if (!terminal_read_keys(argv[0], arguments.terminal.keys)) {
        status = EXIT_REFUSED;
        goto out;
    }
    struct run_source source;
    const struct recording_options *recording = &arguments.recording;
    status = arguments.text || recording->pair[0]
                 ? run_source_open(argv[0], recording->target, &recording->scenario, &source)
                 : run_source_open_live(argv[0], recording->target, &recording->scenario,
                                        arguments.at, &source);
    if (status != EXIT_DONE) {
        goto out;
    }
    char why[200] = "";
    struct crypto_context *crypto = crypto_context_new(why, sizeof why);
    if (crypto) {
        struct model *model = model_new(source.reader, crypto);
        struct rerun *rerun = rerun_new(arguments.recording.target, &arguments.recording.scenario);
        struct app app;
        app_init(&app, model);
        app.series = source.series;
        app.writer = (struct app_writer){run_source_is_written, &source};
        app.whatif.runner = rerun_runner(rerun);
        status = watch(argv[0], &app, &arguments);
        app_dispose(&app);
        model_free(model);
        rerun_free(rerun);
        crypto_context_free(crypto);
    } else {
        fprintf(stderr, "%s: %s\n", argv[0], why);
        status = EXIT_REFUSED;
    }
    run_source_close(&source);
out:
    recording_options_dispose(&arguments.recording);
    return status;
}
