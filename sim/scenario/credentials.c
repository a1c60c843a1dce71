#include "sim/scenario/credentials.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/draw.h"
#include "sim/host/node.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/values.h"

enum { CERTS_MAX = 16, TRUSTED_MAX = 256, CRLS_MAX = 64 };

static const int64_t day = 86400;

/* What is drawn for. */
enum purpose { FOR_KEY, FOR_CERTIFICATE, FOR_LIST };

struct maker {
    struct reader *reader;
    struct scenario *scenario;
    struct arena *arena;
    struct crypto_context *crypto;
    struct sim_draw_key draw_key; /* of whom something is made for at the moment */
    struct crypto_entropy entropy;
    struct yaml_node *nodes; /* hosts of the file */
};

static void draw_fill(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    const struct maker *maker = context;
    node_draw(maker->draw_key, draw, out, len);
}

static struct crypto_draw begin_draws(struct maker *maker, const char *of, const char *name,
                                      enum purpose purpose)
{
    maker->draw_key = sim_draw_key(maker->scenario->seed, of, name);
    return (struct crypto_draw){.message_id = purpose};
}

/* Takes octets that crypto/ has made over into the arena. */
static struct crypto_bytes keep(struct maker *maker, uint8_t *octets, size_t len)
{
    struct crypto_bytes kept =
        crypto_bytes(len ? arena_copy(maker->arena, (const char *)octets, len) : NULL, len);
    crypto_octets_free(octets, len);
    return kept;
}

static struct crypto_bytes make_key(struct maker *maker, const char *of, const char *name,
                                    uint8_t kind)
{
    struct crypto_draw draw = begin_draws(maker, of, name, FOR_KEY);
    uint8_t *octets;
    size_t len = crypto_key_make(maker->crypto, kind, &maker->entropy, &draw, &octets);
    assert(len > 0);
    return keep(maker, octets, len);
}

static struct crypto_bytes make_certificate(struct maker *maker, const char *of, const char *name,
                                            const struct crypto_x509_spec *spec,
                                            struct yaml_node *node)
{
    struct crypto_draw draw = begin_draws(maker, of, name, FOR_CERTIFICATE);
    const char *why = NULL;
    uint8_t *octets;
    size_t len = crypto_x509_make(maker->crypto, spec, &maker->entropy, &draw, &octets, &why);
    if (len == 0) {
        tell(maker->reader, node, 0, "no certificate can be made for %s: %s; expected another name",
             name, why);
    }
    return keep(maker, octets, len);
}

/* ---- authorities ---- */

/* The one of that name among the first `count`; told if there is none. */
static const struct scenario_authority *find_authority(struct maker *maker, struct yaml_node *node,
                                                       const char *key, const char *name,
                                                       size_t count)
{
    struct nearest nearest = {.word = name};
    for (size_t i = 0; i < count; i++) {
        const struct scenario_authority *authority = &maker->scenario->authorities[i];
        if (strcmp(authority->name, name) == 0) {
            return authority;
        }
        nearest_consider(&nearest, authority->name);
    }
    tell(maker->reader, node, 0, "%s: there is no authority '%s'%s; expected one of authorities%s",
         key, name, count < maker->scenario->authority_count ? " before this one" : "",
         tell_meant(maker->reader, nearest.found));
    return NULL;
}

static void make_authority(struct maker *maker, size_t i)
{
    struct scenario *scenario = maker->scenario;
    struct scenario_authority *authority = &scenario->authorities[i];
    struct yaml_node *node = yaml_item(yaml_get(maker->reader->root, "authorities"), i);
    const struct scenario_authority *above = NULL;
    struct crypto_x509_issuer issuer;
    struct crypto_x509_spec spec = {.common_name = authority->name, .ca = true};
    for (size_t k = 0; k < i; k++) {
        if (strcmp(scenario->authorities[k].name, authority->name) == 0) {
            tell(maker->reader, yaml_get(node, "name"), 0,
                 "a second authority is called '%s'; expected names that differ, the first is in "
                 "line %d",
                 authority->name, scenario->authorities[k].line);
            return;
        }
    }
    if (authority->issuer) {
        above = find_authority(maker, yaml_get(node, "issuer"), "issuer", authority->issuer, i);
        if (!above) {
            return;
        }
        issuer = (struct crypto_x509_issuer){above->certificate, above->private_key};
        spec.issuer = &issuer;
    }
    authority->private_key = make_key(maker, "authority", authority->name, authority->key);
    spec.key = authority->private_key;
    spec.not_before = authority->not_before ? authority->not_before : scenario->epoch - 30 * day;
    spec.not_after =
        authority->not_after
            ? authority->not_after
            : scenario->epoch + (int64_t)(scenario->duration / 1000000000) + 3650 * day;
    authority->certificate =
        make_certificate(maker, "authority", authority->name, &spec, yaml_get(node, "name"));
}

