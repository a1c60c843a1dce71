/* Bad input changes nothing: forged, cut off, flipped, replayed, misdirected (RFC 7296 §2.21,
 * §3.1). */
#include <stdio.h>
#include <stdlib.h>

#include "ike/sa.h"
#include "tests/ike/opened.h"

enum { MESSAGES = 6, UNKNOWN_PAYLOAD = 200 };

/* The four messages of a set-up, and a liveness check and its answer. `until` of them are
 * delivered, the next one is returned: what the next receiver is waiting for. */
static struct pair *pair_waiting_for(size_t until, struct flight *next)
{
    struct pair *pair = pair_new();

    pair_start(pair);
    pair_initiate(pair, &pair->a);
    for (size_t n = 0; n < until; n++) {
        if (n == 4) {
            pair_check_liveness(&pair->a, ike_endpoint_sa_with(pair->a.ike, &pair->b.address));
        }
        pair_deliver(pair, 0);
    }
    if (until == 4) {
        pair_check_liveness(&pair->a, ike_endpoint_sa_with(pair->a.ike, &pair->b.address));
    }
    *next = pair->flights[0];
    return pair;
}

/* One datagram that must change nothing at `party`: no state, a word about why. `hinted`: it may be
 * answered once, in the clear (§2.21.4). Returns how many answers there were. */
static size_t inject_for_nothing(struct party *party, const uint8_t *bytes, size_t len, bool hinted)
{
    uint64_t sa = party_newest(party);
    struct party_state before = party_state(party, sa), after;
    size_t flights = party->pair->flight_count, timers = party->pair->timer_count, answers;

    party->event_count = 0;
    pair_inject(party, bytes, len);
    after = party_state(party, sa);
    assert_same_state(&before, &after);
    answers = party->pair->flight_count - flights;
    assert_true(answers <= hinted);
    assert_int_equal(party->pair->timer_count, timers);
    assert_int_equal(party->event_count, 1 + answers);
    assert_int_equal(party->events[0].kind, TRACE_IKE_MESSAGE_DROPPED_EVENT);
    assert_int_equal(party->accepted, 0);
    if (answers) {
        const struct flight *answer = &party->pair->flights[flights];

        assert_int_equal(party->events[1].kind, TRACE_IKE_MESSAGE_SENT_EVENT);
        assert_int_equal(answer->bytes[16], IKE_PAYLOAD_NOTIFY);
        assert_int_equal(answer->bytes[19] & IKE_FLAG_RESPONSE, IKE_FLAG_RESPONSE);
        pair_lose(party->pair, flights);
    }
    return answers;
}

static void assert_ignored(struct party *party, const uint8_t *bytes, size_t len)
{
    inject_for_nothing(party, bytes, len, false);
}

/* The same for bytes that may be a request for an IKE SA that is not there. */
static void assert_no_change(struct party *party, const uint8_t *bytes, size_t len)
{
    inject_for_nothing(party, bytes, len, true);
}

/* E13: every truncation of every message, in the state in which the whole would be taken; with the
 * Length of the header as it was, and as if it had been meant. The whole is still taken after. */
static void truncated_messages_change_nothing_2_21(void **state)
{
    (void)state;
    for (size_t n = 0; n < MESSAGES; n++) {
        struct flight next;
        struct pair *pair = pair_waiting_for(n, &next);
        uint8_t bytes[PAIR_MESSAGE_MAX];

        for (size_t len = 0; len < next.len; len++) {
            memcpy(bytes, next.bytes, next.len);
            assert_ignored(next.to, bytes, len);
            if (len >= 28) {
                bytes[26] = (uint8_t)(len >> 8);
                bytes[27] = (uint8_t)len;
                assert_ignored(next.to, bytes, len);
            }
        }
        pair_settle(pair);
        assert_true(party_established(&pair->a, party_newest(&pair->a)));
        assert_true(party_established(&pair->b, party_newest(&pair->b)));
        pair_free(pair);
    }
}

