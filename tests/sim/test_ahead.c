/* Computing ahead (docs/design.md, "Computing ahead"): what a world asks for has been foreseen, and
 * changes nothing. */
#include "scenario_support.h"

#include "sim/scenario/world.h"

enum { CLIENTS = 40 };

static const char storm[] =
    "duration: 10s\n"
    "hosts:\n"
    "  - name: client\n"
    "    count: 40\n"
    "    connect: gw\n"
    "    ike: {secret: s, proposals: [aes128gcm16-prfsha256-x25519]}\n"
    "    children: [{name: net, esp_proposals: [aes128gcm16-x25519], local_ts: [10.0.0.0/24],\n"
    "                remote_ts: [10.128.0.0/9]}]\n"
    "  - name: gw\n"
    "    ike: {secret: s, proposals: [aes128gcm16-prfsha256-x25519]}\n"
    "    children: [{name: net, esp_proposals: [aes128gcm16-x25519], local_ts: [10.128.0.0/9],\n"
    "                remote_ts: [10.0.0.0/9]}]\n"
    "    cpu: {cores: 2, queue: 1000}\n"
    "links: [{between: [client, gw], delay: 20ms, jitter: 2ms, loss: 0%}]\n";

static const char rekeys[] = "script:\n"
                             "  - {at: 3s, do: rekey_child, host: client-1, child: net}\n"
                             "  - {at: 3s, do: rekey_ike, host: client-2}\n"
                             "  - {at: 4s, do: rekey_ike, host: gw}\n"
                             "  - {at: 5s, do: rekey_child, host: client-1, child: net}\n";

struct outcome {
    uint64_t hash, events, established, dropped;
    struct ahead_counts counts;
};

static struct outcome run(const char *text, const char *const *set, unsigned threads)
{
    char why[200] = "";
    struct scenario *scenario = support_read_set(text, set);
    struct world *world =
        world_new(scenario, &(struct world_options){.threads = threads}, why, sizeof why);
    if (!world) {
        fail_msg("%s", why);
    }
    while (!world_done(world)) {
        world_run(world, scenario->duration, 1000);
    }
    world_finish(world, false);
    struct outcome outcome = {
        .hash = world_hash(world),
        .events = world_executed(world),
        .established =
            observer_count(world_observer(world), SCENARIO_COUNT_IKE_SAS_ESTABLISHED, NULL),
        .dropped = observer_count(world_observer(world), SCENARIO_COUNT_CPU_DROPPED, NULL),
        .counts = world_ahead_counts(world),
    };
    world_free(world);
    scenario_free(scenario);
    return outcome;
}

static void assert_same(struct outcome one, struct outcome other)
{
    assert_int_equal(one.hash, other.hash);
    assert_int_equal(one.events, other.events);
}

/* Two key pairs and two secrets each, all known in time. */
static void a_set_up_is_foreseen_entirely(void **state)
{
    (void)state;
    struct outcome alone = run(storm, NULL, 1), helped = run(storm, NULL, 3);
    assert_int_equal(alone.established, 2 * CLIENTS);
    assert_int_equal(alone.counts.foreseen + alone.counts.missed, 0);
    assert_int_equal(helped.counts.foreseen, 4 * CLIENTS);
    assert_int_equal(helped.counts.missed, 0);
    assert_same(alone, helped);
}

/* Of a rekey, all but the initiator's key pair, which is due when the order is given: the other end
 * reads what is on its way with the keys that it has. */
static void rekeys_are_foreseen_but_for_the_first_key_pair(void **state)
{
    (void)state;
    char *text = calloc(1, sizeof storm + sizeof rekeys);
    strcat(strcpy(text, storm), rekeys);
    struct outcome alone = run(text, NULL, 1), helped = run(text, NULL, 2);
    assert_int_equal(helped.counts.foreseen, 4 * CLIENTS + 4 * 3);
    assert_int_equal(helped.counts.missed, 4);
    assert_same(alone, helped);
    free(text);
}

/* Losses, copies and disorder: a datagram that was looked at may never arrive. */
static void a_bad_link_wastes_time_only(void **state)
{
    (void)state;
    const char *const bad[] = {"links.0.loss=20%", "links.0.duplicate=20%", "links.0.reorder=20%",
                               "links.0.corrupt=10%", NULL};
    struct outcome alone = run(storm, bad, 1);
    assert_true(alone.established > CLIENTS);
    for (unsigned threads = 2; threads <= 4; threads++) {
        assert_same(alone, run(storm, bad, threads));
    }
}

/* Clients whose requests are refused ask again and again: each would cost two computations, and is
 * looked at when it has a place. */
static void what_a_full_queue_refuses_is_not_computed(void **state)
{
    (void)state;
    const char *const narrow[] = {"links.0.jitter=0ms",
                                  "hosts.gw.cpu.queue=2",
                                  "hosts.gw.cpu.cores=1",
                                  "hosts.client.ike.retransmit_timeout=5ms",
                                  "hosts.client.ike.retransmit_base=1",
                                  NULL};
    struct outcome alone = run(storm, narrow, 1), helped = run(storm, narrow, 2);
    const struct ahead_counts *counts = &helped.counts;
    assert_true(alone.dropped > 2 * CLIENTS);
    assert_true(counts->foreseen > 3 * counts->missed);
    assert_in_range(counts->expected - counts->foreseen, 0, counts->foreseen / 10);
    assert_same(alone, helped);
}

/* Another group than the first one that is offered: the guess was wrong, the answer is right. */
static void a_wrong_guess_is_not_taken(void **state)
{
    (void)state;
    const char *const other[] = {
        "hosts.client.ike.proposals=[aes128-sha256-x25519,aes128-sha256-ecp256]",
        "hosts.gw.ike.proposals=[aes128-sha256-ecp256]", NULL};
    struct outcome alone = run(storm, other, 1), helped = run(storm, other, 2);
    assert_int_equal(alone.established, 2 * CLIENTS);
    assert_same(alone, helped);
}

static void pooled_keys_need_nobody_ahead(void **state)
{
    (void)state;
    const char *const pooled[] = {"keys=pooled", NULL};
    struct outcome alone = run(storm, pooled, 1), helped = run(storm, pooled, 4);
    assert_int_equal(helped.counts.foreseen + helped.counts.missed, 0);
    assert_same(alone, helped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_up_is_foreseen_entirely),
        cmocka_unit_test(rekeys_are_foreseen_but_for_the_first_key_pair),
        cmocka_unit_test(a_bad_link_wastes_time_only),
        cmocka_unit_test(what_a_full_queue_refuses_is_not_computed),
        cmocka_unit_test(a_wrong_guess_is_not_taken),
        cmocka_unit_test(pooled_keys_need_nobody_ahead),
    };
    return cmocka_run_group_tests(tests, support_setup, support_teardown);
}
