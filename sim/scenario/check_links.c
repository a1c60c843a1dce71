/* Links: what a direction has of its own, how it changes, and whom it joins. */
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/check.h"
#include "sim/scenario/values.h"

static bool good(const struct yaml_node *node)
{
    return node && !node->bad;
}

/* Keys that a direction or a change does not have are as in what it is laid over. */
static void overlay(const struct yaml_node *node, struct net_link_policy *policy,
                    const struct net_link_policy *under)
{
    for (const struct schema_key *key = schema_policy.keys; key->name; key++) {
        if (!yaml_get(node, key->name)) {
            size_t offset = key->offset - offsetof(struct schema_link_change, policy);
            memcpy((char *)policy + offset, (const char *)under + offset, key->size);
        }
    }
}

static uint64_t default_floor(const struct net_link_policy *policy)
{
    uint64_t floor =
        policy->jitter <= policy->delay / 3 ? policy->delay - 3 * policy->jitter : NET_DELAY_MIN;
    return floor > NET_DELAY_MIN ? floor : NET_DELAY_MIN;
}

/* Where a policy comes from: the mappings in which its keys may stand, the nearest first. */
struct sources {
    const struct yaml_node *change, *direction, *link;
};

static struct yaml_node *value_of(const struct sources *from, const char *key)
{
    struct yaml_node *own = yaml_get(from->change, key);
    if (!own) {
        own = yaml_get(from->direction, key);
    }
    return own ? own : yaml_get(from->link, key);
}

/* A floor that was given holds until another is given; a default follows delay and jitter. */
static void finish_policy(struct reader *reader, const struct sources *from, bool floor_given,
                          struct net_link_policy *policy)
{
    struct arena *arena = &reader->draft->arena;
    struct yaml_node *delay = value_of(from, "delay"), *jitter = value_of(from, "jitter");
    struct yaml_node *floor = value_of(from, "floor"), *rate = value_of(from, "rate");
    if (good(rate) && policy->rate > 0 && policy->rate < 1000) {
        tell(reader, rate, 0, "rate %s is less than 1kbit; expected more, or 0bit for no limit",
             tell_found(reader, rate));
    }
    if ((delay && delay->bad) || (jitter && jitter->bad) || (floor && floor->bad)) {
        return;
    }
    if (policy->jitter > policy->delay) {
        tell(reader, jitter ? jitter : delay, 0,
             "jitter %s is more than the delay; expected at most %s",
             jitter ? tell_found(reader, jitter) : values_print_duration(arena, policy->jitter),
             values_print_duration(arena, policy->delay));
        return;
    }
    if (!floor && !floor_given) {
        policy->floor = default_floor(policy);
    } else if (policy->floor > policy->delay) {
        tell(reader, floor ? floor : delay, 0,
             "floor %s is more than the delay; expected at most %s",
             floor ? tell_found(reader, floor) : values_print_duration(arena, policy->floor),
             values_print_duration(arena, policy->delay));
    }
}

/* The changes of a direction, each a whole policy behind the one before it. */
static void chain_changes(struct reader *reader, struct sources from,
                          const struct schema_link_change *changes, size_t count,
                          struct net_link_policy *policy)
{
    struct yaml_node *nodes = value_of(&from, "changes");
    bool floor_given = value_of(&from, "floor");
    for (size_t i = 0; good(nodes) && i < count; i++) {
        struct yaml_node *node = yaml_item(nodes, i), *at = yaml_get(node, "at");
        struct net_link_policy *next = arena_alloc(&reader->draft->arena, sizeof *next);
        if (!good(at) || yaml_is_bad(node)) {
            return;
        }
        check_within(reader, at, "at", changes[i].at);
        if (i > 0 && changes[i].at < changes[i - 1].at) {
            tell(reader, at, 0, "at %s is before the change above it; expected them in order",
                 tell_found(reader, at));
        }
        *next = changes[i].policy;
        overlay(node, next, policy);
        next->next = NULL;
        from.change = node;
        finish_policy(reader, &from, floor_given, next);
        floor_given = floor_given || yaml_get(node, "floor");
        policy->next = next;
        policy->next_at = changes[i].at;
        policy = next;
    }
}

static void finish_direction(struct reader *reader, struct yaml_node *link,
                             const struct schema_link *draft, bool forward,
                             struct net_link_policy *policy)
{
    struct sources from = {
        .direction = yaml_get(link, forward ? "forward" : "backward"),
        .link = link,
    };
    bool own = yaml_get(from.direction, "changes");
    *policy = forward ? draft->forward : draft->backward;
    overlay(from.direction, policy, &draft->both);
    finish_policy(reader, &from, false, policy);
    if (own && forward) {
        chain_changes(reader, from, draft->forward_changes, draft->forward_change_count, policy);
    } else if (own) {
        chain_changes(reader, from, draft->backward_changes, draft->backward_change_count, policy);
    } else {
        chain_changes(reader, from, draft->both_changes, draft->both_change_count, policy);
    }
}

