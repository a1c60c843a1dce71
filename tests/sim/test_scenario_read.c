/* Scenario files that are right: what is read, what is filled in, and that printing loses nothing.
 */
#include "tests/sim/scenario_support.h"

#include "sim/net/address.h"
#include "sim/net/net.h"

#define MS UINT64_C(1000000)
#define S UINT64_C(1000000000)

/* As little as a scenario needs. */
static const char small[] = "duration: 10s\n"
                            "hosts:\n"
                            "  - name: alice\n"
                            "    connect: gw\n"
                            "    ike: {secret: x}\n"
                            "    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: "
                            "[10.2.0.0/24]}]\n"
                            "    traffic: [{child: net}]\n"
                            "  - {name: gw, ike: {secret: x}}\n"
                            "links: [{between: [alice, gw]}]\n";

/* Everything that a scenario may say, nothing as by default. */
static char *large;

static int load_texts(void **state)
{
    large = support_slurp(IKESIM_TEST_DATA "/scenarios/everything.yaml");
    return support_setup(state);
}

static int drop_texts(void **state)
{
    free(large);
    return support_teardown(state);
}

/* ---- equality ---- */

static void assert_same_text(const char *a, const char *b)
{
    assert_true((a == NULL) == (b == NULL));
    if (a) {
        assert_string_equal(a, b);
    }
}

static void assert_same_bytes(struct crypto_bytes a, struct crypto_bytes b)
{
    assert_int_equal(a.len, b.len);
    if (a.len) {
        assert_memory_equal(a.data, b.data, a.len);
    }
}

static void assert_same_child(const struct ike_child_policy *a, const struct ike_child_policy *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->proposal_count, b->proposal_count);
    assert_memory_equal(a->proposals, b->proposals, a->proposal_count * sizeof *a->proposals);
    assert_int_equal(a->local_ts_count, b->local_ts_count);
    assert_memory_equal(a->local_ts, b->local_ts, a->local_ts_count * sizeof *a->local_ts);
    assert_int_equal(a->remote_ts_count, b->remote_ts_count);
    assert_memory_equal(a->remote_ts, b->remote_ts, a->remote_ts_count * sizeof *a->remote_ts);
    assert_int_equal(a->replay_window, b->replay_window);
    assert_int_equal(a->start, b->start);
    assert_int_equal(a->single_pair, b->single_pair);
    assert_memory_equal(&a->time, &b->time, sizeof a->time);
    assert_memory_equal(&a->bytes, &b->bytes, sizeof a->bytes);
    assert_memory_equal(&a->packets, &b->packets, sizeof a->packets);
}

static void assert_same_policy(const struct ike_policy *a, const struct ike_policy *b)
{
    assert_int_equal(a->proposal_count, b->proposal_count);
    assert_memory_equal(a->proposals, b->proposals, a->proposal_count * sizeof *a->proposals);
    assert_same_bytes(a->secret, b->secret);
    assert_int_equal(a->child_count, b->child_count);
    for (size_t i = 0; i < a->child_count; i++) {
        assert_same_child(&a->children[i], &b->children[i]);
    }
    assert_int_equal(a->window, b->window);
    assert_int_equal(a->initial_contact, b->initial_contact);
    assert_int_equal(a->unique, b->unique);
    assert_int_equal(a->retransmit_timeout, b->retransmit_timeout);
    assert_int_equal(a->retransmit_base_milli, b->retransmit_base_milli);
    assert_int_equal(a->retransmit_tries, b->retransmit_tries);
    assert_int_equal(a->response_keep, b->response_keep);
    assert_int_equal(a->half_open_timeout, b->half_open_timeout);
    assert_int_equal(a->dpd_delay, b->dpd_delay);
    assert_int_equal(a->tell_unknown_spi, b->tell_unknown_spi);
    assert_int_equal(a->child_limit, b->child_limit);
    assert_int_equal(a->minimal, b->minimal);
    assert_int_equal(a->rekey_time, b->rekey_time);
    assert_int_equal(a->over_time, b->over_time);
    assert_int_equal(a->rand_time, b->rand_time);
}

static void assert_same_identity(const struct ike_identity *a, const struct ike_identity *b)
{
    assert_int_equal(a->type, b->type);
    assert_same_bytes(a->data, b->data);
    assert_same_text(a->text, b->text);
}

static void assert_same_member(const struct scenario_member *a, const struct scenario_member *b)
{
    assert_string_equal(a->name, b->name);
    assert_memory_equal(a->address.octets, b->address.octets, 4);
    assert_same_text(a->connect, b->connect);
    assert_same_identity(&a->self.identity, &b->self.identity);
    assert_int_equal(!a->self.remote, !b->self.remote);
    if (a->self.remote) {
        assert_same_identity(a->self.remote, b->self.remote);
    }
}

