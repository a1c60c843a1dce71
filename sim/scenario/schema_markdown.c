/* docs/scenarios.md's tables, from the schema. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/schema.h"

static const char *type_name(const struct schema_key *key)
{
    switch (key->type) {
    case SCHEMA_TEXT:
        return "text";
    case SCHEMA_NAME:
        return "name";
    case SCHEMA_DURATION:
        return "duration";
    case SCHEMA_PRICE:
        return "price";
    case SCHEMA_PROBABILITY:
        return "percentage";
    case SCHEMA_GEMODEL:
        return "two to four percentages";
    case SCHEMA_RATE:
        return "rate";
    case SCHEMA_SIZE:
        return "size";
    case SCHEMA_MTU:
    case SCHEMA_NUMBER:
        return "number";
    case SCHEMA_FACTOR:
        return "factor";
    case SCHEMA_BOOL:
        return "true, false";
    case SCHEMA_CHOICE:
        return "word";
    case SCHEMA_ADDRESS:
        return "address";
    case SCHEMA_EPOCH:
        return "time";
    case SCHEMA_SECRET:
        return "secret";
    case SCHEMA_OCTETS:
        return "octets";
    case SCHEMA_IDENTITY:
        return "identity";
    case SCHEMA_IKE_PROPOSALS:
    case SCHEMA_ESP_PROPOSALS:
    case SCHEMA_AH_PROPOSALS:
        return "list of proposals";
    case SCHEMA_SELECTORS:
        return "list of networks";
    case SCHEMA_TEXTS:
        return "list";
    case SCHEMA_NAMES:
        return "list of names";
    case SCHEMA_PAIR:
        return "two names";
    case SCHEMA_BLOCK:
        return "keys, below";
    case SCHEMA_BLOCKS:
        return "list, below";
    }
    return "";
}

/* The limits of numbers, where they are not those of the machine. */
static void print_type(FILE *out, const struct schema_key *key)
{
    fputs(type_name(key), out);
    fputs(key->words && key->type != SCHEMA_CHOICE ? ", or a word" : "", out);
    if (key->type == SCHEMA_FACTOR) {
        fprintf(out, ", %" PRIu64 " to %" PRIu64, key->min / 1000, key->max / 1000);
    } else if ((key->type == SCHEMA_NUMBER || key->type == SCHEMA_MTU) && key->max < UINT32_MAX) {
        fprintf(out, ", %" PRIu64 " to %" PRIu64, key->min, key->max);
    }
}

static void print_default(FILE *out, const struct schema *schema, const struct schema_key *key)
{
    if (key->required) {
        fputs("**needed**", out);
    } else if (schema->overlay && !key->otherwise) {
        fputs(schema->absent, out);
    } else if (key->fallback) {
        bool list = key->type == SCHEMA_IKE_PROPOSALS || key->type == SCHEMA_ESP_PROPOSALS;
        fprintf(out, list ? "`[%s]`" : "`%s`", key->fallback);
    } else {
        fputs(key->otherwise ? key->otherwise : "none", out);
    }
}

static void print_words(FILE *out, const struct schema_key *key)
{
    fprintf(out, "\nWords of `%s`:\n\n", key->name);
    for (const struct schema_word *word = key->words; word->word; word++) {
        fprintf(out, "- `%s`: %s\n", word->word, word->meaning);
    }
}

static void print_schema(FILE *out, const struct schema *schema)
{
    if (schema->path[0]) {
        fprintf(out, "\n### `%s`\n", schema->path);
    } else {
        fputs("\n### The file\n", out);
    }
    fprintf(out, "\n%s\n\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n",
            schema->intro);
    for (const struct schema_key *key = schema->keys; key->name; key++) {
        fprintf(out, "| `%s` | ", key->name);
        print_type(out, key);
        fputs(" | ", out);
        print_default(out, schema, key);
        fprintf(out, " | %s |\n", key->meaning);
    }
    for (const struct schema_key *key = schema->keys; key->name; key++) {
        if (key->words) {
            print_words(out, key);
        }
    }
    for (const struct schema_key *key = schema->keys; key->name; key++) {
        /* The changes of a direction are those of a link. */
        if (key->block && !(schema->overlay && key->type == SCHEMA_BLOCKS)) {
            print_schema(out, key->block);
        }
    }
}

char *schema_markdown(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out) {
        abort();
    }
    print_schema(out, &schema_scenario);
    if (fclose(out) != 0) {
        abort();
    }
    return text;
}
