/* Certificates of scenarios: made by their authorities, the same each time, or read from files. */
#include "scenario_support.h"

#include "crypto/x509.h"

static const char lab[] =
    "duration: 10s\n"
    "authorities:\n"
    "  - {name: root, key: ecdsa384}\n"
    "  - {name: clients, issuer: root, revoked: [client-2]}\n"
    "hosts:\n"
    "  - name: client\n"
    "    count: 3\n"
    "    connect: gw\n"
    "    ike: {auth: pubkey, id: c%d@example.org, certificate: {authority: clients}}\n"
    "    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/16]}]\n"
    "  - name: gw\n"
    "    ike: {auth: pubkey, id: gw.example.org, revocation: strict, signature: ecdsa-sha512,\n"
    "          certificate: {authority: root, key: ecdsa256, not_after: 2026-01-01T00:00:00Z}}\n"
    "    children: [{name: net, local_ts: [10.2.0.0/16], remote_ts: [10.0.0.0/8]}]\n"
    "links: [{between: [client, gw], delay: 5ms}]\n";

static struct crypto_context *crypto;

static int set_up(void **state)
{
    char why[128];
    crypto = crypto_context_new(why, sizeof why);
    return crypto ? support_setup(state) : -1;
}

static int tear_down(void **state)
{
    crypto_context_free(crypto);
    return support_teardown(state);
}

static const struct ike_credentials *credentials_of(const struct scenario *scenario, size_t host)
{
    return scenario->hosts[host].self.credentials;
}

static const struct ike_auth_policy *auth_of(const struct scenario *scenario, size_t host)
{
    return &scenario->hosts[host].host->policy.auth;
}