static void finish_link(struct reader *reader, struct yaml_node *node,
                        const struct schema_link *draft, struct scenario_link *link)
{
    *link = (struct scenario_link){
        .a = draft->a,
        .b = draft->b,
        .shared = draft->shared,
        .line = draft->line,
        .column = draft->column,
    };
    finish_direction(reader, node, draft, true, &link->ab);
    finish_direction(reader, node, draft, false, &link->ba);
}

static int compare_links(const void *left, const void *right)
{
    const struct scenario_link *a = *(const struct scenario_link *const *)left;
    const struct scenario_link *b = *(const struct scenario_link *const *)right;
    bool a_turned = strcmp(a->a, a->b) > 0, b_turned = strcmp(b->a, b->b) > 0;
    int order = strcmp(a_turned ? a->b : a->a, b_turned ? b->b : b->a);
    return order ? order : strcmp(a_turned ? a->a : a->b, b_turned ? b->a : b->b);
}

static int compare_links_stably(const void *left, const void *right)
{
    int order = compare_links(left, right);
    const struct scenario_link *const *a = left, *const *b = right;
    return order ? order : (*a < *b ? -1 : *a > *b);
}

bool check_joined(const struct check_names *names, const char *a, const char *b)
{
    /* Of members, their groups are linked. */
    const struct scenario_host *left = check_find_host(names, a),
                               *right = check_find_host(names, b);
    const struct scenario_link link = {.a = left ? left->name : a, .b = right ? right->name : b};
    const struct scenario_link *key = &link;
    return bsearch(&key, names->links, names->link_count, sizeof(struct scenario_link *),
                   compare_links) != NULL;
}

static bool check_end(struct reader *reader, const struct check_names *names,
                      struct yaml_node *node, const char *name)
{
    return (node && name && check_find_nat(names, name)) ||
           check_host_name(reader, names, node, "between", name);
}

/* Both ends of a link are hosts or boxes, and two. */
static bool check_ends(struct reader *reader, const struct check_names *names,
                       struct yaml_node *node, const struct schema_link *link)
{
    struct yaml_node *between = yaml_get(node, "between");
    bool a = check_end(reader, names, yaml_item(between, 0), link->a);
    bool b = check_end(reader, names, yaml_item(between, 1), link->b);
    if (a && b && strcmp(link->a, link->b) == 0) {
        tell(reader, between, 0, "between %s and itself; expected two hosts", link->a);
        return false;
    }
    return a && b;
}

void check_links(struct reader *reader, struct check_names *names)
{
    struct schema_draft *draft = reader->draft;
    struct scenario *scenario = &draft->scenario;
    struct yaml_node *nodes = yaml_get(reader->root, "links");
    scenario->link_count = draft->link_count;
    scenario->links = arena_alloc(&draft->arena, (draft->link_count + 1) * sizeof *scenario->links);
    names->links =
        arena_alloc(&draft->arena, (draft->link_count + 1) * sizeof(struct scenario_link *));
    names->links_whole = !nodes || good(nodes);
    for (size_t i = 0; i < draft->link_count; i++) {
        struct yaml_node *node = yaml_item(nodes, i);
        finish_link(reader, node, &draft->links[i], &scenario->links[i]);
        if (check_ends(reader, names, node, &draft->links[i])) {
            names->links[names->link_count++] = &scenario->links[i];
        } else {
            names->links_whole = false;
        }
    }
    qsort(names->links, names->link_count, sizeof *names->links, compare_links_stably);
    for (size_t i = 1; i < names->link_count; i++) {
        if (compare_links(&names->links[i], &names->links[i - 1]) == 0) {
            struct yaml_node *node = yaml_item(nodes, (size_t)(names->links[i] - scenario->links));
            tell(reader, yaml_get(node, "between"), 0,
                 "a second link between %s and %s; expected one, the first is in line %d",
                 names->links[i]->a, names->links[i]->b, names->links[i - 1]->line);
        }
    }
}

/* NAT boxes have IPv4 addresses. */
static unsigned family_of(const struct scenario *scenario, struct scenario_range hosts)
{
    return hosts.count > 0 ? scenario->hosts[hosts.first].address.family : 4;
}

void check_families(struct reader *reader)
{
    const struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *nodes = yaml_get(reader->root, "links");
    for (size_t i = 0; i < scenario->link_count; i++) {
        const struct scenario_link *link = &scenario->links[i];
        unsigned a = family_of(scenario, link->a_hosts), b = family_of(scenario, link->b_hosts);
        if (a != b && a != 0 && b != 0) {
            tell(reader, yaml_get(yaml_item(nodes, i), "between"), 0,
                 "%s has an IPv%u address and %s an IPv%u address; expected a link between "
                 "addresses of one family",
                 link->a, a, link->b, b);
        }
    }
}
