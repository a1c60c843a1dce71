/* CREATE_CHILD_SA for one more CHILD SA (RFC 7296 §1.3.1, §2.9, §2.17). */
#include "ike/child.h"
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/opened.h"

static void assert_same_children(struct pair *pair, uint64_t sa, uint64_t gateway, size_t count)
{
    assert_int_equal(party_children(&pair->a, sa), count);
    assert_int_equal(party_children(&pair->b, gateway), count);
    assert_int_equal(pair->a.installed_count, count);
    assert_int_equal(pair->b.installed_count, count);
    for (size_t i = 0; i < count; i++) {
        const struct ike_child_sa *x = &pair->a.installed[i], *y = &pair->b.installed[i];

        assert_int_equal(x->spi_in, y->spi_out);
        assert_int_equal(x->spi_out, y->spi_in);
        assert_memory_equal(x->key_in.encr_key, y->key_out.encr_key, x->key_in.encr_key_len);
        assert_memory_equal(x->key_out.encr_key, y->key_in.encr_key, x->key_out.encr_key_len);
    }
}

/*
 *  J07, A05: from either end, once more the same configuration
 *    |---- SK{SA Ni TSi TSr} ---->|   installed
 *    |<--- SK{SA Nr TSi TSr} -----|
 *  installed
 */
static void either_end_makes_one_more_child_1_3_1(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_create_child(&pair->a, sa, "net");
    assert_string_equal(last_sent(&pair->a), "SK{SA Ni TSi TSr}");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{SA Nr TSi TSr}");
    pair_deliver_to(&pair->a);
    assert_same_children(pair, sa, gateway, 2);

    pair_create_child(&pair->b, gateway, "net");
    pair_settle(pair);
    assert_same_children(pair, sa, gateway, 3);
    /* The responder of the IKE SA was the initiator of this exchange: TSi is its side. */
    assert_string_equal(party_last(&pair->a, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                        "10.2.0.0/24 === 10.1.0.0/24");
    assert_memory_equal(pair->a.installed_local[2].start, pair->a.local_ts[0].start, 4);
    assert_memory_equal(pair->b.installed_local[2].start, pair->b.local_ts[0].start, 4);
    for (size_t i = 0; i < 3; i++) {
        assert_true(pair->a.installed[i].spi_in >= 256);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(pair->a.installed[i].spi_in, pair->a.installed[j].spi_in);
            assert_memory_not_equal(pair->a.installed[i].key_in.encr_key,
                                    pair->a.installed[j].key_in.encr_key, 20);
        }
    }
    pair_free(pair);
}

/* KEYMAT of a CHILD SA that alice has asked for, if it is made without a key exchange (§2.17): the
 * nonces are those of the two messages. Its first octets are alice's key of outbound packets. */
static void keymat_of_nonces(struct pair *pair, uint64_t sa, uint64_t gateway, uint8_t *out,
                             size_t len)
{
    const struct ike_sa *at_alice = ike_sa_by_id(pair->a.ike, sa);
    uint8_t nonces[2][IKE_NONCE_MAX];
    struct crypto_bytes ni, nr, none = crypto_bytes(NULL, 0);

    ni = ike_message_find(opened(&pair->a, sa), IKE_PAYLOAD_NONCE)->nonce.data;
    memcpy(nonces[0], ni.data, ni.len);
    pair_deliver_to(&pair->b);
    nr = ike_message_find(opened(&pair->b, gateway), IKE_PAYLOAD_NONCE)->nonce.data;
    memcpy(nonces[1], nr.data, nr.len);
    pair_settle(pair);
    crypto_keymat(pair->crypto, at_alice->suite.prf, crypto_sk(at_alice->keys, CRYPTO_SK_D), none,
                  crypto_bytes(nonces[0], ni.len), crypto_bytes(nonces[1], nr.len), none, out, len,
                  NULL);
}

