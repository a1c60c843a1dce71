/* Authentication of a host, as far as it is words: certificates are made later. */
#include <string.h>

#include "sim/scenario/check.h"

/* What the ways of authentication need. */
static void check_ways(struct reader *reader, struct yaml_node *ike, struct ike_auth_policy *auth)
{
    if (!yaml_get(ike, "remote_auth")) {
        auth->remote = auth->local;
    }
    auth->epoch = reader->draft->scenario.epoch;
    if (auth->lifetime % 1000000000 != 0) {
        tell(reader, yaml_get(ike, "auth_lifetime"), 0,
             "auth_lifetime %s is no number of whole seconds, which is what AUTH_LIFETIME can say; "
             "expected one",
             tell_found(reader, yaml_get(ike, "auth_lifetime")));
    }
    bool psk = auth->local == IKE_AUTH_PSK || auth->remote == IKE_AUTH_PSK ||
               (!yaml_has(ike, "eap_secret") &&
                (auth->local == IKE_AUTH_EAP_MSCHAPV2 || auth->remote == IKE_AUTH_EAP_MSCHAPV2));
    if (psk && ike && ike->kind == YAML_MAPPING && !yaml_has(ike, "secret")) {
        struct yaml_node at = {.place = ike->place};
        tell(reader, &at, 0, "ike has no 'secret'; expected %s",
             schema_expects(&(struct schema_key){.type = SCHEMA_SECRET}));
    }
}

/* A name and a key, or neither. */
static void check_ppk(struct reader *reader, struct yaml_node *ike, struct scenario_host *host)
{
    struct yaml_node *id = yaml_get(ike, "ppk_id"), *key = yaml_get(ike, "ppk");
    size_t len = host->ppk_name ? strlen(host->ppk_name) : 0;
    if (!id != !key) {
        tell(reader, id ? id : key, 0, "%s without %s; expected both", id ? "ppk_id" : "ppk",
             id ? "ppk" : "ppk_id");
    } else if (id && (len == 0 || len > 64)) {
        tell(reader, id, 0, "ppk_id has %zu characters; expected 1 to 64", len);
    }
    host->policy.auth.ppk_id = crypto_bytes(host->ppk_name, len);
}

void check_auth(struct reader *reader, struct yaml_node *ike, struct scenario_host *host)
{
    check_ways(reader, ike, &host->policy.auth);
    check_ppk(reader, ike, host);
}
