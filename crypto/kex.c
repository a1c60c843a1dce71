#include "crypto/kex.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

#include "crypto/kex_method.h"

/* Draws until a scalar is fit. Of the scalars for brainpoolP384r1, whose order begins with 0x8c,
 * 45% are refused, so that this many in a row mean a broken source. */
enum { DRAWS_MAX = 128 };

struct crypto_kex {
    struct crypto_context *ctx;
    const struct crypto_transform *ke;
    uint8_t stream[RAND_STREAM_KEY_LEN]; /* for what OpenSSL draws in crypto_kex_derive */
    bool pooled;
    uint16_t private_len, public_len;
    uint8_t private[KEX_PRIVATE_MAX];
    uint8_t public[]; /* as long as the longest that the method has */
};

const struct kex_method *kex_method_of(const struct crypto_transform *ke)
{
    switch (ke->id) {
    case CRYPTO_KE_CURVE25519:
    case CRYPTO_KE_CURVE448:
        return &kex_xdh;
    case CRYPTO_KE_ECP_256:
    case CRYPTO_KE_ECP_384:
    case CRYPTO_KE_ECP_521:
    case CRYPTO_KE_BRAINPOOL_P224R1:
    case CRYPTO_KE_BRAINPOOL_P256R1:
    case CRYPTO_KE_BRAINPOOL_P384R1:
    case CRYPTO_KE_BRAINPOOL_P512R1:
        return &kex_ecp;
    case CRYPTO_KE_MODP_1024:
    case CRYPTO_KE_MODP_1536:
    case CRYPTO_KE_MODP_2048:
    case CRYPTO_KE_MODP_3072:
    case CRYPTO_KE_MODP_4096:
    case CRYPTO_KE_MODP_6144:
    case CRYPTO_KE_MODP_8192:
        return &kex_modp;
    case CRYPTO_KE_ML_KEM_512:
    case CRYPTO_KE_ML_KEM_768:
    case CRYPTO_KE_ML_KEM_1024:
        return &kex_kem;
    default:
        assert(!"a computed key exchange has a method");
        return NULL;
    }
}

/* ---- draws ---- */

bool kex_draw(const struct crypto_context *ctx, const struct crypto_transform *ke,
              const struct crypto_entropy *entropy, const struct crypto_draw *draw,
              struct kex_draws *draws)
{
    const struct kex_method *method = kex_method_of(ke);
    struct crypto_draw own = *draw;

    own.field = CRYPTO_DRAW_OPENSSL;
    own.instance = 0;
    crypto_entropy_fill(entropy, &own, draws->streams[0], sizeof draws->streams);
    own.field = CRYPTO_DRAW_KE_PRIVATE;
    for (own.instance = 0; own.instance < DRAWS_MAX; own.instance++) {
        crypto_entropy_fill(entropy, &own, draws->scalar, method->private_len(ke));
        if (method->fit(ctx, ke, draws->scalar)) {
            return true;
        }
    }
    return false;
}

/* Which of the pool's pairs an exchange gets. */
static uint64_t draw_number(const struct crypto_entropy *entropy, const struct crypto_draw *draw)
{
    struct crypto_draw own = *draw;
    uint8_t octets[8];
    uint64_t number = 0;

    own.field = CRYPTO_DRAW_KE_PRIVATE;
    own.instance = 0;
    crypto_entropy_fill(entropy, &own, octets, sizeof octets);
    for (size_t i = 0; i < sizeof octets; i++) {
        number = number << 8 | octets[i];
    }
    return number;
}

/* ---- the two computations ---- */

size_t crypto_kex_work_len(const struct crypto_kex_work *work)
{
    return work->peer.len > 0 ? work->ke->secret_len : work->ke->public_len;
}

int crypto_kex_compute(struct crypto_context *ctx, const struct crypto_kex_work *work, uint8_t *out,
                       const char **why)
{
    const struct kex_method *method = kex_method_of(work->ke);
    enum kex_result result;

    *why = "OpenSSL failed";
    ERR_set_mark();
    rand_stream_begin(ctx->rand, work->stream.data);
    result = work->peer.len > 0
                 ? method->derive(ctx, work->ke, work->scalar.data, work->peer.data, out, why)
                 : method->make_public(ctx, work->ke, work->scalar.data, out);
    rand_stream_end(ctx->rand);
    ERR_pop_to_mark();
    if (result != KEX_OK) {
        OPENSSL_cleanse(out, crypto_kex_work_len(work));
        return -1;
    }
    *why = NULL;
    return 0;
}

/* Whoever has computed it already, else now. */
static int have_computed(struct crypto_context *ctx, const struct crypto_kex_work *work,
                         uint8_t *out, const char **why)
{
    int result;

    if (ctx->helper != NULL && ctx->helper->take(ctx->helper->context, work, out, why, &result)) {
        return result;
    }
    return crypto_kex_compute(ctx, work, out, why);
}

/* ---- ahead ---- */

