/* An AH packet: what its ICV covers, and the ICV (RFC 4302 §3.3.3). */
#include <string.h>

#include "esp/ah.h"
#include "ui/keys/build.h"
#include "ui/memory.h"

enum { HIGH_LEN = 4 };

/* The whole packet with zeros for the ICV and for what routers change, and behind it the high half
 * of an extended sequence number, which is 0 in a first packet. */
static struct crypto_bytes cover(struct keys_build *build, struct crypto_bytes packet,
                                 const struct esp_front *front, size_t icv_len, bool esn)
{
    size_t len = packet.len + (esn ? HIGH_LEN : 0);
    uint8_t *out = keys_keep(build->pool, ui_resize(NULL, len));

    memset(out, 0, len);
    memcpy(out, packet.data, packet.len);
    esp_ah_cover(packet.data, front, out);
    memset(out + front->len + AH_HEADER_LEN, 0, icv_len);
    return crypto_bytes(out, len);
}

static struct crypto_bytes whole_packet(struct keys_build *build, const struct keys_child *child)
{
    size_t header_len = child->packet_header.len, len = header_len + child->packet_bytes.len;
    uint8_t *whole = keys_keep(build->pool, ui_resize(NULL, len));

    memcpy(whole, child->packet_header.data, header_len);
    memcpy(whole + header_len, child->packet_bytes.data, child->packet_bytes.len);
    return crypto_bytes(whole, len);
}

static bool has_esn(const char *suite)
{
    size_t len = suite ? strlen(suite) : 0;
    return len > 4 && strcmp(suite + len - 4, "-esn") == 0;
}

static void add_steps(struct keys_build *build, const struct keys_child *child,
                      struct crypto_bytes packet, const struct esp_front *front,
                      const struct crypto_transform *integ)
{
    const struct trace_ike_child_keys *keys = child->keys;
    bool out = child->packet_side == child->side, esn = has_esn(keys->suite);
    struct crypto_bytes covered = cover(build, packet, front, integ->icv_len, esn);
    const char *text = keys_hex(build->pool, covered);
    struct keys_step *step = keys_add(
        build, KEYS_ESP, keys_print(build->pool, "%s: AH packet", keys->child ? keys->child : "?"),
        keys_hex(build->pool, packet), KEYS_ANYBODY, NULL, "RFC 4302 §2");

    step->meaning = keys_print(
        build->pool,
        "From %s to %s, with its IP header: SPI %08x, sequence number %llu, and the payload in the "
        "clear. The key is the one of this SPI.",
        build->story->host[child->packet_side], build->story->host[1 - child->packet_side],
        child->packet->spi, (unsigned long long)child->packet->sequence);
    step = keys_add(build, KEYS_ESP, "what the ICV covers", text, KEYS_ANYBODY, NULL,
                    "RFC 4302 §3.3.3.1");
    step->formula = keys_print(build->pool, "IP header | AH | payload%s",
                               esn ? " | 00000000, the high half of the sequence number" : "");
    step->meaning =
        "With zeros for what routers change in the header (RFC 4302 appendix A), and for "
        "the ICV itself.";
    step = keys_add(build, KEYS_ESP, "ICV",
                    keys_hex(build->pool, crypto_bytes(packet.data + front->len + AH_HEADER_LEN,
                                                       integ->icv_len)),
                    KEYS_BOTH, "SK_d, and with it KEYMAT", integ->rfc);
    step->formula =
        keys_print(build->pool, "first %u octets of MAC(the integrity key, what the ICV covers)",
                   integ->icv_len);
    step->meaning =
        "Whoever has the key sees by it that nobody else made the packet or changed it.";
    step->command = keys_command_hmac(
        build->pool, integ, keys_hex_of(build->pool, out ? keys->integ_out : keys->integ_in), text,
        integ->icv_len);
}

void keys_add_ah(struct keys_build *build, const struct keys_child *child)
{
    const struct crypto_transform *integ = keys_transform(CRYPTO_INTEG, child->keys->integ);
    struct esp_front front;

    if (child->packet_header.len == 0 || !integ || !integ->computed) {
        return;
    }
    struct crypto_bytes packet = whole_packet(build, child);
    if (esp_front_read(packet, &front) == ESP_OK &&
        packet.len >= front.len + AH_HEADER_LEN + integ->icv_len) {
        add_steps(build, child, packet, &front, integ);
    }
}
