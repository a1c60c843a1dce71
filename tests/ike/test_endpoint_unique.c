/* INITIAL_CONTACT and the policy on uniqueness (RFC 7296 §2.4): alice comes back. */
#include "ike/sa.h"
#include "tests/ike/pair.h"

/* Alice is established, crashes, and comes again. Returns gw's two SAs. */
static struct pair *come_back(enum ike_unique unique, bool initial_contact, uint64_t sas[2])
{
    struct pair *pair = pair_new();

    pair->a.policy.initial_contact = initial_contact;
    pair->b.policy.unique = unique;
    pair_start(pair);
    pair_establish(pair, &sas[0]);
    pair_restart(&pair->a);
    pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    sas[1] = sas[0] + 1;
    assert_true(party_established(&pair->b, sas[0])); /* nobody has proved to be alice yet */
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    return pair;
}

/*
 *  D04
 *    |==== an IKE SA with a child ====|
 *    (alice crashes)
 *    |---- IKE_SA_INIT -------------->|   the old SA stays: this may be anybody
 *    |---- SK{... N(INITIAL_CONTACT)} |   the old SA goes, silently
 */
static void initial_contact_removes_older_sas_2_4(void **state)
{
    static const enum ike_unique unique[] = {IKE_UNIQUE_NO, IKE_UNIQUE_REPLACE, IKE_UNIQUE_KEEP};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        uint64_t sas[2];
        struct pair *pair = come_back(unique[i], true, sas);

        assert_false(party_knows(&pair->b, sas[0]));
        assert_true(party_established(&pair->b, sas[1]));
        assert_int_equal(pair->b.installed_count, 1);
        assert_int_equal(pair->b.gone, 1);
        assert_int_equal(pair->b.last_gone, sas[0]);
        assert_int_equal(party_last(&pair->b, TRACE_IKE_INITIAL_CONTACT_EVENT)->number, 1);
        assert_int_equal(pair->flight_count, 1); /* the answer, and no Delete */
        pair_settle(pair);
        assert_int_equal(pair->a.installed[0].spi_out, pair->b.installed[0].spi_in);
        pair_free(pair);
    }
}

static void without_initial_contact_both_stay_where_uniqueness_is_not_asked_for(void **state)
{
    uint64_t sas[2];
    struct pair *pair = come_back(IKE_UNIQUE_NO, false, sas);

    (void)state;
    assert_true(party_established(&pair->b, sas[0]));
    assert_true(party_established(&pair->b, sas[1]));
    assert_int_equal(pair->b.installed_count, 2);
    pair_free(pair);
}

static void never_ignores_initial_contact_2_4(void **state)
{
    uint64_t sas[2];
    struct pair *pair = come_back(IKE_UNIQUE_NEVER, true, sas);

    (void)state;
    assert_true(party_established(&pair->b, sas[0]));
    assert_true(party_established(&pair->b, sas[1]));
    pair_free(pair);
}

/* §2.4: the peer has not said that it forgot the old SA, so a Delete tells it. */
static void replace_deletes_the_older_sa_2_4(void **state)
{
    uint64_t sas[2];
    struct pair *pair = come_back(IKE_UNIQUE_REPLACE, false, sas);

    (void)state;
    assert_true(party_established(&pair->b, sas[1]));
    assert_false(party_established(&pair->b, sas[0]));
    assert_int_equal(pair->flight_count, 2);
    pair_settle(pair);
    pair_wait(pair, 15 * SECOND); /* alice does not know it any more */
    assert_false(party_knows(&pair->b, sas[0]));
    assert_true(party_established(&pair->b, sas[1]));
    assert_int_equal(pair->b.installed_count, 1);
    pair_free(pair);
}

static void keep_refuses_the_newer_sa(void **state)
{
    uint64_t sas[2];
    struct pair *pair = come_back(IKE_UNIQUE_KEEP, false, sas);

    (void)state;
    assert_true(party_established(&pair->b, sas[0]));
    assert_false(party_knows(&pair->b, sas[1]));
    assert_int_equal(pair->b.installed_count, 1);
    assert_string_equal(last_sent(&pair->b), "SK{N(AUTHENTICATION_FAILED)}");
    pair_free(pair);
}

/* D04: an attempt beside it, which may come to nothing, is no IKE SA yet: who comes back says so.
 */
static void initial_contact_is_said_beside_another_attempt_2_4(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair->a.policy.initial_contact = true;
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    pair_lose(pair, 0);
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_INITIAL_CONTACT_EVENT), 1);
    pair_free(pair);
}

/* §2.4: INITIAL_CONTACT asserts that there is no other SA, so it is not said while there is one. */
static void initial_contact_is_said_only_when_it_is_true_2_4(void **state)
{
    struct pair *pair = pair_new();
    uint64_t first, second;

    (void)state;
    pair->a.policy.initial_contact = true;
    pair_start(pair);
    first = pair_establish(pair, NULL);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_INITIAL_CONTACT_EVENT), 1);
    second = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_INITIAL_CONTACT_EVENT), 1);
    assert_true(party_established(&pair->a, first));
    assert_true(party_established(&pair->a, second));
    /* Asked for the SA with a peer, the newest is meant. */
    assert_int_equal(ike_endpoint_sa_with(pair->a.ike, &pair->b.address), second);
    pair_free(pair);
}

/* D04: without the right key nobody removes anybody's SA. */
static void a_stranger_with_alices_name_removes_nothing_2_4(void **state)
{
    struct pair *pair = pair_new();
    uint64_t gateway;

    (void)state;
    pair->a.policy.initial_contact = true;
    pair->b.policy.unique = IKE_UNIQUE_REPLACE;
    pair_start(pair);
    pair_establish(pair, &gateway);
    pair_restart(&pair->a);
    pair->a.policy.secret = crypto_bytes("a guess", 7);
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_true(party_established(&pair->b, gateway));
    assert_int_equal(pair->b.installed_count, 1);
    pair_free(pair);
}

/* Another identity is another peer, even at the same address. */
static void other_identities_are_left_alone_2_4(void **state)
{
    struct pair *pair = pair_new();
    uint64_t gateway;

    (void)state;
    pair->a.policy.initial_contact = true;
    pair->b.self.remote = NULL; /* any */
    pair_start(pair);
    pair_establish(pair, &gateway);
    pair_restart(&pair->a);
    pair->a.self.identity.data = crypto_bytes("alice2", 6);
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_true(party_established(&pair->b, gateway));
    assert_true(party_established(&pair->b, gateway + 1));
    assert_int_equal(party_last(&pair->b, TRACE_IKE_INITIAL_CONTACT_EVENT)->number, 0);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initial_contact_removes_older_sas_2_4),
        cmocka_unit_test(without_initial_contact_both_stay_where_uniqueness_is_not_asked_for),
        cmocka_unit_test(never_ignores_initial_contact_2_4),
        cmocka_unit_test(replace_deletes_the_older_sa_2_4),
        cmocka_unit_test(keep_refuses_the_newer_sa),
        cmocka_unit_test(initial_contact_is_said_beside_another_attempt_2_4),
        cmocka_unit_test(initial_contact_is_said_only_when_it_is_true_2_4),
        cmocka_unit_test(a_stranger_with_alices_name_removes_nothing_2_4),
        cmocka_unit_test(other_identities_are_left_alone_2_4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
