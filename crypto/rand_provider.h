/*
 * What OpenSSL draws for itself (blinding, ECDSA's k, PSS salts) comes from here instead of from
 * the operating system. A built-in provider makes every RAND of our OSSL_LIB_CTX read one stream
 * per thread, ChaCha20 under a key that the caller drew for the operation at hand.
 *
 * How many octets OpenSSL draws depends on its version and on what it has cached, so a stream that
 * ran on from one operation to the next would not be reproducible. Each operation has its own key,
 * and a draw outside of one is refused: forgetting to key is an error, not a nondeterminism.
 *
 * For crypto/ only.
 */
#ifndef IKESIM_CRYPTO_RAND_PROVIDER_H
#define IKESIM_CRYPTO_RAND_PROVIDER_H

#include <openssl/provider.h>
#include <stdbool.h>
#include <stdint.h>

enum { RAND_STREAM_KEY_LEN = 32 };

/* Makes primary, public and private RAND of `lib` ours. To be called before the first draw from
 * `lib`. The caller unloads *provider. */
bool rand_provider_install(OSSL_LIB_CTX *lib, OSSL_PROVIDER **provider);

struct rand_stream;

/* Free with rand_stream_free, which wipes. NULL if OpenSSL has no ChaCha20 or no memory. */
struct rand_stream *rand_stream_new(OSSL_LIB_CTX *lib);
void rand_stream_free(struct rand_stream *stream);

/* From here to rand_stream_end this thread's draws are the octets of ChaCha20 under `key`. Keying
 * is put off to the first draw: most operations make none. Operations do not nest. */
void rand_stream_begin(struct rand_stream *stream, const uint8_t key[RAND_STREAM_KEY_LEN]);
void rand_stream_end(struct rand_stream *stream);

#endif