/* ---- hosts ---- */

/* Own certificate, then those of the authorities that do not sign themselves. */
static void add_chain(struct maker *maker, const struct scenario_authority *authority,
                      struct crypto_bytes *certs, size_t *count)
{
    for (size_t depth = 0; authority->issuer && depth < CERTS_MAX - 1; depth++) {
        certs[(*count)++] = authority->certificate;
        for (size_t i = 0; i < maker->scenario->authority_count; i++) {
            if (strcmp(maker->scenario->authorities[i].name, authority->issuer) == 0) {
                authority = &maker->scenario->authorities[i];
                break;
            }
        }
    }
}

static void issue(struct maker *maker, const struct scenario_member *host, struct yaml_node *ike,
                  const struct scenario_authority *authority, struct ike_credentials *out,
                  struct crypto_bytes group_key)
{
    const struct scenario *scenario = maker->scenario;
    const struct scenario_certs *certs = &host->host->certs;
    const struct ike_identity *id = certs->id.type ? &certs->id : &host->self.identity;
    const struct crypto_x509_issuer issuer = {authority->certificate, authority->private_key};
    struct crypto_bytes chain[CERTS_MAX];
    struct crypto_name name;
    if (!ike_certificate_name(id->type, id->data, &name) || name.type == CRYPTO_NAME_DN) {
        tell(maker->reader, yaml_get(ike, "id"), 0,
             "id %s is none that a certificate can be for; expected an address, a name or "
             "user@domain",
             id->text);
        return;
    }
    out->key = group_key.len ? group_key : make_key(maker, "host", host->name, certs->key);
    const struct crypto_x509_spec spec = {
        .common_name = id->text,
        .names = &name,
        .name_count = 1,
        .not_before = certs->not_before ? certs->not_before : scenario->epoch - day,
        .not_after = certs->not_after
                         ? certs->not_after
                         : scenario->epoch + (int64_t)(scenario->duration / 1000000000) + 365 * day,
        .key = out->key,
        .issuer = &issuer,
    };
    chain[0] = make_certificate(maker, "host", host->name, &spec, yaml_get(ike, "id"));
    out->cert_count = 1;
    add_chain(maker, authority, chain, &out->cert_count);
    struct crypto_bytes *kept = arena_alloc(maker->arena, out->cert_count * sizeof *kept);
    memcpy(kept, chain, out->cert_count * sizeof *kept);
    out->certs = kept;
}

static bool is_key_of(struct maker *maker, struct crypto_bytes key, struct crypto_bytes certificate)
{
    uint8_t *public = NULL;
    size_t len = crypto_x509_public_key(maker->crypto, certificate, &public);
    bool pair = len > 0 && crypto_key_pairs(maker->crypto, key, crypto_bytes(public, len));
    crypto_octets_free(public, len);
    return pair;
}

