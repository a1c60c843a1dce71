/* The keys of the pair as of the cursor. */
#include "ui/term/keypage.h"

#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/search.h"
#include "ui/term/words.h"

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)

struct keypage {
    struct keys_story *story;
    struct keys_derivation *derivation;
    size_t selected;
    char *name;  /* of the selected step: it stays selected when others come */
    bool chosen; /* by somebody; else it is what has just been computed */
    char *pair[2];
    uint64_t first, next; /* story and derivation hold for cursors in [first, next) */
    size_t nodes[NODE_COUNT];
};

struct keypage *keypage_new(void)
{
    return ui_alloc_zero(sizeof(struct keypage));
}

static void forget(struct keypage *page)
{
    keys_derivation_free(page->derivation);
    keys_story_free(page->story);
    page->derivation = NULL;
    page->story = NULL;
}

void keypage_free(struct keypage *page)
{
    if (page) {
        forget(page);
        free(page->name);
        free(page->pair[0]);
        free(page->pair[1]);
        free(page);
    }
}

/* ---- the nodes ---- */

static bool begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static bool is_node(const struct keys_step *step, enum keypage_node node)
{
    static const struct {
        enum keys_topic topic;
        const char *name;
        bool whole; /* else the name only begins so */
    } names[NODE_COUNT] = {
        [NODE_NI] = {KEYS_EXCHANGE, "Ni", true},
        [NODE_NR] = {KEYS_EXCHANGE, "Nr", true},
        [NODE_SHARED] = {KEYS_EXCHANGE, "g^ir", false},
        [NODE_OLD_SKD] = {KEYS_SKEYSEED, "SK_d (old)", true},
        [NODE_SKEYSEED] = {KEYS_SKEYSEED, "SKEYSEED", true},
        [NODE_SPI_I] = {KEYS_EXCHANGE, "SPIi", true},
        [NODE_SPI_R] = {KEYS_EXCHANGE, "SPIr", true},
        [NODE_SEED] = {KEYS_SK, "S", true},
        [NODE_T1] = {KEYS_SK, "T1", true},
        [NODE_SK_D] = {KEYS_SK, "SK_d", true},
        [NODE_SK_AI] = {KEYS_SK, "SK_ai", true},
        [NODE_SK_AR] = {KEYS_SK, "SK_ar", true},
        [NODE_SK_EI] = {KEYS_SK, "SK_ei", true},
        [NODE_SK_ER] = {KEYS_SK, "SK_er", true},
        [NODE_SK_PI] = {KEYS_SK, "SK_pi", true},
        [NODE_SK_PR] = {KEYS_SK, "SK_pr", true},
        [NODE_AUTH_I] = {KEYS_AUTH, "AUTH of ", false},
        [NODE_AUTH_R] = {KEYS_AUTH, "AUTH of ", false},
    };
    if (!names[node].name || names[node].topic != step->topic || step->words) {
        return false;
    }
    return names[node].whole ? strcmp(step->name, names[node].name) == 0
                             : begins(step->name, names[node].name);
}

/* Names of a CHILD SA's steps have its name before them: "net: KEYMAT". */
static bool is_keymat(const struct keys_step *step, const char *what)
{
    const char *colon = strstr(step->name, ": ");
    return step->topic == KEYS_KEYMAT && !step->words && colon && begins(colon + 2, what);
}

/* Of AH there are integrity keys alone. */
static void find_integrity(struct keypage *page)
{
    size_t keymat = page->nodes[NODE_KEYMAT];
    for (size_t i = keymat; keymat != SIZE_MAX && i < page->derivation->count; i++) {
        if (is_keymat(&page->derivation->steps[i], "integrity key")) {
            bool first = page->nodes[NODE_ESP_1] == SIZE_MAX;
            page->nodes[first ? NODE_ESP_1 : NODE_ESP_2] = i;
        }
    }
}

static void find_nodes(struct keypage *page)
{
    const struct keys_derivation *derivation = page->derivation;
    for (int node = 0; node < NODE_COUNT; node++) {
        page->nodes[node] = SIZE_MAX;
    }
    for (size_t i = 0; derivation && i < derivation->count; i++) {
        const struct keys_step *step = &derivation->steps[i];
        for (int node = 0; node < NODE_KEYMAT; node++) {
            if (page->nodes[node] == SIZE_MAX && is_node(step, (enum keypage_node)node)) {
                page->nodes[node] = i;
                break;
            }
        }
        if (is_keymat(step, "KEYMAT")) {
            page->nodes[NODE_KEYMAT] = i;
            page->nodes[NODE_ESP_1] = page->nodes[NODE_ESP_2] = SIZE_MAX;
        } else if (is_keymat(step, "encryption key")) {
            bool first = page->nodes[NODE_ESP_1] == SIZE_MAX;
            page->nodes[first ? NODE_ESP_1 : NODE_ESP_2] = i;
        }
    }
    if (page->nodes[NODE_ESP_1] == SIZE_MAX) {
        find_integrity(page);
    }
}

