/* IKE_FOLLOWUP_KE from within: keys, links, patience, what odd peers say (RFC 9370 §2.2.4). */
#include "ike/followup.h"
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/crossing.h"

static struct ike_sa *sa_of(const struct party *party, uint64_t id)
{
    return ike_sa_by_id(party->ike, id);
}

/* ---- keys ---- */

/* What makes the keys of alice's next SA: SK_d of the IKE SA, all the secrets and nonces. */
struct ingredients {
    uint8_t sk_d[32];
    size_t len; /* SK(0) | Ni | Nr | SK(1) | SK(2) */
    uint8_t octets[256];
};

static void append(struct ingredients *all, const uint8_t *octets, size_t len)
{
    assert_true(all->len + len <= sizeof(all->octets));
    memcpy(all->octets + all->len, octets, len);
    all->len += len;
}

/* From gw's series before its last step, and what that one has added. */
static void keep_series(struct ingredients *all, const struct ike_sa *sa,
                        const struct ike_series *series, struct crypto_bytes ni,
                        struct crypto_bytes nr)
{
    memcpy(all->sk_d, crypto_sk(sa->keys, CRYPTO_SK_D).data, sizeof(all->sk_d));
    all->len = 0;
    append(all, series->secret->octets, series->secret->len);
    append(all, ni.data, ni.len);
    append(all, nr.data, nr.len);
    append(all, series->additional->octets, series->additional->len);
}

static const struct crypto_transform *prf(void)
{
    return crypto_transform_find(CRYPTO_PRF, CRYPTO_PRF_HMAC_SHA2_256);
}

/* KEYMAT = prf+(SK_d, SK(0) | Ni | Nr | SK(1) | SK(2)), computed here once more. */
static void keymat_is_made_of_all_secrets_rfc9370_2_2_4(void **state)
{
    struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 2);
    struct ingredients all;
    const struct ike_series *series;
    uint8_t expected[40];

    (void)state;
    pair_rekey_child(c.a, c.sa, "net");
    for (int i = 0; i < 2; i++) {
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
    }
    series = sa_of(c.b, c.gateway)->series;
    assert_int_equal(series->done, 1);
    assert_int_equal(series->secret->len, 32);     /* X25519 */
    assert_int_equal(series->additional->len, 32); /* P-256 */
    keep_series(&all, sa_of(c.b, c.gateway), series,
                crypto_bytes(series->nonces->octets, series->ni_len),
                crypto_bytes(series->nonces->octets + series->ni_len,
                             series->nonces->len - series->ni_len));
    pair_deliver_to(c.b);
    append(&all, c.b->followup_secret, c.b->followup_secret_len);
    assert_int_equal(c.b->followup_secret_len, 48); /* P-384 */
    crypto_prf_plus(c.pair->crypto, prf(), crypto_bytes(all.sk_d, 32),
                    &(struct crypto_bytes){all.octets, all.len}, 1, expected, sizeof(expected),
                    NULL);
    /* Packets from the initiator of the exchange come first (RFC 7296 §2.17). */
    assert_memory_equal(c.b->installed[1].key_in.encr_key, expected, 20);
    assert_memory_equal(c.b->installed[1].key_out.encr_key, expected + 20, 20);
    crossing_settle(&c, 1, 1);
    crossing_free(&c);
}

/* SKEYSEED = prf(SK_d (old), SK(0) | Ni | Nr | SK(1) | SK(2)). */
static void skeyseed_is_made_of_all_secrets_rfc9370_2_2_4(void **state)
{
    struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 2);
    const struct ike_series *series;
    const struct ike_sa *successor;
    uint8_t expected[CRYPTO_PRF_MAX];
    struct ingredients all;

    (void)state;
    pair_rekey_sa(c.a, c.sa);
    for (int i = 0; i < 2; i++) {
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
    }
    series = sa_of(c.b, c.gateway)->series;
    successor = sa_of(c.b, series->successor);
    assert_null(successor->keys);
    keep_series(&all, sa_of(c.b, c.gateway), series, ike_sa_ni(successor), ike_sa_nr(successor));
    pair_deliver_to(c.b);
    append(&all, c.b->followup_secret, c.b->followup_secret_len);
    crypto_prf(c.pair->crypto, prf(), crypto_bytes(all.sk_d, 32),
               &(struct crypto_bytes){all.octets, all.len}, 1, expected, NULL);
    assert_int_equal(c.b->keys.skeyseed_len, 32);
    assert_memory_equal(c.b->keys.skeyseed, expected, 32);
    crossing_settle(&c, 1, 1);
    crossing_free(&c);
}

