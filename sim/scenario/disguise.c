#include "sim/scenario/disguise.h"

#include <assert.h>
#include <string.h>

#include "sim/engine/draw.h"
#include "sim/host/node.h"

/* What is drawn for. */
enum purpose { FOR_GUESS, FOR_KEY };

static bool is_stolen(const struct scenario_attacker *attacker, const char *host)
{
    for (size_t i = 0; i < attacker->stolen_count; i++) {
        if (strcmp(attacker->stolen[i], host) == 0) {
            return true;
        }
    }
    return false;
}

static bool same(struct crypto_bytes a, struct crypto_bytes b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* Whether the octets are among those of a host that it has stolen: a shared key is the same at both
 * ends. */
static bool knows(const struct scenario *scenario, const struct scenario_attacker *attacker,
                  struct crypto_bytes secret)
{
    for (size_t i = 0; i < scenario->host_count; i++) {
        const struct ike_policy *policy = &scenario->hosts[i].host->policy;
        if (is_stolen(attacker, scenario->hosts[i].name) &&
            (same(policy->secret, secret) || same(policy->auth.eap_secret, secret) ||
             same(policy->auth.ppk, secret))) {
            return true;
        }
    }
    return false;
}

static void draw_fill(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    node_draw(*(const struct sim_draw_key *)context, draw, out, len);
}

void disguise_make(struct disguise *disguise, const struct scenario *scenario,
                   const struct scenario_attacker *attacker, const struct scenario_member *host,
                   struct crypto_context *crypto)
{
    struct sim_draw_key draw_key = sim_draw_key(scenario->seed, attacker->name, host->name);
    const struct crypto_entropy entropy = {.fill = draw_fill, .context = &draw_key};
    struct crypto_draw draw = {.message_id = FOR_GUESS, .exchange = UINT8_MAX};
    *disguise = (struct disguise){.policy = host->host->policy, .self = host->self};
    if (host->self.secrets) {
        disguise->secrets = *host->self.secrets;
        disguise->self.secrets = &disguise->secrets;
    }
    struct ike_policy *policy = &disguise->policy;
    struct crypto_bytes *const secrets[] = {&policy->secret, &policy->auth.eap_secret,
                                            &policy->auth.ppk, &disguise->secrets.qcd,
                                            &disguise->secrets.tickets};
    entropy.fill(entropy.context, &draw, disguise->guess, sizeof disguise->guess);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        if (secrets[i]->len > 0 && !knows(scenario, attacker, *secrets[i])) {
            *secrets[i] = crypto_bytes(disguise->guess, sizeof disguise->guess);
        }
    }
    const struct ike_credentials *own = disguise->self.credentials;
    if (own && own->key.len > 0 && !is_stolen(attacker, host->name)) {
        draw.message_id = FOR_KEY;
        disguise->key_len = crypto_key_make(crypto, crypto_private_kind(crypto, own->key), &entropy,
                                            &draw, &disguise->key);
        assert(disguise->key_len > 0);
        disguise->credentials = *own;
        disguise->credentials.key = crypto_bytes(disguise->key, disguise->key_len);
        disguise->self.credentials = &disguise->credentials;
    }
}

void disguise_dispose(struct disguise *disguise)
{
    crypto_octets_free(disguise->key, disguise->key_len);
    crypto_wipe(disguise->guess, sizeof disguise->guess);
}
