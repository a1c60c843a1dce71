/* AH (RFC 4302; conformance N01, N02, N03, N09): the header, what the ICV covers of the headers in
 * front, and that it is what OpenSSL's HMAC gives over octets put together by hand. */
#include <openssl/evp.h>

#include "esp/ah.h"
#include "tests/esp/support.h"

#define ALICE "192.0.2.10"
#define GW "198.51.100.1"

enum { ICV_AT = AH_HEADER_LEN };

static struct kind ah(bool transport, uint16_t integ)
{
    return (struct kind){.integ = integ, .transport = transport, .family = 4, .window = 64};
}

/* HMAC under alice's key to gw, by OpenSSL alone. */
static void hmac_of(struct rig *rig, const char *digest, const uint8_t *data, size_t len,
                    uint8_t *out)
{
    struct crypto_packet_key in = esp_pair_key(pair_of(&rig->gw, GW_SPI), ESP_KEY_IN);
    const struct crypto_packet_key *key = &in;
    size_t out_len;
    assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, digest, NULL, key->integ_key, key->integ_key_len,
                              data, len, out, EVP_MAX_MD_SIZE, &out_len));
}

static void the_packet_is_laid_out_as_in_the_rfc(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(ah(true, CRYPTO_INTEG_HMAC_SHA1_96));
    struct sealed packet, got;
    uint8_t inner[100], cover[160], icv[EVP_MAX_MD_SIZE];
    inner_packet(inner, 57, 6, ALICE, GW);
    inner[1] = 0xb8; /* DSCP */
    inner[6] = 0x40; /* DF */
    fix_checksum(inner);

    assert_int_equal(seal_ip(rig, crypto_bytes(inner, 57), &packet), ESP_OK);
    assert_string_equal(rig->alice.seen.protocol, "AH");
    assert_string_equal(rig->alice.seen.mode, "transport");
    static const uint8_t header[12] = {6,    4, 0, 0,              /* TCP; 24 octets: 6 - 2 */
                                       0x60, 0, 0, 1, 0, 0, 0, 1}; /* GW_SPI, number 1 */
    assert_int_equal(packet.len, 57 + 24);
    assert_memory_equal(packet.data + 20, header, sizeof header);
    assert_memory_equal(packet.data + 44, inner + 20, 37);

    /* §3.3.3.1.1: TOS, flags, offset, TTL and checksum are zeros, and so is the ICV. */
    memcpy(cover, packet.data, packet.len);
    cover[1] = cover[6] = cover[7] = cover[8] = cover[10] = cover[11] = 0;
    memset(cover + 20 + ICV_AT, 0, 12);
    hmac_of(rig, "SHA1", cover, packet.len, icv);
    assert_memory_equal(packet.data + 20 + ICV_AT, icv, 12);

    assert_int_equal(open_ip_copy(rig, &packet, &got), ESP_OK);
    assert_int_equal(got.len, 57);
    assert_memory_equal(got.data, inner, 57);
    assert_string_equal(rig->gw.seen.protocol, "AH");
    rig_free(rig);
}

