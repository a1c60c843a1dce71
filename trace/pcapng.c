/* Blocks of pcapng, and Ethernet, IPv4, IPv6 and UDP headers. */
#include <assert.h>
#include <string.h>

#include "trace/pcapng.h"

/* Block types, and option codes of the blocks used here. */
#define SECTION_HEADER 0x0a0d0d0a
#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define INTERFACE_DESCRIPTION 1
#define ENHANCED_PACKET 6
#define OPT_END 0
#define OPT_COMMENT 1
#define SHB_USERAPPL 4
#define IF_NAME 2
#define IF_DESCRIPTION 3
#define IF_TSRESOL 9
#define EPB_FLAGS 2

#define LINKTYPE_ETHERNET 1
#define SNAPLEN (256 * 1024)

static void put_u16(struct trace_buffer *out, unsigned value)
{
    trace_put_u8(out, (uint8_t)value);
    trace_put_u8(out, (uint8_t)(value >> 8));
}

static void put_padding(struct trace_buffer *out, size_t len)
{
    for (; len % 4 != 0; len++) {
        trace_put_u8(out, 0);
    }
}

static void put_option(struct trace_buffer *out, unsigned code, const void *value, size_t len)
{
    put_u16(out, code);
    put_u16(out, (unsigned)len);
    trace_put_bytes(out, value, len);
    put_padding(out, len);
}

static void put_text_option(struct trace_buffer *out, unsigned code, const char *text)
{
    if (text) {
        size_t len = strlen(text);
        put_option(out, code, text, len < UINT16_MAX ? len : UINT16_MAX);
    }
}

static size_t block_begin(struct trace_buffer *out, uint32_t type)
{
    size_t start = out->len;
    trace_put_u32(out, type);
    trace_put_u32(out, 0);
    return start;
}

/* Ends the options and the block, whose length stands at both of its ends. */
static void block_end(struct trace_buffer *out, size_t start)
{
    put_option(out, OPT_END, "", 0);
    uint32_t len = (uint32_t)(out->len - start) + 4;
    trace_put_u32(out, len);
    trace_store_u32(out->data + start + 4, len);
}

void pcapng_put_section(struct trace_buffer *out, const char *program, const char *comment)
{
    size_t start = block_begin(out, SECTION_HEADER);
    trace_put_u32(out, BYTE_ORDER_MAGIC);
    put_u16(out, 1); /* version 1.0 */
    put_u16(out, 0);
    trace_put_u64(out, UINT64_MAX); /* length of the section: not told */
    put_text_option(out, OPT_COMMENT, comment);
    put_text_option(out, SHB_USERAPPL, program);
    block_end(out, start);
}

void pcapng_put_interface(struct trace_buffer *out, const char *name, const char *description)
{
    const uint8_t nanoseconds = 9; /* 10^-9 s */
    size_t start = block_begin(out, INTERFACE_DESCRIPTION);
    put_u16(out, LINKTYPE_ETHERNET);
    put_u16(out, 0);
    trace_put_u32(out, SNAPLEN);
    put_text_option(out, IF_NAME, name);
    put_text_option(out, IF_DESCRIPTION, description);
    put_option(out, IF_TSRESOL, &nanoseconds, 1);
    block_end(out, start);
}

void pcapng_put_packet(struct trace_buffer *out, uint32_t interface, uint64_t time,
                       enum pcapng_direction direction, const uint8_t *frame, size_t len,
                       const char *comment)
{
    size_t start = block_begin(out, ENHANCED_PACKET);
    trace_put_u32(out, interface);
    trace_put_u32(out, (uint32_t)(time >> 32));
    trace_put_u32(out, (uint32_t)time);
    trace_put_u32(out, (uint32_t)len);
    trace_put_u32(out, (uint32_t)len);
    trace_put_bytes(out, frame, len);
    put_padding(out, len);
    put_text_option(out, OPT_COMMENT, comment);
    if (direction != PCAPNG_UNKNOWN) {
        const uint8_t flags[4] = {(uint8_t)direction};
        put_option(out, EPB_FLAGS, flags, sizeof flags);
    }
    block_end(out, start);
}

