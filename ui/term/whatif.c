/* What if. */
#include "ui/term/whatif.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "ui/term/memory.h"
#include "ui/term/words.h"

static void forget_choices(struct whatif *whatif)
{
    for (size_t i = 0; i < whatif->choice_count; i++) {
        free(whatif->choices[i].words);
        free(whatif->choices[i].line);
    }
    whatif->choice_count = 0;
}

void whatif_dispose(struct whatif *whatif)
{
    whatif_cancel(whatif);
    forget_choices(whatif);
    for (size_t i = 0; i < whatif->line_count; i++) {
        free(whatif->lines[i]);
    }
    model_free(whatif->future);
    *whatif = (struct whatif){0};
}

const char *whatif_off(const struct whatif *whatif)
{
    return !whatif->runner       ? "what if needs a scenario to run again; here is none."
           : whatif->runner->off ? whatif->runner->off
                                 : NULL;
}

char whatif_key(size_t choice)
{
    return (char)(choice < 9 ? '1' + (int)choice : 'a' + (int)choice - 9);
}

/* ---- what may be changed ---- */

__attribute__((format(printf, 4, 5))) static void add_choice(struct whatif *whatif,
                                                             struct words words,
                                                             enum whatif_asks asks,
                                                             const char *format, ...)
{
    char line[400] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (whatif->choice_count == WHATIF_CHOICES_MAX) {
        free(words.data);
        return;
    }
    whatif->choices[whatif->choice_count++] = (struct whatif_choice){
        .words = words.data, .line = line[0] ? term_copy(line) : NULL, .asks = asks};
}

/* What names the datagram in a script. */
struct named {
    char match[240]; /* "on: {...}, nth: 3" */
    char words[120];
};

/* Fragment Number of an IKE fragment ("SKF(2/3)"), 0 of a whole message. */
static unsigned fragment_of(const struct trace_ike_message_sent *sent)
{
    unsigned number;
    return sent->payloads && sscanf(sent->payloads, "SKF(%4u/", &number) == 1 ? number : 0;
}

/* True if the two say the same of themselves, whatever their transmission. */
static bool same_name(const struct trace_ike_message_sent *a,
                      const struct trace_ike_message_sent *b)
{
    return strcmp(a->exchange ? a->exchange : "", b->exchange ? b->exchange : "") == 0 &&
           a->response == b->response && a->message_id == b->message_id &&
           fragment_of(a) == fragment_of(b);
}

static bool name_ike(struct model *model, uint64_t ordinal, struct named *named)
{
    const struct trace_record *record = trace_reader_get(model->reader, ordinal);
    const struct trace_scope *scope = record->id.scope;
    struct trace_ike_message_sent *sent = trace_data_clone(record->kind, record->data);
    uint64_t at = 0, nth = 0;
    while (at < ordinal) {
        at = trace_reader_step(model->reader, at, 1, TRACE_KINDS_OF(TRACE_IKE_MESSAGE_SENT_EVENT),
                               scope->host, scope->peer);
        const struct trace_record *other =
            at > ordinal ? NULL : trace_reader_get(model->reader, at);
        if (!other) {
            break;
        }
        nth += other->id.scope == scope && same_name(sent, other->data);
    }
    const char *way = sent->response ? "response" : "request";
    char fragment[32] = "";
    if (fragment_of(sent) > 0) {
        snprintf(fragment, sizeof fragment, ", fragment: %u", fragment_of(sent));
    }
    snprintf(named->match, sizeof named->match,
             "on: {exchange: %s, message: %s, from: %s, to: %s, message_id: %" PRIu64
             "%s}, nth: %" PRIu64,
             sent->exchange, way, scope->host, scope->peer, sent->message_id, fragment, nth);
    snprintf(named->words, sizeof named->words, "%s's %s %s %" PRIu64 "%s", scope->host,
             sent->exchange, way, sent->message_id, fragment);
    free(sent);
    return nth > 0;
}

