/* What the keys open: the IKE_AUTH request (RFC 7296 §3.14) and an ESP packet (RFC 4303 §2). */
#include <arpa/inet.h>
#include <string.h>

#include "ui/keys/build.h"
#include "ui/memory.h"

enum { ESP_AAD_LEN = 8, GCM_SALT_LEN = 4 };

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

static struct crypto_bytes part_of(struct crypto_bytes bytes, size_t at, size_t len)
{
    return crypto_bytes(bytes.data + at, len);
}

/* ---- IV, ICV, plaintext ---- */

/* The sequence number, of which the high half of a first packet is 0. */
static void add_implicit_iv(struct keys_build *build, const struct keys_sealed *sealed)
{
    const char *parts[] = {"00000000",
                           keys_hex(build->pool, part_of(sealed->packet, sealed->aad_len - 4, 4))};
    struct keys_step *step =
        keys_add(build, sealed->topic, "IV", keys_print(build->pool, "%s%s", parts[0], parts[1]),
                 KEYS_ANYBODY, NULL, sealed->encr->rfc);

    step->formula = "the sequence number in 64 bits";
    step->meaning =
        "Not sent: it never repeats under one key, and the receiver has it anyway, which "
        "spares 8 octets a packet. The nonce of the cipher is salt | IV.";
    step->command = keys_command_join(build->pool, parts, 2);
}

static void add_iv(struct keys_build *build, const struct keys_sealed *sealed)
{
    if (sealed->encr->implicit_iv) {
        add_implicit_iv(build, sealed);
        return;
    }
    const char *packet = keys_hex(build->pool, sealed->packet);
    size_t iv_len = sealed->encr->iv_len;
    struct keys_step *step =
        keys_add(build, sealed->topic, "IV",
                 keys_hex(build->pool, part_of(sealed->packet, sealed->aad_len, iv_len)),
                 KEYS_ANYBODY, NULL, sealed->encr->rfc);

    step->formula =
        keys_print(build->pool, "octets %zu to %zu", sealed->aad_len, sealed->aad_len + iv_len - 1);
    step->meaning = sealed->encr->aead
                        ? "Never the same twice with one key. The nonce of the cipher is salt | IV."
                        : "Unpredictable; the first block is mixed with it.";
    step->command = keys_command_cut(build->pool, packet, sealed->aad_len, iv_len);
}

static void add_icv(struct keys_build *build, const struct keys_sealed *sealed)
{
    size_t icv_len = sealed->integ->icv_len, covered = sealed->packet.len - icv_len;
    struct keys_step *step =
        keys_add(build, sealed->topic, "ICV",
                 keys_hex(build->pool, part_of(sealed->packet, covered, icv_len)), KEYS_BOTH,
                 sealed->lacks, sealed->integ->rfc);

    step->formula =
        keys_print(build->pool, "first %zu octets of MAC(%s, octets 0 to %zu%s)", icv_len,
                   sealed->integ_name, covered - 1,
                   sealed->high_behind ? " | 00000000, the high half of the sequence number" : "");
    step->meaning = keys_print(build->pool,
                               "The packet's last %zu octets. They are checked before anything is "
                               "decrypted.",
                               icv_len);
    step->command = keys_command_hmac(
        build->pool, sealed->integ, keys_hex_of(build->pool, sealed->integ_key),
        keys_print(build->pool, "%s%s", keys_hex(build->pool, part_of(sealed->packet, 0, covered)),
                   sealed->high_behind ? "00000000" : ""),
        icv_len);
}

static void add_plain_cbc(struct keys_build *build, const struct keys_sealed *sealed,
                          const char *plain)
{
    size_t at = sealed->aad_len + sealed->encr->iv_len;
    const char *iv =
        keys_hex(build->pool, part_of(sealed->packet, sealed->aad_len, sealed->encr->iv_len));
    const char *text = keys_hex(
        build->pool, part_of(sealed->packet, at, sealed->packet.len - at - sealed->integ->icv_len));
    struct keys_step *step = keys_add(build, sealed->topic, "decrypted", plain, KEYS_BOTH,
                                      sealed->lacks, sealed->reference);

    step->formula = keys_print(build->pool, "AES-CBC under %s, padding left on", sealed->encr_name);
    step->meaning = sealed->contents;
    step->command = keys_command_cbc(build->pool, sealed->key_bits,
                                     keys_hex_of(build->pool, sealed->encr_key), iv, text);
}

