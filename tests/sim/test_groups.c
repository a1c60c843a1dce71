/* Groups of a scenario: who their members are, whom they speak with, what is behind them. */
#include "scenario_support.h"

#include "ike/selectors.h"

#include "sim/scenario/values.h"

static const char group[] =
    "duration: 10s\n"
    "hosts:\n"
    "  - name: client\n"
    "    count: 5\n"
    "    address: 10.9.0.254\n"
    "    connect: gw\n"
    "    ike: {secret: s, id: c%d@example.org, remote_id: gw%d.example.org}\n"
    "    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/16]}]\n"
    "    traffic: [{child: net, source: 10.1.0.7}]\n"
    "  - name: gw\n"
    "    count: 2\n"
    "    ike: {secret: s, id: gw%d.example.org}\n"
    "    children: [{name: net, local_ts: [10.2.0.0/16], remote_ts: [10.0.0.0/8]}]\n"
    "  - {name: solo, ike: {secret: s}}\n"
    "links: [{between: [client, gw], delay: 5ms}]\n";

static const char pairs[] =
    "duration: 10s\n"
    "pairs: 3\n"
    "hosts:\n"
    "  - name: a\n"
    "    connect: b\n"
    "    ike: {secret: s}\n"
    "    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}]\n"
    "    traffic: [{child: net}]\n"
    "  - name: b\n"
    "    ike: {secret: s}\n"
    "    children: [{name: net, local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}]\n"
    "links: [{between: [a, b]}]\n";

#define ADDRESS(...) ((uint8_t[]){__VA_ARGS__})

static void members_have_names_addresses_and_identities_of_their_own(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(group);
    assert_int_equal(scenario->host_count, 8);
    const struct scenario_member *first = &scenario->hosts[0], *third = &scenario->hosts[2];
    assert_string_equal(first->name, "client-1");
    assert_string_equal(third->name, "client-3");
    assert_string_equal(scenario->hosts[6].name, "gw-2");
    assert_string_equal(scenario->hosts[7].name, "solo");
    assert_memory_equal(first->address.octets, ADDRESS(10, 9, 0, 254), 4);
    assert_memory_equal(third->address.octets, ADDRESS(10, 9, 1, 0), 4);
    assert_string_equal(first->self.identity.text, "c1@example.org");
    assert_string_equal(third->self.identity.text, "c3@example.org");
    assert_int_equal(third->self.identity.type, first->self.identity.type);
    scenario_free(scenario);
}

static void members_take_the_members_of_another_group_in_turn(void **state)
{
    (void)state;
    static const char *const peers[] = {"gw-1", "gw-2", "gw-1", "gw-2", "gw-1"};
    struct scenario *scenario = support_read(group);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(scenario->hosts[i].connect, peers[i]);
    }
    assert_string_equal(scenario->hosts[3].self.remote->text, "gw2.example.org");
    assert_int_equal(scenario->links[0].a_hosts.first, 0);
    assert_int_equal(scenario->links[0].a_hosts.count, 5);
    assert_int_equal(scenario->links[0].b_hosts.first, 5);
    assert_int_equal(scenario->links[0].b_hosts.count, 2);
    scenario_free(scenario);
}

/* Of the first CHILD SA, at one end of it. Good until the next call. */
static const struct ike_selector *selectors_of(const struct scenario_member *host, bool local)
{
    static struct ike_selector moved;
    const struct ike_child_policy *child = &host->host->policy.children[0];
    assert_true(ike_selectors_move(local ? child->local_ts : child->remote_ts, 1,
                                   local ? host->self.local_place : host->self.remote_place,
                                   &moved));
    return &moved;
}

static void networks_move_with_their_hosts(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(group);
    const struct scenario_member *fourth = &scenario->hosts[3], *gw = &scenario->hosts[6];
    assert_memory_equal(selectors_of(fourth, true)->start, ADDRESS(10, 1, 3, 0), 4);
    assert_memory_equal(selectors_of(fourth, true)->end, ADDRESS(10, 1, 3, 255), 4);
    assert_memory_equal(selectors_of(fourth, false)->start, ADDRESS(10, 3, 0, 0), 4); /* of gw-2 */
    assert_memory_equal(fourth->traffic[0].source.octets, ADDRESS(10, 1, 3, 7), 4);
    assert_memory_equal(fourth->traffic[0].destination.octets, ADDRESS(10, 3, 0, 1), 4);
    assert_memory_equal(selectors_of(gw, true)->start, ADDRESS(10, 3, 0, 0), 4);
    /* Whoever is spoken to by several takes what was written. */
    assert_memory_equal(selectors_of(gw, false)->start, ADDRESS(10, 0, 0, 0), 4);
    scenario_free(scenario);
}

