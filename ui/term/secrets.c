/* Keys out of a recording. */
#include "ui/term/secrets.h"

#include "crypto/kdf.h"
#include "crypto/proposal.h"

trace_kinds secrets_kinds(void)
{
    return TRACE_KINDS_OF(TRACE_IKE_KEYS_DERIVED_EVENT) |
           TRACE_KINDS_OF(TRACE_IKE_CHILD_KEYS_EVENT);
}

/* The ENCR and INTEG of a suite by their numbers; false if this build does not compute them. */
static bool suite_of(struct crypto_suite *suite, uint64_t encr, uint64_t key_bits, uint64_t integ)
{
    *suite = (struct crypto_suite){.encr_key_bits = (uint16_t)key_bits};
    suite->encr = encr < 0xffff ? crypto_transform_find(CRYPTO_ENCR, (uint16_t)encr) : NULL;
    if (!suite->encr || !suite->encr->computed) {
        return false;
    }
    if (integ != 0) {
        suite->integ = integ < 0xffff ? crypto_transform_find(CRYPTO_INTEG, (uint16_t)integ) : NULL;
        return suite->integ && suite->integ->computed;
    }
    return suite->encr->aead;
}

/* Fills a key if both parts have the lengths that the suite asks for: a recording may say anything.
 */
static bool key_of(struct crypto_packet_key *key, const struct crypto_suite *suite,
                   struct trace_bytes encr, struct trace_bytes integ)
{
    size_t encr_len = suite->encr_key_bits / 8u + suite->encr->salt_len;
    size_t integ_len = suite->integ ? suite->integ->key_len : 0;
    if (encr.len != encr_len || integ.len != integ_len) {
        return false;
    }
    crypto_packet_key_set(key, suite, crypto_bytes(encr.data, encr.len),
                          crypto_bytes(integ.data, integ.len));
    return true;
}

static void add_pair(struct dissect_keys *keys, const struct trace_record *record)
{
    struct crypto_suite suite;
    struct crypto_packet_key first, second;
    if (record->kind == TRACE_IKE_KEYS_DERIVED_EVENT) {
        const struct trace_ike_keys_derived *data = record->data;
        if (suite_of(&suite, data->encr, data->encr_key_bits, data->integ) &&
            key_of(&first, &suite, data->sk_ei, data->sk_ai) &&
            key_of(&second, &suite, data->sk_er, data->sk_ar)) {
            dissect_keys_add_ike(keys, data->spi_i, data->spi_r, &first, &second);
        }
    } else if (record->kind == TRACE_IKE_CHILD_KEYS_EVENT) {
        const struct trace_ike_child_keys *data = record->data;
        if (suite_of(&suite, data->encr, data->encr_key_bits, data->integ) &&
            key_of(&first, &suite, data->encr_in, data->integ_in) &&
            key_of(&second, &suite, data->encr_out, data->integ_out)) {
            dissect_keys_add_esp(keys, "", data->spi_in, &first);
            dissect_keys_add_esp(keys, "", data->spi_out, &second);
        }
    }
    crypto_wipe(&first, sizeof first);
    crypto_wipe(&second, sizeof second);
}

void secrets_add(struct dissect_keys *keys, const struct trace_record *record)
{
    if (secrets_kinds() >> record->kind & 1) {
        add_pair(keys, record);
    }
}

struct dissect_tree *secrets_dissect(struct crypto_context *ctx, const struct dissect_keys *keys,
                                     const struct trace_record *record)
{
    if (record->kind != TRACE_NET_SENT_EVENT) {
        return NULL;
    }
    const struct trace_net_sent *data = record->data;
    return dissect_datagram(ctx, keys, NULL, (unsigned)data->protocol, (uint16_t)data->source_port,
                            (uint16_t)data->destination_port,
                            data->destination ? data->destination : "",
                            crypto_bytes(data->bytes.data, data->bytes.len));
}