static void add_plain_gcm(struct keys_build *build, const struct keys_sealed *sealed,
                          const char *plain)
{
    size_t at = sealed->aad_len + sealed->encr->iv_len;
    const char *key = keys_hex_of(build->pool, sealed->encr_key);
    struct keys_step *step = keys_add(build, sealed->topic, "decrypted", plain, KEYS_BOTH,
                                      sealed->lacks, sealed->reference);

    step->formula =
        keys_print(build->pool, "AES-GCM under %s, octets 0 to %zu being associated data",
                   sealed->encr_name, sealed->aad_len - 1);
    step->meaning =
        keys_print(build->pool,
                   "%s The ICV, the last %u octets, is checked with it. openssl's command "
                   "line has no AEAD, so python3-cryptography does it.",
                   sealed->contents, sealed->encr->icv_len);
    step->command = keys_command_gcm(build->pool, key, sealed->encr_key.len,
                                     keys_hex(build->pool, sealed->packet), sealed->aad_len);
    step = keys_add(build, sealed->topic, "decrypted, ICV unchecked", plain, KEYS_BOTH,
                    sealed->lacks, sealed->reference);
    step->formula =
        keys_print(build->pool, "AES-CTR under %s from salt | IV | 00000002 on", sealed->encr_name);
    step->meaning =
        "GCM encrypts in counter mode, which openssl's command line has; block 1 belongs "
        "to the ICV.";
    step->command = keys_command_gcm_unchecked(
        build->pool, sealed->key_bits, key,
        keys_print(
            build->pool, "%s%s", key + 2 * (sealed->encr_key.len - GCM_SALT_LEN),
            keys_hex(build->pool, part_of(sealed->packet, sealed->aad_len, sealed->encr->iv_len))),
        keys_hex(build->pool,
                 part_of(sealed->packet, at, sealed->packet.len - at - sealed->encr->icv_len)));
}

void keys_add_sealed(struct keys_build *build, const struct keys_sealed *sealed,
                     struct crypto_bytes plain)
{
    const char *text = keys_hex(build->pool, plain);

    if (sealed->integ) {
        add_icv(build, sealed);
    }
    add_iv(build, sealed);
    if (sealed->integ && sealed->encr->id == CRYPTO_ENCR_AES_CBC) {
        add_plain_cbc(build, sealed, text);
    } else if (sealed->encr->id == CRYPTO_ENCR_AES_GCM_16) {
        add_plain_gcm(build, sealed, text);
    }
}

/* ---- the IKE_AUTH request ---- */

/* AUTH where it lies in what was decrypted. */
static void add_auth_inside(struct keys_build *build, const struct ike_message *parsed)
{
    const struct ike_payload *auth = ike_message_find(parsed, IKE_PAYLOAD_AUTH);

    if (!auth || auth->auth.data.len == 0) {
        return;
    }
    size_t at = (size_t)(auth->auth.data.data - parsed->decrypted.data);
    struct keys_step *step =
        keys_add(build, KEYS_MESSAGE, "AUTH inside", keys_hex(build->pool, auth->auth.data),
                 KEYS_BOTH, "SK_ei", "RFC 7296 §3.8");
    step->formula = keys_print(build->pool, "octets %zu to %zu of what was decrypted", at,
                               at + auth->auth.data.len - 1);
    step->meaning = keys_print(build->pool, "The AUTH of %s from above.", keys_host(build, 0));
    step->command = keys_command_cut(build->pool, keys_hex(build->pool, parsed->decrypted), at,
                                     auth->auth.data.len);
}

static void add_request(struct keys_build *build, const struct keys_message *message,
                        const struct ike_message *parsed)
{
    const struct trace_ike_keys_derived *keys = build->keys;
    const struct ike_payload *sk = &parsed->payloads[parsed->outer_count - 1];
    struct keys_step *step =
        keys_add(build, KEYS_MESSAGE, "IKE_AUTH request", keys_hex(build->pool, message->bytes),
                 KEYS_ANYBODY, NULL, "RFC 7296 §3.14");

    step->meaning =
        keys_print(build->pool,
                   "As %s sent it: header and the SK payload's own header can be read, then "
                   "come IV, ciphertext and ICV.",
                   keys_host(build, 0));
    struct keys_sealed sealed = {
        .topic = KEYS_MESSAGE,
        .packet = message->bytes,
        .aad_len = sk->offset + IKE_GENERIC_HEADER_LEN,
        .encr = build->encr,
        .integ = build->integ,
        .key_bits = (unsigned)keys->encr_key_bits,
        .encr_name = "SK_ei",
        .integ_name = "SK_ai",
        .encr_key = keys->sk_ei,
        .integ_key = keys->sk_ai,
        .lacks = build->integ ? "SK_ai and SK_ei" : "SK_ei",
        .reference = build->integ ? "RFC 7296 §3.14" : "RFC 5282 §3",
        .contents =
            keys_print(build->pool, "%s, then %s Pad Length.",
                       message->sent->payloads ? message->sent->payloads : "The payloads",
                       parsed->pad_len > 0
                           ? keys_print(build->pool, "%u octets of padding and", parsed->pad_len)
                           : "no padding, only"),
    };
    keys_add_sealed(build, &sealed, parsed->decrypted);
    add_auth_inside(build, parsed);
}