/* J05: where a key exchange was agreed on, the keys are not those of the nonces alone. */
static void keys_are_made_with_the_key_exchange_2_17(void **state)
{
    static const char *const proposals[] = {"aes128gcm16", "aes128gcm16-x25519"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pair *pair = pair_new();
        uint64_t sa, gateway;
        uint8_t keymat[20];
        const struct crypto_packet_key *key;

        pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, proposals[i]);
        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        pair_create_child(&pair->a, sa, "net");
        keymat_of_nonces(pair, sa, gateway, keymat, sizeof(keymat));
        assert_same_children(pair, sa, gateway, 2);
        key = &pair->a.installed[1].key_out;
        assert_int_equal(key->encr_key_len, sizeof(keymat));
        assert_int_equal(memcmp(key->encr_key, keymat, sizeof(keymat)) == 0, i == 0);
        pair_free(pair);
    }
}

/* J05: with a key exchange in the ESP proposal there is a KE both ways. */
static void a_key_exchange_of_its_own_1_3_1_2_17(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16-ecp256");
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_create_child(&pair->a, sa, "net");
    assert_string_equal(last_sent(&pair->a), "SK{SA Ni KE TSi TSr}");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{SA Nr KE TSi TSr}");
    pair_settle(pair);
    assert_same_children(pair, sa, gateway, 2);
    pair_free(pair);
}

/*
 *  J06: gw wants another group for CHILD SAs
 *    |---- SK{SA Ni KE(x25519) ...} ------>|
 *    |<--- SK{N(INVALID_KE_PAYLOAD 19)} ---|
 *    |---- SK{SA Ni KE(ecp256) ...} ------>|   a new exchange
 */
static void the_group_that_the_responder_wants_is_tried_next_1_3(void **state)
{
    struct pair *pair = pair_new();
    struct crypto_proposal own = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16-ecp256");
    uint64_t sa, gateway;

    (void)state;
    pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16-x25519-ecp256");
    pair->b.children[0].proposals = &own;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_create_child(&pair->a, sa, "net");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{N(INVALID_KE_PAYLOAD)}");
    pair_deliver_to(&pair->a);
    assert_int_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_SENT_EVENT)->message_id, 3);
    pair_settle(pair);
    assert_same_children(pair, sa, gateway, 2);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT), 0);
    pair_free(pair);
}

/* J09: what is refused costs nothing but the exchange. */
static void a_refusal_leaves_the_others_alone_1_3(void **state)
{
    struct pair *pair = pair_new();
    struct ike_selector elsewhere = pair_selector("172.16.0.0/16");
    struct crypto_proposal other = pair_proposal(CRYPTO_PROTO_ESP, "aes256-sha256");
    uint64_t sa, gateway;

    (void)state;
    for (size_t i = 1; i < 3; i++) {
        pair->a.children[i] = pair->a.children[0];
        pair->a.children[i].start = false;
    }
    pair->a.children[1].name = "elsewhere";
    pair->a.children[1].remote_ts = &elsewhere;
    pair->a.children[2].name = "other";
    pair->a.children[2].proposals = &other;
    pair->a.policy.child_count = 3;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_create_child(&pair->a, sa, "elsewhere");
    pair_settle(pair);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT)->text,
                        "TS_UNACCEPTABLE");
    pair_create_child(&pair->a, sa, "other");
    pair_settle(pair);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT)->text,
                        "NO_PROPOSAL_CHOSEN");
    assert_same_children(pair, sa, gateway, 1);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

static void write_notify(struct ike_builder *builder, const void *type)
{
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), *(const uint16_t *)type,
                     crypto_bytes(NULL, 0));
}

/* E14: an error that nobody has heard of is an error all the same: the exchange has failed, and
 * nothing but the exchange. In a request it is nothing. */