static void assert_same_host(const struct scenario_host *a, const struct scenario_host *b)
{
    assert_string_equal(a->name, b->name);
    assert_same_text(a->connect, b->connect);
    assert_int_equal(a->connect_at, b->connect_at);
    assert_same_policy(&a->policy, &b->policy);
    assert_int_equal(a->cores, b->cores);
    assert_int_equal(a->queue, b->queue);
    assert_int_equal(a->class_count, b->class_count);
    for (size_t i = 0; i < a->class_count; i++) {
        assert_int_equal(a->classes[i].class, b->classes[i].class);
        assert_int_equal(a->classes[i].priority, b->classes[i].priority);
        assert_int_equal(a->classes[i].queue, b->classes[i].queue);
    }
    assert_int_equal(a->traffic_count, b->traffic_count);
    for (size_t i = 0; i < a->traffic_count; i++) {
        const struct scenario_traffic *x = &a->traffic[i], *y = &b->traffic[i];
        assert_string_equal(x->child, y->child);
        assert_string_equal(x->name, y->name);
        assert_int_equal(x->kind, y->kind);
        assert_int_equal(x->every, y->every);
        assert_int_equal(x->rate, y->rate);
        assert_int_equal(x->on, y->on);
        assert_int_equal(x->off, y->off);
        assert_int_equal(x->drawn, y->drawn);
        assert_int_equal(x->late, y->late);
        assert_int_equal(x->start, y->start);
        assert_int_equal(x->count, y->count);
        assert_int_equal(x->size, y->size);
        assert_true(net_address_equal(&x->source, &y->source));
        assert_true(net_address_equal(&x->destination, &y->destination));
        assert_int_equal(x->source_port, y->source_port);
        assert_int_equal(x->destination_port, y->destination_port);
    }
}

static void assert_same_kept(const struct scenario *a, const struct scenario *b)
{
    assert_int_equal(a->record.all, b->record.all);
    assert_int_equal(a->record.sample, b->record.sample);
    assert_int_equal(a->record.pair_count, b->record.pair_count);
    assert_memory_equal(a->record.ranges, b->record.ranges,
                        a->record.pair_count * sizeof *a->record.ranges);
    assert_int_equal(a->series.every, b->series.every);
    assert_int_equal(a->series.host_count, b->series.host_count);
    for (size_t i = 0; i < a->series.host_count; i++) {
        assert_string_equal(a->series.hosts[i], b->series.hosts[i]);
    }
}

static void assert_same_line(const struct scenario_line *a, const struct scenario_line *b)
{
    assert_int_equal(a->order, b->order);
    assert_int_equal(a->on_message, b->on_message);
    if (a->on_message) {
        assert_int_equal(a->match.exchange, b->match.exchange);
        assert_int_equal(a->match.esp, b->match.esp);
        assert_int_equal(a->match.response, b->match.response);
        assert_same_text(a->match.from, b->match.from);
        assert_same_text(a->match.to, b->match.to);
        assert_int_equal(a->match.message_id, b->match.message_id);
        assert_int_equal(a->match.transmission, b->match.transmission);
        assert_int_equal(a->match.fragment, b->match.fragment);
        assert_int_equal(a->match.nth, b->match.nth);
    }
    assert_int_equal(a->at, b->at);
    assert_int_equal(a->by, b->by);
    assert_same_text(a->host, b->host);
    assert_same_text(a->child, b->child);
}

static void assert_same_expect(const struct scenario_expect *a, const struct scenario_expect *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_string_equal(a->text, b->text);
    assert_same_text(a->host, b->host);
    assert_same_text(a->child, b->child);
    assert_same_text(a->peer, b->peer);
    assert_int_equal(a->established, b->established);
    assert_int_equal(a->by, b->by);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->has_min, b->has_min);
    assert_int_equal(a->has_max, b->has_max);
    assert_int_equal(a->min, b->min);
    assert_int_equal(a->max, b->max);
}

static void assert_same_policies(const struct net_link_policy *a, const struct net_link_policy *b)
{
    for (; a && b; a = a->next, b = b->next) {
        struct net_link_policy left = *a, right = *b;
        left.next = right.next = NULL;
        assert_memory_equal(&left, &right, sizeof left);
    }
    assert_true(!a && !b);
}

