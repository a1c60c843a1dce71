/*
 * Between which addresses the packets of a CHILD SA travel. ESP does not know that: it gives back
 * the inbound SPI with each packet, and here stands the rest.
 */
#ifndef IKESIM_SIM_HOST_OUTER_H
#define IKESIM_SIM_HOST_OUTER_H

#include "ike/endpoint.h"

struct outer {
    uint32_t spi_in;
    bool udp; /* inside of UDP between the ports (RFC 3948) */
    struct ike_address local, remote;
    struct outer *next; /* in the bucket */
};

/* By inbound SPI. Zeroed before the first use. */
struct outer_table {
    size_t count, bucket_count; /* a power of two */
    struct outer **buckets;
};

struct outer *outer_add(struct outer_table *table, uint32_t spi_in);
struct outer *outer_find(const struct outer_table *table, uint32_t spi_in);
void outer_remove(struct outer_table *table, uint32_t spi_in); /* nothing, if it is not there */
void outer_dispose(struct outer_table *table);

/* Octets that the table holds. */
size_t outer_memory(const struct outer_table *table);

#endif
