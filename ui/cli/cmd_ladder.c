#include "ui/cli/cmd_ladder.h"

#include <inttypes.h>
#include <jansson.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ui/cli/recording.h"
#include "ui/cli/run.h"
#include "ui/memory.h"
#include "ui/term/explain.h"
#include "ui/term/secrets.h"
#include "ui/term/svg.h"
#include "ui/term/view_ladder.h"
#include "ui/term/words.h"

#define WIDTH_DEFAULT 100
#define WIDTH_MAX 1000
#define PICTURE_LINES_MAX 10000

struct arguments {
    struct recording_options recording;
    int width;
    bool all, payloads, json, svg;
    uint64_t from, to;
};

enum { KEY_FROM = 0x200, KEY_TO, KEY_PAYLOADS, KEY_JSON, KEY_SVG };

static const struct argp_option ladder_options[] = {
    {"width", 'w', "N", 0, "Columns; otherwise those of the terminal, or 100", 0},
    {"from", KEY_FROM, "TIME", 0, "Leave out what happens before: 500ms, 1.5s", 0},
    {"to", KEY_TO, "TIME", 0, "Leave out what happens after", 0},
    {"all", 'a', 0, 0, "Every ESP packet on rows of its own", 0},
    {"payloads", KEY_PAYLOADS, 0, 0, "The payload tree, decrypted, below each message", 0},
    {"json", KEY_JSON, 0, 0, "The rows as JSON lines, for programs", 0},
    {"svg", KEY_SVG, 0, 0, "One pair's ladder as a picture for slides, in SVG", 0},
    {0},
};

static uint64_t time_option(const struct argp_state *state, const char *option, const char *text)
{
    uint64_t ns = 0;
    if (!words_parse_time(text, &ns)) {
        argp_error(state, "%s %s: expected a time such as 500ms or 1.5s", option, text);
    }
    return ns;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->recording;
        arguments->to = UINT64_MAX;
        return 0;
    case 'w': {
        char *end;
        long width = strtol(arg, &end, 10);
        if (*end || width < LADDER_WIDTH_MIN || width > WIDTH_MAX) {
            argp_error(state, "--width %s: expected a number from %d to %d", arg, LADDER_WIDTH_MIN,
                       WIDTH_MAX);
        }
        arguments->width = (int)width;
        return 0;
    }
    case KEY_FROM:
        arguments->from = time_option(state, "--from", arg);
        return 0;
    case KEY_TO:
        arguments->to = time_option(state, "--to", arg);
        return 0;
    case 'a':
        arguments->all = true;
        return 0;
    case KEY_PAYLOADS:
        arguments->payloads = true;
        return 0;
    case KEY_JSON:
        arguments->json = true;
        return 0;
    case KEY_SVG:
        arguments->svg = true;
        return 0;
    case ARGP_KEY_END:
        if (arguments->from > arguments->to) {
            argp_error(state, "--from is behind --to: nothing is between them");
        }
        if (arguments->svg && (arguments->json || arguments->payloads)) {
            argp_error(state, "--svg is a picture of the ladder alone");
        }
        if (arguments->json && arguments->payloads) {
            argp_error(state, "--payloads is text; with --json use `ikesim dissect --json`");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&recording_argp, 0, NULL, 0}, {0}};
static const struct argp ladder_argp = {
    .options = ladder_options,
    .parser = parse,
    .args_doc = "SCENARIO|DIR",
    .doc =
        "Print the exchange between two hosts as a sequence diagram: each message where it leaves "
        "and where it arrives, what is lost, sent again, duplicated or overtaken, and what each "
        "end makes of it.\v"
        "A message leaves on one line and arrives on a later one; in between it runs down beside "
        "its sender. Dashes are a retransmission or a cached response sent again, a cross is where "
        "a message was lost, ESP packets are folded into one line for each run of them.\n\n"
        "Exit status: 0 done, 2 misuse, 3 input refused.\n\n"
        "Example:\n  ikesim ladder lossy --seed 7 --to 2s",
    .children = children,
};

