/* Scalars of a scenario file: words, numbers with units, addresses, secrets. */
#include "sim/scenario/read_internal.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "sim/net/address.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/text.h"

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
    const char *wrong = NULL, *text = read_scalar_text(reader, key, node);
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
        read_tell_wrong(reader, key, node, wrong, &values);
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
    const char *text = read_scalar_text(reader, key, node);
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
    const char *text = read_scalar_text(reader, key, node);
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
         read_expected(reader, key), tell_meant(reader, nearest.found));
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
    const char *text = read_scalar_text(reader, key, node);
    const char *control = text && key->type == SCHEMA_TEXT ? text_find_control(text) : NULL;
    if (control) {
        tell(reader, node, (size_t)(control - text), "%s %s has a control character; expected %s",
             key->name, tell_found(reader, node), schema_expects(key));
    } else if (text && (key->type != SCHEMA_NAME || check_name(reader, key, node))) {
        memcpy((char *)base + key->offset, &text, sizeof text);
    }
}

static void read_address(struct reader *reader, const struct schema_key *key,
                         struct yaml_node *node, void *base)
{
    const char *text = read_scalar_text(reader, key, node);
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
    const char *wrong = NULL, *text = read_scalar_text(reader, key, node);
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
        read_tell_wrong(reader, key, node, wrong, &values);
    }
}

void read_scalar(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
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
    default:
        assert(!"lists and blocks are read elsewhere");
    }
}
