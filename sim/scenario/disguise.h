/*
 * Another's name without another's secrets: the policy and self with which an attacker in the
 * middle passes for a host. Everything that a host shows the world is in it; what the host keeps to
 * itself only where it was stolen.
 */
#ifndef IKESIM_SIM_SCENARIO_DISGUISE_H
#define IKESIM_SIM_SCENARIO_DISGUISE_H

#include "crypto/context.h"
#include "sim/scenario/scenario.h"

struct disguise {
    struct ike_policy policy;
    struct ike_self self;
    struct ike_secrets secrets;
    struct ike_credentials credentials; /* an own key, and the host's certificates */
    uint8_t *key;
    size_t key_len;
    uint8_t guess[32]; /* for each secret that it does not have */
};

/* To be `host`, as far as that attacker can; it points into itself and the scenario.
 * What it does not have it draws by the two names. */
void disguise_make(struct disguise *disguise, const struct scenario *scenario,
                   const struct scenario_attacker *attacker, const struct scenario_member *host,
                   struct crypto_context *crypto);
void disguise_dispose(struct disguise *disguise);

#endif