static void ipv6_networks_and_addresses_move_too(void **state)
{
    (void)state;
    static const char text[] =
        "duration: 10s\n"
        "pairs: 3\n"
        "hosts:\n"
        "  - {name: a, address: \"2001:db8::fffe\", connect: b, ike: {secret: s},\n"
        "     children: [{name: n, local_ts: [\"fd00:0:0:fe::/63\"], remote_ts: [\"::/0\"]}]}\n"
        "  - {name: b, address: \"2001:db8:1::1\", ike: {secret: s},\n"
        "     children: [{name: n, local_ts: [\"::/0\"], remote_ts: [\"fd00:0:0:fe::/63\"]}]}\n"
        "links: [{between: [a, b]}]\n";
    struct scenario *scenario = support_read(text);
    const struct scenario_member *third = &scenario->hosts[2];
    char printed[NET_ADDRESS_TEXT];
    struct net_address start, end;
    assert_string_equal(net_address_print(&third->address, printed), "2001:db8::1:0");
    values_selector_range(selectors_of(third, true), &start, &end);
    assert_string_equal(net_address_print(&start, printed), "fd00:0:0:102::");
    assert_string_equal(net_address_print(&end, printed), "fd00::103:ffff:ffff:ffff:ffff");
    values_selector_range(selectors_of(third, false), &start, &end);
    assert_string_equal(net_address_print(&start, printed), "::");
    scenario_free(scenario);
}

static void pairs_share_nothing(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(pairs);
    assert_int_equal(scenario->host_count, 6);
    for (size_t i = 0; i < 3; i++) {
        const struct scenario_member *a = &scenario->hosts[i], *b = &scenario->hosts[3 + i];
        assert_string_equal(a->connect, b->name);
        assert_memory_equal(selectors_of(a, true)->start, ADDRESS(10, 1, (uint8_t)i, 0), 4);
        assert_memory_equal(selectors_of(b, false)->start, ADDRESS(10, 1, (uint8_t)i, 0), 4);
        assert_memory_equal(a->traffic[0].destination.octets, ADDRESS(10, 2, (uint8_t)i, 1), 4);
    }
    scenario_free(scenario);
}

static void another_member_changes_no_address(void **state)
{
    (void)state;
    struct scenario *few = support_read(pairs);
    uint8_t address[4];
    memcpy(address, few->hosts[1].address.octets, 4);
    scenario_free(few);
    struct scenario *more = support_read_set(pairs, (const char *const[]){"pairs=300", NULL});
    assert_memory_equal(more->hosts[1].address.octets, address, 4);
    scenario_free(more);
}

static void groups_are_printed_as_they_were_read(void **state)
{
    (void)state;
    static const char *const texts[] = {group, pairs};
    for (size_t i = 0; i < 2; i++) {
        struct scenario *scenario = support_read(texts[i]);
        char *once = scenario_print(scenario);
        scenario_free(scenario);
        scenario = support_read(once);
        char *twice = scenario_print(scenario);
        assert_string_equal(once, twice);
        assert_non_null(strstr(once, i == 0 ? "count: 5\n" : "pairs: 3\n"));
        scenario_free(scenario);
        free(once);
        free(twice);
    }
}

static void check_error(const char *text, const char *from, const char *to, const char *expected)
{
    char *changed = support_replace(text, from, to), *errors = NULL;
    size_t count = 0;
    support_write(changed, strlen(changed));
    struct scenario *scenario = scenario_read(SCENARIO_FILE, NULL, &errors, &count);
    if (scenario || strcmp(errors, expected) != 0) {
        fail_msg("expected %sfound    %s", expected, errors ? errors : "no error\n");
    }
    free(errors);
    free(changed);
}

static void what_cannot_be_is_told(void **state)
{
    (void)state;
    check_error(group, "c%d@", "c@",
                "f.yaml:7:26: id 'c@example.org' of 5 hosts; expected one that has %d where their "
                "number goes\n");
    check_error(group, "10.9.0.254", "223.255.255.254",
                "f.yaml:4:12: 5 hosts need more addresses than there are behind the first; "
                "expected smaller networks, or an address that leaves room\n");
    check_error(group, "name: solo", "name: gw-2",
                "f.yaml:14:5: 'gw-2' is also the name of one of a group; expected another name\n");
    check_error(group, "connect: gw", "connect: gw-2",
                "f.yaml:6:14: connect: 'gw-2' is one of a group; expected all of it, 'gw'\n");
    check_error(group, "delay: 5ms}]\n",
                "delay: 5ms}]\nexpect: [{host: client, child: net, is: established}]\n",
                "f.yaml:16:17: host: 'client' is a group of 5; expected one of client-1 to "
                "client-5\n");
    check_error(group, "delay: 5ms}]\n",
                "delay: 5ms}]\nexpect: [{host: client-6, child: net, is: established}]\n",
                "f.yaml:16:17: host: there is no host 'client-6'; expected one of client, gw, "
                "solo; did you mean 'client'?\n");
    check_error(pairs, "    connect: b\n", "",
                "f.yaml:2:8: pairs with 2 hosts; expected two hosts, one of which connects to the "
                "other\n");
    check_error(pairs, "  - name: b\n", "  - name: b\n    count: 3\n",
                "f.yaml:10:12: count beside pairs; expected one of the two\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_have_names_addresses_and_identities_of_their_own),
        cmocka_unit_test(members_take_the_members_of_another_group_in_turn),
        cmocka_unit_test(networks_move_with_their_hosts),
        cmocka_unit_test(ipv6_networks_and_addresses_move_too),
        cmocka_unit_test(pairs_share_nothing),
        cmocka_unit_test(another_member_changes_no_address),
        cmocka_unit_test(groups_are_printed_as_they_were_read),
        cmocka_unit_test(what_cannot_be_is_told),
    };
    return cmocka_run_group_tests(tests, support_setup, support_teardown);
}