/* What printing one pair needs. */
struct printing {
    const struct arguments *arguments;
    struct trace_reader *reader;
    struct grid *grid; /* one line */
    struct crypto_context *ctx;
    struct dissect_keys *keys;
    int printed;   /* ladders so far */
    int left_out;  /* pairs that are not in the picture */
    bool too_long; /* for a picture */
};

static struct ladder *make_ladder(const struct printing *printing, const char *a, const char *b)
{
    const struct arguments *arguments = printing->arguments;
    struct ladder *ladder = ladder_new(printing->reader, a, b, arguments->all);
    uint64_t at = 0;
    if (arguments->from > 0) {
        /* The last event before the time; the ladder begins behind it. */
        at = trace_reader_at(printing->reader, arguments->from - 1);
        at = at == UINT64_MAX ? 0 : at;
    }
    trace_kinds kinds = ladder_kinds() | secrets_kinds();
    while ((at = trace_reader_step(printing->reader, at, 1, kinds, a, b)) != UINT64_MAX) {
        const struct trace_record *record = trace_reader_get(printing->reader, at);
        if (!record) {
            fprintf(stderr, "ikesim ladder: %s\n", trace_reader_error(printing->reader));
            continue;
        }
        if (record->time > arguments->to) {
            break;
        }
        ladder_add(ladder, at, record);
    }
    return ladder;
}

/* Keys are taken from the whole recording: a message that is cut off from its SA's beginning by
 * --from can be read all the same. */
static void add_keys(const struct printing *printing, const char *a, const char *b)
{
    uint64_t at = 0;
    while ((at = trace_reader_step(printing->reader, at, 1, secrets_kinds(), a, b)) != UINT64_MAX) {
        const struct trace_record *record = trace_reader_get(printing->reader, at);
        if (record) {
            secrets_add(printing->keys, record);
        }
    }
}

static void print_payloads(const struct printing *printing, const struct ladder *ladder, size_t row)
{
    uint64_t net = ladder_datagram(ladder, row, UINT64_MAX);
    const struct trace_record *record =
        net == UINT64_MAX ? NULL : trace_reader_get(printing->reader, net);
    struct dissect_tree *tree =
        record ? secrets_dissect(printing->ctx, printing->keys, record) : NULL;
    char *text = tree ? dissect_tree_text(tree, false) : NULL;
    for (char *line = text, *end; line && *line; line = end) {
        end = line + strcspn(line, "\n");
        /* Drawn on the grid, so that bytes of the recording cannot steer the terminal. */
        grid_clear(printing->grid);
        bool more = *end;
        *end = '\0';
        grid_put(printing->grid, 15, 0, printing->grid->width, STYLE_TEXT, line);
        grid_write(printing->grid, stdout);
        end += more;
    }
    free(text);
    dissect_tree_free(tree);
}

/* What stands above and below the names. */
static struct ladder_now ends_of(const struct printing *printing, const struct ladder *ladder)
{
    const struct trace_state *state =
        trace_reader_state(printing->reader, trace_reader_count(printing->reader) - 1);
    struct ladder_now now = {.ordinal = UINT64_MAX, .time = UINT64_MAX, .parting = UINT64_MAX};
    for (uint32_t i = 0; i < state->host_count; i++) {
        int side = ladder_side(ladder, state->hosts[i].name);
        if (side >= 0) {
            now.place[side] = state->hosts[i].address;
            now.state[side] = state->hosts[i].identity;
        }
    }
    return now;
}

