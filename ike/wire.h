/*
 * Numbers of the wire and their names, each with the text that defines it: the one table that codec,
 * ladder, dissector and docs share (RFC 7296 §3, IANA "IKEv2 Parameters").
 */
#ifndef IKESIM_IKE_WIRE_H
#define IKESIM_IKE_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define IKE_HEADER_LEN 28
#define IKE_GENERIC_HEADER_LEN 4

/* X(symbol, number, name, short name or NULL, reference) */
#define IKE_EXCHANGES(X)                                                                           \
    X(IKE_SA_INIT, 34, "IKE_SA_INIT", NULL, "RFC 7296 §1.2")                                       \
    X(IKE_AUTH, 35, "IKE_AUTH", NULL, "RFC 7296 §1.2")                                             \
    X(CREATE_CHILD_SA, 36, "CREATE_CHILD_SA", NULL, "RFC 7296 §1.3")                               \
    X(INFORMATIONAL, 37, "INFORMATIONAL", NULL, "RFC 7296 §1.4")                                   \
    X(IKE_SESSION_RESUME, 38, "IKE_SESSION_RESUME", NULL, "RFC 5723 §4.3")                         \
    X(GSA_AUTH, 39, "GSA_AUTH", NULL, "RFC 9838")                                                  \
    X(GSA_REGISTRATION, 40, "GSA_REGISTRATION", NULL, "RFC 9838")                                  \
    X(GSA_REKEY, 41, "GSA_REKEY", NULL, "RFC 9838")                                                \
    X(IKE_INTERMEDIATE, 43, "IKE_INTERMEDIATE", NULL, "RFC 9242")                                  \
    X(IKE_FOLLOWUP_KE, 44, "IKE_FOLLOWUP_KE", NULL, "RFC 9370")

enum ike_exchange {
#define X(symbol, number, name, brief, reference) IKE_EXCHANGE_##symbol = number,
    IKE_EXCHANGES(X)
#undef X
};

#endif