/* H10, RT-08: every flipped bit of a protected message is found out. */
static void flipped_bits_of_protected_messages_change_nothing_3_14(void **state)
{
    (void)state;
    for (size_t n = 2; n < MESSAGES; n++) {
        struct flight next;
        struct pair *pair = pair_waiting_for(n, &next);

        for (size_t bit = 0; bit < 8 * next.len; bit++) {
            next.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_no_change(next.to, next.bytes, next.len);
            next.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        pair_settle(pair);
        assert_true(party_established(&pair->a, party_newest(&pair->a)));
        assert_true(party_established(&pair->b, party_newest(&pair->b)));
        pair_free(pair);
    }
}

/* Random octets, with and without a plausible header; the seed is fixed and printed. */
static void random_bytes_change_nothing(void **state)
{
    const unsigned seed = 7296;
    struct flight next;
    struct pair *pair = pair_waiting_for(4, &next);

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 2000; round++) {
        uint8_t bytes[256];
        size_t len = (size_t)rand() % sizeof(bytes);

        for (size_t i = 0; i < len; i++) {
            bytes[i] = (uint8_t)rand();
        }
        if (round % 2 && len > 32) {
            memcpy(bytes, next.bytes, 24);
            bytes[24] = bytes[25] = bytes[26] = 0;
            bytes[27] = (uint8_t)len;
        }
        assert_no_change(round % 3 ? &pair->a : &pair->b, bytes, len);
    }
    pair_settle(pair);
    assert_true(party_established(&pair->b, party_newest(&pair->b)));
    pair_free(pair);
}

static size_t build_plain(uint8_t *bytes, size_t cap, const struct ike_header *header,
                          uint16_t notify)
{
    struct ike_builder builder;

    ike_builder_begin(&builder, bytes, cap, header);
    if (notify) {
        ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), notify, crypto_bytes(NULL, 0));
    } else {
        ike_build_delete(&builder, IKE_PROTOCOL_IKE, 0, crypto_bytes(NULL, 0));
    }
    return ike_builder_finish(&builder);
}

/* K09, D02, RT-06: once there are keys, nothing in the clear is believed, Deletes and hints alike.
 */
static void unprotected_messages_change_nothing_2_21_4(void **state)
{
    static const uint16_t notifies[] = {0, IKE_NOTIFY_INVALID_SYNTAX,
                                        IKE_NOTIFY_AUTHENTICATION_FAILED,
                                        IKE_NOTIFY_INVALID_MESSAGE_ID, IKE_NOTIFY_INVALID_SPI};

    (void)state;
    for (size_t n = 2; n <= 5; n++) {
        struct flight next;
        struct pair *pair = pair_waiting_for(n, &next);
        struct party *to = next.to;
        struct ike_sa *sa = ike_sa_by_id(to->ike, party_newest(to));

        for (size_t i = 0; i < sizeof(notifies) / sizeof(notifies[0]); i++) {
            for (int response = 0; response < 2; response++) {
                for (uint8_t exchange = 34; exchange <= 37; exchange++) {
                    for (uint32_t id = 0; id < 4; id++) {
                        struct ike_header header = {.spi_i = sa->spi_i,
                                                    .spi_r = sa->spi_r,
                                                    .major = 2,
                                                    .exchange = exchange,
                                                    .initiator = !sa->initiator,
                                                    .response = response,
                                                    .message_id = id};
                        uint8_t bytes[64];

                        assert_ignored(to, bytes,
                                       build_plain(bytes, sizeof(bytes), &header, notifies[i]));
                    }
                }
            }
        }
        pair_settle(pair);
        assert_true(party_established(&pair->a, party_newest(&pair->a)));
        pair_free(pair);
    }
}

/* E15: authentic or not, an exchange that we do not speak is no exchange. */
static void unknown_exchanges_change_nothing_3_1(void **state)
{
    struct flight next;
    struct pair *pair = pair_waiting_for(4, &next);
    uint64_t gateway = party_newest(&pair->b);
    struct party_state before = party_state(&pair->b, gateway), after;

    (void)state;
    for (unsigned exchange = 0; exchange < 256; exchange++) {
        if ((exchange >= IKE_EXCHANGE_IKE_SA_INIT && exchange <= IKE_EXCHANGE_INFORMATIONAL) ||
            exchange == IKE_EXCHANGE_IKE_FOLLOWUP_KE) {
            continue;
        }
        pair_forge(&(struct pair_forgery){.from = &pair->a,
                                          .sa = party_newest(&pair->a),
                                          .exchange = (uint8_t)exchange,
                                          .message_id = 2});
        assert_string_equal(last_dropped(&pair->b), "unexpected");
    }
    after = party_state(&pair->b, gateway);
    assert_same_state(&before, &after);
    pair_free(pair);
}

