/* NAT boxes: who is behind them, and how one reaches whom. */
#include <string.h>

#include "sim/net/attacker.h"
#include "sim/scenario/check.h"

/* Boxes behind boxes; more of them is a circle, or worse. */
enum { NESTED_MAX = 8 };

const struct scenario_nat *check_find_nat(const struct check_names *names, const char *name)
{
    for (size_t i = 0; i < names->nat_count; i++) {
        if (names->nats[i].name && strcmp(names->nats[i].name, name) == 0) {
            return &names->nats[i];
        }
    }
    return NULL;
}

static const char *behind_of(const struct check_names *names, const char *name)
{
    const struct scenario_nat *nat = check_find_nat(names, name);
    const struct scenario_host *host = nat ? NULL : check_find_host(names, name);
    return nat ? nat->behind : host ? host->behind : NULL;
}

static bool reaches(const struct check_names *names, const char *a, const char *b, int depth)
{
    if (check_joined(names, a, b)) {
        return true;
    }
    const char *out = behind_of(names, a), *in = behind_of(names, b);
    if (depth > 0 && out && check_joined(names, a, out) && reaches(names, out, b, depth - 1)) {
        return true;
    }
    const struct scenario_nat *box = in ? check_find_nat(names, in) : NULL;
    return depth > 0 && box && box->forward && strcmp(box->forward, b) == 0 &&
           check_joined(names, in, b) && reaches(names, a, in, depth - 1);
}

bool check_reaches(const struct check_names *names, const char *a, const char *b)
{
    return reaches(names, a, b, NESTED_MAX);
}

bool check_linked(const struct check_names *names, const char *a, const char *b)
{
    return check_reaches(names, a, b) || check_reaches(names, b, a);
}

bool check_nat_name(struct reader *reader, const struct check_names *names, struct yaml_node *node,
                    const char *key, const char *name)
{
    if (!node || !name) {
        return false;
    }
    if (check_find_nat(names, name)) {
        return true;
    }
    tell(reader, node, 0, "%s: there is no NAT box '%s'; expected one of nats", key, name);
    return false;
}

void check_behind(struct reader *reader, const struct check_names *names, struct yaml_node *node,
                  const char *name, const char *behind)
{
    struct yaml_node *at = yaml_get(node, "behind");
    if (!name || !check_nat_name(reader, names, at, "behind", behind)) {
        return;
    }
    if (names->links_whole && !check_joined(names, name, behind)) {
        tell(reader, at, 0, "no link joins %s and %s; expected one in links: {between: [%s, %s]}",
             name, behind, name, behind);
    }
}

static void check_nat(struct reader *reader, const struct check_names *names,
                      struct yaml_node *node, const struct scenario_nat *nat)
{
    if (!nat->name) {
        return;
    }
    if (check_find_host(names, nat->name)) {
        tell(reader, yaml_get(node, "name"), 0, "'%s' is also the name of a host; expected another",
             nat->name);
    } else if (check_find_nat(names, nat->name) != nat) {
        tell(reader, yaml_get(node, "name"), 0,
             "a second NAT box is called '%s'; expected names that differ", nat->name);
    }
    if (nat->address.family == 6) {
        tell(reader, yaml_get(node, "address"), 0,
             "address %s is one of IPv6; expected an IPv4 address, as NATs are made for those",
             tell_found(reader, yaml_get(node, "address")));
    }
    if (nat->forward &&
        check_member_name(reader, names, yaml_get(node, "forward"), "forward", nat->forward)) {
        const struct scenario_host *host = check_find_host(names, nat->forward);
        if (!host->behind || strcmp(host->behind, nat->name) != 0) {
            tell(reader, yaml_get(node, "forward"), 0,
                 "%s is not behind %s; expected a host that is", nat->forward, nat->name);
        }
    }
    const char *up = nat->behind;
    for (int depth = 0; up && depth <= NESTED_MAX; depth++) {
        const struct scenario_nat *next = check_find_nat(names, up);
        up = next ? next->behind : NULL;
    }
    if (up) {
        tell(reader, yaml_get(node, "behind"), 0,
             "NAT boxes that are behind each other in a circle; expected an outermost one");
    }
    check_behind(reader, names, node, nat->name, nat->behind);
}

