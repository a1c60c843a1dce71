#include "sim/scenario/print_auth.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/credentials.h"
#include "sim/scenario/schema.h"
#include "sim/scenario/values.h"
#include "sim/scenario/yaml.h"

static const char *flow(struct arena *arena, const char *text)
{
    return yaml_quote(arena, text, true);
}

/* Files by their full names: the copy of a scenario lies elsewhere. */
static const char *file(struct arena *arena, const struct scenario *scenario, const char *path)
{
    char whole[PATH_MAX];
    const char *found = credentials_path(arena, scenario, path);
    return flow(arena, realpath(found, whole) ? whole : found);
}

static bool is_authority(const struct scenario *scenario, const char *word)
{
    for (size_t i = 0; i < scenario->authority_count; i++) {
        if (strcmp(scenario->authorities[i].name, word) == 0) {
            return true;
        }
    }
    return false;
}

static void print_files(FILE *out, struct arena *arena, const struct scenario *scenario,
                        const char *key, const char *const *paths, size_t count)
{
    if (count == 0) {
        return;
    }
    fprintf(out, "      %s: [", key);
    for (size_t i = 0; i < count; i++) {
        const char *text = is_authority(scenario, paths[i]) ? flow(arena, paths[i])
                                                            : file(arena, scenario, paths[i]);
        fprintf(out, "%s%s", i ? ", " : "", text);
    }
    fputs("]\n", out);
}

static void print_certificate(FILE *out, struct arena *arena, const struct scenario_certs *certs)
{
    fprintf(out, "      certificate: {key: %s", schema_word(schema_key_kinds, certs->key));
    if (certs->authority) {
        fprintf(out, ", authority: %s", flow(arena, certs->authority));
    }
    if (certs->id.text) {
        fprintf(out, ", id: %s", flow(arena, certs->id.text));
    }
    if (certs->not_before) {
        fprintf(out, ", not_before: %s", values_print_epoch(arena, certs->not_before));
    }
    if (certs->not_after) {
        fprintf(out, ", not_after: %s", values_print_epoch(arena, certs->not_after));
    }
    fputs("}\n", out);
}

void print_auth(FILE *out, struct arena *arena, const struct scenario *scenario,
                const struct scenario_host *host)
{
    const struct ike_policy *policy = &host->policy;
    const struct ike_identity *identity = &host->identity;
    const struct scenario_certs *certs = &host->certs;
    fprintf(out, "      auth: %s\n", schema_word(schema_auths, policy->auth.local));
    fprintf(out, "      remote_auth: %s\n", schema_word(schema_auths, policy->auth.remote));
    if (policy->secret.data) {
        fprintf(out, "      secret: %s\n", flow(arena, values_print_secret(arena, policy->secret)));
    }
    /* Of a group, each has its own address otherwise; a name that is taken from a certificate, or
     * none, is taken again. */
    if (identity->text && identity->type != IKE_ID_DER_ASN1_DN && identity->type != IKE_ID_NULL) {
        fprintf(out, "      id: %s\n", flow(arena, identity->text));
    }
    fprintf(out, "      remote_id: %s\n",
            flow(arena, host->remote.text ? host->remote.text : "%any"));
    if (host->eap_identity.text) {
        fprintf(out, "      eap_id: %s\n", flow(arena, host->eap_identity.text));
    }
    if (policy->auth.eap_secret.data) {
        fprintf(out, "      eap_secret: %s\n",
                flow(arena, values_print_secret(arena, policy->auth.eap_secret)));
    }
    if (host->ppk_name) {
        fprintf(out, "      ppk_id: %s\n      ppk: %s\n", flow(arena, host->ppk_name),
                flow(arena, values_print_secret(arena, policy->auth.ppk)));
    }
    fprintf(out, "      ppk_required: %s\n", policy->auth.ppk_required ? "true" : "false");
    fprintf(out, "      reauth_time: %s\n", values_print_duration(arena, policy->auth.reauth_time));
    fprintf(out, "      make_before_break: %s\n",
            policy->auth.make_before_break ? "true" : "false");
    fprintf(out, "      auth_lifetime: %s\n", values_print_duration(arena, policy->auth.lifetime));
    print_files(out, arena, scenario, "certs", certs->files, certs->file_count);
    if (certs->key_file) {
        fprintf(out, "      key: %s\n", file(arena, scenario, certs->key_file));
    }
    print_certificate(out, arena, certs);
    print_files(out, arena, scenario, "cacerts", certs->trusted, certs->trusted_count);
    print_files(out, arena, scenario, "crls", certs->crls, certs->crl_count);
    fprintf(out, "      revocation: %s\n", schema_word(schema_revocations, certs->strict));
    fprintf(out, "      signature: %s\n", schema_word(schema_signatures, certs->signature));
}

void print_authorities(FILE *out, struct arena *arena, const struct scenario *scenario)
{
    fputs(scenario->authority_count ? "authorities:\n" : "", out);
    for (size_t i = 0; i < scenario->authority_count; i++) {
        const struct scenario_authority *authority = &scenario->authorities[i];
        fprintf(out, "  - {name: %s, key: %s", flow(arena, authority->name),
                schema_word(schema_key_kinds, authority->key));
        if (authority->issuer) {
            fprintf(out, ", issuer: %s", flow(arena, authority->issuer));
        }
        if (authority->not_before) {
            fprintf(out, ", not_before: %s", values_print_epoch(arena, authority->not_before));
        }
        if (authority->not_after) {
            fprintf(out, ", not_after: %s", values_print_epoch(arena, authority->not_after));
        }
        for (size_t k = 0; k < authority->revoked_count; k++) {
            fprintf(out, "%s%s", k ? ", " : ", revoked: [", flow(arena, authority->revoked[k]));
        }
        fprintf(out, "%s, crl: %s}\n", authority->revoked_count ? "]" : "",
                authority->crl ? "true" : "false");
    }
}
