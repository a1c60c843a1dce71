/* Values with units: exact, bounded, and printed as they are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/net/address.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/values.h"

static struct arena arena;

static int dispose(void **state)
{
    (void)state;
    arena_dispose(&arena);
    return 0;
}

static void durations_are_exact_nanoseconds(void **state)
{
    static const struct {
        const char *text;
        uint64_t ns;
        const char *printed;
    } cases[] = {
        {"0s", 0, "0s"},
        {"1ns", 1, "1ns"},
        {"40ms", 40000000, "40ms"},
        {"1.5s", 1500000000, "1500ms"},
        {"0.000000001s", 1, "1ns"},
        {"0.1us", 100, "100ns"},
        {"90m", UINT64_C(5400000000000), "90m"},
        {"120m", UINT64_C(7200000000000), "2h"},
        {"4h", UINT64_C(14400000000000), "4h"},
        {"1d", UINT64_C(86400000000000), "1d"},
        {"36500d", UINT64_C(3153600000000000000), "36500d"},
        {"3153600000000000000ns", UINT64_C(3153600000000000000), "36500d"},
        {"3153599999.999999999s", UINT64_C(3153599999999999999), "3153599999999999999ns"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct values_reader reader = {.arena = &arena};
        uint64_t ns = 7, again = 8;
        assert_null(values_read_duration(&reader, cases[i].text, &ns));
        assert_int_equal(ns, cases[i].ns);
        const char *printed = values_print_duration(&arena, ns);
        assert_string_equal(printed, cases[i].printed);
        assert_null(values_read_duration(&reader, printed, &again));
        assert_int_equal(again, ns);
    }
}

static void durations_that_are_none_are_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "s",
        "40",
        "40 ms",
        "40MS",
        "-1s",
        "+1s",
        "1e3s",
        "1.s",
        ".5s",
        "0.1ns",
        "1,5s",
        "1s ",
        "0x10s",
        "36501d",
        "18446744073709551616ns",
        "18446744073709551615d",
        "999999999999999999999999s",
        "36500.000000000001d",
        "1.0000000000000s",
        "1h30m",
        "infs",
        "nans",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct values_reader reader = {.arena = &arena};
        uint64_t ns = 7;
        if (!values_read_duration(&reader, cases[i], &ns)) {
            fail_msg("'%s' was read as %llu ns", cases[i], (unsigned long long)ns);
        }
        assert_int_equal(ns, 7);
        assert_true(reader.at <= strlen(cases[i]));
    }
}

static void probabilities_are_exact_fractions(void **state)
{
    static const struct {
        const char *text;
        net_probability p;
        const char *printed;
    } cases[] = {
        {"0%", 0, "0%"},
        {"0.0%", 0, "0%"},
        {"50%", UINT64_C(1) << 63, "50%"},
        {"25%", UINT64_C(1) << 62, "25%"},
        {"30%", UINT64_C(5534023222112865484), "30%"}, /* floor(0.3 * 2^64) */
        {"1%", UINT64_C(184467440737095516), "1%"},
        {"0.01%", UINT64_C(1844674407370955), "0.01%"},
        {"99.999999999999%", UINT64_C(18446744073709367148), "99.999999999999%"},
        {"0.000000000001%", UINT64_C(184467), "0.000000000001%"},
        {"12.5000%", UINT64_C(1) << 61, "12.5%"},
        {"100%", UINT64_MAX, "100%"},
        {"100.000%", UINT64_MAX, "100%"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct values_reader reader = {.arena = &arena};
        net_probability p = 7, again = 8;
        assert_null(values_read_probability(&reader, cases[i].text, &p));
        assert_int_equal(p, cases[i].p);
        const char *printed = values_print_probability(&arena, p);
        assert_string_equal(printed, cases[i].printed);
        assert_null(values_read_probability(&reader, printed, &again));
        assert_int_equal(again, p);
    }
    static const char *const wrong[] = {"1", "-1%", "101%", "100.000000000001%", "1 %", "%", "1%%"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct values_reader reader = {.arena = &arena};
        net_probability p = 7;
        assert_non_null(values_read_probability(&reader, wrong[i], &p));
        assert_int_equal(p, 7);
    }
}

