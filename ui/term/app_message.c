/* The open message: a cursor in its fields, or in its bytes. */
#include "ui/term/app_message.h"

#include <inttypes.h>

#include "ui/memory.h"
#include "ui/term/datagrams.h"
#include "ui/term/words.h"

/* Fields from this depth on are closed when a message is opened, and those of a single octet, whose
 * bits can wait: payloads and what is in them is enough to begin with. */
#define OPEN_DEPTH 2

/* ---- the tree ---- */

bool app_field_opens(const struct app *app, size_t field)
{
    const struct dissect_tree *tree = app->model->tree;
    return tree && field + 1 < tree->count &&
           tree->fields[field + 1].depth > tree->fields[field].depth;
}

size_t app_field_step(const struct app *app, size_t field, int dir)
{
    const struct dissect_tree *tree = app->model->tree;
    const struct app_message *message = &app->message;
    size_t last_shown = 0, count = tree ? tree->count : 0;
    int hidden_below = -1; /* depth of the closed field that hides, -1 none */
    for (size_t i = 0; i < count; i++) {
        if (hidden_below >= 0 && tree->fields[i].depth > hidden_below) {
            continue;
        }
        hidden_below = i < message->closed_count && message->closed[i] ? tree->fields[i].depth : -1;
        if (dir > 0 && i > field) {
            return i;
        }
        if (dir < 0 && i >= field) {
            return last_shown;
        }
        last_shown = i;
    }
    return dir < 0 ? last_shown : field;
}

static size_t parent_of(const struct dissect_tree *tree, size_t field)
{
    size_t i = field;
    while (i > 0 && tree->fields[i].depth >= tree->fields[field].depth) {
        i--;
    }
    return i;
}

void app_field_select(struct app *app, size_t field)
{
    const struct dissect_tree *tree = app->model->tree;
    struct app_message *message = &app->message;
    if (!tree || field >= tree->count) {
        return;
    }
    message->field = field;
    for (size_t at = field; at > 0 && tree->fields[at].depth > 0;) {
        at = parent_of(tree, at);
        message->closed[at] = false;
    }
}

bool app_layer_shown(const struct app *app, int layer)
{
    const struct dissect_tree *tree = app->model->tree;
    if (!tree || tree->layer[layer].len == 0) {
        return false;
    }
    bool decrypted = tree->layer[1].len > 0;
    enum app_layers layers = app->message.layers;
    return layers == LAYERS_BOTH || !decrypted || (layers == LAYERS_WIRE) == (layer == 0);
}

/* Events looked at for what became of a datagram: a bound on what one key costs. */
#define FATE_STEPS_MAX 400

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)

static bool same_ref(struct trace_ref a, struct trace_ref b)
{
    return a.scope == b.scope && a.n == b.n;
}

/* Told right behind esp:sent. */
static void add_esp_fault(struct words *words, struct model *model, uint64_t sent)
{
    const struct trace_scope *scope = trace_reader_get(model->reader, sent)->id.scope;
    uint64_t at = trace_reader_step(model->reader, sent, 1, BIT(ESP_EDITED) | BIT(ESP_SENT),
                                    scope->host, scope->peer);
    const struct trace_record *record =
        at == UINT64_MAX ? NULL : trace_reader_get(model->reader, at);
    if (record && record->kind == TRACE_ESP_EDITED_EVENT && record->id.scope == scope) {
        const struct trace_esp_edited *data = record->data;
        words_add(words, " · faulty before sealing: octet %" PRIu64, data->octet);
    }
}

/* What its sender did to it before it sealed it: told right before ike:message_sent. */
static void add_fault(struct words *words, struct model *model, struct trace_ref cause)
{
    uint64_t at = cause.scope ? trace_reader_find(model->reader, cause) : UINT64_MAX;
    const struct trace_record *record =
        at == UINT64_MAX ? NULL : trace_reader_get(model->reader, at);
    if (record && record->kind == TRACE_ESP_SENT_EVENT) {
        add_esp_fault(words, model, at);
    }
    if (!record || record->kind != TRACE_IKE_MESSAGE_SENT_EVENT) {
        return;
    }
    const struct trace_ike_message_sent *sent = record->data;
    if (sent->transmission > 1) {
        at = trace_reader_find(model->reader, sent->first);
    }
    at = trace_reader_step(model->reader, at, -1, BIT(IKE_EDITED) | BIT(IKE_MESSAGE_SENT),
                           cause.scope->host, cause.scope->peer);
    record = at == UINT64_MAX ? NULL : trace_reader_get(model->reader, at);
    if (record && record->kind == TRACE_IKE_EDITED_EVENT && record->id.scope == cause.scope) {
        const struct trace_ike_edited *data = record->data;
        words_add(words, " · faulty %s: %s%soctet %" PRIu64,
                  ladder_is_sealed(data->exchange) ? "before sealing" : "sender",
                  data->payload ? data->payload : "", data->payload ? " " : "", data->octet);
    }
}

