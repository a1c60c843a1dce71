/* Lists of scalars: proposals, selectors, names, texts. */
#include "sim/scenario/read_internal.h"

#include <string.h>

static void read_proposal(struct reader *reader, const struct schema_key *key,
                          struct yaml_node *node, struct crypto_proposal *out)
{
    const char *text = read_scalar_text(reader, key, node);
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
    const char *text = read_scalar_text(reader, key, node);
    const char *wrong = text ? values_read_selector(&values, text, out) : NULL;
    if (text && !wrong && key->hosts) {
        values_selector_keep_hosts(out);
    }
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
        read_scalar(reader, &one, node->items[i], model);
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
    read_store_array(key, base, proposals, before_count + node->count);
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

void read_list(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
               void *base)
{
    size_t count = node->kind == YAML_LIST ? node->count : 0;
    if (is_dynamic(key, node)) {
        read_store_array(key, base, NULL, 0);
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
            read_scalar(reader, &half, node->items[i], base);
        }
    } else if (key->type == SCHEMA_TEXTS) {
        const char **texts = arena_alloc(arena, count * sizeof *texts);
        for (size_t i = 0; i < count; i++) {
            const char *text = read_scalar_text(reader, key, node->items[i]);
            texts[i] = text ? text : "";
        }
        read_store_array(key, base, texts, count);
    } else if (key->type == SCHEMA_NAMES) {
        const char **names = arena_alloc(arena, count * sizeof *names);
        const struct schema_key one = {.name = key->name, .type = SCHEMA_NAME};
        for (size_t i = 0; i < count; i++) {
            read_scalar(reader, &one, node->items[i], &names[i]);
        }
        read_store_array(key, base, names, count);
    } else if (key->type == SCHEMA_SELECTORS) {
        struct ike_selector *selectors = arena_alloc(arena, count * sizeof *selectors);
        for (size_t i = 0; i < count; i++) {
            read_selector(reader, key, node->items[i], &selectors[i]);
        }
        read_store_array(key, base, selectors, count);
    } else {
        read_proposals(reader, key, node, base);
    }
}
