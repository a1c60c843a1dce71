/* Certificates: made, read and checked at a time that the test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/x509.h"
#include "tests/crypto/support.h"

enum { DAY = 86400 };
static const int64_t now = INT64_C(1735689600); /* 2025-01-01 */

struct holder {
    uint8_t *key, *certificate;
    size_t key_len, certificate_len;
};

static struct crypto_context *ctx;
static struct holder root, between, leaf, stranger;

static struct crypto_bytes certificate_of(const struct holder *holder)
{
    return crypto_bytes(holder->certificate, holder->certificate_len);
}

static void make(struct holder *holder, const char *name, enum crypto_key_kind kind,
                 const struct holder *above, bool ca, int64_t not_before, int64_t not_after)
{
    const struct crypto_draw draw = {.entity = (uint64_t)name[0]};
    const struct crypto_name names[] = {
        {CRYPTO_NAME_DNS, crypto_bytes("gw.example.org", 14)},
        {CRYPTO_NAME_EMAIL, crypto_bytes("gw@example.org", 14)},
        {CRYPTO_NAME_IP, crypto_bytes("\xc0\x00\x02\x01", 4)},
    };
    struct crypto_x509_issuer issuer;
    struct crypto_x509_spec spec = {.common_name = name,
                                    .names = names,
                                    .name_count = ca ? 0 : 3,
                                    .ca = ca,
                                    .not_before = not_before,
                                    .not_after = not_after};
    const char *why = NULL;

    if (holder->key == NULL) {
        holder->key_len = crypto_key_make(ctx, kind, &identity_entropy, &draw, &holder->key);
    }
    spec.key = crypto_bytes(holder->key, holder->key_len);
    if (above != NULL) {
        issuer = (struct crypto_x509_issuer){certificate_of(above),
                                             crypto_bytes(above->key, above->key_len)};
        spec.issuer = &issuer;
    }
    holder->certificate_len =
        crypto_x509_make(ctx, &spec, &identity_entropy, &draw, &holder->certificate, &why);
    if (holder->certificate_len == 0) {
        fail_msg("%s: %s", name, why);
    }
}

static void forget(struct holder *holder)
{
    crypto_octets_free(holder->key, holder->key_len);
    crypto_octets_free(holder->certificate, holder->certificate_len);
}

static int set_up(void **state)
{
    (void)state;
    ctx = context_or_die();
    make(&root, "root", CRYPTO_KEY_ECDSA_384, NULL, true, now - 100 * DAY, now + 1000 * DAY);
    make(&between, "between", CRYPTO_KEY_ED25519, &root, true, now - 90 * DAY, now + 500 * DAY);
    make(&leaf, "leaf", CRYPTO_KEY_ECDSA_256, &between, false, now - DAY, now + 30 * DAY);
    make(&stranger, "stranger", CRYPTO_KEY_ED25519, NULL, true, now - DAY, now + DAY);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    forget(&root);
    forget(&between);
    forget(&leaf);
    forget(&stranger);
    crypto_context_free(ctx);
    return 0;
}

/* Asks about the leaf with what its holder sent, at a time; returns the result's name. */
static const char *ask(const struct crypto_bytes *anchors, size_t anchor_count, bool with_between,
                       int64_t time, const struct crypto_bytes *crls, size_t crl_count, bool strict,
                       struct crypto_ledger *ledger)
{
    const struct crypto_bytes chain[] = {certificate_of(&leaf), certificate_of(&between)};
    const struct crypto_x509_question question = {.chain = chain,
                                                  .chain_count = with_between ? 2 : 1,
                                                  .anchors = anchors,
                                                  .anchor_count = anchor_count,
                                                  .crls = crls,
                                                  .crl_count = crl_count,
                                                  .strict = strict,
                                                  .time = time};
    struct crypto_x509_verdict verdict;

    bool good = crypto_x509_check(ctx, &question, &verdict, ledger);
    assert_int_equal(good, verdict.result == CRYPTO_X509_GOOD);
    assert_non_null(verdict.why);
    return crypto_x509_result_name(verdict.result);
}

static const char *at(int64_t time)
{
    const struct crypto_bytes anchor = certificate_of(&root);

    return ask(&anchor, 1, true, time, NULL, 0, false, NULL);
}

static void a_chain_is_good_while_all_of_it_is_valid_5280_6_1(void **state)
{
    (void)state;
    assert_string_equal(at(now), "good");
    assert_string_equal(at(now - DAY), "good");
    assert_string_equal(at(now + 30 * DAY - 1), "good");
    assert_string_equal(at(now - DAY - 1), "not_yet_valid");
    assert_string_equal(at(now + 30 * DAY + 1), "expired");
}