static void unknown_errors_in_a_response_fail_the_exchange_3_10_1(void **state)
{
    static const uint16_t error = 16383, status = 65535;
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_create_child(&pair->a, sa, "net");
    pair_lose(pair, 0);
    pair_forge(&(struct pair_forgery){.from = &pair->b,
                                      .sa = gateway,
                                      .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                      .response = true,
                                      .message_id = 2,
                                      .write = write_notify,
                                      .context = &error});
    assert_string_equal(party_last(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT)->text,
                        "Notify Message Type 16383");
    assert_int_equal(pair->flight_count, 0);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(party_children(&pair->a, sa), 1);
    for (uint32_t i = 0; i < 2; i++) {
        pair_forge(&(struct pair_forgery){.from = &pair->b,
                                          .sa = gateway,
                                          .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                          .message_id = i,
                                          .write = write_notify,
                                          .context = i ? &status : &error});
        assert_string_equal(last_sent(&pair->a), "SK{}");
        pair_lose(pair, 0);
        assert_true(party_established(&pair->a, sa));
    }
    pair_free(pair);
}

/* I02: both ends install what the responder narrowed to. */
static void both_ends_install_the_narrowed_selectors_2_9(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair->a.remote_ts[0] = pair_selector("10.0.0.0/8");
    pair->b.remote_ts[0] = pair_selector("10.1.0.128/25");
    pair_start(pair);
    pair_establish(pair, NULL);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                        "10.1.0.128/25 === 10.2.0.0/24");
    assert_string_equal(party_last(&pair->b, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                        "10.1.0.128/25 === 10.2.0.0/24");
    assert_memory_equal(&pair->a.installed_local[0], &pair->b.installed_remote[0],
                        sizeof(struct ike_selector));
    assert_memory_equal(&pair->a.installed_remote[0], &pair->b.installed_local[0],
                        sizeof(struct ike_selector));
    pair_free(pair);
}

/* A responder with several configurations takes the one that fits. */
static void the_configuration_that_fits_is_taken_2_9(void **state)
{
    struct pair *pair = pair_new();
    struct ike_selector elsewhere = pair_selector("172.16.0.0/16");
    uint64_t gateway;

    (void)state;
    pair->b.children[1] = pair->b.children[0];
    pair->b.children[0].name = "first";
    pair->b.children[0].local_ts = &elsewhere;
    pair->b.children[1].name = "second";
    pair->b.policy.child_count = 2;
    pair_start(pair);
    pair_establish(pair, &gateway);
    assert_true(ike_endpoint_has_child(pair->b.ike, gateway, "second"));
    assert_false(ike_endpoint_has_child(pair->b.ike, gateway, "first"));
    pair_free(pair);
}

/* ---- answers that must not be accepted ---- */

/* A CREATE_CHILD_SA message that a peer could write: an answer to alice's, or a request. */
struct own_answer {
    uint8_t number; /* of the proposal */
    uint32_t spi;
    const char *ts_i;
    const char *suite;
    bool no_nonce;
    bool twice; /* the proposal */
    bool short_nonce;
};

static void write_own_answer(struct ike_builder *builder, const void *context)
{
    const struct own_answer *own = context;
    struct ike_proposal proposals[2] = {
        {.transforms = pair_proposal(CRYPTO_PROTO_ESP, own->suite), .spi_len = 4}};
    struct ike_selector ts_i = pair_selector(own->ts_i), ts_r = pair_selector("10.2.0.0/24");
    static const uint8_t nonce[32] = "a nonce, which need not be drawn";

    proposals[0].transforms.number = own->number;
    ike_store_u32(proposals[0].spi, own->spi);
    proposals[1] = proposals[0];
    proposals[1].transforms.number++;
    ike_build_sa(builder, proposals, own->twice ? 2 : 1);
    if (!own->no_nonce) {
        ike_build_nonce(builder, crypto_bytes(nonce, own->short_nonce ? 31 : sizeof(nonce)));
    }
    ike_build_ts(builder, true, &ts_i, 1);
    ike_build_ts(builder, false, &ts_r, 1);
}

/*
 *  I06, G07, J19: the answer is not what was asked for
 *    |---- SK{SA Ni TSi TSr} ------->|
 *    |<--- SK{SA Nr TSi' TSr} -------|   (whatever gw thinks that it has)
 *    |---- SK{D(alice's SPI)} ------>|   is to be forgotten
 */
