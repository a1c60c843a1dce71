/* The observer outside of the code under test: what it counts, which messages a script's lines
 * match, what expectations are judged by. Its hooks are called as nodes and the network call them.
 */
#include "sim/scenario/observer.h"

#include "ike/wire.h"
#include "tests/sim/scenario_support.h"

#define MS UINT64_C(1000000)

static const char world[] =
    "duration: 10s\n"
    "hosts:\n"
    "  - {name: alice, connect: gw, address: 192.0.2.1, ike: {secret: x}, children: [{name: net,\n"
    "     local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}], traffic: [{child: net, late: "
    "100ms}]}\n"
    "  - {name: gw, address: 192.0.2.2, ike: {secret: x}, children: [{name: net,\n"
    "     local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}], traffic: [{child: net, late: "
    "100ms}]}\n"
    "links:\n"
    "  - {between: [alice, gw], delay: 40ms}\n";

enum { ALICE, GW };

/* Two nodes with a link that nothing runs on. */
struct stage {
    struct scenario *scenario;
    struct sim_engine *engine;
    struct trace_recorder *recorder;
    struct net *net;
    struct node_shared shared;
    struct node *nodes[2];
    struct observer *observer;
    struct node_watch watch;
    struct net_watch net_watch;
};

static struct stage *stage_new(const char *lines)
{
    struct stage *stage = calloc(1, sizeof *stage);
    char text[4096], why[200];
    assert_non_null(stage);
    snprintf(text, sizeof text, "%s%s", world, lines);
    stage->scenario = support_read(text);
    stage->engine = sim_engine_new(1);
    stage->recorder = trace_recorder_new(&(struct trace_recorder_options){0});
    stage->net = net_new(stage->engine, stage->recorder, NULL);
    stage->observer = observer_new(stage->scenario);
    stage->watch = observer_node_watch(stage->observer);
    stage->net_watch = observer_net_watch(stage->observer);
    stage->shared = (struct node_shared){
        .engine = stage->engine,
        .net = stage->net,
        .recorder = stage->recorder,
        .crypto = crypto_context_new(why, sizeof why),
        .costs = &stage->scenario->costs,
    };
    assert_non_null(stage->shared.crypto);
    static const struct cpu_options cpu = {.cores = 1, .limit = 1};
    for (int i = 0; i < 2; i++) {
        struct scenario_member *host = &stage->scenario->hosts[i];
        struct node_options options = {.name = host->name,
                                       .policy = &host->host->policy,
                                       .self = &host->self,
                                       .cpu = &cpu,
                                       .shared = &stage->shared,
                                       .user = host};
        options.address = host->address;
        stage->nodes[i] = node_new(&options);
        assert_non_null(stage->nodes[i]);
    }
    struct scenario_link *link = &stage->scenario->links[0];
    net_connect(stage->net, node_port(stage->nodes[ALICE]), node_port(stage->nodes[GW]), &link->ab,
                &link->ba);
    return stage;
}

static void stage_free(struct stage *stage)
{
    sim_engine_free(stage->engine);
    node_free(stage->nodes[ALICE]);
    node_free(stage->nodes[GW]);
    node_shared_dispose(&stage->shared);
    net_free(stage->net);
    trace_recorder_free(stage->recorder);
    observer_free(stage->observer);
    crypto_context_free(stage->shared.crypto);
    scenario_free(stage->scenario);
    free(stage);
}

static uint64_t total(const struct stage *stage, enum scenario_count what)
{
    return observer_count(stage->observer, what, NULL);
}

/* ---- inner packets ---- */

static uint64_t enter_at(struct stage *stage, int host, const char *text, uint64_t now)
{
    struct node_packet packet = {
        .peer = node_port(stage->nodes[1 - host]),
        .now = now,
        .bytes = crypto_bytes(text, strlen(text)),
    };
    return stage->watch.inner_sent(stage->observer, stage->nodes[host], &packet);
}

