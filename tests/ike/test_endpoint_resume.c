/* Sessions that are resumed with a ticket (RFC 5723): row O06. */
#include "crypto/kdf.h"
#include "ike/faults.h"
#include "ike/sa.h"
#include "ike/ticket.h"
#include "tests/ike/pair.h"

static struct pair *pair_of(bool a, bool b)
{
    struct pair *pair = pair_new();

    pair->a.policy.tickets = a;
    pair->b.policy.tickets = b;
    pair->b.policy.ticket_lifetime = 3600 * SECOND;
    pair->b.secrets.tickets = crypto_bytes("outlives", 8);
    pair_start(pair);
    return pair;
}

/* The gateway has lost all that it knew, and alice has found it out. */
static void crash(struct pair *pair, uint64_t sa)
{
    pair_restart(&pair->b);
    pair_check_liveness(&pair->a, sa);
    while (party_knows(&pair->a, sa)) {
        pair->flight_count = 0;
        pair_wait(pair, SECOND);
    }
    pair->flight_count = 0;
}

static const char *first_sent(const struct party *party, size_t from)
{
    for (size_t i = from; i < party->event_count; i++) {
        if (party->events[i].kind == TRACE_IKE_MESSAGE_SENT_EVENT) {
            return party->events[i].text;
        }
    }
    return "nothing";
}

static size_t count_tickets(const struct party *party, const char *what)
{
    size_t count = 0;

    for (size_t i = 0; i < party->event_count; i++) {
        count += party->events[i].kind == TRACE_IKE_TICKET_EVENT &&
                 strcmp(party->events[i].text, what) == 0;
    }
    return count;
}

/* A new attempt of alice's; its SA. */
static uint64_t come_back(struct pair *pair)
{
    uint64_t sa = pair_initiate(pair, &pair->a);

    pair_settle(pair);
    return sa;
}

/* ---- the whole of it ---- */

/*
 *  alice                                     gw
 *    |-- IKE_AUTH: ... N(TICKET_REQUEST) --->|
 *    |<-- ... N(TICKET_LT_OPAQUE) -----------|
 *                                            crash
 *    |-- IKE_SESSION_RESUME: Ni N(TICKET) -->|
 *    |<-- Nr --------------------------------|
 *    |-- IKE_AUTH: IDi AUTH ... ------------>|
 */
static void o06_a_session_is_resumed_without_a_key_exchange_5723_4_3(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);
    struct crypto_ledger ledger = {0};
    struct pair_keys keys;
    uint8_t sk_d[CRYPTO_PRF_MAX], skeyseed[CRYPTO_PRF_MAX];
    const struct crypto_transform *prf;
    size_t pairs, before;

    (void)state;
    sa = pair_establish(pair, &gateway);
    assert_int_equal(count_tickets(&pair->b, "granted"), 1);
    assert_int_equal(count_tickets(&pair->a, "received"), 1);
    prf = ike_sa_by_id(pair->a.ike, sa)->suite.prf;
    memcpy(sk_d, crypto_sk(ike_sa_by_id(pair->a.ike, sa)->keys, CRYPTO_SK_D).data, prf->key_len);
    crash(pair, sa);
    pairs = party_count(&pair->a, TRACE_IKE_KEY_PAIR_EVENT) +
            party_count(&pair->b, TRACE_IKE_KEY_PAIR_EVENT);
    before = pair->a.event_count;
    sa = come_back(pair);
    assert_string_equal(first_sent(&pair->a, before), "Ni N(TICKET_OPAQUE)");
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(party_count(&pair->a, TRACE_IKE_KEY_PAIR_EVENT) +
                         party_count(&pair->b, TRACE_IKE_KEY_PAIR_EVENT),
                     pairs);
    /* §5.1 */
    keys = pair->a.keys;
    assert_int_equal(keys.secret_len, 0);
    crypto_skeyseed_resume(pair->crypto, prf, crypto_bytes(sk_d, prf->key_len),
                           crypto_bytes(keys.ni, keys.ni_len), crypto_bytes(keys.nr, keys.nr_len),
                           skeyseed, &ledger);
    assert_memory_equal(keys.skeyseed, skeyseed, prf->key_len);
    assert_memory_equal(pair->b.keys.skeyseed, skeyseed, prf->key_len);
    assert_int_equal(party_children(&pair->a, sa), 1);
    assert_memory_equal(pair->a.installed[0].key_out.encr_key, pair->b.installed[0].key_in.encr_key,
                        20);
    /* And a ticket for the next time (§4.3.3). */
    assert_int_equal(count_tickets(&pair->a, "received"), 2);
    crash(pair, sa);
    assert_true(party_established(&pair->a, come_back(pair)));
    pair_free(pair);
}

