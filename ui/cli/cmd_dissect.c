#include "ui/cli/cmd_dissect.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/context.h"
#include "ui/cli/options.h"
#include "ui/dissect/capture.h"
#include "ui/dissect/dissect.h"
#include "ui/dissect/text.h"

#define KEY_FILES_MAX 64
#define FRAMES_MAX 256
#define DEPTH_MAX 32 /* of a tree; its deepest, an attribute of a transform, stands at 8 */

struct arguments {
    const char *capture;
    const char *keys[KEY_FILES_MAX];
    size_t key_count;
    unsigned frames[FRAMES_MAX];
    size_t frame_count;
    bool json;
    unsigned text_options; /* enum dissect_text_option */
};

/* What became of the frames. */
struct counts {
    unsigned frames, selected;
    unsigned verdict[DISSECT_NOT_IKE + 1];
    unsigned cut, fragments, broken, other;
};

struct run {
    const char *name;
    const struct arguments *arguments;
    struct crypto_context *ctx;
    struct dissect_keys *keys;
    struct dissect_pieces *pieces;
    struct counts counts;
    int64_t start_ns;
};

enum { KEY_JSON = 0x200, KEY_FRAME };

static const struct argp_option dissect_options[] = {
    {"keys", 'k', "FILE", 0,
     "Keys that decrypt: a file in the form of Wireshark's ikev2_decryption_table or esp_sa "
     "(repeatable)",
     0},
    {"frame", KEY_FRAME, "N", 0, "Only frame N, counted from 1 (repeatable)", 0},
    {"hex", 'x', 0, 0, "The bytes under each field", 0},
    {"explain", 'e', 0, 0, "Under each field why it is there, and its section", 0},
    {"json", KEY_JSON, 0, 0, "One JSON object a line for each frame", 0},
    {0},
};