static uint64_t enter(struct stage *stage, int host, const char *text)
{
    return enter_at(stage, host, text, 0);
}

static uint64_t leave_at(struct stage *stage, int host, uint64_t identity, const char *text,
                         uint64_t now)
{
    struct node_arrival arrival = {0};
    stage->watch.inner_delivered(stage->observer, stage->nodes[host], identity,
                                 crypto_bytes(text, strlen(text)), now, &arrival);
    assert_string_equal(arrival.flow, "ping net");
    return arrival.times;
}

static uint64_t leave(struct stage *stage, int host, uint64_t identity, const char *text)
{
    return leave_at(stage, host, identity, text, 0);
}

static void end(struct stage *stage, uint64_t identity)
{
    stage->watch.inner_gone(stage->observer, identity);
}

static void a_packet_that_comes_out_again_is_counted_once_as_delivered_twice(void **state)
{
    struct stage *stage = stage_new("");
    (void)state;
    uint64_t first = enter(stage, ALICE, "one"), second = enter(stage, ALICE, "one");
    assert_int_not_equal(first, second); /* the same bytes, but another packet */
    assert_int_equal(leave(stage, GW, first, "one"), 1);
    assert_int_equal(total(stage, SCENARIO_COUNT_INNER_PACKETS_DELIVERED_TWICE), 0);
    assert_int_equal(leave(stage, GW, first, "one"), 2);
    assert_int_equal(leave(stage, GW, first, "one"), 3);
    assert_int_equal(leave(stage, GW, second, "one"), 1);
    assert_int_equal(total(stage, SCENARIO_COUNT_INNER_PACKETS_SENT), 2);
    assert_int_equal(total(stage, SCENARIO_COUNT_INNER_PACKETS_DELIVERED), 2);
    assert_int_equal(total(stage, SCENARIO_COUNT_INNER_PACKETS_DELIVERED_TWICE), 1);
    assert_int_equal(total(stage, SCENARIO_COUNT_INNER_PACKETS_ALTERED), 0);
    stage_free(stage);
}

static void a_packet_with_other_bytes_is_altered(void **state)
{
    struct stage *stage = stage_new("");
    (void)state;
    uint64_t identity = enter(stage, ALICE, "one");
    leave(stage, GW, identity, "onf");
    assert_int_equal(total(stage, SCENARIO_COUNT_INNER_PACKETS_ALTERED), 1);
    stage_free(stage);
}

static void a_packet_is_lost_when_no_copy_of_it_is_left(void **state)
{
    struct stage *stage = stage_new("");
    (void)state;
    uint64_t lost = enter(stage, ALICE, "one"), copied = enter(stage, ALICE, "two");
    uint64_t delivered = enter(stage, ALICE, "three"), under_way = enter(stage, ALICE, "four");
    struct net_datagram copy = {
        .path = net_path_find(node_port(stage->nodes[ALICE]), &stage->scenario->hosts[GW].address),
        .inner_identity = copied,
    };
    end(stage, lost);
    stage->net_watch.duplicated(stage->observer, &copy);
    end(stage, copied);
    leave(stage, GW, delivered, "three");
    end(stage, delivered);
    assert_int_equal(total(stage, SCENARIO_COUNT_INNER_PACKETS_LOST), 1);
    stage->net_watch.gone(stage->observer, &copy);
    assert_int_equal(total(stage, SCENARIO_COUNT_INNER_PACKETS_LOST), 2);
    /* It is the sender that has lost it. */
    assert_int_equal(observer_count(stage->observer, SCENARIO_COUNT_INNER_PACKETS_LOST, "alice"),
                     2);
    /* Somebody in between had kept the bytes, and no hook said so. */
    leave(stage, GW, lost, "one");
    assert_int_equal(total(stage, SCENARIO_COUNT_INNER_PACKETS_LOST), 1);
    assert_int_not_equal(under_way, 0);
    stage_free(stage);
}

