/*
 * 1400-octet inner packets through an ESP stack, sealed and opened, against AES-128-GCM over as
 * many octets with a bare EVP context that is kept. All in interleaved rounds of one run.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "bench/bench.h"
#include "esp/esp.h"

enum { ROUNDS = 31, PACKETS = 2000, INNER_LEN = 1400 };

#define LIMIT 0.70

/* ---- bare ---- */

struct bare {
    EVP_CIPHER_CTX *seal, *open;
    uint8_t nonce[12], aad[8], text[INNER_LEN], sealed[INNER_LEN], tag[16];
};

static void check(int done)
{
    if (done != 1) {
        fprintf(stderr, "bench_esp: OpenSSL failed\n");
        exit(1);
    }
}

static void bare_init(struct bare *bare)
{
    static const uint8_t key[16] = {1, 2, 3};
    memset(bare, 0, sizeof *bare);
    bare->seal = EVP_CIPHER_CTX_new();
    bare->open = EVP_CIPHER_CTX_new();
    check(EVP_EncryptInit_ex(bare->seal, EVP_aes_128_gcm(), NULL, key, NULL));
    check(EVP_DecryptInit_ex(bare->open, EVP_aes_128_gcm(), NULL, key, NULL));
}

static void bare_done(struct bare *bare)
{
    EVP_CIPHER_CTX_free(bare->seal);
    EVP_CIPHER_CTX_free(bare->open);
}

static void bare_number(struct bare *bare, uint32_t i)
{
    memcpy(bare->nonce + 8, &i, sizeof i);
    memcpy(bare->aad + 4, &i, sizeof i);
}

static void bare_seal(struct bare *bare)
{
    int len;
    check(EVP_EncryptInit_ex(bare->seal, NULL, NULL, NULL, bare->nonce));
    check(EVP_EncryptUpdate(bare->seal, NULL, &len, bare->aad, sizeof bare->aad));
    check(EVP_EncryptUpdate(bare->seal, bare->sealed, &len, bare->text, INNER_LEN));
    check(EVP_EncryptFinal_ex(bare->seal, bare->sealed + len, &len));
    check(EVP_CIPHER_CTX_ctrl(bare->seal, EVP_CTRL_AEAD_GET_TAG, 16, bare->tag));
}

static void bare_open(struct bare *bare)
{
    int len;
    check(EVP_DecryptInit_ex(bare->open, NULL, NULL, NULL, bare->nonce));
    check(EVP_DecryptUpdate(bare->open, NULL, &len, bare->aad, sizeof bare->aad));
    check(EVP_DecryptUpdate(bare->open, bare->text, &len, bare->sealed, INNER_LEN));
    check(EVP_CIPHER_CTX_ctrl(bare->open, EVP_CTRL_AEAD_SET_TAG, 16, bare->tag));
    check(EVP_DecryptFinal_ex(bare->open, bare->text + len, &len));
}

/* ---- ours ---- */

static void no_draw(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    (void)context;
    (void)draw;
    memset(out, 0, len); /* AES-GCM's IV is the sequence number: nothing is drawn */
}

struct ours {
    struct crypto_context *crypto;
    struct esp_stack *alice, *gw;
    uint8_t inner[INNER_LEN];
    uint8_t packet[INNER_LEN + ESP_OVERHEAD_MAX];
    size_t packet_len;
};

static struct esp_stack *stack_new(struct ours *ours, const struct esp_child *child)
{
    struct esp_stack *stack = esp_stack_new(
        &(struct esp_stack_options){.crypto = ours->crypto, .entropy = {.fill = no_draw}});
    if (!stack || esp_stack_install(stack, child) != 0) {
        fprintf(stderr, "bench_esp: no stack\n");
        exit(1);
    }
    return stack;
}

static void ours_init(struct ours *ours)
{
    char why[200] = "";
    memset(ours, 0, sizeof *ours);
    ours->crypto = crypto_context_new(why, sizeof why);
    if (!ours->crypto) {
        fprintf(stderr, "bench_esp: %s\n", why);
        exit(1);
    }
    struct crypto_suite suite = {
        .encr = crypto_transform_find(CRYPTO_ENCR, CRYPTO_ENCR_AES_GCM_16),
        .encr_key_bits = 128,
    };
    struct esp_selector left = {.family = 4, .end_port = 65535}, right = left;
    memcpy(left.start, (const uint8_t[]){10, 1, 0, 0}, 4);
    memcpy(left.end, (const uint8_t[]){10, 1, 0, 255}, 4);
    memcpy(right.start, (const uint8_t[]){10, 2, 0, 0}, 4);
    memcpy(right.end, (const uint8_t[]){10, 2, 0, 255}, 4);
    struct esp_child child = {
        .name = "net",
        .spi_in = 0x1000,
        .spi_out = 0x2000,
        .replay_window = 1024,
        .local_ts = &left,
        .remote_ts = &right,
        .local_ts_count = 1,
        .remote_ts_count = 1,
    };
    uint8_t key[20] = {7};
    crypto_packet_key_set(&child.key_in, &suite, crypto_bytes(key, 20), crypto_bytes(NULL, 0));
    key[0] = 8;
    crypto_packet_key_set(&child.key_out, &suite, crypto_bytes(key, 20), crypto_bytes(NULL, 0));
    ours->alice = stack_new(ours, &child);
    struct esp_child mirror = child;
    mirror.spi_in = child.spi_out;
    mirror.spi_out = child.spi_in;
    mirror.key_in = child.key_out;
    mirror.key_out = child.key_in;
    mirror.local_ts = &right;
    mirror.remote_ts = &left;
    ours->gw = stack_new(ours, &mirror);

    static const uint8_t header[20] = {
        0x45, 0, INNER_LEN >> 8, INNER_LEN & 255, 0, 0, 0, 0, 64, 17, 0, 0, 10, 1, 0, 1, 10, 2,
        0,    1};
    memcpy(ours->inner, header, sizeof header);
}

