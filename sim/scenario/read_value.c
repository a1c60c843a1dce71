#include "sim/scenario/read_value.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "sim/net/address.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/values.h"

/* ---- storing ---- */

static void store_number(void *at, size_t size, uint64_t value)
{
    switch (size) {
    case 1:
        *(uint8_t *)at = (uint8_t)value;
        break;
    case 2:
        *(uint16_t *)at = (uint16_t)value;
        break;
    case 4:
        *(uint32_t *)at = (uint32_t)value;
        break;
    default:
        assert(size == 8);
        *(uint64_t *)at = value;
    }
}

static void store_array(const struct schema_key *key, void *base, const void *items, size_t count)
{
    memcpy((char *)base + key->offset, &items, sizeof items);
    memcpy((char *)base + key->count_offset, &count, sizeof count);
}

/* ---- errors ---- */

/* More words than anybody reads in an error; then the docs have to do. */
enum { LISTED_WORDS_MAX = 24 };

static const char *list_words(struct reader *reader, const struct schema_word *words)
{
    const char *list = "";
    size_t count = 0;
    while (words[count].word) {
        count++;
    }
    if (count > LISTED_WORDS_MAX) {
        return "one of those that docs/scenarios.md lists";
    }
    for (const struct schema_word *word = words; word->word; word++) {
        const char *join = word == words ? "" : word[1].word ? ", " : " or ";
        list = arena_printf(&reader->draft->arena, "%s%s%s", list, join, word->word);
    }
    return list;
}

const char *read_key_names(struct reader *reader, const struct schema *schema)
{
    const char *list = "";
    for (const struct schema_key *key = schema->keys; key->name; key++) {
        const char *join = key == schema->keys ? "" : key[1].name ? ", " : " or ";
        list = arena_printf(&reader->draft->arena, "%s%s%s", list, join, key->name);
    }
    return list;
}

static const char *expected(struct reader *reader, const struct schema_key *key)
{
    switch (key->type) {
    case SCHEMA_CHOICE:
        return list_words(reader, key->words);
    case SCHEMA_BLOCK:
        return arena_printf(&reader->draft->arena, "a mapping with %s",
                            read_key_names(reader, key->block));
    case SCHEMA_BLOCKS:
        return arena_printf(&reader->draft->arena, "a list of mappings, each %s with %s",
                            key->block->what, read_key_names(reader, key->block));
    default:
        return schema_expects(key);
    }
}

const char *read_unknown_key(struct reader *reader, const struct schema *schema, const char *word,
                             const char **meant_key)
{
    struct nearest nearest = {.word = word};
    const char *meant = NULL;
    for (const struct schema_key *key = schema->keys; key->name; key++) {
        nearest_consider(&nearest, key->name);
        if (key->block && schema_find(key->block, word)) {
            meant = arena_printf(&reader->draft->arena,
                                 key->type == SCHEMA_BLOCKS ? "%s: [{%s: ...}]" : "%s: {%s: ...}",
                                 key->name, word);
        }
    }
    *meant_key = meant ? NULL : nearest.found;
    if (!meant) {
        meant = nearest.found;
    }
    return arena_printf(&reader->draft->arena, "unknown key %s in %s; expected %s%s",
                        tell_quoted(reader, word), schema->what, read_key_names(reader, schema),
                        tell_meant(reader, meant));
}

/* A scalar, or an error and NULL. */
static const char *scalar(struct reader *reader, const struct schema_key *key,
                          struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR && (node->text[0] != '\0' || !node->plain)) {
        return node->text;
    }
    tell(reader, node, 0, "%s %s %s; expected %s", key->name,
         node->kind == YAML_SCALAR ? "has" : "is",
         node->kind == YAML_SCALAR ? "no value" : tell_found(reader, node), expected(reader, key));
    return NULL;
}

static void tell_wrong(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
                       const char *wrong, const struct values_reader *values)
{
    tell(reader, node, values->at, "%s %s %s; expected %s%s", key->name, tell_found(reader, node),
         wrong, expected(reader, key), tell_meant(reader, values->meant));
}

/* ---- scalars ---- */

