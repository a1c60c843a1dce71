/*
 * Commands that reproduce a step: one line of bash each, with coreutils (9 or so, for basenc) and
 * the openssl program of version 3, and python3 where openssl's command line lacks the operation:
 * MODP groups and AEADs. They need nothing but what is printed in them, write no file, and print
 * the value in lower-case hex on one line.
 *
 * Every argument is text of hex digits: nothing that a recording says in words gets into a command.
 * Long values go through printf, which bash has built in, so that no limit on arguments applies.
 */
#ifndef IKESIM_UI_KEYS_COMMAND_H
#define IKESIM_UI_KEYS_COMMAND_H

#include "crypto/transform.h"
#include "ui/keys/pool.h"

/* Public value from the private scalar, both as in ike:key_pair. NULL for a method that no command
 * here can compute. */
const char *keys_command_public(struct keys_pool *pool, const struct crypto_transform *ke,
                                const char *private_key);

/* g^ir from one end's private scalar and the other's public value; NULL as above. */
const char *keys_command_shared(struct keys_pool *pool, const struct crypto_transform *ke,
                                const char *private_key, const char *peer_public);

/* The first `octets` octets of HMAC(key, data): `hash` is PRF's or INTEG's. NULL if that is no
 * HMAC. */
const char *keys_command_hmac(struct keys_pool *pool, const struct crypto_transform *hash,
                              const char *key, const char *data, size_t octets);

/* Prints `auth`, the AUTH value that holds `signature`, if that is one of the holder of `public`
 * (SubjectPublicKeyInfo) over `data`; `algorithm` is a scheme's name. ECDSA's is in DER. NULL for
 * an algorithm that no command here checks. */
const char *keys_command_verify(struct keys_pool *pool, const char *algorithm, const char *public,
                                const char *signature, const char *data, const char *auth);

/* Octets [at, at + len) of `hex`. */
const char *keys_command_cut(struct keys_pool *pool, const char *hex, size_t at, size_t len);

/* Values joined in order: only printed. */
const char *keys_command_join(struct keys_pool *pool, const char *const *parts, size_t count);

/* AES-CBC without its padding taken off. */
const char *keys_command_cbc(struct keys_pool *pool, unsigned key_bits, const char *key,
                             const char *iv, const char *ciphertext);

/* AES-GCM, the ICV checked: `packet` is associated data of `aad_len` octets, an IV of 8, ciphertext
 * and ICV; `key` has the salt of 4 octets behind it. Fails with an exception if the ICV is wrong.
 */
const char *keys_command_gcm(struct keys_pool *pool, const char *key, size_t key_len,
                             const char *packet, size_t aad_len);

/* AES-GCM's encryption alone, which is counter mode from 2 on (NIST SP 800-38D §7.2): what
 * openssl's command line can do of it. `nonce` is salt | IV. */
const char *keys_command_gcm_unchecked(struct keys_pool *pool, unsigned key_bits, const char *key,
                                       const char *nonce, const char *ciphertext);

#endif