void crypto_kex_set_helper(struct crypto_context *ctx, const struct crypto_kex_helper *helper)
{
    ctx->helper = helper;
}

bool crypto_kex_is_helped(const struct crypto_context *ctx)
{
    return ctx->helper != NULL && ctx->pool == NULL;
}

void crypto_kex_expect(struct crypto_context *ctx, const struct crypto_transform *ke,
                       const struct crypto_entropy *entropy, const struct crypto_draw *draw,
                       struct crypto_bytes peer)
{
    struct kex_draws draws = {0};

    if (!crypto_kex_is_helped(ctx) || !kex_draw(ctx, ke, entropy, draw, &draws)) {
        return;
    }
    struct crypto_kex_work work = {
        .ke = ke,
        .scalar = crypto_bytes(draws.scalar, kex_method_of(ke)->private_len(ke)),
        .stream = crypto_bytes(draws.streams[0], RAND_STREAM_KEY_LEN),
    };
    ctx->helper->expect(ctx->helper->context, &work);
    if (peer.len == ke->public_len) {
        work.peer = peer;
        work.stream.data = draws.streams[1];
        ctx->helper->expect(ctx->helper->context, &work);
    }
    OPENSSL_cleanse(&draws, sizeof draws);
}

static struct crypto_kex_work derivation(const struct crypto_kex *kex, struct crypto_bytes peer)
{
    return (struct crypto_kex_work){
        .ke = kex->ke,
        .scalar = crypto_kex_private(kex),
        .peer = peer,
        .stream = crypto_bytes(kex->stream, sizeof kex->stream),
    };
}

void crypto_kex_expect_derive(const struct crypto_kex *kex, struct crypto_bytes peer)
{
    if (!crypto_kex_is_helped(kex->ctx) || peer.len != kex->ke->public_len) {
        return;
    }
    const struct crypto_kex_work work = derivation(kex, peer);
    kex->ctx->helper->expect(kex->ctx->helper->context, &work);
}

/* ---- key pairs ---- */

static bool take_from_pool(struct crypto_kex *kex, uint64_t number)
{
    struct crypto_bytes scalar, public;

    if (!kex_pool_pair(kex->ctx, kex->ke, number, &scalar, &public)) {
        return false;
    }
    kex->pooled = true;
    memcpy(kex->private, scalar.data, scalar.len);
    memcpy(kex->public, public.data, public.len);
    return true;
}

static bool make_anew(struct crypto_kex *kex, const struct crypto_entropy *entropy,
                      const struct crypto_draw *draw)
{
    struct kex_draws draws = {0};
    const char *why;

    if (!kex_draw(kex->ctx, kex->ke, entropy, draw, &draws)) {
        return false;
    }
    memcpy(kex->private, draws.scalar, kex->private_len);
    memcpy(kex->stream, draws.streams[1], sizeof kex->stream);
    const struct crypto_kex_work work = {
        .ke = kex->ke,
        .scalar = crypto_kex_private(kex),
        .stream = crypto_bytes(draws.streams[0], RAND_STREAM_KEY_LEN),
    };
    bool made = have_computed(kex->ctx, &work, kex->public, &why) == 0;
    OPENSSL_cleanse(&draws, sizeof draws);
    return made;
}

static size_t public_max(const struct crypto_transform *ke)
{
    return ke->answer_len > ke->public_len ? ke->answer_len : ke->public_len;
}

static struct crypto_kex *allocate(struct crypto_context *ctx, const struct crypto_transform *ke)
{
    assert(ke->type == CRYPTO_KE && (ke->computed || ke->kem));
    struct crypto_kex *kex = OPENSSL_zalloc(sizeof *kex + public_max(ke));
    if (kex == NULL) {
        return NULL;
    }
    kex->ctx = ctx;
    kex->ke = ke;
    kex->public_len = ke->public_len;
    kex->private_len = (uint16_t)kex_method_of(ke)->private_len(ke);
    assert(kex->private_len <= sizeof kex->private);
    return kex;
}

struct crypto_kex *crypto_kex_new(struct crypto_context *ctx, const struct crypto_transform *ke,
                                  const struct crypto_entropy *entropy,
                                  const struct crypto_draw *draw, struct crypto_ledger *ledger)
{
    struct crypto_kex *kex = allocate(ctx, ke);
    if (kex == NULL) {
        return NULL;
    }

    /* A secret is never looked up for an encapsulation, of which there are no two alike. */
    bool made = ctx->pool != NULL && !ke->kem ? take_from_pool(kex, draw_number(entropy, draw))
                                              : make_anew(kex, entropy, draw);
    if (!made) {
        crypto_kex_free(kex);
        return NULL;
    }
    crypto_ledger_add(ledger, CRYPTO_COST_KEYGEN, ke->id, ke->public_len);
    return kex;
}

