/*
 * Numbers of the wire and their names, each with the text that defines it: the one table that
 * codec, ladder, dissector and docs share (RFC 7296 §3, IANA "IKEv2 Parameters").
 */
#ifndef IKESIM_IKE_WIRE_H
#define IKESIM_IKE_WIRE_H

#include <stddef.h>
#include <stdint.h>

/* Lengths in octets that RFC 7296 §3 fixes. */
#define IKE_HEADER_LEN 28          /* §3.1 */
#define IKE_GENERIC_HEADER_LEN 4   /* §3.2 */
#define IKE_SKF_HEADER_LEN 8       /* RFC 7383 §2.5, generic header included */
#define IKE_PROPOSAL_HEADER_LEN 8  /* §3.3.1, without the SPI */
#define IKE_TRANSFORM_HEADER_LEN 8 /* §3.3.2, without attributes */
#define IKE_TS_HEADER_LEN 8        /* §3.13.1, without addresses */
#define IKE_SPI_LEN 8              /* of an IKE SA */
#define IKE_CHILD_SPI_LEN 4        /* of ESP and AH */

/* UDP ports (§2.23). */
#define IKE_PORT 500
#define IKE_PORT_NAT_T 4500

#define IKE_MAJOR_VERSION 2
#define IKE_MINOR_VERSION 0

/* In the first octet of a generic payload header's second half (§3.2), and of a transform attribute
 * (§3.3.5). */
#define IKE_CRITICAL_BIT 0x80
#define IKE_ATTRIBUTE_TV 0x8000

/* Types below are errors, from here on status (§3.10.1). */
#define IKE_NOTIFY_STATUS_FIRST 16384

/* Flags octet of the IKE header (§3.1). X(symbol, number, name, short name or NULL, reference), as
 * in all tables of this file. */
#define IKE_FLAGS(X)                                                                               \
    X(INITIATOR, 0x08, "Initiator", "I", "RFC 7296 §3.1")                                          \
    X(VERSION, 0x10, "Version", "V", "RFC 7296 §3.1")                                              \
    X(RESPONSE, 0x20, "Response", "R", "RFC 7296 §3.1")

#define IKE_EXCHANGES(X)                                                                           \
    X(IKE_SA_INIT, 34, "IKE_SA_INIT", NULL, "RFC 7296 §1.2")                                       \
    X(IKE_AUTH, 35, "IKE_AUTH", NULL, "RFC 7296 §1.2")                                             \
    X(CREATE_CHILD_SA, 36, "CREATE_CHILD_SA", NULL, "RFC 7296 §1.3")                               \
    X(INFORMATIONAL, 37, "INFORMATIONAL", NULL, "RFC 7296 §1.4")                                   \
    X(IKE_SESSION_RESUME, 38, "IKE_SESSION_RESUME", NULL, "RFC 5723 §4.3")                         \
    X(GSA_AUTH, 39, "GSA_AUTH", NULL, "RFC 9838")                                                  \
    X(GSA_REGISTRATION, 40, "GSA_REGISTRATION", NULL, "RFC 9838")                                  \
    X(GSA_REKEY, 41, "GSA_REKEY", NULL, "RFC 9838")                                                \
    X(GSA_INBAND_REKEY, 42, "GSA_INBAND_REKEY", NULL, "RFC 9838")                                  \
    X(IKE_INTERMEDIATE, 43, "IKE_INTERMEDIATE", NULL, "RFC 9242")                                  \
    X(IKE_FOLLOWUP_KE, 44, "IKE_FOLLOWUP_KE", NULL, "RFC 9370")

/* Payload types (§3.2). The short name is the one of RFC 7296 §1.2; a nonce is Ni or Nr by
 * direction. */
