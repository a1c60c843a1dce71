#include "ui/keys/command.h"

#include <assert.h>
#include <string.h>

/* Hex digits to octets and back. basenc reads upper case only (RFC 4648 §8). */
#define FROM_HEX "tr a-f A-F | basenc --base16 -d"
#define TO_HEX "basenc --base16 -w0 | tr A-F a-f; echo"

/* RFC 3526 §3. */
static const char modp_2048[] = "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc7402"
                                "0bbea63b139b22514a08798e3404dd"
                                "ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f4"
                                "4c42e9a637ed6b0bff5cb6f406b7ed"
                                "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598"
                                "da48361c55d39a69163fa8fd24cf5f"
                                "83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1"
                                "746c08ca18217c32905e462e36ce3b"
                                "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf69558171839"
                                "95497cea956ae515d2261898fa0510"
                                "15728e5a8aacaa68ffffffffffffffff";

/* What stands around raw keys in DER, so that openssl reads them: PKCS #8 for X25519 (RFC 8410 §7),
 * ECPrivateKey for ECP (RFC 5915 §3), SubjectPublicKeyInfo for public values (RFC 8410 §4, RFC 5480
 * §2). */
struct der {
    uint16_t ke;
    const char *private_head, *private_tail, *public_head;
};

static const struct der ders[] = {
    {CRYPTO_KE_CURVE25519, "302e020100300506032b656e04220420", "", "302a300506032b656e032100"},
    {CRYPTO_KE_ECP_256, "30310201010420", "a00a06082a8648ce3d030107",
     "3059301306072a8648ce3d020106082a8648ce3d03010703420004"},
    {CRYPTO_KE_ECP_384, "303e0201010430", "a00706052b81040022",
     "3076301006072a8648ce3d020106052b8104002203620004"},
};

static const struct der *der_of(const struct crypto_transform *ke)
{
    for (size_t i = 0; i < sizeof ders / sizeof *ders; i++) {
        if (ders[i].ke == ke->id) {
            return &ders[i];
        }
    }
    return NULL;
}

const char *keys_command_public(struct keys_pool *pool, const struct crypto_transform *ke,
                                const char *private_key)
{
    const struct der *der = der_of(ke);

    if (der) {
        return keys_print(pool,
                          "printf %%s %s%s%s | " FROM_HEX
                          " | openssl pkey -inform DER -pubout -outform DER | tail -c %u | " TO_HEX,
                          der->private_head, private_key, der->private_tail, ke->public_len);
    }
    if (ke->id == CRYPTO_KE_MODP_2048) {
        return keys_print(pool, "python3 -c 'print(\"%%0512x\" %% pow(2, 0x%s, 0x%s))'",
                          private_key, modp_2048);
    }
    return NULL;
}

const char *keys_command_shared(struct keys_pool *pool, const struct crypto_transform *ke,
                                const char *private_key, const char *peer_public)
{
    const struct der *der = der_of(ke);

    if (der) {
        return keys_print(
            pool,
            "openssl pkeyutl -derive -keyform DER -inkey <(printf %%s %s%s%s | " FROM_HEX
            ") -peerform DER -peerkey <(printf %%s %s%s | " FROM_HEX ") | " TO_HEX,
            der->private_head, private_key, der->private_tail, der->public_head, peer_public);
    }
    if (ke->id == CRYPTO_KE_MODP_2048) {
        return keys_print(pool, "python3 -c 'print(\"%%0512x\" %% pow(0x%s, 0x%s, 0x%s))'",
                          peer_public, private_key, modp_2048);
    }
    return NULL;
}

const char *keys_command_hmac(struct keys_pool *pool, const struct crypto_transform *hash,
                              const char *key, const char *data, size_t octets)
{
    assert(hash->computed && octets > 0 && octets <= hash->key_len);
    if (strncmp(hash->openssl, "SHA", 3) != 0) {
        return NULL; /* AES-XCBC and AES-CMAC */
    }
    const char *cut = octets < hash->key_len ? keys_print(pool, " | cut -c 1-%zu", 2 * octets) : "";

    /* HMAC fills a short key up with zeros (RFC 2104 §2): one zero stands for a key of length 0,
     * which an option could not spell. */
    return keys_print(pool,
                      "printf %%s %s | " FROM_HEX
                      " | openssl mac -digest %s -macopt hexkey:%s HMAC | tr A-F a-f%s",
                      *data ? data : "''", hash->openssl, *key ? key : "00", cut);
}

