/* The responder's choice and the initiator's check of it (RFC 7296 §2.7, §3.3, §3.3.6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/proposal.h"

enum { PROPOSALS_MAX = 4 };

struct list {
    struct crypto_proposal proposals[PROPOSALS_MAX];
    size_t count;
};

/* Proposals apart by spaces, numbered from 1. */
static struct list list_of(enum crypto_protocol protocol, const char *texts)
{
    struct list list = {.count = 0};
    char copy[256];
    char *rest;

    snprintf(copy, sizeof copy, "%s", texts);
    for (char *text = strtok_r(copy, " ", &rest); text != NULL; text = strtok_r(NULL, " ", &rest)) {
        struct crypto_proposal_error error;
        assert_true(list.count < PROPOSALS_MAX);
        struct crypto_proposal *out = &list.proposals[list.count++];
        if (crypto_proposal_parse(protocol, text, out, &error) != 0) {
            fail_msg("%s: %s", text, error.message);
        }
        out->number = (uint8_t)list.count;
    }
    return list;
}

static void add(struct crypto_proposal *proposal, uint8_t type, uint16_t id, uint16_t key_bits)
{
    assert_true(proposal->count < CRYPTO_PROPOSAL_TRANSFORMS_MAX);
    proposal->transforms[proposal->count++] = (struct crypto_transform_choice){type, id, key_bits};
}

/* "3: aes128-sha256-x25519", or "" where nothing is acceptable. */
static void choose(const struct list *offered, const struct list *own, char text[128])
{
    struct crypto_proposal chosen;
    struct crypto_suite suite;
    char words[96];

    text[0] = '\0';
    if (!crypto_proposal_choose(offered->proposals, offered->count, own->proposals, own->count,
                                &chosen, &suite)) {
        return;
    }
    crypto_suite_print((enum crypto_protocol)chosen.protocol, &suite, words, sizeof words);
    snprintf(text, 128, "%u: %s", chosen.number, words);

    for (size_t i = 0; i < chosen.count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(chosen.transforms[i].type, chosen.transforms[j].type);
        }
    }
    /* Whoever offered accepts what was chosen. */
    struct crypto_suite accepted;
    assert_true(crypto_proposal_accept(&chosen, offered->proposals, offered->count, &accepted));
    assert_memory_equal(&accepted, &suite, sizeof suite);
}

static void check_choice(enum crypto_protocol protocol, const char *offered, const char *own,
                         const char *expected)
{
    struct list offered_list = list_of(protocol, offered);
    struct list own_list = list_of(protocol, own);
    char text[128];

    choose(&offered_list, &own_list, text);
    assert_string_equal(text, expected);
}

/* G02: of many transforms of a type, one of each. */
static void the_first_of_the_own_that_is_offered_is_chosen(void **state)
{
    const enum crypto_protocol ike = CRYPTO_PROTO_IKE;

    (void)state;
    check_choice(ike, "aes128-sha256-x25519", "aes128-sha256-x25519", "1: aes128-sha256-x25519");
    check_choice(ike, "aes128-sha256-x25519 aes256-sha512-ecp384",
                 "aes256-sha512-ecp384 aes128-sha256-x25519", "2: aes256-sha512-ecp384");
    check_choice(ike, "aes128-aes256-sha256-sha512-x25519-ecp256",
                 "aes256-aes128-sha512-sha256-ecp256", "1: aes256-sha512-ecp256");
    check_choice(ike, "aes128-sha256-x25519 aes128gcm16-prfsha256-x25519",
                 "aes128gcm16-prfsha256-x25519", "2: aes128gcm16-prfsha256-x25519");
    /* G10: either or both may be offered, one is chosen. */
    check_choice(CRYPTO_PROTO_ESP, "aes128gcm16-esn-noesn", "aes128gcm16", "1: aes128gcm16");
    check_choice(CRYPTO_PROTO_ESP, "aes128gcm16-noesn-esn", "aes128gcm16-esn-noesn",
                 "1: aes128gcm16-esn");
    check_choice(CRYPTO_PROTO_ESP, "aes256-sha256-x25519", "aes256-sha256-x25519",
                 "1: aes256-sha256-x25519");
}