/* Exchanges in states that they do not belong to: IKE_AUTH once more, anything before IKE_AUTH. */
static void exchanges_out_of_their_state_change_nothing_1_2(void **state)
{
    struct flight next;
    struct pair *pair = pair_waiting_for(4, &next);
    uint64_t sa = party_newest(&pair->a), gateway = party_newest(&pair->b);

    (void)state;
    pair_forge(&(struct pair_forgery){
        .from = &pair->a, .sa = sa, .exchange = IKE_EXCHANGE_IKE_AUTH, .message_id = 2});
    assert_string_equal(last_dropped(&pair->b), "unexpected");
    pair_forge(&(struct pair_forgery){
        .from = &pair->b, .sa = gateway, .exchange = IKE_EXCHANGE_IKE_AUTH, .message_id = 0});
    assert_string_equal(last_dropped(&pair->a), "unexpected");
    pair_free(pair);

    /* K11: gw waits for IKE_AUTH; Message ID 1 would be right. */
    pair = pair_waiting_for(2, &next);
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = party_newest(&pair->a),
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 1});
    assert_string_equal(last_dropped(&pair->b), "unexpected");
    /* And alice, while she waits for the answer, serves nobody yet. */
    pair_deliver_to(&pair->b);
    pair_forge(&(struct pair_forgery){.from = &pair->b,
                                      .sa = party_newest(&pair->b),
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 0});
    assert_string_equal(last_dropped(&pair->a), "unexpected");
    pair_settle(pair);
    assert_true(party_established(&pair->a, party_newest(&pair->a)));
    pair_free(pair);
}

/* E17: a response that answers nothing of ours, however authentic, is dropped and never answered.
 */
static void responses_to_nothing_change_nothing_2_21_4(void **state)
{
    struct flight next;
    struct pair *pair = pair_waiting_for(6 - 1, &next);
    uint64_t sa = party_newest(&pair->a), gateway = party_newest(&pair->b);
    struct party_state before, after;

    (void)state;
    pair_settle(pair);
    before = party_state(&pair->a, sa);
    for (uint32_t id = 0; id < 6; id++) {
        for (uint8_t exchange = 35; exchange <= 37; exchange++) {
            pair_forge(&(struct pair_forgery){.from = &pair->b,
                                              .sa = gateway,
                                              .exchange = exchange,
                                              .response = true,
                                              .message_id = id});
        }
    }
    /* The right Message ID, but another exchange than was asked. */
    pair_check_liveness(&pair->a, sa);
    pair_lose(pair, 0);
    pair_forge(&(struct pair_forgery){.from = &pair->b,
                                      .sa = gateway,
                                      .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                      .response = true,
                                      .message_id = 3});
    assert_int_equal(pair->flight_count, 0);
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->tasks.used, 1);
    after = party_state(&pair->a, sa);
    after.memory = before.memory; /* the request that is out */
    assert_same_state(&before, &after);
    pair_free(pair);

    /* To an IKE SA that is not there at all, in the clear or not. */
    for (size_t n = 1; n < MESSAGES; n += 2) {
        pair = pair_waiting_for(n, &next);
        for (size_t octet = 0; octet < 8; octet += 7) { /* of SPIi */
            next.bytes[octet] ^= 1;
            assert_ignored(&pair->a, next.bytes, next.len);
            assert_ignored(&pair->b, next.bytes, next.len);
            next.bytes[octet] ^= 1;
        }
        pair_free(pair);
    }
}

/* A message that comes back to its sender is nobody's: the I flag says whose SPI is whose. */
static void reflected_messages_change_nothing_3_1(void **state)
{
    (void)state;
    for (size_t n = 2; n < MESSAGES; n++) {
        struct flight next;
        struct pair *pair = pair_waiting_for(n, &next);

        assert_no_change(next.from, next.bytes, next.len);
        pair_free(pair);
    }
}

/* D10, E02: SPIs that nobody knows, versions that nobody speaks. The test of hints says what is
 * answered. */
static void messages_for_nobody_change_nothing_2_21_4(void **state)
{
    uint8_t swapped[PAIR_MESSAGE_MAX];
    struct flight next;
    struct pair *pair = pair_waiting_for(4, &next);

    (void)state;
    next.bytes[8] ^= 1; /* SPIr */
    assert_no_change(&pair->b, next.bytes, next.len);
    next.bytes[8] ^= 1;
    next.bytes[0] ^= 1; /* SPIi: half right is wrong */
    assert_no_change(&pair->b, next.bytes, next.len);
    assert_string_equal(pair->b.events[0].text, "no_sa");
    next.bytes[0] ^= 1;
    /* SPIs and I flag as if gw had been the initiator. */
    memcpy(swapped, next.bytes, next.len);
    memcpy(swapped, next.bytes + 8, 8);
    memcpy(swapped + 8, next.bytes, 8);
    swapped[19] ^= 0x08;
    assert_no_change(&pair->b, swapped, next.len);
    assert_string_equal(pair->b.events[0].text, "no_sa");
    next.bytes[17] = 0x30;
    assert_no_change(&pair->b, next.bytes, next.len);
    assert_string_equal(pair->b.events[0].text, "version");
    next.bytes[17] = 0x10;
    assert_ignored(&pair->b, next.bytes, next.len);
    pair_free(pair);
}