static bool name_esp(struct model *model, uint64_t ordinal, const struct trace_scope *scope,
                     struct named *named)
{
    uint64_t at = 0, nth = 0;
    while (at < ordinal) {
        at = trace_reader_step(model->reader, at, 1, TRACE_KINDS_OF(TRACE_NET_SENT_EVENT),
                               scope->host, scope->peer);
        const struct trace_record *record =
            at > ordinal ? NULL : trace_reader_get(model->reader, at);
        if (!record) {
            break;
        }
        const struct trace_net_sent *sent = record->data;
        nth += record->id.scope == scope && ladder_is_esp(sent);
    }
    snprintf(named->match, sizeof named->match,
             "on: {exchange: ESP, from: %s, to: %s}, nth: %" PRIu64, scope->host, scope->peer, nth);
    snprintf(named->words, sizeof named->words, "%s's ESP packet", scope->host);
    return nth > 0;
}

/* Names the datagram under the cursor as a script does; false if it has none. */
static bool name_datagram(struct model *model, struct named *named)
{
    const struct trace_record *net = model->tree_datagram == UINT64_MAX
                                         ? NULL
                                         : trace_reader_get(model->reader, model->tree_datagram);
    if (!net || net->kind != TRACE_NET_SENT_EVENT || !net->id.scope->peer) {
        return false;
    }
    const struct trace_scope *scope = net->id.scope;
    const struct trace_net_sent *data = net->data;
    bool esp = ladder_is_esp(data);
    uint64_t sent = net->cause.scope ? trace_reader_find(model->reader, net->cause) : UINT64_MAX;
    if (esp) {
        return name_esp(model, model->tree_datagram, scope, named);
    }
    return sent != UINT64_MAX &&
           trace_reader_kind(model->reader, sent) == TRACE_IKE_MESSAGE_SENT_EVENT &&
           name_ike(model, sent, named);
}

/* What a meaning says behind its first words: "`on` a message: ", "`at` a time: `host` ". */
static const char *behind(const char *meaning, const char *words)
{
    const char *at = strstr(meaning, words);
    return at ? at + strlen(words) : meaning;
}

static void list_datagram(struct whatif *whatif, struct model *model)
{
    struct named named = {0};
    if (!name_datagram(model, &named)) {
        return;
    }
    for (size_t i = 0; i < whatif->runner->order_count; i++) {
        const struct whatif_order *order = &whatif->runner->orders[i];
        if (order->on_message) {
            struct words words = {0};
            words_add(&words, "%s: %s%s", named.words, behind(order->meaning, "message: "),
                      order->needs_time ? " (asks how much)" : "");
            add_choice(whatif, words, order->needs_time ? ASKS_TIME : ASKS_NOTHING,
                       order->needs_time ? "{do: %s, %s, by: " : "{do: %s, %s}", order->name,
                       named.match);
        }
    }
}

/* "`at` a time: `host` replaces CHILD SA `child` by a new one": what comes behind `host`, with the
 * child's name in it. */
static void add_meaning(struct words *words, const struct whatif_order *order, const char *child)
{
    static const char name[] = "`child`";
    const char *at = behind(order->meaning, "`host` ");
    const char *gap = child ? strstr(at, name) : NULL;
    if (gap) {
        words_add(words, "%.*s%s%s", (int)(gap - at), at, child, gap + strlen(name));
    } else {
        words_add(words, "%s", at);
    }
}

static void list_order(struct whatif *whatif, struct model *model, int side,
                       const struct whatif_order *order)
{
    const struct trace_pair_state *pair = &model->state->pairs[model->pair_index];
    const struct trace_end_state *end = &pair->end[side];
    const char *host = side == 0 ? pair->a : pair->b;
    char time[WORDS_TIME_MAX];
    for (uint32_t i = 0; i < (order->needs_child ? end->child_count : 1); i++) {
        const char *child = order->needs_child ? end->children[i].name : NULL;
        bool again = false;
        for (uint32_t k = 0; k < i; k++) {
            again |= strcmp(end->children[k].name, child) == 0;
        }
        if (again) {
            continue;
        }
        struct words words = {0};
        words_add(&words, "%s, at %s: ", host, words_time(model->time, time));
        add_meaning(&words, order, child);
        add_choice(whatif, words, ASKS_NOTHING, "{do: %s, at: %" PRIu64 "ns, host: %s%s%s}",
                   order->name, model->time, host, child ? ", child: " : "", child ? child : "");
    }
}