static void add_fate(struct words *words, struct model *model, struct trace_ref net)
{
    const trace_kinds kinds = BIT(NET_LOST) | BIT(NET_DELIVERED) | BIT(NET_DUPLICATED) |
                              BIT(NET_CORRUPTED) | BIT(ATTACK_ACTED);
    uint64_t at = model->tree_datagram;
    char time[WORDS_TIME_MAX];
    size_t before = words->len;
    for (int i = 0; i < FATE_STEPS_MAX; i++) {
        at = trace_reader_step(model->reader, at, 1, kinds, model->pair[0], model->pair[1]);
        const struct trace_record *record =
            at > model->ordinal ? NULL : trace_reader_get(model->reader, at);
        if (!record) {
            break;
        }
        const struct trace_net_delivered *delivered = record->data;
        bool arrived = record->kind == TRACE_NET_DELIVERED_EVENT;
        if (!same_ref(arrived ? delivered->sent : record->cause, net)) {
            continue;
        }
        if (record->kind == TRACE_ATTACK_ACTED_EVENT) {
            const struct trace_attack_acted *act = record->data;
            words_add(words, " · %s on the way by %s", act->what ? act->what : "touched",
                      act->attacker ? act->attacker : "somebody");
            continue;
        }
        const char *what = record->kind == TRACE_NET_LOST_EVENT         ? "lost"
                           : record->kind == TRACE_NET_CORRUPTED_EVENT  ? "a bit turned"
                           : record->kind == TRACE_NET_DUPLICATED_EVENT ? "doubled"
                           : delivered->copy > 1                        ? "a copy arrived"
                                                                        : "arrived";
        words_add(words, " · %s %s", what, words_time(record->time, time));
    }
    if (words->len == before) {
        words_add(words, " · on its way");
    }
}

static void prepare_about(struct app *app)
{
    struct model *model = app->model;
    struct app_message *message = &app->message;
    free(message->about);
    message->about = NULL;
    message->about_ordinal = model->ordinal;
    const struct trace_record *record = model->tree_datagram == UINT64_MAX
                                            ? NULL
                                            : trace_reader_get(model->reader, model->tree_datagram);
    if (!record || record->kind != TRACE_NET_SENT_EVENT) {
        return;
    }
    const struct trace_net_sent *sent = record->data;
    struct trace_ref net = record->id;
    struct words words = {0};
    char time[WORDS_TIME_MAX];
    words_add(&words, "%s → %s · %s · sent %s", net.scope->host,
              net.scope->peer ? net.scope->peer : "?",
              sent->protocol == 50   ? "ESP"
              : sent->protocol == 51 ? "AH"
              : sent->protocol == 17 ? "UDP"
                                     : "ICMP",
              words_time(record->time, time));
    add_fault(&words, model, record->cause);
    add_fate(&words, model, net);
    if (app->marked == model->tree_datagram) {
        words_add(&words, " · marked");
    }
    message->about = words.data;
}

void app_message_prepare(struct app *app)
{
    if (app->message.datagram != app->model->tree_datagram ||
        app->message.about_ordinal != app->model->ordinal) {
        prepare_about(app);
    }
    const struct model *model = app->model;
    struct app_message *message = &app->message;
    size_t count = model->tree ? model->tree->count : 0;
    if (message->datagram == model->tree_datagram && message->closed_count == count) {
        return;
    }
    message->datagram = model->tree_datagram;
    message->field = message->octet = 0;
    message->layer = 0;
    message->closed_count = count;
    message->closed = ui_resize(message->closed, count);
    for (size_t i = 0; i < count; i++) {
        const struct dissect_field *field = &model->tree->fields[i];
        message->closed[i] =
            app_field_opens(app, i) && (field->depth >= OPEN_DEPTH || field->len == 1);
    }
}

/* ---- the bytes ---- */

static bool has_octet(const struct dissect_field *field, int layer, size_t octet)
{
    return field->layer == layer && octet >= field->offset && octet - field->offset < field->len;
}

