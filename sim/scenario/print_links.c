#include "sim/scenario/print_links.h"

#include <inttypes.h>
#include <string.h>

#include "sim/scenario/schema.h"
#include "sim/scenario/values.h"
#include "sim/scenario/yaml.h"

/* Where a key of the schema has its value in a policy. */
static const void *field(const struct net_link_policy *policy, const struct schema_key *key)
{
    return (const char *)policy + key->offset - offsetof(struct schema_link_change, policy);
}

static uint64_t number(const void *at, size_t size)
{
    uint8_t byte;
    uint32_t word;
    uint64_t whole;
    switch (size) {
    case sizeof byte:
        memcpy(&byte, at, sizeof byte);
        return byte;
    case sizeof word:
        memcpy(&word, at, sizeof word);
        return word;
    default:
        memcpy(&whole, at, sizeof whole);
        return whole;
    }
}

static const char *print_gemodel(struct arena *arena, const struct net_gemodel *model)
{
    return arena_printf(arena, "[%s, %s, %s, %s]", values_print_probability(arena, model->p),
                        values_print_probability(arena, model->r),
                        values_print_probability(arena, model->loss_bad),
                        values_print_probability(arena, model->loss_good));
}

static const char *print_value(struct arena *arena, const struct schema_key *key, const void *at)
{
    uint64_t value = key->type == SCHEMA_GEMODEL ? 0 : number(at, key->size);
    switch (key->type) {
    case SCHEMA_DURATION:
        return values_print_duration(arena, value);
    case SCHEMA_PROBABILITY:
        return values_print_probability(arena, value);
    case SCHEMA_RATE:
        return values_print_rate(arena, value);
    case SCHEMA_GEMODEL:
        return print_gemodel(arena, at);
    case SCHEMA_BOOL:
        return value ? "true" : "false";
    case SCHEMA_CHOICE:
        return schema_word(key->words, (int64_t)value);
    default:
        return arena_printf(arena, "%" PRIu64, value);
    }
}

/* A gemodel that was never given is not written: the reader knows no word for it. */
static bool is_absent(const struct schema_key *key, const void *at)
{
    const struct net_gemodel none = {0};
    return key->type == SCHEMA_GEMODEL && memcmp(at, &none, sizeof none) == 0;
}

static bool same(const struct net_link_policy *a, const struct net_link_policy *b,
                 const struct schema_key *key)
{
    return memcmp(field(a, key), field(b, key), key->size) == 0;
}

static bool same_policies(const struct net_link_policy *a, const struct net_link_policy *b)
{
    for (const struct schema_key *key = schema_policy.keys; key->name; key++) {
        if (!same(a, b, key)) {
            return false;
        }
    }
    if (!a->next || !b->next) {
        return a->next == b->next;
    }
    return a->next_at == b->next_at && same_policies(a->next, b->next);
}

/* "delay: 40ms, jitter: 5ms, ...", each key with `before` in front of it; of a change only what it
 * changes. */
static void print_policy(FILE *out, struct arena *arena, const struct net_link_policy *policy,
                         const struct net_link_policy *under, const char *before, const char *after)
{
    for (const struct schema_key *key = schema_policy.keys; key->name; key++) {
        const void *at = field(policy, key);
        if ((under && same(policy, under, key)) || is_absent(key, at)) {
            continue;
        }
        fprintf(out, "%s%s: %s%s", before, key->name, print_value(arena, key, at), after);
    }
}

static void print_changes(FILE *out, struct arena *arena, const struct net_link_policy *policy)
{
    fputs("[", out);
    for (const char *join = ""; policy->next; policy = policy->next, join = ", ") {
        fprintf(out, "%s{at: %s", join, values_print_duration(arena, policy->next_at));
        print_policy(out, arena, policy->next, policy, ", ", "");
        fputs("}", out);
    }
    fputs("]", out);
}

static void print_direction(FILE *out, struct arena *arena, const char *key,
                            const struct net_link_policy *policy)
{
    fprintf(out, "    %s:\n", key);
    print_policy(out, arena, policy, NULL, "      ", "\n");
    if (policy->next) {
        fputs("      changes: ", out);
        print_changes(out, arena, policy);
        fputs("\n", out);
    }
}

void print_links(FILE *out, struct arena *arena, const struct scenario *scenario)
{
    fputs(scenario->link_count ? "links:\n" : "", out);
    for (size_t i = 0; i < scenario->link_count; i++) {
        const struct scenario_link *link = &scenario->links[i];
        fprintf(out, "  - between: [%s, %s]\n", yaml_quote(arena, link->a, true),
                yaml_quote(arena, link->b, true));
        if (link->shared) {
            fputs("    shared: true\n", out);
        }
        if (!same_policies(&link->ab, &link->ba)) {
            print_direction(out, arena, "forward", &link->ab);
            print_direction(out, arena, "backward", &link->ba);
            continue;
        }
        print_policy(out, arena, &link->ab, NULL, "    ", "\n");
        if (link->ab.next) {
            fputs("    changes: ", out);
            print_changes(out, arena, &link->ab);
            fputs("\n", out);
        }
    }
}