/* A limit in the key's own notation. */
static const char *print_limit(struct reader *reader, const struct schema_key *key, uint64_t value)
{
    struct arena *arena = &reader->draft->arena;
    switch (key->type) {
    case SCHEMA_DURATION:
        return values_print_duration(arena, value);
    case SCHEMA_PRICE:
        return values_print_price(arena, value);
    case SCHEMA_RATE:
        return values_print_rate(arena, value);
    case SCHEMA_SIZE:
        return arena_printf(arena, "%" PRIu64 "B", value);
    case SCHEMA_FACTOR:
        return values_print_factor(arena, value);
    default:
        return arena_printf(arena, "%" PRIu64, value);
    }
}

/* "5" where "5%" is expected. Which unit a duration has, nobody can guess. */
static const char *with_unit(struct reader *reader, const struct schema_key *key, const char *text)
{
    const char *unit = key->type == SCHEMA_PROBABILITY ? "%"
                       : key->type == SCHEMA_SIZE      ? "B"
                                                       : NULL;
    return unit && isdigit((unsigned char)text[strlen(text) - 1])
               ? arena_printf(&reader->draft->arena, "%s%s", text, unit)
               : NULL;
}

/* A word that stands in the place of a quantity. */
static bool read_word(const struct schema_key *key, const char *text, void *base)
{
    for (const struct schema_word *word = key->words; word && word->word; word++) {
        if (strcmp(word->word, text) == 0) {
            store_number((char *)base + key->offset, key->size, (uint64_t)word->value);
            return true;
        }
    }
    return false;
}

static void read_quantity(struct reader *reader, const struct schema_key *key,
                          struct yaml_node *node, void *base)
{
    struct values_reader values = {.arena = &reader->draft->arena};
    uint64_t value = 0;
    const char *wrong = NULL, *text = scalar(reader, key, node);
    if (!text || read_word(key, text, base)) {
        return;
    }
    switch (key->type) {
    case SCHEMA_DURATION:
        wrong = values_read_duration(&values, text, &value);
        break;
    case SCHEMA_PRICE:
        wrong = values_read_price(&values, text, &value);
        break;
    case SCHEMA_PROBABILITY:
        wrong = values_read_probability(&values, text, &value);
        break;
    case SCHEMA_RATE:
        wrong = values_read_rate(&values, text, &value);
        break;
    case SCHEMA_SIZE:
        wrong = values_read_size(&values, text, &value);
        break;
    case SCHEMA_FACTOR:
        wrong = values_read_factor(&values, text, &value);
        break;
    default:
        wrong = values_read_number(&values, text, &value);
        break;
    }
    if (wrong) {
        if (!values.meant) {
            values.meant = with_unit(reader, key, text);
        }
        tell_wrong(reader, key, node, wrong, &values);
    } else if (key->type != SCHEMA_PROBABILITY && (value < key->min || value > key->max)) {
        tell(reader, node, 0, "%s %s is out of range; expected %s to %s", key->name,
             tell_found(reader, node), print_limit(reader, key, key->min),
             print_limit(reader, key, key->max));
    } else {
        store_number((char *)base + key->offset, key->size, value);
    }
}

static void read_bool(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
                      void *base)
{
    static const char *const meant[][2] = {{"yes", "true"}, {"on", "true"},   {"1", "true"},
                                           {"no", "false"}, {"off", "false"}, {"0", "false"}};
    const char *text = scalar(reader, key, node);
    if (!text) {
        return;
    }
    bool value = strcmp(text, "true") == 0;
    if (value || strcmp(text, "false") == 0) {
        *(bool *)((char *)base + key->offset) = value;
        return;
    }
    struct nearest nearest = {.word = text};
    nearest_consider(&nearest, "true");
    nearest_consider(&nearest, "false");
    for (size_t i = 0; i < sizeof meant / sizeof *meant; i++) {
        if (strcasecmp(text, meant[i][0]) == 0) {
            nearest.found = meant[i][1];
        }
    }
    tell(reader, node, 0, "%s: %s is no truth value; expected true or false%s", key->name,
         tell_found(reader, node), tell_meant(reader, nearest.found));
}

