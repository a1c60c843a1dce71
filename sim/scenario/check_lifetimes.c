/* Lifetimes: defaults that follow from each other, as strongSwan has them, and their order. */
#include "sim/scenario/check.h"
#include "sim/scenario/values.h"

/* The keys of one lifetime in the file. */
struct keys {
    const char *rekey, *life, *rand;
};

/* 10% of it, at least 1. */
static uint64_t tenth(uint64_t value)
{
    return value / 10 ? value / 10 : value != 0;
}

static uint64_t tenth_more(uint64_t value)
{
    return value > UINT64_MAX - tenth(value) ? UINT64_MAX : value + tenth(value);
}

static void check_rand(struct reader *reader, struct yaml_node *node, const char *key,
                       const char *rekey_key, uint64_t rand, uint64_t rekey)
{
    if (yaml_get(node, key) && rand > 0 && rand >= rekey) {
        tell(reader, yaml_get(node, key), 0, "%s is not less than %s; expected less of it", key,
             rekey_key);
    }
}

static void check_lifetime(struct reader *reader, struct yaml_node *node, const struct keys *keys,
                           struct ike_lifetime *lifetime)
{
    struct yaml_node *life = yaml_get(node, keys->life), *rekey = yaml_get(node, keys->rekey);
    if ((life && life->bad) || (rekey && rekey->bad)) {
        return;
    }
    if (!life) {
        lifetime->life = tenth_more(lifetime->rekey);
    } else if (lifetime->life > 0 && lifetime->life <= lifetime->rekey) {
        tell(reader, life, 0, "%s is not more than %s; expected more of it", keys->life,
             keys->rekey);
        return;
    }
    if (!yaml_get(node, keys->rand)) {
        uint64_t margin = lifetime->life > lifetime->rekey ? lifetime->life - lifetime->rekey : 0;
        /* Of a life that is longer than twice rekey_time no more than all of it can be taken. */
        lifetime->rand = lifetime->rekey == 0       ? 0
                         : margin < lifetime->rekey ? margin
                                                    : lifetime->rekey - 1;
    }
    check_rand(reader, node, keys->rand, keys->rekey, lifetime->rand, lifetime->rekey);
}

void check_lifetimes(struct reader *reader, struct yaml_node *node, struct scenario_host *host)
{
    struct ike_policy *policy = &host->policy;
    struct yaml_node *ike = yaml_get(node, "ike"), *children = yaml_get(node, "children");
    if (!yaml_get(ike, "over_time")) {
        policy->over_time = tenth(policy->rekey_time);
    }
    if (!yaml_get(ike, "rand_time")) {
        policy->rand_time =
            policy->over_time < policy->rekey_time ? policy->over_time : policy->rekey_time / 2;
    }
    check_rand(reader, ike, "rand_time", "rekey_time", policy->rand_time, policy->rekey_time);
    for (size_t i = 0; i < policy->child_count; i++) {
        /* The draft's own, not shared yet. */
        struct ike_child_policy *child = (struct ike_child_policy *)&policy->children[i];
        struct yaml_node *at = yaml_item(children, i);
        check_lifetime(reader, at, &(struct keys){"rekey_time", "life_time", "rand_time"},
                       &child->time);
        check_lifetime(reader, at, &(struct keys){"rekey_bytes", "life_bytes", "rand_bytes"},
                       &child->bytes);
        check_lifetime(reader, at, &(struct keys){"rekey_packets", "life_packets", "rand_packets"},
                       &child->packets);
    }
}