size_t keypage_node(const struct keypage *page, enum keypage_node node)
{
    return page->nodes[node];
}

/* The nearest node of that topic behind (dir 1) or before a step. */
static int nearest(const struct keypage *page, enum keys_topic topic, int dir)
{
    int found = NODE_COUNT;
    for (int node = 0; node < NODE_COUNT; node++) {
        size_t step = page->nodes[node];
        if (step == SIZE_MAX || page->derivation->steps[step].topic != topic ||
            (dir > 0 ? step < page->selected : step > page->selected)) {
            continue;
        }
        bool nearer = found == NODE_COUNT ||
                      (dir > 0 ? step < page->nodes[found] : step > page->nodes[found]);
        found = nearer ? node : found;
    }
    return found;
}

/* What a node is made of stands before it in the list, except the blocks of prf+: they are what T1
 * stands for. */
enum keypage_node keypage_lit(const struct keypage *page)
{
    const struct keys_derivation *derivation = page->derivation;
    if (!derivation || page->selected >= derivation->count) {
        return NODE_COUNT;
    }
    enum keys_topic topic = derivation->steps[page->selected].topic;
    int lit = nearest(page, topic, topic == KEYS_SK ? -1 : 1);
    return (enum keypage_node)lit;
}

/* ---- the cursor ---- */

static void remember(struct keypage *page, size_t selected)
{
    page->selected = selected;
    free(page->name);
    page->name = ui_copy(page->derivation->steps[selected].name);
}

static bool find_step(struct keypage *page, const char *name)
{
    const struct keys_derivation *derivation = page->derivation;
    for (int by_value = 0; derivation && by_value < 2; by_value++) {
        for (size_t i = 0; i < derivation->count; i++) {
            const struct keys_step *step = &derivation->steps[i];
            const char *text = by_value ? step->value : step->name;
            if (text && *text && strcmp(text, name) == 0) {
                remember(page, i);
                return true;
            }
        }
    }
    return false;
}

bool keypage_select(struct keypage *page, const char *name)
{
    bool found = find_step(page, name);
    page->chosen |= found;
    return found;
}

void keypage_select_step(struct keypage *page, size_t step)
{
    if (page->derivation && step < page->derivation->count) {
        page->chosen = true;
        remember(page, step);
    }
}

static void select_again(struct keypage *page)
{
    const struct keys_derivation *derivation = page->derivation;
    if (!derivation || derivation->count == 0) {
        return;
    }
    bool there = page->selected < derivation->count && page->name &&
                 strcmp(derivation->steps[page->selected].name, page->name) == 0;
    if (!there && !(page->name && find_step(page, page->name)) && !find_step(page, "SKEYSEED")) {
        remember(page, 0);
    }
}

static bool holds(const struct keypage *page, const struct model *model)
{
    return page->story && page->pair[0] && strcmp(page->pair[0], model->pair[0]) == 0 &&
           strcmp(page->pair[1], model->pair[1]) == 0 && model->ordinal >= page->first &&
           model->ordinal < page->next;
}

static uint64_t step_from(struct model *model, uint64_t from, int dir, trace_kinds kinds)
{
    return trace_reader_step(model->reader, from, dir, kinds, model->pair[0], model->pair[1]);
}

/* Selects what is computed at the moment of the cursor. */
static void select_computed(struct keypage *page, struct model *model)
{
    uint64_t at = step_from(model, model->ordinal + 1, -1,
                            BIT(IKE_KEYS_DERIVED) | BIT(IKE_AUTH_COMPUTED) | BIT(IKE_CHILD_KEYS));
    const struct trace_record *record =
        at == UINT64_MAX ? NULL : trace_reader_get(model->reader, at);
    if (!record || record->time != trace_reader_time(model->reader, model->ordinal)) {
        return;
    }
    char name[160] = "SKEYSEED";
    if (record->kind == TRACE_IKE_AUTH_COMPUTED_EVENT) {
        snprintf(name, sizeof name, "AUTH of %s", record->id.scope->host);
    }
    size_t keymat = page->nodes[NODE_KEYMAT];
    if (record->kind == TRACE_IKE_CHILD_KEYS_EVENT && keymat != SIZE_MAX) {
        remember(page, keymat);
    } else {
        find_step(page, name);
    }
}

