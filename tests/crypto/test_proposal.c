/* Proposals in strongSwan's notation, read and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/proposal.h"

static void check_parse(enum crypto_protocol protocol, const char *text,
                        const struct crypto_transform_choice *expected, size_t count)
{
    struct crypto_proposal proposal;
    struct crypto_proposal_error error;

    if (crypto_proposal_parse(protocol, text, &proposal, &error) != 0) {
        fail_msg("%s: at %zu: %s", text, error.offset, error.message);
    }
    assert_int_equal(proposal.protocol, protocol);
    assert_int_equal(proposal.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(proposal.transforms[i].type, expected[i].type);
        assert_int_equal(proposal.transforms[i].id, expected[i].id);
        assert_int_equal(proposal.transforms[i].key_bits, expected[i].key_bits);
    }
}

#define CHECK_PARSE(protocol, text, ...)                                                           \
    do {                                                                                           \
        const struct crypto_transform_choice expected_[] = {__VA_ARGS__};                          \
        check_parse(protocol, text, expected_, sizeof expected_ / sizeof expected_[0]);            \
    } while (0)

static void words_become_transforms_with_their_numbers(void **state)
{
    (void)state;
    CHECK_PARSE(CRYPTO_PROTO_IKE, "aes128-sha256-x25519", {CRYPTO_ENCR, 12, 128},
                {CRYPTO_PRF, 5, 0}, {CRYPTO_INTEG, 12, 0}, {CRYPTO_KE, 31, 0});
    CHECK_PARSE(CRYPTO_PROTO_IKE, "aes256gcm16-prfsha384-ecp384", {CRYPTO_ENCR, 20, 256},
                {CRYPTO_PRF, 6, 0}, {CRYPTO_KE, 20, 0});
    CHECK_PARSE(CRYPTO_PROTO_IKE, "aes192-sha512-prfsha256-modp2048", {CRYPTO_ENCR, 12, 192},
                {CRYPTO_PRF, 5, 0}, {CRYPTO_INTEG, 14, 0}, {CRYPTO_KE, 14, 0});
    CHECK_PARSE(CRYPTO_PROTO_ESP, "aes128gcm16", {CRYPTO_ENCR, 20, 128}, {CRYPTO_ESN, 0, 0});
    CHECK_PARSE(CRYPTO_PROTO_ESP, "aes256-sha256-ecp256-esn", {CRYPTO_ENCR, 12, 256},
                {CRYPTO_INTEG, 12, 0}, {CRYPTO_KE, 19, 0}, {CRYPTO_ESN, 1, 0});
}

/* Any order of words; within a type the order is the preference. */
static void preference_is_kept_within_a_type(void **state)
{
    (void)state;
    CHECK_PARSE(CRYPTO_PROTO_IKE, "x25519-sha512-aes256-sha256-aes128-ecp256",
                {CRYPTO_ENCR, 12, 256}, {CRYPTO_ENCR, 12, 128}, {CRYPTO_PRF, 7, 0},
                {CRYPTO_PRF, 5, 0}, {CRYPTO_INTEG, 14, 0}, {CRYPTO_INTEG, 12, 0},
                {CRYPTO_KE, 31, 0}, {CRYPTO_KE, 19, 0});
    CHECK_PARSE(CRYPTO_PROTO_ESP, "aes128gcm16-esn-noesn", {CRYPTO_ENCR, 20, 128},
                {CRYPTO_ESN, 1, 0}, {CRYPTO_ESN, 0, 0});
}

static void other_spellings_of_strongswan_are_read(void **state)
{
    (void)state;
    CHECK_PARSE(CRYPTO_PROTO_IKE, "aes-sha2_256-curve25519", {CRYPTO_ENCR, 12, 128},
                {CRYPTO_PRF, 5, 0}, {CRYPTO_INTEG, 12, 0}, {CRYPTO_KE, 31, 0});
    CHECK_PARSE(CRYPTO_PROTO_IKE, "aes256gcm128-prfsha2_512-x25519", {CRYPTO_ENCR, 20, 256},
                {CRYPTO_PRF, 7, 0}, {CRYPTO_KE, 31, 0});
    /* With an AEAD the integrity algorithm of an IKE proposal only names the PRF. */
    CHECK_PARSE(CRYPTO_PROTO_IKE, "aes128gcm16-sha384-x25519", {CRYPTO_ENCR, 20, 128},
                {CRYPTO_PRF, 6, 0}, {CRYPTO_KE, 31, 0});
}