/* One more CHILD SA, and the first one behind an IKE_AUTH without (RFC 6023). */
static void a_new_child_sa_has_them_too_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (int childless = 0; childless < 2; childless++) {
        struct pair *pair = pair_new();
        uint64_t sa, gateway;

        crossing_follow_up(pair, BOTH_FOLLOWUP, 2);
        pair->a.policy.childless = childless ? IKE_CHILDLESS_FORCE : IKE_CHILDLESS_NEVER;
        pair->b.policy.childless = childless ? IKE_CHILDLESS_ALLOW : IKE_CHILDLESS_NEVER;
        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        if (!childless) {
            assert_int_equal(party_count(&pair->a, TRACE_IKE_FOLLOWUP_EVENT), 0);
            pair_create_child(&pair->a, sa, "net");
            pair_settle(pair);
        }
        assert_int_equal(party_count(&pair->a, TRACE_IKE_FOLLOWUP_EVENT), 2);
        assert_int_equal(pair->a.installed_count, childless ? 1 : 2);
        assert_int_equal(pair->b.installed_count, childless ? 1 : 2);
        pair_free(pair);
    }
}

/* ---- links ---- */

/* Two series at once, in a window of 4: each goes on with its own link. */
static void two_series_at_once_are_told_apart_rfc9370_2_2_4(void **state)
{
    struct crossing c = crossing_new_followup(4, BOTH_FOLLOWUP, 2);

    (void)state;
    pair_create_child(c.a, c.sa, "net");
    pair_create_child(c.a, c.sa, "net");
    pair_deliver_to(c.b);
    pair_deliver_to(c.b);
    pair_settle(c.pair);
    assert_int_equal(party_count(c.b, TRACE_IKE_FOLLOWUP_EVENT), 4);
    crossing_assert_settled(&c, 3, 0);
    crossing_free(&c);
}

/* The window is full when a key exchange is due: it is the first to go when there is a place. */
static void it_goes_before_what_waits_2_3(void **state)
{
    struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);

    (void)state;
    pair_rekey_child(c.a, c.sa, "net");
    pair_check_liveness(c.a, c.sa);
    pair_deliver_to(c.b);
    pair_deliver_to(c.a);
    assert_string_equal(last_sent(c.a), "SK{KE N(ADDITIONAL_KEY_EXCHANGE)}");
    crossing_settle(&c, 1, 1);
    crossing_free(&c);
}

struct forged {
    uint16_t method;
    size_t link_len;
    uint8_t link[8];
};

static void write_forged(struct ike_builder *builder, const void *context)
{
    static const uint8_t value[65] = {9}; /* an X25519 point; not one of P-256 */
    const struct forged *forged = context;

    if (forged->method) {
        ike_build_ke(builder, forged->method,
                     crypto_bytes(value, forged->method == CRYPTO_KE_ECP_256 ? 64 : 32));
    }
    if (forged->link_len) {
        ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_ADDITIONAL_KEY_EXCHANGE,
                         crypto_bytes(forged->link, forged->link_len));
    }
}

static void forge(struct crossing *c, uint32_t message_id, struct forged forged)
{
    pair_forge(&(struct pair_forgery){.from = c->a,
                                      .sa = c->sa,
                                      .exchange = IKE_EXCHANGE_IKE_FOLLOWUP_KE,
                                      .message_id = message_id,
                                      .write = write_forged,
                                      .context = &forged});
}

/* No link, one that gw has not made, one of a step that is over: STATE_NOT_FOUND, and no more. */
static void an_unknown_link_is_not_found_rfc9370_2_2_4(void **state)
{
    static const struct forged cases[] = {
        {CRYPTO_KE_ECP_256, 0, {0}},
        {CRYPTO_KE_ECP_256, 5, {0, 0, 0, 9, 1}},
        {CRYPTO_KE_ECP_256, 5, {0, 0, 0, 4, 2}},
        {CRYPTO_KE_ECP_256, 4, {0, 0, 0, 4}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
        uint32_t next = sa_of(c.a, c.sa)->own.next;

        pair_rekey_child(c.a, c.sa, "net");
        pair_deliver_to(c.b);
        pair_lose(c.pair, 0);
        forge(&c, next + 1, cases[i]);
        assert_string_equal(last_sent(c.b), "SK{N(STATE_NOT_FOUND)}");
        assert_int_equal(c.b->installed_count, 1);
        assert_non_null(sa_of(c.b, c.gateway)->series);
        crossing_free(&c);
    }
}

/* The right link with another method, no KE or a value that is no point: the sender has a bug
 * (RFC 6989 §2.5). */
static void a_bad_value_ends_the_ike_sa_rfc6989_2(void **state)
{
    static const uint16_t methods[] = {0, CRYPTO_KE_CURVE25519, CRYPTO_KE_ECP_256};

    (void)state;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
        uint32_t next = sa_of(c.a, c.sa)->own.next;
        struct forged forged = {methods[i], 5, {0, 0, 0, (uint8_t)next, 1}};

        pair_rekey_child(c.a, c.sa, "net");
        pair_deliver_to(c.b);
        pair_lose(c.pair, 0);
        forge(&c, next + 1, forged);
        assert_string_equal(last_sent(c.b), "SK{N(INVALID_SYNTAX)}");
        assert_int_equal(party_newest(c.b), 0);
        assert_int_equal(c.b->installed_count, 0);
        crossing_free(&c);
    }
}