void keypage_prepare(struct keypage *page, struct model *model)
{
    const trace_kinds kinds = BIT(IKE_MESSAGE_SENT) | BIT(IKE_KEY_PAIR) | BIT(IKE_PROPOSAL_CHOSEN) |
                              BIT(IKE_KEYS_DERIVED) | BIT(IKE_AUTH_COMPUTED) | BIT(IKE_SA_REKEYED) |
                              BIT(IKE_CHILD_KEYS) | BIT(ESP_SENT);
    /* Of ESP the first packet of each CHILD SA counts; its bytes come an event later. */
    if (!model->pair[0] || !model->crypto || holds(page, model)) {
        return;
    }
    forget(page);
    for (int i = 0; i < 2; i++) {
        free(page->pair[i]);
        page->pair[i] = ui_copy(model->pair[i]);
    }
    uint64_t next = step_from(model, model->ordinal, 1, kinds & ~BIT(ESP_SENT));
    uint64_t child = step_from(model, model->ordinal + 1, -1, BIT(IKE_CHILD_KEYS));
    uint64_t packet = child == UINT64_MAX ? child : step_from(model, child, 1, BIT(ESP_SENT));
    bool packets_come = child != UINT64_MAX && packet + 8 > model->ordinal;
    page->first = model->ordinal;
    page->next = packets_come                             ? model->ordinal + 1
                 : next == UINT64_MAX && !model->complete ? model->count
                                                          : next;
    page->story = keys_story_read(model->reader, model->pair[0], model->pair[1], model->ordinal);
    if (page->story->sa_count > 0) {
        page->derivation =
            keys_derive(model->crypto, page->story, &page->story->sas[page->story->sa_count - 1]);
    }
    find_nodes(page);
    select_again(page);
    if (!page->chosen) {
        select_computed(page, model);
    }
}

const struct keys_derivation *keypage_derivation(const struct keypage *page)
{
    return page->derivation;
}

size_t keypage_sa_count(const struct keypage *page)
{
    return page->story ? page->story->sa_count : 0;
}

const struct keys_sa *keypage_before(const struct keypage *page)
{
    size_t count = keypage_sa_count(page);
    return count > 0 ? keys_sa_before(page->story, &page->story->sas[count - 1]) : NULL;
}

size_t keypage_selected(const struct keypage *page)
{
    return page->selected;
}

static void move_node(struct keypage *page, int dx)
{
    int at = (int)keypage_lit(page);
    if (at == NODE_COUNT) {
        at = NODE_SKEYSEED;
    }
    do {
        at += dx;
    } while (at >= 0 && at < NODE_COUNT && page->nodes[at] == SIZE_MAX);
    if (at >= 0 && at < NODE_COUNT) {
        remember(page, page->nodes[at]);
    }
}

void keypage_move(struct keypage *page, int dx, int dy)
{
    if (!page->derivation || page->derivation->count == 0) {
        return;
    }
    page->chosen = true;
    if (dx != 0) {
        move_node(page, dx);
        return;
    }
    int64_t last = (int64_t)page->derivation->count - 1, at = (int64_t)page->selected + dy;
    remember(page, (size_t)(at < 0 ? 0 : at > last ? last : at));
}

bool keypage_search(struct keypage *page, const char *query, int dir)
{
    size_t count = page->derivation ? page->derivation->count : 0, at = page->selected;
    for (size_t i = 0; i < count; i++) {
        at = (at + count + (size_t)(dir > 0 ? 1 : -1)) % count;
        const struct keys_step *step = &page->derivation->steps[at];
        if (search_in(step->name, query) || search_in(step->formula, query) ||
            search_in(step->value, query) || search_in(step->meaning, query)) {
            page->chosen = true;
            remember(page, at);
            return true;
        }
    }
    return false;
}

/* ---- the selected step ---- */

static const struct keys_step *step_of(const struct keypage *page)
{
    bool any = page->derivation && page->selected < page->derivation->count;
    return any ? &page->derivation->steps[page->selected] : NULL;
}

const char *keypage_name(const struct keypage *page)
{
    const struct keys_step *step = step_of(page);
    return step ? step->name : "";
}

char *keypage_text(const struct keypage *page, bool words)
{
    const struct keys_step *step = step_of(page);
    if (!step) {
        return NULL;
    }
    if (!words) {
        return ui_copy(step->value);
    }
    const struct keys_derivation *derivation = page->derivation;
    struct words text = {0};
    words_add(&text, "%s%s%s\n\n%s\n\n", step->name, step->formula ? " = " : "",
              step->formula ? step->formula : "", step->value);
    if (step->meaning) {
        words_add(&text, "%s\n\n", step->meaning);
    }
    if (!step->words) {
        words_add(&text, "%zu octets, %s. Who can compute it: %s %s, %s %s, a wiretap %s%s.\n",
                  strlen(step->value) / 2, step->reference, derivation->host[0],
                  step->knows[0] ? "yes" : "no", derivation->host[1], step->knows[1] ? "yes" : "no",
                  step->lacks ? "no: it lacks " : "yes: it was sent in the clear",
                  step->lacks ? step->lacks : "");
    }
    if (step->command) {
        words_add(&text, "\nTo compute it again, in bash:\n\n%s\n", step->command);
    }
    return text.data;
}

char *keypage_command(const struct keypage *page)
{
    const struct keys_step *step = step_of(page);
    return step && step->command ? ui_copy(step->command) : NULL;
}