/* ---- headers; network byte order ---- */

static void store_u16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* Adds octets to an Internet checksum's sum (RFC 1071). */
static uint32_t sum(uint32_t total, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2) {
        total += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    }
    return len % 2 != 0 ? total + ((uint32_t)bytes[len - 1] << 8) : total;
}

static uint16_t checksum(uint32_t total)
{
    while (total > 0xffff) {
        total = (total & 0xffff) + (total >> 16);
    }
    return (uint16_t)~total;
}

static size_t address_len(const struct pcapng_datagram *datagram)
{
    return datagram->family == 6 ? 16 : 4;
}

static void put_ethernet(struct trace_buffer *out, const struct pcapng_datagram *datagram)
{
    uint8_t header[14] = {0x02, 0}; /* locally administered */
    memcpy(header + 2, datagram->destination + address_len(datagram) - 4, 4);
    header[6] = 0x02;
    memcpy(header + 8, datagram->source + address_len(datagram) - 4, 4);
    store_u16(header + 12, datagram->family == 6 ? 0x86dd : 0x0800);
    trace_put_bytes(out, header, sizeof header);
}

static void put_ipv4(struct trace_buffer *out, const struct pcapng_datagram *datagram, size_t len)
{
    uint8_t header[20] = {0x45};
    store_u16(header + 2, (unsigned)(sizeof header + len));
    store_u16(header + 4, datagram->identification);
    header[8] = 64; /* time to live: the usual first value */
    header[9] = datagram->protocol;
    memcpy(header + 12, datagram->source, 4);
    memcpy(header + 16, datagram->destination, 4);
    store_u16(header + 10, checksum(sum(0, header, sizeof header)));
    trace_put_bytes(out, header, sizeof header);
}

/* RFC 8200 §3 */
static void put_ipv6(struct trace_buffer *out, const struct pcapng_datagram *datagram, size_t len)
{
    uint8_t header[40] = {0x60};
    store_u16(header + 4, (unsigned)len);
    header[6] = datagram->protocol;
    header[7] = 64; /* hop limit */
    memcpy(header + 8, datagram->source, 16);
    memcpy(header + 24, datagram->destination, 16);
    trace_put_bytes(out, header, sizeof header);
}

static void put_udp(struct trace_buffer *out, const struct pcapng_datagram *datagram)
{
    uint8_t header[8] = {0};
    unsigned len = (unsigned)(sizeof header + datagram->payload_len);
    store_u16(header, datagram->source_port);
    store_u16(header + 2, datagram->destination_port);
    store_u16(header + 4, len);
    /* The pseudo header (RFC 768, RFC 8200 §8.1): the sum is the same, for both lengths are short.
     */
    uint32_t total = sum(0, datagram->source, address_len(datagram));
    total = sum(total, datagram->destination, address_len(datagram));
    total += datagram->protocol + len;
    total = sum(total, header, sizeof header);
    uint16_t value = checksum(sum(total, datagram->payload, datagram->payload_len));
    store_u16(header + 6, value != 0 ? value : 0xffff); /* 0 means none */
    trace_put_bytes(out, header, sizeof header);
}

void pcapng_put_frame(struct trace_buffer *out, const struct pcapng_datagram *datagram)
{
    assert(datagram->payload_len <= PCAPNG_UDP_MAX);
    bool udp = datagram->protocol == 17;
    put_ethernet(out, datagram);
    size_t len = datagram->payload_len + (udp ? 8 : 0);
    if (datagram->header_len > 0) {
        trace_put_bytes(out, datagram->header, datagram->header_len);
    } else if (datagram->family == 6) {
        put_ipv6(out, datagram, len);
    } else {
        put_ipv4(out, datagram, len);
    }
    if (udp) {
        put_udp(out, datagram);
    }
    trace_put_bytes(out, datagram->payload, datagram->payload_len);
}