static void a_packet_is_late_that_takes_longer_than_its_traffic_allows(void **state)
{
    struct stage *stage = stage_new("");
    (void)state;
    uint64_t in_time = enter_at(stage, ALICE, "x", 5 * MS);
    uint64_t late = enter_at(stage, ALICE, "x", 5 * MS);
    leave_at(stage, GW, in_time, "x", 105 * MS);
    leave_at(stage, GW, late, "x", 105 * MS + 1);
    assert_int_equal(observer_count(stage->observer, SCENARIO_COUNT_INNER_PACKETS_LATE, "gw"), 1);
    const struct packets_flow *flow = packets_flow(observer_packets(stage->observer), ALICE);
    assert_int_equal(flow->sent, 2);
    assert_int_equal(flow->delivered, 2);
    assert_int_equal(flow->late, 1);
    assert_int_equal(flow->delay->max, 100 * MS + 1);
    stage_free(stage);
}

/* ---- packets and rekeys (RFC 7296 §2.8) ---- */

static void tell(struct stage *stage, int host, enum trace_kind kind, const void *data,
                 uint64_t now)
{
    sim_engine_run(stage->engine, now, UINT64_MAX);
    stage->watch.told(stage->observer, stage->nodes[host], node_port(stage->nodes[1 - host]), kind,
                      data);
}

static void request(struct stage *stage, int host, const char *payloads, uint64_t now)
{
    tell(stage, host, TRACE_IKE_MESSAGE_SENT_EVENT,
         &(struct trace_ike_message_sent){
             .spi_i = 1, .message_id = 5, .transmission = 1, .payloads = payloads},
         now);
}

static void response(struct stage *stage, int host, uint64_t now)
{
    tell(stage, host, TRACE_IKE_MESSAGE_RECEIVED_EVENT,
         &(struct trace_ike_message_received){
             .spi_i = 1, .message_id = 5, .response = true, .payloads = "SK{SA Nr TSi TSr}"},
         now);
}

static uint64_t lose(struct stage *stage, uint64_t sent_at, uint64_t now)
{
    uint64_t before = total(stage, SCENARIO_COUNT_PACKETS_LOST_IN_REKEY);
    uint64_t identity = enter_at(stage, ALICE, "x", sent_at);
    sim_engine_run(stage->engine, now, UINT64_MAX);
    end(stage, identity);
    return total(stage, SCENARIO_COUNT_PACKETS_LOST_IN_REKEY) - before;
}

static void a_rekey_lasts_from_its_request_to_the_answer_of_the_delete(void **state)
{
    struct stage *stage = stage_new("");
    (void)state;
    request(stage, GW, "SK{SA Ni TSi TSr}", 1 * MS); /* a further CHILD SA is no rekey */
    assert_int_equal(lose(stage, 1 * MS, 2 * MS), 0);
    uint64_t across = enter_at(stage, GW, "x", 3 * MS);
    request(stage, GW, "SK{N(REKEY_SA) SA Ni TSi TSr}", 10 * MS);
    assert_int_equal(lose(stage, 4 * MS, 11 * MS), 1); /* under way when it begins */
    response(stage, GW, 20 * MS);
    tell(stage, GW, TRACE_IKE_CHILD_REKEYED_EVENT,
         &(struct trace_ike_child_rekeyed){.spi_i = 1, .by = "self", .old_spi_in = 77}, 20 * MS);
    tell(stage, ALICE, TRACE_IKE_CHILD_REKEYED_EVENT,
         &(struct trace_ike_child_rekeyed){.spi_i = 1, .by = "peer", .old_spi_in = 88}, 20 * MS);
    assert_int_equal(lose(stage, 21 * MS, 22 * MS), 1);
    tell(stage, ALICE, TRACE_IKE_CHILD_REMOVED_EVENT,
         &(struct trace_ike_child_removed){.spi_i = 1, .spi_in = 88}, 25 * MS);
    assert_int_equal(lose(stage, 26 * MS, 27 * MS), 1); /* the answer is still under way */
    tell(stage, GW, TRACE_IKE_CHILD_REMOVED_EVENT,
         &(struct trace_ike_child_removed){.spi_i = 1, .spi_in = 77}, 30 * MS);
    assert_int_equal(lose(stage, 29 * MS, 40 * MS), 1); /* sent before its end */
    assert_int_equal(lose(stage, 31 * MS, 40 * MS), 0);
    /* It was on its way all the time, and is late besides. */
    leave_at(stage, ALICE, across, "x", 200 * MS);
    assert_int_equal(total(stage, SCENARIO_COUNT_PACKETS_LATE_IN_REKEY), 1);
    assert_int_equal(total(stage, SCENARIO_COUNT_PACKETS_LOST_IN_REKEY), 4);
    stage_free(stage);
}

