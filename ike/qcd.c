#include "ike/qcd.h"

#include <string.h>

#include "crypto/kdf.h"
#include "ike/exchange.h"
#include "ike/octets.h"
#include "ike/tell.h"

/* Of length 0: no tokens. */
static struct crypto_bytes secret_of(const struct ike_endpoint *endpoint)
{
    const struct ike_secrets *secrets = endpoint->self->secrets;

    return secrets ? secrets->qcd : crypto_bytes(NULL, 0);
}

/* TOKEN = prf(secret, SPIi | SPIr) (§5.1). */
static void make_token(struct ike_call *call, uint64_t spi_i, uint64_t spi_r,
                       uint8_t token[CRYPTO_PRF_MAX])
{
    const struct crypto_transform *prf =
        crypto_transform_find(CRYPTO_PRF, CRYPTO_PRF_HMAC_SHA2_256);
    uint8_t spis[2 * IKE_SPI_LEN];
    const struct crypto_bytes parts[] = {crypto_bytes(spis, sizeof(spis))};

    ike_store_u64(spis, spi_i);
    ike_store_u64(spis + IKE_SPI_LEN, spi_r);
    crypto_prf(call->endpoint->crypto, prf, secret_of(call->endpoint), parts, 1, token,
               call->costs);
}

static void write_token(struct ike_call *call, uint64_t spi_i, uint64_t spi_r)
{
    uint8_t token[CRYPTO_PRF_MAX];

    make_token(call, spi_i, spi_r, token);
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_QUICK_CRASH_DETECTION,
                     crypto_bytes(token, IKE_QCD_TOKEN_LEN));
}

bool ike_qcd_is_maker(const struct ike_call *call)
{
    return secret_of(call->endpoint).len > 0;
}

void ike_qcd_announce(struct ike_call *call, const struct ike_sa *sa)
{
    if (ike_qcd_is_maker(call)) {
        write_token(call, sa->spi_i, sa->spi_r);
    }
}

void ike_qcd_take_successor(struct ike_call *call, struct ike_sa *successor)
{
    const struct ike_payload *notify =
        ike_message_find_notify(&call->message, IKE_NOTIFY_QUICK_CRASH_DETECTION);

    if (!notify || notify->notify.data.len != IKE_QCD_TOKEN_LEN) {
        return;
    }
    struct ike_rare *rare = ike_sa_make_rare(call->endpoint, successor);
    if (!rare->qcd_token) {
        rare->qcd_token = ike_take(call->endpoint, IKE_QCD_TOKEN_LEN);
    }
    memcpy(rare->qcd_token, notify->notify.data.data, IKE_QCD_TOKEN_LEN);
}

void ike_qcd_take(struct ike_call *call, struct ike_sa *sa)
{
    uint8_t exchange = call->message.header.exchange;

    if (exchange == IKE_EXCHANGE_IKE_AUTH || exchange == IKE_EXCHANGE_INFORMATIONAL) {
        ike_qcd_take_successor(call, sa);
    }
}

void ike_qcd_prove(struct ike_call *call)
{
    const struct ike_header *header = &call->message.header;

    if (ike_qcd_is_maker(call)) {
        write_token(call, header->spi_i, header->spi_r);
    }
}

bool ike_qcd_believe(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *notify =
        ike_message_find_notify(&call->message, IKE_NOTIFY_QUICK_CRASH_DETECTION);

    const uint8_t *token = ike_sa_rare(sa)->qcd_token;

    if (!notify || !token || notify->notify.data.len != IKE_QCD_TOKEN_LEN ||
        !crypto_equal(notify->notify.data.data, token, IKE_QCD_TOKEN_LEN)) {
        return false;
    }
    ike_sa_close(call, sa, "the peer's token proves that it has lost this IKE SA");
    return true;
}
