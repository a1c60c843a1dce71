/* Traffic selector narrowing (RFC 7296 §2.9): one table of offer, policy and result. */
#include <stdio.h>

#include "ike/selectors.h"
#include "tests/ike/pair.h"

static struct ike_selector with_port(const char *text, uint8_t protocol, uint16_t start,
                                     uint16_t end)
{
    struct ike_selector s = pair_selector(text);

    s.ip_protocol = protocol;
    s.start_port = start;
    s.end_port = end;
    return s;
}

/* "10.1.0.0/24[tcp/80-90] ..." is what ike_selectors_print writes; here it is read back. */
static size_t read_list(const char *text, struct ike_selector *list)
{
    char copy[256], *save = NULL;
    size_t count = 0;

    snprintf(copy, sizeof(copy), "%s", text);
    for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        char *bracket = strchr(word, '[');
        unsigned protocol = 0, start = 0, end = UINT16_MAX;

        if (bracket) {
            *bracket = '\0';
            if (sscanf(bracket + 1, "%u/%u-%u]", &protocol, &start, &end) == 2) {
                end = start;
            }
        }
        list[count++] = with_port(word, (uint8_t)protocol, (uint16_t)start, (uint16_t)end);
    }
    return count;
}

static const struct {
    const char *id, *offered, *policy, *narrowed;
} rows[] = {
    {"I01 equal", "10.1.0.0/24", "10.1.0.0/24", "10.1.0.0/24"},
    {"I02 offer wider", "10.0.0.0/8", "10.1.0.0/24", "10.1.0.0/24"},
    {"I02 policy wider", "10.1.0.0/24", "10.0.0.0/8", "10.1.0.0/24"},
    {"overlap", "10.1.0.0-10.1.0.99", "10.1.0.50-10.1.0.200", "10.1.0.50..10.1.0.99"},
    {"one address", "10.1.0.7/32", "10.1.0.0/24", "10.1.0.7/32"},
    {"touching ends", "10.1.0.0-10.1.0.9", "10.1.0.9-10.1.0.20", "10.1.0.9/32"},
    {"I04 disjoint", "10.1.0.0/24", "10.2.0.0/24", ""},
    {"I04 neighbours", "10.1.0.0/25", "10.1.0.128/25", ""},
    {"I03 packet's selector first", "10.1.0.7/32[6/80] 10.0.0.0/8", "10.1.0.0/24",
     "10.1.0.7/32[tcp/80] 10.1.0.0/24"},
    {"two of two", "10.1.0.0/24 10.3.0.0/24", "10.0.0.0/8", "10.1.0.0/24 10.3.0.0/24"},
    {"one of two", "10.1.0.0/24 10.3.0.0/24", "10.3.0.0/16", "10.3.0.0/24"},
    {"policy of two", "10.0.0.0/8", "10.1.0.0/24 10.3.0.0/24", "10.1.0.0/24 10.3.0.0/24"},
    {"nothing twice", "10.1.0.0/24 10.1.0.0/25", "10.0.0.0/8", "10.1.0.0/24"},
    {"any protocol offered", "10.1.0.0/24", "10.1.0.0/24[17/53]", "10.1.0.0/24[udp/53]"},
    {"any protocol allowed", "10.1.0.0/24[17/53]", "10.1.0.0/24", "10.1.0.0/24[udp/53]"},
    {"other protocol", "10.1.0.0/24[6/53]", "10.1.0.0/24[17/53]", ""},
    {"ports overlap", "10.1.0.0/24[6/1000-2000]", "10.1.0.0/24[6/1500-9000]",
     "10.1.0.0/24[tcp/1500-2000]"},
    {"ports disjoint", "10.1.0.0/24[6/1-2]", "10.1.0.0/24[6/3-4]", ""},
    {"I08 OPAQUE within ANY", "10.1.0.0/24[6/65535-0]", "10.1.0.0/24", "10.1.0.0/24[tcp/opaque]"},
    {"I08 OPAQUE is no port", "10.1.0.0/24[6/65535-0]", "10.1.0.0/24[6/80]", ""},
    {"I08 OPAQUE is OPAQUE", "10.1.0.0/24[6/65535-0]", "10.1.0.0/24[6/65535-0]",
     "10.1.0.0/24[tcp/opaque]"},
    {"I08 ICMP type 8, any code", "10.1.0.0/24[1/2048-2303]", "10.1.0.0/24",
     "10.1.0.0/24[icmp/2048-2303]"},
    {"I07 start above end", "10.1.0.9-10.1.0.1", "10.1.0.0/24", ""},
};