static void an_answer_beyond_the_offer_is_refused_2_9_3_3_6(void **state)
{
    static const struct {
        struct own_answer answer;
        bool good;
    } rows[] = {
        {{1, 0x1000, "10.1.0.0/24", "aes128gcm16", false, false, false}, true},
        {{1, 0x1000, "10.1.0.7/32", "aes128gcm16", false, false, false}, true},
        {{1, 0x1000, "10.0.0.0/8", "aes128gcm16", false, false, false}, false}, /* I06 */
        {{2, 0x1000, "10.1.0.0/24", "aes128gcm16", false, false, false},
         false}, /* G07: no such proposal */
        {{1, 0x1000, "10.1.0.0/24", "aes256gcm16", false, false, false},
         false}, /* G07: not offered */
        {{1, 0x1000, "10.1.0.0/24", "aes128-aes256-sha256", false, false, false},
         false},                                                                /* G07: two */
        {{1, 255, "10.1.0.0/24", "aes128gcm16", false, false, false}, false},   /* J19 */
        {{1, 0x1000, "10.1.0.0/24", "aes128gcm16", true, false, false}, false}, /* no Nr */
        {{1, 0x1000, "10.1.0.0/24", "aes128gcm16", false, true, false}, false}, /* G07 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pair *pair = pair_new();
        uint64_t sa, gateway;

        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        pair_create_child(&pair->a, sa, "net");
        pair_lose(pair, 0);
        pair_forge(&(struct pair_forgery){.from = &pair->b,
                                          .sa = gateway,
                                          .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                          .response = true,
                                          .message_id = 2,
                                          .write = write_own_answer,
                                          .context = &rows[i].answer});
        assert_int_equal(party_children(&pair->a, sa), rows[i].good ? 2 : 1);
        assert_int_equal(pair->a.installed_count, rows[i].good ? 2 : 1);
        assert_int_equal(pair->flight_count, rows[i].good ? 0 : 1);
        if (!rows[i].good) {
            assert_string_equal(last_sent(&pair->a), "SK{D}");
        }
        assert_true(party_established(&pair->a, sa));
        pair_free(pair);
    }
}

/* ---- requests that are refused ---- */

static void write_no_selectors(struct ike_builder *builder, const void *context)
{
    struct ike_proposal proposal = {
        .transforms = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16"), .spi_len = 4, .spi = {1}};

    (void)context;
    ike_build_sa(builder, &proposal, 1);
}

/* L01: an authentic request that cannot be is fatal in both ends, without a Delete. */
static void a_request_without_its_payloads_is_fatal_2_21_3(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = sa,
                                      .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                      .message_id = 2,
                                      .write = write_no_selectors});
    assert_string_equal(last_sent(&pair->b), "SK{N(INVALID_SYNTAX)}");
    assert_false(party_knows(&pair->b, gateway));
    assert_int_equal(pair->b.installed_count, 0);
    pair_free(pair);
}

/* L01: so is one without its nonce, or with one of less than half the PRF's key (§2.10). */
static void a_nonce_is_needed_and_long_enough_2_10(void **state)
{
    (void)state;
    for (int no_nonce = 0; no_nonce < 2; no_nonce++) {
        struct own_answer offer = {1, 300, "10.1.0.0/24", "aes128gcm16", no_nonce, false, true};
        struct pair *pair = pair_new();
        uint64_t sa, gateway;

        pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128-sha512-x25519");
        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        pair_forge(&(struct pair_forgery){.from = &pair->a,
                                          .sa = sa,
                                          .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                          .message_id = 2,
                                          .write = write_own_answer,
                                          .context = &offer});
        assert_string_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_SENT_EVENT)->text,
                            "SK{N(INVALID_SYNTAX)}");
        assert_false(party_knows(&pair->b, gateway));
        pair_free(pair);
    }
}

/* G07: nor is such an answer taken. */
static void a_nonce_in_an_answer_is_long_enough_2_10(void **state)
{
    (void)state;
    for (int too_short = 0; too_short < 2; too_short++) {
        struct own_answer answer = {1,     0x1000, "10.1.0.0/24", "aes128gcm16",
                                    false, false,  too_short};
        struct pair *pair = pair_new();
        uint64_t sa, gateway;

        pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128-sha512-x25519");
        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        pair_create_child(&pair->a, sa, "net");
        pair_lose(pair, 0);
        pair_forge(&(struct pair_forgery){.from = &pair->b,
                                          .sa = gateway,
                                          .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                          .response = true,
                                          .message_id = 2,
                                          .write = write_own_answer,
                                          .context = &answer});
        assert_int_equal(party_children(&pair->a, sa), too_short ? 1 : 2);
        pair_free(pair);
    }
}

