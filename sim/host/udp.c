#include "sim/host/udp.h"

#include "sim/host/octets.h"

size_t udp_probe_len(const struct udp_probe *probe, size_t data_len)
{
    return ip_header_len(&probe->source) + UDP_HEADER_LEN + data_len;
}

size_t udp_probe_build(const struct udp_probe *probe, size_t data_len, uint8_t *packet)
{
    struct ip_packet ip = {
        .source = probe->source,
        .destination = probe->destination,
        .protocol = IP_PROTOCOL_UDP,
        .identification = (uint16_t)probe->number,
    };
    size_t len = UDP_HEADER_LEN + data_len;
    size_t header = ip_header_build(&ip, len, packet);
    uint8_t *udp = packet + header;
    put16(udp, probe->source_port);
    put16(udp + 2, probe->destination_port);
    put16(udp + 4, (uint16_t)len);
    put16(udp + 6, 0);
    uint8_t *data = udp + UDP_HEADER_LEN;
    put64(data, probe->number);
    put64(data + 8, probe->sent_at);
    for (size_t i = UDP_DATA_MIN; i < data_len; i++) {
        data[i] = (uint8_t)i;
    }
    /* A sum of zero is sent as all ones: zero says that there is none. */
    uint16_t sum = ip_pseudo_checksum(&ip, udp, len);
    put16(udp + 6, sum ? sum : 0xffff);
    return header + len;
}

bool udp_probe_parse(struct crypto_bytes packet, struct udp_probe *probe)
{
    struct ip_packet ip;
    if (!ip_packet_parse(packet, &ip) || ip.protocol != IP_PROTOCOL_UDP ||
        ip.payload.len < UDP_HEADER_LEN + UDP_DATA_MIN) {
        return false;
    }
    const uint8_t *udp = ip.payload.data;
    if (get16(udp + 4) != ip.payload.len || get16(udp + 6) == 0 ||
        ip_pseudo_checksum(&ip, udp, ip.payload.len) != 0) {
        return false;
    }
    *probe = (struct udp_probe){
        .source = ip.source,
        .destination = ip.destination,
        .source_port = get16(udp),
        .destination_port = get16(udp + 2),
        .number = get64(udp + UDP_HEADER_LEN),
        .sent_at = get64(udp + UDP_HEADER_LEN + 8),
    };
    return true;
}