static bool same(struct crypto_bytes a, struct crypto_bytes b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool good_for(const struct ike_credentials *holder, const struct ike_auth_policy *checker,
                     int64_t time)
{
    struct crypto_x509_verdict verdict;
    return crypto_x509_check(
        crypto,
        &(struct crypto_x509_question){.chain = holder->certs,
                                       .chain_count = holder->cert_count,
                                       .anchors = checker->trust->authorities,
                                       .anchor_count = checker->trust->authority_count,
                                       .crls = checker->trust->crls,
                                       .crl_count = checker->trust->crl_count,
                                       .time = time},
        &verdict, NULL);
}

static void an_authority_issues_to_each_member_of_a_group(void **state)
{
    struct crypto_x509_facts facts;
    (void)state;
    struct scenario *scenario = support_read(lab);
    for (size_t i = 0; i < 3; i++) {
        const struct ike_auth_policy *auth = auth_of(scenario, i);
        const struct ike_credentials *own = credentials_of(scenario, i);
        char subject[64];
        assert_int_equal(auth->local, IKE_AUTH_PUBKEY);
        assert_int_equal(auth->remote, IKE_AUTH_PUBKEY);
        assert_int_equal(auth->epoch, scenario->epoch);
        assert_int_equal(own->cert_count, 2); /* its own and that of `clients` */
        assert_true(crypto_x509_read(crypto, own->certs[0], &facts));
        snprintf(subject, sizeof subject, "O=ikesim, CN=c%zu@example.org", i + 1);
        assert_string_equal(facts.subject, subject);
        assert_string_equal(facts.issuer, "O=ikesim, CN=clients");
        assert_int_equal(facts.key, CRYPTO_KEY_ED25519);
        assert_int_equal(facts.not_before, scenario->epoch - 86400);
        assert_ptr_equal(auth->trust, auth_of(scenario, 0)->trust); /* one for all of them */
        /* The second one is revoked. */
        assert_int_equal(good_for(own, auth_of(scenario, 3), scenario->epoch), i != 1);
    }
    assert_false(same(credentials_of(scenario, 0)->key, credentials_of(scenario, 1)->key));
    const struct ike_auth_policy *gw = auth_of(scenario, 3);
    assert_true(gw->trust->strict);
    assert_int_equal(gw->trust->authority_count, 1); /* the root alone */
    assert_string_equal(gw->scheme->name, "ecdsa-sha512");
    assert_int_equal(credentials_of(scenario, 3)->cert_count, 1);
    assert_true(crypto_x509_read(crypto, credentials_of(scenario, 3)->certs[0], &facts));
    assert_int_equal(facts.not_after, 1767225600);
    assert_true(good_for(credentials_of(scenario, 3), auth_of(scenario, 0), scenario->epoch));
    scenario_free(scenario);
}

/* One more host, and another order, change nobody's key, serial number or signature; another seed
 * changes all of them. */
static void credentials_follow_from_seed_and_names_alone(void **state)
{
    (void)state;
    char *more =
        support_replace(lab, "hosts:\n", "hosts:\n  - {name: extra, ike: {auth: pubkey}}\n");
    char *seeded = support_replace(lab, "duration: 10s\n", "duration: 10s\nseed: 2\n");
    struct scenario *one = support_read(lab), *two = support_read(more),
                    *other = support_read(seeded);
    for (size_t i = 0; i < 4; i++) {
        const struct ike_credentials *a = credentials_of(one, i);
        const struct ike_credentials *b = credentials_of(two, i + 1);
        const struct ike_credentials *c = credentials_of(other, i);
        assert_true(same(a->key, b->key) && same(a->certs[0], b->certs[0]));
        assert_false(same(a->key, c->key) || same(a->certs[0], c->certs[0]));
    }
    scenario_free(other);
    scenario_free(two);
    scenario_free(one);
    free(seeded);
    free(more);
}

/* RSA keys take long to make: a group has one, each member a certificate of its own. */
static void members_of_a_group_share_a_key_of_rsa(void **state)
{
    (void)state;
    char *text = support_replace(lab, "certificate: {authority: clients}",
                                 "certificate: {authority: clients, key: rsa2048}");
    struct scenario *scenario = support_read(text);
    const struct ike_credentials *a = credentials_of(scenario, 0);
    const struct ike_credentials *b = credentials_of(scenario, 2);
    assert_true(same(a->key, b->key));
    assert_false(same(a->certs[0], b->certs[0]));
    assert_int_equal(crypto_private_kind(crypto, a->key), CRYPTO_KEY_RSA_2048);
    scenario_free(scenario);
    free(text);
}

static void a_scenario_with_authorities_prints_as_what_it_is(void **state)
{
    (void)state;
    struct scenario *first = support_read(lab);
    char *text = scenario_print(first);
    struct scenario *second = support_read(text);
    char *again = scenario_print(second);
    assert_string_equal(text, again);
    for (size_t i = 0; i < first->host_count; i++) {
        assert_true(same(credentials_of(first, i)->certs[0], credentials_of(second, i)->certs[0]));
    }
    scenario_free(second);
    scenario_free(first);
    free(again);
    free(text);
}

static void write_file(const char *name, struct crypto_bytes bytes)
{
    FILE *out = fopen(name, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, out), bytes.len);
    assert_int_equal(fclose(out), 0);
}

static const char from_files[] =
    "duration: 10s\n"
    "hosts:\n"
    "  - name: gw\n"
    "    ike: {auth: pubkey, certs: [gw.der], key: gw.key, cacerts: [ca.der], crls: [ca.crl]}\n";

static void certificates_come_from_files_beside_the_scenario(void **state)
{
    (void)state;
    struct scenario *made = support_read(lab);
    const struct ike_credentials *gw = credentials_of(made, 3);
    const struct ike_trust *trust = auth_of(made, 3)->trust;
    write_file("gw.der", gw->certs[0]);
    write_file("gw.key", gw->key);
    write_file("ca.der", trust->authorities[0]);
    write_file("ca.crl", trust->crls[0]);
    char *other = support_replace(lab, "duration:", "seed: 9\nduration:");
    struct scenario *elsewhere = support_read(other);
    write_file("other.key", credentials_of(elsewhere, 3)->key);
    scenario_free(elsewhere);
    free(other);
    struct scenario *read = support_read(from_files);
    const struct ike_credentials *own = credentials_of(read, 0);
    assert_true(same(own->certs[0], gw->certs[0]));
    assert_true(same(own->key, gw->key));
    assert_true(good_for(own, auth_of(read, 0), read->epoch));
    /* It has no `id`: it is who its certificate says. */
    assert_int_equal(read->hosts[0].self.identity.type, IKE_ID_DER_ASN1_DN);
    assert_string_equal(read->hosts[0].self.identity.text, "O=ikesim, CN=gw.example.org");
    char *text = scenario_print(read);
    scenario_free(support_read(text));
    free(text);
    scenario_free(read);
    scenario_free(made);
}

