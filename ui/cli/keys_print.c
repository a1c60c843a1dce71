#include "ui/cli/keys_print.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "ui/cli/paragraph.h"

enum { INDENT = 4, DIGITS_IN_LINE = PARAGRAPH_WIDTH - INDENT };

/* ---- text ---- */

void keys_print_line(const char *text, bool ascii)
{
    paragraph_put(text, strlen(text), ascii);
    putchar('\n');
}

static void put_strong(const char *text, const struct keys_print_options *options)
{
    fputs(options->colour ? "\033[1m" : "", stdout);
    paragraph_put(text, strlen(text), options->ascii);
    fputs(options->colour ? "\033[0m" : "", stdout);
}

static void put_value(const struct keys_step *step, bool ascii)
{
    size_t len = strlen(step->value);

    if (step->words) {
        paragraph_print(step->value, INDENT, ascii);
        return;
    }
    for (size_t i = 0; i < len; i += DIGITS_IN_LINE) {
        printf("%*s%.*s\n", INDENT, "", DIGITS_IN_LINE, step->value + i);
    }
}

/* How long it is, where it is defined, and who can compute it. */
static void put_facts(const struct keys_derivation *derivation, const struct keys_step *step,
                      bool ascii)
{
    char facts[1024];

    if (step->words) {
        snprintf(facts, sizeof facts, "(%s)", step->reference);
    } else {
        size_t len = strlen(step->value) / 2;
        snprintf(facts, sizeof facts, "(%zu octet%s, %s; %s %s, %s %s, wiretap %s%s)", len,
                 len == 1 ? "" : "s", step->reference, derivation->host[0],
                 step->knows[0] ? "yes" : "no", derivation->host[1], step->knows[1] ? "yes" : "no",
                 step->lacks ? "no: lacks " : "yes", step->lacks ? step->lacks : "");
    }
    paragraph_print(facts, INDENT, ascii);
}

static void put_step(const struct keys_derivation *derivation, const struct keys_step *step,
                     const struct keys_print_options *options)
{
    putchar('\n');
    put_strong(step->name, options);
    if (step->formula) {
        printf(" = ");
        paragraph_put(step->formula, strlen(step->formula), options->ascii);
    }
    putchar('\n');
    put_value(step, options->ascii);
    put_facts(derivation, step, options->ascii);
    if (step->meaning) {
        paragraph_print(step->meaning, INDENT, options->ascii);
    }
    if (step->command && options->commands) {
        printf("$ %s\n", step->command);
    }
}

void keys_print_text(const struct keys_derivation *derivation,
                     const struct keys_print_options *options)
{
    int topic = -1;
    char head[1024];

    snprintf(head, sizeof head, "IKE SA of %s (initiator) and %s (responder): %s",
             derivation->host[0], derivation->host[1], derivation->suite);
    put_strong(head, options);
    printf("\nSPIi %016" PRIx64 ", SPIr %016" PRIx64 "\n", derivation->spi_i, derivation->spi_r);
    paragraph_print(derivation->notice, 0, options->ascii);
    if (options->pooled) {
        paragraph_print(
            "The key-exchange pairs are from a pool (keys: pooled): other exchanges of the "
            "run used the same private keys.",
            0, options->ascii);
    }
    paragraph_print("\"yes\" and \"no\" say who can compute a value; a wiretap has recorded every "
                    "packet, and that is all it has.",
                    0, options->ascii);
    if (options->commands) {
        paragraph_print(
            "Each line that begins with $ is a command for bash that prints the value above "
            "it, from what is in the line alone: with coreutils and openssl 3, or python3 "
            "where openssl cannot do it.",
            0, options->ascii);
    }
    for (size_t i = 0; i < derivation->count; i++) {
        const struct keys_step *step = &derivation->steps[i];
        if (!(options->topics >> step->topic & 1)) {
            continue;
        }
        if ((int)step->topic != topic) {
            topic = (int)step->topic;
            const char *heading = keys_topic_heading(step->topic);
            printf("\n---- ");
            put_strong(heading, options);
            printf(" %.*s\n", (int)(PARAGRAPH_WIDTH - 6 - strlen(heading)),
                   "------------------------------------------------------------------------------"
                   "----------------------");
        }
        put_step(derivation, step, options);
    }
}

/* ---- JSON ---- */

void keys_print_json(const struct keys_derivation *derivation,
                     const struct keys_print_options *options)
{
    char spi_i[17], spi_r[17];

    snprintf(spi_i, sizeof spi_i, "%016" PRIx64, derivation->spi_i);
    snprintf(spi_r, sizeof spi_r, "%016" PRIx64, derivation->spi_r);
    for (size_t i = 0; i < derivation->count; i++) {
        const struct keys_step *step = &derivation->steps[i];
        if (!(options->topics >> step->topic & 1)) {
            continue;
        }
        json_t *known = json_array();
        for (int part = 0; part < 2; part++) {
            if (step->knows[part]) {
                json_array_append_new(known, json_string(derivation->host[part]));
            }
        }
        if (!step->lacks) {
            json_array_append_new(known, json_string("wiretap"));
        }
        json_t *object = json_pack(
            "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s*, s:s, s:s*, s:s, s:o, s:s*, s:s*}",
            "initiator", derivation->host[0], "responder", derivation->host[1], "spi_i", spi_i,
            "spi_r", spi_r, "suite", derivation->suite, "topic", keys_topic_word(step->topic),
            "name", step->name, "formula", step->formula, step->words ? "words" : "value",
            step->value, "meaning", step->meaning, "reference", step->reference, "known_to", known,
            "wiretap_lacks", step->lacks, "command", options->commands ? step->command : NULL);
        /* ASCII, since C1 control characters of a recording would pass otherwise. */
        json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
        putchar('\n');
        json_decref(object);
    }
}
