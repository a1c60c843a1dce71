/*
 * Between which addresses the packets of a CHILD SA travel. ESP does not know that: it gives back
 * the inbound SPI with each packet, and here stands the rest.
 */
#ifndef IKESIM_SIM_HOST_OUTER_H
#define IKESIM_SIM_HOST_OUTER_H

#include "ike/endpoint.h"

/* 48 octets. */
struct outer {
    uint32_t spi_in; /* 0: a free place */
    bool udp;        /* inside of UDP between the ports (RFC 3948) */
    struct ike_address local, remote;
};

/* By inbound SPI. Zeroed before the first use. */
struct outer_table {
    uint32_t count,
        cap; /* cap 0: `one` it is; or a power of two, three quarters of which are used */
    union {
        struct outer one; /* most hosts have no more */
        struct outer *places;
    };
};

/* What is given back here is good until the next is added or removed. */
struct outer *outer_add(struct outer_table *table, uint32_t spi_in);
struct outer *outer_find(struct outer_table *table, uint32_t spi_in); /* NULL if there is none */
void outer_remove(struct outer_table *table, uint32_t spi_in); /* nothing, if it is not there */
void outer_dispose(struct outer_table *table);

/* Octets that the table holds beside itself. */
size_t outer_memory(const struct outer_table *table);

#endif