static void assert_same_scenario(const struct scenario *a, const struct scenario *b)
{
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->title, b->title);
    assert_same_text(a->description, b->description);
    assert_int_equal(a->duration, b->duration);
    assert_int_equal(a->seed, b->seed);
    assert_int_equal(a->epoch, b->epoch);
    assert_string_equal(a->epoch_text, b->epoch_text);
    assert_int_equal(a->host_count, b->host_count);
    for (size_t i = 0; i < a->host_count; i++) {
        assert_same_member(&a->hosts[i], &b->hosts[i]);
    }
    assert_int_equal(a->template_count, b->template_count);
    for (size_t i = 0; i < a->template_count; i++) {
        assert_same_host(&a->templates[i], &b->templates[i]);
    }
    assert_int_equal(a->link_count, b->link_count);
    for (size_t i = 0; i < a->link_count; i++) {
        assert_string_equal(a->links[i].a, b->links[i].a);
        assert_string_equal(a->links[i].b, b->links[i].b);
        assert_same_policies(&a->links[i].ab, &b->links[i].ab);
        assert_same_policies(&a->links[i].ba, &b->links[i].ba);
    }
    assert_int_equal(a->script_count, b->script_count);
    for (size_t i = 0; i < a->script_count; i++) {
        assert_same_line(&a->script[i], &b->script[i]);
    }
    assert_int_equal(a->expect_count, b->expect_count);
    for (size_t i = 0; i < a->expect_count; i++) {
        assert_same_expect(&a->expects[i], &b->expects[i]);
    }
    assert_same_kept(a, b);
    assert_int_equal(a->costs.count, b->costs.count);
    for (uint32_t i = 0; i < a->costs.count; i++) {
        assert_int_equal(a->costs.rows[i].kind, b->costs.rows[i].kind);
        assert_int_equal(a->costs.rows[i].transform, b->costs.rows[i].transform);
        assert_int_equal(a->costs.rows[i].per_operation, b->costs.rows[i].per_operation);
        assert_int_equal(a->costs.rows[i].per_byte_ps, b->costs.rows[i].per_byte_ps);
    }
}

static void check_round_trip(const char *text)
{
    struct scenario *first = support_read(text);
    char *printed = scenario_print(first);
    struct scenario *second = support_read(printed);
    assert_same_scenario(first, second);
    char *again = scenario_print(second);
    assert_string_equal(printed, again);
    free(printed);
    free(again);
    scenario_free(first);
    scenario_free(second);
}

/* An identity may have any characters; what is printed has none that a terminal would obey. */
static void what_is_printed_steers_no_terminal(void **state)
{
    static const char identity[] = "a\033[2J\x7f\302\233\303\244@x";
    (void)state;
    char *text =
        support_replace(small, "{secret: x}", "{secret: x, id: \"a\\e[2J\\x7f\\x9b\\xe4@x\"}");
    check_round_trip(text);
    struct scenario *scenario = support_read(text);
    assert_string_equal(scenario->hosts[0].self.identity.text, identity);
    char *printed = scenario_print(scenario);
    for (const char *c = printed; *c; c++) {
        assert_true((unsigned char)*c >= 0x20 || *c == '\n');
        assert_true(*c != 0x7f && !((unsigned char)*c == 0xc2 && (unsigned char)c[1] < 0xa0));
    }
    free(printed);
    scenario_free(scenario);
    free(text);
}

static void what_is_printed_reads_back_as_the_same_scenario(void **state)
{
    (void)state;
    check_round_trip(small);
    check_round_trip(large);
}

static void the_scenarios_that_ship_are_right_and_round_trip(void **state)
{
    static const char *const shipped[] = {"four-messages", "lossy", "pairs"};
    (void)state;
    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/../../scenarios/%s.yaml", IKESIM_TEST_DATA, shipped[i]);
        char *text = support_slurp(path), *errors = NULL;
        size_t count = 0;
        check_round_trip(text);
        struct scenario *scenario = scenario_read(path, NULL, &errors, &count);
        assert_non_null(scenario);
        assert_string_equal(scenario->name, shipped[i]);
        assert_non_null(scenario->description);
        assert_true(scenario->expect_count > 0);
        scenario_free(scenario);
        free(text);
    }
}

/* ---- what is read ---- */

static void every_key_of_the_run_arrives_where_it_belongs(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(large);
    assert_string_equal(scenario->name, "everything");
    assert_string_equal(scenario->title, "Title: with a colon");
    assert_string_equal(scenario->description, "Two lines,\n\nand # no comment.\n");
    assert_int_equal(scenario->duration, 5400 * S);
    assert_int_equal(scenario->seed, UINT64_MAX);
    assert_int_equal(scenario->epoch, INT64_C(1907757296));
    assert_false(scenario->record.all);
    assert_int_equal(scenario->record.pair_count, 2);
    assert_int_equal(scenario->record.ranges[0].first, 3);
    assert_int_equal(scenario->record.ranges[0].count, 1);
    assert_int_equal(scenario->record.ranges[1].count, 10);
    assert_int_equal(scenario->record.sample, UINT64_MAX / 400);
    assert_int_equal(scenario->series.every, 2500 * MS);
    assert_int_equal(scenario->series.host_count, 1);
    assert_string_equal(scenario->series.hosts[0], "gw");
    scenario_free(scenario);
}