/* A host whose certificate is in files; without `id` it is who the certificate says it is. */
static void load_own(struct maker *maker, struct scenario_member *host, struct yaml_node *ike,
                     struct ike_credentials *out)
{
    const struct scenario_certs *said = &host->host->certs;
    struct crypto_bytes certs[CERTS_MAX], key[1];
    size_t keys = 0;
    struct crypto_x509_facts facts;
    out->cert_count = 0;
    for (size_t i = 0; i < said->file_count; i++) {
        read_credentials_file(maker->reader, maker->crypto, yaml_item(yaml_get(ike, "certs"), i),
                              "certs", said->files[i], "CERTIFICATE", certs, CERTS_MAX,
                              &out->cert_count);
    }
    if (said->key_file) {
        read_credentials_file(maker->reader, maker->crypto, yaml_get(ike, "key"), "key",
                              said->key_file, "PRIVATE KEY", key, 1, &keys);
    } else {
        tell(maker->reader, yaml_get(ike, "certs"), 0,
             "certs without key; expected the file with the private key");
    }
    if (out->cert_count == 0 || keys == 0) {
        return;
    }
    out->key = key[0];
    struct crypto_bytes *kept = arena_alloc(maker->arena, out->cert_count * sizeof *kept);
    memcpy(kept, certs, out->cert_count * sizeof *kept);
    out->certs = kept;
    if (!crypto_x509_read(maker->crypto, certs[0], &facts)) {
        tell(maker->reader, yaml_item(yaml_get(ike, "certs"), 0), 0,
             "certs: %s is no certificate; expected one in PEM or DER", said->files[0]);
    } else if (crypto_private_kind(maker->crypto, out->key) != facts.key) {
        tell(maker->reader, yaml_get(ike, "key"), 0,
             "key is none for the first of certs, which has a key of kind %s; expected its own",
             crypto_key_kind_name(facts.key));
    } else if (!is_key_of(maker, out->key, certs[0])) {
        tell(maker->reader, yaml_get(ike, "key"), 0,
             "key is another than that of the first of certs; expected its own");
    } else if (!yaml_get(ike, "id")) {
        uint8_t *subject;
        size_t len = crypto_x509_subject(maker->crypto, certs[0], &subject);
        host->self.identity = (struct ike_identity){
            .type = IKE_ID_DER_ASN1_DN,
            .data = keep(maker, subject, len),
            .text = arena_copy(maker->arena, facts.subject, strlen(facts.subject)),
        };
    }
}

static void set_signature(struct maker *maker, struct yaml_node *ike, struct scenario_host *host,
                          const struct ike_credentials *own)
{
    struct ike_auth_policy *auth = &host->policy.auth;
    size_t count;
    const struct crypto_scheme *schemes = crypto_scheme_table(&count);
    auth->classic = host->certs.signature == SCHEMA_SIGNATURE_CLASSIC;
    if (host->certs.signature < SCHEMA_SIGNATURE_SCHEMES) {
        return;
    }
    assert(host->certs.signature - SCHEMA_SIGNATURE_SCHEMES < (int)count);
    auth->scheme = &schemes[host->certs.signature - SCHEMA_SIGNATURE_SCHEMES];
    enum crypto_key_kind kind = crypto_private_kind(maker->crypto, own->key);
    if (own->key.len && !crypto_scheme_fits(auth->scheme, kind)) {
        tell(maker->reader, yaml_get(ike, "signature"), 0,
             "signature %s with a key of kind %s; expected one that goes with it",
             auth->scheme->name, crypto_key_kind_name(kind));
    }
}

/* Credentials of all that a host of the file stands for. */
static void equip(struct maker *maker, struct scenario_host *template, struct yaml_node *ike)
{
    struct scenario *scenario = maker->scenario;
    const struct scenario_certs *certs = &template->certs;
    size_t members = template->count ? template->count : 1;
    const struct scenario_authority *authority = NULL;
    struct crypto_bytes group_key = {0};
    bool rsa = certs->key <= CRYPTO_KEY_RSA_4096;
    if (certs->file_count == 0) {
        struct yaml_node *at = yaml_get(yaml_get(ike, "certificate"), "authority");
        if (scenario->authority_count == 0) {
            tell(maker->reader, yaml_get(ike, "auth"), 0,
                 "auth pubkey without a certificate; expected certs and key, or authorities that "
                 "issue one");
            return;
        }
        authority = certs->authority ? find_authority(maker, at, "authority", certs->authority,
                                                      scenario->authority_count)
                                     : &scenario->authorities[scenario->authority_count - 1];
        if (!authority) {
            return;
        }
        if (rsa && template->count > 0) {
            group_key = make_key(maker, "host", template->name, certs->key);
        }
    }
    size_t before = maker->reader->problems.count;
    for (size_t i = 0; i < members && maker->reader->problems.count == before; i++) {
        struct scenario_member *host = &scenario->hosts[template->first + i];
        struct ike_credentials *own = arena_alloc(maker->arena, sizeof *own);
        if (authority) {
            issue(maker, host, ike, authority, own, group_key);
        } else {
            load_own(maker, host, ike, own);
        }
        set_signature(maker, ike, template, own);
        host->self.credentials = own;
    }
}

/* ---- revocation ---- */