/* §5.1 by itself: prf(SK_d, "Resumption" | Ni | Nr), against HMAC of the three in one piece. */
static void skeyseed_is_the_prf_of_ten_letters_and_the_nonces_5723_5_1(void **state)
{
    struct pair *pair = pair_of(true, true);
    const struct crypto_transform *prf =
        crypto_transform_find(CRYPTO_PRF, CRYPTO_PRF_HMAC_SHA2_256);
    uint8_t ni[16], nr[16], whole[42], a[CRYPTO_PRF_MAX], b[CRYPTO_PRF_MAX], sk_d[32];
    const struct crypto_bytes parts[] = {crypto_bytes(whole, sizeof(whole))};

    (void)state;
    memset(sk_d, 0xd0, sizeof(sk_d));
    memset(ni, 0x11, sizeof(ni));
    memset(nr, 0x22, sizeof(nr));
    memcpy(whole, "Resumption", 10);
    memcpy(whole + 10, ni, 16);
    memcpy(whole + 26, nr, 16);
    crypto_skeyseed_resume(pair->crypto, prf, crypto_bytes(sk_d, 32), crypto_bytes(ni, 16),
                           crypto_bytes(nr, 16), a, NULL);
    crypto_prf(pair->crypto, prf, crypto_bytes(sk_d, 32), parts, 1, b, NULL);
    assert_memory_equal(a, b, 32);
    pair_free(pair);
}

/* ---- who asks, who gives ---- */

static void o06_a_ticket_is_asked_for_and_given_by_policy_5723_4_1(void **state)
{
    (void)state;
    for (unsigned says = 0; says < 4; says++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_of(says & 1, says & 2);

        sa = pair_establish(pair, &gateway);
        assert_int_equal(count_tickets(&pair->a, "requested"), says & 1);
        assert_int_equal(count_tickets(&pair->b, "granted"), says == 3);
        crash(pair, sa);
        assert_true(party_established(&pair->a, come_back(pair)));
        assert_int_equal(count_tickets(&pair->a, "shown"), says == 3);
        pair_free(pair);
    }
}

/* Nobody knows whose session it would be. */
static void o06_who_is_nobody_gets_no_ticket_5723_4_1(void **state)
{
    uint64_t gateway;
    struct pair *pair = pair_of(true, true);

    (void)state;
    pair->b.policy.auth.remote = IKE_AUTH_NULL;
    pair->a.policy.auth.local = IKE_AUTH_NULL;
    pair->b.policy.auth.local = pair->a.policy.auth.remote = IKE_AUTH_PSK;
    pair_establish(pair, &gateway);
    assert_int_equal(count_tickets(&pair->b, "granted"), 0);
    pair_free(pair);
}

/* Tickets sealed with a key made of no secret are anybody's to write: a gateway that was told to
 * give them and has none neither gives nor takes them. */
static void o06_without_a_secret_no_ticket_is_given_or_taken_5723_9_5(void **state)
{
    (void)state;
    for (int had_one = 0; had_one < 2; had_one++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_of(true, true);
        struct crypto_bytes secret = pair->b.secrets.tickets;

        pair->b.secrets.tickets = had_one ? secret : crypto_bytes(NULL, 0);
        sa = pair_establish(pair, &gateway);
        assert_int_equal(count_tickets(&pair->b, "granted"), had_one);
        pair->b.secrets.tickets.len = 0;
        crash(pair, sa);
        come_back(pair);
        assert_int_equal(count_tickets(&pair->a, "shown"), had_one);
        assert_int_equal(count_tickets(&pair->b, "accepted"), 0);
        assert_int_equal(count_tickets(&pair->b, "refused"), 0);
        pair_free(pair);
    }
}

/* ---- tickets that are of no use ---- */

static void o06_a_refused_ticket_leads_back_to_ike_sa_init_5723_4_3_2(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);

    (void)state;
    sa = pair_establish(pair, &gateway);
    pair->b.secrets.tickets = crypto_bytes("does not", 8);
    crash(pair, sa);
    sa = come_back(pair);
    assert_int_equal(count_tickets(&pair->b, "refused"), 1);
    assert_int_equal(count_tickets(&pair->a, "rejected"), 1);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(pair->a.keys.secret_len, 32);
    pair_free(pair);
}

/* Whoever has the ticket has not the keys of the session yet; and whoever has both is the one whose
 * session it was, and nobody else (§4.3.3). */