static void every_key_of_a_host_arrives_where_it_belongs(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(large);
    const struct scenario_host *a = &scenario->templates[0], *gw = &scenario->templates[1];
    assert_string_equal(a->name, "a.b_c-1");
    assert_memory_equal(a->address.octets, ((uint8_t[]){192, 0, 2, 10}), 4);
    assert_int_equal(a->connect_at, 250 * MS);
    assert_int_equal(a->cores, 8);
    assert_int_equal(a->queue, 100);
    assert_int_equal(a->class_count, 3);
    assert_int_equal(a->classes[1].class, CPU_INIT);
    assert_int_equal(a->classes[1].priority, CPU_LOW);
    assert_int_equal(a->classes[1].queue, 9);
    assert_int_equal(a->classes[2].priority, CPU_MEDIUM);
    assert_int_equal(a->classes[2].queue, 0);
    assert_int_equal(a->line, 13);
    assert_int_equal(a->column, 5);
    assert_true(a->connect_anycast);
    assert_int_equal(scenario->dns_delay, 20 * MS);
    assert_string_equal(gw->fqdn, "gw.example.org");
    assert_memory_equal(gw->policy.anycast.ip, ((uint8_t[]){198, 51, 100, 100}), 4);
    assert_memory_equal(gw->policy.unicast.ip, scenario->hosts[gw->first].address.octets, 4);
    assert_memory_equal(scenario->templates[2].policy.redirect_name.data, "nowhere.example.org",
                        19);
    assert_memory_equal(gw->policy.secret.data, "say \"hi\"", 8);
    assert_string_equal(gw->identity.text, "#gw");
    scenario_free(scenario);
}

static void every_key_of_an_ike_sa_arrives_where_it_belongs(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(large);
    const struct scenario_host *a = &scenario->templates[0];
    assert_int_equal(a->policy.proposal_count, 2);
    assert_memory_equal(a->policy.secret.data, "\x00\xff\x10", 3);
    assert_int_equal(a->identity.type, IKE_ID_KEY_ID);
    assert_int_equal(a->remote.type, IKE_ID_IPV6_ADDR);
    assert_int_equal(a->policy.window, 256);
    assert_false(a->policy.initial_contact);
    assert_int_equal(a->policy.unique, IKE_UNIQUE_KEEP);
    assert_int_equal(a->policy.retransmit_timeout, 500 * MS);
    assert_int_equal(a->policy.retransmit_base_milli, 2125);
    assert_int_equal(a->policy.retransmit_tries, 7);
    assert_int_equal(a->policy.half_open_timeout, 11 * S);
    assert_int_equal(a->policy.response_keep, 120 * S);
    assert_int_equal(a->policy.dpd_delay, 30 * S);
    assert_true(a->policy.tell_unknown_spi);
    assert_int_equal(a->policy.child_limit, 7);
    assert_true(a->policy.minimal);
    assert_int_equal(a->policy.rekey_time, 4 * 3600 * S);
    assert_int_equal(a->policy.over_time, 1200 * S);
    assert_int_equal(a->policy.rand_time, 600 * S);
    scenario_free(scenario);
}

static void of_a_network_all_but_its_first_and_last_address_are_leased(void **state)
{
    (void)state;
    char *text = support_replace(small, "gw, ike: {secret: x}",
                                 "gw, ike: {secret: x, pools: [10.3.0.0/24, 10.4.0.0-10.4.0.9], "
                                 "subnets: [10.2.0.0/24]}");
    struct scenario *scenario = support_read(text);
    const struct ike_policy *policy = &scenario->templates[1].policy;
    assert_int_equal(policy->pool_count, 2);
    assert_memory_equal(policy->pools[0].start, "\x0a\x03\x00\x01", 4);
    assert_memory_equal(policy->pools[0].end, "\x0a\x03\x00\xfe", 4);
    assert_memory_equal(policy->pools[1].start, "\x0a\x04\x00\x00", 4);
    assert_memory_equal(policy->pools[1].end, "\x0a\x04\x00\x09", 4);
    assert_memory_equal(policy->subnets[0].start, "\x0a\x02\x00\x00", 4);
    scenario_free(scenario);
    check_round_trip(text);
    free(text);
}