#define IKE_PAYLOADS(X)                                                                            \
    X(NONE, 0, "No Next Payload", "none", "RFC 7296 §3.2")                                         \
    X(SA, 33, "Security Association", "SA", "RFC 7296 §3.3")                                       \
    X(KE, 34, "Key Exchange", "KE", "RFC 7296 §3.4")                                               \
    X(IDI, 35, "Identification - Initiator", "IDi", "RFC 7296 §3.5")                               \
    X(IDR, 36, "Identification - Responder", "IDr", "RFC 7296 §3.5")                               \
    X(CERT, 37, "Certificate", "CERT", "RFC 7296 §3.6")                                            \
    X(CERTREQ, 38, "Certificate Request", "CERTREQ", "RFC 7296 §3.7")                              \
    X(AUTH, 39, "Authentication", "AUTH", "RFC 7296 §3.8")                                         \
    X(NONCE, 40, "Nonce", "Ni/Nr", "RFC 7296 §3.9")                                                \
    X(NOTIFY, 41, "Notify", "N", "RFC 7296 §3.10")                                                 \
    X(DELETE, 42, "Delete", "D", "RFC 7296 §3.11")                                                 \
    X(VENDOR, 43, "Vendor ID", "V", "RFC 7296 §3.12")                                              \
    X(TSI, 44, "Traffic Selector - Initiator", "TSi", "RFC 7296 §3.13")                            \
    X(TSR, 45, "Traffic Selector - Responder", "TSr", "RFC 7296 §3.13")                            \
    X(SK, 46, "Encrypted and Authenticated", "SK", "RFC 7296 §3.14")                               \
    X(CP, 47, "Configuration", "CP", "RFC 7296 §3.15")                                             \
    X(EAP, 48, "Extensible Authentication", "EAP", "RFC 7296 §3.16")                               \
    X(GSPM, 49, "Generic Secure Password Method", "GSPM", "RFC 6467 §3")                           \
    X(IDG, 50, "Group Identification", "IDg", "RFC 9838")                                          \
    X(GSA, 51, "Group Security Association", "GSA", "RFC 9838")                                    \
    X(KD, 52, "Key Download", "KD", "RFC 9838")                                                    \
    X(SKF, 53, "Encrypted and Authenticated Fragment", "SKF", "RFC 7383 §2.5")                     \
    X(PS, 54, "Puzzle Solution", "PS", "RFC 8019 §8.2")

/* Security Protocol Identifiers of Proposal, Notify and Delete (§3.3.1). 0: about no SA in
 * particular. */
#define IKE_PROTOCOLS(X)                                                                           \
    X(NONE, 0, "none", NULL, "RFC 7296 §3.10")                                                     \
    X(IKE, 1, "IKE", NULL, "RFC 7296 §3.3.1")                                                      \
    X(AH, 2, "AH", NULL, "RFC 7296 §3.3.1")                                                        \
    X(ESP, 3, "ESP", NULL, "RFC 7296 §3.3.1")                                                      \
    X(FC_ESP_HEADER, 4, "FC_ESP_HEADER", NULL, "RFC 4595")                                         \
    X(FC_CT_AUTHENTICATION, 5, "FC_CT_AUTHENTICATION", NULL, "RFC 4595")

/* Transform attributes (§3.3.5). */
#define IKE_TRANSFORM_ATTRIBUTES(X) X(KEY_LENGTH, 14, "Key Length", NULL, "RFC 7296 §3.3.5")

#define IKE_ID_TYPES(X)                                                                            \
    X(IPV4_ADDR, 1, "ID_IPV4_ADDR", "ipv4", "RFC 7296 §3.5")                                       \
    X(FQDN, 2, "ID_FQDN", "fqdn", "RFC 7296 §3.5")                                                 \
    X(RFC822_ADDR, 3, "ID_RFC822_ADDR", "email", "RFC 7296 §3.5")                                  \
    X(IPV6_ADDR, 5, "ID_IPV6_ADDR", "ipv6", "RFC 7296 §3.5")                                       \
    X(DER_ASN1_DN, 9, "ID_DER_ASN1_DN", "dn", "RFC 7296 §3.5")                                     \
    X(DER_ASN1_GN, 10, "ID_DER_ASN1_GN", "gn", "RFC 7296 §3.5")                                    \
    X(KEY_ID, 11, "ID_KEY_ID", "keyid", "RFC 7296 §3.5")                                           \
    X(FC_NAME, 12, "ID_FC_NAME", "fcname", "RFC 4595")                                             \
    X(NULL, 13, "ID_NULL", "null", "RFC 7619 §2.2")