/* ---- authentic, and yet wrong ---- */

static void write_malformed(struct ike_builder *builder, const void *context)
{
    (void)context;
    ike_build_raw(builder, IKE_PAYLOAD_DELETE, false, crypto_bytes("\3\4\0\7", 4)); /* no SPIs */
}

static void write_critical(struct ike_builder *builder, const void *context)
{
    (void)context;
    ike_build_raw(builder, UNKNOWN_PAYLOAD, true, crypto_bytes("?", 1));
}

/*
 *  L01, ER-06
 *    |---- SK{malformed} --------->|   CLOSED
 *    |<--- SK{N(INVALID_SYNTAX)} --|
 *  CLOSED: fatal in both, and no Delete
 */
static void a_malformed_request_is_fatal_in_both_ends_2_21_3(void **state)
{
    struct flight next;
    struct pair *pair = pair_waiting_for(6 - 1, &next);
    uint64_t sa, gateway = party_newest(&pair->b);

    (void)state;
    pair_settle(pair);
    sa = party_newest(&pair->a);
    pair_check_liveness(&pair->a, sa); /* the request that is taken for the malformed one */
    pair_lose(pair, 0);
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = sa,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 3,
                                      .write = write_malformed});
    assert_false(party_knows(&pair->b, gateway));
    assert_string_equal(last_sent(&pair->b), "SK{N(INVALID_SYNTAX)}");
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.installed_count + pair->b.installed_count, 0);
    pair_free(pair);
}

/* E07, E09, ER-05: a critical payload that is not understood refuses the request, and nothing else.
 */
static void an_unknown_critical_payload_refuses_the_request_2_5(void **state)
{
    struct flight next;
    struct pair *pair = pair_waiting_for(4, &next);
    uint64_t sa = party_newest(&pair->a), gateway = party_newest(&pair->b);
    struct crypto_bytes which;

    (void)state;
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = sa,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 2,
                                      .write = write_critical});
    assert_string_equal(last_sent(&pair->b), "SK{N(UNSUPPORTED_CRITICAL_PAYLOAD)}");
    /* It says which. */
    which = opened_notify(&pair->b, gateway, IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD)->notify.data;
    assert_int_equal(which.len, 1);
    assert_int_equal(which.data[0], UNKNOWN_PAYLOAD);
    assert_true(party_established(&pair->b, gateway));
    assert_int_equal(pair->b.installed_count, 1);
    pair_free(pair);

    /* L05: in IKE_AUTH the SA does not come to be. */
    pair = pair_waiting_for(2, &next);
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = party_newest(&pair->a),
                                      .exchange = IKE_EXCHANGE_IKE_AUTH,
                                      .message_id = 1,
                                      .write = write_critical});
    assert_int_equal(party_newest(&pair->b), 0);
    pair_deliver(pair, 1); /* the refusal; alice's own request is lost */
    assert_int_equal(party_newest(&pair->a), 0);
    assert_int_equal(pair->a.established + pair->b.established, 0);
    pair_free(pair);
}

/* L02: a malformed response is not answered; the SA is deleted, for its ends have come apart. */
static void a_malformed_response_deletes_the_sa_2_21(void **state)
{
    struct flight next;
    struct pair *pair = pair_waiting_for(6 - 1, &next);
    uint64_t sa, gateway = party_newest(&pair->b);

    (void)state;
    pair_settle(pair);
    sa = party_newest(&pair->a);
    pair_check_liveness(&pair->a, sa);
    pair_lose(pair, 0);
    pair_forge(&(struct pair_forgery){.from = &pair->b,
                                      .sa = gateway,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .response = true,
                                      .message_id = 3,
                                      .write = write_malformed});
    assert_string_equal(party_last(&pair->a, TRACE_IKE_STATE_EVENT)->text, "DELETING");
    assert_string_equal(last_sent(&pair->a), "SK{D}");
    pair_free(pair);
}