/* CPI 0x1234, DEFLATE; and one of LZS, of which only the first is known to anybody here. */
static void write_ipcomp(struct ike_builder *builder, const void *context)
{
    static const uint8_t deflate[] = {0x12, 0x34, 2}, lzs[] = {0x12, 0x35, 3};

    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_IPCOMP_SUPPORTED,
                     crypto_bytes(deflate, sizeof(deflate)));
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_IPCOMP_SUPPORTED,
                     crypto_bytes(lzs, sizeof(lzs)));
    write_own_answer(builder, context);
}

/*
 *    |-- SK{N(IPCOMP_SUPPORTED) N(IPCOMP_SUPPORTED) SA Ni TSi TSr} -->|
 *    |<------------------------------------- SK{SA Nr TSi TSr} -------|
 *
 * IPComp is declined by an answer that does not speak of it, and the CHILD SA is made without.
 */
static void ipcomp_is_declined_2_22(void **state)
{
    struct own_answer offer = {1, 0x1000, "10.1.0.0/24", "aes128gcm16", false, false, false};
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = sa,
                                      .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                      .message_id = 2,
                                      .write = write_ipcomp,
                                      .context = &offer});
    assert_string_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                        "SK{N(IPCOMP_SUPPORTED) N(IPCOMP_SUPPORTED) SA Ni TSi TSr}");
    assert_string_equal(last_sent(&pair->b), "SK{SA Nr TSi TSr}");
    assert_int_equal(party_children(&pair->b, gateway), 2);
    pair_free(pair);
}

static void write_bad_ke(struct ike_builder *builder, const void *context)
{
    struct ike_proposal proposal = {.transforms =
                                        pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16-x25519"),
                                    .spi_len = 4,
                                    .spi = {1}};
    struct ike_selector ts_i = pair_selector("10.1.0.0/24"), ts_r = pair_selector("10.2.0.0/24");
    static const uint8_t zeros[32];

    (void)context;
    proposal.transforms.number = 1;
    ike_build_sa(builder, &proposal, 1);
    ike_build_nonce(builder, crypto_bytes(zeros, 32));
    ike_build_ke(builder, CRYPTO_KE_CURVE25519, crypto_bytes(zeros, 32));
    ike_build_ts(builder, true, &ts_i, 1);
    ike_build_ts(builder, false, &ts_r, 1);
}

static void write_needless_ke(struct ike_builder *builder, const void *context)
{
    struct ike_proposal proposal = {
        .transforms = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16"), .spi_len = 4, .spi = {1}};
    struct ike_selector ts_i = pair_selector("10.1.0.0/24"), ts_r = pair_selector("10.2.0.0/24");
    static const uint8_t octets[32] = {9};

    (void)context;
    proposal.transforms.number = 1;
    ike_build_sa(builder, &proposal, 1);
    ike_build_nonce(builder, crypto_bytes(octets, 32));
    ike_build_ke(builder, CRYPTO_KE_CURVE25519, crypto_bytes(octets, 32));
    ike_build_ts(builder, true, &ts_i, 1);
    ike_build_ts(builder, false, &ts_r, 1);
}

/* G11: a KE payload beside a proposal that has no key exchange is passed over, as the proposal
 * says.
 */
static void a_ke_payload_without_its_transform_is_passed_over_1_3_1(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = sa,
                                      .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                      .message_id = 2,
                                      .write = write_needless_ke});
    assert_string_equal(last_sent(&pair->b), "SK{SA Nr TSi TSr}");
    assert_int_equal(party_children(&pair->b, gateway), 2);
    pair_free(pair);
}