static void a_rekey_that_is_refused_is_over(void **state)
{
    struct stage *stage = stage_new("");
    (void)state;
    request(stage, GW, "SK{N(REKEY_SA) SA Ni TSi TSr}", 10 * MS);
    response(stage, GW, 20 * MS); /* TEMPORARY_FAILURE, say: no CHILD SA follows */
    assert_int_equal(lose(stage, 15 * MS, 21 * MS), 1);
    assert_int_equal(lose(stage, 22 * MS, 23 * MS), 0);
    request(stage, GW, "SK{N(REKEY_SA) SA Ni TSi TSr}", 30 * MS);
    assert_int_equal(lose(stage, 31 * MS, 32 * MS), 1);
    tell(stage, GW, TRACE_IKE_STATE_EVENT,
         &(struct trace_ike_state){.spi_i = 1, .from = "ESTABLISHED", .to = "CLOSED"}, 40 * MS);
    assert_int_equal(lose(stage, 41 * MS, 42 * MS), 0);
    stage_free(stage);
}

static void counts_are_kept_by_host(void **state)
{
    struct stage *stage = stage_new("");
    (void)state;
    enter(stage, ALICE, "one");
    enter(stage, GW, "two");
    enter(stage, GW, "three");
    assert_int_equal(observer_count(stage->observer, SCENARIO_COUNT_INNER_PACKETS_SENT, "alice"),
                     1);
    assert_int_equal(observer_count(stage->observer, SCENARIO_COUNT_INNER_PACKETS_SENT, "gw"), 2);
    assert_int_equal(total(stage, SCENARIO_COUNT_INNER_PACKETS_SENT), 3);
    stage_free(stage);
}

/* ---- IKE messages ---- */

static void write_header(uint8_t bytes[IKE_HEADER_LEN], uint8_t exchange, bool response,
                         uint32_t message_id)
{
    memset(bytes, 0, IKE_HEADER_LEN);
    bytes[18] = exchange; /* RFC 7296 §3.1 */
    bytes[19] = response ? 0x20 : 0x08;
    for (int i = 0; i < 4; i++) {
        bytes[20 + i] = (uint8_t)(message_id >> (24 - 8 * i));
    }
}

static void say(struct stage *stage, int host, uint64_t identity, bool response)
{
    uint8_t bytes[IKE_HEADER_LEN];
    write_header(bytes, IKE_EXCHANGE_INFORMATIONAL, response, 1);
    stage->watch.message_sent(stage->observer, stage->nodes[host], identity,
                              crypto_bytes(bytes, sizeof bytes));
}

static void a_message_is_its_sender_and_its_identity(void **state)
{
    struct stage *stage = stage_new("");
    (void)state;
    say(stage, ALICE, 7, false);
    say(stage, ALICE, 7, false);
    say(stage, ALICE, 8, false);
    say(stage, GW, 7, true);
    assert_int_equal(total(stage, SCENARIO_COUNT_IKE_TRANSMISSIONS), 4);
    assert_int_equal(total(stage, SCENARIO_COUNT_IKE_RETRANSMISSIONS), 1);
    assert_int_equal(total(stage, SCENARIO_COUNT_IKE_REQUESTS_SENT), 2);
    stage_free(stage);
}

