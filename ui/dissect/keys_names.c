#include "ui/dissect/keys_names.h"

#include "crypto/transform.h"

/* clang-format off */
const struct wireshark_algorithm wireshark_ike_encryption[] = {
    {"3DES [RFC2451]", 3, 24},
    {"AES-CBC-128 [RFC3602]", CRYPTO_ENCR_AES_CBC, 16},
    {"AES-CBC-192 [RFC3602]", CRYPTO_ENCR_AES_CBC, 24},
    {"AES-CBC-256 [RFC3602]", CRYPTO_ENCR_AES_CBC, 32},
    {"AES-CTR-128 [RFC5930]", 13, 20},
    {"AES-CTR-192 [RFC5930]", 13, 28},
    {"AES-CTR-256 [RFC5930]", 13, 36},
    {"AES-GCM-128 with 8 octet ICV [RFC5282]", 18, 20},
    {"AES-GCM-192 with 8 octet ICV [RFC5282]", 18, 28},
    {"AES-GCM-256 with 8 octet ICV [RFC5282]", 18, 36},
    {"AES-GCM-128 with 12 octet ICV [RFC5282]", 19, 20},
    {"AES-GCM-192 with 12 octet ICV [RFC5282]", 19, 28},
    {"AES-GCM-256 with 12 octet ICV [RFC5282]", 19, 36},
    {"AES-GCM-128 with 16 octet ICV [RFC5282]", CRYPTO_ENCR_AES_GCM_16, 20},
    {"AES-GCM-192 with 16 octet ICV [RFC5282]", CRYPTO_ENCR_AES_GCM_16, 28},
    {"AES-GCM-256 with 16 octet ICV [RFC5282]", CRYPTO_ENCR_AES_GCM_16, 36},
    {"AES-CCM-128 with 8 octet ICV [RFC5282]", 14, 19},
    {"AES-CCM-192 with 8 octet ICV [RFC5282]", 14, 27},
    {"AES-CCM-256 with 8 octet ICV [RFC5282]", 14, 35},
    {"AES-CCM-128 with 12 octet ICV [RFC5282]", 15, 19},
    {"AES-CCM-192 with 12 octet ICV [RFC5282]", 15, 27},
    {"AES-CCM-256 with 12 octet ICV [RFC5282]", 15, 35},
    {"AES-CCM-128 with 16 octet ICV [RFC5282]", 16, 19},
    {"AES-CCM-192 with 16 octet ICV [RFC5282]", 16, 27},
    {"AES-CCM-256 with 16 octet ICV [RFC5282]", 16, 35},
    {"NULL [RFC2410]", 11, 0},
    {NULL, 0, 0},
};

const struct wireshark_algorithm wireshark_ike_integrity[] = {
    {"NONE [RFC4306]", CRYPTO_INTEG_NONE, 0},
    {"HMAC_MD5_96 [RFC2403]", 1, 16},
    {"HMAC_SHA1_96 [RFC2404]", 2, 20},
    {"HMAC_MD5_128 [RFC4595]", 6, 16},
    {"HMAC_SHA1_160 [RFC4595]", 7, 20},
    {"HMAC_SHA2_256_96 [draft-ietf-ipsec-ciph-sha-256-00]", WIRESHARK_NO_ID, 32},
    {"HMAC_SHA2_256_128 [RFC4868]", CRYPTO_INTEG_HMAC_SHA2_256_128, 32},
    {"HMAC_SHA2_384_192 [RFC4868]", 13, 48},
    {"HMAC_SHA2_512_256 [RFC4868]", 14, 64},
    {"ANY 64-bits of Authentication [No Checking]", WIRESHARK_UNCHECKED | 8, 0},
    {"ANY 96-bits of Authentication [No Checking]", WIRESHARK_UNCHECKED | 12, 0},
    {"ANY 128-bits of Authentication [No Checking]", WIRESHARK_UNCHECKED | 16, 0},
    {"ANY 160-bits of Authentication [No Checking]", WIRESHARK_UNCHECKED | 20, 0},
    {"ANY 192-bits of Authentication [No Checking]", WIRESHARK_UNCHECKED | 24, 0},
    {"ANY 256-bits of Authentication [No Checking]", WIRESHARK_UNCHECKED | 32, 0},
    {NULL, 0, 0},
};

const struct wireshark_algorithm wireshark_esp_encryption[] = {
    {"NULL", 11, 0},
    {"TripleDES-CBC [RFC2451]", 3, 24},
    {"AES-CBC [RFC3602]", CRYPTO_ENCR_AES_CBC, 0},
    {"AES-CTR [RFC3686]", 13, 0},
    {"DES-CBC [RFC2405]", 2, 8},
    {"CAST5-CBC [RFC2144]", 6, 0},
    {"BLOWFISH-CBC [RFC2451]", 7, 0},
    {"TWOFISH-CBC", WIRESHARK_NO_ID, 0},
    {"AES-GCM [RFC4106]", CRYPTO_ENCR_AES_GCM_16, 0},
    {"AES-GCM with 8 octet ICV [RFC4106]", 18, 0},
    {"AES-GCM with 12 octet ICV [RFC4106]", 19, 0},
    {"AES-GCM with 16 octet ICV [RFC4106]", CRYPTO_ENCR_AES_GCM_16, 0},
    {"ChaCha20 with Poly1305 [RFC7634]", 28, 36},
    {NULL, 0, 0},
};

const struct wireshark_algorithm wireshark_esp_integrity[] = {
    {"NULL", CRYPTO_INTEG_NONE, 0},
    {"HMAC-SHA-1-96 [RFC2404]", 2, 20},
    {"HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]", WIRESHARK_NO_ID, 32},
    {"HMAC-SHA-256-128 [RFC4868]", CRYPTO_INTEG_HMAC_SHA2_256_128, 32},
    {"HMAC-SHA-384-192 [RFC4868]", 13, 48},
    {"HMAC-SHA-512-256 [RFC4868]", 14, 64},
    {"MAC-RIPEMD-160-96 [RFC2857]", WIRESHARK_NO_ID, 20},
    {"HMAC-MD5-96 [RFC2403]", 1, 16},
    {"ANY 64 bit authentication [no checking]", WIRESHARK_UNCHECKED | 8, 0},
    {"ANY 96 bit authentication [no checking]", WIRESHARK_UNCHECKED | 12, 0},
    {"ANY 128 bit authentication [no checking]", WIRESHARK_UNCHECKED | 16, 0},
    {"ANY 192 bit authentication [no checking]", WIRESHARK_UNCHECKED | 24, 0},
    {"ANY 256 bit authentication [no checking]", WIRESHARK_UNCHECKED | 32, 0},
    {NULL, 0, 0},
};
/* clang-format on */
