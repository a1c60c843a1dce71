/* IPv4 addresses in text and bytes. */
#ifndef IKESIM_SIM_NET_ADDRESS_H
#define IKESIM_SIM_NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#define NET_ADDRESS_TEXT 16

/* Writes "192.0.2.10"; returns `text`. */
const char *net_address_print(const uint8_t address[4], char text[NET_ADDRESS_TEXT]);

/* Reads exactly four decimal octets. */
bool net_address_parse(const char *text, uint8_t address[4]);

#endif