static void a_message_that_is_taken_for_new_again_is_counted_once(void **state)
{
    struct stage *stage = stage_new("");
    const struct net_port *alice = node_port(stage->nodes[ALICE]);
    const struct net_port *gw = node_port(stage->nodes[GW]);
    (void)state;
    for (int i = 0; i < 3; i++) {
        stage->watch.message_accepted(stage->observer, stage->nodes[GW], alice, 7,
                                      (struct crypto_bytes){0});
    }
    stage->watch.message_accepted(stage->observer, stage->nodes[GW], alice, 8,
                                  (struct crypto_bytes){0});
    stage->watch.message_accepted(stage->observer, stage->nodes[ALICE], gw, 7,
                                  (struct crypto_bytes){0});
    assert_int_equal(total(stage, SCENARIO_COUNT_MESSAGES_ACCEPTED_TWICE), 1);
    assert_int_equal(observer_count(stage->observer, SCENARIO_COUNT_MESSAGES_ACCEPTED_TWICE, "gw"),
                     1);
    stage_free(stage);
}

/* A message in fragments is one, whichever datagram makes it whole (RFC 7383). */
static void a_message_in_fragments_is_known_by_its_first(void **state)
{
    struct stage *stage = stage_new("");
    const struct net_port *alice = node_port(stage->nodes[ALICE]);
    uint8_t fragment[40] = {[16] = 53, [33] = 3, [35] = 3};
    (void)state;
    stage->watch.message_accepted(stage->observer, stage->nodes[GW], alice, 9,
                                  crypto_bytes(fragment, sizeof fragment));
    fragment[33] = 1;
    stage->watch.message_accepted(stage->observer, stage->nodes[GW], alice, 7,
                                  crypto_bytes(fragment, sizeof fragment));
    assert_int_equal(total(stage, SCENARIO_COUNT_MESSAGES_ACCEPTED_TWICE), 1);
    stage_free(stage);
}

/* Far more messages than the table begins with: it grows and forgets nothing. */
static void many_messages_are_told_apart(void **state)
{
    enum { MANY = 5000 };
    struct stage *stage = stage_new("");
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < MANY; i++) {
            say(stage, ALICE, i << 32 | 1, false);
        }
    }
    assert_int_equal(total(stage, SCENARIO_COUNT_IKE_REQUESTS_SENT), MANY);
    assert_int_equal(total(stage, SCENARIO_COUNT_IKE_RETRANSMISSIONS), MANY);
    stage_free(stage);
}

/* ---- SAs ---- */

static bool check(const struct stage *stage, size_t i)
{
    char why[200];
    return observer_check(stage->observer, &stage->scenario->expects[i], why, sizeof why);
}

static void a_child_is_there_while_one_of_its_name_is_installed(void **state)
{
    struct stage *stage = stage_new("expect:\n"
                                    "  - {host: gw, child: net, is: established}\n"
                                    "  - {host: gw, child: net, is: absent}\n"
                                    "  - {host: alice, child: net, is: established}\n");
    struct node *gw = stage->nodes[GW];
    (void)state;
    assert_false(check(stage, 0));
    assert_true(check(stage, 1));
    stage->watch.child_installed(stage->observer, gw, "net", false);
    stage->watch.child_installed(stage->observer, gw, "net", false); /* as in a rekey */
    stage->watch.child_removed(stage->observer, gw, "net");
    assert_true(check(stage, 0));
    assert_false(check(stage, 1));
    assert_false(check(stage, 2)); /* the other end has none */
    stage->watch.child_removed(stage->observer, gw, "net");
    assert_false(check(stage, 0));
    assert_int_equal(total(stage, SCENARIO_COUNT_CHILD_SAS_INSTALLED), 2);
    stage_free(stage);
}