/* §2.6: the ICV is filled up so that AH is a multiple of 4 octets in IPv4, of 8 in IPv6. */
static void every_icv_has_its_length(void **state)
{
    (void)state;
    static const struct {
        uint16_t integ;
        uint8_t icv, in_ipv4, in_ipv6; /* octets of ICV; of AH */
    } rows[] = {
        {CRYPTO_INTEG_HMAC_SHA1_96, 12, 24, 24},      {CRYPTO_INTEG_AES_XCBC_96, 12, 24, 24},
        {CRYPTO_INTEG_AES_CMAC_96, 12, 24, 24},       {CRYPTO_INTEG_HMAC_SHA1_160, 20, 32, 32},
        {CRYPTO_INTEG_HMAC_SHA2_256_128, 16, 28, 32}, {CRYPTO_INTEG_HMAC_SHA2_384_192, 24, 36, 40},
        {CRYPTO_INTEG_HMAC_SHA2_512_256, 32, 44, 48},
    };
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof *rows); i++) {
        bool ipv6 = i % 2;
        struct rig *rig = rig_new_kind(ah(true, rows[i / 2].integ));
        struct sealed packet, got;
        uint8_t inner[100];
        size_t front = ipv6 ? 40 : 20, len = ipv6 ? rows[i / 2].in_ipv6 : rows[i / 2].in_ipv4;
        struct crypto_bytes sent = ipv6
                                       ? inner_packet_6(inner, 80, 17, "2001:db8::a", "2001:db8::1")
                                       : inner_packet(inner, 80, 17, ALICE, GW);
        if (!ipv6) {
            fix_checksum(inner);
        }
        assert_int_equal(seal_ip(rig, sent, &packet), ESP_OK);
        assert_int_equal(packet.len, 80 + len);
        assert_int_equal(packet.data[front + 1], len / 4 - 2);
        for (size_t at = front + ICV_AT + rows[i / 2].icv; at < front + len; at++) {
            assert_int_equal(packet.data[at], 0);
        }
        assert_int_equal(open_ip_copy(rig, &packet, &got), ESP_OK);
        assert_memory_equal(got.data, sent.data, sent.len);
        rig_free(rig);
    }
}

/* What fills the ICV up may be anything, and is covered (§3.3.3.2.1). */
static void what_fills_the_icv_up_is_covered(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(ah(true, CRYPTO_INTEG_HMAC_SHA2_256_128));
    struct sealed packet;
    uint8_t inner[80];
    inner_packet_6(inner, 80, 17, "2001:db8::a", "2001:db8::1");
    assert_int_equal(seal_ip(rig, crypto_bytes(inner, 80), &packet), ESP_OK);
    packet.data[40 + 31] ^= 1;
    assert_int_equal(open_ip_copy(rig, &packet, NULL), ESP_BAD_ICV);
    rig_free(rig);
}

/* Turns each bit of a header by itself: only those that may change on the way are let through. */
static void try_bits(struct rig *rig, struct crypto_bytes sent, size_t front,
                     const uint8_t *mutable_bits)
{
    for (size_t bit = 0; bit < 8 * front; bit++) {
        struct sealed packet;
        uint8_t mask = (uint8_t)(0x80 >> bit % 8);
        assert_int_equal(seal_ip(rig, sent, &packet), ESP_OK);
        packet.data[bit / 8] ^= mask;
        bool taken = open_ip_copy(rig, &packet, NULL) == ESP_OK;
        if (taken != ((mutable_bits[bit / 8] & mask) != 0)) {
            fail_msg("bit %zu of octet %zu: %s", bit % 8, bit / 8, taken ? "taken" : "refused");
        }
    }
}

static void only_the_mutable_fields_of_ipv4_may_change(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(ah(true, CRYPTO_INTEG_HMAC_SHA2_256_128));
    uint8_t inner[100];
    /* TOS; reserved flag and DF; TTL; checksum. MF and the offset make it a fragment. Behind the
     * header there is AH: all of it is covered. */
    uint8_t bits[20 + 12] = {[1] = 0xff, [6] = 0xc0, [8] = 0xff, [10] = 0xff, [11] = 0xff};
    inner_packet(inner, 60, 17, ALICE, GW);
    fix_checksum(inner);
    try_bits(rig, crypto_bytes(inner, 60), sizeof bits, bits);
    rig_free(rig);
}