static void write_last(struct ike_builder *builder, const void *context)
{
    static const uint8_t zeros[64];

    if (context) {
        ike_build_ke(builder, CRYPTO_KE_ECP_256, crypto_bytes(zeros, sizeof(zeros)));
    }
}

/* An answer without its key exchange, or with one that is no point: both ends may know different
 * things now, so the IKE SA goes. */
static void a_wrong_answer_ends_the_ike_sa(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++) {
        struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
        uint32_t message_id;

        if (n / 2) {
            pair_rekey_sa(c.a, c.sa);
        } else {
            pair_rekey_child(c.a, c.sa, "net");
        }
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        message_id = sa_of(c.a, c.sa)->own.next - 1;
        pair_lose(c.pair, 0);
        pair_forge(&(struct pair_forgery){.from = c.b,
                                          .sa = c.gateway,
                                          .exchange = IKE_EXCHANGE_IKE_FOLLOWUP_KE,
                                          .response = true,
                                          .message_id = message_id,
                                          .write = write_last,
                                          .context = n % 2 ? "" : NULL});
        assert_string_equal(last_sent(c.a), "SK{D}");
        assert_int_equal(sa_of(c.a, c.sa)->state, IKE_STATE_DELETING);
        crossing_free(&c);
    }
}

static void write_unlinked(struct ike_builder *builder, const void *context)
{
    const struct ike_series *series = context;
    static const uint8_t nonce[32] = {1};
    struct ike_proposal proposal = {.transforms = series->agreement.proposal.transforms,
                                    .spi_len = 4};
    uint8_t point[32] = {9};

    ike_store_u32(proposal.spi, 0x11223344);
    ike_build_sa(builder, &proposal, 1);
    ike_build_nonce(builder, crypto_bytes(nonce, sizeof(nonce)));
    ike_build_ke(builder, CRYPTO_KE_CURVE25519, crypto_bytes(point, sizeof(point)));
    ike_build_ts(builder, true, series->selectors, 1);
    ike_build_ts(builder, false, series->selectors + 1, 1);
}

/* A response that agrees on more key exchanges and does not say how to go on makes nothing. */
static void a_response_without_a_link_makes_no_sa(void **state)
{
    struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
    uint32_t message_id = sa_of(c.a, c.sa)->own.next;

    (void)state;
    pair_rekey_child(c.a, c.sa, "net");
    pair_deliver_to(c.b);
    pair_lose(c.pair, 0);
    pair_forge(&(struct pair_forgery){.from = c.b,
                                      .sa = c.gateway,
                                      .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                      .response = true,
                                      .message_id = message_id,
                                      .write = write_unlinked,
                                      .context = sa_of(c.b, c.gateway)->series});
    assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_FAILED_EVENT), 1);
    assert_int_equal(c.a->installed_count, 1);
    assert_int_equal(c.pair->flight_count, 0);
    crossing_free(&c);
}

/* ---- patience ---- */

/* gw forgets a series after 20 s, and what it has set aside for it; alice, whose key exchange comes
 * then, hears so and begins anew after a while. */
static void the_responder_forgets_after_a_while_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (int of_sa = 0; of_sa < 2; of_sa++) {
        struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
        struct flight held;

        c.a->policy.retransmit_timeout = 100 * SECOND;
        if (of_sa) {
            pair_rekey_sa(c.a, c.sa);
        } else {
            pair_rekey_child(c.a, c.sa, "net");
        }
        pair_deliver_to(c.b);
        held = pair_hold(c.a);
        pair_wait(c.pair, IKE_FOLLOWUP_TIMEOUT - 1);
        assert_non_null(sa_of(c.b, c.gateway)->series);
        pair_wait(c.pair, 1);
        assert_null(sa_of(c.b, c.gateway)->series);
        assert_int_equal(sa_of(c.b, c.gateway)->child_total, 1);
        pair_release(&held);
        pair_deliver_to(c.b);
        assert_string_equal(last_sent(c.b), "SK{N(STATE_NOT_FOUND)}");
        pair_settle(c.pair);
        assert_int_equal(party_count(c.a, TRACE_IKE_RETRY_EVENT), 1);
        pair_wait(c.pair, 20 * SECOND);
        crossing_settle(&c, 1, 1);
        crossing_free(&c);
    }
}