/* An answer of gw to alice's IKE_SA_INIT request that has one payload more: put in front. */
static size_t add_payload(const struct flight *answer, uint8_t type, bool critical,
                          struct crypto_bytes body, uint8_t *bytes)
{
    size_t len = 4 + body.len;

    memcpy(bytes, answer->bytes, 28);
    bytes[28] = bytes[16];
    bytes[16] = type;
    bytes[29] = critical ? IKE_CRITICAL_BIT : 0;
    bytes[30] = 0;
    bytes[31] = (uint8_t)len;
    memcpy(bytes + 32, body.data, body.len);
    memcpy(bytes + 28 + len, answer->bytes + 28, answer->len - 28);
    bytes[26] = (uint8_t)((answer->len + len) >> 8);
    bytes[27] = (uint8_t)(answer->len + len);
    return answer->len + len;
}

/* E08, ER-05: in a response, a critical payload that is not understood makes it worth nothing, and
 * nothing is said about it. */
static void an_unknown_critical_payload_in_a_response_is_not_answered_2_5(void **state)
{
    uint8_t bytes[PAIR_MESSAGE_MAX];
    struct flight next;
    struct pair *pair = pair_waiting_for(1, &next);

    (void)state;
    assert_ignored(&pair->a, bytes,
                   add_payload(&next, UNKNOWN_PAYLOAD, true, crypto_bytes("?", 1), bytes));
    assert_string_equal(pair->a.events[0].text, "malformed");
    pair_settle(pair);
    assert_true(party_established(&pair->a, party_newest(&pair->a)));
    pair_free(pair);
}

/* E08: it costs the exchange, and what came to be of that at the peer is deleted (§2.21): a CHILD
 * SA, or the IKE SA that has taken the place of this one. */
static void an_unknown_critical_payload_costs_the_exchange_2_5_2_21(void **state)
{
    static const struct {
        enum pair_order order;
        uint8_t exchange;
        const char *then; /* said next; NULL: nothing */
        size_t children;  /* left at both ends */
    } cases[] = {
        {LIVENESS, IKE_EXCHANGE_INFORMATIONAL, NULL, 1},
        {DELETE_CHILD, IKE_EXCHANGE_INFORMATIONAL, NULL, 0},
        {CREATE_CHILD, IKE_EXCHANGE_CREATE_CHILD_SA, "SK{D}", 1},
        {REKEY_CHILD, IKE_EXCHANGE_CREATE_CHILD_SA, "SK{D}", 1},
        {REKEY_SA, IKE_EXCHANGE_CREATE_CHILD_SA, "SK{D}", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_new();
        bool ends = cases[i].order == REKEY_SA;

        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        assert_true(pair_try(&pair->a, sa, cases[i].order, "net"));
        pair_deliver_to(&pair->b);
        pair_lose(pair, 0);
        pair_forge(&(struct pair_forgery){.from = &pair->b,
                                          .sa = gateway,
                                          .exchange = cases[i].exchange,
                                          .response = true,
                                          .message_id = 2,
                                          .write = write_critical});
        assert_string_equal(last_dropped(&pair->a), "malformed");
        assert_int_equal(pair->flight_count, cases[i].then != NULL);
        if (cases[i].then) {
            assert_string_equal(last_sent(&pair->a), cases[i].then);
        }
        pair_settle(pair);
        assert_int_equal(party_established(&pair->a, sa), !ends);
        assert_int_equal(pair->a.installed_count, cases[i].children);
        if (!ends) {
            assert_true(party_established(&pair->b, gateway));
            assert_int_equal(pair->b.installed_count, cases[i].children);
            pair_check_liveness(&pair->a, sa); /* and both go on */
            pair_settle(pair);
            assert_string_equal(last_sent(&pair->b), "SK{}");
        }
        pair_free(pair);
    }
}

/* E16: whatever a Vendor ID says, it is passed over; so is a payload of which nothing is known; and
 * E14: a notify of a status that nobody has heard of. */
static void vendor_ids_and_unknown_payloads_are_passed_over_3_12(void **state)
{
    static const struct {
        uint8_t type;
        const char *body;
    } payloads[] = {{IKE_PAYLOAD_VENDOR, "????"},
                    {UNKNOWN_PAYLOAD, "????"},
                    {IKE_PAYLOAD_NOTIFY, "\0\0\xff\xfe"}};

    (void)state;
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        uint8_t bytes[PAIR_MESSAGE_MAX];
        struct flight next;
        struct pair *pair = pair_waiting_for(1, &next);
        size_t len =
            add_payload(&next, payloads[i].type, false, crypto_bytes(payloads[i].body, 4), bytes);

        pair_lose(pair, 0);
        pair_inject(&pair->a, bytes, len);
        /* AUTH covers gw's answer as gw sent it, so only this far. */
        assert_string_equal(party_last(&pair->a, TRACE_IKE_STATE_EVENT)->text, "AUTH_SENT");
        pair_free(pair);
    }
}

