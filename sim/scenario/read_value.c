/* Blocks of a scenario file, key by key, and what is said of those that are wrong. */
#include "sim/scenario/read_internal.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "sim/scenario/nearest.h"

void read_store_array(const struct schema_key *key, void *base, const void *items, size_t count)
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

const char *read_expected(struct reader *reader, const struct schema_key *key)
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

const char *read_scalar_text(struct reader *reader, const struct schema_key *key,
                             struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR && (node->text[0] != '\0' || !node->plain)) {
        return node->text;
    }
    tell(reader, node, 0, "%s %s %s; expected %s", key->name,
         node->kind == YAML_SCALAR ? "has" : "is",
         node->kind == YAML_SCALAR ? "no value" : tell_found(reader, node),
         read_expected(reader, key));
    return NULL;
}

void read_tell_wrong(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
                     const char *wrong, const struct values_reader *values)
{
    tell(reader, node, values->at, "%s %s %s; expected %s%s", key->name, tell_found(reader, node),
         wrong, read_expected(reader, key), tell_meant(reader, values->meant));
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
    read_store_array(key, base, items, node->count);
}

static void read_value(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
                       void *base)
{
    switch (key->type) {
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
    default:
        read_scalar(reader, key, node, base);
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
                 read_expected(reader, key));
        } else if (key->fallback && !schema->overlay) {
            read_fallback(reader, key, base);
        } else if (key->type == SCHEMA_BLOCK && !key->required && !key->block->overlay) {
            read_block(reader, key->block, NULL, base);
        }
    }
}