static void every_key_of_a_child_arrives_where_it_belongs(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(large);
    const struct scenario_host *a = &scenario->templates[0];
    assert_true(a->policy.children[0].single_pair);
    assert_int_equal(a->policy.children[0].time.rand, 300 * S);
    assert_int_equal(a->policy.children[0].bytes.life, 1000000000);
    assert_int_equal(a->policy.children[0].packets.rekey, UINT64_MAX - 2);
    assert_int_equal(a->policy.child_count, 4);
    const struct ike_child_policy *three = &a->policy.children[2], *four = &a->policy.children[3];
    assert_true(three->transport && three->require_mode);
    assert_int_equal(three->local_ts_count, 0); /* dynamic */
    assert_int_equal(three->remote_ts_count, 1);
    assert_int_equal(three->proposal_count, 2); /* the default of esp_proposals does not count */
    assert_int_equal(three->proposals[0].protocol, CRYPTO_PROTO_AH);
    assert_false(four->transport || four->require_mode);
    assert_int_equal(four->local_ts_count + four->remote_ts_count, 0);
    assert_int_equal(four->proposal_count, 2);
    assert_int_equal(four->proposals[0].protocol, CRYPTO_PROTO_ESP);
    assert_int_equal(four->proposals[1].protocol, CRYPTO_PROTO_AH);
    assert_int_equal(a->policy.children[0].local_ts_count, 2);
    assert_int_equal(a->policy.children[0].local_ts[1].start_port, 80);
    assert_int_equal(a->policy.children[0].local_ts[1].end_port, 90);
    assert_int_equal(a->policy.children[0].replay_window, 1024);
    assert_false(a->policy.children[0].start);
    scenario_free(scenario);
}

static void every_key_of_traffic_arrives_where_it_belongs(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(large);
    const struct scenario_host *a = &scenario->templates[0];
    assert_int_equal(a->traffic[0].every, 10 * MS);
    assert_int_equal(a->traffic[0].start, S);
    assert_int_equal(a->traffic[0].count, 5);
    assert_int_equal(a->traffic[0].size, 1400);
    assert_memory_equal(a->traffic[0].source.octets, ((uint8_t[]){10, 1, 0, 77}), 4);
    assert_memory_equal(a->traffic[0].destination.octets, ((uint8_t[]){10, 2, 3, 4}), 4);
    assert_memory_equal(a->traffic[1].source.octets, ((uint8_t[]){10, 4, 0, 8}), 4);
    assert_memory_equal(a->traffic[1].destination.octets, ((uint8_t[]){10, 5, 0, 8}), 4);
    assert_int_equal(a->traffic[2].kind, TRAFFIC_CBR);
    assert_int_equal(a->traffic[2].every, 0);
    assert_int_equal(a->traffic[2].rate, 1500000);
    assert_int_equal(a->traffic[2].size, 1000); /* of UDP, if nothing is said */
    assert_int_equal(a->traffic[2].late, 40 * MS);
    assert_int_equal(a->traffic[2].destination_port, 5001);
    assert_int_equal(a->traffic[3].kind, TRAFFIC_POISSON);
    assert_int_equal(a->traffic[3].every, 3 * MS);
    assert_int_equal(a->traffic[3].late, 150 * MS);
    assert_int_equal(a->traffic[4].kind, TRAFFIC_ONOFF);
    assert_int_equal(a->traffic[4].on, 5 * S);
    assert_int_equal(a->traffic[4].off, 1500 * MS);
    assert_true(a->traffic[4].drawn);
    assert_int_equal(a->traffic[5].on, S);
    assert_false(a->traffic[5].drawn);
    assert_string_equal(a->traffic[4].name, "onoff two");
    assert_string_equal(a->traffic[5].name, "onoff two 2");
    scenario_free(scenario);
}

/* As in strongSwan: 10% more until the hard end, and what lies between is random. */
static void lifetimes_follow_from_rekey_times(void **state)
{
    (void)state;
    char *text = support_replace(small, "ike: {secret: x}\n    children: [{",
                                 "ike: {secret: x, rekey_time: 4h}\n    children: [{rekey_time: "
                                 "1h, rekey_bytes: 5, rekey_packets: 1000, life_packets: 5000, ");
    struct scenario *scenario = support_read(text);
    const struct ike_policy *policy = &scenario->templates[0].policy;
    const struct ike_child_policy *child = &policy->children[0];
    assert_int_equal(policy->rekey_time, 4 * 3600 * S);
    assert_int_equal(policy->over_time, 24 * 60 * S);
    assert_int_equal(policy->rand_time, 24 * 60 * S);
    assert_int_equal(child->time.rekey, 3600 * S);
    assert_int_equal(child->time.life, 66 * 60 * S);
    assert_int_equal(child->time.rand, 6 * 60 * S);
    assert_int_equal(child->bytes.life, 6);
    assert_int_equal(child->bytes.rand, 1);
    assert_int_equal(child->packets.life, 5000);
    assert_int_equal(child->packets.rand, 999); /* not more than there is to take it off */
    scenario_free(scenario);
    free(text);
}