static void an_ike_sa_is_there_while_one_with_that_peer_is(void **state)
{
    struct stage *stage = stage_new("expect:\n"
                                    "  - {host: alice, ike: gw, is: established}\n"
                                    "  - {host: gw, ike: alice, is: absent}\n");
    struct node *alice = stage->nodes[ALICE];
    const struct net_port *gw = node_port(stage->nodes[GW]);
    (void)state;
    stage->watch.sa_established(stage->observer, alice, gw);
    stage->watch.sa_established(stage->observer, alice, gw);
    stage->watch.sa_gone(stage->observer, alice, gw);
    assert_true(check(stage, 0));
    assert_true(check(stage, 1));
    stage->watch.sa_gone(stage->observer, alice, gw);
    assert_false(check(stage, 0));
    assert_int_equal(total(stage, SCENARIO_COUNT_IKE_SAS_ESTABLISHED), 2);
    stage_free(stage);
}

static void counts_are_compared_at_both_ends(void **state)
{
    struct stage *stage =
        stage_new("expect:\n"
                  "  - {count: inner_packets_sent, equals: 2}\n"
                  "  - {count: inner_packets_sent, at_least: 2}\n"
                  "  - {count: inner_packets_sent, at_most: 2}\n"
                  "  - {count: inner_packets_sent, host: alice, at_least: 1, at_most: 2}\n");
    static const bool expected[4][4] = {{false, false, true, false},
                                        {false, false, true, true},
                                        {true, true, true, true},
                                        {false, true, false, false}};
    (void)state;
    for (int sent = 0; sent < 4; sent++) {
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(check(stage, i), expected[sent][i]);
        }
        enter(stage, ALICE, "x");
    }
    stage_free(stage);
}

/* ---- the script ---- */

struct datagram {
    int from;
    bool esp;
    uint8_t exchange;
    bool response;
    uint32_t message_id;
    uint64_t identity;
};

/* Sends a datagram as a node and the network do; returns what the script does to it. */
static struct net_intervention pass(struct stage *stage, const struct datagram *d)
{
    struct net_port *port = node_port(stage->nodes[d->from]);
    struct net_path *path = net_path_find(port, &node_port(stage->nodes[1 - d->from])->address);
    struct net_datagram *datagram = net_datagram_new(stage->net, path, IKE_HEADER_LEN);
    write_header(datagram->bytes, d->exchange, d->response, d->message_id);
    datagram->protocol = d->esp ? NET_PROTOCOL_ESP : NET_PROTOCOL_UDP;
    datagram->message_identity = d->identity;
    if (!d->esp) {
        stage->watch.message_sent(stage->observer, stage->nodes[d->from], d->identity,
                                  crypto_bytes(datagram->bytes, datagram->len));
    }
    struct net_intervention result = stage->net_watch.intervene(stage->observer, datagram);
    net_datagram_free(datagram);
    return result;
}

static const struct datagram auth_request = {
    .from = ALICE, .exchange = IKE_EXCHANGE_IKE_AUTH, .message_id = 1, .identity = 5};
static const struct datagram auth_response = {.from = GW,
                                              .exchange = IKE_EXCHANGE_IKE_AUTH,
                                              .response = true,
                                              .message_id = 1,
                                              .identity = 5};
static const struct datagram esp_packet = {.from = ALICE, .esp = true};

