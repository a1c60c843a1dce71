/*
 * One handshake (IKE_SA_INIT, IKE_AUTH, first CHILD SA; both ends) in a simulated world with CPU
 * model and links, the hash on, against the bare OpenSSL operations that it needs: X25519, shared
 * key, AES-128-GCM, HMAC-SHA-256.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "bench/bench.h"
#include "sim/scenario/world.h"

enum { ROUNDS = 7, RECORDED_OF = 100 };

#define PAIRS ((size_t)400)

#define MS UINT64_C(1000000)
#define LIMIT 1.40

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
    for (size_t i = 0; i < PAIRS; i++) {
        bare_handshake(bare);
    }
    return (double)(bench_now() - begin) / (double)PAIRS / 1000;
}

/* ---- simulated ---- */

struct bed {
    struct crypto_proposal ike, esp;
    struct ike_selector ts[2];
    struct ike_child_policy child[2];
    struct ike_policy policy[2];
    struct scenario_host hosts[2 * PAIRS];
    struct scenario_link links[PAIRS];
    char names[2 * PAIRS][16];
    struct scenario scenario;
};

static void set_policy(struct bed *bed, int side)
{
    static const uint8_t secret[] = "correct horse";
    static const uint8_t id[2][16] = {"initiator", "responder"};
    bed->child[side] = (struct ike_child_policy){
        .name = "net",
        .proposals = &bed->esp,
        .proposal_count = 1,
        .local_ts = &bed->ts[side],
        .remote_ts = &bed->ts[!side],
        .local_ts_count = 1,
        .remote_ts_count = 1,
        .replay_window = 64,
        .start = side == 0,
    };
    bed->policy[side] = (struct ike_policy){
        .proposals = &bed->ike,
        .proposal_count = 1,
        .secret = crypto_bytes(secret, sizeof secret - 1),
        .identity = {.type = IKE_ID_FQDN, .data = crypto_bytes(id[side], 9), .text = "id"},
        .children = &bed->child[side],
        .child_count = 1,
        .window = 4,
        .initial_contact = side == 0,
        .unique = IKE_UNIQUE_NO,
        .retransmit_timeout = 4000 * MS,
        .retransmit_base_milli = 1800,
        .retransmit_tries = 5,
        .response_keep = 300000 * MS,
        .half_open_timeout = 30000 * MS,
    };
}

static void make_bed(struct bed *bed)
{
    struct crypto_proposal_error error;
    if (crypto_proposal_parse(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519", &bed->ike,
                              &error) ||
        crypto_proposal_parse(CRYPTO_PROTO_ESP, "aes128gcm16", &bed->esp, &error)) {
        abort();
    }
    for (uint8_t side = 0; side < 2; side++) {
        bed->ts[side] = (struct ike_selector){.type = IKE_TS_IPV4_ADDR_RANGE,
                                              .end_port = 65535,
                                              .start = {10, side, 0, 0},
                                              .end = {10, side, 0, 255}};
    }
    set_policy(bed, 0);
    set_policy(bed, 1);
    for (size_t i = 0; i < 2 * PAIRS; i++) {
        snprintf(bed->names[i], sizeof bed->names[i], "%c%zu", i % 2 ? 'r' : 'i', i / 2);
        bed->hosts[i] = (struct scenario_host){
            .name = bed->names[i],
            .address = {4, {100, 64, (uint8_t)(i >> 8), (uint8_t)i}},
            .policy = bed->policy[i % 2],
            .cores = 1,
            .queue = 512,
        };
    }
    struct net_link_policy link = {.delay = 20 * MS, .jitter = 2 * MS, .floor = 10 * MS};
    for (size_t i = 0; i < PAIRS; i++) {
        bed->hosts[2 * i].connect = bed->names[2 * i + 1];
        bed->hosts[2 * i].connect_at = i * MS;
        bed->links[i] = (struct scenario_link){
            .a = bed->names[2 * i], .b = bed->names[2 * i + 1], .ab = link, .ba = link};
    }
    bed->scenario = (struct scenario){
        .path = "bench",
        .name = "bench",
        .title = "handshakes",
        .duration = 2000 * MS,
        .seed = 1,
        .epoch_text = "2025-01-01T00:00:00Z",
        .host_count = 2 * PAIRS,
        .link_count = PAIRS,
        .hosts = bed->hosts,
        .links = bed->links,
        .costs = cost_reference,
    };
}