#define IKE_CERT_ENCODINGS(X)                                                                      \
    X(PKCS7, 1, "PKCS #7 wrapped X.509 certificate", NULL, "RFC 7296 §3.6")                        \
    X(PGP, 2, "PGP Certificate", NULL, "RFC 7296 §3.6")                                            \
    X(DNS_SIGNED_KEY, 3, "DNS Signed Key", NULL, "RFC 7296 §3.6")                                  \
    X(X509_SIGNATURE, 4, "X.509 Certificate - Signature", "X.509", "RFC 7296 §3.6")                \
    X(KERBEROS_TOKEN, 6, "Kerberos Token", NULL, "RFC 7296 §3.6")                                  \
    X(CRL, 7, "Certificate Revocation List (CRL)", "CRL", "RFC 7296 §3.6")                         \
    X(ARL, 8, "Authority Revocation List (ARL)", "ARL", "RFC 7296 §3.6")                           \
    X(SPKI, 9, "SPKI Certificate", NULL, "RFC 7296 §3.6")                                          \
    X(X509_ATTRIBUTE, 10, "X.509 Certificate - Attribute", NULL, "RFC 7296 §3.6")                  \
    X(RAW_RSA_KEY, 11, "Raw RSA Key", NULL, "RFC 7296 §3.6")                                       \
    X(HASH_URL_X509, 12, "Hash and URL of X.509 certificate", NULL, "RFC 7296 §3.6")               \
    X(HASH_URL_BUNDLE, 13, "Hash and URL of X.509 bundle", NULL, "RFC 7296 §3.6")                  \
    X(OCSP, 14, "OCSP Content", "OCSP", "RFC 4806")                                                \
    X(RAW_PUBLIC_KEY, 15, "Raw Public Key", NULL, "RFC 7670 §3")

#define IKE_AUTH_METHODS(X)                                                                        \
    X(RSA, 1, "RSA Digital Signature", NULL, "RFC 7296 §3.8")                                      \
    X(SHARED_KEY, 2, "Shared Key Message Integrity Code", "PSK", "RFC 7296 §3.8")                  \
    X(DSS, 3, "DSS Digital Signature", NULL, "RFC 7296 §3.8")                                      \
    X(ECDSA_256, 9, "ECDSA with SHA-256 on the P-256 curve", NULL, "RFC 4754 §7")                  \
    X(ECDSA_384, 10, "ECDSA with SHA-384 on the P-384 curve", NULL, "RFC 4754 §7")                 \
    X(ECDSA_512, 11, "ECDSA with SHA-512 on the P-521 curve", NULL, "RFC 4754 §7")                 \
    X(GSPAM, 12, "Generic Secure Password Authentication Method", NULL, "RFC 6467 §6")             \
    X(NULL, 13, "NULL Authentication", NULL, "RFC 7619 §2.1")                                      \
    X(SIGNATURE, 14, "Digital Signature", NULL, "RFC 7427 §3")

