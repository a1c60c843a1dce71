/* What outsiders read: a recording as pcapng, and a Wireshark profile with its keys. */
#ifndef IKESIM_TRACE_EXPORT_H
#define IKESIM_TRACE_EXPORT_H

#include <stdbool.h>

#include "trace/reader.h"

/* Writes PATH as pcapng with Ethernet, IPv4, UDP or ESP headers (checksums right), nanosecond times
 * from the epoch. Each datagram stands once, as sent, on one interface, its fate in the packet
 * comment
 * ("delivered at 0.041872 s", "lost on the link", "retransmission of frame 3", ...). With both_ends
 * every host has an interface and a packet stands there when it leaves and when it arrives. Returns
 * 0, or -1 with `error`. */
int trace_export_pcapng(struct trace_reader *reader, const char *path, bool both_ends, char *error,
                        size_t error_cap);

/* Makes the directory PATH a Wireshark profile: preferences, ikev2_decryption_table, esp_sa. Rows
 * are those of the SAs that the recording has keys of and whose algorithms Wireshark knows;
 * comments behind them count the others by reason. */
int trace_export_wireshark(struct trace_reader *reader, const char *path, char *error,
                           size_t error_cap);

#endif