/* "i7" and "r7" are of one pair; one pair in a hundred is recorded. */
static bool keep(void *context, const char *host, const char *peer)
{
    (void)context;
    (void)peer;
    return host[0] != '*' && atoi(host + 1) % RECORDED_OF == 0;
}

static double bench_world(const struct bed *bed, const char *dir)
{
    char why[256] = "";
    struct trace_writer *writer = dir ? trace_writer_open(dir, why, sizeof why) : NULL;
    struct world *world = world_new(
        &bed->scenario, &(struct world_options){.writer = writer, .keep = keep}, why, sizeof why);
    if (!world || (dir && !writer)) {
        fprintf(stderr, "bench_handshake: %s\n", why);
        exit(1);
    }
    uint64_t begin = bench_now();
    while (!world_done(world)) {
        world_run(world, bed->scenario.duration, UINT64_MAX);
    }
    double us = (double)(bench_now() - begin) / (double)PAIRS / 1000;
    if (observer_count(world_observer(world), SCENARIO_COUNT_CHILD_SAS_INSTALLED, NULL) !=
        2 * PAIRS) {
        fputs("bench_handshake: not every pair has its CHILD SA\n", stderr);
        exit(1);
    }
    world_finish(world, false);
    world_free(world);
    if (writer) {
        trace_writer_close(writer, why, sizeof why);
    }
    return us;
}

static void print(const char *what, double *us, double *ratio)
{
    double middle = bench_median(ratio, ROUNDS);
    printf("  %-34s %6.1f us, ratio %.2f (limit %.2f)%s\n", what, bench_median(us, ROUNDS), middle,
           LIMIT, middle <= LIMIT ? "" : "  OVER THE LIMIT");
}

int main(void)
{
    struct bed *bed = calloc(1, sizeof *bed);
    char dir[] = "/tmp/ikesim-bench-XXXXXX";
    struct bare bare = {
        .mac = EVP_MAC_CTX_new(EVP_MAC_fetch(NULL, "HMAC", NULL)),
        .gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL),
        .cipher = EVP_CIPHER_CTX_new(),
    };
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
    if (!bed || !mkdtemp(dir) || EVP_MAC_CTX_set_params(bare.mac, parameters) != 1) {
        abort();
    }
    make_bed(bed);
    double bare_us[ROUNDS], off_us[ROUNDS], on_us[ROUNDS], off[ROUNDS], on[ROUNDS];
    bench_bare(&bare);
    for (int r = 0; r < ROUNDS; r++) {
        bare_us[r] = bench_bare(&bare);
        off_us[r] = bench_world(bed, NULL);
        on_us[r] = bench_world(bed, dir);
        off[r] = off_us[r] / bare_us[r];
        on[r] = on_us[r] / bare_us[r];
    }
    printf("handshake, both ends, X25519, shared key, AES-128-GCM, HMAC-SHA-256, %zu pairs\n",
           PAIRS);
    printf("  %-34s %6.1f us\n", "bare OpenSSL operations", bench_median(bare_us, ROUNDS));
    print("simulated, hash on, not recorded", off_us, off);
    print("simulated, 1% of pairs recorded", on_us, on);

    char path[64];
    const char *const files[] = {"run.ndjson", "run.index"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        unlink(path);
    }
    rmdir(dir);
    EVP_CIPHER_CTX_free(bare.cipher);
    EVP_CIPHER_free(bare.gcm);
    EVP_MAC_free(EVP_MAC_CTX_get0_mac(bare.mac));
    EVP_MAC_CTX_free(bare.mac);
    free(bed);
    return 0;
}