/* Notify types: errors (§3.10.1, first table) ... */
#define IKE_NOTIFY_ERRORS(X)                                                                       \
    X(UNSUPPORTED_CRITICAL_PAYLOAD, 1, "UNSUPPORTED_CRITICAL_PAYLOAD", NULL, "RFC 7296 §2.5")      \
    X(INVALID_IKE_SPI, 4, "INVALID_IKE_SPI", NULL, "RFC 7296 §2.21")                               \
    X(INVALID_MAJOR_VERSION, 5, "INVALID_MAJOR_VERSION", NULL, "RFC 7296 §2.5")                    \
    X(INVALID_SYNTAX, 7, "INVALID_SYNTAX", NULL, "RFC 7296 §2.21.3")                               \
    X(INVALID_MESSAGE_ID, 9, "INVALID_MESSAGE_ID", NULL, "RFC 7296 §2.3")                          \
    X(INVALID_SPI, 11, "INVALID_SPI", NULL, "RFC 7296 §1.5")                                       \
    X(NO_PROPOSAL_CHOSEN, 14, "NO_PROPOSAL_CHOSEN", NULL, "RFC 7296 §2.7")                         \
    X(INVALID_KE_PAYLOAD, 17, "INVALID_KE_PAYLOAD", NULL, "RFC 7296 §1.3")                         \
    X(AUTHENTICATION_FAILED, 24, "AUTHENTICATION_FAILED", NULL, "RFC 7296 §2.21.2")                \
    X(SINGLE_PAIR_REQUIRED, 34, "SINGLE_PAIR_REQUIRED", NULL, "RFC 7296 §2.9")                     \
    X(NO_ADDITIONAL_SAS, 35, "NO_ADDITIONAL_SAS", NULL, "RFC 7296 §1.3")                           \
    X(INTERNAL_ADDRESS_FAILURE, 36, "INTERNAL_ADDRESS_FAILURE", NULL, "RFC 7296 §3.15.4")          \
    X(FAILED_CP_REQUIRED, 37, "FAILED_CP_REQUIRED", NULL, "RFC 7296 §2.19")                        \
    X(TS_UNACCEPTABLE, 38, "TS_UNACCEPTABLE", NULL, "RFC 7296 §2.9")                               \
    X(INVALID_SELECTORS, 39, "INVALID_SELECTORS", NULL, "RFC 7296 §3.10.1")                        \
    X(UNACCEPTABLE_ADDRESSES, 40, "UNACCEPTABLE_ADDRESSES", NULL, "RFC 4555 §4.1.1")               \
    X(UNEXPECTED_NAT_DETECTED, 41, "UNEXPECTED_NAT_DETECTED", NULL, "RFC 4555 §4.1.2")             \
    X(USE_ASSIGNED_HOA, 42, "USE_ASSIGNED_HoA", NULL, "RFC 5026")                                  \
    X(TEMPORARY_FAILURE, 43, "TEMPORARY_FAILURE", NULL, "RFC 7296 §2.25")                          \
    X(CHILD_SA_NOT_FOUND, 44, "CHILD_SA_NOT_FOUND", NULL, "RFC 7296 §2.25")                        \
    X(INVALID_GROUP_ID, 45, "INVALID_GROUP_ID", NULL, "RFC 9838")                                  \
    X(AUTHORIZATION_FAILED, 46, "AUTHORIZATION_FAILED", NULL, "RFC 9838")                          \
    X(STATE_NOT_FOUND, 47, "STATE_NOT_FOUND", NULL, "RFC 9370")                                    \
    X(TS_MAX_QUEUE, 48, "TS_MAX_QUEUE", NULL, "RFC 9611")