static void a_chain_leads_to_an_anchor_or_nowhere_5280_6_1(void **state)
{
    const struct crypto_bytes good = certificate_of(&root), other = certificate_of(&stranger);
    const struct crypto_bytes both[] = {other, good};
    struct crypto_ledger ledger = {0};

    (void)state;
    assert_string_equal(ask(&other, 1, true, now, NULL, 0, false, NULL), "unknown_ca");
    assert_string_equal(ask(&good, 1, false, now, NULL, 0, false, NULL), "unknown_ca");
    assert_string_equal(ask(NULL, 0, true, now, NULL, 0, false, NULL), "unknown_ca");
    assert_string_equal(ask(both, 2, true, now, NULL, 0, false, &ledger), "good");
    /* Two signatures: the leaf's by `between`, that one's by the root. */
    assert_int_equal(ledger.count, 2);
    assert_int_equal(ledger.items[0].transform, CRYPTO_KEY_ED25519);
    assert_int_equal(ledger.items[1].transform, CRYPTO_KEY_ECDSA_384);
}

static size_t make_crl(const struct holder *by, const struct crypto_bytes *revoked, size_t count,
                       uint8_t **crl)
{
    const struct crypto_x509_issuer issuer = {certificate_of(by),
                                              crypto_bytes(by->key, by->key_len)};
    const struct crypto_draw draw = {.entity = 99};
    const struct crypto_crl_spec spec = {.issuer = &issuer,
                                         .revoked = revoked,
                                         .revoked_count = count,
                                         .this_update = now - DAY,
                                         .next_update = now + 7 * DAY,
                                         .revoked_at = now - DAY};
    const char *why = NULL;
    size_t len = crypto_crl_make(ctx, &spec, &identity_entropy, &draw, crl, &why);

    assert_true(len > 0);
    return len;
}

static void revocation_lists_are_looked_at_5280_6_3(void **state)
{
    const struct crypto_bytes anchor = certificate_of(&root), bad = certificate_of(&leaf);
    uint8_t *of_root, *of_between, *of_between_bad;
    size_t root_len = make_crl(&root, NULL, 0, &of_root);
    size_t between_len = make_crl(&between, NULL, 0, &of_between);
    size_t bad_len = make_crl(&between, &bad, 1, &of_between_bad);
    const struct crypto_bytes clean[] = {crypto_bytes(of_root, root_len),
                                         crypto_bytes(of_between, between_len)};
    const struct crypto_bytes revoking[] = {clean[0], crypto_bytes(of_between_bad, bad_len)};

    (void)state;
    assert_string_equal(ask(&anchor, 1, true, now, clean, 2, true, NULL), "good");
    assert_string_equal(ask(&anchor, 1, true, now, revoking, 2, true, NULL), "revoked");
    assert_string_equal(ask(&anchor, 1, true, now, revoking, 2, false, NULL), "revoked");
    assert_string_equal(ask(&anchor, 1, true, now, clean, 1, true, NULL), "no_crl");
    assert_string_equal(ask(&anchor, 1, true, now, clean, 1, false, NULL), "good");
    assert_string_equal(ask(&anchor, 1, true, now, NULL, 0, true, NULL), "no_crl");
    assert_string_equal(ask(&anchor, 1, true, now + 8 * DAY, clean, 2, true, NULL), "crl_expired");
    assert_string_equal(ask(&anchor, 1, true, now + 8 * DAY, clean, 2, false, NULL), "good");
    crypto_octets_free(of_root, root_len);
    crypto_octets_free(of_between, between_len);
    crypto_octets_free(of_between_bad, bad_len);
}

/* A host's certificate makes no authority (RFC 5280 §4.2.1.9). */
static void a_host_cannot_issue_certificates_5280_4_2_1_9(void **state)
{
    struct holder forged = {0};
    const struct crypto_bytes anchor = certificate_of(&root);
    struct crypto_x509_verdict verdict;

    (void)state;
    make(&forged, "forged", CRYPTO_KEY_ED25519, &leaf, false, now - DAY, now + DAY);
    const struct crypto_bytes chain[] = {certificate_of(&forged), certificate_of(&leaf),
                                         certificate_of(&between)};
    const struct crypto_x509_question question = {
        .chain = chain, .chain_count = 3, .anchors = &anchor, .anchor_count = 1, .time = now};
    assert_false(crypto_x509_check(ctx, &question, &verdict, NULL));
    assert_int_equal(verdict.result, CRYPTO_X509_INVALID);
    forget(&forged);
}