static void what_is_printed_reads_back_as_the_same(void **state)
{
    static const struct {
        enum crypto_protocol protocol;
        const char *text;
        const char *printed;
    } cases[] = {
        {CRYPTO_PROTO_IKE, "aes128-sha256-x25519", "aes128-sha256-x25519"},
        {CRYPTO_PROTO_IKE, "x25519-sha256-aes", "aes128-sha256-x25519"},
        {CRYPTO_PROTO_IKE, "aes128-sha256-prfsha256-x25519", "aes128-sha256-x25519"},
        {CRYPTO_PROTO_IKE, "aes128-sha256-prfsha512-x25519", "aes128-sha256-prfsha512-x25519"},
        {CRYPTO_PROTO_IKE, "aes128-sha256-sha512-prfsha256-x25519",
         "aes128-sha256-sha512-prfsha256-x25519"},
        {CRYPTO_PROTO_IKE, "aes256-aes128-sha512-sha256-ecp384-ecp256-modp2048",
         "aes256-aes128-sha512-sha256-ecp384-ecp256-modp2048"},
        {CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-curve25519", "aes128gcm16-prfsha256-x25519"},
        {CRYPTO_PROTO_IKE, "aes128gcm16-sha256-x25519", "aes128gcm16-prfsha256-x25519"},
        {CRYPTO_PROTO_ESP, "aes128gcm16", "aes128gcm16"},
        {CRYPTO_PROTO_ESP, "aes128gcm16-noesn", "aes128gcm16"},
        {CRYPTO_PROTO_ESP, "aes128gcm16-esn", "aes128gcm16-esn"},
        {CRYPTO_PROTO_ESP, "aes128gcm16-esn-noesn", "aes128gcm16-esn-noesn"},
        {CRYPTO_PROTO_ESP, "aes256-sha256-x25519", "aes256-sha256-x25519"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct crypto_proposal first, second;
        struct crypto_proposal_error error;
        char text[128];
        assert_int_equal(crypto_proposal_parse(cases[i].protocol, cases[i].text, &first, &error),
                         0);
        size_t len = crypto_proposal_print(&first, text, sizeof text);
        assert_string_equal(text, cases[i].printed);
        assert_int_equal(len, strlen(text));
        assert_int_equal(crypto_proposal_parse(cases[i].protocol, text, &second, &error), 0);
        assert_memory_equal(&first, &second, sizeof first);
    }
}

/* What others offer is named even where we do not compute it. */
static void foreign_transforms_are_printed_by_word_name_or_number(void **state)
{
    const struct crypto_proposal proposal = {
        .protocol = CRYPTO_PROTO_IKE,
        .count = 8,
        .transforms = {{CRYPTO_ENCR, 28, 0},
                       {CRYPTO_ENCR, 23, 256},
                       {CRYPTO_ENCR, 35, 0},
                       {CRYPTO_ENCR, 1024, 0},
                       {CRYPTO_PRF, 2, 0},
                       {CRYPTO_INTEG, 2, 0},
                       {CRYPTO_KE, 16, 0},
                       {6, 36, 0}},
    };
    char text[256];

    (void)state;
    crypto_proposal_print(&proposal, text, sizeof text);
    assert_string_equal(text, "chacha20poly1305-camellia256-ENCR_MAGMA_MGM_MAC_KTREE-ENCR(1024)-"
                              "sha1-modp4096-ke1_mlkem768");
}

static void printing_is_cut_off_at_the_capacity(void **state)
{
    struct crypto_proposal proposal;
    struct crypto_proposal_error error;
    const char whole[] = "aes128-sha256-x25519";

    (void)state;
    crypto_proposal_parse(CRYPTO_PROTO_IKE, whole, &proposal, &error);
    for (size_t cap = 0; cap <= sizeof whole; cap++) {
        char text[sizeof whole + 1];
        memset(text, '#', sizeof text);
        assert_int_equal(crypto_proposal_print(&proposal, text, cap), sizeof whole - 1);
        if (cap > 0) {
            assert_int_equal(strlen(text), cap - 1 < sizeof whole - 1 ? cap - 1 : sizeof whole - 1);
            assert_memory_equal(text, whole, strlen(text));
        }
        assert_int_equal(text[cap], '#');
    }
}

static void a_suite_is_printed_like_its_proposal(void **state)
{
    static const struct {
        enum crypto_protocol protocol;
        const char *text;
    } cases[] = {{CRYPTO_PROTO_IKE, "aes256-sha512-ecp384"},
                 {CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519"},
                 {CRYPTO_PROTO_IKE, "aes128-sha256-prfsha512-modp2048"},
                 {CRYPTO_PROTO_ESP, "aes128gcm16"},
                 {CRYPTO_PROTO_ESP, "aes192-sha384-x25519-esn"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct crypto_proposal proposal;
        struct crypto_proposal_error error;
        struct crypto_suite suite;
        char text[128];
        assert_int_equal(crypto_proposal_parse(cases[i].protocol, cases[i].text, &proposal, &error),
                         0);
        assert_true(crypto_suite_resolve(&proposal, &suite));
        crypto_suite_print(cases[i].protocol, &suite, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

/* ---- errors ---- */

struct error_case {
    enum crypto_protocol protocol;
    const char *text;
    size_t offset;
    const char *word;
    const char *message;
};

static void check_errors(const struct error_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct crypto_proposal proposal;
        struct crypto_proposal_error error;
        if (crypto_proposal_parse(cases[i].protocol, cases[i].text, &proposal, &error) == 0) {
            fail_msg("\"%s\" was read", cases[i].text);
        }
        assert_string_equal(error.word, cases[i].word);
        if (strstr(error.message, cases[i].message) == NULL) {
            fail_msg("\"%s\" does not say \"%s\"", error.message, cases[i].message);
        }
        assert_int_equal(error.offset, cases[i].offset);
    }
}

static void an_unknown_word_is_told_with_the_nearest_known_one(void **state)
{
    static const struct error_case cases[] = {
        {CRYPTO_PROTO_IKE, "aes129-sha256-x25519", 0, "aes129", "did you mean \"aes128\"?"},
        {CRYPTO_PROTO_IKE, "aes128-sha265-x25519", 7, "sha265", "did you mean \"sha256\"?"},
        {CRYPTO_PROTO_IKE, "aes128-sha256-x22519", 14, "x22519", "did you mean \"x25519\"?"},
        {CRYPTO_PROTO_IKE, "aes128-sha256-modp2084", 14, "modp2084", "did you mean \"modp2048\"?"},
        {CRYPTO_PROTO_ESP, "aes128gmc16", 0, "aes128gmc16", "did you mean \"aes128gcm16\"?"},
        {CRYPTO_PROTO_ESP, "rot13", 0, "rot13", "a proposal reads like aes128gcm16"},
        {CRYPTO_PROTO_IKE, "quantum-sha256", 0, "quantum", "reads like aes128-sha256-x25519"},
        {CRYPTO_PROTO_IKE, "AES128-sha256-x25519", 0, "AES128", "is no known algorithm"},
        {CRYPTO_PROTO_IKE, "aes128-sha256-x25519 ", 14, "x25519 ", "did you mean \"x25519\"?"},
    };

    (void)state;
    check_errors(cases, sizeof cases / sizeof cases[0]);
}

static void a_missing_word_is_told_with_its_place(void **state)
{
    static const struct error_case cases[] = {
        {CRYPTO_PROTO_IKE, "", 0, "", "a word is missing"},
        {CRYPTO_PROTO_IKE, "aes128--x25519", 7, "", "a word is missing"},
        {CRYPTO_PROTO_IKE, "aes128-sha256-x25519-", 21, "", "a word is missing"},
        {CRYPTO_PROTO_IKE, "sha256-x25519", 13, "", "no encryption algorithm"},
        {CRYPTO_PROTO_IKE, "aes128-x25519", 13, "", "\"aes128\" needs an integrity algorithm"},
        {CRYPTO_PROTO_IKE, "aes128gcm16-x25519", 18, "", "no PRF is named, such as prfsha256"},
        {CRYPTO_PROTO_IKE, "aes128-sha256", 13, "", "no key exchange is named"},
        {CRYPTO_PROTO_ESP, "sha256", 6, "", "no encryption algorithm"},
        {CRYPTO_PROTO_AH, "esn", 3, "", "no integrity algorithm"},
        {CRYPTO_PROTO_ESP, "aes256", 6, "", "\"aes256\" needs an integrity algorithm"},
        {CRYPTO_PROTO_ESP, "aes128gcm16-ke1_ecp384", 22, "",
         "\"ke1_ecp384\" needs a first key exchange"},
    };

    (void)state;
    check_errors(cases, sizeof cases / sizeof cases[0]);
}

static void words_that_cannot_stand_there_are_told(void **state)
{
    static const struct error_case cases[] = {
        {CRYPTO_PROTO_ESP, "aes128-sha256-prfsha256", 14, "prfsha256",
         "is of type PRF, which a proposal for ESP has not"},
        {CRYPTO_PROTO_IKE, "aes128-sha256-x25519-esn", 21, "esn",
         "is of type ESN, which a proposal for IKE has not"},
        {CRYPTO_PROTO_IKE, "camellia128-sha256-x25519", 0, "camellia128",
         "is ENCR_CAMELLIA_CBC, which this build does not compute"},
        {CRYPTO_PROTO_IKE, "aes128-md5-modp1024", 7, "md5", "AUTH_HMAC_MD5_96"},
        {CRYPTO_PROTO_IKE, "null-sha256-x25519", 0, "null", "it is for ESP"},
        {CRYPTO_PROTO_IKE, "aes128gmac-prfsha256-x25519", 0, "aes128gmac", "it is for ESP"},
        {CRYPTO_PROTO_IKE, "aes128gcm16iiv-prfsha256-x25519", 0, "aes128gcm16iiv",
         "it is not for IKE's own messages"}, /* RFC 8750 §1 */
        {CRYPTO_PROTO_AH, "aes128-sha256", 0, "aes128",
         "is of type ENCR, which a proposal for AH has not"},
        {CRYPTO_PROTO_AH, "prfsha256", 0, "prfsha256", "is of type PRF"},
        {CRYPTO_PROTO_IKE, "aes128-sha256-sha256-x25519", 14, "sha256", "is named twice"},
        {CRYPTO_PROTO_IKE, "aes128-sha256-sha2_256-x25519", 14, "sha2_256", "is named twice"},
        {CRYPTO_PROTO_IKE, "aes128-aes128gcm16-sha256-x25519", 7, "aes128gcm16",
         "cannot share a proposal"},
        {CRYPTO_PROTO_ESP, "aes128gcm16-aes128-sha256", 12, "aes128", "cannot share a proposal"},
        {CRYPTO_PROTO_ESP, "aes128gcm16-sha256", 12, "sha256", "leave \"sha256\" out"},
        {CRYPTO_PROTO_IKE, "aes128gcm16-sha256-prfsha256-x25519", 12, "sha256",
         "leave \"sha256\" out"},
    };

    (void)state;
    check_errors(cases, sizeof cases / sizeof cases[0]);
}

static void a_word_too_long_to_be_one_is_cut_in_the_message(void **state)
{
    char text[4096];
    struct crypto_proposal proposal;
    struct crypto_proposal_error error;

    (void)state;
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(crypto_proposal_parse(CRYPTO_PROTO_IKE, text, &proposal, &error), -1);
    assert_int_equal(error.offset, 0);
    assert_true(strlen(error.word) < sizeof error.word);
    /* A known word with a tail beyond that length is not the known word. */
    snprintf(text, sizeof text, "aes128%0100d", 0);
    assert_int_equal(crypto_proposal_parse(CRYPTO_PROTO_IKE, text, &proposal, &error), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_become_transforms_with_their_numbers),
        cmocka_unit_test(preference_is_kept_within_a_type),
        cmocka_unit_test(other_spellings_of_strongswan_are_read),
        cmocka_unit_test(what_is_printed_reads_back_as_the_same),
        cmocka_unit_test(foreign_transforms_are_printed_by_word_name_or_number),
        cmocka_unit_test(printing_is_cut_off_at_the_capacity),
        cmocka_unit_test(a_suite_is_printed_like_its_proposal),
        cmocka_unit_test(an_unknown_word_is_told_with_the_nearest_known_one),
        cmocka_unit_test(a_missing_word_is_told_with_its_place),
        cmocka_unit_test(words_that_cannot_stand_there_are_told),
        cmocka_unit_test(a_word_too_long_to_be_one_is_cut_in_the_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