/* ... and status (§3.10.1, second table). */
#define IKE_NOTIFY_STATUSES(X)                                                                     \
    X(INITIAL_CONTACT, 16384, "INITIAL_CONTACT", NULL, "RFC 7296 §2.4")                            \
    X(SET_WINDOW_SIZE, 16385, "SET_WINDOW_SIZE", NULL, "RFC 7296 §2.3")                            \
    X(ADDITIONAL_TS_POSSIBLE, 16386, "ADDITIONAL_TS_POSSIBLE", NULL, "RFC 7296 §2.9")              \
    X(IPCOMP_SUPPORTED, 16387, "IPCOMP_SUPPORTED", NULL, "RFC 7296 §2.22")                         \
    X(NAT_DETECTION_SOURCE_IP, 16388, "NAT_DETECTION_SOURCE_IP", NULL, "RFC 7296 §2.23")           \
    X(NAT_DETECTION_DESTINATION_IP, 16389, "NAT_DETECTION_DESTINATION_IP", NULL, "RFC 7296 §2.23") \
    X(COOKIE, 16390, "COOKIE", NULL, "RFC 7296 §2.6")                                              \
    X(USE_TRANSPORT_MODE, 16391, "USE_TRANSPORT_MODE", NULL, "RFC 7296 §1.3.1")                    \
    X(HTTP_CERT_LOOKUP_SUPPORTED, 16392, "HTTP_CERT_LOOKUP_SUPPORTED", NULL, "RFC 7296 §3.6")      \
    X(REKEY_SA, 16393, "REKEY_SA", NULL, "RFC 7296 §1.3.3")                                        \
    X(ESP_TFC_PADDING_NOT_SUPPORTED, 16394, "ESP_TFC_PADDING_NOT_SUPPORTED", NULL,                 \
      "RFC 7296 §1.3.1")                                                                           \
    X(NON_FIRST_FRAGMENTS_ALSO, 16395, "NON_FIRST_FRAGMENTS_ALSO", NULL, "RFC 7296 §1.3.1")        \
    X(MOBIKE_SUPPORTED, 16396, "MOBIKE_SUPPORTED", NULL, "RFC 4555 §4.2.1")                        \
    X(ADDITIONAL_IP4_ADDRESS, 16397, "ADDITIONAL_IP4_ADDRESS", NULL, "RFC 4555 §4.2.2")            \
    X(ADDITIONAL_IP6_ADDRESS, 16398, "ADDITIONAL_IP6_ADDRESS", NULL, "RFC 4555 §4.2.2")            \
    X(NO_ADDITIONAL_ADDRESSES, 16399, "NO_ADDITIONAL_ADDRESSES", NULL, "RFC 4555 §4.2.3")          \
    X(UPDATE_SA_ADDRESSES, 16400, "UPDATE_SA_ADDRESSES", NULL, "RFC 4555 §4.2.4")                  \
    X(COOKIE2, 16401, "COOKIE2", NULL, "RFC 4555 §4.2.5")                                          \
    X(NO_NATS_ALLOWED, 16402, "NO_NATS_ALLOWED", NULL, "RFC 4555 §4.2.6")                          \
    X(AUTH_LIFETIME, 16403, "AUTH_LIFETIME", NULL, "RFC 4478")                                     \
    X(MULTIPLE_AUTH_SUPPORTED, 16404, "MULTIPLE_AUTH_SUPPORTED", NULL, "RFC 4739")                 \
    X(ANOTHER_AUTH_FOLLOWS, 16405, "ANOTHER_AUTH_FOLLOWS", NULL, "RFC 4739")                       \
    X(REDIRECT_SUPPORTED, 16406, "REDIRECT_SUPPORTED", NULL, "RFC 5685 §9.1")                      \
    X(REDIRECT, 16407, "REDIRECT", NULL, "RFC 5685 §9.2")                                          \
    X(REDIRECTED_FROM, 16408, "REDIRECTED_FROM", NULL, "RFC 5685 §9.3")                            \
    X(TICKET_LT_OPAQUE, 16409, "TICKET_LT_OPAQUE", NULL, "RFC 5723 §7.1")                          \
    X(TICKET_REQUEST, 16410, "TICKET_REQUEST", NULL, "RFC 5723 §7")                                \
    X(TICKET_ACK, 16411, "TICKET_ACK", NULL, "RFC 5723 §7")                                        \
    X(TICKET_NACK, 16412, "TICKET_NACK", NULL, "RFC 5723 §7")                                      \
    X(TICKET_OPAQUE, 16413, "TICKET_OPAQUE", NULL, "RFC 5723 §7.2")                                \
    X(LINK_ID, 16414, "LINK_ID", NULL, "RFC 5739")                                                 \
    X(USE_WESP_MODE, 16415, "USE_WESP_MODE", NULL, "RFC 5840 §2.3")                                \
    X(ROHC_SUPPORTED, 16416, "ROHC_SUPPORTED", NULL, "RFC 5857")                                   \
    X(EAP_ONLY_AUTHENTICATION, 16417, "EAP_ONLY_AUTHENTICATION", NULL, "RFC 5998 §3")              \
    X(CHILDLESS_IKEV2_SUPPORTED, 16418, "CHILDLESS_IKEV2_SUPPORTED", NULL, "RFC 6023")             \
    X(QUICK_CRASH_DETECTION, 16419, "QUICK_CRASH_DETECTION", NULL, "RFC 6290 §4.1")                \
    X(IKEV2_MESSAGE_ID_SYNC_SUPPORTED, 16420, "IKEV2_MESSAGE_ID_SYNC_SUPPORTED", NULL,             \
      "RFC 6311 §6.1")                                                                             \
    X(IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED, 16421, "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED", NULL,     \
      "RFC 6311 §6.2")                                                                             \
    X(IKEV2_MESSAGE_ID_SYNC, 16422, "IKEV2_MESSAGE_ID_SYNC", NULL, "RFC 6311 §6.3")                \
    X(IPSEC_REPLAY_COUNTER_SYNC, 16423, "IPSEC_REPLAY_COUNTER_SYNC", NULL, "RFC 6311 §6.4")        \
    X(SECURE_PASSWORD_METHODS, 16424, "SECURE_PASSWORD_METHODS", NULL, "RFC 6467 §2")              \
    X(PSK_PERSIST, 16425, "PSK_PERSIST", NULL, "RFC 6631")                                         \
    X(PSK_CONFIRM, 16426, "PSK_CONFIRM", NULL, "RFC 6631")                                         \
    X(ERX_SUPPORTED, 16427, "ERX_SUPPORTED", NULL, "RFC 6867")                                     \
    X(IFOM_CAPABILITY, 16428, "IFOM_CAPABILITY", NULL, "3GPP TS 24.303")                           \
    X(GROUP_SENDER, 16429, "GROUP_SENDER", NULL, "RFC 9838")                                       \
    X(FRAGMENTATION_SUPPORTED, 16430, "IKEV2_FRAGMENTATION_SUPPORTED", NULL, "RFC 7383 §2.3")      \
    X(SIGNATURE_HASH_ALGORITHMS, 16431, "SIGNATURE_HASH_ALGORITHMS", NULL, "RFC 7427 §4")          \
    X(CLONE_IKE_SA_SUPPORTED, 16432, "CLONE_IKE_SA_SUPPORTED", NULL, "RFC 7791")                   \
    X(CLONE_IKE_SA, 16433, "CLONE_IKE_SA", NULL, "RFC 7791")                                       \
    X(PUZZLE, 16434, "PUZZLE", NULL, "RFC 8019 §8.1")                                              \
    X(USE_PPK, 16435, "USE_PPK", NULL, "RFC 8784 §3")                                              \
    X(PPK_IDENTITY, 16436, "PPK_IDENTITY", NULL, "RFC 8784 §3")                                    \
    X(NO_PPK_AUTH, 16437, "NO_PPK_AUTH", NULL, "RFC 8784 §3")                                      \
    X(INTERMEDIATE_EXCHANGE_SUPPORTED, 16438, "INTERMEDIATE_EXCHANGE_SUPPORTED", NULL,             \
      "RFC 9242 §3.1")                                                                             \
    X(IP4_ALLOWED, 16439, "IP4_ALLOWED", NULL, "RFC 8983 §4")                                      \
    X(IP6_ALLOWED, 16440, "IP6_ALLOWED", NULL, "RFC 8983 §4")                                      \
    X(ADDITIONAL_KEY_EXCHANGE, 16441, "ADDITIONAL_KEY_EXCHANGE", NULL, "RFC 9370")                 \
    X(USE_AGGFRAG, 16442, "USE_AGGFRAG", NULL, "RFC 9347")                                         \
    X(SUPPORTED_AUTH_METHODS, 16443, "SUPPORTED_AUTH_METHODS", NULL, "RFC 9593")                   \
    X(SA_RESOURCE_INFO, 16444, "SA_RESOURCE_INFO", NULL, "RFC 9611")