static void ours_done(struct ours *ours)
{
    esp_stack_free(ours->alice);
    esp_stack_free(ours->gw);
    crypto_context_free(ours->crypto);
}

static void ours_check(enum esp_verdict verdict)
{
    if (verdict != ESP_OK) {
        fprintf(stderr, "bench_esp: %s\n", esp_verdict_name(verdict));
        exit(1);
    }
}

static void ours_seal(struct ours *ours)
{
    struct esp_result result;
    ours_check(esp_stack_seal(ours->alice, crypto_bytes(ours->inner, INNER_LEN), ours->packet,
                              &ours->packet_len, &result, NULL));
}

static void ours_open(struct ours *ours)
{
    struct esp_result result;
    struct crypto_bytes inner;
    ours_check(esp_stack_open(ours->gw, ours->packet, ours->packet_len, &inner, &result, NULL));
}

/* ---- rounds ---- */

/* Each packet is sealed and opened; sealing alone is timed in rounds of its own, and opening is the
 * rest, since an opened packet is gone. Nanoseconds per packet. */
struct round {
    double seal, both;
};

static struct round ours_round(struct ours *ours)
{
    uint64_t begin = bench_now();
    for (int i = 0; i < PACKETS; i++) {
        ours_seal(ours);
    }
    uint64_t middle = bench_now();
    for (int i = 0; i < PACKETS; i++) {
        ours_seal(ours);
        ours_open(ours);
    }
    uint64_t end = bench_now();
    return (struct round){(double)(middle - begin) / PACKETS, (double)(end - middle) / PACKETS};
}

static struct round bare_round(struct bare *bare)
{
    uint64_t begin = bench_now();
    for (uint32_t i = 0; i < PACKETS; i++) {
        bare_number(bare, i);
        bare_seal(bare);
    }
    uint64_t middle = bench_now();
    for (uint32_t i = 0; i < PACKETS; i++) {
        bare_number(bare, i);
        bare_seal(bare);
        bare_open(bare);
    }
    uint64_t end = bench_now();
    return (struct round){(double)(middle - begin) / PACKETS, (double)(end - middle) / PACKETS};
}

/* The rate of ours as a part of the bare rate: median over rounds. */
static bool print_ratio(const char *what, const double *ours, const double *bare)
{
    double ratio[ROUNDS], x[ROUNDS], y[ROUNDS];
    for (int r = 0; r < ROUNDS; r++) {
        ratio[r] = bare[r] / ours[r];
        x[r] = ours[r];
        y[r] = bare[r];
    }
    double median = bench_median(ratio, ROUNDS);
    printf("esp %s %d B: %.0f ns, bare EVP %.0f ns, rate ratio %.2f (limit %.2f)%s\n", what,
           INNER_LEN, bench_median(x, ROUNDS), bench_median(y, ROUNDS), median, LIMIT,
           median >= LIMIT ? "" : " MISSED");
    return median >= LIMIT;
}

int main(void)
{
    static struct ours ours;
    static struct bare bare;
    double seal[2][ROUNDS], open[2][ROUNDS], both[2][ROUNDS];
    ours_init(&ours);
    bare_init(&bare);
    ours_round(&ours); /* warm */
    bare_round(&bare);
    for (int r = 0; r < ROUNDS; r++) {
        struct round rounds[2]; /* ours, bare; they take turns in going first */
        for (int turn = 0; turn < 2; turn++) {
            int who = (r + turn) % 2;
            rounds[who] = who == 0 ? ours_round(&ours) : bare_round(&bare);
        }
        for (int who = 0; who < 2; who++) {
            seal[who][r] = rounds[who].seal;
            both[who][r] = rounds[who].both;
            open[who][r] = rounds[who].both - rounds[who].seal;
        }
    }
    bool held = print_ratio("seal", seal[0], seal[1]);
    held &= print_ratio("open", open[0], open[1]);
    held &= print_ratio("seal+open", both[0], both[1]);
    bare_done(&bare);
    ours_done(&ours);
    return held ? 0 : 1;
}