static void mutable_options_of_ipv4_are_zeros_as_a_whole(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(ah(true, CRYPTO_INTEG_HMAC_SHA1_96));
    static const uint8_t options[20] = {
        0x94, 4, 0, 0,             /* Router Alert: immutable */
        7,    7, 4, 0, 0, 0, 0, 1, /* Record Route, No Operation */
        0x82, 3, 9,                /* Security */
        68,   4, 5, 0,             /* Time Stamp */
        0,                         /* End of Options List */
    };
    uint8_t inner[100];
    uint8_t bits[40] = {[1] = 0xff, [6] = 0xc0, [8] = 0xff, [10] = 0xff, [11] = 0xff};
    inner_packet(inner, 90, 17, ALICE, GW);
    inner[0] = 0x4a;
    memcpy(inner + 20, options, sizeof options);
    fix_checksum(inner);
    memset(bits + 20 + 6, 0xff, 5);
    memset(bits + 20 + 17, 0xff, 2);
    /* Types and lengths of mutable options decide what is what: they are left out here. */
    for (size_t bit = 0; bit < 8 * sizeof bits; bit++) {
        struct sealed packet;
        size_t at = bit / 8;
        uint8_t mask = (uint8_t)(0x80 >> bit % 8);
        if (at == 24 || at == 25 || at == 35 || at == 36) {
            continue;
        }
        assert_int_equal(seal_ip(rig, crypto_bytes(inner, 90), &packet), ESP_OK);
        packet.data[at] ^= mask;
        bool taken = open_ip_copy(rig, &packet, NULL) == ESP_OK;
        if (taken != ((bits[at] & mask) != 0)) {
            fail_msg("bit %zu of octet %zu: %s", bit % 8, at, taken ? "taken" : "refused");
        }
    }
    rig_free(rig);
}

/* §3.3.3.1.1.1: a source route ends where the packet is going, and the sender knows. */
static void a_source_route_is_covered_as_it_will_end(void **state)
{
    (void)state;
    static const uint8_t route[12] = {131, 11, 4, 203, 0, 113, 1, 198, 51, 100, 1, 0};
    struct esp_front front;
    uint8_t sent[44], arrived[44], cover[44], at_the_end[44];
    inner_packet(sent, 44, 51, ALICE, "203.0.113.9"); /* to the first hop */
    sent[0] = 0x48;
    memcpy(sent + 20, route, sizeof route);
    memcpy(arrived, sent, sizeof arrived);
    memcpy(arrived + 16, route + 7, 4); /* the last hop is the destination now */
    arrived[22] = 12;                   /* and the route is used up */
    arrived[8] -= 2;
    assert_int_equal(esp_front_read(crypto_bytes(sent, 44), &front), ESP_OK);
    esp_ah_cover(sent, &front, cover);
    esp_ah_cover(arrived, &front, at_the_end);
    assert_memory_equal(cover, at_the_end, front.len);
}

static void only_the_mutable_fields_of_ipv6_may_change(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(ah(true, CRYPTO_INTEG_AES_CMAC_96));
    uint8_t inner[100];
    /* Traffic class, flow label, hop limit. */
    uint8_t bits[40 + 12] = {[0] = 0x0f, [1] = 0xff, [2] = 0xff, [3] = 0xff, [7] = 0xff};
    inner_packet_6(inner, 80, 17, "2001:db8::a", "2001:db8::1");
    try_bits(rig, crypto_bytes(inner, 80), sizeof bits, bits);
    rig_free(rig);
}

/* §A2: the third bit of an option's type says whether its data may change; type and length do
 * not. */
static void options_of_ipv6_say_whether_they_may_change(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(ah(true, CRYPTO_INTEG_HMAC_SHA1_160));
    static const uint8_t hop_by_hop[16] = {
        17,   1, 0x3e, 4, 1, 2, 3, 4, /* of an experiment, which may change */
        0x1e, 2, 5,    6,             /* and which may not */
        0,    1, 1,    0,             /* Pad1, PadN */
    };
    uint8_t inner[120];
    uint8_t bits[40 + 16] = {[0] = 0x0f, [1] = 0xff, [2] = 0xff, [3] = 0xff, [7] = 0xff};
    memset(bits + 40 + 4, 0xff, 4);
    inner_packet_6(inner, 40 + 16 + 24, 0, "2001:db8::a", "2001:db8::1");
    memcpy(inner + 40, hop_by_hop, sizeof hop_by_hop);
    try_bits(rig, crypto_bytes(inner, 80), sizeof bits, bits);
    rig_free(rig);
}

