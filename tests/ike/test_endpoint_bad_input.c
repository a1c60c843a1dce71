/*
 * Bad input in every state of an endpoint (RFC 7296 §2.1, §2.21): at each moment of an exchange
 * both ends get everything that has been on the wire so far, cut off, with wrong SPIs, with wrong
 * Message IDs, with wrong octets and wrong MACs. Nothing may come of it but a word about why; and
 * what both ends say from there on must be, octet for octet, what they say when nobody disturbs
 * them. Rows B10, C05, E13, E17, H10, K09, RT-04, RT-08.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/sa.h"
#include "tests/ike/crossing.h"
#include "tests/ike/lab.h"

enum { AT_MESSAGE_ID = 20, AT_LENGTH = 24, HEADER_LEN = 28, MESSAGES_MAX = 64, STEPS_MAX = 3 };

/* Orders beside those of pair.h: the host is somewhere else (RFC 4555); another member of its
 * cluster takes over (RFC 6311). */
enum { MOVE = PAIR_ORDERS, FAIL_OVER };

/* What happens when nothing is in flight: orders to either end, -1 none. */
struct step {
    int a, b;
};

/* A way through states of an endpoint. */
struct way {
    const char *name;
    void (*prepare)(struct pair *pair);
    size_t step_count;
    struct step steps[STEPS_MAX];
};

static struct lab *lab;
static struct lab_card cards[2];

static void with_intermediate(struct pair *pair)
{
    pair->ike_proposals[0] =
        pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519-ke1_ecp256");
}