static void factors_have_three_decimals(void **state)
{
    struct values_reader reader = {.arena = &arena};
    uint64_t thousandths = 0;
    (void)state;
    assert_null(values_read_factor(&reader, "1.8", &thousandths));
    assert_int_equal(thousandths, 1800);
    assert_string_equal(values_print_factor(&arena, 1800), "1.8");
    assert_null(values_read_factor(&reader, "2", &thousandths));
    assert_int_equal(thousandths, 2000);
    assert_string_equal(values_print_factor(&arena, 2000), "2");
    assert_string_equal(values_print_factor(&arena, 1001), "1.001");
    assert_non_null(values_read_factor(&reader, "1.8001", &thousandths));
    assert_non_null(values_read_factor(&reader, "18446744073709551615", &thousandths));
}

static void epochs_follow_the_gregorian_calendar(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2000-02-29T12:00:00Z", INT64_C(951825600)},
        {"2025-01-01T00:00:00Z", INT64_C(1735689600)},
        {"2038-01-19T03:14:08Z", INT64_C(2147483648)},
        {"2100-03-01T00:00:00Z", INT64_C(4107542400)},
        {"2024-12-31T23:59:59Z", INT64_C(1735689599)},
        {"2200-01-01T00:00:00Z", VALUES_EPOCH_MAX},
    };
    static const char *const wrong[] = {
        "2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z",  "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z", "2025-01-00T00:00:00Z",  "2025-04-31T00:00:00Z",
        "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z",  "2025-01-01T00:00:60Z",
        "2025-01-01T00:00:00",  "2025-01-01 00:00:00Z",  "1969-12-31T23:59:59Z",
        "2200-01-01T00:00:01Z", "20250-01-01T00:00:00Z", "",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct values_reader reader = {.arena = &arena};
        int64_t seconds = -1;
        assert_null(values_read_epoch(&reader, cases[i].text, &seconds));
        assert_int_equal(seconds, cases[i].seconds);
        assert_string_equal(values_print_epoch(&arena, seconds), cases[i].text);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct values_reader reader = {.arena = &arena};
        int64_t seconds = -1;
        assert_non_null(values_read_epoch(&reader, wrong[i], &seconds));
    }
}