static void o06_a_ticket_alone_or_another_name_opens_nothing_5723_4_3_3(void **state)
{
    (void)state;
    for (int other_name = 0; other_name < 2; other_name++) {
        /* Of the IKE_AUTH that resumes: the first octet of Authentication Data. */
        struct ike_edit edit = {.exchange = IKE_EXCHANGE_IKE_AUTH,
                                .response = 0,
                                .message_id = -1,
                                .nth = other_name ? UINT32_MAX : 2,
                                .payload = IKE_PAYLOAD_AUTH,
                                .which = 1,
                                .octet = 8,
                                .value = crypto_bytes("?", 1)};
        struct ike_faults faults = {.count = 1, .edits = &edit};
        uint64_t sa, gateway;
        struct pair *pair = pair_new();

        pair->a.faults = &faults;
        pair->a.policy.tickets = pair->b.policy.tickets = true;
        pair->b.policy.ticket_lifetime = 3600 * SECOND;
        pair->b.secrets.tickets = crypto_bytes("outlives", 8);
        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        crash(pair, sa);
        if (other_name) {
            pair->a.self.identity.data = crypto_bytes("mallory", 7);
        }
        sa = come_back(pair);
        assert_int_equal(count_tickets(&pair->b, "accepted"), 1);
        assert_false(party_knows(&pair->a, sa));
        assert_int_equal(pair->b.established, 1); /* before the crash */
        assert_int_equal(pair->b.installed_count, 0);
        assert_string_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_SENT_EVENT)->text,
                            "SK{N(AUTHENTICATION_FAILED)}");
        pair_free(pair);
    }
}

static void o06_an_expired_ticket_is_not_shown_5723_4_3_1(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);

    (void)state;
    pair->b.policy.ticket_lifetime = 60 * SECOND;
    sa = pair_establish(pair, &gateway);
    crash(pair, sa);
    pair_wait(pair, 60 * SECOND);
    come_back(pair);
    assert_int_equal(count_tickets(&pair->a, "shown"), 0);
    pair_free(pair);
}

/* It is the minimum of what the policy says and what the IKE SA lasts. */
static void o06_a_ticket_ends_with_its_ike_sa_5723_6_2(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);

    (void)state;
    pair->b.policy.rekey_time = 40 * SECOND;
    pair->b.policy.over_time = 5 * SECOND;
    sa = pair_establish(pair, &gateway);
    assert_int_equal(party_last(&pair->a, TRACE_IKE_TICKET_EVENT)->number, 45 * SECOND);
    crash(pair, sa);
    assert_true(party_established(&pair->a, come_back(pair)));
    pair_free(pair);
}

static void o06_a_ticket_serves_once_5723_4_3_1(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);
    struct flight shown;

    (void)state;
    sa = pair_establish(pair, &gateway);
    crash(pair, sa);
    pair_initiate(pair, &pair->a);
    shown = pair->flights[0];
    pair_settle(pair);
    shown.bytes[0] ^= 1; /* another SPIi: no copy of the request, but the same ticket */
    pair_inject(&pair->b, shown.bytes, shown.len);
    assert_int_equal(count_tickets(&pair->b, "refused"), 1);
    pair_free(pair);
}

static void a_ticket_of_which_a_bit_was_changed_is_refused_5723_9_2(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);
    struct flight shown;
    size_t at, refused = 0;

    (void)state;
    sa = pair_establish(pair, &gateway);
    crash(pair, sa);
    pair_initiate(pair, &pair->a);
    shown = pair_hold(&pair->b);
    /* Ni of 4 + 32 octets, then the notify: 8 octets of header, the ticket. */
    at = 28 + 36 + 8;
    for (size_t bit = 0; bit < (shown.len - at) * 8; bit += 3) {
        struct flight changed = shown;

        changed.bytes[at + bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
        pair_inject(&pair->b, changed.bytes, changed.len);
        pair->b.draw_count = 0;
        pair->b.event_count = 0;
        assert_int_equal(pair->b.established, 1); /* the first one */
        pair->flight_count = 0;
        refused++;
    }
    assert_true(refused > 100);
    pair_release(&shown);
    pair_settle(pair);
    assert_int_equal(pair->b.established, 2);
    pair_free(pair);
}

/* ---- the life of a ticket ---- */

static void o06_a_delete_of_the_ike_sa_is_the_end_of_its_ticket_5723_6_2(void **state)
{
    (void)state;
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_of(true, true);

        sa = pair_establish(pair, &gateway);
        pair_delete_sa(by_gateway ? &pair->b : &pair->a, by_gateway ? gateway : sa);
        pair_settle(pair);
        come_back(pair);
        assert_int_equal(count_tickets(&pair->a, "shown"), 0);
        pair_free(pair);
    }
}