static void with_invalid_ke(struct pair *pair)
{
    static struct crypto_proposal other;

    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128-sha256-ecp256-x25519");
    other = pair_proposal(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    pair->b.policy.proposals = &other;
    pair->b.policy.proposal_count = 1;
}

static void with_fragments(struct pair *pair)
{
    static char name[1001];

    memset(name, 'a', sizeof(name) - 1);
    pair->a.self.identity =
        (struct ike_identity){.type = IKE_ID_FQDN, .data = crypto_bytes(name, 1000), .text = name};
    pair->b.self.remote = NULL;
    pair->a.policy.fragmentation = pair->b.policy.fragmentation = IKE_FRAGMENTATION_YES;
}

static void with_eap(struct pair *pair)
{
    lab = lab_new(pair->crypto, "lab");
    lab_issue(lab, &cards[0], "alice", CRYPTO_KEY_ECDSA_256, -LAB_DAY, LAB_DAY);
    lab_issue(lab, &cards[1], "gw", CRYPTO_KEY_ED25519, -LAB_DAY, LAB_DAY);
    lab_equip(&pair->a, &cards[0], lab);
    lab_equip(&pair->b, &cards[1], lab);
    pair->a.policy.auth.local = IKE_AUTH_EAP_MSCHAPV2;
    pair->b.policy.auth.remote = IKE_AUTH_EAP_MSCHAPV2;
}

static void with_wrong_secret(struct pair *pair)
{
    pair->b.policy.secret = crypto_bytes("another", 7);
}

static void with_window(struct pair *pair)
{
    pair->a.policy.window = pair->b.policy.window = 2;
}

static void with_additional_key_exchanges(struct pair *pair)
{
    crossing_follow_up(pair, BOTH_FOLLOWUP, 1);
}

static void with_mobike(struct pair *pair)
{
    pair->a.policy.mobike = pair->b.policy.mobike = true;
    pair->a.policy.nat_traversal = pair->b.policy.nat_traversal = true;
}

static void with_synchronisation(struct pair *pair)
{
    pair->a.policy.message_id_sync = pair->b.policy.message_id_sync = true;
}

static const struct way ways[] = {
    {"set-up, liveness, Delete", NULL, 2, {{LIVENESS, -1}, {-1, DELETE_SA}}},
    {"INVALID_KE_PAYLOAD", with_invalid_ke, 0, {{0}}},
    {"IKE_INTERMEDIATE", with_intermediate, 0, {{0}}},
    {"fragments", with_fragments, 1, {{LIVENESS, -1}}},
    {"EAP", with_eap, 1, {{-1, LIVENESS}}},
    {"AUTHENTICATION_FAILED", with_wrong_secret, 0, {{0}}},
    {"CHILD SAs", NULL, 3, {{REKEY_CHILD, -1}, {-1, REKEY_CHILD}, {DELETE_CHILD, -1}}},
    {"crossed rekeys of a CHILD SA", with_window, 1, {{REKEY_CHILD, REKEY_CHILD}}},
    {"rekeys of the IKE SA", NULL, 2, {{REKEY_SA, -1}, {-1, REKEY_SA}}},
    {"crossed rekeys of the IKE SA", NULL, 2, {{REKEY_SA, REKEY_SA}, {DELETE_SA, -1}}},
    {"crossed Deletes", NULL, 1, {{DELETE_SA, DELETE_SA}}},
    {"IKE_FOLLOWUP_KE",
     with_additional_key_exchanges,
     3,
     {{REKEY_CHILD, -1}, {-1, REKEY_SA}, {REKEY_CHILD, REKEY_CHILD}}},
    {"a move", with_mobike, 2, {{MOVE, -1}, {LIVENESS, -1}}},
    {"a failover", with_synchronisation, 3, {{LIVENESS, -1}, {-1, FAIL_OVER}, {REKEY_CHILD, -1}}},
};

struct message {
    bool to_gateway;
    size_t len;
    uint8_t bytes[PAIR_MESSAGE_MAX];
};

/* All that was on the wire, in order of delivery. */
struct transcript {
    size_t count;
    struct message messages[MESSAGES_MAX];
};

static void order(struct party *party, uint64_t sa, int what)
{
    static const struct ike_address elsewhere = {.family = 4, .ip = {192, 0, 2, 77}, .port = 4500};
    struct ike_actions actions = {0};
    struct pair_record record;
    const char *why;

    switch (what) {
    case MOVE:
        assert_int_equal(
            ike_endpoint_move(party->ike, party->pair->now, sa, &elsewhere, &actions, &why), 0);
        pair_carry_out(party, &actions);
        break;
    case FAIL_OVER:
        record = pair_export(party, sa);
        pair_fail_over(party, &record);
        break;
    default:
        assert_true(pair_try(party, sa, (enum pair_order)what, "net"));
        break;
    }
}

static void give(struct pair *pair, const struct step *step)
{
    struct party *const parties[] = {&pair->a, &pair->b};
    const int orders[] = {step->a, step->b};

    for (size_t i = 0; i < 2; i++) {
        if (orders[i] >= 0) {
            order(parties[i],
                  ike_endpoint_sa_with(parties[i]->ike, &pair_other(parties[i])->address),
                  orders[i]);
        }
    }
}

/* ---- what is wrong with it ---- */

/* The state of an end and of its IKE SAs, of which a rekey has several. */
static uint64_t state_of(const struct party *party)
{
    struct party_state state = party_state(party, 0);
    uint64_t hash = ike_hash(IKE_HASH_BEGIN, &state.memory, sizeof(state.memory));

    hash = ike_hash(hash, &state.installed, sizeof(state.installed));
    hash = ike_hash(hash, &state.established, sizeof(state.established));
    hash = ike_hash(hash, &state.gone, sizeof(state.gone));
    for (uint64_t id = 1; id <= party->ike->last_id; id++) {
        const struct ike_sa *sa = ike_sa_by_id(party->ike, id);

        if (sa) {
            const uint64_t facts[] = {id,
                                      sa->spi_i,
                                      sa->spi_r,
                                      sa->state,
                                      sa->child_count,
                                      sa->child_total,
                                      sa->own.oldest,
                                      sa->own.next,
                                      sa->peer.oldest,
                                      sa->peer.next,
                                      sa->tasks.used,
                                      sa->next_iv,
                                      sa->local.port,
                                      sa->remote.port};

            hash = ike_hash(hash, facts, sizeof(facts));
        }
    }
    return hash;
}

static void inject(struct party *party, const uint8_t *bytes, size_t len)
{
    struct pair *pair = party->pair;
    size_t flights = pair->flight_count, timers = pair->timer_count, events = party->event_count;
    uint64_t before = state_of(party);

    pair_inject(party, bytes, len);
    assert_int_equal(state_of(party), before);
    assert_int_equal(party->accepted, 0);
    assert_int_equal(pair->timer_count, timers);
    assert_true(party->event_count > events);
    assert_int_equal(party->events[events].kind, TRACE_IKE_MESSAGE_DROPPED_EVENT);
    assert_true(party->events[events].text[0] != '\0'); /* the reason, for the counters */
    /* At most one for one; and that in the clear, for there is no message of theirs in this
     * (§2.21.4).
     */
    assert_true(pair->flight_count <= flights + 1);
    while (pair->flight_count > flights) {
        assert_int_equal(pair->flights[flights].bytes[16], IKE_PAYLOAD_NOTIFY);
        pair_lose(pair, flights);
    }
}

static void set_length(uint8_t *bytes, size_t len)
{
    bytes[AT_LENGTH + 2] = (uint8_t)(len >> 8);
    bytes[AT_LENGTH + 3] = (uint8_t)len;
}

static void cut_off(struct party *party, const struct message *message)
{
    const size_t lens[] = {
        0, 1, 8, 27, 28, 29, 31, 32, message->len / 2, message->len - 16, message->len - 1};
    uint8_t bytes[PAIR_MESSAGE_MAX];

    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        if (lens[i] < message->len) {
            memcpy(bytes, message->bytes, message->len);
            inject(party, bytes, lens[i]);
            set_length(bytes, lens[i]);
            inject(party, bytes, lens[i]);
        }
    }
    memcpy(bytes, message->bytes, message->len); /* longer than it says it is */
    bytes[message->len] = 0;
    inject(party, bytes, message->len + 1);
}