/* All of it on one grid. False if that is too long. */
static bool draw_picture(const struct printing *printing, const struct ladder *ladder)
{
    struct ladder_now now = ends_of(printing, ladder);
    int width = printing->grid->width;
    size_t count;
    struct ladder_line *lines =
        ladder_layout(printing->grid, width, ladder, 0, ladder->row_count, &count);
    bool fits = count <= PICTURE_LINES_MAX;
    if (fits) {
        struct grid *grid = grid_new(width, LADDER_HEAD_HEIGHT + (int)count, printing->grid->ascii);
        ladder_draw_head(grid, (struct area){0, 0, width, LADDER_HEAD_HEIGHT}, ladder, &now);
        for (size_t i = 0; i < count; i++) {
            ladder_draw_line(grid, (struct area){0, LADDER_HEAD_HEIGHT + (int)i, width, 1}, ladder,
                             &lines[i], &now);
        }
        svg_write(grid, THEME_LIGHT, stdout);
        grid_free(grid);
    }
    free(lines);
    return fits;
}

static void print_ladder(const struct printing *printing, const struct ladder *ladder)
{
    struct ladder_now now = ends_of(printing, ladder);
    int width = printing->grid->width;
    struct grid *head = grid_new(width, LADDER_HEAD_HEIGHT, printing->grid->ascii);
    ladder_draw_head(head, (struct area){0, 0, width, LADDER_HEAD_HEIGHT}, ladder, &now);
    grid_write(head, stdout);
    grid_free(head);

    size_t count;
    struct ladder_line *lines =
        ladder_layout(printing->grid, width, ladder, 0, ladder->row_count, &count);
    for (size_t i = 0; i < count && !ferror(stdout); i++) {
        grid_clear(printing->grid);
        ladder_draw_line(printing->grid, (struct area){0, 0, width, 1}, ladder, &lines[i], &now);
        grid_write(printing->grid, stdout);
        if (printing->arguments->payloads && ladder->rows[lines[i].row].kind == LADDER_SEND) {
            print_payloads(printing, ladder, lines[i].row);
        }
    }
    free(lines);
}

/* ---- JSON ---- */

static const char *kind_name(enum ladder_kind kind)
{
    static const char *const names[] = {
        [LADDER_SEND] = "send", [LADDER_ARRIVE] = "arrive", [LADDER_LOST] = "lost",
        [LADDER_NOTE] = "note", [LADDER_ESP] = "esp",       [LADDER_GAP] = "gap",
    };
    return names[kind];
}

static json_t *message_json(const struct ladder *ladder, const struct ladder_message *message)
{
    return json_pack("{s:s, s:s, s:s?, s:b, s:I, s:I, s:I, s:s?}", "from",
                     ladder->host[message->side], "to", ladder->host[1 - message->side], "exchange",
                     message->exchange, "response", message->response,
                     message->esp ? "sequence" : "message_id", (json_int_t)message->message_id,
                     "transmission", (json_int_t)message->transmission, "length",
                     (json_int_t)message->length, "payloads", message->payloads);
}

static void print_json_row(const struct printing *printing, const struct ladder *ladder,
                           const struct ladder_row *row)
{
    if (row->kind == LADDER_GAP) {
        return;
    }
    char event[160] = "";
    const struct trace_record *record = trace_reader_get(printing->reader, row->ordinal);
    if (record) {
        trace_ref_print(record->id, event, sizeof event);
    }
    json_t *object = json_pack("{s:s, s:s, s:I, s:s, s:s}", "pair_left", ladder->host[0],
                               "pair_right", ladder->host[1], "time", (json_int_t)row->time, "row",
                               kind_name(row->kind), "event", event);
    bool arrives = row->kind == LADDER_ARRIVE;
    if (row->kind == LADDER_ESP) {
        struct ladder_esp_counts counts = ladder_esp_count(ladder, row, UINT64_MAX);
        json_object_update_new(
            object,
            json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "sent_by_left",
                      (json_int_t)counts.sent[0], "sent_by_right", (json_int_t)counts.sent[1],
                      "arrived_at_right", (json_int_t)counts.arrived[0], "arrived_at_left",
                      (json_int_t)counts.arrived[1], "lost", (json_int_t)counts.lost, "duplicated",
                      (json_int_t)counts.copies, "refused", (json_int_t)counts.refused,
                      "without_sa", (json_int_t)counts.no_sa));
    } else {
        json_object_set_new(object, "host", json_string(ladder->host[row->side]));
    }
    if (row->message != LADDER_NONE && row->kind != LADDER_NOTE) {
        json_object_set_new(object, "message",
                            message_json(ladder, &ladder->messages[row->message]));
    }
    if (arrives) {
        json_object_set_new(object, "copy", json_integer(row->copy));
        json_object_set_new(object, "overtaken", json_boolean(row->overtaken));
    }
    if (row->text) {
        json_object_set_new(object, "text", json_string(row->text));
    }
    if (row->kind != LADDER_ESP) {
        char *why = explain_event(printing->reader, row->ordinal);
        json_object_set_new(object, "why", json_string(why));
        free(why);
    }
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
}