static bool add_revoked(struct maker *maker, const struct check_names *names,
                        const struct scenario_authority *authority, struct yaml_node *node,
                        const char *name, struct crypto_bytes *out)
{
    const struct scenario_host *template = check_find_host(names, name);
    if (!check_member_name(maker->reader, names, node, "revoked", name)) {
        return false;
    }
    const struct scenario_member *host =
        &maker->scenario->hosts[template->first + check_member(template, name)];
    const char *by = template->certs.authority
                         ? template->certs.authority
                         : maker->scenario->authorities[maker->scenario->authority_count - 1].name;
    if (!host->self.credentials || template->certs.file_count > 0 ||
        strcmp(by, authority->name) != 0) {
        tell(maker->reader, node, 0,
             "revoked: %s has issued no certificate to '%s'; expected a host that has one of it",
             authority->name, name);
        return false;
    }
    *out = host->self.credentials->certs[0];
    return true;
}

static void make_list(struct maker *maker, const struct check_names *names, size_t i)
{
    struct scenario *scenario = maker->scenario;
    struct scenario_authority *authority = &scenario->authorities[i];
    struct yaml_node *node =
        yaml_get(yaml_item(yaml_get(maker->reader->root, "authorities"), i), "revoked");
    struct crypto_bytes *revoked =
        arena_alloc(maker->arena, (authority->revoked_count + 1) * sizeof *revoked);
    if (!authority->crl && authority->revoked_count == 0) {
        return;
    }
    for (size_t k = 0; k < authority->revoked_count; k++) {
        if (!add_revoked(maker, names, authority, yaml_item(node, k), authority->revoked[k],
                         &revoked[k])) {
            return;
        }
    }
    const struct crypto_x509_issuer issuer = {authority->certificate, authority->private_key};
    struct crypto_draw draw = begin_draws(maker, "authority", authority->name, FOR_LIST);
    const struct crypto_crl_spec spec = {
        .issuer = &issuer,
        .revoked = revoked,
        .revoked_count = authority->revoked_count,
        .this_update = scenario->epoch - day,
        .next_update = scenario->epoch + (int64_t)(scenario->duration / 1000000000) + 30 * day,
        .revoked_at = scenario->epoch - day,
    };
    const char *why = NULL;
    uint8_t *octets;
    size_t len = crypto_crl_make(maker->crypto, &spec, &maker->entropy, &draw, &octets, &why);
    if (len == 0) {
        tell(maker->reader, node, 0, "revoked: %s; expected certificates of this authority", why);
    }
    authority->list = keep(maker, octets, len);
}

/* ---- trust ---- */

static void add_trusted(struct maker *maker, struct yaml_node *node, const char *word,
                        struct crypto_bytes *trusted, size_t *count)
{
    for (size_t i = 0; i < maker->scenario->authority_count; i++) {
        if (strcmp(maker->scenario->authorities[i].name, word) == 0) {
            trusted[(*count)++] = maker->scenario->authorities[i].certificate;
            return;
        }
    }
    read_credentials_file(maker->reader, maker->crypto, node, "cacerts", word, "CERTIFICATE",
                          trusted, TRUSTED_MAX, count);
}

static void hash_keys(struct maker *maker, struct yaml_node *node, struct ike_trust *trust)
{
    uint8_t(*hashes)[20] = arena_alloc(maker->arena, (trust->authority_count + 1) * sizeof *hashes);
    for (size_t i = 0; i < trust->authority_count; i++) {
        if (!crypto_x509_key_hash(maker->crypto, trust->authorities[i], hashes[i])) {
            tell(maker->reader, node, 0,
                 "cacerts: there is something that is no certificate; "
                 "expected certificates in PEM or DER");
            return;
        }
    }
    trust->key_hashes = (const uint8_t(*)[20])hashes;
}

static void *copy_items(struct arena *arena, const struct crypto_bytes *items, size_t count)
{
    return memcpy(arena_alloc(arena, (count + 1) * sizeof *items), items, count * sizeof *items);
}

