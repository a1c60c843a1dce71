/* TLS between two buffers: it comes to an end, both ends have one key, and each time the same
 * octets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/tls.h"
#include "tests/crypto/support.h"

enum { DAY = 86400, TRANSCRIPT_MAX = 1 << 16 };
static const int64_t now = INT64_C(1735689600);

struct holder {
    uint8_t *key, *certificate;
    size_t key_len, certificate_len;
    struct crypto_bytes chain[1];
};

/* All that went over, in order. */
struct transcript {
    size_t len;
    uint8_t octets[TRANSCRIPT_MAX];
};

static void make(struct crypto_context *ctx, struct holder *holder, const char *name,
                 enum crypto_key_kind kind, const struct holder *above, int64_t not_after)
{
    const struct crypto_draw draw = {.entity = (uint64_t)name[0], .sa = kind};
    struct crypto_x509_issuer issuer;
    struct crypto_x509_spec spec = {
        .common_name = name, .ca = above == NULL, .not_before = now - DAY, .not_after = not_after};
    const char *why = NULL;

    holder->key_len = crypto_key_make(ctx, kind, &identity_entropy, &draw, &holder->key);
    spec.key = crypto_bytes(holder->key, holder->key_len);
    if (above != NULL) {
        issuer =
            (struct crypto_x509_issuer){above->chain[0], crypto_bytes(above->key, above->key_len)};
        spec.issuer = &issuer;
    }
    holder->certificate_len =
        crypto_x509_make(ctx, &spec, &identity_entropy, &draw, &holder->certificate, &why);
    assert_true(holder->certificate_len > 0);
    holder->chain[0] = crypto_bytes(holder->certificate, holder->certificate_len);
}

static void forget(struct holder *holder)
{
    crypto_octets_free(holder->key, holder->key_len);
    crypto_octets_free(holder->certificate, holder->certificate_len);
}

static struct crypto_tls *end(struct crypto_context *ctx, bool server, const struct holder *own,
                              const struct holder *root)
{
    const struct crypto_tls_options options = {
        .server = server,
        .key = crypto_bytes(own->key, own->key_len),
        .certs = own->chain,
        .cert_count = 1,
        .trust = {.anchors = root->chain, .anchor_count = 1, .time = now},
    };
    const struct crypto_draw draw = {.entity = server, .message_id = 99};
    const char *why = NULL;
    struct crypto_tls *tls = crypto_tls_new(ctx, &options, &identity_entropy, &draw, &why);

    assert_non_null(tls);
    return tls;
}

/* Lets both ends speak until neither has more to say. Returns what they came to. */
static void speak(struct crypto_tls *tls[2], enum crypto_tls_state state[2],
                  struct transcript *transcript, struct crypto_ledger ledgers[2])
{
    struct crypto_bytes flight = {0};
    const char *why = NULL;

    state[0] = state[1] = CRYPTO_TLS_GOES_ON;
    for (uint32_t turn = 0; turn < 8; turn++) {
        const struct crypto_draw draw = {.entity = turn % 2, .message_id = turn};
        unsigned who = turn % 2;

        if (turn > 0 && flight.len == 0) {
            return;
        }
        state[who] =
            crypto_tls_step(tls[who], flight, &identity_entropy, &draw, &ledgers[who], &why);
        flight = crypto_tls_output(tls[who]);
        assert_true(transcript->len + flight.len <= TRANSCRIPT_MAX);
        if (flight.len > 0) {
            memcpy(transcript->octets + transcript->len, flight.data, flight.len);
        }
        transcript->len += flight.len;
    }
}