/* ---- all of it ---- */

static void print_pair(void *context, const char *a, const char *b)
{
    struct printing *printing = context;
    bool svg = printing->arguments->svg;
    if (svg && printing->printed > 0) {
        printing->left_out++;
        return;
    }
    if (printing->printed++ > 0 && !printing->arguments->json) {
        putchar('\n');
    }
    struct ladder *ladder = make_ladder(printing, a, b);
    if (printing->arguments->payloads) {
        add_keys(printing, a, b);
    }
    if (svg) {
        printing->too_long = !draw_picture(printing, ladder);
    } else if (printing->arguments->json) {
        for (size_t i = 0; i < ladder->row_count; i++) {
            print_json_row(printing, ladder, &ladder->rows[i]);
        }
    } else {
        print_ladder(printing, ladder);
    }
    ladder_free(ladder);
}

static int columns_of_terminal(void)
{
    struct winsize size;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col < LADDER_WIDTH_MIN ? LADDER_WIDTH_MIN : size.ws_col;
    }
    return WIDTH_DEFAULT;
}

int cmd_ladder(int argc, char **argv)
{
    struct arguments arguments = {0};
    if (options_parse(&ladder_argp, argc, argv, &arguments) != 0) {
        return EXIT_MISUSE;
    }
    struct run_source source;
    int status = run_source_open(argv[0], arguments.recording.target, &arguments.recording.scenario,
                                 &source);
    if (status != EXIT_DONE) {
        goto out;
    }
    char why[200] = "";
    int width = arguments.width > 0 ? arguments.width : columns_of_terminal();
    struct printing printing = {
        .arguments = &arguments,
        .reader = source.reader,
        .grid = grid_new(width, 1, !recording_utf8(&arguments.recording)),
        .ctx = arguments.payloads ? crypto_context_new(why, sizeof why) : NULL,
        .keys = arguments.payloads ? dissect_keys_new() : NULL,
    };
    if (arguments.payloads && !printing.ctx) {
        fprintf(stderr, "%s: %s\n", argv[0], why);
        status = EXIT_REFUSED;
    } else {
        status = recording_each_pair(argv[0], source.reader, &arguments.recording, print_pair,
                                     &printing);
    }
    if (printing.left_out > 0) {
        fprintf(stderr, "%s: %d more pair%s not in the picture; --pair chooses one\n", argv[0],
                printing.left_out, printing.left_out == 1 ? " is" : "s are");
    }
    if (printing.too_long) {
        fprintf(stderr, "%s: more than %d lines are no picture; --from and --to choose a part\n",
                argv[0], PICTURE_LINES_MAX);
        status = EXIT_MISUSE;
    }
    if (printing.keys) {
        dissect_keys_free(printing.keys);
    }
    if (printing.ctx) {
        crypto_context_free(printing.ctx);
    }
    grid_free(printing.grid);
    recording_warn(argv[0], source.reader);
    run_source_close(&source);
out:
    recording_options_dispose(&arguments.recording);
    return status;
}