/* The key of an authority is for certificates and lists: it does not sign for a host. */
static void a_key_that_is_not_for_signatures_is_refused_4945_5_1_3_2(void **state)
{
    const struct crypto_bytes anchor = certificate_of(&root), chain = certificate_of(&between);
    const struct crypto_x509_question question = {
        .chain = &chain, .chain_count = 1, .anchors = &anchor, .anchor_count = 1, .time = now};
    struct crypto_x509_verdict verdict;

    (void)state;
    assert_false(crypto_x509_check(ctx, &question, &verdict, NULL));
    assert_int_equal(verdict.result, CRYPTO_X509_INVALID);
    assert_int_equal(verdict.depth, 0);
    assert_string_equal(verdict.why, "its key is not one for signatures");
}

static void a_turned_bit_is_found(void **state)
{
    const struct crypto_bytes anchor = certificate_of(&root);
    uint8_t octets[2048];
    struct crypto_x509_verdict verdict;
    const struct crypto_bytes chain[] = {crypto_bytes(octets, leaf.certificate_len),
                                         certificate_of(&between)};
    const struct crypto_x509_question question = {
        .chain = chain, .chain_count = 2, .anchors = &anchor, .anchor_count = 1, .time = now};

    (void)state;
    assert_true(leaf.certificate_len <= sizeof octets);
    for (size_t bit = 0; bit < 8 * leaf.certificate_len; bit += 5) {
        memcpy(octets, leaf.certificate, leaf.certificate_len);
        octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(crypto_x509_check(ctx, &question, &verdict, NULL));
    }
}

static void a_certificate_is_for_the_names_in_it_4945_3(void **state)
{
    const struct {
        enum crypto_name_type type;
        const char *data;
        bool is;
    } asked[] = {
        {CRYPTO_NAME_DNS, "gw.example.org", true},   {CRYPTO_NAME_DNS, "GW.example.org", true},
        {CRYPTO_NAME_DNS, "gw.example.or", false},   {CRYPTO_NAME_DNS, "gw@example.org", false},
        {CRYPTO_NAME_EMAIL, "gw@example.org", true}, {CRYPTO_NAME_EMAIL, "gw.example.org", false},
        {CRYPTO_NAME_IP, "\xc0\x01\x02\x01", false}, {CRYPTO_NAME_DNS, "leaf", false},
    };
    uint8_t *subject;
    size_t len = crypto_x509_subject(ctx, certificate_of(&leaf), &subject);

    (void)state;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        const struct crypto_name name = {asked[i].type,
                                         crypto_bytes(asked[i].data, strlen(asked[i].data))};
        assert_int_equal(crypto_x509_is_for(ctx, certificate_of(&leaf), &name), asked[i].is);
    }
    const struct crypto_name ip = {CRYPTO_NAME_IP, crypto_bytes("\xc0\x00\x02\x01", 4)};
    const struct crypto_name dn = {CRYPTO_NAME_DN, crypto_bytes(subject, len)};
    assert_true(crypto_x509_is_for(ctx, certificate_of(&leaf), &ip));
    assert_true(crypto_x509_is_for(ctx, certificate_of(&leaf), &dn));
    assert_false(crypto_x509_is_for(ctx, certificate_of(&between), &dn));
    crypto_octets_free(subject, len);
}

static void facts_are_what_was_put_in(void **state)
{
    struct crypto_x509_facts facts;
    uint8_t hash[20], other[20];

    (void)state;
    assert_true(crypto_x509_read(ctx, certificate_of(&leaf), &facts));
    assert_string_equal(facts.subject, "O=ikesim, CN=leaf");
    assert_string_equal(facts.issuer, "O=ikesim, CN=between");
    assert_int_equal(facts.not_before, now - DAY);
    assert_int_equal(facts.not_after, now + 30 * DAY);
    assert_int_equal(facts.key, CRYPTO_KEY_ECDSA_256);
    assert_int_equal(strlen(facts.serial), 16);
    assert_false(facts.ca);
    assert_true(crypto_x509_read(ctx, certificate_of(&root), &facts) && facts.ca);
    assert_false(crypto_x509_read(ctx, crypto_bytes("junk", 4), &facts));
    assert_true(crypto_x509_key_hash(ctx, certificate_of(&root), hash));
    assert_true(crypto_x509_key_hash(ctx, certificate_of(&between), other));
    assert_memory_not_equal(hash, other, 20);
}

