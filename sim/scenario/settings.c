#include "sim/scenario/settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/nearest.h"
#include "sim/scenario/read_value.h"

/* One setting on its way down the tree. */
struct walk {
    struct reader *reader;
    struct arena *arena;
    struct problem_place place;
    const char *rest;  /* of the path */
    const char *value; /* behind the '=' */
};

__attribute__((format(printf, 2, 3))) static void fail(struct walk *walk, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    problems_tell(&walk->reader->problems, walk->place, "%s",
                  arena_vprintf(walk->arena, format, args));
    va_end(args);
}

/* The next word of the path, up to a dot. */
static const char *take_word(struct walk *walk)
{
    size_t len = strcspn(walk->rest, ".");
    const char *word = arena_copy(walk->arena, walk->rest, len);
    walk->rest += len;
    if (*walk->rest == '.') {
        walk->rest++;
    }
    return word;
}

static bool at_end(const struct walk *walk)
{
    return *walk->rest == '\0';
}

static struct yaml_node *new_node(struct walk *walk, enum yaml_kind kind, const char *text)
{
    struct yaml_node *node = arena_alloc(walk->arena, sizeof *node);
    *node = (struct yaml_node){.kind = kind, .place = walk->place, .text = text};
    return node;
}

/* The value: as it stands for keys that take one word or text, so that no quotes are needed within
 * the shell's; YAML for lists and blocks. */
static struct yaml_node *read_setting(struct walk *walk, const struct schema_key *key)
{
    switch (key->type) {
    case SCHEMA_IKE_PROPOSALS:
    case SCHEMA_ESP_PROPOSALS:
    case SCHEMA_SELECTORS:
    case SCHEMA_NAMES:
    case SCHEMA_TEXTS:
    case SCHEMA_PAIR:
    case SCHEMA_GEMODEL:
    case SCHEMA_BLOCK:
    case SCHEMA_BLOCKS:
        return yaml_read(walk->arena, walk->value, strlen(walk->value), walk->place,
                         &walk->reader->problems);
    default:
        break;
    }
    struct yaml_node *node = new_node(walk, YAML_SCALAR, walk->value);
    node->plain = true;
    return node;
}

/* Puts a value under a key, in place of the one there. */
static void put(struct walk *walk, struct yaml_node *node, const char *key, struct yaml_node *value)
{
    for (size_t i = 0; i < node->count; i++) {
        if (strcmp(node->keys[i]->text, key) == 0) {
            node->items[i] = value;
            return;
        }
    }
    yaml_add(walk->arena, node, new_node(walk, YAML_SCALAR, key), value);
}

/* Index within a list; SIZE_MAX if it is no index of an item there. */
static size_t read_index(const char *word, const struct yaml_node *list)
{
    size_t len = strlen(word);
    if (len == 0 || len > 9 || strspn(word, "0123456789") != len) {
        return SIZE_MAX;
    }
    size_t index = strtoul(word, NULL, 10);
    return index < list->count ? index : SIZE_MAX;
}

/* An item by its name; names may have dots in them, so the longest that the path begins with is
 * it. */
static size_t find_name(struct walk *walk, const struct yaml_node *list)
{
    size_t best = SIZE_MAX, best_len = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml_node *name = yaml_get(list->items[i], "name");
        if (!name || name->kind != YAML_SCALAR) {
            continue;
        }
        size_t len = strlen(name->text);
        if (len > best_len && strncmp(walk->rest, name->text, len) == 0 &&
            (walk->rest[len] == '.' || walk->rest[len] == '\0')) {
            best = i;
            best_len = len;
        }
    }
    if (best != SIZE_MAX) {
        walk->rest += best_len + (walk->rest[best_len] == '.' ? 1 : 0);
    }
    return best;
}

static void fail_item(struct walk *walk, const struct schema_key *key, const struct yaml_node *list,
                      const char *word)
{
    struct nearest nearest = {.word = word};
    const char *names = "";
    if (list->count == 0) {
        fail(walk, "no item %s in '%s': the file has none; expected %s=[...], all of it",
             tell_quoted(walk->reader, word), key->name, key->name);
        return;
    }
    for (size_t i = 0; key->block && key->block->by_name && i < list->count; i++) {
        const struct yaml_node *name = yaml_get(list->items[i], "name");
        if (name && name->kind == YAML_SCALAR) {
            nearest_consider(&nearest, name->text);
            if (i < 8) {
                names = arena_printf(walk->arena, "%s%s, ", names, name->text);
            }
        }
    }
    fail(walk, "no item %s in '%s'; expected %s%san index from 0 to %zu%s",
         tell_quoted(walk->reader, word), key->name, names, *names ? "or " : "", list->count - 1,
         tell_meant(walk->reader, nearest.found));
}