static void each_key_of_a_match_excludes_others(void **state)
{
    static const struct {
        const char *on;
        bool request, response, esp;
    } rows[] = {
        {"{exchange: IKE_AUTH}", true, true, false},
        {"{exchange: IKE_SA_INIT}", false, false, false},
        {"{exchange: ESP}", false, false, true},
        {"{from: alice}", true, false, false}, /* any IKE exchange */
        {"{to: alice}", false, true, false},
        {"{from: alice, exchange: ESP}", false, false, true},
        {"{message: request}", true, false, false},
        {"{message: response}", false, true, false},
        {"{message_id: 1}", true, true, false},
        {"{message_id: 0}", false, false, false},
        {"{transmission: 1}", true, true, false},
        {"{transmission: 2}", false, false, false},
        {"{exchange: IKE_AUTH, message: request, from: alice, to: gw, message_id: 1}", true, false,
         false},
        {"{exchange: IKE_AUTH, message: request, from: gw}", false, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[200];
        snprintf(line, sizeof line, "script:\n  - {do: drop, on: %s}\n", rows[i].on);
        struct stage *stage = stage_new(line);
        print_message("%s\n", rows[i].on);
        assert_int_equal(pass(stage, &auth_request).drop, rows[i].request);
        assert_int_equal(pass(stage, &auth_response).drop, rows[i].response);
        assert_int_equal(pass(stage, &esp_packet).drop, rows[i].esp);
        stage_free(stage);
    }
}

static void nth_counts_the_matches_of_its_own_line(void **state)
{
    struct stage *stage =
        stage_new("script:\n"
                  "  - {do: drop, on: {from: alice}, nth: 2}\n"
                  "  - {do: duplicate, on: {exchange: IKE_AUTH, message: request}, nth: 3}\n"
                  "  - {do: delay, by: 5ms, on: {exchange: ESP}}\n"
                  "  - {do: delay, by: 2ms, on: {exchange: ESP}, nth: 2}\n");
    (void)state;
    for (uint32_t i = 1; i <= 4; i++) {
        struct net_intervention request = pass(stage, &auth_request);
        assert_int_equal(request.drop, i == 2);
        assert_int_equal(request.duplicate, i == 3);
        assert_int_equal(request.delay, 0);
        assert_false(pass(stage, &auth_response).drop);
        struct net_intervention esp = pass(stage, &esp_packet);
        assert_int_equal(esp.delay, i == 2 ? 7 * MS : 5 * MS);
        assert_false(esp.drop);
    }
    stage_free(stage);
}

static void transmissions_are_counted_by_message(void **state)
{
    struct stage *stage =
        stage_new("script:\n  - {do: drop, on: {message: request, transmission: 2}}\n");
    struct datagram other = auth_request;
    other.identity = 6;
    other.message_id = 2;
    (void)state;
    assert_false(pass(stage, &auth_request).drop);
    assert_false(pass(stage, &other).drop);
    assert_true(pass(stage, &auth_request).drop);
    assert_false(pass(stage, &auth_request).drop);
    assert_true(pass(stage, &other).drop);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_that_comes_out_again_is_counted_once_as_delivered_twice),
        cmocka_unit_test(a_packet_with_other_bytes_is_altered),
        cmocka_unit_test(a_packet_is_lost_when_no_copy_of_it_is_left),
        cmocka_unit_test(a_packet_is_late_that_takes_longer_than_its_traffic_allows),
        cmocka_unit_test(a_rekey_lasts_from_its_request_to_the_answer_of_the_delete),
        cmocka_unit_test(a_rekey_that_is_refused_is_over),
        cmocka_unit_test(counts_are_kept_by_host),
        cmocka_unit_test(a_message_is_its_sender_and_its_identity),
        cmocka_unit_test(a_message_that_is_taken_for_new_again_is_counted_once),
        cmocka_unit_test(a_message_in_fragments_is_known_by_its_first),
        cmocka_unit_test(many_messages_are_told_apart),
        cmocka_unit_test(a_child_is_there_while_one_of_its_name_is_installed),
        cmocka_unit_test(an_ike_sa_is_there_while_one_with_that_peer_is),
        cmocka_unit_test(counts_are_compared_at_both_ends),
        cmocka_unit_test(each_key_of_a_match_excludes_others),
        cmocka_unit_test(nth_counts_the_matches_of_its_own_line),
        cmocka_unit_test(transmissions_are_counted_by_message),
    };
    return cmocka_run_group_tests(tests, support_setup, support_teardown);
}