void check_nats(struct reader *reader, const struct check_names *names)
{
    struct yaml_node *nodes = yaml_get(reader->root, "nats");
    for (size_t i = 0; i < names->nat_count; i++) {
        check_nat(reader, names, yaml_item(nodes, i), &names->nats[i]);
    }
}

/* ---- attackers ---- */

/* It is two hosts at once, and takes their places. */
static void check_middle(struct reader *reader, const struct check_names *names,
                         struct yaml_node *node, const struct scenario_attacker *attacker)
{
    struct yaml_node *stolen = yaml_get(node, "stolen"), *alters = yaml_get(node, "alters");
    if (attacker->strategy != ATTACKER_MIDDLE) {
        if (stolen || alters) {
            tell(reader, stolen ? stolen : alters, 0,
                 "%s of an attacker that does %s; expected it with does: middle",
                 stolen ? "stolen" : "alters", schema_word(schema_strategies, attacker->strategy));
        }
        return;
    }
    if (check_find_nat(names, attacker->a) || check_find_nat(names, attacker->b)) {
        tell(reader, yaml_get(node, "between"), 0,
             "a NAT box at an end of the link of a middle; expected the two hosts that speak with "
             "each other");
    }
    for (size_t i = 0; i < attacker->stolen_count; i++) {
        if (strcmp(attacker->stolen[i], attacker->a) != 0 &&
            strcmp(attacker->stolen[i], attacker->b) != 0) {
            tell(reader, yaml_item(stolen, i), 0, "stolen from %s; expected %s or %s",
                 attacker->stolen[i], attacker->a, attacker->b);
        }
    }
}

static void check_attacker(struct reader *reader, const struct check_names *names,
                           struct yaml_node *node, const struct scenario_attacker *attacker)
{
    struct yaml_node *between = yaml_get(node, "between");
    if (!attacker->name || !attacker->a || !attacker->b || !names->links_whole) {
        return;
    }
    if (check_find_host(names, attacker->name) || check_find_nat(names, attacker->name)) {
        tell(reader, yaml_get(node, "name"), 0,
             "'%s' is also the name of a host or NAT box; expected another", attacker->name);
    }
    if (!check_joined(names, attacker->a, attacker->b)) {
        tell(reader, between, 0, "no link joins %s and %s; expected one to sit on", attacker->a,
             attacker->b);
    }
    if (attacker->from && strcmp(attacker->from, attacker->a) != 0 &&
        strcmp(attacker->from, attacker->b) != 0) {
        tell(reader, yaml_get(node, "from"), 0,
             "from %s, which is not on the link; expected %s or %s", attacker->from, attacker->a,
             attacker->b);
    }
    check_within(reader, yaml_get(node, "at"), "at", attacker->at);
    check_middle(reader, names, node, attacker);
}

/* Each on a link of its own, between single hosts. */
void check_attackers(struct reader *reader, const struct check_names *names)
{
    const struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *nodes = yaml_get(reader->root, "attackers");
    for (size_t i = 0; i < scenario->attacker_count; i++) {
        const struct scenario_attacker *attacker = &scenario->attackers[i];
        struct yaml_node *node = yaml_item(nodes, i);
        const char *const ends[] = {attacker->a, attacker->b};
        for (size_t e = 0; e < 2; e++) {
            struct yaml_node *end = yaml_item(yaml_get(node, "between"), e);
            if (ends[e] && !check_find_nat(names, ends[e])) {
                check_member_name(reader, names, end, "between", ends[e]);
            }
        }
        check_attacker(reader, names, node, attacker);
        for (size_t j = 0; j < i; j++) {
            const struct scenario_attacker *other = &scenario->attackers[j];
            if (attacker->a && attacker->b && other->a && other->b &&
                ((strcmp(attacker->a, other->a) == 0 && strcmp(attacker->b, other->b) == 0) ||
                 (strcmp(attacker->a, other->b) == 0 && strcmp(attacker->b, other->a) == 0))) {
                tell(reader, yaml_get(node, "between"), 0,
                     "%s sits on that link already; expected one attacker for each", other->name);
            }
        }
    }
}