#define IKE_TS_TYPES(X)                                                                            \
    X(IPV4_ADDR_RANGE, 7, "TS_IPV4_ADDR_RANGE", NULL, "RFC 7296 §3.13.1")                          \
    X(IPV6_ADDR_RANGE, 8, "TS_IPV6_ADDR_RANGE", NULL, "RFC 7296 §3.13.1")                          \
    X(FC_ADDR_RANGE, 9, "TS_FC_ADDR_RANGE", NULL, "RFC 4595")                                      \
    X(SECLABEL, 10, "TS_SECLABEL", NULL, "RFC 9478")

#define IKE_CFG_TYPES(X)                                                                           \
    X(REQUEST, 1, "CFG_REQUEST", NULL, "RFC 7296 §3.15")                                           \
    X(REPLY, 2, "CFG_REPLY", NULL, "RFC 7296 §3.15")                                               \
    X(SET, 3, "CFG_SET", NULL, "RFC 7296 §3.15")                                                   \
    X(ACK, 4, "CFG_ACK", NULL, "RFC 7296 §3.15")

#define IKE_CFG_ATTRIBUTES(X)                                                                      \
    X(INTERNAL_IP4_ADDRESS, 1, "INTERNAL_IP4_ADDRESS", NULL, "RFC 7296 §3.15.1")                   \
    X(INTERNAL_IP4_NETMASK, 2, "INTERNAL_IP4_NETMASK", NULL, "RFC 7296 §3.15.1")                   \
    X(INTERNAL_IP4_DNS, 3, "INTERNAL_IP4_DNS", NULL, "RFC 7296 §3.15.1")                           \
    X(INTERNAL_IP4_NBNS, 4, "INTERNAL_IP4_NBNS", NULL, "RFC 7296 §3.15.1")                         \
    X(INTERNAL_IP4_DHCP, 6, "INTERNAL_IP4_DHCP", NULL, "RFC 7296 §3.15.1")                         \
    X(APPLICATION_VERSION, 7, "APPLICATION_VERSION", NULL, "RFC 7296 §3.15.1")                     \
    X(INTERNAL_IP6_ADDRESS, 8, "INTERNAL_IP6_ADDRESS", NULL, "RFC 7296 §3.15.1")                   \
    X(INTERNAL_IP6_DNS, 10, "INTERNAL_IP6_DNS", NULL, "RFC 7296 §3.15.1")                          \
    X(INTERNAL_IP6_DHCP, 12, "INTERNAL_IP6_DHCP", NULL, "RFC 7296 §3.15.1")                        \
    X(INTERNAL_IP4_SUBNET, 13, "INTERNAL_IP4_SUBNET", NULL, "RFC 7296 §3.15.1")                    \
    X(SUPPORTED_ATTRIBUTES, 14, "SUPPORTED_ATTRIBUTES", NULL, "RFC 7296 §3.15.1")                  \
    X(INTERNAL_IP6_SUBNET, 15, "INTERNAL_IP6_SUBNET", NULL, "RFC 7296 §3.15.1")                    \
    X(MIP6_HOME_PREFIX, 16, "MIP6_HOME_PREFIX", NULL, "RFC 5026")                                  \
    X(INTERNAL_IP6_LINK, 17, "INTERNAL_IP6_LINK", NULL, "RFC 5739")                                \
    X(INTERNAL_IP6_PREFIX, 18, "INTERNAL_IP6_PREFIX", NULL, "RFC 5739")                            \
    X(HOME_AGENT_ADDRESS, 19, "HOME_AGENT_ADDRESS", NULL, "3GPP TS 24.302")                        \
    X(P_CSCF_IP4_ADDRESS, 20, "P_CSCF_IP4_ADDRESS", NULL, "RFC 7651")                              \
    X(P_CSCF_IP6_ADDRESS, 21, "P_CSCF_IP6_ADDRESS", NULL, "RFC 7651")                              \
    X(FTT_KAT, 22, "FTT_KAT", NULL, "3GPP TS 24.302")                                              \
    X(EXTERNAL_SOURCE_IP4_NAT_INFO, 23, "EXTERNAL_SOURCE_IP4_NAT_INFO", NULL, "3GPP TS 29.139")    \
    X(TIMEOUT_PERIOD_FOR_LIVENESS_CHECK, 24, "TIMEOUT_PERIOD_FOR_LIVENESS_CHECK", NULL,            \
      "3GPP TS 24.302")                                                                            \
    X(INTERNAL_DNS_DOMAIN, 25, "INTERNAL_DNS_DOMAIN", NULL, "RFC 8598 §4.1")                       \
    X(INTERNAL_DNSSEC_TA, 26, "INTERNAL_DNSSEC_TA", NULL, "RFC 8598 §4.2")                         \
    X(ENCDNS_IP4, 27, "ENCDNS_IP4", NULL, "RFC 9464")                                              \
    X(ENCDNS_IP6, 28, "ENCDNS_IP6", NULL, "RFC 9464")                                              \
    X(ENCDNS_DIGEST_INFO, 29, "ENCDNS_DIGEST_INFO", NULL, "RFC 9464")

