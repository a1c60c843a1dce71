/*
 * A faulty sender of ESP and AH: octets of its own packets that it changes when they are whole, and
 * before they are sealed, so that the peer finds them authentic (the same for IKE: ike/faults.h).
 */
#ifndef IKESIM_SIM_HOST_ESP_FAULTS_H
#define IKESIM_SIM_HOST_ESP_FAULTS_H

#include "esp/esp.h"
#include "ike/endpoint.h"

/* One change. */
struct esp_edit {
    struct ike_address to; /* IP address of the peer; family 0: any */
    uint32_t nth;          /* the n-th packet that matches, from 1; 0: each */
    uint32_t octet; /* the first to be changed, 0 being the first of the SPI or of what stands
                     * in front of it */
    struct crypto_bytes value; /* borrowed */
    uint32_t seen;             /* packets that have matched so far */
};

struct esp_faults {
    size_t count;
    struct esp_edit *edits;
    struct esp_fault fault;                /* for the stack; set by esp_faults_begin */
    const struct ike_endpoint *ike;        /* borrowed: who the peer of an SA is */
    const struct trace_observer *observer; /* borrowed, may be NULL */
};

/* For the stack of a host: makes the changes that are due and tells them (esp:edited). `faults` may
 * be NULL, and the answer is then. */
const struct esp_fault *esp_faults_begin(struct esp_faults *faults, const struct ike_endpoint *ike,
                                         const struct trace_observer *observer);

#endif