static void what_the_file_does_not_say_has_its_default(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(small);
    const struct scenario_host *alice = &scenario->templates[0], *gw = &scenario->templates[1];
    assert_string_equal(scenario->name, "f");
    assert_string_equal(scenario->title, "f");
    assert_null(scenario->description);
    assert_int_equal(scenario->seed, 1);
    assert_string_equal(scenario->epoch_text, "2025-01-01T00:00:00Z");
    assert_int_equal(scenario->epoch, 1735689600);
    /* The initiator says INITIAL_CONTACT. */
    assert_true(alice->policy.initial_contact);
    assert_false(gw->policy.initial_contact);
    assert_int_equal(alice->cores, 4);
    assert_int_equal(alice->queue, 512);
    assert_int_equal(alice->policy.window, 1);
    assert_int_equal(alice->policy.unique, IKE_UNIQUE_REPLACE);
    /* strongSwan's. */
    assert_int_equal(alice->policy.retransmit_timeout, 4 * S);
    assert_int_equal(alice->policy.retransmit_base_milli, 1800);
    assert_int_equal(alice->policy.retransmit_tries, 5);
    assert_int_equal(alice->policy.half_open_timeout, 30 * S);
    assert_int_equal(alice->policy.children[0].replay_window, 32);
    assert_int_equal(alice->policy.dpd_delay, 0);
    assert_int_equal(alice->policy.rekey_time, 0);
    assert_int_equal(alice->policy.over_time, 0);
    assert_int_equal(alice->policy.rand_time, 0);
    assert_int_equal(alice->policy.children[0].time.rekey, 0);
    assert_int_equal(alice->policy.children[0].time.life, 0);
    assert_int_equal(alice->policy.children[0].packets.life, 0);
    /* RFC 7296 §2.1's "several minutes". */
    assert_int_equal(alice->policy.response_keep, 300 * S);
    assert_true(alice->policy.children[0].start);
    /* A host without an identity is known by its address. */
    const struct scenario_member *member = &scenario->hosts[1];
    assert_int_equal(member->self.identity.type, IKE_ID_IPV4_ADDR);
    assert_memory_equal(member->self.identity.data.data, member->address.octets, 4);
    assert_null(member->self.remote);
    assert_int_equal(alice->traffic[0].kind, TRAFFIC_PING);
    assert_int_equal(alice->traffic[0].every, S);
    assert_int_equal(alice->traffic[0].count, 0);
    assert_int_equal(alice->traffic[0].size, 56);
    assert_memory_equal(alice->traffic[0].source.octets, ((uint8_t[]){10, 1, 0, 1}), 4);
    assert_memory_equal(alice->traffic[0].destination.octets, ((uint8_t[]){10, 2, 0, 1}), 4);
    assert_int_equal(scenario->links[0].ab.delay, NET_DELAY_MIN);
    assert_int_equal(scenario->links[0].ab.floor, NET_DELAY_MIN);
    assert_int_equal(scenario->links[0].ba.loss, 0);
    assert_int_equal(scenario->costs.count, cost_reference.count);
    assert_memory_equal(&scenario->costs, &cost_reference, sizeof cost_reference);
    scenario_free(scenario);
}

static void a_direction_of_a_link_overrides_what_it_says_and_no_more(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(large);
    const struct net_link_policy *ab = &scenario->links[0].ab, *ba = &scenario->links[0].ba;
    assert_int_equal(ab->delay, 40 * MS);
    assert_int_equal(ba->delay, 100 * MS);
    assert_int_equal(ab->jitter, 5 * MS);
    assert_int_equal(ba->jitter, 5 * MS);
    assert_int_equal(ab->loss, UINT64_C(5534023222112865484)); /* 30% */
    assert_int_equal(ba->loss, UINT64_C(23058430092136939));   /* 0.125% */
    assert_int_equal(ba->duplicate, 0);
    assert_int_equal(ab->floor, 25 * MS); /* delay - 3 jitter */
    assert_int_equal(ba->floor, 20000);
    assert_int_equal(ab->mtu, 1500);
    assert_int_equal(ba->mtu, 1500);
    scenario_free(scenario);
}