/* §A2: Routing of type 0 is covered as it will look at the receiver. */
static void a_routing_header_is_covered_as_it_will_end(void **state)
{
    (void)state;
    struct esp_front front;
    uint8_t sent[40 + 8 + 32], arrived[sizeof sent], cover[sizeof sent], at_the_end[sizeof sent];
    inner_packet_6(sent, sizeof sent, 43, "2001:db8::a", "2001:db8::b");
    memset(sent + 40, 0, 40);
    sent[40] = 51;
    sent[41] = 4; /* 32 octets of addresses */
    sent[43] = 2; /* both are still to be visited */
    sent[40 + 8 + 15] = 0xc;
    sent[40 + 24 + 15] = 0xd;
    memcpy(arrived, sent, sizeof sent);
    memcpy(arrived + 24, sent + 40 + 24, 16); /* the last one is the destination */
    memcpy(arrived + 40 + 8, sent + 24, 16);  /* b, then c have been */
    memcpy(arrived + 40 + 24, sent + 40 + 8, 16);
    arrived[43] = 0;
    assert_int_equal(esp_front_read(crypto_bytes(sent, sizeof sent), &front), ESP_OK);
    assert_int_equal(front.len, sizeof sent);
    esp_ah_cover(sent, &front, cover);
    esp_ah_cover(arrived, &front, at_the_end);
    assert_memory_equal(cover, at_the_end, front.len);
    assert_int_equal(cover[43], 0);
}

/* ---- tunnel mode ---- */

static void a_tunnel_has_a_header_of_its_ends(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct kind kind = ah(false, CRYPTO_INTEG_HMAC_SHA2_256_128);
        bool outer_6 = i / 2, inner_6 = i % 2;
        kind.family = outer_6 ? 6 : 4;
        struct rig *rig = rig_new_kind(kind);
        struct sealed packet, got;
        uint8_t inner[100];
        size_t front = outer_6 ? 40 : 20, ah_len = outer_6 ? 32 : 28;
        struct crypto_bytes sent =
            inner_6 ? inner_packet_6(inner, 90, 17, "2001:db8:1::5", "2001:db8:2::9")
                    : alice_packet(inner, 90);
        assert_int_equal(seal_ip(rig, sent, &packet), ESP_OK);
        assert_int_equal(packet.len, front + ah_len + 90);
        assert_int_equal(packet.data[0] >> 4, outer_6 ? 6 : 4);
        assert_int_equal(packet.data[outer_6 ? 6 : 9], 51);
        assert_int_equal(packet.data[front], inner_6 ? 41 : 4);
        assert_memory_equal(packet.data + front + ah_len, inner, 90);
        if (!outer_6) {
            static const uint8_t ends[8] = {192, 0, 2, 10, 198, 51, 100, 1};
            assert_memory_equal(packet.data + 12, ends, sizeof ends);
            uint8_t header[20];
            memcpy(header, packet.data, sizeof header);
            fix_checksum(header);
            assert_memory_equal(packet.data, header, sizeof header);
        }
        assert_int_equal(open_ip_copy(rig, &packet, &got), ESP_OK);
        assert_int_equal(got.len, 90);
        assert_memory_equal(got.data, inner, 90);

        /* Unlike ESP's, the ICV covers the outer addresses: nobody moves a tunnel's end. */
        assert_int_equal(seal_ip(rig, sent, &packet), ESP_OK);
        packet.data[front - 1] ^= 1;
        assert_int_equal(open_ip_copy(rig, &packet, NULL), ESP_BAD_ICV);
        rig_free(rig);
    }
}

static void i12_selectors_hold_inside_a_tunnel_of_ah(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(ah(false, CRYPTO_INTEG_HMAC_SHA1_96));
    struct esp_pair *gw = pair_of(&rig->gw, GW_SPI);
    struct sealed packet;
    uint8_t inner[60];
    assert_int_equal(seal_ip(rig, alice_packet(inner, 60), &packet), ESP_OK);
    ((struct esp_range *)(uintptr_t)esp_pair_remote(gw).items)[0].ip_protocol = 6; /* it is UDP */
    assert_int_equal(open_ip_copy(rig, &packet, NULL), ESP_BAD_SELECTOR);
    rig_free(rig);
}