static void read_choice(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
                        void *base)
{
    const char *text = scalar(reader, key, node);
    if (!text) {
        return;
    }
    struct nearest nearest = {.word = text};
    for (const struct schema_word *word = key->words; word->word; word++) {
        if (strcmp(word->word, text) == 0) {
            if (key->size > 0) {
                store_number((char *)base + key->offset, key->size, (uint64_t)word->value);
            }
            return;
        }
        nearest_consider(&nearest, word->word);
    }
    tell(reader, node, 0, "%s: %s is not known; expected %s%s", key->name, tell_found(reader, node),
         list_words(reader, key->words), tell_meant(reader, nearest.found));
}

/* Long enough for a full domain name. */
enum { NAME_MAX_LEN = 255 };

static bool check_name(struct reader *reader, const struct schema_key *key, struct yaml_node *node)
{
    size_t good = 0;
    for (const char *c = node->text; isalnum((unsigned char)*c) || (*c && strchr("_.-", *c)); c++) {
        good++;
    }
    if (node->text[good] != '\0') {
        tell(reader, node, good, "%s %s has a character that names have not; expected %s",
             key->name, tell_found(reader, node), schema_expects(key));
        return false;
    }
    if (good == 0 || good > NAME_MAX_LEN) {
        tell(reader, node, 0, "%s is %s; expected %s", key->name,
             good == 0 ? "empty" : "longer than 255 characters", schema_expects(key));
        return false;
    }
    return true;
}

static void read_text(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
                      void *base)
{
    const char *text = scalar(reader, key, node);
    if (text && (key->type != SCHEMA_NAME || check_name(reader, key, node))) {
        memcpy((char *)base + key->offset, &text, sizeof text);
    }
}

static void read_address(struct reader *reader, const struct schema_key *key,
                         struct yaml_node *node, void *base)
{
    const char *text = scalar(reader, key, node);
    struct net_address address;
    if (!text) {
        return;
    }
    if (!net_address_parse(text, &address)) {
        tell(reader, node, 0, "%s %s is no address; expected %s", key->name,
             tell_found(reader, node), schema_expects(key));
    } else if (!net_address_is_host(&address)) {
        tell(reader, node, 0, "%s %s cannot be the address of one host; expected %s", key->name,
             tell_found(reader, node), schema_expects(key));
    } else {
        memcpy((char *)base + key->offset, &address, sizeof address);
    }
}

static void read_special(struct reader *reader, const struct schema_key *key,
                         struct yaml_node *node, void *base)
{
    struct values_reader values = {.arena = &reader->draft->arena};
    void *at = (char *)base + key->offset;
    const char *wrong = NULL, *text = scalar(reader, key, node);
    if (!text) {
        return;
    }
    if (key->type == SCHEMA_EPOCH) {
        wrong = values_read_epoch(&values, text, at);
    } else if (key->type == SCHEMA_SECRET) {
        wrong = values_read_secret(&values, text, at);
        if (wrong) { /* secrets are not shown */
            tell(reader, node, 0, "%s %s; expected %s", key->name, wrong, schema_expects(key));
            return;
        }
    } else if (key->type == SCHEMA_OCTETS) {
        wrong = values_read_secret(&values, text, at);
    } else if (strcmp(key->name, "remote_id") == 0 && strcmp(text, "%any") == 0) {
        *(struct ike_identity *)at = (struct ike_identity){0};
    } else {
        wrong = values_read_identity(&values, text, at);
    }
    if (wrong) {
        tell_wrong(reader, key, node, wrong, &values);
    }
}

/* ---- lists of scalars ---- */

static void read_proposal(struct reader *reader, const struct schema_key *key,
                          struct yaml_node *node, struct crypto_proposal *out)
{
    const char *text = scalar(reader, key, node);
    struct crypto_proposal_error error = {0};
    enum crypto_protocol protocol = key->type == SCHEMA_IKE_PROPOSALS  ? CRYPTO_PROTO_IKE
                                    : key->type == SCHEMA_AH_PROPOSALS ? CRYPTO_PROTO_AH
                                                                       : CRYPTO_PROTO_ESP;
    if (text && crypto_proposal_parse(protocol, text, out, &error) != 0) {
        tell(reader, node, error.offset, "%s: %s", key->name, error.message);
    }
}