static void a_mistake_is_told_where_it_is(void **state)
{
    static const struct {
        const char *base, *from, *to, *error;
    } cases[] = {
        {lab, "issuer: root", "issuer: rot",
         "4:29: issuer: there is no authority 'rot' before this one; expected one of authorities; "
         "did you mean 'root'?\n"},
        {lab, "name: clients", "name: root",
         "4:12: a second authority is called 'root'; expected names that differ, the first is in "
         "line 3\n"},
        {lab, "{authority: clients}", "{authority: client}",
         "9:71: authority: there is no authority 'client'; expected one of authorities; did you "
         "mean 'clients'?\n"},
        {lab, "signature: ecdsa-sha512", "signature: ed25519",
         "12:76: signature ed25519 with a key of kind ecdsa256; expected one that goes with it\n"},
        {lab, "id: gw.example.org", "id: keyid:gw",
         "12:29: id keyid:gw is none that a certificate can be for; expected an address, a name or "
         "user@domain\n"},
        {lab, "revoked: [client-2]", "revoked: [gw]",
         "4:45: revoked: clients has issued no certificate to 'gw'; expected a host that has one "
         "of it\n"},
        {lab, "revoked: [client-2]", "revoked: [client]",
         "4:45: revoked: 'client' is a group of 3; expected one of client-1 to client-3\n"},
        {from_files, "gw.der", "no.der",
         "4:33: certs: no.der: No such file or directory; expected a file in PEM or DER\n"},
        {from_files, ", key: gw.key", "",
         "4:32: certs without key; expected the file with the private key\n"},
        {from_files, "key: gw.key", "key: ca.der",
         "4:47: key: ca.der has no PRIVATE KEY in PEM or DER; expected one\n"},
        {from_files, "certs: [gw.der]", "certs: [ca.der]",
         "4:47: key is none for the first of certs, which has a key of kind ecdsa384; expected its "
         "own\n"},
        {from_files, "key: gw.key", "key: other.key",
         "4:47: key is another than that of the first of certs; expected its own\n"},
        {from_files, "key: gw.key, cacerts: [ca.der]", "key: no.key, cacerts: [no.der]",
         "4:47: key: no.key: No such file or directory; expected a file in PEM or "
         "DER\n" SCENARIO_FILE
         ":4:65: cacerts: no.der: No such file or directory; expected a file in PEM or DER\n"},
        {from_files,
         "auth: pubkey, certs: [gw.der], key: gw.key, cacerts: [ca.der], crls: [ca.crl]",
         "auth: pubkey",
         "4:17: auth pubkey without a certificate; expected certs and key, or authorities that "
         "issue one\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = support_replace(cases[i].base, cases[i].from, cases[i].to), *errors = NULL;
        size_t count = 0;
        support_write(text, strlen(text));
        struct scenario *scenario = scenario_read(SCENARIO_FILE, NULL, &errors, &count);
        assert_null(scenario);
        if (!strstr(errors, cases[i].error)) {
            fail_msg("%s:\n--- expected\n%s--- found\n%s", cases[i].to, cases[i].error, errors);
        }
        free(errors);
        free(text);
    }
    unlink("gw.der");
    unlink("gw.key");
    unlink("other.key");
    unlink("ca.der");
    unlink("ca.crl");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authority_issues_to_each_member_of_a_group),
        cmocka_unit_test(credentials_follow_from_seed_and_names_alone),
        cmocka_unit_test(members_of_a_group_share_a_key_of_rsa),
        cmocka_unit_test(a_scenario_with_authorities_prints_as_what_it_is),
        cmocka_unit_test(certificates_come_from_files_beside_the_scenario),
        cmocka_unit_test(a_mistake_is_told_where_it_is),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