static void o06_after_a_rekey_another_ticket_is_asked_for_5723_6_2(void **state)
{
    (void)state;
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_of(true, true);

        sa = pair_establish(pair, &gateway);
        pair_rekey_sa(by_gateway ? &pair->b : &pair->a, by_gateway ? gateway : sa);
        pair_settle(pair);
        assert_int_equal(count_tickets(&pair->b, "granted"), 2);
        assert_int_equal(count_tickets(&pair->a, "received"), 2);
        sa = ike_endpoint_sa_with(pair->a.ike, &pair->b.address);
        crash(pair, sa);
        assert_true(party_established(&pair->a, come_back(pair)));
        assert_int_equal(count_tickets(&pair->b, "accepted"), 1);
        pair_free(pair);
    }
}

/* The gateway has not crashed at all: the old IKE SA goes without a Delete. */
static void o06_the_old_ike_sa_is_silently_deleted_5723_4_3_4(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);

    (void)state;
    sa = pair_establish(pair, &gateway);
    pair_check_liveness(&pair->a, sa);
    while (party_knows(&pair->a, sa)) { /* the way was cut for a while */
        pair->flight_count = 0;
        pair_wait(pair, SECOND);
    }
    pair->flight_count = 0;
    assert_true(party_established(&pair->b, gateway));
    sa = come_back(pair);
    assert_true(party_established(&pair->a, sa));
    assert_false(party_established(&pair->b, gateway));
    assert_int_equal(pair->b.installed_count, 1);
    assert_null(strstr(last_sent(&pair->b), "SK{D}"));
    pair_free(pair);
}

/* To repeat an authentication is to prove it, not to show that one has been. */
static void o06_a_reauthentication_resumes_nothing_5723_5(void **state)
{
    uint64_t gateway;
    struct pair *pair = pair_of(true, true);

    (void)state;
    pair->a.policy.auth.reauth_time = 20 * SECOND;
    pair->a.policy.auth.make_before_break = true;
    pair_establish(pair, &gateway);
    pair_wait(pair, 20 * SECOND);
    pair_settle(pair);
    assert_int_equal(count_tickets(&pair->a, "shown"), 0);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_KEYS_DERIVED_EVENT), 2);
    pair_free(pair);
}

/* ---- under load ---- */

static void o06_a_cookie_is_demanded_before_the_ticket_is_opened_5723_4_3_2(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);

    (void)state;
    sa = pair_establish(pair, &gateway);
    pair->b.policy.cookie_threshold = 1;
    crash(pair, sa);
    pair_initiate(pair, &pair->b); /* no half-open one: ours are not counted */
    pair->flight_count = 0;
    pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    pair_lose(pair, 0); /* half-open now */
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_true(party_count(&pair->b, TRACE_IKE_COOKIE_EVENT) >= 2);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(o06_a_session_is_resumed_without_a_key_exchange_5723_4_3),
        cmocka_unit_test(skeyseed_is_the_prf_of_ten_letters_and_the_nonces_5723_5_1),
        cmocka_unit_test(o06_a_ticket_is_asked_for_and_given_by_policy_5723_4_1),
        cmocka_unit_test(o06_who_is_nobody_gets_no_ticket_5723_4_1),
        cmocka_unit_test(o06_without_a_secret_no_ticket_is_given_or_taken_5723_9_5),
        cmocka_unit_test(o06_a_refused_ticket_leads_back_to_ike_sa_init_5723_4_3_2),
        cmocka_unit_test(o06_a_ticket_alone_or_another_name_opens_nothing_5723_4_3_3),
        cmocka_unit_test(o06_an_expired_ticket_is_not_shown_5723_4_3_1),
        cmocka_unit_test(o06_a_ticket_ends_with_its_ike_sa_5723_6_2),
        cmocka_unit_test(o06_a_ticket_serves_once_5723_4_3_1),
        cmocka_unit_test(a_ticket_of_which_a_bit_was_changed_is_refused_5723_9_2),
        cmocka_unit_test(o06_a_delete_of_the_ike_sa_is_the_end_of_its_ticket_5723_6_2),
        cmocka_unit_test(o06_after_a_rekey_another_ticket_is_asked_for_5723_6_2),
        cmocka_unit_test(o06_the_old_ike_sa_is_silently_deleted_5723_4_3_4),
        cmocka_unit_test(o06_a_reauthentication_resumes_nothing_5723_5),
        cmocka_unit_test(o06_a_cookie_is_demanded_before_the_ticket_is_opened_5723_4_3_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