static void turn(struct party *party, const struct message *message, size_t at, uint8_t bits)
{
    uint8_t bytes[PAIR_MESSAGE_MAX];

    memcpy(bytes, message->bytes, message->len);
    bytes[at] ^= bits;
    inject(party, bytes, message->len);
}

/* A protected message with another SPI, another ID, another octet or another MAC. What goes in the
 * clear has nobody who vouches for it, and is another test's. */
static void spoil(struct party *party, const struct message *message)
{
    static const size_t spis[] = {0, 7, 8, 15};

    if (message->bytes[18] == IKE_EXCHANGE_IKE_SA_INIT) {
        return;
    }
    for (size_t i = 0; i < sizeof(spis) / sizeof(spis[0]); i++) {
        turn(party, message, spis[i], 1);
    }
    for (uint8_t bits = 1; bits <= 4; bits = (uint8_t)(bits << 1)) {
        turn(party, message, AT_MESSAGE_ID + 3, bits);
    }
    turn(party, message, AT_MESSAGE_ID, 0x80);
    turn(party, message, 19, IKE_FLAG_RESPONSE);
    turn(party, message, 18, 1); /* the next exchange */
    turn(party, message, HEADER_LEN + 10, 1);
    turn(party, message, message->len / 2, 0x10);
    turn(party, message, message->len - 1, 1);
}

/* Both ends hear all of it, whoever it was meant for. */
static void disturb(struct pair *pair, const struct transcript *known, size_t upto)
{
    for (size_t i = 0; i < upto && i < known->count; i++) {
        cut_off(&pair->a, &known->messages[i]);
        cut_off(&pair->b, &known->messages[i]);
        spoil(&pair->a, &known->messages[i]);
        spoil(&pair->b, &known->messages[i]);
    }
}

/* ---- one run ---- */

/* Goes the way, and disturbs at the moment `at` with what `known` has up to the message that comes
 * next. */