/* Authentic contents in which a payload comes twice that can only be there once. */
static void write_two_nonces(struct ike_builder *builder, const void *context)
{
    static const uint8_t nonce[32] = {1};

    (void)context;
    ike_build_nonce(builder, crypto_bytes(nonce, sizeof(nonce)));
    ike_build_nonce(builder, crypto_bytes(nonce, sizeof(nonce)));
}

/* E12: before AUTH it is dropped, with keys it is INVALID_SYNTAX. */
static void a_payload_that_comes_twice_is_bad_syntax_2_21(void **state)
{
    uint8_t bytes[PAIR_MESSAGE_MAX];
    struct flight next;
    struct pair *pair = pair_waiting_for(0, &next);
    size_t nonce = next.len - 36;

    (void)state;
    /* Ni once more behind Ni. */
    memcpy(bytes, next.bytes, next.len);
    memcpy(bytes + next.len, next.bytes + nonce, 36);
    bytes[nonce] = IKE_PAYLOAD_NONCE;
    bytes[27] = (uint8_t)(next.len + 36);
    assert_ignored(&pair->b, bytes, next.len + 36);
    assert_string_equal(pair->b.events[0].text, "malformed");
    pair_free(pair);

    pair = pair_waiting_for(4, &next);
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = party_newest(&pair->a),
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 2,
                                      .write = write_two_nonces});
    assert_string_equal(last_sent(&pair->b), "SK{N(INVALID_SYNTAX)}");
    assert_int_equal(party_newest(&pair->b), 0);
    pair_free(pair);
}

/* A timer that nobody waits for any more, of SAs gone or of requests answered, does nothing. */
static void stale_timers_do_nothing(void **state)
{
    struct flight next;
    struct pair *pair = pair_waiting_for(5, &next);
    uint64_t gateway;
    struct party_state before, after;

    (void)state;
    pair_settle(pair);
    gateway = party_newest(&pair->b);
    before = party_state(&pair->b, gateway);
    for (uint32_t kind = IKE_TIMER_RETRANSMIT; kind <= IKE_TIMER_HALF_OPEN; kind++) {
        for (uint32_t generation = 0; generation < 2000; generation++) {
            for (uint64_t sa = gateway; sa < gateway + 3; sa++) {
                struct ike_timer timer = {.sa = sa, .kind = kind, .generation = generation};
                struct ike_actions actions = {0};

                ike_endpoint_timer(pair->b.ike, pair->now, &timer, &actions);
                assert_int_equal(actions.count, 0);
                ike_actions_dispose(&actions);
            }
        }
    }
    after = party_state(&pair->b, gateway);
    assert_same_state(&before, &after);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truncated_messages_change_nothing_2_21),
        cmocka_unit_test(flipped_bits_of_protected_messages_change_nothing_3_14),
        cmocka_unit_test(random_bytes_change_nothing),
        cmocka_unit_test(unprotected_messages_change_nothing_2_21_4),
        cmocka_unit_test(unknown_exchanges_change_nothing_3_1),
        cmocka_unit_test(exchanges_out_of_their_state_change_nothing_1_2),
        cmocka_unit_test(responses_to_nothing_change_nothing_2_21_4),
        cmocka_unit_test(reflected_messages_change_nothing_3_1),
        cmocka_unit_test(messages_for_nobody_change_nothing_2_21_4),
        cmocka_unit_test(a_malformed_request_is_fatal_in_both_ends_2_21_3),
        cmocka_unit_test(an_unknown_critical_payload_refuses_the_request_2_5),
        cmocka_unit_test(a_malformed_response_deletes_the_sa_2_21),
        cmocka_unit_test(an_unknown_critical_payload_in_a_response_is_not_answered_2_5),
        cmocka_unit_test(an_unknown_critical_payload_costs_the_exchange_2_5_2_21),
        cmocka_unit_test(vendor_ids_and_unknown_payloads_are_passed_over_3_12),
        cmocka_unit_test(a_payload_that_comes_twice_is_bad_syntax_2_21),
        cmocka_unit_test(stale_timers_do_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