/* RFC 7296 §3.13.1: a range of addresses, one protocol or any, a range of ports. */
static void selectors_are_ranges_with_protocol_and_ports(void **state)
{
    static const struct {
        const char *text, *start, *end;
        uint8_t protocol;
        uint16_t start_port, end_port;
        const char *printed, *first;
    } cases[] = {
        {"10.1.0.0/24", "10.1.0.0", "10.1.0.255", 0, 0, 65535, "10.1.0.0/24", "10.1.0.1"},
        {"10.1.0.7/32", "10.1.0.7", "10.1.0.7", 0, 0, 65535, "10.1.0.7/32", "10.1.0.7"},
        {"10.1.0.7", "10.1.0.7", "10.1.0.7", 0, 0, 65535, "10.1.0.7/32", "10.1.0.7"},
        {"10.1.0.6/31", "10.1.0.6", "10.1.0.7", 0, 0, 65535, "10.1.0.6/31", "10.1.0.6"},
        {"10.1.0.1-10.1.0.9", "10.1.0.1", "10.1.0.9", 0, 0, 65535, "10.1.0.1-10.1.0.9", "10.1.0.1"},
        {"0.0.0.0/0", "0.0.0.0", "255.255.255.255", 0, 0, 65535, "0.0.0.0/0", "0.0.0.1"},
        {"10.1.0.0-10.1.0.255", "10.1.0.0", "10.1.0.255", 0, 0, 65535, "10.1.0.0/24", "10.1.0.1"},
        {"10.1.0.0/24[tcp/80]", "10.1.0.0", "10.1.0.255", 6, 80, 80, "10.1.0.0/24[tcp/80]",
         "10.1.0.1"},
        {"10.1.0.0/24[udp]", "10.1.0.0", "10.1.0.255", 17, 0, 65535, "10.1.0.0/24[udp]",
         "10.1.0.1"},
        {"10.1.0.0/24[17/1024-65535]", "10.1.0.0", "10.1.0.255", 17, 1024, 65535,
         "10.1.0.0/24[udp/1024-65535]", "10.1.0.1"},
        {"10.1.0.0/24[47]", "10.1.0.0", "10.1.0.255", 47, 0, 65535, "10.1.0.0/24[47]", "10.1.0.1"},
        {"10.1.0.0/24[icmp]", "10.1.0.0", "10.1.0.255", 1, 0, 65535, "10.1.0.0/24[icmp]",
         "10.1.0.1"},
        {"10.1.0.0/24[any]", "10.1.0.0", "10.1.0.255", 0, 0, 65535, "10.1.0.0/24", "10.1.0.1"},
        {"10.1.0.0/24[tcp/any]", "10.1.0.0", "10.1.0.255", 6, 0, 65535, "10.1.0.0/24[tcp]",
         "10.1.0.1"},
        {"fd00:1::/64", "fd00:1::", "fd00:1::ffff:ffff:ffff:ffff", 0, 0, 65535, "fd00:1::/64",
         "fd00:1::1"},
        {"fd00::1", "fd00::1", "fd00::1", 0, 0, 65535, "fd00::1/128", "fd00::1"},
        {"fc00::/7", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0, 0, 65535, "fc00::/7",
         "fc00::1"},
        {"::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0, 0, 65535, "::/0", "::1"},
        {"fd00::1-fd00::9[ipv6-icmp]", "fd00::1", "fd00::9", 58, 0, 65535,
         "fd00::1-fd00::9[ipv6-icmp]", "fd00::1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct values_reader reader = {.arena = &arena};
        struct ike_selector selector, again;
        char text[NET_ADDRESS_TEXT];
        struct net_address start, end, first;
        assert_null(values_read_selector(&reader, cases[i].text, &selector));
        assert_int_equal(selector.type, strchr(cases[i].text, ':') ? IKE_TS_IPV6_ADDR_RANGE
                                                                   : IKE_TS_IPV4_ADDR_RANGE);
        values_selector_range(&selector, &start, &end);
        assert_string_equal(net_address_print(&start, text), cases[i].start);
        assert_string_equal(net_address_print(&end, text), cases[i].end);
        assert_int_equal(selector.ip_protocol, cases[i].protocol);
        assert_int_equal(selector.start_port, cases[i].start_port);
        assert_int_equal(selector.end_port, cases[i].end_port);
        first = values_first_usable(&selector);
        assert_string_equal(net_address_print(&first, text), cases[i].first);
        assert_true(values_selector_holds(&selector, &first));
        const char *printed = values_print_selector(&arena, &selector);
        assert_string_equal(printed, cases[i].printed);
        assert_null(values_read_selector(&reader, printed, &again));
        assert_memory_equal(&again, &selector, sizeof selector);
    }
}

static void a_network_has_hosts_between_its_first_address_and_its_last(void **state)
{
    static const char *const cases[][2] = {
        {"10.3.0.0/24", "10.3.0.1-10.3.0.254"},
        {"10.3.0.0-10.3.0.255", "10.3.0.1-10.3.0.254"},
        {"10.0.0.0/8", "10.0.0.1-10.255.255.254"},
        {"10.3.0.4/30", "10.3.0.5-10.3.0.6"},
        {"10.3.0.4/31", "10.3.0.4/31"},
        {"10.3.0.4", "10.3.0.4/32"},
        {"10.3.0.0-10.3.0.254", "10.3.0.0-10.3.0.254"},
        {"fd00:3::/64", "fd00:3::1-fd00:3::ffff:ffff:ffff:fffe"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct values_reader reader = {.arena = &arena};
        struct ike_selector selector;
        assert_null(values_read_selector(&reader, cases[i][0], &selector));
        for (int again = 0; again < 2; again++) {
            values_selector_keep_hosts(&selector);
            assert_string_equal(values_print_selector(&arena, &selector), cases[i][1]);
        }
    }
}

static void what_is_no_selector_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "10.1.0.0/",
        "10.1.0.0/24/1",
        "fd00::/129",
        "fd00:1::/16",
        "fd00::1-10.1.0.1",
        "10.1.0.1-fd00::1",
        "fd00::9-fd00::1",
        "fd00::1%eth0",
        "fd00:::1",
        "10.1.0.0-",
        "10.1.0.0/24[",
        "[]",
        "10.1.0.0/24[]",
        "10.1.0.0/24[tcp/]",
        "10.1.0.0/24[tcp/65536]",
        "10.1.0.0/24[tcp/9-8]",
        "10.1.0.0/24[256]",
        "10.1.0.0/24[0]",
        "10.1.0.0/24[47/1]",
        "10.1.0.0/24[tcp/80]x",
        "10.1.0.0/999999",
        "10.1.0.0/24[any/80]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct values_reader reader = {.arena = &arena};
        struct ike_selector selector;
        if (!values_read_selector(&reader, wrong[i], &selector)) {
            fail_msg("'%s' was read", wrong[i]);
        }
        assert_true(reader.at <= strlen(wrong[i]));
    }
}

/* RFC 7296 §3.5, in strongSwan's way to write them. */
static void identities_have_the_type_of_their_text(void **state)
{
    static const struct {
        const char *text;
        uint8_t type;
        const char *data;
        size_t len;
    } cases[] = {
        {"gw.example.org", IKE_ID_FQDN, "gw.example.org", 14},
        {"@gw", IKE_ID_FQDN, "gw", 2},
        {"alice@example.org", IKE_ID_RFC822_ADDR, "alice@example.org", 17},
        {"192.0.2.10", IKE_ID_IPV4_ADDR, "\xc0\x00\x02\x0a", 4},
        {"2001:db8::1", IKE_ID_IPV6_ADDR, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16},
        {"keyid:blue", IKE_ID_KEY_ID, "blue", 4},
        {"fqdn:192.0.2.10", IKE_ID_FQDN, "192.0.2.10", 10},
        {"email:alice", IKE_ID_RFC822_ADDR, "alice", 5},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct values_reader reader = {.arena = &arena};
        struct ike_identity identity;
        assert_null(values_read_identity(&reader, cases[i].text, &identity));
        assert_int_equal(identity.type, cases[i].type);
        assert_int_equal(identity.data.len, cases[i].len);
        assert_memory_equal(identity.data.data, cases[i].data, cases[i].len);
        assert_string_equal(identity.text, cases[i].text);
    }
    struct values_reader reader = {.arena = &arena};
    struct ike_identity identity;
    assert_non_null(values_read_identity(&reader, "", &identity));
    assert_non_null(values_read_identity(&reader, "@", &identity));
    assert_non_null(values_read_identity(&reader, "keyid:", &identity));
    assert_non_null(values_read_identity(&reader, "CN=gw", &identity));
}

static void secrets_are_text_or_hexadecimal(void **state)
{
    static const struct {
        const char *text, *octets;
        size_t len;
        const char *printed;
    } cases[] = {
        {"correct horse", "correct horse", 13, "correct horse"},
        {"0x00ff", "\x00\xff", 2, "0x00ff"},
        {"0x616263", "abc", 3, "abc"},
        /* Octets that spell "0xab" must not be printed as text, which would read as one octet. */
        {"0x30786162", "0xab", 4, "0x30786162"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct values_reader reader = {.arena = &arena};
        struct crypto_bytes secret;
        assert_null(values_read_secret(&reader, cases[i].text, &secret));
        assert_int_equal(secret.len, cases[i].len);
        assert_memory_equal(secret.data, cases[i].octets, cases[i].len);
        assert_string_equal(values_print_secret(&arena, secret), cases[i].printed);
    }
}

static void a_word_is_near_by_damerau_and_levenshtein(void **state)
{
    (void)state;
    assert_int_equal(nearest_distance("window", "window"), 0);
    assert_int_equal(nearest_distance("widnow", "window"), 2);  /* neighbours swapped: one edit */
    assert_int_equal(nearest_distance("windo", "window"), 2);   /* left out */
    assert_int_equal(nearest_distance("windoww", "window"), 2); /* put in */
    assert_int_equal(nearest_distance("wandow", "window"), 2);  /* exchanged */
    assert_int_equal(nearest_distance("Window", "window"), 1);  /* case counts half */
    assert_int_equal(nearest_distance("", "abc"), 6);
    assert_int_equal(nearest_distance("ca", "abc"), 6); /* no edit within a swapped pair */

    struct nearest nearest = {.word = "dely"};
    nearest_consider(&nearest, "jitter");
    assert_null(nearest.found);
    nearest_consider(&nearest, "delay");
    assert_string_equal(nearest.found, "delay");
    nearest_consider(&nearest, "relay");
    assert_string_equal(nearest.found, "delay");
    struct nearest other_case = {.word = "ike_sa_init"};
    nearest_consider(&other_case, "IKE_SA_INIT");
    assert_string_equal(other_case.found, "IKE_SA_INIT");
    struct nearest single = {.word = "x"};
    nearest_consider(&single, "y");
    assert_null(single.found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_exact_nanoseconds),
        cmocka_unit_test(durations_that_are_none_are_refused),
        cmocka_unit_test(probabilities_are_exact_fractions),
        cmocka_unit_test(factors_have_three_decimals),
        cmocka_unit_test(epochs_follow_the_gregorian_calendar),
        cmocka_unit_test(selectors_are_ranges_with_protocol_and_ports),
        cmocka_unit_test(a_network_has_hosts_between_its_first_address_and_its_last),
        cmocka_unit_test(what_is_no_selector_is_refused),
        cmocka_unit_test(identities_have_the_type_of_their_text),
        cmocka_unit_test(secrets_are_text_or_hexadecimal),
        cmocka_unit_test(a_word_is_near_by_damerau_and_levenshtein),
    };
    return cmocka_run_group_tests(tests, NULL, dispose);
}