#define IKE_EAP_CODES(X)                                                                           \
    X(REQUEST, 1, "Request", NULL, "RFC 3748 §4.1")                                                \
    X(RESPONSE, 2, "Response", NULL, "RFC 3748 §4.1")                                              \
    X(SUCCESS, 3, "Success", NULL, "RFC 3748 §4.2")                                                \
    X(FAILURE, 4, "Failure", NULL, "RFC 3748 §4.2")

#define IKE_EAP_TYPES(X)                                                                           \
    X(IDENTITY, 1, "Identity", NULL, "RFC 3748 §5.1")                                              \
    X(NOTIFICATION, 2, "Notification", NULL, "RFC 3748 §5.2")                                      \
    X(NAK, 3, "Nak", NULL, "RFC 3748 §5.3.1")                                                      \
    X(MD5_CHALLENGE, 4, "MD5-Challenge", NULL, "RFC 3748 §5.4")                                    \
    X(OTP, 5, "One-Time Password", NULL, "RFC 3748 §5.5")                                          \
    X(GTC, 6, "Generic Token Card", NULL, "RFC 3748 §5.6")                                         \
    X(TLS, 13, "EAP-TLS", NULL, "RFC 5216")                                                        \
    X(SIM, 18, "EAP-SIM", NULL, "RFC 4186")                                                        \
    X(TTLS, 21, "EAP-TTLS", NULL, "RFC 5281")                                                      \
    X(AKA, 23, "EAP-AKA", NULL, "RFC 4187")                                                        \
    X(PEAP, 25, "PEAP", NULL, "IANA EAP Method Types")                                             \
    X(MSCHAPV2, 26, "EAP-MSCHAPv2", NULL, "IANA EAP Method Types")                                 \
    X(AKA_PRIME, 50, "EAP-AKA'", NULL, "RFC 9048")                                                 \
    X(EXPANDED, 254, "Expanded Types", NULL, "RFC 3748 §5.7")