/* From a list to one of its items. NULL after an error. */
static struct yaml_node **enter_item(struct walk *walk, const struct schema_key *key,
                                     struct yaml_node *list)
{
    if (list->kind != YAML_LIST) {
        fail(walk, "'%s' is no list in the file; expected %s", key->name, schema_expects(key));
        return NULL;
    }
    size_t index = key->block && key->block->by_name ? find_name(walk, list) : SIZE_MAX;
    if (index == SIZE_MAX) {
        const char *word = take_word(walk);
        index = read_index(word, list);
        if (index == SIZE_MAX) {
            fail_item(walk, key, list, word);
            return NULL;
        }
    }
    return &list->items[index];
}

/* From a block into one of its keys. Returns the block to go on with, NULL when done or after an
 * error. */
static struct yaml_node *step(struct walk *walk, struct yaml_node *node,
                              const struct schema **schema)
{
    const char *word = take_word(walk), *meant = NULL;
    const struct schema_key *key = schema_find(*schema, word);
    if (node->kind != YAML_MAPPING) {
        fail(walk, "%s is no mapping in the file; expected one", (*schema)->what);
        return NULL;
    }
    if (!key) {
        fail(walk, "%s", read_unknown_key(walk->reader, *schema, word, &meant));
        return NULL;
    }
    struct yaml_node *value = yaml_get(node, key->name);
    bool list = key->type == SCHEMA_BLOCKS || key->type == SCHEMA_IKE_PROPOSALS ||
                key->type == SCHEMA_ESP_PROPOSALS || key->type == SCHEMA_SELECTORS ||
                key->type == SCHEMA_NAMES || key->type == SCHEMA_PAIR ||
                key->type == SCHEMA_GEMODEL || key->type == SCHEMA_TEXTS;
    if (at_end(walk)) {
        struct yaml_node *setting = read_setting(walk, key);
        if (setting) {
            put(walk, node, key->name, setting);
        }
        return NULL;
    }
    if (!list && key->type != SCHEMA_BLOCK) {
        fail(walk, "'%s' has no keys within; expected nothing behind it, found %s", key->name,
             tell_quoted(walk->reader, walk->rest));
        return NULL;
    }
    if (!value) {
        value = new_node(walk, list ? YAML_LIST : YAML_MAPPING, NULL);
        if (!list) {
            put(walk, node, key->name, value);
        }
    }
    *schema = key->block;
    if (!list) {
        return value;
    }
    struct yaml_node **item = enter_item(walk, key, value);
    if (!item || (key->block && !at_end(walk))) {
        return item ? *item : NULL;
    }
    if (!at_end(walk)) {
        fail(walk, "'%s' has no keys within its items; expected nothing behind it, found %s",
             key->name, tell_quoted(walk->reader, walk->rest));
    } else if (key->block) {
        struct yaml_node *setting = yaml_read(walk->arena, walk->value, strlen(walk->value),
                                              walk->place, &walk->reader->problems);
        *item = setting ? setting : *item;
    } else {
        *item = new_node(walk, YAML_SCALAR, walk->value);
        (*item)->plain = true;
    }
    return NULL;
}

void settings_apply(struct reader *reader, const char *setting)
{
    struct arena *arena = &reader->draft->arena;
    struct walk walk = {
        .reader = reader,
        .arena = arena,
        .place = {.line = 1, .column = 1, .setting = "--set"},
    };
    if (!yaml_check_text(setting, strlen(setting), walk.place, &reader->problems)) {
        return;
    }
    const char *shown = tell_quoted(reader, setting);
    walk.place.setting = arena_printf(arena, "--set %.*s", (int)strlen(shown) - 2, shown + 1);
    const char *equals = strchr(setting, '=');
    if (!equals || equals == setting) {
        fail(&walk, "no %s; expected PATH=VALUE such as hosts.gw.cpu.cores=8",
             equals ? "path before the '='" : "'=' in it");
        return;
    }
    walk.rest = arena_copy(arena, setting, (size_t)(equals - setting));
    walk.value = equals + 1;
    struct yaml_node *node = reader->root;
    const struct schema *schema = &schema_scenario;
    while (node) {
        node = step(&walk, node, &schema);
    }
}