/* Its derivations have a stream that is all zeros, on which no result depends. */
struct crypto_kex *crypto_kex_restore(struct crypto_context *ctx, const struct crypto_transform *ke,
                                      struct crypto_bytes scalar, struct crypto_bytes public)
{
    if (ke->kem || scalar.len != kex_method_of(ke)->private_len(ke) ||
        public.len != ke->public_len) {
        return NULL;
    }
    struct crypto_kex *kex = allocate(ctx, ke);
    if (kex == NULL) {
        return NULL;
    }
    kex->pooled = ctx->pool != NULL;
    memcpy(kex->private, scalar.data, scalar.len);
    memcpy(kex->public, public.data, public.len);
    if (!kex_method_of(ke)->fit(ctx, ke, kex->private)) {
        crypto_kex_free(kex);
        return NULL;
    }
    return kex;
}

void crypto_kex_free(struct crypto_kex *kex)
{
    if (kex != NULL) {
        OPENSSL_clear_free(kex, sizeof *kex + public_max(kex->ke));
    }
}

const struct crypto_transform *crypto_kex_transform(const struct crypto_kex *kex)
{
    return kex->ke;
}

struct crypto_bytes crypto_kex_public(const struct crypto_kex *kex)
{
    return crypto_bytes(kex->public, kex->public_len);
}

struct crypto_bytes crypto_kex_private(const struct crypto_kex *kex)
{
    return crypto_bytes(kex->private, kex->private_len);
}

/* ---- shared secrets ---- */

static int derive(struct crypto_kex *kex, struct crypto_bytes peer, uint8_t *secret,
                  const char **why)
{
    if (kex->pooled) {
        struct crypto_bytes known =
            kex_pool_secret(kex->ctx, kex->ke, crypto_kex_public(kex), peer);
        if (known.len > 0) {
            memcpy(secret, known.data, known.len);
            *why = NULL;
            return 0;
        }
    }
    const struct crypto_kex_work work = derivation(kex, peer);
    return have_computed(kex->ctx, &work, secret, why);
}

int crypto_kex_derive(struct crypto_kex *kex, struct crypto_bytes peer,
                      uint8_t secret[CRYPTO_KEX_SECRET_MAX], size_t *secret_len,
                      struct crypto_ledger *ledger, const char **why)
{
    *secret_len = 0;
    if (peer.len != (kex->ke->kem ? kex->ke->answer_len : kex->ke->public_len)) {
        *why = "the public value has not the length of its group";
        return -1;
    }
    int result = derive(kex, peer, secret, why);
    crypto_ledger_add(ledger, CRYPTO_COST_DERIVE, kex->ke->id, kex->ke->public_len);
    if (result == 0) {
        *secret_len = kex->ke->secret_len;
    }
    return result;
}

/* ---- the responder's half ---- */

static int encapsulate(struct crypto_kex *kex, const struct crypto_entropy *entropy,
                       const struct crypto_draw *draw, struct crypto_bytes peer, uint8_t *secret,
                       struct crypto_ledger *ledger, const char **why)
{
    struct kex_draws draws = {0};

    *why = "the encapsulation key has not the length of its method";
    if (peer.len != kex->ke->public_len || !kex_draw(kex->ctx, kex->ke, entropy, draw, &draws)) {
        return -1;
    }
    memcpy(kex->private, draws.scalar, kex->private_len);
    OPENSSL_cleanse(&draws, sizeof draws);
    kex->public_len = kex->ke->answer_len;
    crypto_ledger_add(ledger, CRYPTO_COST_DERIVE, kex->ke->id, kex->ke->public_len);
    return kex_kem_encapsulate(kex->ctx, kex->ke, kex->private, peer.data, kex->public, secret,
                               why);
}

struct crypto_kex *crypto_kex_answer(struct crypto_context *ctx, const struct crypto_transform *ke,
                                     const struct crypto_entropy *entropy,
                                     const struct crypto_draw *draw, struct crypto_bytes peer,
                                     uint8_t secret[CRYPTO_KEX_SECRET_MAX], size_t *secret_len,
                                     struct crypto_ledger *ledger, const char **why)
{
    struct crypto_kex *kex =
        ke->kem ? allocate(ctx, ke) : crypto_kex_new(ctx, ke, entropy, draw, ledger);
    int result;

    *secret_len = 0;
    *why = "OpenSSL failed";
    if (kex == NULL) {
        return NULL;
    }
    if (ke->kem) {
        result = encapsulate(kex, entropy, draw, peer, secret, ledger, why);
        *secret_len = result == 0 ? ke->secret_len : 0;
    } else {
        result = crypto_kex_derive(kex, peer, secret, secret_len, ledger, why);
    }
    if (result != 0) {
        crypto_kex_free(kex);
        return NULL;
    }
    return kex;
}

/* ---- the pool ---- */

bool crypto_kex_use_pool(struct crypto_context *ctx, const struct crypto_entropy *entropy)
{
    assert(ctx->pool == NULL);
    ctx->pool = kex_pool_new(entropy);
    return ctx->pool != NULL;
}