static void a_change_of_a_link_keeps_what_it_does_not_name(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(large);
    const struct net_link_policy *ab = &scenario->links[0].ab, *ba = &scenario->links[0].ba;
    assert_int_equal(ab->rate, 1500000);
    assert_int_equal(ab->limit, 20);
    assert_int_equal(ab->distribution, NET_PARETONORMAL);
    assert_int_equal(ab->gemodel.r, UINT64_C(3689348814741910323)); /* 20% */
    assert_true(ab->gemodel.loss_bad == UINT64_MAX && ab->gemodel.loss_good == 0);
    assert_false(ab->down);
    assert_int_equal(ab->next_at, 1 * S);
    assert_true(ab->next->down);
    assert_int_equal(ab->next->loss, ab->loss);
    const struct net_link_policy *last = ab->next->next;
    assert_int_equal(ab->next->next_at, 1500 * MS);
    assert_false(last->down);
    assert_int_equal(last->loss, UINT64_C(1291272085159668613)); /* 7% */
    assert_int_equal(last->rate, 1500000);
    assert_null(last->next);
    /* A direction with changes of its own has only these; a floor that was given stays. */
    assert_int_equal(ba->next_at, 2 * S);
    assert_int_equal(ba->next->delay, 200 * MS);
    assert_int_equal(ba->next->floor, 20000);
    assert_int_equal(ba->next->jitter, 5 * MS);
    assert_null(ba->next->next);
    scenario_free(scenario);
}

static void a_match_that_says_nothing_matches_any(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(large);
    const struct scenario_line *drop = &scenario->script[0], *esp = &scenario->script[1];
    const struct scenario_line *delay = &scenario->script[2], *create = &scenario->script[8];
    assert_true(drop->on_message);
    assert_int_equal(drop->match.exchange, IKE_EXCHANGE_IKE_AUTH);
    assert_false(drop->match.esp);
    assert_int_equal(drop->match.response, 1);
    assert_string_equal(drop->match.from, "gw");
    assert_string_equal(drop->match.to, "a.b_c-1");
    assert_int_equal(drop->match.message_id, 1);
    assert_int_equal(drop->match.transmission, 2);
    assert_int_equal(drop->match.nth, 3);
    assert_true(esp->match.esp);
    assert_int_equal(delay->match.exchange, 0);
    assert_int_equal(delay->match.response, 0);
    assert_null(delay->match.from);
    assert_int_equal(delay->match.message_id, -1);
    assert_int_equal(delay->match.transmission, -1);
    assert_int_equal(delay->match.nth, 0);
    assert_int_equal(delay->by, 70 * MS);
    assert_int_equal(scenario->script[3].bit, NET_LAST_BIT);
    assert_int_equal(scenario->script[4].bit, 0);
    assert_int_equal(scenario->script[5].after, 250 * MS);
    assert_false(scenario->script[6].by_sender);
    assert_int_equal(scenario->script[6].value.len, 4);
    assert_true(scenario->script[7].by_sender);
    assert_int_equal(scenario->script[7].payload, IKE_PAYLOAD_IDR);
    assert_int_equal(scenario->script[7].which, 1);
    assert_int_equal(scenario->script[7].octet, 8);
    assert_memory_equal(scenario->script[7].value.data, "mallory", 7);
    assert_false(create->on_message);
    assert_int_equal(create->order, SCENARIO_CREATE_CHILD);
    assert_int_equal(create->at, 2 * S);
    assert_string_equal(create->child, "two");
    scenario_free(scenario);
}

static void expectations_say_what_is_checked_and_when(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(large);
    const struct scenario_expect *expects = scenario->expects;
    assert_int_equal(expects[0].kind, SCENARIO_EXPECT_CHILD);
    assert_true(expects[0].established);
    assert_int_equal(expects[0].by, 3 * S);
    assert_string_equal(expects[0].text, "{host: a.b_c-1, child: two, is: established, by: 3s}");
    assert_int_equal(expects[1].kind, SCENARIO_EXPECT_IKE);
    assert_string_equal(expects[1].peer, "a.b_c-1");
    assert_false(expects[1].established);
    assert_int_equal(expects[1].by, scenario->duration);
    assert_int_equal(expects[2].kind, SCENARIO_EXPECT_COUNT);
    assert_int_equal(expects[2].count, SCENARIO_COUNT_PINGS_ANSWERED);
    assert_string_equal(expects[2].host, "gw");
    assert_int_equal(expects[2].min, 1);
    assert_int_equal(expects[2].max, 2);
    assert_true(expects[3].has_min && expects[3].has_max);
    assert_int_equal(expects[3].max, 0);
    assert_false(expects[4].has_min);
    assert_int_equal(expects[4].max, UINT64_MAX);
    scenario_free(scenario);
}