/* Three times is too often: the IKE SA is deleted. */
static void state_not_found_too_often_ends_the_ike_sa_rfc9370_2_2_4(void **state)
{
    struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);

    (void)state;
    c.a->policy.retransmit_timeout = 100 * SECOND;
    pair_rekey_child(c.a, c.sa, "net");
    for (int i = 0; i < IKE_STATES_NOT_FOUND_MAX; i++) {
        struct flight held;

        assert_true(party_established(c.a, c.sa));
        pair_deliver_to(c.b);
        held = pair_hold(c.a);
        pair_wait(c.pair, IKE_FOLLOWUP_TIMEOUT);
        pair_release(&held);
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        if (i + 1 < IKE_STATES_NOT_FOUND_MAX) {
            pair_wait(c.pair, 20 * SECOND);
        }
    }
    pair_settle(c.pair);
    crossing_assert_gone(&c);
    crossing_free(&c);
}

/* A lost response is repeated, and the series takes no step twice. */
static void a_lost_answer_is_repeated_2_1(void **state)
{
    struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 2);

    (void)state;
    pair_rekey_child(c.a, c.sa, "net");
    pair_deliver_to(c.b);
    pair_deliver_to(c.a);
    pair_deliver_to(c.b);
    pair_lose(c.pair, 0);
    pair_wait(c.pair, SECOND);
    crossing_settle(&c, 1, 1);
    assert_int_equal(party_count(c.b, TRACE_IKE_FOLLOWUP_EVENT), 2);
    crossing_free(&c);
}

/* An order to rekey what the peer is replacing is refused; its own soft lifetime is ignored. */
static void orders_wait_for_the_series_of_the_peer(void **state)
{
    struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
    struct ike_actions actions = {0};
    const char *why = NULL;

    (void)state;
    pair_rekey_child(c.a, c.sa, "net");
    pair_deliver_to(c.b);
    assert_int_equal(
        ike_endpoint_rekey_child(c.b->ike, c.pair->now, c.gateway, "net", &actions, &why), -1);
    assert_string_equal(why, "the peer is replacing the CHILD SA");
    pair_limit(c.b, c.old_b, false, "rekey_bytes");
    pair_rekey_sa(c.b, c.gateway); /* it waits */
    assert_int_equal(pair_in_flight_to(c.a), 1);
    pair_settle(c.pair);
    pair_wait(c.pair, 20 * SECOND); /* it has met alice's Delete of the old one */
    crossing_settle(&c, 1, 2);
    crossing_free(&c);
}

/* CHILD SAs of a series count against the policy's limit, and no offer is left behind. */
static void a_series_counts_against_the_limit_1_3(void **state)
{
    struct crossing c = crossing_new_followup(4, BOTH_FOLLOWUP, 1);

    (void)state;
    c.b->policy.child_limit = 2;
    pair_create_child(c.a, c.sa, "net");
    pair_create_child(c.a, c.sa, "net");
    pair_deliver_to(c.b);
    pair_deliver_to(c.b);
    assert_string_equal(last_sent(c.b), "SK{N(NO_ADDITIONAL_SAS)}");
    pair_settle(c.pair);
    crossing_assert_settled(&c, 2, 0);
    crossing_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keymat_is_made_of_all_secrets_rfc9370_2_2_4),
        cmocka_unit_test(skeyseed_is_made_of_all_secrets_rfc9370_2_2_4),
        cmocka_unit_test(a_new_child_sa_has_them_too_rfc9370_2_2_4),
        cmocka_unit_test(two_series_at_once_are_told_apart_rfc9370_2_2_4),
        cmocka_unit_test(it_goes_before_what_waits_2_3),
        cmocka_unit_test(an_unknown_link_is_not_found_rfc9370_2_2_4),
        cmocka_unit_test(a_bad_value_ends_the_ike_sa_rfc6989_2),
        cmocka_unit_test(a_wrong_answer_ends_the_ike_sa),
        cmocka_unit_test(a_response_without_a_link_makes_no_sa),
        cmocka_unit_test(the_responder_forgets_after_a_while_rfc9370_2_2_4),
        cmocka_unit_test(state_not_found_too_often_ends_the_ike_sa_rfc9370_2_2_4),
        cmocka_unit_test(a_lost_answer_is_repeated_2_1),
        cmocka_unit_test(orders_wait_for_the_series_of_the_peer),
        cmocka_unit_test(a_series_counts_against_the_limit_1_3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