/* Another context makes the same octets. */
static void certificates_are_functions_of_the_draw(void **state)
{
    struct crypto_context *first = ctx;
    struct holder again = {0};

    (void)state;
    ctx = context_or_die();
    make(&again, "leaf", CRYPTO_KEY_ECDSA_256, &between, false, now - DAY, now + 30 * DAY);
    crypto_context_free(ctx);
    ctx = first;
    assert_int_equal(again.certificate_len, leaf.certificate_len);
    assert_memory_equal(again.certificate, leaf.certificate, leaf.certificate_len);
    forget(&again);
}

static void pem_files_are_read_block_by_block(void **state)
{
    static const char text[] = "words before\n"
                               "-----BEGIN NOTHING-----\nAAAA\n-----END NOTHING-----\n"
                               "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n"
                               "-----BEGIN CERTIFICATE-----\nBAUG\n-----END CERTIFICATE-----\n";
    struct crypto_bytes rest = crypto_bytes(text, sizeof text - 1);
    uint8_t *der;

    (void)state;
    assert_int_equal(crypto_pem_read(ctx, "CERTIFICATE", rest, &rest, &der), 3);
    assert_memory_equal(der, "\1\2\3", 3);
    crypto_octets_free(der, 3);
    assert_int_equal(crypto_pem_read(ctx, "CERTIFICATE", rest, &rest, &der), 3);
    assert_memory_equal(der, "\4\5\6", 3);
    crypto_octets_free(der, 3);
    assert_int_equal(crypto_pem_read(ctx, "CERTIFICATE", rest, &rest, &der), 0);
    assert_int_equal(
        crypto_pem_read(ctx, "X509 CRL", crypto_bytes(text, sizeof text - 1), NULL, &der), 0);
    assert_int_equal(
        crypto_pem_read(ctx, "PRIVATE KEY", crypto_bytes(leaf.key, leaf.key_len), NULL, &der),
        leaf.key_len);
    assert_memory_equal(der, leaf.key, leaf.key_len);
    crypto_octets_free(der, leaf.key_len);
}

/* A key of Ed25519 under the passphrase "correct". */
static const char encrypted[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAh5mHvFqxLeWAICA+gw\n"
                                "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEED77eNwZc7zhgNLLMjkjMCsEQBTp\n"
                                "MaXldwfiS8OkSehO+9YiZPV4Xd0Gz6vbih9u2ur79UqqfWKNuTZbFQ/EAN177bi8\n"
                                "1BJngjWXk+8uJiUSkC4=\n"
                                "-----END ENCRYPTED PRIVATE KEY-----\n";

/* In a process without a terminal, whose input has the right passphrase: who asks would get it. */
static int read_encrypted_key(void)
{
    int input[2];
    uint8_t *der;

    if (setsid() < 0 || pipe(input) != 0 || write(input[1], "correct\n", 8) != 8 ||
        dup2(input[0], STDIN_FILENO) < 0)
        return 2;
    close(input[1]);
    return crypto_pem_read(ctx, "PRIVATE KEY", crypto_bytes(encrypted, sizeof encrypted - 1), NULL,
                           &der) == 0
               ? 0
               : 1;
}

static void nobody_is_asked_for_the_passphrase_of_a_key(void **state)
{
    pid_t child = fork();
    int status = -1;

    (void)state;
    assert_true(child >= 0);
    if (child == 0)
        _exit(read_encrypted_key());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_good_while_all_of_it_is_valid_5280_6_1),
        cmocka_unit_test(a_chain_leads_to_an_anchor_or_nowhere_5280_6_1),
        cmocka_unit_test(revocation_lists_are_looked_at_5280_6_3),
        cmocka_unit_test(a_host_cannot_issue_certificates_5280_4_2_1_9),
        cmocka_unit_test(a_key_that_is_not_for_signatures_is_refused_4945_5_1_3_2),
        cmocka_unit_test(a_turned_bit_is_found),
        cmocka_unit_test(a_certificate_is_for_the_names_in_it_4945_3),
        cmocka_unit_test(facts_are_what_was_put_in),
        cmocka_unit_test(certificates_are_functions_of_the_draw),
        cmocka_unit_test(pem_files_are_read_block_by_block),
        cmocka_unit_test(nobody_is_asked_for_the_passphrase_of_a_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