static void one_type_that_does_not_match_is_enough_to_refuse(void **state)
{
    static const char *const offers[] = {
        "aes256-sha256-x25519",           /* key length */
        "aes128-sha512-prfsha256-x25519", /* INTEG */
        "aes128-sha256-prfsha512-x25519", /* PRF */
        "aes128-sha256-ecp256",           /* KE */
        "aes128gcm16-prfsha256-x25519",   /* ENCR */
    };

    (void)state;
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        check_choice(CRYPTO_PROTO_IKE, offers[i], "aes128-sha256-x25519", "");
    }
    check_choice(CRYPTO_PROTO_ESP, "aes128gcm16-esn", "aes128gcm16-noesn", "");
    check_choice(CRYPTO_PROTO_ESP, "aes128gcm16-x25519", "aes128gcm16", "");
    check_choice(CRYPTO_PROTO_ESP, "aes128gcm16", "aes128gcm16-x25519", "");
}

static void nothing_offered_or_nothing_own_is_nothing(void **state)
{
    struct list none = {.count = 0};
    struct list some = list_of(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    char text[128];

    (void)state;
    choose(&none, &some, text);
    assert_string_equal(text, "");
    choose(&some, &none, text);
    assert_string_equal(text, "");
}

static void a_proposal_of_another_protocol_is_passed_over(void **state)
{
    struct list offered = list_of(CRYPTO_PROTO_ESP, "aes128gcm16 aes128gcm16");
    struct list own = list_of(CRYPTO_PROTO_ESP, "aes128gcm16");
    char text[128];

    (void)state;
    offered.proposals[0].protocol = CRYPTO_PROTO_AH;
    choose(&offered, &own, text);
    assert_string_equal(text, "2: aes128gcm16");
}

/* G08, §3.3.6: "If the responder ... a Transform Type it does not understand, ... MUST consider
 * this proposal unacceptable", and passes on to the next. */
static void a_proposal_with_a_type_that_is_not_known_is_passed_over(void **state)
{
    struct list offered = list_of(CRYPTO_PROTO_IKE, "aes256-sha256-x25519 aes256-sha256-x25519");
    struct list own = list_of(CRYPTO_PROTO_IKE, "aes256-sha256-x25519");
    char text[128];

    (void)state;
    add(&offered.proposals[0], 13, 1, 0);
    choose(&offered, &own, text);
    assert_string_equal(text, "2: aes256-sha256-x25519");
    add(&offered.proposals[1], CRYPTO_ESN, 0, 0); /* IKE has no ESN */
    choose(&offered, &own, text);
    assert_string_equal(text, "");
}

/* RFC 9370 §2.2.1: an additional key exchange is a type like any other; who does not know it cannot
 * take the proposal unless "none" is offered; no method serves twice. */
static void additional_key_exchanges_are_chosen_like_others_rfc9370_2_2_1(void **state)
{
    const enum crypto_protocol ike = CRYPTO_PROTO_IKE;

    (void)state;
    check_choice(ike, "aes128-sha256-x25519-ke1_ecp384", "aes128-sha256-x25519-ke1_ecp384",
                 "1: aes128-sha256-x25519-ke1_ecp384");
    check_choice(ike, "aes128-sha256-x25519-ke1_ecp384-ke1_ecp521-ke2_modp2048",
                 "aes128-sha256-x25519-ke1_ecp521-ke2_modp2048",
                 "1: aes128-sha256-x25519-ke1_ecp521-ke2_modp2048");
    check_choice(ike, "aes128-sha256-x25519-ke1_ecp384", "aes128-sha256-x25519", "");
    check_choice(ike, "aes128-sha256-x25519", "aes128-sha256-x25519-ke1_ecp384", "");
    check_choice(ike, "aes128-sha256-x25519-ke1_ecp384-ke1_none", "aes128-sha256-x25519",
                 "1: aes128-sha256-x25519");
    check_choice(ike, "aes128-sha256-x25519-ke1_x25519-ke1_ecp256",
                 "aes128-sha256-x25519-ke1_x25519-ke1_ecp256",
                 "1: aes128-sha256-x25519-ke1_ecp256");
    check_choice(CRYPTO_PROTO_ESP, "aes128gcm16-x25519-ke1_ecp384", "aes128gcm16-x25519-ke1_ecp384",
                 "1: aes128gcm16-x25519-ke1_ecp384");
    check_choice(CRYPTO_PROTO_AH, "sha256-x25519-ke1_ecp384-ke1_none", "sha256-x25519",
                 "1: sha256-x25519");
}

/* Without a first key exchange there are none behind it, whoever offers that. */
static void additional_key_exchanges_need_a_first_one_rfc9370_2_2_1(void **state)
{
    struct list offered = list_of(CRYPTO_PROTO_ESP, "aes128gcm16-x25519-ke1_ecp384");
    struct list own = list_of(CRYPTO_PROTO_ESP, "aes128gcm16-x25519-ke1_ecp384");
    struct crypto_suite suite;
    char text[256];

    (void)state;
    for (int end = 0; end < 2; end++) {
        struct crypto_proposal *proposal = end ? own.proposals : offered.proposals;

        for (size_t i = 0; i < proposal->count; i++) {
            if (proposal->transforms[i].type == CRYPTO_KE) {
                proposal->transforms[i].id = 0;
            }
        }
    }
    choose(&offered, &own, text);
    assert_string_equal(text, "");
    assert_false(crypto_suite_resolve(&own.proposals[0], &suite));
}

/* An answer in which a method serves twice is none. */
static void no_method_serves_twice_rfc9370_2_2_1(void **state)
{
    struct list offered = list_of(CRYPTO_PROTO_IKE, "aes128-sha256-x25519-ke1_x25519-ke1_ecp256");
    struct list answer = list_of(CRYPTO_PROTO_IKE, "aes128-sha256-x25519-ke1_ecp256");
    struct crypto_suite suite;

    (void)state;
    assert_true(crypto_proposal_accept(&answer.proposals[0], offered.proposals, 1, &suite));
    assert_int_equal(suite.additional_count, 1);
    assert_int_equal(suite.additional[0], CRYPTO_KE_ECP_256);
    answer = list_of(CRYPTO_PROTO_IKE, "aes128-sha256-x25519-ke1_x25519");
    assert_false(crypto_proposal_accept(&answer.proposals[0], offered.proposals, 1, &suite));
}

/* G08, §3.3.6: a transform that is not known is passed over, not its proposal. */
static void transforms_that_are_not_known_or_not_computed_never_match(void **state)
{
    struct list offered = list_of(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    struct list own = list_of(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    char text[128];

    (void)state;
    add(&offered.proposals[0], CRYPTO_ENCR, 23, 128);
    add(&offered.proposals[0], CRYPTO_ENCR, 1024, 0);
    add(&offered.proposals[0], CRYPTO_ENCR, 12, 512);
    add(&offered.proposals[0], CRYPTO_KE, 33, 0);
    choose(&offered, &own, text);
    assert_string_equal(text, "1: aes128-sha256-x25519");

    /* Even where both ends have it first. */
    struct crypto_transform_choice camellia = {CRYPTO_ENCR, 23, 128};
    own.proposals[0].transforms[0] = camellia;
    add(&own.proposals[0], CRYPTO_ENCR, 12, 128);
    choose(&offered, &own, text);
    assert_string_equal(text, "1: aes128-sha256-x25519");
}

/* ENCR_NULL and GMAC encrypt nothing, which IKE must (RFC 7296 §5), even where both ends say so. */
static void what_encrypts_nothing_is_never_chosen_for_ike(void **state)
{
    struct list offered = list_of(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    struct list own = list_of(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    struct crypto_suite suite;
    char text[128];

    (void)state;
    offered.proposals[0].transforms[0] = (struct crypto_transform_choice){CRYPTO_ENCR, 11, 0};
    own.proposals[0].transforms[0] = offered.proposals[0].transforms[0];
    choose(&offered, &own, text);
    assert_string_equal(text, "");
    assert_false(crypto_suite_resolve(&own.proposals[0], &suite));
    struct list esp = list_of(CRYPTO_PROTO_ESP, "null-sha256");
    choose(&esp, &esp, text);
    assert_string_equal(text, "1: null-sha256");
}

/* A cipher with one key length comes without the attribute, and the suite knows its key. */
static void a_cipher_of_fixed_key_is_negotiated_without_a_length(void **state)
{
    static const struct {
        const char *text;
        unsigned key_bits;
    } cases[] = {{"chacha20poly1305", 256}, {"3des-sha1", 192}, {"null-aesxcbc", 0}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct list list = list_of(CRYPTO_PROTO_ESP, cases[i].text);
        struct crypto_suite suite;
        assert_int_equal(list.proposals[0].transforms[0].key_bits, 0);
        assert_true(crypto_suite_resolve(&list.proposals[0], &suite));
        assert_int_equal(suite.encr_key_bits, cases[i].key_bits);
        list.proposals[0].transforms[0].key_bits = 256;
        assert_false(crypto_suite_resolve(&list.proposals[0], &suite));
    }
}

/* AES without its Key Length attribute is not AES-128 (§3.3.5). */
static void a_cipher_of_variable_key_needs_its_length(void **state)
{
    struct list offered = list_of(CRYPTO_PROTO_ESP, "aes128gcm16");
    struct list own = list_of(CRYPTO_PROTO_ESP, "aes128gcm16");
    char text[128];

    (void)state;
    offered.proposals[0].transforms[0].key_bits = 0;
    choose(&offered, &own, text);
    assert_string_equal(text, "");
    own.proposals[0].transforms[0].key_bits = 0;
    choose(&offered, &own, text);
    assert_string_equal(text, "");
}

/* G09, §3.3.3: with an AEAD, INTEG is left out or offered as NONE; the answer has NONE where it was
 * offered. Without one, NONE is no integrity algorithm. */
static void none_stands_for_an_absent_type(void **state)
{
    struct list offered = list_of(CRYPTO_PROTO_ESP, "aes128gcm16");
    struct list own = list_of(CRYPTO_PROTO_ESP, "aes128gcm16");
    struct crypto_proposal chosen;
    struct crypto_suite suite;

    (void)state;
    add(&offered.proposals[0], CRYPTO_INTEG, CRYPTO_INTEG_NONE, 0);
    add(&offered.proposals[0], CRYPTO_KE, 0, 0);
    add(&offered.proposals[0], CRYPTO_KE, 31, 0);
    assert_true(crypto_proposal_choose(offered.proposals, 1, own.proposals, 1, &chosen, &suite));
    assert_int_equal(chosen.count, 4);
    assert_int_equal(chosen.transforms[1].type, CRYPTO_INTEG);
    assert_int_equal(chosen.transforms[1].id, CRYPTO_INTEG_NONE);
    assert_int_equal(chosen.transforms[2].type, CRYPTO_KE);
    assert_int_equal(chosen.transforms[2].id, 0);
    assert_null(suite.integ);
    assert_null(suite.ke);
    assert_true(crypto_proposal_accept(&chosen, offered.proposals, 1, &suite));

    struct list cbc = list_of(CRYPTO_PROTO_ESP, "aes128-sha256");
    cbc.proposals[0].transforms[1].id = CRYPTO_INTEG_NONE;
    assert_false(crypto_proposal_choose(cbc.proposals, 1, cbc.proposals, 1, &chosen, &suite));
}

/* G10: ESP and AH have to say something of ESN; who leaves it out is not taken to have said no
 * (§3.3.3). Nor may an answer leave out what was offered. */
static void without_esn_there_is_no_proposal_of_esp_3_3_3(void **state)
{
    static const struct {
        unsigned protocol;
        const char *words;
    } cases[] = {{CRYPTO_PROTO_ESP, "aes128gcm16"}, {CRYPTO_PROTO_AH, "sha256"}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct list own = list_of(cases[i].protocol, cases[i].words);
        struct list offered = own;
        struct crypto_proposal *only = &offered.proposals[0], chosen;
        struct crypto_suite suite;

        assert_true(
            crypto_proposal_choose(offered.proposals, 1, own.proposals, 1, &chosen, &suite));
        assert_int_equal(only->transforms[only->count - 1].type, CRYPTO_ESN);
        only->count--;
        only->number = 1;
        assert_false(
            crypto_proposal_choose(offered.proposals, 1, own.proposals, 1, &chosen, &suite));
        assert_false(crypto_proposal_accept(only, own.proposals, 1, &suite));
    }
}

/* G09: one offer may hold both kinds of cipher; what is chosen must be whole. */
static void an_aead_is_never_chosen_with_an_integrity_algorithm(void **state)
{
    struct list offered = list_of(CRYPTO_PROTO_ESP, "aes128-sha256");
    struct list gcm = list_of(CRYPTO_PROTO_ESP, "aes128gcm16");
    struct list both = list_of(CRYPTO_PROTO_ESP, "aes128gcm16 aes128-sha256");
    char text[128];

    (void)state;
    add(&offered.proposals[0], CRYPTO_ENCR, 20, 128);
    choose(&offered, &gcm, text);
    assert_string_equal(text, "");
    choose(&offered, &both, text);
    assert_string_equal(text, "1: aes128-sha256");
    add(&offered.proposals[0], CRYPTO_INTEG, CRYPTO_INTEG_NONE, 0);
    choose(&offered, &both, text);
    assert_string_equal(text, "1: aes128gcm16");
}

/* ---- the answer ---- */

static void an_answer_must_be_one_of_each_type_of_what_was_offered(void **state)
{
    const struct list offered =
        list_of(CRYPTO_PROTO_IKE, "aes128-aes256-sha256-x25519-ecp256 aes128-sha512-x25519");
    struct list answers = list_of(CRYPTO_PROTO_IKE, "aes256-sha256-ecp256");
    struct crypto_proposal *answer = &answers.proposals[0];
    struct crypto_suite suite;

    (void)state;
    answer->number = 1;
    assert_true(crypto_proposal_accept(answer, offered.proposals, 2, &suite));
    assert_int_equal(suite.encr_key_bits, 256);
    assert_int_equal(suite.prf->id, CRYPTO_PRF_HMAC_SHA2_256);
    assert_int_equal(suite.integ->id, CRYPTO_INTEG_HMAC_SHA2_256_128);
    assert_int_equal(suite.ke->id, CRYPTO_KE_ECP_256);

    answer->number = 2; /* of the other proposal */
    assert_false(crypto_proposal_accept(answer, offered.proposals, 2, &suite));
    answer->number = 3;
    assert_false(crypto_proposal_accept(answer, offered.proposals, 2, &suite));
    answer->number = 0;
    assert_false(crypto_proposal_accept(answer, offered.proposals, 2, &suite));
    answer->number = 1;
    answer->protocol = CRYPTO_PROTO_ESP;
    assert_false(crypto_proposal_accept(answer, offered.proposals, 2, &suite));
    answer->protocol = CRYPTO_PROTO_IKE;

    struct crypto_proposal two_groups = *answer;
    add(&two_groups, CRYPTO_KE, 31, 0);
    assert_false(crypto_proposal_accept(&two_groups, offered.proposals, 2, &suite));
    struct crypto_proposal no_group = *answer;
    no_group.count--;
    assert_false(crypto_proposal_accept(&no_group, offered.proposals, 2, &suite));
    struct crypto_proposal not_offered = *answer;
    not_offered.transforms[3].id = CRYPTO_KE_MODP_2048;
    assert_false(crypto_proposal_accept(&not_offered, offered.proposals, 2, &suite));
    struct crypto_proposal other_length = *answer;
    other_length.transforms[0].key_bits = 192;
    assert_false(crypto_proposal_accept(&other_length, offered.proposals, 2, &suite));
}

static void an_answer_may_leave_out_what_was_offered_with_none(void **state)
{
    struct list offered = list_of(CRYPTO_PROTO_ESP, "aes128gcm16-x25519-esn");
    struct list answers = list_of(CRYPTO_PROTO_ESP, "aes128gcm16-esn");
    struct crypto_suite suite;

    (void)state;
    assert_false(crypto_proposal_accept(&answers.proposals[0], offered.proposals, 1, &suite));
    add(&offered.proposals[0], CRYPTO_KE, 0, 0);
    assert_true(crypto_proposal_accept(&answers.proposals[0], offered.proposals, 1, &suite));
    assert_null(suite.ke);
    assert_true(suite.esn);
}

static void only_a_whole_proposal_of_computed_transforms_is_a_suite(void **state)
{
    struct list ike = list_of(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    struct crypto_suite suite;

    (void)state;
    assert_true(crypto_suite_resolve(&ike.proposals[0], &suite));
    for (size_t leave_out = 0; leave_out < 4; leave_out++) {
        struct crypto_proposal part = ike.proposals[0];
        part.transforms[leave_out] = part.transforms[--part.count];
        assert_false(crypto_suite_resolve(&part, &suite));
    }
    struct crypto_proposal foreign = ike.proposals[0];
    foreign.transforms[3].id = 33; /* GOST3410_2012_256 is named, not computed */
    assert_false(crypto_suite_resolve(&foreign, &suite));
    struct crypto_proposal empty = {.protocol = CRYPTO_PROTO_IKE};
    assert_false(crypto_suite_resolve(&empty, &suite));
}

/* AH has INTEG and ESN, maybe KE, and no ENCR (RFC 7296 §3.3.3). */
static void ah_is_chosen_by_integrity_alone(void **state)
{
    static const struct {
        const char *offered, *own, *chosen; /* NULL: nothing */
    } cases[] = {
        {"sha256", "sha256", "1: sha256"},
        {"sha1-sha256", "sha256-sha1", "1: sha256"},
        {"sha256-noesn-esn", "sha256-esn", "1: sha256-esn"},
        {"sha256", "sha256-esn", NULL},
        {"sha256-x25519", "sha256-x25519", "1: sha256-x25519"},
        {"sha384", "sha256", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct list offered = list_of(CRYPTO_PROTO_AH, cases[i].offered);
        struct list own = list_of(CRYPTO_PROTO_AH, cases[i].own);
        struct crypto_proposal chosen;
        struct crypto_suite suite;
        bool found = crypto_proposal_choose(offered.proposals, offered.count, own.proposals,
                                            own.count, &chosen, &suite);
        assert_int_equal(found, cases[i].chosen != NULL);
        if (found) {
            char text[128];
            crypto_suite_print(CRYPTO_PROTO_AH, &suite, text, sizeof text);
            assert_string_equal(text, cases[i].chosen + 3);
            assert_null(suite.encr);
            assert_non_null(suite.integ);
            assert_true(crypto_proposal_accept(&chosen, offered.proposals, offered.count, &suite));
        }
    }
    /* The same words for ESP would be another protocol. */
    struct list ah = list_of(CRYPTO_PROTO_AH, "sha256");
    struct list esp = list_of(CRYPTO_PROTO_ESP, "null-sha256");
    struct crypto_proposal chosen;
    struct crypto_suite suite;
    assert_false(crypto_proposal_choose(ah.proposals, 1, esp.proposals, 1, &chosen, &suite));
    assert_false(crypto_proposal_choose(esp.proposals, 1, ah.proposals, 1, &chosen, &suite));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_of_the_own_that_is_offered_is_chosen),
        cmocka_unit_test(one_type_that_does_not_match_is_enough_to_refuse),
        cmocka_unit_test(nothing_offered_or_nothing_own_is_nothing),
        cmocka_unit_test(a_proposal_of_another_protocol_is_passed_over),
        cmocka_unit_test(a_proposal_with_a_type_that_is_not_known_is_passed_over),
        cmocka_unit_test(additional_key_exchanges_are_chosen_like_others_rfc9370_2_2_1),
        cmocka_unit_test(additional_key_exchanges_need_a_first_one_rfc9370_2_2_1),
        cmocka_unit_test(no_method_serves_twice_rfc9370_2_2_1),
        cmocka_unit_test(transforms_that_are_not_known_or_not_computed_never_match),
        cmocka_unit_test(what_encrypts_nothing_is_never_chosen_for_ike),
        cmocka_unit_test(a_cipher_of_fixed_key_is_negotiated_without_a_length),
        cmocka_unit_test(a_cipher_of_variable_key_needs_its_length),
        cmocka_unit_test(none_stands_for_an_absent_type),
        cmocka_unit_test(without_esn_there_is_no_proposal_of_esp_3_3_3),
        cmocka_unit_test(an_aead_is_never_chosen_with_an_integrity_algorithm),
        cmocka_unit_test(an_answer_must_be_one_of_each_type_of_what_was_offered),
        cmocka_unit_test(an_answer_may_leave_out_what_was_offered_with_none),
        cmocka_unit_test(only_a_whole_proposal_of_computed_transforms_is_a_suite),
        cmocka_unit_test(ah_is_chosen_by_integrity_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