static void read_selector(struct reader *reader, const struct schema_key *key,
                          struct yaml_node *node, struct ike_selector *out)
{
    struct values_reader values = {.arena = &reader->draft->arena};
    const char *text = scalar(reader, key, node);
    const char *wrong = text ? values_read_selector(&values, text, out) : NULL;
    if (wrong) {
        tell(reader, node, values.at, "%s %s %s; expected %s%s", key->name,
             tell_found(reader, node), wrong,
             "a network such as 10.1.0.0/24 or 10.1.0.1-10.1.0.9, [tcp/80] behind it for one port",
             tell_meant(reader, values.meant));
    }
}

enum { NAMES_MAX = 1000 };

static size_t list_max(const struct schema_key *key)
{
    return key->type == SCHEMA_PAIR        ? 2
           : key->type == SCHEMA_GEMODEL   ? 4
           : key->type == SCHEMA_NAMES     ? NAMES_MAX
           : key->type == SCHEMA_SELECTORS ? IKE_SELECTORS_MAX
           : key->type == SCHEMA_TEXTS     ? (key->max ? key->max : IKE_PROPOSALS_MAX)
                                           : IKE_PROPOSALS_MAX;
}

/* netem's `p r [1-h [1-k]]`. */
static void read_gemodel(struct reader *reader, const struct schema_key *key,
                         struct yaml_node *node, void *base)
{
    struct net_gemodel *model = (void *)((char *)base + key->offset);
    static const size_t places[] = {
        offsetof(struct net_gemodel, p),
        offsetof(struct net_gemodel, r),
        offsetof(struct net_gemodel, loss_bad),
        offsetof(struct net_gemodel, loss_good),
    };
    *model = (struct net_gemodel){.loss_bad = UINT64_MAX};
    for (size_t i = 0; i < node->count; i++) {
        const struct schema_key one = {
            .name = key->name,
            .type = SCHEMA_PROBABILITY,
            .offset = places[i],
            .size = sizeof(net_probability),
        };
        read_quantity(reader, &one, node->items[i], model);
    }
}

/* Behind those of ESP, where the proposals are of AH: an SA payload may have both. */
static void read_proposals(struct reader *reader, const struct schema_key *key,
                           struct yaml_node *node, void *base)
{
    const struct crypto_proposal *before = NULL;
    size_t before_count = 0;
    if (key->type == SCHEMA_AH_PROPOSALS) {
        memcpy(&before, (char *)base + key->offset, sizeof before);
        memcpy(&before_count, (char *)base + key->count_offset, sizeof before_count);
    }
    if (before_count + node->count > IKE_PROPOSALS_MAX) {
        tell(reader, node, 0, "%zu proposals of ESP and AH together; expected at most %d",
             before_count + node->count, IKE_PROPOSALS_MAX);
        return;
    }
    struct crypto_proposal *proposals =
        arena_alloc(&reader->draft->arena, (before_count + node->count) * sizeof *proposals);
    if (before_count > 0) {
        memcpy(proposals, before, before_count * sizeof *proposals);
    }
    for (size_t i = 0; i < node->count; i++) {
        read_proposal(reader, key, node->items[i], &proposals[before_count + i]);
    }
    store_array(key, base, proposals, before_count + node->count);
}

/* swanctl's word for the host's own address, which only a negotiation knows for sure. */
static bool is_dynamic(const struct schema_key *key, const struct yaml_node *node)
{
    if (node->kind == YAML_LIST && node->count == 1) {
        node = node->items[0];
    }
    return key->type == SCHEMA_SELECTORS && node->kind == YAML_SCALAR &&
           strcmp(node->text, "dynamic") == 0;
}

