#include "crypto/transform.h"

/* A row that is only named: the dissector shows it, no proposal of ours has it. */
#define NAMED(type_, id_, name_, word_, rfc_)                                                      \
    {                                                                                              \
        .type = (type_), .id = (id_), .name = (name_), .keyword = (word_), .rfc = (rfc_)           \
    }

#define HMAC_PRF(id_, name_, word_, rfc_, len_, hash_)                                             \
    {                                                                                              \
        .type = CRYPTO_PRF, .id = (id_), .name = (name_), .keyword = (word_), .rfc = (rfc_),       \
        .computed = true, .key_len = (len_), .openssl = (hash_)                                    \
    }

/* The key is as long as the output of the hash, of which the first icv_ octets are sent. */
#define HMAC_INTEG(id_, name_, word_, rfc_, len_, icv_, hash_)                                     \
    {                                                                                              \
        .type = CRYPTO_INTEG, .id = (id_), .name = (name_), .keyword = (word_), .rfc = (rfc_),     \
        .computed = true, .key_len = (len_), .icv_len = (icv_), .openssl = (hash_)                 \
    }

/* MACs over AES-128 in CBC mode: keys of 16 octets, output of 16. */
#define AES_PRF(id_, name_, word_, rfc_)                                                           \
    {                                                                                              \
        .type = CRYPTO_PRF, .id = (id_), .name = (name_), .keyword = (word_), .rfc = (rfc_),       \
        .computed = true, .key_len = 16, .openssl = "AES-128-CBC"                                  \
    }

#define AES_INTEG(id_, name_, word_, rfc_)                                                         \
    {                                                                                              \
        .type = CRYPTO_INTEG, .id = (id_), .name = (name_), .keyword = (word_), .rfc = (rfc_),     \
        .computed = true, .key_len = 16, .icv_len = 12, .openssl = "AES-128-CBC"                   \
    }

#define AES_AEAD(id_, name_, word_, rfc_, salt_, icv_, esp_only_, cipher_)                         \
    {                                                                                              \
        .type = CRYPTO_ENCR, .id = (id_), .name = (name_), .keyword = (word_), .rfc = (rfc_),      \
        .computed = true, .aead = true, .variable_key = true, .counter_iv = true,                  \
        .esp_only = (esp_only_), .salt_len = (salt_), .iv_len = 8, .block_len = 1,                 \
        .icv_len = (icv_), .openssl = (cipher_)                                                    \
    }

/* Implicit IVs (RFC 8750): ESP's sequence number is the IV, and none is sent. */
#define IIV(id_, name_, word_, salt_, icv_, variable_, key_, cipher_)                              \
    {                                                                                              \
        .type = CRYPTO_ENCR, .id = (id_), .name = (name_), .keyword = (word_), .rfc = "RFC 8750",  \
        .computed = true, .aead = true, .variable_key = (variable_), .implicit_iv = true,          \
        .esp_only = true, .salt_len = (salt_), .block_len = 1, .icv_len = (icv_),                  \
        .key_len = (key_), .openssl = (cipher_)                                                    \
    }

#define KEM(id_, name_, keyword_, public_, answer_, openssl_)                                      \
    {                                                                                              \
        .type = CRYPTO_KE, .id = (id_), .name = (name_), .keyword = (keyword_), .rfc = "FIPS 203", \
        .kem = true, .public_len = (public_), .answer_len = (answer_), .secret_len = 32,           \
        .openssl = (openssl_)                                                                      \
    }
#define KE(id_, name_, word_, rfc_, public_, secret_, group_)                                      \
    {                                                                                              \
        .type = CRYPTO_KE, .id = (id_), .name = (name_), .keyword = (word_), .rfc = (rfc_),        \
        .computed = true, .public_len = (public_), .secret_len = (secret_), .openssl = (group_)    \
    }

/* Sorted by (type, id): crypto_transform_find searches by halves. Where the registry names no
 * specification ("unspecified"), rfc is NULL. */