char *whatif_list(struct whatif *whatif, struct model *model)
{
    forget_choices(whatif);
    list_datagram(whatif, model);
    for (int side = 0; side < 2 && model->pair_index != UINT32_MAX; side++) {
        for (size_t i = 0; i < whatif->runner->order_count; i++) {
            if (!whatif->runner->orders[i].on_message) {
                list_order(whatif, model, side, &whatif->runner->orders[i]);
            }
        }
    }
    struct words setting = {0};
    words_add(&setting, "from the beginning on, another value in the scenario (asks which)");
    add_choice(whatif, setting, ASKS_SETTING, "set ");
    if (whatif->line_count > 0) {
        struct words words = {0};
        words_add(&words, "take back: %s", whatif->lines[whatif->line_count - 1]);
        add_choice(whatif, words, ASKS_NOTHING, "%s", "");
    }
    struct words text = {0};
    words_add(&text, "The same seed runs again with one change; everything before it stays as it "
                     "is. Press the key of a line; Esc leaves all as it is.\n\n");
    for (size_t i = 0; i < whatif->choice_count; i++) {
        words_add(&text, "  %c  %s\n", whatif_key(i), whatif->choices[i].words);
    }
    if (whatif->line_count > 0) {
        words_add(&text, "\nChanges so far (V saves the scenario with them):\n\n");
        for (size_t i = 0; i < whatif->line_count; i++) {
            words_add(&text, "  - %s\n", whatif->lines[i]);
        }
    }
    return text.data;
}

/* ---- running ---- */

int whatif_choose(struct whatif *whatif, size_t choice, const char *answer, char *error, size_t cap)
{
    const struct whatif_choice *chosen = &whatif->choices[choice];
    if (chosen->line && whatif->line_count == WHATIF_LINES_MAX) {
        snprintf(error, cap, "There are %d changes already.", WHATIF_LINES_MAX);
        return -1;
    }
    whatif_cancel(whatif);
    if (chosen->line) {
        struct words line = {0};
        words_add(&line, "%s%s%s", chosen->line, chosen->asks != ASKS_NOTHING ? answer : "",
                  chosen->asks == ASKS_TIME ? "}" : "");
        whatif->lines[whatif->line_count++] = line.data;
    } else {
        free(whatif->lines[--whatif->line_count]);
    }
    if (whatif->runner->start(whatif->runner->context, whatif->lines, whatif->line_count, error,
                              cap) != 0) {
        if (chosen->line) {
            free(whatif->lines[--whatif->line_count]);
        }
        return -1;
    }
    whatif->running = true;
    whatif->done = 0;
    return 0;
}

uint64_t whatif_parting(struct trace_reader *one, struct trace_reader *other)
{
    uint64_t counts[2] = {trace_reader_count(one), trace_reader_count(other)};
    uint64_t shorter = counts[0] < counts[1] ? counts[0] : counts[1], at = 0;
    while (at < shorter && trace_reader_time(one, at) == trace_reader_time(other, at) &&
           trace_reader_kind(one, at) == trace_reader_kind(other, at)) {
        at++;
    }
    return at == shorter && counts[0] == counts[1] ? UINT64_MAX : at;
}

int whatif_poll(struct whatif *whatif, struct model **future, char *error, size_t cap)
{
    struct trace_reader *reader = NULL;
    int result = !whatif->running ? 0
                                  : whatif->runner->poll(whatif->runner->context, &whatif->done,
                                                         &reader, &whatif->series, error, cap);
    whatif->running = whatif->running && result == 0;
    if (result == 1) {
        whatif->parting = whatif_parting(whatif->original->reader, reader);
        *future = model_new(reader, whatif->original->crypto);
    }
    return result;
}

void whatif_cancel(struct whatif *whatif)
{
    if (whatif->running) {
        whatif->runner->cancel(whatif->runner->context);
        whatif->running = false;
    }
}