static void read_list(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
                      void *base)
{
    size_t count = node->kind == YAML_LIST ? node->count : 0;
    if (is_dynamic(key, node)) {
        store_array(key, base, NULL, 0);
        return;
    }
    if (count == 0) {
        const char *meant = node->kind == YAML_SCALAR && node->text[0]
                                ? arena_printf(&reader->draft->arena, "[%s]", node->text)
                                : NULL;
        tell(reader, node, 0, "%s is %s; expected %s%s", key->name,
             node->kind == YAML_LIST                       ? "an empty list"
             : node->kind == YAML_SCALAR && !node->text[0] ? "empty"
                                                           : tell_found(reader, node),
             schema_expects(key), strlen(meant ? meant : "") < 60 ? tell_meant(reader, meant) : "");
        return;
    }
    if (count > list_max(key) || (key->type == SCHEMA_PAIR && count != 2)) {
        tell(reader, node, 0, "%s has %zu items; expected %s%zu", key->name, count,
             key->type == SCHEMA_PAIR ? "" : "at most ", list_max(key));
        return;
    }
    struct arena *arena = &reader->draft->arena;
    if (key->type == SCHEMA_GEMODEL) {
        if (count < 2) {
            tell(reader, node, 0, "%s has one item; expected %s", key->name, schema_expects(key));
        } else {
            read_gemodel(reader, key, node, base);
        }
    } else if (key->type == SCHEMA_PAIR) {
        struct schema_key half = *key;
        half.type = SCHEMA_NAME;
        for (size_t i = 0; i < 2; i++, half.offset += sizeof(const char *)) {
            read_text(reader, &half, node->items[i], base);
        }
    } else if (key->type == SCHEMA_TEXTS) {
        const char **texts = arena_alloc(arena, count * sizeof *texts);
        for (size_t i = 0; i < count; i++) {
            const char *text = scalar(reader, key, node->items[i]);
            texts[i] = text ? text : "";
        }
        store_array(key, base, texts, count);
    } else if (key->type == SCHEMA_NAMES) {
        const char **names = arena_alloc(arena, count * sizeof *names);
        const struct schema_key one = {.name = key->name, .type = SCHEMA_NAME};
        for (size_t i = 0; i < count; i++) {
            read_text(reader, &one, node->items[i], &names[i]);
        }
        store_array(key, base, names, count);
    } else if (key->type == SCHEMA_SELECTORS) {
        struct ike_selector *selectors = arena_alloc(arena, count * sizeof *selectors);
        for (size_t i = 0; i < count; i++) {
            read_selector(reader, key, node->items[i], &selectors[i]);
        }
        store_array(key, base, selectors, count);
    } else {
        read_proposals(reader, key, node, base);
    }
}

/* ---- blocks ---- */

static void read_blocks(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
                        void *base)
{
    const struct schema *schema = key->block;
    bool empty = node->kind == YAML_SCALAR && node->plain && node->text[0] == '\0';
    if (node->kind != YAML_LIST || node->count < key->min) {
        tell(reader, node, 0, "%s %s; expected %s, each %s with %s", key->name,
             empty ? "has no value"
             : node->kind == YAML_LIST
                 ? "is an empty list"
                 : arena_printf(&reader->draft->arena, "is %s", tell_found(reader, node)),
             schema_expects(key), schema->what, read_key_names(reader, schema));
        return;
    }
    if (node->count > key->max) {
        tell(reader, node, 0, "%s has %zu items; expected at most %" PRIu64, key->name, node->count,
             key->max);
        return;
    }
    char *items = arena_alloc(&reader->draft->arena, (node->count + 1) * schema->item_size);
    for (size_t i = 0; i < node->count && !problems_full(&reader->problems); i++) {
        char *item = items + i * schema->item_size;
        read_block(reader, schema, node->items[i], item);
        if (schema->line_offset != SIZE_MAX) {
            int place[2] = {node->items[i]->place.line, node->items[i]->place.column};
            memcpy(item + schema->line_offset, place, sizeof place);
        }
    }
    store_array(key, base, items, node->count);
}