/* clang-format off */
static const struct crypto_transform transforms[] = {
    NAMED(CRYPTO_ENCR, 1, "ENCR_DES_IV64", NULL, NULL),
    NAMED(CRYPTO_ENCR, 2, "ENCR_DES", "des", "RFC 2405"),
    {.type = CRYPTO_ENCR, .id = CRYPTO_ENCR_3DES, .name = "ENCR_3DES", .keyword = "3des",
     .rfc = "RFC 2451", .computed = true, .iv_len = 8, .block_len = 8, .key_len = 24,
     .openssl = "DES-EDE3-CBC"},
    NAMED(CRYPTO_ENCR, 4, "ENCR_RC5", NULL, "RFC 2451"),
    NAMED(CRYPTO_ENCR, 5, "ENCR_IDEA", NULL, "RFC 2451"),
    NAMED(CRYPTO_ENCR, 6, "ENCR_CAST", "cast%u", "RFC 2451"),
    NAMED(CRYPTO_ENCR, 7, "ENCR_BLOWFISH", "blowfish%u", "RFC 2451"),
    NAMED(CRYPTO_ENCR, 8, "ENCR_3IDEA", NULL, NULL),
    NAMED(CRYPTO_ENCR, 9, "ENCR_DES_IV32", NULL, NULL),
    {.type = CRYPTO_ENCR, .id = CRYPTO_ENCR_NULL, .name = "ENCR_NULL", .keyword = "null",
     .rfc = "RFC 2410", .computed = true, .esp_only = true, .block_len = 1},
    {.type = CRYPTO_ENCR, .id = CRYPTO_ENCR_AES_CBC, .name = "ENCR_AES_CBC", .keyword = "aes%u",
     .rfc = "RFC 3602", .computed = true, .variable_key = true, .iv_len = 16, .block_len = 16,
     .openssl = "AES-%u-CBC"},
    {.type = CRYPTO_ENCR, .id = CRYPTO_ENCR_AES_CTR, .name = "ENCR_AES_CTR",
     .keyword = "aes%uctr", .rfc = "RFC 3686", .computed = true, .variable_key = true,
     .counter_iv = true, .salt_len = 4, .iv_len = 8, .block_len = 1, .openssl = "AES-%u-CTR"},
    AES_AEAD(14, "ENCR_AES_CCM_8", "aes%uccm8", "RFC 4309", 3, 8, false, "AES-%u-CCM"),
    AES_AEAD(15, "ENCR_AES_CCM_12", "aes%uccm12", "RFC 4309", 3, 12, false, "AES-%u-CCM"),
    AES_AEAD(16, "ENCR_AES_CCM_16", "aes%uccm16", "RFC 4309", 3, 16, false, "AES-%u-CCM"),
    AES_AEAD(18, "ENCR_AES_GCM_8", "aes%ugcm8", "RFC 4106", 4, 8, false, "AES-%u-GCM"),
    AES_AEAD(19, "ENCR_AES_GCM_12", "aes%ugcm12", "RFC 4106", 4, 12, false, "AES-%u-GCM"),
    AES_AEAD(CRYPTO_ENCR_AES_GCM_16, "ENCR_AES_GCM_16", "aes%ugcm16", "RFC 4106", 4, 16, false,
             "AES-%u-GCM"),
    AES_AEAD(CRYPTO_ENCR_NULL_AUTH_AES_GMAC, "ENCR_NULL_AUTH_AES_GMAC", "aes%ugmac", "RFC 4543", 4,
             16, true, "AES-%u-GCM"),
    NAMED(CRYPTO_ENCR, 22, "XTS-AES", NULL, NULL),
    NAMED(CRYPTO_ENCR, 23, "ENCR_CAMELLIA_CBC", "camellia%u", "RFC 5529"),
    NAMED(CRYPTO_ENCR, 24, "ENCR_CAMELLIA_CTR", "camellia%uctr", "RFC 5529"),
    NAMED(CRYPTO_ENCR, 25, "ENCR_CAMELLIA_CCM_8", "camellia%uccm8", "RFC 5529"),
    NAMED(CRYPTO_ENCR, 26, "ENCR_CAMELLIA_CCM_12", "camellia%uccm12", "RFC 5529"),
    NAMED(CRYPTO_ENCR, 27, "ENCR_CAMELLIA_CCM_16", "camellia%uccm16", "RFC 5529"),
    {.type = CRYPTO_ENCR, .id = CRYPTO_ENCR_CHACHA20_POLY1305, .name = "ENCR_CHACHA20_POLY1305",
     .keyword = "chacha20poly1305", .rfc = "RFC 7634", .computed = true, .aead = true,
     .counter_iv = true, .salt_len = 4, .iv_len = 8, .block_len = 1, .icv_len = 16, .key_len = 32,
     .openssl = "ChaCha20-Poly1305"},
    IIV(CRYPTO_ENCR_AES_CCM_8_IIV, "ENCR_AES_CCM_8_IIV", "aes%uccm8iiv", 3, 8, true, 0,
        "AES-%u-CCM"),
    IIV(CRYPTO_ENCR_AES_GCM_16_IIV, "ENCR_AES_GCM_16_IIV", "aes%ugcm16iiv", 4, 16, true, 0,
        "AES-%u-GCM"),
    IIV(CRYPTO_ENCR_CHACHA20_POLY1305_IIV, "ENCR_CHACHA20_POLY1305_IIV", "chacha20poly1305iiv", 4,
        16, false, 32, "ChaCha20-Poly1305"),
    NAMED(CRYPTO_ENCR, 32, "ENCR_KUZNYECHIK_MGM_KTREE", NULL, "RFC 9227"),
    NAMED(CRYPTO_ENCR, 33, "ENCR_MAGMA_MGM_KTREE", NULL, "RFC 9227"),
    NAMED(CRYPTO_ENCR, 34, "ENCR_KUZNYECHIK_MGM_MAC_KTREE", NULL, "RFC 9227"),
    NAMED(CRYPTO_ENCR, 35, "ENCR_MAGMA_MGM_MAC_KTREE", NULL, "RFC 9227"),

    NAMED(CRYPTO_PRF, 1, "PRF_HMAC_MD5", "prfmd5", "RFC 2104"),
    HMAC_PRF(CRYPTO_PRF_HMAC_SHA1, "PRF_HMAC_SHA1", "prfsha1", "RFC 2104", 20, "SHA1"),
    NAMED(CRYPTO_PRF, 3, "PRF_HMAC_TIGER", NULL, NULL),
    AES_PRF(CRYPTO_PRF_AES128_XCBC, "PRF_AES128_XCBC", "prfaesxcbc", "RFC 4434"),
    HMAC_PRF(CRYPTO_PRF_HMAC_SHA2_256, "PRF_HMAC_SHA2_256", "prfsha256", "RFC 4868", 32, "SHA256"),
    HMAC_PRF(CRYPTO_PRF_HMAC_SHA2_384, "PRF_HMAC_SHA2_384", "prfsha384", "RFC 4868", 48, "SHA384"),
    HMAC_PRF(CRYPTO_PRF_HMAC_SHA2_512, "PRF_HMAC_SHA2_512", "prfsha512", "RFC 4868", 64, "SHA512"),
    AES_PRF(CRYPTO_PRF_AES128_CMAC, "PRF_AES128_CMAC", "prfaescmac", "RFC 4615"),
    NAMED(CRYPTO_PRF, 9, "PRF_HMAC_STREEBOG_512", NULL, "RFC 9385"),

    NAMED(CRYPTO_INTEG, CRYPTO_INTEG_NONE, "NONE", NULL, "RFC 7296"),
    NAMED(CRYPTO_INTEG, 1, "AUTH_HMAC_MD5_96", "md5", "RFC 2403"),
    HMAC_INTEG(CRYPTO_INTEG_HMAC_SHA1_96, "AUTH_HMAC_SHA1_96", "sha1", "RFC 2404", 20, 12, "SHA1"),
    NAMED(CRYPTO_INTEG, 3, "AUTH_DES_MAC", NULL, NULL),
    NAMED(CRYPTO_INTEG, 4, "AUTH_KPDK_MD5", NULL, NULL),
    AES_INTEG(CRYPTO_INTEG_AES_XCBC_96, "AUTH_AES_XCBC_96", "aesxcbc", "RFC 3566"),
    NAMED(CRYPTO_INTEG, 6, "AUTH_HMAC_MD5_128", "md5_128", "RFC 4595"),
    HMAC_INTEG(CRYPTO_INTEG_HMAC_SHA1_160, "AUTH_HMAC_SHA1_160", "sha1_160", "RFC 4595", 20, 20,
               "SHA1"),
    AES_INTEG(CRYPTO_INTEG_AES_CMAC_96, "AUTH_AES_CMAC_96", "aescmac", "RFC 4494"),
    NAMED(CRYPTO_INTEG, 9, "AUTH_AES_128_GMAC", NULL, "RFC 4543"),
    NAMED(CRYPTO_INTEG, 10, "AUTH_AES_192_GMAC", NULL, "RFC 4543"),
    NAMED(CRYPTO_INTEG, 11, "AUTH_AES_256_GMAC", NULL, "RFC 4543"),
    HMAC_INTEG(CRYPTO_INTEG_HMAC_SHA2_256_128, "AUTH_HMAC_SHA2_256_128", "sha256", "RFC 4868", 32,
               16, "SHA256"),
    HMAC_INTEG(CRYPTO_INTEG_HMAC_SHA2_384_192, "AUTH_HMAC_SHA2_384_192", "sha384", "RFC 4868", 48,
               24, "SHA384"),
    HMAC_INTEG(CRYPTO_INTEG_HMAC_SHA2_512_256, "AUTH_HMAC_SHA2_512_256", "sha512", "RFC 4868", 64,
               32, "SHA512"),

    NAMED(CRYPTO_KE, 0, "NONE", "modpnone", "RFC 7296"),
    NAMED(CRYPTO_KE, 1, "768-bit MODP Group", "modp768", "RFC 7296"),
    KE(CRYPTO_KE_MODP_1024, "1024-bit MODP Group", "modp1024", "RFC 7296", 128, 128, NULL),
    KE(CRYPTO_KE_MODP_1536, "1536-bit MODP Group", "modp1536", "RFC 3526", 192, 192, "modp_1536"),
    KE(CRYPTO_KE_MODP_2048, "2048-bit MODP Group", "modp2048", "RFC 3526", 256, 256, "modp_2048"),
    KE(CRYPTO_KE_MODP_3072, "3072-bit MODP Group", "modp3072", "RFC 3526", 384, 384, "modp_3072"),
    KE(CRYPTO_KE_MODP_4096, "4096-bit MODP Group", "modp4096", "RFC 3526", 512, 512, "modp_4096"),
    KE(CRYPTO_KE_MODP_6144, "6144-bit MODP Group", "modp6144", "RFC 3526", 768, 768, "modp_6144"),
    KE(CRYPTO_KE_MODP_8192, "8192-bit MODP Group", "modp8192", "RFC 3526", 1024, 1024,
       "modp_8192"),
    /* RFC 5903 §7: both coordinates are sent, the x coordinate alone is the secret. */
    KE(CRYPTO_KE_ECP_256, "256-bit random ECP group", "ecp256", "RFC 5903", 64, 32, "P-256"),
    KE(CRYPTO_KE_ECP_384, "384-bit random ECP group", "ecp384", "RFC 5903", 96, 48, "P-384"),
    KE(CRYPTO_KE_ECP_521, "521-bit random ECP group", "ecp521", "RFC 5903", 132, 66, "P-521"),
    NAMED(CRYPTO_KE, 22, "1024-bit MODP Group with 160-bit Prime Order Subgroup", "modp1024s160",
          "RFC 5114"),
    NAMED(CRYPTO_KE, 23, "2048-bit MODP Group with 224-bit Prime Order Subgroup", "modp2048s224",
          "RFC 5114"),
    NAMED(CRYPTO_KE, 24, "2048-bit MODP Group with 256-bit Prime Order Subgroup", "modp2048s256",
          "RFC 5114"),
    NAMED(CRYPTO_KE, 25, "192-bit Random ECP Group", "ecp192", "RFC 5114"),
    NAMED(CRYPTO_KE, 26, "224-bit Random ECP Group", "ecp224", "RFC 5114"),
    KE(CRYPTO_KE_BRAINPOOL_P224R1, "brainpoolP224r1", "ecp224bp", "RFC 6954", 56, 28,
       "brainpoolP224r1"),
    KE(CRYPTO_KE_BRAINPOOL_P256R1, "brainpoolP256r1", "ecp256bp", "RFC 6954", 64, 32,
       "brainpoolP256r1"),
    KE(CRYPTO_KE_BRAINPOOL_P384R1, "brainpoolP384r1", "ecp384bp", "RFC 6954", 96, 48,
       "brainpoolP384r1"),
    KE(CRYPTO_KE_BRAINPOOL_P512R1, "brainpoolP512r1", "ecp512bp", "RFC 6954", 128, 64,
       "brainpoolP512r1"),
    KE(CRYPTO_KE_CURVE25519, "Curve25519", "x25519", "RFC 8031", 32, 32, "X25519"),
    KE(CRYPTO_KE_CURVE448, "Curve448", "x448", "RFC 8031", 56, 56, "X448"),
    NAMED(CRYPTO_KE, 33, "GOST3410_2012_256", NULL, "RFC 9385"),
    NAMED(CRYPTO_KE, 34, "GOST3410_2012_512", NULL, "RFC 9385"),
    KEM(CRYPTO_KE_ML_KEM_512, "ml-kem-512", "mlkem512", 800, 768, "ML-KEM-512"),
    KEM(CRYPTO_KE_ML_KEM_768, "ml-kem-768", "mlkem768", 1184, 1088, "ML-KEM-768"),
    KEM(CRYPTO_KE_ML_KEM_1024, "ml-kem-1024", "mlkem1024", 1568, 1568, "ML-KEM-1024"),

    {.type = CRYPTO_ESN, .id = CRYPTO_ESN_NO, .name = "No Extended Sequence Numbers",
     .keyword = "noesn", .rfc = "RFC 7296", .computed = true},
    {.type = CRYPTO_ESN, .id = CRYPTO_ESN_YES, .name = "Extended Sequence Numbers",
     .keyword = "esn", .rfc = "RFC 7296", .computed = true},
};
/* clang-format on */

