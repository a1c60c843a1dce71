#include "ui/cli/cmd_keys.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/cli/keys_print.h"
#include "ui/cli/recording.h"
#include "ui/cli/run.h"

struct arguments {
    struct recording_options recording;
    bool json, no_commands;
    unsigned topics; /* 0: all */
};

enum { KEY_ONLY = 0x200, KEY_NO_COMMANDS, KEY_JSON };

#define TOPIC(symbol, word, heading) " " word
static const struct argp_option keys_options[] = {
    {"only", KEY_ONLY, "STEPS", 0, "Only these, separated by commas:" KEYS_TOPICS(TOPIC), 0},
    {"no-commands", KEY_NO_COMMANDS, 0, 0, "Values and explanations alone", 0},
    {"json", KEY_JSON, 0, 0, "The steps as JSON lines, for programs", 0},
    {0},
};
#undef TOPIC

static void parse_topics(struct arguments *arguments, const struct argp_state *state,
                         const char *text)
{
    for (;;) {
        size_t len = strcspn(text, ",");
        int topic = 0;
        while (topic < KEYS_TOPIC_COUNT &&
               (strlen(keys_topic_word((enum keys_topic)topic)) != len ||
                strncmp(keys_topic_word((enum keys_topic)topic), text, len) != 0)) {
            topic++;
        }
        if (topic == KEYS_TOPIC_COUNT) {
#define TOPIC(symbol, word, heading) " " word
            argp_error(state, "--only: there is no '%.*s', there are" KEYS_TOPICS(TOPIC), (int)len,
                       text);
#undef TOPIC
            return;
        }
        arguments->topics |= 1u << topic;
        if (!text[len]) {
            return;
        }
        text += len + 1;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->recording;
        return 0;
    case KEY_ONLY:
        parse_topics(arguments, state, arg);
        return 0;
    case KEY_NO_COMMANDS:
        arguments->no_commands = true;
        return 0;
    case KEY_JSON:
        arguments->json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&recording_argp, 0, NULL, 0}, {0}};
static const struct argp keys_argp = {
    .options = keys_options,
    .parser = parse,
    .args_doc = "SCENARIO|DIR",
    .doc =
        "Print how the keys of each IKE SA and its CHILD SAs come about, with the values of the "
        "run: key exchange, SKEYSEED, the seven SK_ keys, AUTH, KEYMAT, and a message and a packet "
        "opened with them. Each step says what it is for, who can compute it, and comes with a "
        "command that reproduces it.\v"
        "The commands need bash, coreutils and the openssl program (3.0 or later); python3 for "
        "MODP groups, with its cryptography module for AES-GCM. Each stands on a line of its own "
        "behind a dollar sign and can be pasted as it is.\n\n"
        "Exit status: 0 done, 2 misuse, 3 input refused.\n\n"
        "Examples:\n"
        "  ikesim keys four-messages\n"
        "  ikesim keys out/lossy --only skeyseed,sk --no-commands\n"
        "  ikesim keys lossy --seed 7 --pair alice,gw",
    .children = children,
};

/* What printing one pair needs. */
struct printing {
    const struct arguments *arguments;
    struct trace_reader *reader;
    struct crypto_context *ctx;
    struct keys_print_options options;
    size_t printed; /* IKE SAs so far */
};

static void print_pair(void *context, const char *a, const char *b)
{
    struct printing *printing = context;
    struct keys_story *story = keys_story_read(printing->reader, a, b, UINT64_MAX);

    for (size_t i = 0; i < story->sa_count && !ferror(stdout); i++) {
        struct keys_derivation *derivation = keys_derive(printing->ctx, story, &story->sas[i]);
        if (printing->arguments->json) {
            keys_print_json(derivation, &printing->options);
        } else {
            fputs(printing->printed > 0 ? "\n\n" : "", stdout);
            keys_print_text(derivation, &printing->options);
        }
        keys_derivation_free(derivation);
        printing->printed++;
    }
    if (story->sa_count == 0 && !printing->arguments->json) {
        fputs(printing->printed > 0 ? "\n\n" : "", stdout);
        char line[1024];
        snprintf(line, sizeof line, "%s and %s: no IKE SA of theirs got as far as keys", a, b);
        keys_print_line(line, printing->options.ascii);
        printing->printed++;
    }
    keys_story_free(story);
}

/* Whether the run says that its key pairs were used more than once. */
static bool is_pooled(struct trace_reader *reader)
{
    const struct trace_record *first =
        trace_reader_count(reader) > 0 ? trace_reader_get(reader, 0) : NULL;
    if (!first || first->kind != TRACE_RUN_BEGIN_EVENT) {
        return false;
    }
    const struct trace_run_begin *begin = first->data;
    return begin->keys && strcmp(begin->keys, "pooled") == 0;
}

int cmd_keys(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct run_source source;
    char why[200];

    if (options_parse(&keys_argp, argc, argv, &arguments) != 0) {
        return EXIT_MISUSE;
    }
    struct printing printing = {
        .arguments = &arguments,
        .options = {.topics = arguments.topics ? arguments.topics : ~0u,
                    .commands = !arguments.no_commands,
                    .ascii = !recording_utf8(&arguments.recording),
                    .colour = options_colour(STDOUT_FILENO)},
    };
    int status = run_source_open(argv[0], arguments.recording.target, &arguments.recording.scenario,
                                 &source);
    if (status != EXIT_DONE) {
        goto out;
    }
    printing.reader = source.reader;
    printing.options.pooled = is_pooled(source.reader);
    printing.ctx = crypto_context_new(why, sizeof why);
    if (printing.ctx) {
        status = recording_each_pair(argv[0], source.reader, &arguments.recording, print_pair,
                                     &printing);
        crypto_context_free(printing.ctx);
    } else {
        fprintf(stderr, "%s: %s\n", argv[0], why);
        status = EXIT_REFUSED;
    }
    recording_warn(argv[0], source.reader);
    run_source_close(&source);
out:
    recording_options_dispose(&arguments.recording);
    return status;
}