void keys_add_message(struct keys_build *build)
{
    const struct keys_story *story = build->story;

    if (build->before) {
        keys_add_words(build, KEYS_MESSAGE, "IKE_AUTH request",
                       "none: a rekeyed IKE SA begins with its keys", "RFC 7296 §2.18");
        return;
    }
    for (size_t i = 0; i < story->message_count; i++) {
        const struct keys_message *message = &story->messages[i];
        struct ike_message parsed;
        if (is(message->sent->exchange, "IKE_AUTH") && !message->sent->response &&
            message->side == build->initiator && message->sent->spi_i == build->keys->spi_i &&
            keys_open_message(build, message, &parsed) && parsed.has_sk) {
            add_request(build, message, &parsed);
            return;
        }
    }
    keys_add_words(build, KEYS_MESSAGE, "IKE_AUTH request",
                   "none: the exchange did not get that far", "RFC 7296 §3.14");
}

/* ---- an ESP packet ---- */

static const char *inner_words(struct keys_build *build, struct crypto_bytes inner)
{
    char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];

    if (inner.len >= 40 && inner.data[0] >> 4 == 6) {
        inet_ntop(AF_INET6, inner.data + 8, from, sizeof from);
        inet_ntop(AF_INET6, inner.data + 24, to, sizeof to);
        return keys_print(build->pool, "IPv6 from %s to %s, next header %u", from, to,
                          inner.data[6]);
    }
    if (inner.len >= 20 && inner.data[0] >> 4 == 4) {
        inet_ntop(AF_INET, inner.data + 12, from, sizeof from);
        inet_ntop(AF_INET, inner.data + 16, to, sizeof to);
        return keys_print(build->pool, "IPv4 from %s to %s, protocol %u%s", from, to, inner.data[9],
                          inner.data[9] == 1 ? " (ICMP)" : "");
    }
    return "no IP packet";
}

/* Of transport mode, from where only the packet's own header is missing. */
static void add_payload(struct keys_build *build, struct crypto_bytes plain, const char *lacks)
{
    size_t trailer = plain.len >= 2 ? 2u + plain.data[plain.len - 2] : 0;

    if (trailer == 0 || trailer >= plain.len) {
        return;
    }
    size_t len = plain.len - trailer;
    struct keys_step *step =
        keys_add(build, KEYS_ESP, "payload", keys_hex(build->pool, part_of(plain, 0, len)),
                 KEYS_BOTH, lacks, "RFC 4303 §3.1.1");
    step->formula = keys_print(build->pool, "octets 0 to %zu of what was decrypted", len - 1);
    step->meaning = keys_print(build->pool,
                               "Transport mode: the packet's own IP header stood in front all the "
                               "time, and said 50 where it now says %u again.",
                               plain.data[plain.len - 1]);
    step->command = keys_command_cut(build->pool, keys_hex(build->pool, plain), 0, len);
}

static void add_inner(struct keys_build *build, const struct keys_child *child,
                      struct crypto_bytes plain, const char *lacks)
{
    struct crypto_bytes inner = crypto_bytes(child->packet->inner.data, child->packet->inner.len);

    if (is(child->packet->mode, "transport")) {
        add_payload(build, plain, lacks);
        return;
    }
    if (inner.len == 0 || inner.len > plain.len) {
        return;
    }
    struct keys_step *step = keys_add(build, KEYS_ESP, "inner packet", keys_hex(build->pool, inner),
                                      KEYS_BOTH, lacks, "RFC 4303 §3.1.2");
    step->formula = keys_print(build->pool, "octets 0 to %zu of what was decrypted", inner.len - 1);
    step->meaning =
        keys_print(build->pool,
                   "%s: the packet as it went into the tunnel. A wiretap sees neither the "
                   "addresses nor the protocol.",
                   inner_words(build, inner));
    step->command = keys_command_cut(build->pool, keys_hex(build->pool, plain), 0, inner.len);
}

/* The packet as an AEAD covers it with extended sequence numbers: the high half, 0 in a first
 * packet, stands before the low one. */