static const struct cost_row *find_cost(const struct scenario *scenario, uint8_t kind,
                                        uint16_t transform)
{
    for (uint32_t i = 0; i < scenario->costs.count; i++) {
        const struct cost_row *row = &scenario->costs.rows[i];
        if (row->kind == kind && row->transform == transform) {
            return row;
        }
    }
    return NULL;
}

static void a_cost_replaces_its_row_of_the_reference_or_is_added(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(large);
    assert_int_equal(find_cost(scenario, CRYPTO_COST_KEYGEN, CRYPTO_KE_CURVE25519)->per_operation,
                     MS);
    assert_int_equal(find_cost(scenario, CRYPTO_COST_PARSE, COST_ANY_TRANSFORM)->per_operation,
                     2000);
    const struct cost_row *seal = find_cost(scenario, CRYPTO_COST_SEAL, CRYPTO_ENCR_AES_GCM_16);
    assert_non_null(seal);
    assert_int_equal(seal->per_operation, 600);
    assert_int_equal(seal->per_byte_ps, 333);
    assert_non_null(find_cost(scenario, CRYPTO_COST_SEAL, COST_ANY_TRANSFORM));
    assert_int_equal(scenario->costs.count, cost_reference.count + 1);
    scenario_free(scenario);
}

/* ---- addresses ---- */

static void an_address_follows_from_the_name_alone(void **state)
{
    (void)state;
    struct scenario *before = support_read(small);
    char *more = support_replace(small, "hosts:\n",
                                 "hosts:\n"
                                 "  - {name: aaa, ike: {secret: x}}\n"
                                 "  - {name: zzz, ike: {secret: x}}\n");
    struct scenario *after = support_read(more);
    assert_memory_equal(before->hosts[0].address.octets, after->hosts[2].address.octets, 4);
    assert_memory_equal(before->hosts[1].address.octets, after->hosts[3].address.octets, 4);
    for (size_t i = 0; i < after->host_count; i++) {
        const uint8_t *address = after->hosts[i].address.octets;
        assert_int_equal(address[0], 100);
        assert_true(address[1] >= 64 && address[1] < 128);
        assert_true(address[3] != 0 && address[3] != 255);
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(address, after->hosts[j].address.octets, 4);
        }
    }
    free(more);
    scenario_free(before);
    scenario_free(after);
}

static void an_address_that_is_taken_is_passed_over(void **state)
{
    (void)state;
    struct scenario *before = support_read(small);
    char taken[NET_ADDRESS_TEXT], host[128];
    snprintf(host, sizeof host, "hosts:\n  - {name: bob, address: %s, ike: {secret: x}}\n",
             net_address_print(&before->hosts[0].address, taken));
    char *more = support_replace(small, "hosts:\n", host);
    struct scenario *after = support_read(more);
    assert_memory_equal(after->hosts[0].address.octets, before->hosts[0].address.octets, 4);
    assert_memory_not_equal(after->hosts[1].address.octets, before->hosts[0].address.octets, 4);
    assert_memory_equal(after->hosts[2].address.octets, before->hosts[1].address.octets, 4);
    free(more);
    scenario_free(before);
    scenario_free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_reads_back_as_the_same_scenario),
        cmocka_unit_test(what_is_printed_steers_no_terminal),
        cmocka_unit_test(the_scenarios_that_ship_are_right_and_round_trip),
        cmocka_unit_test(every_key_of_the_run_arrives_where_it_belongs),
        cmocka_unit_test(every_key_of_a_host_arrives_where_it_belongs),
        cmocka_unit_test(every_key_of_an_ike_sa_arrives_where_it_belongs),
        cmocka_unit_test(of_a_network_all_but_its_first_and_last_address_are_leased),
        cmocka_unit_test(every_key_of_a_child_arrives_where_it_belongs),
        cmocka_unit_test(every_key_of_traffic_arrives_where_it_belongs),
        cmocka_unit_test(what_the_file_does_not_say_has_its_default),
        cmocka_unit_test(lifetimes_follow_from_rekey_times),
        cmocka_unit_test(a_direction_of_a_link_overrides_what_it_says_and_no_more),
        cmocka_unit_test(a_change_of_a_link_keeps_what_it_does_not_name),
        cmocka_unit_test(a_match_that_says_nothing_matches_any),
        cmocka_unit_test(expectations_say_what_is_checked_and_when),
        cmocka_unit_test(a_cost_replaces_its_row_of_the_reference_or_is_added),
        cmocka_unit_test(an_address_follows_from_the_name_alone),
        cmocka_unit_test(an_address_that_is_taken_is_passed_over),
    };
    return cmocka_run_group_tests(tests, load_texts, drop_texts);
}