static unsigned parse_frame(const char *text, const struct argp_state *state)
{
    char *end = NULL;
    unsigned long number;

    errno = 0;
    number = strtoul(text, &end, 10);
    if (errno != 0 || !isdigit((unsigned char)*text) || *end != '\0' || number == 0 ||
        number > UINT32_MAX) {
        argp_error(state, "--frame %s: expected the number of a frame, from 1", text);
    }
    return (unsigned)number;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case 'k':
        if (arguments->key_count == KEY_FILES_MAX) {
            argp_error(state, "--keys: at most %d files", KEY_FILES_MAX);
            return 0;
        }
        arguments->keys[arguments->key_count++] = arg;
        return 0;
    case KEY_FRAME:
        if (arguments->frame_count == FRAMES_MAX) {
            argp_error(state, "--frame: at most %d of them", FRAMES_MAX);
            return 0;
        }
        arguments->frames[arguments->frame_count++] = parse_frame(arg, state);
        return 0;
    case 'x':
        arguments->text_options |= DISSECT_TEXT_HEX;
        return 0;
    case 'e':
        arguments->text_options |= DISSECT_TEXT_MEANING;
        return 0;
    case KEY_JSON:
        arguments->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->capture != NULL) {
            argp_error(state, "one capture at a time; '%s' is too many", arg);
        }
        arguments->capture = arg;
        return 0;
    case ARGP_KEY_END:
        if (arguments->capture == NULL) {
            argp_error(state, "a capture file is needed");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp dissect_argp = {
    .options = dissect_options,
    .parser = parse,
    .args_doc = "CAPTURE",
    .doc =
        "Show the IKEv2 and ESP packets of a capture field by field.\v"
        "CAPTURE is a pcap or pcapng file, compressed by gzip or not, of Ethernet, raw IP, Linux "
        "cooked or loopback packets; - is stdin. Each line has the offset of a field (hexadecimal; "
        "d: in the "
        "decrypted bytes), its length, name and value.\n\n"
        "Exit status: 0 all that could be read was read (packets without a key, of IKEv1 or of "
        "other protocols are told); 1 a key that was given does not fit, or a packet is malformed "
        "or cut off; 2 misuse; 3 the capture or a key file was refused, or the capture holds no "
        "IKEv2 and no ESP.\n\n"
        "Example:\n  ikesim dissect -k wireshark/ikev2_decryption_table run.pcapng\n"
        "in the directory of a run.",
};

/* ---- one frame ---- */

static bool is_selected(const struct arguments *arguments, unsigned frame)
{
    for (size_t i = 0; i < arguments->frame_count; i++) {
        if (arguments->frames[i] == frame) {
            return true;
        }
    }
    return arguments->frame_count == 0;
}

/* What to say about the frame besides its summary; "" for nothing. */
static void describe_state(const struct capture_packet *packet, const struct dissect_tree *tree,
                           char *text, size_t cap)
{
    static const char *const words[] = {
        [DISSECT_PLAIN] = "in the clear",
        [DISSECT_DECRYPTED] = "decrypted, the ICV is right",
        [DISSECT_NO_KEY] = "encrypted",
        [DISSECT_WRONG_KEY] = "not decrypted",
        [DISSECT_NO_ALGORITHM] = "not decrypted",
        [DISSECT_MALFORMED] = "malformed",
        [DISSECT_NOT_IKE] = "not IKEv2",
    };

    if (packet->state != CAPTURE_WHOLE || tree == NULL) {
        snprintf(text, cap, "%s", packet->note);
        return;
    }
    snprintf(text, cap, "%s%s%s",
             tree->unchecked ? "decrypted, the ICV is not checked" : words[tree->verdict],
             tree->trouble[0] != '\0' ? ": " : "", tree->trouble);
}

static void print_address(char *text, size_t cap, const struct capture_packet *packet)
{
    bool ports = packet->source_port != 0 || packet->destination_port != 0;
    bool ipv6 = strchr(packet->source, ':') != NULL;

    if (packet->source[0] == '\0') {
        text[0] = '\0';
    } else if (ports) {
        snprintf(text, cap, ipv6 ? "[%s]:%u > [%s]:%u" : "%s:%u > %s:%u", packet->source,
                 packet->source_port, packet->destination, packet->destination_port);
    } else {
        snprintf(text, cap, "%s > %s", packet->source, packet->destination);
    }
}

static void print_text(const struct run *run, const struct capture_packet *packet,
                       const struct dissect_tree *tree)
{
    int64_t since = packet->time_ns - run->start_ns;
    const char *sign = since < 0 ? "-" : "";
    char addresses[128], state[400];

    since = since < 0 ? -since : since;
    print_address(addresses, sizeof addresses, packet);
    describe_state(packet, tree, state, sizeof state);
    printf("Frame %u  %s%lld.%06lld s%s%s\n", packet->frame, sign, (long long)(since / 1000000000),
           (long long)(since % 1000000000 / 1000), addresses[0] != '\0' ? "  " : "", addresses);
    if (tree != NULL && tree->summary[0] != '\0') {
        printf("  %s\n", tree->summary);
    }
    printf("  %s\n", state);
    if (tree != NULL) {
        dissect_tree_print(stdout, tree, run->arguments->text_options);
    }
    printf("\n");
}

/* ---- JSON ---- */

static json_t *field_json(const struct dissect_tree *tree, const struct dissect_field *field,
                          bool hex)
{
    json_t *object = json_pack("{s:s, s:s, s:s, s:i, s:i}", "name", field->name, "value",
                               field->value, "layer", field->layer == 1 ? "decrypted" : "wire",
                               "offset", (int)field->offset, "length", (int)field->len);

    if (field->bit_count > 0) {
        json_object_set_new(object, "bit", json_integer(field->bit_first));
        json_object_set_new(object, "bits", json_integer(field->bit_count));
    }
    if (field->wrong) {
        json_object_set_new(object, "wrong", json_true());
    }
    json_object_set_new(object, "reference", json_string(field->reference));
    if (field->meaning != NULL) {
        json_object_set_new(object, "meaning", json_string(field->meaning));
    }
    if (hex) {
        const uint8_t *bytes = tree->layer[field->layer].data + field->offset;
        char *text = malloc(2 * (size_t)field->len + 1);

        if (text == NULL) {
            abort();
        }
        text[0] = '\0';
        for (size_t i = 0; i < field->len; i++) {
            snprintf(text + 2 * i, 3, "%02x", bytes[i]);
        }
        json_object_set_new(object, "bytes", json_string(text));
        free(text);
    }
    return object;
}

/* Fields as a nested array: each has its own under "fields". */
static json_t *fields_json(const struct dissect_tree *tree, bool hex)
{
    json_t *levels[DEPTH_MAX] = {json_array()}; /* the open array of each depth */

    for (size_t i = 0; i < tree->count; i++) {
        const struct dissect_field *field = &tree->fields[i];
        json_t *object = field_json(tree, field, hex);

        json_array_append_new(levels[field->depth], object);
        if (i + 1 < tree->count && tree->fields[i + 1].depth > field->depth) {
            levels[field->depth + 1] = json_array();
            json_object_set_new(object, "fields", levels[field->depth + 1]);
        }
    }
    return levels[0];
}

static void print_json(const struct run *run, const struct capture_packet *packet,
                       const struct dissect_tree *tree)
{
    static const char *const states[] = {
        [CAPTURE_WHOLE] = "whole",   [CAPTURE_CUT] = "cut",     [CAPTURE_FRAGMENT] = "fragment",
        [CAPTURE_BROKEN] = "broken", [CAPTURE_OTHER] = "other",
    };
    static const char *const verdicts[] = {
        [DISSECT_PLAIN] = "plain",
        [DISSECT_DECRYPTED] = "decrypted",
        [DISSECT_NO_KEY] = "no_key",
        [DISSECT_WRONG_KEY] = "wrong_key",
        [DISSECT_NO_ALGORITHM] = "no_algorithm",
        [DISSECT_MALFORMED] = "malformed",
        [DISSECT_NOT_IKE] = "not_ike",
    };
    json_t *object = json_pack("{s:i, s:I, s:s, s:s}", "frame", (int)packet->frame, "time_ns",
                               (json_int_t)packet->time_ns, "state", states[packet->state], "note",
                               packet->note);

    if (packet->source[0] != '\0') {
        json_object_set_new(object, "source", json_string(packet->source));
        json_object_set_new(object, "destination", json_string(packet->destination));
        json_object_set_new(object, "protocol", json_integer(packet->protocol));
    }
    if (packet->protocol == 17) {
        json_object_set_new(object, "source_port", json_integer(packet->source_port));
        json_object_set_new(object, "destination_port", json_integer(packet->destination_port));
    }
    if (tree != NULL) {
        json_object_set_new(object, "verdict", json_string(verdicts[tree->verdict]));
        json_object_set_new(object, "summary", json_string(tree->summary));
        json_object_set_new(object, "trouble", json_string(tree->trouble));
        json_object_set_new(
            object, "fields",
            fields_json(tree, (run->arguments->text_options & DISSECT_TEXT_HEX) != 0));
    }
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
}

static void show_frame(struct run *run, const struct capture_packet *packet)
{
    struct counts *counts = &run->counts;
    struct dissect_tree *tree = NULL;

    counts->selected++;
    switch (packet->state) {
    case CAPTURE_WHOLE:
    case CAPTURE_CUT:
        /* The ICV of a beginning never fits: that is not the key's fault, so none is tried. */
        tree = dissect_datagram(run->ctx, packet->state == CAPTURE_CUT ? NULL : run->keys,
                                run->pieces, packet->protocol, packet->source_port,
                                packet->destination_port, packet->destination, packet->payload);
        if (packet->state == CAPTURE_CUT) {
            counts->cut++;
        } else {
            counts->verdict[tree->verdict]++;
        }
        break;
    case CAPTURE_FRAGMENT:
        counts->fragments++;
        break;
    case CAPTURE_BROKEN:
        counts->broken++;
        break;
    case CAPTURE_OTHER:
        counts->other++;
        break;
    }
    if (run->arguments->json) {
        print_json(run, packet, tree);
    } else {
        print_text(run, packet, tree);
    }
    dissect_tree_free(tree);
}

/* ---- the whole capture ---- */

static void print_counts(const struct counts *counts, FILE *out)
{
    const struct {
        unsigned count;
        const char *what;
    } rows[] = {
        {counts->verdict[DISSECT_PLAIN], "in the clear"},
        {counts->verdict[DISSECT_DECRYPTED], "decrypted"},
        {counts->verdict[DISSECT_NO_KEY], "encrypted, without a key"},
        {counts->verdict[DISSECT_WRONG_KEY], "that the key does not fit"},
        {counts->verdict[DISSECT_NO_ALGORITHM], "of algorithms that this build does not compute"},
        {counts->verdict[DISSECT_MALFORMED], "malformed"},
        {counts->cut, "cut off"},
        {counts->broken, "with broken headers"},
        {counts->fragments, "IP fragments"},
        {counts->verdict[DISSECT_NOT_IKE] + counts->other, "neither IKEv2 nor ESP"},
    };
    const char *before = ": ";

    fprintf(out, "%u frame%s", counts->selected, counts->selected == 1 ? "" : "s");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].count > 0) {
            fprintf(out, "%s%u %s", before, rows[i].count, rows[i].what);
            before = ", ";
        }
    }
    fputc('\n', out);
}