/* ---- numbers ---- */

static void n02_n03_n09_the_window_moves_for_authentic_packets_only(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(ah(true, CRYPTO_INTEG_AES_XCBC_96));
    struct sealed packets[100], forged;
    uint8_t inner[60];
    inner_packet(inner, 60, 17, ALICE, GW);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(seal_ip(rig, crypto_bytes(inner, 60), &packets[i]), ESP_OK);
        assert_int_equal(packets[i].data[20 + 11], i + 1); /* N01 */
    }
    assert_int_equal(open_ip_copy(rig, &packets[9], NULL), ESP_OK);
    forged = packets[99];
    forged.data[20 + ICV_AT + 11] ^= 1; /* the last bit of the ICV */
    assert_int_equal(open_ip_copy(rig, &forged, NULL), ESP_BAD_ICV);
    assert_int_equal(rig->gw.seen.right_edge, 10);
    assert_int_equal(open_ip_copy(rig, &packets[9], NULL), ESP_REPLAYED);
    assert_int_equal(open_ip_copy(rig, &packets[4], NULL), ESP_OK);
    assert_int_equal(open_ip_copy(rig, &packets[99], NULL), ESP_OK);
    assert_int_equal(open_ip_copy(rig, &packets[35], NULL), ESP_TOO_OLD);
    assert_int_equal(open_ip_copy(rig, &packets[36], NULL), ESP_OK);
    rig_free(rig);
}

/* §2.5.1: the high half is not sent; it is covered, behind the packet. */
static void n05_the_high_half_of_a_number_is_covered(void **state)
{
    (void)state;
    struct kind kind = ah(true, CRYPTO_INTEG_HMAC_SHA2_512_256);
    kind.esn = true;
    struct rig *rig = rig_new_kind(kind);
    uint64_t sequence = UINT64_C(0x1fffffffe);
    uint8_t inner[60], cover[200], icv[EVP_MAX_MD_SIZE];
    struct sealed packets[4];
    pair_of(&rig->alice, ALICE_SPI)->last_sequence = sequence;
    esp_replay_accept(&pair_of(&rig->gw, GW_SPI)->replay, sequence);
    inner_packet(inner, 60, 17, ALICE, GW);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(seal_ip(rig, crypto_bytes(inner, 60), &packets[i]), ESP_OK);
    }
    /* The second has 0x2'00000000. */
    memcpy(cover, packets[1].data, packets[1].len);
    cover[8] = cover[10] = cover[11] = 0;
    memset(cover + 20 + ICV_AT, 0, 32);
    memcpy(cover + packets[1].len, (const uint8_t[]){0, 0, 0, 2}, 4);
    hmac_of(rig, "SHA512", cover, packets[1].len + 4, icv);
    assert_memory_equal(packets[1].data + 20 + ICV_AT, icv, 32);
    assert_int_equal(open_ip_copy(rig, &packets[2], NULL), ESP_OK);
    assert_int_equal(rig->gw.seen.sequence, sequence + 3);
    assert_int_equal(open_ip_copy(rig, &packets[0], NULL), ESP_OK); /* back over the border */
    assert_int_equal(rig->gw.seen.sequence, sequence + 1);
    assert_int_equal(open_ip_copy(rig, &packets[1], NULL), ESP_OK);
    assert_int_equal(open_ip_copy(rig, &packets[1], NULL), ESP_REPLAYED);
    rig_free(rig);
}

/* ---- what is none ---- */

/* RFC 4301 §4.1: an SA is found by SPI and protocol. */
static void n12_an_spi_of_the_other_protocol_is_unknown(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(ah(true, CRYPTO_INTEG_HMAC_SHA1_96));
    struct rig *esp = rig_new_kind((struct kind){.transport = true, .window = 64});
    struct sealed packet;
    uint8_t inner[60];
    inner_packet(inner, 60, 17, ALICE, GW);
    assert_int_equal(seal_ip(rig, crypto_bytes(inner, 60), &packet), ESP_OK);
    assert_int_equal(open_ip_copy(esp, &packet, NULL), ESP_NO_SA);
    assert_string_equal(esp->gw.seen.protocol, "AH");
    assert_int_equal(seal_ip(esp, crypto_bytes(inner, 60), &packet), ESP_OK);
    assert_int_equal(open_ip_copy(rig, &packet, NULL), ESP_NO_SA);
    rig_free(esp);
    rig_free(rig);
}

