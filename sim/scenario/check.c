#include "sim/scenario/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/credentials.h"
#include "sim/scenario/groups.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/values.h"

/* ---- names ---- */

static int compare_names(const void *left, const void *right)
{
    const struct scenario_host *const *a = left, *const *b = right;
    int order = strcmp((*a)->name, (*b)->name);
    return order ? order : (*a < *b ? -1 : *a > *b);
}

static void index_names(struct reader *reader, struct check_names *names)
{
    struct scenario *scenario = &reader->draft->scenario;
    const struct yaml_node *nodes = yaml_get(reader->root, "hosts");
    names->hosts = arena_alloc(&reader->draft->arena,
                               (scenario->template_count + 1) * sizeof(struct scenario_host *));
    names->whole = nodes && scenario->template_count > 0;
    for (size_t i = 0; i < scenario->template_count; i++) {
        if (scenario->templates[i].name) {
            names->hosts[names->count++] = &scenario->templates[i];
        } else {
            names->whole = false;
        }
    }
    qsort(names->hosts, names->count, sizeof *names->hosts, compare_names);
    for (size_t i = 1; i < names->count; i++) {
        const struct scenario_host *host = names->hosts[i], *before = names->hosts[i - 1];
        if (strcmp(host->name, before->name) == 0) {
            const struct yaml_node *node = yaml_item(nodes, (size_t)(host - scenario->templates));
            tell(reader, yaml_get(node, "name"), 0,
                 "a second host is called '%s'; expected names that differ, the first is in line "
                 "%d",
                 host->name, before->line);
            names->whole = false; /* the name that one of them should have is not known */
        }
    }
}