static struct crypto_bytes add_whole_number(struct keys_build *build, struct crypto_bytes packet)
{
    size_t len = packet.len + 4;
    uint8_t *whole = keys_keep(build->pool, ui_resize(NULL, len));

    memcpy(whole, packet.data, 4);
    memset(whole + 4, 0, 4);
    memcpy(whole + 8, packet.data + 4, packet.len - 4);
    struct keys_step *step = keys_add(build, KEYS_ESP, "with the whole number",
                                      keys_hex(build->pool, crypto_bytes(whole, len)), KEYS_ANYBODY,
                                      NULL, "RFC 4106 §5");
    step->formula = "octets 0 to 3 | 00000000 | octets 4 to the last";
    step->meaning = "The SA has extended sequence numbers: both ends count 64 bits, send 32, and "
                    "have the ICV cover all.";
    return crypto_bytes(whole, len);
}

/* With or without extended sequence numbers, as the SA has them. */
static bool open_esp(struct keys_build *build, const struct crypto_packet_key *key,
                     struct crypto_bytes packet, struct crypto_bytes *plain, bool *esn)
{
    uint8_t *copy = keys_keep(build->pool, ui_resize(NULL, packet.len));

    memcpy(copy, packet.data, packet.len);
    *esn = false;
    if (crypto_packet_open(build->ctx, key, copy, packet.len, ESP_AAD_LEN, plain, NULL) ==
        CRYPTO_OPEN_OK) {
        return true;
    }
    memcpy(copy, packet.data, packet.len);
    *esn = true;
    return crypto_packet_open_esn(build->ctx, key, copy, packet.len, 0, plain, NULL) ==
           CRYPTO_OPEN_OK;
}

static void add_packet(struct keys_build *build, const struct keys_child *child)
{
    const struct trace_ike_child_keys *keys = child->keys;
    bool out = child->packet_side == child->side;
    const char *sender = build->story->host[child->packet_side];
    const char *name = keys->child ? keys->child : "?";
    struct keys_sealed sealed = {
        .topic = KEYS_ESP,
        .packet = child->packet_bytes,
        .aad_len = ESP_AAD_LEN,
        .encr = keys_transform(CRYPTO_ENCR, keys->encr),
        .integ = keys_transform(CRYPTO_INTEG, keys->integ),
        .key_bits = (unsigned)keys->encr_key_bits,
        .encr_name = "the encryption key",
        .integ_name = "the integrity key",
        .encr_key = out ? keys->encr_out : keys->encr_in,
        .integ_key = out ? keys->integ_out : keys->integ_in,
        .lacks = "SK_d, and with it KEYMAT",
        .reference = "RFC 4303 §2",
        .contents = "The inner packet, padding that counts 01 02 03 ..., Pad Length, Next Header.",
    };
    struct crypto_packet_key key;
    struct crypto_bytes plain;
    bool esn;

    if (!keys_packet_key(&key, sealed.encr, sealed.key_bits, sealed.integ, sealed.encr_key,
                         sealed.integ_key)) {
        return;
    }
    if (!open_esp(build, &key, sealed.packet, &plain, &esn)) {
        return;
    }
    struct keys_step *step =
        keys_add(build, KEYS_ESP, keys_print(build->pool, "%s: ESP packet", name),
                 keys_hex(build->pool, sealed.packet), KEYS_ANYBODY, NULL, "RFC 4303 §2");
    step->meaning =
        keys_print(build->pool,
                   "From %s to %s: SPI %08x and sequence number %llu can be read, then come "
                   "IV, ciphertext and ICV. The key is the one of this SPI.",
                   sender, build->story->host[1 - child->packet_side], child->packet->spi,
                   (unsigned long long)child->packet->sequence);
    if (esn && !sealed.integ) {
        sealed.packet = add_whole_number(build, sealed.packet);
        sealed.aad_len += 4;
    }
    sealed.high_behind = esn && sealed.integ;
    keys_add_sealed(build, &sealed, plain);
    add_inner(build, child, plain, sealed.lacks);
}

void keys_add_esp(struct keys_build *build)
{
    size_t count = 0;

    for (size_t i = 0; i < build->story->child_count; i++) {
        const struct keys_child *child = &build->story->children[i];
        if (child->keys->spi_i == build->keys->spi_i && child->packet_bytes.len > 0) {
            if (is(child->keys->protocol, "AH")) {
                keys_add_ah(build, child);
            } else {
                add_packet(build, child);
            }
            count++;
        }
    }
    if (count == 0) {
        keys_add_words(build, KEYS_ESP, "ESP packet", "none: nothing was sent through the tunnel",
                       "RFC 4303 §2");
    }
}