#define X(symbol, number, name, brief, reference) IKE_FLAG_##symbol = number,
enum ike_flag { IKE_FLAGS(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_EXCHANGE_##symbol = number,
enum ike_exchange { IKE_EXCHANGES(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_PAYLOAD_##symbol = number,
enum ike_payload_type { IKE_PAYLOADS(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_PROTOCOL_##symbol = number,
enum ike_protocol { IKE_PROTOCOLS(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_TRANSFORM_ATTRIBUTE_##symbol = number,
enum ike_transform_attribute { IKE_TRANSFORM_ATTRIBUTES(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_ID_##symbol = number,
enum ike_id_type { IKE_ID_TYPES(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_CERT_##symbol = number,
enum ike_cert_encoding { IKE_CERT_ENCODINGS(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_AUTH_METHOD_##symbol = number,
enum ike_auth_method { IKE_AUTH_METHODS(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_NOTIFY_##symbol = number,
enum ike_notify_type { IKE_NOTIFY_ERRORS(X) IKE_NOTIFY_STATUSES(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_TS_##symbol = number,
enum ike_ts_type { IKE_TS_TYPES(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_CFG_##symbol = number,
enum ike_cfg_type { IKE_CFG_TYPES(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_CFG_ATTRIBUTE_##symbol = number,
enum ike_cfg_attribute { IKE_CFG_ATTRIBUTES(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_EAP_CODE_##symbol = number,
enum ike_eap_code { IKE_EAP_CODES(X) };
#undef X

#define X(symbol, number, name, brief, reference) IKE_EAP_TYPE_##symbol = number,
enum ike_eap_type { IKE_EAP_TYPES(X) };
#undef X

/* One row of a table. */
struct ike_name {
    uint32_t number;
    const char *name;      /* as RFC or registry spell it */
    const char *brief;     /* as ladders show it; NULL where the name is short enough */
    const char *reference; /* the text that defines it: "RFC 7296 §2.3" */
};

/* A table in rising order of numbers; docs and the dissector walk it. */
struct ike_names {
    const char *title; /* "Notify Message Type" */
    size_t count;
    const struct ike_name *rows;
};

extern const struct ike_names ike_flags, ike_exchanges, ike_payloads, ike_protocols,
    ike_transform_attributes, ike_id_types, ike_cert_encodings, ike_auth_methods, ike_notifies,
    ike_ts_types, ike_cfg_types, ike_cfg_attributes, ike_eap_codes, ike_eap_types;

/* The row of a number, NULL if the table has none. */
const struct ike_name *ike_name_find(const struct ike_names *names, uint32_t number);

/* The row of a name or short name, letter case ignored; NULL if the table has none. */
const struct ike_name *ike_name_find_text(const struct ike_names *names, const char *text);

/* Room that ike_name_text asks for at most where a number has no name. */
#define IKE_NAME_TEXT_CAP 48

/* The name of a number; where it has none, "<title> <number>" written into `text`, which is
 * returned. */
const char *ike_name_text(const struct ike_names *names, uint32_t number, char *text, size_t cap);

/* Names; NULL where the number is unknown. */
const char *ike_exchange_name(uint32_t number);
const char *ike_payload_name(uint32_t number);  /* "Security Association" */
const char *ike_payload_brief(uint32_t number); /* "SA" */
const char *ike_notify_name(uint32_t number);
const char *ike_protocol_name(uint32_t number);
const char *ike_id_type_name(uint32_t number);
const char *ike_ts_type_name(uint32_t number);
const char *ike_cfg_attribute_name(uint32_t number);

#endif