/* The exit code that the counts come to, with what explains it on stderr; of the capture's
 * beginning if not all of it could be read. */
static int judge(const struct run *run, bool all)
{
    const struct counts *counts = &run->counts;
    unsigned ours = counts->cut;
    int status = EXIT_DONE;

    for (unsigned i = 0; i < DISSECT_NOT_IKE; i++) {
        ours += counts->verdict[i];
    }
    for (size_t i = 0; i < run->arguments->frame_count; i++) {
        if (run->arguments->frames[i] > counts->frames) {
            fprintf(stderr, "%s: --frame %u: %s has %u frames\n", run->name,
                    run->arguments->frames[i], run->arguments->capture, counts->frames);
            return EXIT_REFUSED;
        }
    }
    if (all && ours == 0 && run->arguments->frame_count == 0 &&
        counts->fragments + counts->broken == 0) {
        fprintf(stderr, "%s: %s: no IKEv2 and no ESP in it\n", run->name, run->arguments->capture);
        return EXIT_REFUSED;
    }
    if (counts->verdict[DISSECT_WRONG_KEY] > 0) {
        fprintf(stderr, "%s: the keys given do not fit %u packet%s\n", run->name,
                counts->verdict[DISSECT_WRONG_KEY],
                counts->verdict[DISSECT_WRONG_KEY] == 1 ? "" : "s");
        status = EXIT_EXPECTATION;
    } else if (run->arguments->key_count > 0 && counts->verdict[DISSECT_NO_KEY] > 0 &&
               counts->verdict[DISSECT_DECRYPTED] + counts->verdict[DISSECT_NO_ALGORITHM] == 0) {
        fprintf(stderr, "%s: none of the keys given has the SPIs of a packet shown\n", run->name);
        status = EXIT_EXPECTATION;
    }
    if (counts->verdict[DISSECT_MALFORMED] + counts->cut + counts->broken > 0) {
        status = EXIT_EXPECTATION;
    }
    return status;
}