static void packets_cut_short_are_refused(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(ah(true, CRYPTO_INTEG_HMAC_SHA2_256_128));
    uint8_t inner[60];
    inner_packet(inner, 60, 17, ALICE, GW);
    for (size_t len = 0; len < 88; len++) {
        struct sealed packet;
        assert_int_equal(seal_ip(rig, crypto_bytes(inner, 60), &packet), ESP_OK);
        assert_int_equal(packet.len, 88);
        packet.len = len;
        assert_int_not_equal(open_ip_copy(rig, &packet, NULL), ESP_OK);
        if (len >= 20) { /* a header that owns up to the cut */
            packet.data[2] = 0;
            packet.data[3] = (uint8_t)len;
            enum esp_verdict verdict = open_ip_copy(rig, &packet, NULL);
            assert_int_equal(verdict, len < 48 ? ESP_TOO_SHORT : ESP_BAD_ICV);
        }
    }
    rig_free(rig);
}

/* Nothing that was not sent is taken, whatever the octets. */
static void random_octets_are_never_authentic(void **state)
{
    (void)state;
    uint64_t chance = test_seed();
    struct rig *rig = rig_new_kind(ah(true, CRYPTO_INTEG_HMAC_SHA1_96));
    for (int i = 0; i < 50000; i++) {
        struct sealed packet;
        uint8_t inner[100];
        struct crypto_bytes sent =
            i % 2 ? inner_packet(inner, 100, 17, ALICE, GW)
                  : inner_packet_6(inner, 100, 0, "2001:db8::a", "2001:db8::1");
        if (i % 2 == 0) {
            memset(inner + 40, 0, 8);
            inner[40] = 17;
        }
        assert_int_equal(seal_ip(rig, sent, &packet), ESP_OK);
        size_t behind = (i % 2 ? 20 : 48);
        for (uint64_t n = 1 + test_random(&chance) % 4; n > 0; n--) {
            size_t at = test_random(&chance) % packet.len;
            packet.data[at] ^= (uint8_t)(1 + test_random(&chance) % 255);
        }
        size_t at = behind + test_random(&chance) % (packet.len - behind);
        packet.data[at] ^= 1;
        struct sealed got;
        if (open_ip_copy(rig, &packet, &got) == ESP_OK) {
            /* The changes have undone each other. */
            assert_memory_equal(got.data + got.len - (sent.len - behind), sent.data + behind,
                                sent.len - behind);
        }
    }
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_packet_is_laid_out_as_in_the_rfc),
        cmocka_unit_test(every_icv_has_its_length),
        cmocka_unit_test(what_fills_the_icv_up_is_covered),
        cmocka_unit_test(only_the_mutable_fields_of_ipv4_may_change),
        cmocka_unit_test(mutable_options_of_ipv4_are_zeros_as_a_whole),
        cmocka_unit_test(a_source_route_is_covered_as_it_will_end),
        cmocka_unit_test(only_the_mutable_fields_of_ipv6_may_change),
        cmocka_unit_test(options_of_ipv6_say_whether_they_may_change),
        cmocka_unit_test(a_routing_header_is_covered_as_it_will_end),
        cmocka_unit_test(a_tunnel_has_a_header_of_its_ends),
        cmocka_unit_test(i12_selectors_hold_inside_a_tunnel_of_ah),
        cmocka_unit_test(n02_n03_n09_the_window_moves_for_authentic_packets_only),
        cmocka_unit_test(n05_the_high_half_of_a_number_is_covered),
        cmocka_unit_test(n12_an_spi_of_the_other_protocol_is_unknown),
        cmocka_unit_test(packets_cut_short_are_refused),
        cmocka_unit_test(random_octets_are_never_authentic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