/* J19: an SPI below 256 is nobody's to offer (RFC 4303 §2.1). */
static void a_reserved_spi_makes_no_child_rfc4303_2_1(void **state)
{
    static const uint32_t spis[] = {0, 255, 256};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct own_answer offer = {1, spis[i], "10.1.0.0/24", "aes128gcm16", false, false, false};
        struct pair *pair = pair_new();
        uint64_t sa, gateway;

        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        pair_forge(&(struct pair_forgery){.from = &pair->a,
                                          .sa = sa,
                                          .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                          .message_id = 2,
                                          .write = write_own_answer,
                                          .context = &offer});
        assert_string_equal(last_sent(&pair->b),
                            i < 2 ? "SK{N(NO_PROPOSAL_CHOSEN)}" : "SK{SA Nr TSi TSr}");
        assert_int_equal(party_children(&pair->b, gateway), i < 2 ? 1 : 2);
        pair_free(pair);
    }
}

/* G12: in a request it ends the IKE SA with INVALID_SYNTAX, in a response with a Delete. */
static void a_bad_public_value_ends_the_ike_sa_rfc6989_2_5(void **state)
{
    (void)state;
    for (int in_response = 0; in_response < 2; in_response++) {
        struct pair *pair = pair_new();
        uint64_t sa, gateway;

        pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16-x25519");
        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        if (in_response) {
            pair_create_child(&pair->a, sa, "net");
            pair_lose(pair, 0);
        }
        pair_forge(&(struct pair_forgery){.from = in_response ? &pair->b : &pair->a,
                                          .sa = in_response ? gateway : sa,
                                          .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                          .response = in_response,
                                          .message_id = 2,
                                          .write = write_bad_ke});
        if (in_response) {
            assert_string_equal(party_last(&pair->a, TRACE_IKE_STATE_EVENT)->text, "DELETING");
            assert_string_equal(last_sent(&pair->a), "SK{D}");
        } else {
            assert_string_equal(last_sent(&pair->b), "SK{N(INVALID_SYNTAX)}");
            assert_false(party_knows(&pair->b, gateway));
        }
        pair_free(pair);
    }
}

/* Nothing of a child that was asked for is left when its IKE SA ends before the answer. */
static void a_child_in_the_making_ends_with_its_ike_sa(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16-x25519");
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_create_child(&pair->a, sa, "net");
    pair_lose(pair, 0);
    pair_delete_sa(&pair->b, gateway);
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.installed_count, 0);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT), 1);
    pair_wait(pair, 600 * SECOND);
    assert_int_equal(pair->flight_count, 0);
    pair_free(pair); /* asserts that no octet is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(either_end_makes_one_more_child_1_3_1),
        cmocka_unit_test(keys_are_made_with_the_key_exchange_2_17),
        cmocka_unit_test(a_key_exchange_of_its_own_1_3_1_2_17),
        cmocka_unit_test(the_group_that_the_responder_wants_is_tried_next_1_3),
        cmocka_unit_test(a_refusal_leaves_the_others_alone_1_3),
        cmocka_unit_test(unknown_errors_in_a_response_fail_the_exchange_3_10_1),
        cmocka_unit_test(both_ends_install_the_narrowed_selectors_2_9),
        cmocka_unit_test(the_configuration_that_fits_is_taken_2_9),
        cmocka_unit_test(an_answer_beyond_the_offer_is_refused_2_9_3_3_6),
        cmocka_unit_test(a_request_without_its_payloads_is_fatal_2_21_3),
        cmocka_unit_test(a_nonce_is_needed_and_long_enough_2_10),
        cmocka_unit_test(a_nonce_in_an_answer_is_long_enough_2_10),
        cmocka_unit_test(ipcomp_is_declined_2_22),
        cmocka_unit_test(a_ke_payload_without_its_transform_is_passed_over_1_3_1),
        cmocka_unit_test(a_reserved_spi_makes_no_child_rfc4303_2_1),
        cmocka_unit_test(a_bad_public_value_ends_the_ike_sa_rfc6989_2_5),
        cmocka_unit_test(a_child_in_the_making_ends_with_its_ike_sa),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