static int read_capture(struct run *run)
{
    struct capture_packet packet;
    struct capture *capture;
    char error[512];
    int got, status;

    capture = capture_open(run->arguments->capture, error, sizeof error);
    if (capture == NULL) {
        fprintf(stderr, "%s: %s\n", run->name, error);
        return EXIT_REFUSED;
    }
    while ((got = capture_next(capture, &packet, error, sizeof error)) == 1) {
        run->counts.frames++;
        if (run->counts.frames == 1) {
            run->start_ns = packet.time_ns;
        }
        if (is_selected(run->arguments, packet.frame)) {
            show_frame(run, &packet);
        }
    }
    capture_close(capture);
    print_counts(&run->counts, run->arguments->json ? stderr : stdout);
    fflush(stdout);
    status = judge(run, got == 0);
    if (got < 0) {
        fprintf(stderr, "%s: %s\n", run->name, error);
        status = run->counts.frames == 0 ? EXIT_REFUSED : EXIT_EXPECTATION;
    }
    return status;
}

/* A run without ESP has an esp_sa without rows: one file may be empty, but not all. */
static bool read_keys(struct run *run)
{
    char error[512];
    int all = 0;

    for (size_t i = 0; i < run->arguments->key_count; i++) {
        const char *path = run->arguments->keys[i];
        int rows = dissect_keys_read(run->keys, path, error, sizeof error);

        if (rows < 0) {
            fprintf(stderr, "%s: %s\n", run->name, error);
            return false;
        }
        all += rows;
    }
    if (all == 0 && run->arguments->key_count > 0) {
        fprintf(stderr,
                "%s: %s: no keys in %s; rows of Wireshark's ikev2_decryption_table or esp_sa were "
                "expected\n",
                run->name, run->arguments->keys[0],
                run->arguments->key_count == 1 ? "it" : "it nor in the others");
        return false;
    }
    return true;
}

int cmd_dissect(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct run run = {.name = argv[0], .arguments = &arguments};
    char why[256] = "";
    int status = EXIT_REFUSED;

    if (options_parse(&dissect_argp, argc, argv, &arguments) != 0) {
        return EXIT_MISUSE;
    }
    run.ctx = crypto_context_new(why, sizeof why);
    run.keys = dissect_keys_new();
    run.pieces = dissect_pieces_new();
    if (run.ctx == NULL) {
        fprintf(stderr, "%s: %s\n", argv[0], why);
    } else if (read_keys(&run)) {
        status = read_capture(&run);
    }
    dissect_keys_free(run.keys);
    dissect_pieces_free(run.pieces);
    crypto_context_free(run.ctx);
    return status;
}
