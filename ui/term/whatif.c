/* What if. */
#include "ui/term/whatif.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/datagrams.h"
#include "ui/term/whatif_edit.h"

static void forget_choices(struct whatif *whatif)
{
    for (size_t i = 0; i < whatif->choice_count; i++) {
        free(whatif->choices[i].words);
        free(whatif->choices[i].line);
        free(whatif->choices[i].question);
        free(whatif->choices[i].heading);
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
    free(whatif->pair[0]);
    free(whatif->pair[1]);
    *whatif = (struct whatif){0};
}

const char *whatif_off(const struct whatif *whatif)
{
    return !whatif->runner       ? "what if needs a scenario to run again; here is none."
           : whatif->runner->off ? whatif->runner->off
           : whatif->original && whatif->original->cut
               ? "What if is off: the recording was cut off, and its end is not known."
           : whatif->original && !whatif->original->complete
               ? "What if is off while the run goes on: its future is not known yet."
               : NULL;
}

char whatif_key(size_t choice)
{
    static const char keys[] = "123456789abcdefhilmnoprstuvwxzABCDEFHILMNOPRSTUVWXZ";
    assert(choice < sizeof keys - 1);
    return keys[choice];
}

/* ---- what may be changed ---- */

/* Takes `words` and `question`, of which the latter may be empty. */
__attribute__((format(printf, 5, 6))) static void
add_choice(struct whatif *whatif, struct words words, enum whatif_asks asks, struct words question,
           const char *format, ...)
{
    char line[480] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (whatif->choice_count == WHATIF_CHOICES_MAX) {
        free(words.data);
        free(question.data);
        return;
    }
    whatif->choices[whatif->choice_count++] =
        (struct whatif_choice){.words = words.data,
                               .line = line[0] ? ui_copy(line) : NULL,
                               .asks = asks,
                               .question = question.data};
}

/* Above what is listed from here on; `first` is the number of choices that there were. */
__attribute__((format(printf, 3, 4))) static void add_heading(struct whatif *whatif, size_t first,
                                                              const char *format, ...)
{
    char text[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (whatif->choice_count > first) {
        whatif->choices[first].heading = ui_copy(text);
    }
}

/* What names the datagram in a script. */
struct named {
    char match[240];  /* "on: {...}, nth: 3" */
    char sender[240]; /* the same, of the messages that its sender makes */
    bool ike;
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
    uint64_t at = 0, nth = 0, made = 0;
    while (at < ordinal) {
        at = trace_reader_step(model->reader, at, 1, TRACE_KINDS_OF(TRACE_IKE_MESSAGE_SENT_EVENT),
                               scope->host, scope->peer);
        const struct trace_record *other =
            at > ordinal ? NULL : trace_reader_get(model->reader, at);
        if (!other) {
            break;
        }
        bool same = other->id.scope == scope && same_name(sent, other->data);
        const struct trace_ike_message_sent *message = other->data;
        nth += same;
        made += same && message->transmission == 1;
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
    snprintf(named->sender, sizeof named->sender,
             "on: {exchange: %s, message: %s, from: %s, to: %s, message_id: %" PRIu64
             "}, nth: %" PRIu64,
             sent->exchange, way, scope->host, scope->peer, sent->message_id, made);
    snprintf(named->words, sizeof named->words, "%s's %s %s %" PRIu64 "%s", scope->host,
             sent->exchange, way, sent->message_id, fragment);
    free(sent);
    named->ike = true;
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
    snprintf(named->sender, sizeof named->sender, "%s", named->match);
    struct datagram datagram = {0};
    const struct trace_record *net = trace_reader_get(model->reader, ordinal);
    if (net) {
        datagrams_name(model->reader, net, &datagram);
    }
    snprintf(named->words, sizeof named->words, "%s's %s", scope->host, datagram.what);
    return net && nth > 0;
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

/* A meaning without the marks of its keys: "`child`" becomes the child's name, "`after` so long" as
 * it reads. */
static void add_plainly(struct words *words, const char *meaning, const char *host,
                        const char *child)
{
    static const char host_key[] = "`host`", child_key[] = "`child`";
    for (const char *at = meaning; *at; at++) {
        if (child && strncmp(at, child_key, strlen(child_key)) == 0) {
            words_add(words, "%s", child);
            at += strlen(child_key) - 1;
        } else if (host && strncmp(at, host_key, strlen(host_key)) == 0) {
            words_add(words, "%s", host);
            at += strlen(host_key) - 1;
        } else if (*at != '`') {
            words_add(words, "%c", *at);
        }
    }
}

static struct words question_of(const struct whatif_order *order)
{
    struct words words = {0};
    if (order->time) {
        words_add(&words, "%s",
                  strcmp(order->time, "down") == 0    ? "down for how long (0s, 5s): "
                  : strcmp(order->time, "after") == 0 ? "how much later (200ms): "
                                                      : "how much longer (200ms): ");
    }
    return words;
}

/* Octets before an IKE message on port 4500 (RFC 3948 §2.2). */
static size_t marker_of(const struct trace_net_sent *net)
{
    bool nat_t = net->source_port == 4500 || net->destination_port == 4500;
    return nat_t && !ladder_is_esp(net) ? 4 : 0;
}

static const char *payload_word(const struct whatif_runner *runner, uint8_t type)
{
    const struct whatif_word *word = runner->payloads;
    while (word && word->word && word->value != type) {
        word++;
    }
    return word ? word->word : NULL;
}

static void list_edit(struct whatif *whatif, const struct dissect_tree *tree, bool sender,
                      const char *match, const char *place)
{
    /* By whether there is an ICV that could fit. */
    static const char *const meanings[2][2] = {
        {"%s is another on the wire: an attacker, whom nothing but AUTH will find out "
         "(now %.40s; asks which)",
         "%s is another as it leaves: a faulty sender, who goes on with what it meant "
         "(now %.40s; asks which)"},
        {"%s is another on the wire: an attacker, who has no key for the ICV "
         "(now %.40s; asks which)",
         "%s is another before it is sealed: a faulty sender, whose ICV is right "
         "(now %.40s; asks which)"},
    };
    const struct dissect_field *field = &tree->fields[whatif->field];
    struct words words = {0}, question = {0};
    words_add(&words, meanings[tree->verdict != DISSECT_PLAIN][sender], field->name,
              field->value && *field->value ? field->value : "nothing");
    words_add(&question, "%s (", field->name);
    edit_say_kind(&question, tree, whatif->field);
    words_add(&question, "): ");
    add_choice(whatif, words, ASKS_VALUE, question,
               "{do: edit, as: %s, %s, %s, value: ", sender ? "sender" : "attacker", match, place);
}

/* The field of the message that is selected, by the two who can write it. */
static void list_edits(struct whatif *whatif, struct model *model, const struct named *named)
{
    const struct dissect_tree *tree = model->tree;
    const struct trace_record *net = trace_reader_get(model->reader, model->tree_datagram);
    size_t field = whatif->field;
    if (!tree || field >= tree->count || !net) { /* SIZE_MAX: none is selected */
        return;
    }
    bool opens =
        field + 1 < tree->count && tree->fields[field + 1].depth > tree->fields[field].depth;
    if (opens && tree->fields[field].len > 1) {
        return;
    }
    char octets[120];
    struct edit_place place = edit_place_of(tree, field, named->ike, marker_of(net->data));
    const char *payload = payload_word(whatif->runner, place.payload);
    if (place.wire) {
        snprintf(octets, sizeof octets, "octet: %" PRIu32, place.octet);
        list_edit(whatif, tree, false, named->match, octets);
    }
    if (place.sender && (place.payload == 0 || payload)) {
        int len = payload ? snprintf(octets, sizeof octets, "payload: %s, which: %" PRIu32 ", ",
                                     payload, place.which)
                          : 0;
        snprintf(octets + len, sizeof octets - (size_t)len, "octet: %" PRIu32, place.sender_octet);
        list_edit(whatif, tree, true, named->sender, octets);
    }
}

static void list_datagram(struct whatif *whatif, struct model *model)
{
    struct named named = {0};
    if (!name_datagram(model, &named)) {
        return;
    }
    size_t first = whatif->choice_count;
    list_edits(whatif, model, &named);
    for (size_t i = 0; i < whatif->runner->order_count; i++) {
        const struct whatif_order *order = &whatif->runner->orders[i];
        if (order->on_message) {
            struct words words = {0};
            add_plainly(&words, behind(order->meaning, "message: "), NULL, NULL);
            words_add(&words, "%s", order->time ? " (asks how much)" : "");
            add_choice(whatif, words, order->time ? ASKS_TIME : ASKS_NOTHING, question_of(order),
                       order->time ? "{do: %s, %s, %s: " : "{do: %s, %s}", order->name, named.match,
                       order->time);
        }
    }
    add_heading(whatif, first, "On %s", named.words);
}

static void list_order(struct whatif *whatif, struct model *model, int side,
                       const struct whatif_order *order)
{
    const struct trace_pair_state *pair = &model->state->pairs[model->pair_index];
    const struct trace_end_state *end = &pair->end[side];
    const char *host = side == 0 ? pair->a : pair->b;
    static const char own[] = "`host` "; /* stands above */
    if (!whatif->runner->obeys(whatif->runner->context, host, order)) {
        return;
    }
    for (uint32_t i = 0; i < (order->needs_child ? end->child_count : 1); i++) {
        const char *child = order->needs_child ? end->children[i].name : NULL;
        bool again = false;
        for (uint32_t k = 0; child && k < i; k++) {
            const char *other = end->children[k].name;
            again |= other && strcmp(other, child) == 0;
        }
        if (again) {
            continue;
        }
        struct words words = {0};
        const char *meaning = behind(order->meaning, "time: ");
        add_plainly(&words,
                    strncmp(meaning, own, strlen(own)) == 0 ? meaning + strlen(own) : meaning, host,
                    child);
        words_add(&words, "%s", order->time ? " (asks how long)" : "");
        add_choice(whatif, words, order->time ? ASKS_TIME : ASKS_NOTHING, question_of(order),
                   "{do: %s, at: %" PRIu64 "ns, host: %s%s%s%s%s%s", order->name, model->time, host,
                   child ? ", child: " : "", child ? child : "", order->time ? ", " : "",
                   order->time ? order->time : "", order->time ? ": " : "}");
    }
}

static void list_setting(struct whatif *whatif, const struct model *model,
                         const struct whatif_setting *setting, const char *host, const char *child)
{
    struct words words = {0}, question = {0};
    words_add(&words, "%s%s%s (asks which)", setting->meaning, child ? " " : "",
              child ? child : "");
    words_add(&question, "%s of %s (%s): ", setting->key, child ? child : host, setting->example);
    add_choice(whatif, words, ASKS_SETTING, question,
               "{do: reload, at: %" PRIu64 "ns, host: %s%s%s, %s: ", model->time, host,
               child ? ", child: " : "", child ? child : "", setting->key);
}

static void list_settings(struct whatif *whatif, const struct model *model, int side)
{
    const struct trace_pair_state *pair = &model->state->pairs[model->pair_index];
    const struct trace_end_state *end = &pair->end[side];
    const char *host = side == 0 ? pair->a : pair->b;
    for (size_t i = 0; i < whatif->runner->setting_count; i++) {
        const struct whatif_setting *setting = &whatif->runner->settings[i];
        if (!whatif->runner->knows(whatif->runner->context, host)) {
            continue;
        }
        if (!setting->of_child) {
            list_setting(whatif, model, setting, host, NULL);
        } else if (end->child_count > 0) {
            list_setting(whatif, model, setting, host, end->children[0].name);
        }
    }
}

/* Whose future is another: where the two will be compared while there is no more of it. */
static void note_pair(struct whatif *whatif, const struct model *model)
{
    for (int side = 0; side < 2; side++) {
        free(whatif->pair[side]);
        whatif->pair[side] = model->pair[side] ? ui_copy(model->pair[side]) : NULL;
    }
}

static bool edits(const struct whatif *whatif)
{
    bool some = false;
    for (size_t i = 0; i < whatif->choice_count; i++) {
        some |= whatif->choices[i].asks == ASKS_VALUE;
    }
    return some;
}

char *whatif_list(struct whatif *whatif, struct model *model, size_t field)
{
    forget_choices(whatif);
    note_pair(whatif, model);
    whatif->field = field;
    list_datagram(whatif, model);
    char time[WORDS_TIME_MAX];
    for (int side = 0; side < 2 && model->pair_index != UINT32_MAX; side++) {
        size_t first = whatif->choice_count;
        for (size_t i = 0; i < whatif->runner->order_count; i++) {
            if (!whatif->runner->orders[i].on_message) {
                list_order(whatif, model, side, &whatif->runner->orders[i]);
            }
        }
        list_settings(whatif, model, side);
        add_heading(whatif, first, "At %s %s", words_time(model->time, time), model->pair[side]);
    }
    size_t beginning = whatif->choice_count;
    struct words setting = {0}, question = {0};
    words_add(&setting, "any value of the scenario is another (asks which)");
    words_add(&question, "hosts.gw.ike.window=2, ...: ");
    add_choice(whatif, setting, ASKS_ANYTHING, question, "set ");
    add_heading(whatif, beginning, "From the beginning on");
    if (whatif->line_count > 0) {
        struct words words = {0};
        words_add(&words, "take back: %s", whatif->lines[whatif->line_count - 1]);
        add_choice(whatif, words, ASKS_NOTHING, (struct words){0}, "%s", "");
        add_heading(whatif, whatif->choice_count - 1, "Undo");
    }
    struct words text = {0};
    words_add(&text, "The same seed runs again with one change; everything before it stays as it "
                     "is. Press the key of a line; Esc leaves all as it is.\n");
    words_add(&text, "%s\n",
              edits(whatif) ? "" : "To change a field, select it in the Message screen.\n");
    for (size_t i = 0; i < whatif->choice_count; i++) {
        if (whatif->choices[i].heading) {
            words_add(&text, "%s%s\n", i > 0 ? "\n" : "", whatif->choices[i].heading);
        }
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

/* How much beyond the cursor is worth being shown while the run goes on, ns. */
#define SOME_FUTURE UINT64_C(1000000000)

int whatif_choose(struct whatif *whatif, size_t choice, const char *answer, uint64_t now,
                  char *error, size_t cap)
{
    const struct whatif_choice *chosen = &whatif->choices[choice];
    if (chosen->line && whatif->line_count == WHATIF_LINES_MAX) {
        snprintf(error, cap, "There are %d changes already.", WHATIF_LINES_MAX);
        return -1;
    }
    whatif_cancel(whatif);
    if (chosen->line) {
        struct words line = {0};
        words_add(&line, "%s%s%s", chosen->line, answer ? answer : "",
                  chosen->asks == ASKS_NOTHING || chosen->asks == ASKS_ANYTHING ? "" : "}");
        whatif->lines[whatif->line_count++] = line.data;
    } else {
        free(whatif->lines[--whatif->line_count]);
    }
    if (whatif->runner->start(whatif->runner->context, whatif->lines, whatif->line_count,
                              now + SOME_FUTURE, error, cap) != 0) {
        if (chosen->line) {
            free(whatif->lines[--whatif->line_count]);
        }
        return -1;
    }
    whatif->running = true;
    whatif->done = 0;
    return 0;
}

/* The next event from `at` on, of all or of the two; UINT64_MAX at the end. */
static uint64_t next_event(struct trace_reader *reader, uint64_t at, char *const *pair)
{
    if (pair) {
        return trace_reader_step(reader, at, 1, TRACE_ALL_KINDS, pair[0], pair[1]);
    }
    return at + 1 < trace_reader_count(reader) ? at + 1 : UINT64_MAX;
}

void whatif_find_parting(struct trace_reader *one, struct trace_reader *other, char *const *pair,
                         bool contents, uint64_t at[2])
{
    uint64_t next[2] = {0, 0}; /* the first line is the run's own, and the same */
    do {
        at[0] = next[0];
        at[1] = next[1];
        next[0] = next_event(one, at[0], pair);
        next[1] = next_event(other, at[1], pair);
        if (next[0] == UINT64_MAX && next[1] == UINT64_MAX) {
            at[0] = at[1] = UINT64_MAX;
            return;
        }
    } while (next[0] != UINT64_MAX && next[1] != UINT64_MAX &&
             trace_reader_time(one, next[0]) == trace_reader_time(other, next[1]) &&
             trace_reader_kind(one, next[0]) == trace_reader_kind(other, next[1]) &&
             (!contents || trace_reader_same(one, next[0], other, next[1])));
    if (next[1] == UINT64_MAX && !trace_reader_complete(other)) {
        at[0] = at[1] = UINT64_MAX; /* they have not parted yet */
        return;
    }
    /* Of the one that ends before, the last event. */
    at[0] = next[0] != UINT64_MAX ? next[0] : at[0];
    at[1] = next[1] != UINT64_MAX ? next[1] : at[1];
}

/* True if a value of the scenario is another from the beginning on. */
static bool sets_values(const struct whatif *whatif)
{
    bool sets = false;
    for (size_t i = 0; i < whatif->line_count; i++) {
        sets |= strncmp(whatif->lines[i], "set ", strlen("set ")) == 0;
    }
    return sets;
}

enum whatif_result whatif_poll(struct whatif *whatif, struct model **future, char *error,
                               size_t cap)
{
    struct trace_reader *reader = NULL;
    struct trace_series_reader *series = NULL;
    if (!whatif->running) {
        return WHATIF_RUNS;
    }
    enum whatif_result result =
        whatif->runner->poll(whatif->runner->context, &whatif->done, &reader, &series, error, cap);
    whatif->running = result == WHATIF_RUNS || result == WHATIF_PART;
    if (reader) {
        whatif->growing = !trace_reader_complete(reader);
        whatif->part = result == WHATIF_PART && !whatif->growing;
        whatif->series = series;
        whatif_find_parting(whatif->original->reader, reader,
                            result == WHATIF_PART ? whatif->pair : NULL, sets_values(whatif),
                            whatif->parting);
        *future = model_new(reader, whatif->original->crypto);
    }
    return result;
}

void whatif_take(struct whatif *whatif, struct model *future)
{
    if (whatif->future) {
        struct trace_reader *reader = whatif->future->reader;
        model_free(whatif->future);
        whatif->runner->give_back(whatif->runner->context, reader);
    }
    whatif->future = future;
}

uint64_t whatif_parting_in(const struct whatif *whatif, const struct model *model)
{
    return !whatif->future           ? UINT64_MAX
           : model == whatif->future ? whatif->parting[1]
                                     : whatif->parting[0];
}

uint64_t whatif_parting_time(const struct whatif *whatif)
{
    if (!whatif->future || whatif->parting[0] == UINT64_MAX || whatif->parting[1] == UINT64_MAX) {
        return UINT64_MAX;
    }
    uint64_t original = trace_reader_time(whatif->original->reader, whatif->parting[0]);
    uint64_t future = trace_reader_time(whatif->future->reader, whatif->parting[1]);
    return future < original ? future : original;
}

void whatif_cancel(struct whatif *whatif)
{
    if (whatif->running) {
        whatif->runner->cancel(whatif->runner->context);
        whatif->running = false;
    }
}

char *whatif_answer(const struct whatif *whatif, const struct model *model, size_t choice,
                    const char *answer, char *error, size_t cap)
{
    const struct whatif_choice *chosen = &whatif->choices[choice];
    uint64_t time;
    if (chosen->asks == ASKS_VALUE) {
        return edit_value(model->tree, whatif->field, answer, error, cap);
    }
    if (chosen->asks != ASKS_TIME) {
        return ui_copy(answer);
    }
    bool down = strstr(chosen->line, ", down: ") != NULL;
    if (!words_parse_time(answer, &time) || (time == 0 && !down)) {
        snprintf(error, cap, "\"%s\" is no time such as 200ms.", answer);
        return NULL;
    }
    struct words words = {0};
    words_add(&words, "%" PRIu64 "ns", time);
    return words.data;
}