static uint32_t order_of(unsigned type, uint16_t id)
{
    return (uint32_t)type << 16 | id;
}

/* Every message asks a dozen times: bsearch with its calls took three times as long. */
const struct crypto_transform *crypto_transform_find(enum crypto_transform_type type, uint16_t id)
{
    uint32_t wanted = order_of(crypto_is_addke(type) ? CRYPTO_KE : type, id);
    const struct crypto_transform *row = transforms;

    for (size_t left = sizeof transforms / sizeof transforms[0]; left > 1;) {
        size_t half = left / 2;
        row = order_of(row[half].type, row[half].id) <= wanted ? row + half : row;
        left -= half;
    }
    return order_of(row->type, row->id) == wanted ? row : NULL;
}

const struct crypto_transform *crypto_transform_table(size_t *count)
{
    *count = sizeof transforms / sizeof transforms[0];
    return transforms;
}

const char *crypto_transform_type_name(unsigned type)
{
    static const char *const names[] = {
        [CRYPTO_ENCR] = "ENCR", [CRYPTO_PRF] = "PRF", [CRYPTO_INTEG] = "INTEG",
        [CRYPTO_KE] = "KE",     [CRYPTO_ESN] = "ESN", [6] = "ADDKE1",
        [7] = "ADDKE2",         [8] = "ADDKE3",       [9] = "ADDKE4",
        [10] = "ADDKE5",        [11] = "ADDKE6",      [CRYPTO_ADDKE7] = "ADDKE7",
    };

    return type >= CRYPTO_ENCR && type <= CRYPTO_ADDKE7 ? names[type] : "?";
}
