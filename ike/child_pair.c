/*
 * A CHILD SA for one pair of addresses. A peer that makes no other ones says SINGLE_PAIR_REQUIRED;
 * it is asked again for the addresses of the packets that there are, and the successors of what
 * comes of it are asked for in the same way (RFC 7296 §2.9).
 */
#include <string.h>

#include "ike/child.h"
#include "ike/selectors.h"

bool ike_child_pair(const struct ike_child *child, struct ike_pair *pair)
{
    const struct ike_child_scope *scope = child->scope;
    const struct ike_selector *local, *remote;

    if (!scope || scope->local_count != 1 || scope->remote_count != 1) {
        return false;
    }
    local = &scope->selectors[0];
    remote = &scope->selectors[1];
    if (!ike_selector_is_address(local) || !ike_selector_is_address(remote) ||
        local->type != remote->type) {
        return false;
    }
    *pair = (struct ike_pair){.family = local->type == IKE_TS_IPV4_ADDR_RANGE ? 4 : 6};
    memcpy(pair->local, local->start, sizeof(pair->local));
    memcpy(pair->remote, remote->start, sizeof(pair->remote));
    return true;
}

void ike_child_offer_pair(const struct ike_child *old, struct ike_child_offer *offer)
{
    if (old && old->scope && (old->scope->paired || old->policy->single_pair)) {
        ike_child_pair(old, &offer->pair);
    }
}

static void make_side(const struct ike_pair *pair, const uint8_t address[16],
                      struct ike_child_side *side)
{
    side->own[0] = (struct ike_selector){
        .type = pair->family == 4 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE,
        .end_port = UINT16_MAX,
    };
    memcpy(side->own[0].start, address, sizeof(side->own[0].start));
    memcpy(side->own[0].end, address, sizeof(side->own[0].end));
    side->list = side->own;
    side->count = 1;
    side->barred = false;
}

void ike_child_offer_side(const struct ike_endpoint *endpoint, const struct ike_child_offer *offer,
                          const struct ike_sa *sa, bool local, struct ike_child_side *side)
{
    const struct ike_pair *pair = &offer->pair;

    if (!pair->family || (local && pair->leased)) {
        ike_child_side(endpoint, offer->policy, sa, local, side);
    } else {
        make_side(pair, local ? pair->local : pair->remote, side);
    }
}

bool ike_child_has_pair(const struct ike_endpoint *endpoint, const struct ike_child_policy *policy,
                        const struct ike_sa *sa, const struct ike_pair *pair)
{
    const struct ike_child_offer offer = {.policy = policy, .pair = *pair};
    struct ike_child_side all, one;

    for (int local = 0; local < 2; local++) {
        ike_child_side(endpoint, policy, sa, local, &all);
        ike_child_offer_side(endpoint, &offer, sa, local, &one);
        if (!ike_selectors_within(one.list, one.count, all.list, all.count)) {
            return false;
        }
    }
    return true;
}