static void run(const struct way *way, const struct transcript *known, size_t at,
                struct transcript *out)
{
    struct pair *pair = pair_new();
    size_t given = 0;

    if (way->prepare) {
        way->prepare(pair);
    }
    pair_start(pair);
    out->count = 0;
    pair_initiate(pair, &pair->a);
    for (;;) {
        if (known && out->count == at) {
            disturb(pair, known, at + 1);
        }
        if (pair->flight_count == 0 && given == way->step_count) {
            break;
        }
        if (pair->flight_count == 0) {
            give(pair, &way->steps[given++]);
        }
        const struct flight *flight = &pair->flights[0];
        struct message *message = &out->messages[out->count++];

        assert_true(out->count <= MESSAGES_MAX);
        message->to_gateway = flight->to == &pair->b;
        message->len = flight->len;
        memcpy(message->bytes, flight->bytes, flight->len);
        pair_deliver(pair, 0);
    }
    if (lab) {
        lab_free(lab);
        lab = NULL;
    }
    pair_free(pair);
}

static void nothing_comes_of_bad_input_in_any_state_2_21(void **state)
{
    static struct transcript clean, disturbed;

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        run(&ways[i], NULL, 0, &clean);
        print_message("%s: %zu messages\n", ways[i].name, clean.count);
        assert_true(clean.count >= 4);
        for (size_t at = 0; at <= clean.count; at++) {
            run(&ways[i], &clean, at, &disturbed);
            assert_int_equal(disturbed.count, clean.count);
            for (size_t n = 0; n < clean.count; n++) {
                assert_int_equal(disturbed.messages[n].len, clean.messages[n].len);
                assert_int_equal(disturbed.messages[n].to_gateway, clean.messages[n].to_gateway);
                assert_memory_equal(disturbed.messages[n].bytes, clean.messages[n].bytes,
                                    clean.messages[n].len);
            }
        }
    }
}

/* ---- strangers ---- */

/*
 * To an address that has proved nothing: one datagram for one, and none of its own accord, however
 * long nobody goes on. A COOKIE answer is the smaller of the two (§2.1, §2.6).
 */
static void a_stranger_gets_one_answer_for_one_request_2_1(void **state)
{
    (void)state;
    for (uint32_t threshold = 0; threshold < 2; threshold++) {
        struct pair *pair = pair_new();
        uint8_t request[PAIR_MESSAGE_MAX];
        size_t len, cookies = 0;

        pair->b.policy.cookie_threshold = threshold ? 3 : 0;
        pair_start(pair);
        pair_initiate(pair, &pair->a);
        len = pair->flights[0].len;
        memcpy(request, pair->flights[0].bytes, len);
        pair_lose(pair, 0);
        for (uint8_t n = 1; n <= 20; n++) {
            for (int copy = 0; copy < 2; copy++) {
                request[0] = n;
                pair_inject(&pair->b, request, len);
                assert_true(pair_in_flight_to(&pair->a) <= 1);
                if (pair->flight_count && pair->flights[0].bytes[16] == IKE_PAYLOAD_NOTIFY) {
                    assert_true(pair->flights[0].len < len);
                    cookies++;
                }
                while (pair->flight_count) {
                    pair_lose(pair, 0);
                }
            }
        }
        assert_int_equal(cookies, threshold ? 2 * 17 : 0);
        pair->a.event_count = pair->b.event_count = 0;
        /* alice is silent: her timers are not looked at. */
        for (int second = 0; second < 300; second++) {
            pair_wait(pair, SECOND);
            assert_int_equal(pair_in_flight_to(&pair->a), 0);
            while (pair->flight_count) {
                pair_lose(pair, 0);
            }
        }
        assert_int_equal(party_count(&pair->b, TRACE_IKE_MESSAGE_SENT_EVENT), 0);
        pair_free(pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_comes_of_bad_input_in_any_state_2_21),
        cmocka_unit_test(a_stranger_gets_one_answer_for_one_request_2_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
