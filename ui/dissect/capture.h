/*
 * Packets of a capture file, down to what IKE and ESP travel in: libpcap reads the file, this looks
 * through link, IP and UDP headers and says in words where a packet stops being readable.
 */
#ifndef IKESIM_UI_DISSECT_CAPTURE_H
#define IKESIM_UI_DISSECT_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/bytes.h"

enum capture_state {
    CAPTURE_WHOLE,    /* `payload` is all that was sent */
    CAPTURE_CUT,      /* `payload` is the beginning: the capture holds no more of it */
    CAPTURE_FRAGMENT, /* a fragment of an IP packet; fragments are not put together */
    CAPTURE_BROKEN,   /* headers that contradict themselves, or end before the payload */
    CAPTURE_OTHER,    /* not IP, or IP that carries neither UDP, ESP nor AH */
};

struct capture_packet {
    unsigned frame;  /* from 1 */
    int64_t time_ns; /* since 1970-01-01T00:00:00Z */
    enum capture_state state;
    char source[46], destination[46]; /* addresses; "" below IP */
    uint8_t protocol;                 /* 17, 50, or what else IP carries */
    uint16_t source_port, destination_port;
    struct crypto_bytes payload; /* of UDP, or the ESP packet; valid until the next read */
    char note[160];              /* what is the matter, "" if all is well */
};

struct capture;

/* Opens a pcap or pcapng file, compressed by gzip or not; "-" is stdin. NULL with `error`: the
 * file, what it is, what was expected. */
struct capture *capture_open(const char *path, char *error, size_t error_cap);
void capture_close(struct capture *capture);

/* The next packet. 1: there is one; 0: the end; -1: the file breaks off, is damaged, or goes
 * on in a form that is not read, `error` says where and which. */
int capture_next(struct capture *capture, struct capture_packet *packet, char *error,
                 size_t error_cap);

#endif
