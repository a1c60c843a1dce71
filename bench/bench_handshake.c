/*
 * One handshake (IKE_SA_INIT, IKE_AUTH, first CHILD SA; both ends) in a simulated world with CPU
 * model and links, the hash on: with fresh keys against the bare OpenSSL operations that it needs
 * (X25519, shared key, AES-128-GCM, HMAC-SHA-256), with pooled keys as handshakes a second.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "bench/bed.h"
#include "bench/bench.h"

enum { ROUNDS = 7, RECORDED_OF = 100 };

/* The pool's 528 secrets are computed in the first of them: 3 us of each of so many. */
#define POOLED_PAIRS ((size_t)8000)
#define FRESH_PAIRS ((size_t)400)

#define RATIO_LIMIT 1.25    /* of fresh keys, to the bare operations */
#define RATE_LIMIT 25000.0  /* of pooled keys, handshakes a second and core */
#define RECORDED_LIMIT 1.40 /* with 1% of pairs recorded */

/* ---- bare ---- */

struct bare {
    EVP_MAC_CTX *mac;
    EVP_CIPHER *gcm;
    EVP_CIPHER_CTX *cipher;
};

static void bare_prf(struct bare *bare, size_t len)
{
    static const uint8_t data[512];
    uint8_t out[32];
    size_t out_len;
    if (EVP_MAC_init(bare->mac, data, 32, NULL) != 1 || EVP_MAC_update(bare->mac, data, len) != 1 ||
        EVP_MAC_final(bare->mac, out, &out_len, sizeof out) != 1) {
        abort();
    }
}

static void bare_aead(struct bare *bare, int seal, size_t len)
{
    static const uint8_t key[16], iv[12];
    static uint8_t buffer[512], tag[16];
    int n;
    if (EVP_CipherInit_ex(bare->cipher, bare->gcm, NULL, key, iv, seal) != 1 ||
        EVP_CipherUpdate(bare->cipher, NULL, &n, buffer, 32) != 1 ||
        EVP_CipherUpdate(bare->cipher, buffer, &n, buffer, (int)len) != 1) {
        abort();
    }
    if (seal) {
        EVP_CipherFinal_ex(bare->cipher, buffer, &n);
        EVP_CIPHER_CTX_ctrl(bare->cipher, EVP_CTRL_AEAD_GET_TAG, 16, tag);
    } else {
        EVP_CIPHER_CTX_ctrl(bare->cipher, EVP_CTRL_AEAD_SET_TAG, 16, tag);
        EVP_CipherFinal_ex(bare->cipher, buffer, &n);
    }
}

static void bare_handshake(struct bare *bare)
{
    EVP_PKEY *keys[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
        if (EVP_PKEY_keygen_init(ctx) != 1 || EVP_PKEY_generate(ctx, &keys[i]) != 1) {
            abort();
        }
        EVP_PKEY_CTX_free(ctx);
    }
    for (int i = 0; i < 2; i++) {
        uint8_t public_key[32], secret[32];
        size_t len = sizeof public_key;
        EVP_PKEY_get_raw_public_key(keys[!i], public_key, &len);
        EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_key, 32);
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, keys[i], NULL);
        len = sizeof secret;
        if (EVP_PKEY_derive_init(ctx) != 1 || EVP_PKEY_derive_set_peer(ctx, peer) != 1 ||
            EVP_PKEY_derive(ctx, secret, &len) != 1) {
            abort();
        }
        EVP_PKEY_CTX_free(ctx);
        EVP_PKEY_free(peer);
    }
    for (int i = 0; i < 2; i++) {
        bare_prf(bare, 32); /* SKEYSEED */
        for (int block = 0; block < 5; block++) {
            bare_prf(bare, 32 + 80 + 1); /* SK_d .. SK_pr: 136 octets */
        }
        for (int auth = 0; auth < 2; auth++) { /* the own one and the peer's */
            bare_prf(bare, 17);
            bare_prf(bare, 24);
            bare_prf(bare, 150 + 32 + 32);
        }
        bare_prf(bare, 64); /* KEYMAT: 40 octets */
        bare_prf(bare, 32 + 64 + 1);
        bare_aead(bare, 1, 220);
        bare_aead(bare, 0, 220);
        EVP_PKEY_free(keys[i]);
    }
}

static double bench_bare(struct bare *bare)
{
    uint64_t begin = bench_now();
    for (size_t i = 0; i < FRESH_PAIRS; i++) {
        bare_handshake(bare);
    }
    return (double)(bench_now() - begin) / (double)FRESH_PAIRS / 1000;
}

/* ---- simulated ---- */