static void read_value(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
                       void *base)
{
    switch (key->type) {
    case SCHEMA_TEXT:
    case SCHEMA_NAME:
        read_text(reader, key, node, base);
        break;
    case SCHEMA_DURATION:
    case SCHEMA_PRICE:
    case SCHEMA_PROBABILITY:
    case SCHEMA_RATE:
    case SCHEMA_SIZE:
    case SCHEMA_MTU:
    case SCHEMA_NUMBER:
    case SCHEMA_FACTOR:
        read_quantity(reader, key, node, base);
        break;
    case SCHEMA_BOOL:
        read_bool(reader, key, node, base);
        break;
    case SCHEMA_CHOICE:
        read_choice(reader, key, node, base);
        break;
    case SCHEMA_ADDRESS:
        read_address(reader, key, node, base);
        break;
    case SCHEMA_EPOCH:
    case SCHEMA_SECRET:
    case SCHEMA_OCTETS:
    case SCHEMA_IDENTITY:
        read_special(reader, key, node, base);
        break;
    case SCHEMA_IKE_PROPOSALS:
    case SCHEMA_ESP_PROPOSALS:
    case SCHEMA_AH_PROPOSALS:
    case SCHEMA_SELECTORS:
    case SCHEMA_TEXTS:
    case SCHEMA_NAMES:
    case SCHEMA_PAIR:
    case SCHEMA_GEMODEL:
        read_list(reader, key, node, base);
        break;
    case SCHEMA_BLOCK:
        read_block(reader, key->block, node, base);
        break;
    case SCHEMA_BLOCKS:
        read_blocks(reader, key, node, base);
        break;
    }
}

/* A default is read like anything else, so that the table says what holds. */
static void read_fallback(struct reader *reader, const struct schema_key *key, void *base)
{
    struct yaml_node word = {.kind = YAML_SCALAR, .plain = true, .text = key->fallback};
    struct yaml_node *items[] = {&word};
    struct yaml_node list = {.kind = YAML_LIST, .count = 1, .items = items};
    bool is_list = key->type == SCHEMA_IKE_PROPOSALS || key->type == SCHEMA_ESP_PROPOSALS;
    read_value(reader, key, is_list ? &list : &word, base);
    assert(!word.bad && !list.bad);
}

static void read_keys(struct reader *reader, const struct schema *schema, struct yaml_node *node)
{
    const struct yaml_node *first[SCHEMA_KEYS_MAX] = {0};
    for (size_t i = 0; i < node->count && !problems_full(&reader->problems); i++) {
        struct yaml_node *key = node->keys[i];
        const struct schema_key *known = schema_find(schema, key->text);
        if (!known) {
            tell(reader, key, 0, "%s", read_unknown_key(reader, schema, key->text, &key->meant));
            continue;
        }
        size_t index = (size_t)(known - schema->keys);
        assert(index < SCHEMA_KEYS_MAX);
        if (first[index]) {
            tell(reader, key, 0, "the key %s is there twice; expected it once, as in line %d",
                 tell_quoted(reader, key->text), first[index]->place.line);
        } else {
            first[index] = key;
        }
    }
}

void read_block(struct reader *reader, const struct schema *schema, struct yaml_node *node,
                void *base)
{
    if (node && node->kind != YAML_MAPPING) {
        bool empty = node->kind == YAML_SCALAR && node->text[0] == '\0';
        tell(reader, node, 0, "%s is %s; expected a mapping with %s", schema->what,
             empty ? "empty" : tell_found(reader, node), read_key_names(reader, schema));
        return;
    }
    if (node) {
        read_keys(reader, schema, node);
    }
    for (const struct schema_key *key = schema->keys; key->name; key++) {
        struct yaml_node *value = yaml_get(node, key->name);
        if (value) {
            read_value(reader, key, value, base);
        } else if (key->required && node) {
            if (yaml_has(node, key->name)) {
                continue;
            }
            struct yaml_node at = {.place = node->place};
            tell(reader, &at, 0, "%s has no '%s'; expected %s", schema->what, key->name,
                 expected(reader, key));
        } else if (key->fallback && !schema->overlay) {
            read_fallback(reader, key, base);
        } else if (key->type == SCHEMA_BLOCK && !key->required && !key->block->overlay) {
            read_block(reader, key->block, NULL, base);
        }
    }
}