static void both_ends_have_one_key_and_the_same_octets_each_time_5216_2_3(void **state)
{
    static const enum crypto_key_kind kinds[] = {CRYPTO_KEY_ED25519, CRYPTO_KEY_ECDSA_256,
                                                 CRYPTO_KEY_RSA_2048};

    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct transcript *transcripts = calloc(2, sizeof *transcripts);
        uint8_t msk[2][2][64];

        for (int time = 0; time < 2; time++) {
            struct crypto_context *ctx = context_or_die();
            struct holder root = {0}, client = {0}, server = {0};
            struct crypto_ledger ledgers[2] = {0};
            enum crypto_tls_state states[2];
            const struct crypto_x509_verdict *verdict;

            make(ctx, &root, "root", CRYPTO_KEY_ECDSA_256, NULL, now + 100 * DAY);
            make(ctx, &client, "client", kinds[k], &root, now + DAY);
            make(ctx, &server, "server", kinds[k], &root, now + DAY);
            struct crypto_tls *tls[2] = {end(ctx, false, &client, &root),
                                         end(ctx, true, &server, &root)};
            assert_false(crypto_tls_msk(tls[0], msk[time][0]));
            speak(tls, states, &transcripts[time], ledgers);
            assert_int_equal(states[0], CRYPTO_TLS_DONE);
            assert_int_equal(states[1], CRYPTO_TLS_DONE);
            assert_true(crypto_tls_msk(tls[0], msk[time][0]));
            assert_true(crypto_tls_msk(tls[1], msk[time][1]));
            assert_memory_equal(msk[time][0], msk[time][1], 64);
            struct crypto_bytes peer = crypto_tls_peer(tls[1], &verdict);
            assert_int_equal(peer.len, client.certificate_len);
            assert_memory_equal(peer.data, client.certificate, peer.len);
            assert_int_equal(verdict->result, CRYPTO_X509_GOOD);
            assert_true(ledgers[0].count >= 4 && ledgers[1].count >= 4);
            crypto_tls_free(tls[0]);
            crypto_tls_free(tls[1]);
            forget(&root);
            forget(&client);
            forget(&server);
            crypto_context_free(ctx);
        }
        assert_int_equal(transcripts[0].len, transcripts[1].len);
        assert_memory_equal(transcripts[0].octets, transcripts[1].octets, transcripts[0].len);
        assert_memory_equal(msk[0][0], msk[1][0], 64);
        free(transcripts);
    }
}

static void a_certificate_that_is_not_good_ends_it_5216_5_3(void **state)
{
    struct crypto_context *ctx = context_or_die();

    (void)state;
    for (int bad = 0; bad < 2; bad++) {
        struct holder root = {0}, client = {0}, server = {0};
        struct transcript *transcript = calloc(1, sizeof *transcript);
        struct crypto_ledger ledgers[2] = {0};
        enum crypto_tls_state states[2];
        const struct crypto_x509_verdict *verdict;

        make(ctx, &root, "root", CRYPTO_KEY_ECDSA_256, NULL, now + 100 * DAY);
        make(ctx, &client, "client", CRYPTO_KEY_ED25519, &root, now + (bad == 0 ? -1 : DAY));
        make(ctx, &server, "server", CRYPTO_KEY_ED25519, &root, now + (bad == 1 ? -1 : DAY));
        struct crypto_tls *tls[2] = {end(ctx, false, &client, &root),
                                     end(ctx, true, &server, &root)};
        speak(tls, states, transcript, ledgers);
        /* Who looks at the bad one fails, and the alert makes the other one fail. */
        assert_int_equal(states[bad == 0], CRYPTO_TLS_FAILED);
        crypto_tls_peer(tls[bad == 0], &verdict);
        assert_int_equal(verdict->result, CRYPTO_X509_EXPIRED);
        assert_int_not_equal(states[bad != 0], CRYPTO_TLS_DONE);
        crypto_tls_free(tls[0]);
        crypto_tls_free(tls[1]);
        forget(&root);
        forget(&client);
        forget(&server);
        free(transcript);
    }
    crypto_context_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_have_one_key_and_the_same_octets_each_time_5216_2_3),
        cmocka_unit_test(a_certificate_that_is_not_good_ends_it_5216_5_3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