/* "i-7" and "r-7" are of one pair; one pair in a hundred is recorded. */
static bool keep(void *context, const char *host, const char *peer)
{
    (void)context;
    (void)peer;
    return host[0] != '*' && atoi(host + 2) % RECORDED_OF == 0;
}

/* Microseconds a pair. */
static double bench_world(const struct scenario *scenario, size_t pairs, const char *dir)
{
    char why[256] = "";
    struct trace_writer *writer = dir ? trace_writer_open(dir, why, sizeof why) : NULL;
    if (dir && !writer) {
        fprintf(stderr, "bench_handshake: %s\n", why);
        exit(1);
    }
    struct world *world =
        bed_world(scenario, &(struct world_options){.writer = writer, .keep = keep});
    uint64_t begin = bench_now();
    bed_run(world, UINT64_MAX);
    double us = (double)(bench_now() - begin) / (double)pairs / 1000;
    bed_check(world, 2 * pairs);
    world_finish(world, false);
    world_free(world);
    if (writer) {
        trace_writer_close(writer, why, sizeof why);
    }
    return us;
}

struct figures {
    double bare[ROUNDS], fresh[ROUNDS], recorded[ROUNDS], pooled[ROUNDS], pooled_recorded[ROUNDS];
};

static void print_ratio(const char *what, double *us, const double *bare, double limit)
{
    double ratio[ROUNDS];
    for (int r = 0; r < ROUNDS; r++) {
        ratio[r] = us[r] / bare[r];
    }
    double middle = bench_median(ratio, ROUNDS);
    printf("  %-40s %6.1f us, ratio %.2f (limit %.2f)%s\n", what, bench_median(us, ROUNDS), middle,
           limit, middle <= limit ? "" : "  OVER THE LIMIT");
}

static void print_rate(const char *what, double *us, bool limited)
{
    double middle = bench_median(us, ROUNDS), rate = 1e6 / middle;
    printf("  %-40s %6.1f us, %.0f a second and core", what, middle, rate);
    if (limited) {
        printf(" (limit %.0f)%s", RATE_LIMIT, rate >= RATE_LIMIT ? "" : "  BELOW THE LIMIT");
    }
    putchar('\n');
}

static void print(struct figures *figures)
{
    printf("handshake, both ends, X25519, shared key, AES-128-GCM, HMAC-SHA-256\n");
    print_ratio("fresh keys, hash on, not recorded", figures->fresh, figures->bare, RATIO_LIMIT);
    print_ratio("fresh keys, 1% of pairs recorded", figures->recorded, figures->bare,
                RECORDED_LIMIT);
    print_rate("pooled keys, hash on, not recorded", figures->pooled, true);
    print_rate("pooled keys, 1% of pairs recorded", figures->pooled_recorded, false);
    printf("  %-40s %6.1f us\n", "bare OpenSSL operations", bench_median(figures->bare, ROUNDS));
}

static void remove_recording(const char *dir)
{
    char path[64];
    const char *const files[] = {"run.ndjson", "run.index"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        unlink(path);
    }
    rmdir(dir);
}

int main(void)
{
    char dir[] = "/tmp/ikesim-bench-XXXXXX";
    struct bare bare = {
        .mac = EVP_MAC_CTX_new(EVP_MAC_fetch(NULL, "HMAC", NULL)),
        .gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL),
        .cipher = EVP_CIPHER_CTX_new(),
    };
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
    if (!mkdtemp(dir) || EVP_MAC_CTX_set_params(bare.mac, parameters) != 1) {
        abort();
    }
    struct scenario *fresh = bed_pairs(FRESH_PAIRS, "fresh", BED_MS, 0);
    struct scenario *pooled = bed_pairs(POOLED_PAIRS, "pooled", BED_MS, 0);
    struct figures figures;
    bench_bare(&bare);
    for (int r = 0; r < ROUNDS; r++) {
        figures.bare[r] = bench_bare(&bare);
        figures.fresh[r] = bench_world(fresh, FRESH_PAIRS, NULL);
        figures.recorded[r] = bench_world(fresh, FRESH_PAIRS, dir);
        figures.pooled[r] = bench_world(pooled, POOLED_PAIRS, NULL);
        figures.pooled_recorded[r] = bench_world(pooled, POOLED_PAIRS, dir);
    }
    print(&figures);
    remove_recording(dir);
    scenario_free(fresh);
    scenario_free(pooled);
    EVP_CIPHER_CTX_free(bare.cipher);
    EVP_CIPHER_free(bare.gcm);
    EVP_MAC_free(EVP_MAC_CTX_get0_mac(bare.mac));
    EVP_MAC_CTX_free(bare.mac);
    return 0;
}