/* The innermost field at the cursor's octet: the last one that covers it, since what is inside
 * comes behind. */
static void light_field(struct app *app)
{
    const struct dissect_tree *tree = app->model->tree;
    struct app_message *message = &app->message;
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < tree->count; i++) {
        const struct dissect_field *field = &tree->fields[i];
        bool covers = has_octet(field, message->layer, message->octet);
        /* Of the fields that share an octet, the first of its bits will do. */
        bool deeper = found == SIZE_MAX || field->depth > tree->fields[found].depth;
        if (covers && deeper && (field->bit_count == 0 || found == SIZE_MAX)) {
            found = i;
        }
    }
    if (found != SIZE_MAX) {
        app_field_select(app, found);
    }
}

void app_message_octet(struct app *app, int layer, size_t octet)
{
    const struct dissect_tree *tree = app->model->tree;
    if (tree && layer >= 0 && layer < 2 && octet < tree->layer[layer].len) {
        app->message.bytes = true;
        app->message.layer = layer;
        app->message.octet = octet;
        light_field(app);
    }
}

size_t app_message_bit(const struct app *app, int layer, size_t octet, int bit)
{
    const struct dissect_tree *tree = app->model->tree;
    for (size_t i = 0; tree && i < tree->count; i++) {
        const struct dissect_field *field = &tree->fields[i];
        int at = bit + 8 * (int)(octet - field->offset);
        if (has_octet(field, layer, octet) && field->bit_count > 0 && at >= field->bit_first &&
            at < field->bit_first + field->bit_count) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* From the octet into its bits: to the next field of bits that it has; behind the last one, back to
 * the octet. */
static void step_into_bits(struct app *app)
{
    const struct dissect_tree *tree = app->model->tree;
    struct app_message *message = &app->message;
    bool inside = tree->fields[message->field].bit_count > 0;
    size_t next = tree->count;
    for (size_t i = tree->count; i-- > (inside ? message->field + 1 : 0);) {
        if (tree->fields[i].bit_count > 0 &&
            has_octet(&tree->fields[i], message->layer, message->octet)) {
            next = i;
        }
    }
    if (next < tree->count) {
        app_field_select(app, next);
    } else {
        light_field(app);
    }
}

static void put_octet_on_field(struct app *app)
{
    const struct dissect_tree *tree = app->model->tree;
    struct app_message *message = &app->message;
    if (tree && message->field < tree->count) {
        message->layer = tree->fields[message->field].layer;
        message->octet = tree->fields[message->field].offset;
    }
}

static void move_octet(struct app *app, int64_t steps)
{
    const struct dissect_tree *tree = app->model->tree;
    struct app_message *message = &app->message;
    int64_t at = (int64_t)message->octet + steps;
    if (at < 0 && message->layer == 1 && app_layer_shown(app, 0)) {
        message->layer = 0;
        at = (int64_t)tree->layer[0].len - 1;
    }
    if (at >= (int64_t)tree->layer[message->layer].len && message->layer == 0 &&
        app_layer_shown(app, 1)) {
        message->layer = 1;
        at = 0;
    }
    int64_t last = (int64_t)tree->layer[message->layer].len - 1;
    message->octet = (size_t)(at < 0 ? 0 : at > last ? last : at);
    light_field(app);
}

/* ---- keys ---- */

void app_message_move(struct app *app, int steps)
{
    struct app_message *message = &app->message;
    if (!app->model->tree) {
        return;
    }
    if (message->bytes) {
        move_octet(app, (int64_t)steps * app->hex_line);
        return;
    }
    int dir = steps < 0 ? -1 : 1;
    for (; steps != 0; steps -= dir) {
        message->field = app_field_step(app, message->field, dir);
    }
}

void app_message_end(struct app *app, int dir)
{
    const struct dissect_tree *tree = app->model->tree;
    struct app_message *message = &app->message;
    if (!tree) {
        return;
    }
    if (message->bytes) {
        move_octet(app, dir < 0 ? INT32_MIN : INT32_MAX);
    } else {
        message->field = dir < 0 ? 0 : app_field_step(app, tree->count, -1);
    }
}

static void fold(struct app *app, enum action action)
{
    const struct dissect_tree *tree = app->model->tree;
    struct app_message *message = &app->message;
    if (message->field >= tree->count) {
        return;
    }
    bool opens = app_field_opens(app, message->field), closed = message->closed[message->field];
    if (action == ACTION_LEFT && (!opens || closed)) {
        message->field = parent_of(tree, message->field);
    } else if (opens) {
        message->closed[message->field] = action == ACTION_LEFT    ? true
                                          : action == ACTION_RIGHT ? false
                                                                   : !closed;
    }
}

void app_message_act(struct app *app, enum action action)
{
    struct app_message *message = &app->message;
    if (!app->model->tree) {
        return;
    }
    switch (action) {
    case ACTION_PANE_ON:
        message->bytes = !message->bytes;
        put_octet_on_field(app);
        break;
    case ACTION_WIRE:
        message->layers = (enum app_layers)((message->layers + 1) % LAYERS_COUNT);
        break;
    default:
        if (message->bytes && action == ACTION_OPEN) {
            step_into_bits(app);
        } else if (message->bytes) {
            move_octet(app, action == ACTION_LEFT ? -1 : 1);
        } else {
            fold(app, action);
        }
    }
}

char *app_message_value(const struct app *app)
{
    const struct dissect_tree *tree = app->model->tree;
    if (!tree || app->message.field >= tree->count) {
        return NULL;
    }
    const struct dissect_field *field = &tree->fields[app->message.field];
    const struct crypto_bytes *bytes = &tree->layer[field->layer];
    struct words hex = {0};
    for (size_t i = 0; i < field->len && field->offset + i < bytes->len; i++) {
        words_add(&hex, "%02x", bytes->data[field->offset + i]);
    }
    return hex.data;
}

/* ---- comparing ---- */

#define COMPARE_WIDTH 16

static void compare_line(struct words *out, const struct trace_bytes *bytes,
                         const struct trace_bytes *other, size_t offset)
{
    for (size_t i = 0; i < COMPARE_WIDTH && offset + i < bytes->len; i++) {
        size_t at = offset + i;
        bool differs = at >= other->len || bytes->data[at] != other->data[at];
        words_add(out, differs ? "[%02x]" : " %02x ", bytes->data[at]);
    }
    words_add(out, "\n");
}

static void compare_bytes(struct words *out, bool esp, const struct trace_bytes *one,
                          const struct trace_bytes *other)
{
    size_t longer = one->len > other->len ? one->len : other->len, equal = 0;
    for (size_t i = 0; i < one->len && i < other->len; i++) {
        equal += one->data[i] == other->data[i];
    }
    if (equal == one->len && equal == other->len) {
        words_add(out,
                  esp ? "All %zu octets are the same. The receiver knows a copy by its sequence "
                        "number, and drops it. RFC 4303 §3.4.3\n"
                      : "All %zu octets are the same. A retransmission is the very same message: "
                        "the receiver knows it by its Message ID, and answers it from its cache. "
                        "RFC 7296 §2.1\n",
                  equal);
        return;
    }
    words_add(out,
              "%zu of %zu octets are the same; those in brackets differ. The upper line is the "
              "marked message, the lower one the message under the cursor.\n\n",
              equal, longer);
    for (size_t offset = 0; offset < longer; offset += COMPARE_WIDTH) {
        words_add(out, "%04zx  ", offset);
        compare_line(out, one, other, offset);
        words_add(out, "      ");
        compare_line(out, other, one, offset);
    }
}

char *app_message_compare(const struct app *app, uint64_t one, uint64_t other)
{
    struct trace_reader *reader = app->model->reader;
    uint64_t ordinals[2] = {one, other};
    const struct trace_net_sent *sent[2];
    struct words out = {0};
    bool esp = true;
    for (int i = 0; i < 2; i++) {
        const struct trace_record *record =
            ordinals[i] == UINT64_MAX ? NULL : trace_reader_get(reader, ordinals[i]);
        if (!record || record->kind != TRACE_NET_SENT_EVENT) {
            free(out.data);
            return NULL;
        }
        char time[WORDS_TIME_MAX];
        struct datagram datagram = {0};
        sent[i] = record->data;
        datagrams_name(reader, record, &datagram);
        esp &= datagram.esp;
        words_add(&out, "%s: %s, %s's %s, %zu octets\n", i == 0 ? "marked      " : "under cursor",
                  words_time(record->time, time), record->id.scope->host, datagram.what,
                  sent[i]->bytes.len);
    }
    words_add(&out, "\n");
    compare_bytes(&out, esp, &sent[0]->bytes, &sent[1]->bytes);
    return out.data;
}