/* Whom a host of the file believes; its members share it. */
static void make_trust(struct maker *maker, struct scenario_host *template, struct yaml_node *ike)
{
    const struct scenario *scenario = maker->scenario;
    const struct scenario_certs *certs = &template->certs;
    struct crypto_bytes trusted[TRUSTED_MAX], crls[CRLS_MAX];
    struct ike_trust *trust = arena_alloc(maker->arena, sizeof *trust);
    size_t count = 0, crl_count = 0;
    for (size_t i = 0; i < certs->trusted_count && count < TRUSTED_MAX; i++) {
        add_trusted(maker, yaml_item(yaml_get(ike, "cacerts"), i), certs->trusted[i], trusted,
                    &count);
    }
    for (size_t i = 0; i < scenario->authority_count; i++) {
        const struct scenario_authority *authority = &scenario->authorities[i];
        if (certs->trusted_count == 0 && !authority->issuer) {
            trusted[count++] = authority->certificate;
        }
        if (authority->list.len && crl_count < CRLS_MAX) {
            crls[crl_count++] = authority->list;
        }
    }
    for (size_t i = 0; i < certs->crl_count; i++) {
        read_credentials_file(maker->reader, maker->crypto, yaml_item(yaml_get(ike, "crls"), i),
                              "crls", certs->crls[i], "X509 CRL", crls, CRLS_MAX, &crl_count);
    }
    if (count == 0 && certs->trusted_count == 0) {
        tell(maker->reader,
             yaml_get(ike, "remote_auth") ? yaml_get(ike, "remote_auth") : yaml_get(ike, "auth"), 0,
             "there is no authority to trust; expected cacerts, or authorities");
    }
    trust->authorities = copy_items(maker->arena, trusted, count);
    trust->authority_count = count;
    trust->crls = copy_items(maker->arena, crls, crl_count);
    trust->crl_count = crl_count;
    trust->strict = certs->strict;
    hash_keys(maker, yaml_get(ike, "cacerts"), trust);
    template->policy.auth.trust = trust;
}

/* ---- all ---- */

static bool signs(const struct ike_auth_policy *auth)
{
    return auth->local == IKE_AUTH_PUBKEY || auth->local == IKE_AUTH_EAP_TLS ||
           auth->remote == IKE_AUTH_EAP_TLS;
}

static bool believes(const struct ike_auth_policy *auth)
{
    return auth->remote == IKE_AUTH_PUBKEY || auth->local == IKE_AUTH_EAP_TLS ||
           auth->remote == IKE_AUTH_EAP_TLS;
}

static void make_all(struct maker *maker, const struct check_names *names)
{
    struct scenario *scenario = maker->scenario;
    const struct problems *problems = &maker->reader->problems;
    for (size_t i = 0; i < scenario->authority_count && problems->count == 0; i++) {
        make_authority(maker, i);
    }
    /* Of the hosts all is told; what they have of an authority must be good. */
    bool good = problems->count == 0;
    for (size_t i = 0; i < scenario->template_count && good; i++) {
        if (signs(&scenario->templates[i].policy.auth)) {
            equip(maker, &scenario->templates[i], yaml_get(yaml_item(maker->nodes, i), "ike"));
        }
    }
    for (size_t i = 0; i < scenario->authority_count && problems->count == 0; i++) {
        make_list(maker, names, i);
    }
    for (size_t i = 0; i < scenario->template_count && good; i++) {
        if (believes(&scenario->templates[i].policy.auth)) {
            make_trust(maker, &scenario->templates[i], yaml_get(yaml_item(maker->nodes, i), "ike"));
        }
    }
}

void make_credentials(struct reader *reader, const struct check_names *names)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct maker maker = {.reader = reader,
                          .scenario = scenario,
                          .arena = &reader->draft->arena,
                          .nodes = yaml_get(reader->root, "hosts")};
    bool needed = scenario->authority_count > 0;
    char why[160];
    for (size_t i = 0; i < scenario->template_count; i++) {
        const struct ike_auth_policy *auth = &scenario->templates[i].policy.auth;
        needed = needed || signs(auth) || believes(auth);
    }
    if (!needed || reader->problems.count > 0 || !scenario->hosts) {
        return;
    }
    maker.entropy = (struct crypto_entropy){.fill = draw_fill, .context = &maker};
    maker.crypto = crypto_context_new(why, sizeof why);
    if (!maker.crypto) {
        tell(reader, yaml_get(reader->root, "authorities"), 0, "%s; expected OpenSSL 3", why);
        return;
    }
    make_all(&maker, names);
    crypto_context_free(maker.crypto);
}