/* openssl's command line wants a file for what EdDSA signs, as it reads it twice. */
static const char *verify_edwards(struct keys_pool *pool, const char *public, const char *signature,
                                  const char *data, const char *auth)
{
    return keys_print(pool,
                      "printf %%s %s | python3 -c 'import sys; from "
                      "cryptography.hazmat.primitives.serialization import load_der_public_key; "
                      "load_der_public_key(bytes.fromhex(\"%s\")).verify(bytes.fromhex(\"%s\"), "
                      "bytes.fromhex(sys.stdin.read())); print(\"%s\")'",
                      data, public, signature, auth);
}

const char *keys_command_verify(struct keys_pool *pool, const char *algorithm, const char *public,
                                const char *signature, const char *data, const char *auth)
{
    const char *hash = strrchr(algorithm, '-');
    bool pss = strncmp(algorithm, "rsa/pss-", 8) == 0;

    if (strncmp(algorithm, "ed", 2) == 0) {
        return verify_edwards(pool, public, signature, data, auth);
    }
    if (!hash) {
        return NULL;
    }
    return keys_print(
        pool,
        "printf %%s %s | " FROM_HEX
        " | openssl dgst -%s -keyform DER -verify <(printf %%s %s | " FROM_HEX
        ")%s -signature <(printf %%s %s | " FROM_HEX ") >/dev/null && printf '%%s\\n' %s",
        data, hash + 1, public,
        pss ? " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-2" : "", signature, auth);
}

const char *keys_command_cut(struct keys_pool *pool, const char *hex, size_t at, size_t len)
{
    assert(len > 0 && 2 * (at + len) <= strlen(hex));
    return keys_print(pool, "printf %%s %s | cut -c %zu-%zu", hex, 2 * at + 1, 2 * (at + len));
}

const char *keys_command_join(struct keys_pool *pool, const char *const *parts, size_t count)
{
    const char *text = "printf '%s'";

    for (size_t i = 0; i < count; i++) {
        if (*parts[i]) {
            text = keys_print(pool, "%s %s", text, parts[i]);
        }
    }
    return keys_print(pool, "%s; echo", text);
}

const char *keys_command_cbc(struct keys_pool *pool, unsigned key_bits, const char *key,
                             const char *iv, const char *ciphertext)
{
    return keys_print(pool,
                      "printf %%s %s | " FROM_HEX
                      " | openssl enc -d -aes-%u-cbc -nopad -K %s -iv %s | " TO_HEX,
                      ciphertext, key_bits, key, iv);
}

const char *keys_command_gcm(struct keys_pool *pool, const char *key, size_t key_len,
                             const char *packet, size_t aad_len)
{
    return keys_print(
        pool,
        "printf %%s %s | python3 -c 'import sys; from cryptography.hazmat.primitives.ciphers.aead "
        "import AESGCM; p = bytes.fromhex(sys.stdin.read()); print(AESGCM(bytes.fromhex(\"%.*s\"))"
        ".decrypt(bytes.fromhex(\"%s\") + p[%zu:%zu], p[%zu:], p[:%zu]).hex())'",
        packet, (int)(2 * (key_len - 4)), key, key + 2 * (key_len - 4), aad_len, aad_len + 8,
        aad_len + 8, aad_len);
}

const char *keys_command_gcm_unchecked(struct keys_pool *pool, unsigned key_bits, const char *key,
                                       const char *nonce, const char *ciphertext)
{
    return keys_print(pool,
                      "printf %%s %s | " FROM_HEX
                      " | openssl enc -d -aes-%u-ctr -K %.*s -iv %s00000002 | " TO_HEX,
                      ciphertext, key_bits, (int)(key_bits / 4), key, nonce);
}
