/* Checksums behind a NAT (RFC 3948 §3.1.2; conformance M06): one that fitted the addresses of the
 * sender fits those of the header afterwards, computed anew from all octets by the test. */
#include "esp/checksum.h"

#include <arpa/inet.h>

#include "tests/esp/support.h"

enum { TCP = 6, UDP = 17, ICMP = 1, ICMPV6 = 58 };

struct ends {
    const char *source, *destination;
};

/* As the sender sees them, and as they arrive. */
static const struct ends sent_4 = {"192.168.1.10", "203.0.113.77"};
static const struct ends seen_4 = {"203.0.113.5", "10.9.0.2"};
static const struct ends sent_6 = {"fd00::a", "2001:db8::1"};
static const struct ends seen_6 = {"2001:db8::5", "fd00:9::2"};

static uint8_t family_of(const struct ends *ends)
{
    return strchr(ends->source, ':') ? 6 : 4;
}

static void put_addresses(const struct ends *ends, uint8_t *source, uint8_t *destination)
{
    int family = family_of(ends) == 4 ? AF_INET : AF_INET6;
    assert_int_equal(inet_pton(family, ends->source, source), 1);
    assert_int_equal(inet_pton(family, ends->destination, destination), 1);
}

/* RFC 1071 over the pseudo-header (RFC 768, RFC 8200 §8.1) and the payload: 0xffff if it fits. */
static uint32_t sum_all(const struct ends *ends, uint8_t protocol, const uint8_t *payload,
                        size_t len)
{
    uint8_t addresses[32] = {0};
    size_t each = family_of(ends) == 4 ? 4 : 16;
    uint32_t sum = protocol + (uint32_t)len;
    put_addresses(ends, addresses, addresses + each);
    for (size_t i = 0; i < 2 * each; i++) {
        sum += (uint32_t)addresses[i] << (i % 2 ? 0 : 8);
    }
    for (size_t i = 0; i < len; i++) {
        sum += (uint32_t)payload[i] << (i % 2 ? 0 : 8);
    }
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

struct packet {
    uint8_t bytes[40 + 200];
    struct esp_front front;
    uint8_t *payload;
    size_t len;
};

/* Drawn octets with the checksum of a sender who sees `sent`, behind a header that says `seen`. */
static void make(struct packet *packet, const struct ends *sent, const struct ends *seen,
                 uint8_t protocol, size_t checksum_at, size_t len, uint64_t *random)
{
    bool ipv4 = family_of(seen) == 4;
    size_t header = ipv4 ? 20 : 40;
    uint8_t *at = packet->bytes + (ipv4 ? 12 : 8);
    *packet = (struct packet){.len = len};
    packet->front = (struct esp_front){ipv4 ? 4 : 6, header, ipv4 ? 9 : 6, protocol};
    packet->payload = packet->bytes + header;
    put_addresses(seen, at, at + (ipv4 ? 4 : 16));
    for (size_t i = 0; i < len; i++) {
        packet->payload[i] = (uint8_t)test_random(random);
    }
    if (checksum_at) {
        packet->payload[checksum_at] = packet->payload[checksum_at + 1] = 0;
        uint32_t sum = ~sum_all(sent, protocol, packet->payload, len) & 0xffff;
        sum = sum == 0 && protocol == UDP ? 0xffff : sum;
        packet->payload[checksum_at] = (uint8_t)(sum >> 8);
        packet->payload[checksum_at + 1] = (uint8_t)sum;
    }
}

static void fix(struct packet *packet, const struct ends *sent, uint8_t protocol)
{
    struct esp_outer real = {.family = family_of(sent)};
    put_addresses(sent, real.remote, real.local);
    esp_checksum_fix(packet->bytes, &packet->front, protocol, packet->len, &real);
}

static void m06_the_checksum_fits_the_addresses_that_arrived_3_1_2(void **state)
{
    static const struct {
        uint8_t protocol;
        size_t at;
    } kinds[] = {{TCP, 16}, {UDP, 6}, {ICMPV6, 2}};
    uint64_t random = test_seed();
    struct packet packet;
    (void)state;
    for (int i = 0; i < 2000; i++) {
        size_t k = (size_t)i % 3;
        bool ipv4 = kinds[k].protocol != ICMPV6 && i % 2;
        const struct ends *sent = ipv4 ? &sent_4 : &sent_6, *seen = ipv4 ? &seen_4 : &seen_6;
        size_t len = 20 + test_random(&random) % 100;
        make(&packet, sent, seen, kinds[k].protocol, kinds[k].at, len, &random);
        fix(&packet, sent, kinds[k].protocol);
        assert_int_equal(sum_all(seen, kinds[k].protocol, packet.payload, len), 0xffff);
    }
}

/* One that was wrong stays wrong: the receiver's stack is to find that, not ESP to hide it. */
static void a_wrong_checksum_is_not_made_right(void **state)
{
    uint64_t random = test_seed();
    struct packet packet;
    (void)state;
    make(&packet, &sent_4, &seen_4, TCP, 16, 60, &random);
    packet.payload[30] ^= 1;
    fix(&packet, &sent_4, TCP);
    assert_int_not_equal(sum_all(&seen_4, TCP, packet.payload, 60), 0xffff);
}

static void what_has_no_checksum_over_addresses_stays_as_it_is(void **state)
{
    uint64_t random = test_seed();
    struct packet packet, before;
    (void)state;
    make(&packet, &sent_4, &seen_4, ICMP, 0, 60, &random);
    before = packet;
    fix(&packet, &sent_4, ICMP);
    assert_memory_equal(packet.bytes, before.bytes, sizeof packet.bytes);
    make(&packet, &sent_4, &seen_4, UDP, 0, 60, &random);
    packet.payload[6] = packet.payload[7] = 0; /* its sender has made none (RFC 768) */
    before = packet;
    fix(&packet, &sent_4, UDP);
    assert_memory_equal(packet.bytes, before.bytes, sizeof packet.bytes);
    make(&packet, &sent_4, &seen_4, TCP, 0, 17, &random); /* ends in the checksum */
    before = packet;
    fix(&packet, &sent_4, TCP);
    assert_memory_equal(packet.bytes, before.bytes, sizeof packet.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(m06_the_checksum_fits_the_addresses_that_arrived_3_1_2),
        cmocka_unit_test(a_wrong_checksum_is_not_made_right),
        cmocka_unit_test(what_has_no_checksum_over_addresses_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