static const struct scenario_host *find_exactly(const struct check_names *names, const char *name)
{
    const struct scenario_host key = {.name = name};
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(key.name, names->hosts[middle]->name);
        if (order == 0) {
            return names->hosts[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

/* The number behind the last dash of "client-17", where it is one of a member; 0 if it is none. */
static uint32_t member_number(const char *name, size_t *stem)
{
    const char *dash = strrchr(name, '-');
    if (!dash || dash[1] < '1' || dash[1] > '9' ||
        strspn(dash + 1, "0123456789") != strlen(dash + 1) || strlen(dash + 1) > 7) {
        return 0;
    }
    *stem = (size_t)(dash - name);
    return (uint32_t)strtoul(dash + 1, NULL, 10);
}

const struct scenario_host *check_find_host(const struct check_names *names, const char *name)
{
    const struct scenario_host *host = find_exactly(names, name);
    size_t stem = 0;
    uint32_t number = host ? 0 : member_number(name, &stem);
    char group[256]; /* names have 255 characters at most */
    if (number == 0 || stem >= sizeof group) {
        return host;
    }
    memcpy(group, name, stem);
    group[stem] = '\0';
    host = find_exactly(names, group);
    return host && number <= host->count ? host : NULL;
}

uint32_t check_member(const struct scenario_host *host, const char *name)
{
    size_t stem = 0;
    uint32_t number = host->count > 0 ? member_number(name, &stem) : 0;
    return number > 0 && stem == strlen(host->name) ? number - 1 : 0;
}

bool check_member_name(struct reader *reader, const struct check_names *names,
                       struct yaml_node *node, const char *key, const char *name)
{
    const struct scenario_host *host = node && name ? check_find_host(names, name) : NULL;
    if (!host) {
        return check_host_name(reader, names, node, key, name);
    }
    if (host->count > 0 && strcmp(host->name, name) == 0) {
        tell(reader, node, 0,
             "%s: '%s' is a group of %" PRIu32 "; expected one of %s-1 to %s-%" PRIu32, key, name,
             host->count, name, name, host->count);
        return false;
    }
    return true;
}

/* So many names are listed in an error. */
enum { LISTED_MAX = 8 };

static bool is_bad(struct yaml_node *node, const char *key)
{
    const struct yaml_node *value = yaml_get(node, key);
    return value && value->bad;
}

/* "client-17" where it is not known how many clients there are: what is wrong with their number has
 * been told. */
static bool may_be_member(struct reader *reader, const struct check_names *names, const char *name)
{
    struct yaml_node *hosts = yaml_get(reader->root, "hosts");
    size_t stem = 0;
    bool bad = is_bad(reader->root, "pairs");
    for (size_t i = 0; i < names->count && member_number(name, &stem) > 0; i++) {
        if (strlen(names->hosts[i]->name) == stem &&
            strncmp(names->hosts[i]->name, name, stem) == 0) {
            size_t index = (size_t)(names->hosts[i] - reader->draft->scenario.templates);
            return bad || is_bad(yaml_item(hosts, index), "count");
        }
    }
    return false;
}

bool check_host_name(struct reader *reader, const struct check_names *names, struct yaml_node *node,
                     const char *key, const char *name)
{
    if (!node || !name) {
        return false;
    }
    if (find_exactly(names, name)) {
        return true;
    }
    const struct scenario_host *group = check_find_host(names, name);
    if (group) {
        tell(reader, node, 0, "%s: '%s' is one of a group; expected all of it, '%s'", key, name,
             group->name);
        return false;
    }
    if (names->whole && !may_be_member(reader, names, name)) {
        struct nearest nearest = {.word = name};
        const char *list = "";
        for (size_t i = 0; i < names->count; i++) {
            nearest_consider(&nearest, names->hosts[i]->name);
            if (i < LISTED_MAX) {
                list = arena_printf(&reader->draft->arena, "%s%s%s", list, i ? ", " : "",
                                    names->hosts[i]->name);
            }
        }
        tell(reader, node, 0, "%s: there is no host '%s'; expected one of %s%s%s", key, name, list,
             names->count > LISTED_MAX ? ", ..." : "", tell_meant(reader, nearest.found));
    }
    return false;
}

const struct ike_child_policy *check_find_child(const struct scenario_host *host, const char *name)
{
    for (size_t i = 0; i < host->policy.child_count; i++) {
        const struct ike_child_policy *child = &host->policy.children[i];
        if (child->name && strcmp(child->name, name) == 0) {
            return child;
        }
    }
    return NULL;
}

bool check_child_name(struct reader *reader, const struct scenario_host *host,
                      struct yaml_node *node, const char *name)
{
    if (!node || !name) {
        return false;
    }
    if (check_find_child(host, name)) {
        return true;
    }
    struct nearest nearest = {.word = name};
    const char *list = "";
    for (size_t i = 0; i < host->policy.child_count; i++) {
        const char *known = host->policy.children[i].name;
        if (!known) {
            return false; /* it may be the one whose name is wrong */
        }
        nearest_consider(&nearest, known);
        if (i < LISTED_MAX) {
            list = arena_printf(&reader->draft->arena, "%s%s%s", list, i ? ", " : "", known);
        }
    }
    tell(reader, node, 0, "child: %s has no child '%s'; expected %s%s", host->name, name,
         host->policy.child_count ? arena_printf(&reader->draft->arena, "one of %s", list)
                                  : "children in that host",
         tell_meant(reader, nearest.found));
    return false;
}

void check_within(struct reader *reader, struct yaml_node *node, const char *key, uint64_t time)
{
    const struct scenario *scenario = &reader->draft->scenario;
    if (node && !node->bad && scenario->duration > 0 && time > scenario->duration) {
        tell(reader, node, 0,
             "%s %s is after the end of the run; expected at most the duration, %s", key,
             tell_found(reader, node),
             values_print_duration(&reader->draft->arena, scenario->duration));
    }
}

/* ---- costs ---- */

/* The table row of a name, IANA's or strongSwan's; the key length, if the word has one, does not
 * matter. */
static const struct crypto_transform *find_transform(uint8_t type, const char *name,
                                                     struct nearest *nearest)
{
    size_t count = 0;
    const struct crypto_transform *table = crypto_transform_table(&count);
    for (size_t i = 0; i < count; i++) {
        const char *word = table[i].keyword;
        if (table[i].type != type || !(table[i].computed || table[i].kem)) {
            continue;
        }
        if (strcmp(table[i].name, name) == 0 || (word && strcmp(word, name) == 0)) {
            return &table[i];
        }
        nearest_consider(nearest, table[i].name);
        if (word && !strchr(word, '%')) {
            nearest_consider(nearest, word);
        }
    }
    return NULL;
}

/* A kind of key by its word; told, and any, if it is none. */
static uint16_t find_key_kind(struct reader *reader, struct yaml_node *node, const char *name)
{
    struct nearest nearest = {.word = name};
    for (const struct schema_word *word = schema_key_kinds; word->word; word++) {
        if (strcmp(word->word, name) == 0) {
            return (uint16_t)word->value;
        }
        nearest_consider(&nearest, word->word);
    }
    tell(reader, node, 0, "transform %s is no kind of key; expected one such as rsa2048%s",
         tell_quoted(reader, name), tell_meant(reader, nearest.found));
    return COST_ANY_TRANSFORM;
}

static void set_cost(struct reader *reader, struct yaml_node *node, const struct cost_row *row)
{
    if (!cost_table_set(&reader->draft->scenario.costs, row)) {
        tell(reader, node, 0, "more than %d rows of costs; expected as many at most",
             COST_ROWS_MAX);
    }
}

void check_costs(struct reader *reader)
{
    struct schema_draft *draft = reader->draft;
    struct yaml_node *nodes = yaml_get(reader->root, "costs");
    draft->scenario.costs = cost_reference;
    for (size_t i = 0; i < draft->cost_count; i++) {
        const struct schema_cost *cost = &draft->costs[i];
        struct yaml_node *node = yaml_item(nodes, i), *kind = yaml_get(node, "kind");
        struct cost_row row = {
            .kind = cost->kind,
            .transform = COST_ANY_TRANSFORM,
            .per_operation = cost->per_operation,
            .per_byte_ps = cost->per_byte_ps,
        };
        uint8_t type = schema_cost_type(cost->kind);
        if (!kind || kind->bad) {
            continue;
        }
        if (cost->transform && type == 0 && !schema_cost_of_key(cost->kind)) {
            tell(reader, yaml_get(node, "transform"), 0,
                 "transform %s with kind '%s', which has none; expected no transform",
                 tell_quoted(reader, cost->transform), crypto_cost_name(cost->kind));
        } else if (cost->transform && schema_cost_of_key(cost->kind)) {
            row.transform = find_key_kind(reader, yaml_get(node, "transform"), cost->transform);
        } else if (cost->transform) {
            struct nearest nearest = {.word = cost->transform};
            const struct crypto_transform *transform =
                find_transform(type, cost->transform, &nearest);
            if (transform) {
                row.transform = transform->id;
            } else {
                tell(reader, yaml_get(node, "transform"), 0,
                     "transform %s is not known; expected one of type %s that ikesim computes%s",
                     tell_quoted(reader, cost->transform), crypto_transform_type_name(type),
                     tell_meant(reader, nearest.found));
            }
        }
        set_cost(reader, node, &row);
    }
}

/* ---- all of it ---- */

void check_scenario(struct reader *reader)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct check_names names = {0};
    if (!scenario->title) {
        scenario->title = scenario->name;
    }
    scenario->epoch_text = values_print_epoch(&reader->draft->arena, scenario->epoch);
    index_names(reader, &names);
    names.nat_count = scenario->nat_count;
    names.nats = scenario->nats;
    check_groups(reader);
    check_links(reader, &names);
    check_nats(reader, &names);
    check_attackers(reader, &names);
    check_hosts(reader, &names);
    check_script(reader, &names);
    check_expects(reader, &names);
    check_costs(reader);
    check_record(reader, &names);
    expand_groups(reader, &names);
    expand_links(reader, &names);
    check_addresses(reader);
    make_credentials(reader, &names);
}