static void the_responder_narrows_to_what_both_want_2_9(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ike_selector offered[8], policy[8], narrowed[IKE_SELECTORS_MAX];
        size_t offered_count = read_list(rows[i].offered, offered);
        size_t policy_count = read_list(rows[i].policy, policy);
        size_t count = ike_selectors_narrow(offered, offered_count, policy, policy_count, narrowed);
        char text[512];

        ike_selectors_print(narrowed, count, text, sizeof(text));
        if (strcmp(text, rows[i].narrowed) != 0) {
            fail_msg("%s: \"%s\" instead of \"%s\"", rows[i].id, text, rows[i].narrowed);
        }
        /* Whatever the responder makes of it, the initiator can accept. */
        assert_int_equal(ike_selectors_within(narrowed, count, offered, offered_count), count > 0);
        assert_int_equal(ike_selectors_within(narrowed, count, policy, policy_count), count > 0);
    }
}

/* I06 */
static void the_initiator_accepts_subsets_only_2_9(void **state)
{
    static const struct {
        const char *answered, *offered;
        bool good;
    } checks[] = {
        {"10.1.0.0/24", "10.1.0.0/24", true},
        {"10.1.0.0/25", "10.1.0.0/24", true},
        {"10.1.0.0/23", "10.1.0.0/24", false},
        {"10.1.0.0/24[6/80]", "10.1.0.0/24", true},
        {"10.1.0.0/24", "10.1.0.0/24[6/80]", false},
        {"10.1.0.0/24[17/80]", "10.1.0.0/24[6/80]", false},
        {"10.1.0.0/24 10.9.0.0/24", "10.1.0.0/24", false},
        {"10.1.0.0/24 10.9.0.0/24", "10.1.0.0/24 10.9.0.0/16", true},
        {"", "10.1.0.0/24", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        struct ike_selector answered[8], offered[8];
        size_t answered_count = read_list(checks[i].answered, answered);
        size_t offered_count = read_list(checks[i].offered, offered);

        assert_int_equal(ike_selectors_within(answered, answered_count, offered, offered_count),
                         checks[i].good);
    }
}

/* I11 */
static void ipv4_and_ipv6_do_not_mix_and_unknown_types_select_nothing_2_9(void **state)
{
    struct ike_selector v4 = pair_selector("0.0.0.0/0");
    struct ike_selector v6 = {.type = IKE_TS_IPV6_ADDR_RANGE, .end_port = UINT16_MAX};
    struct ike_selector label = {.type = IKE_TS_SECLABEL, .end_port = UINT16_MAX}, both;
    struct ike_selector offered[3] = {label, v6, v4}, narrowed[IKE_SELECTORS_MAX];
    char text[128];

    (void)state;
    memset(v6.end, 0xff, sizeof(v6.end));
    offered[1] = v6;
    assert_false(ike_selector_intersect(&v4, &v6, &both));
    assert_false(ike_selector_intersect(&label, &label, &both));
    assert_int_equal(ike_selectors_narrow(offered, 3, offered, 3, narrowed), 2);
    ike_selectors_print(narrowed, 2, text, sizeof(text));
    assert_string_equal(text, "::/0 0.0.0.0/0");
}

static void more_selectors_than_a_payload_holds_are_cut_off(void **state)
{
    struct ike_selector offered[16], policy[16], narrowed[IKE_SELECTORS_MAX];

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        offered[i] = with_port("10.0.0.0/8", 6, (uint16_t)(1000 * i), (uint16_t)(1000 * i + 500));
        policy[i] = pair_selector("10.0.0.0/8");
        policy[i].start[1] = policy[i].end[1] = (uint8_t)i;
    }
    assert_int_equal(ike_selectors_narrow(offered, 16, policy, 16, narrowed), IKE_SELECTORS_MAX);
}

static void words_longer_than_their_room_are_cut_off(void **state)
{
    struct ike_selector list[2] = {pair_selector("10.1.0.0/24"), pair_selector("10.2.0.0/24")};
    char text[16];

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(ike_selectors_print(list, 2, text, 14), 23);
    assert_string_equal(text, "10.1.0.0/24 1");
    assert_int_equal(text[14], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_responder_narrows_to_what_both_want_2_9),
        cmocka_unit_test(the_initiator_accepts_subsets_only_2_9),
        cmocka_unit_test(ipv4_and_ipv6_do_not_mix_and_unknown_types_select_nothing_2_9),
        cmocka_unit_test(more_selectors_than_a_payload_holds_are_cut_off),
        cmocka_unit_test(words_longer_than_their_room_are_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
