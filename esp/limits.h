/* Every limit of esp/, with its reason. */
#ifndef IKESIM_ESP_LIMITS_H
#define IKESIM_ESP_LIMITS_H

enum esp_limits {
    /* Packets. Linux stops at 4096; 65536 is half a second of 1400-octet packets at 1.5 Gbit/s, and
     * costs an SA 8 KiB. */
    ESP_REPLAY_WINDOW_MAX = 65536,
    /* Prefixes that one range of addresses comes to at most, all but the first and the last: 62
     * with IPv4, and with IPv6 this. */
    ESP_RANGE_PREFIXES_MAX = 254,
    /* Octets of an IP header with the extension headers in front of ESP or AH: four times what IPv6
     * routers are asked to look at (RFC 8504 §5.3), and it is on the stack while AH hashes it. */
    ESP_FRONT_MAX = 1024,
    /* Sequence numbers of 32 bits that are left when a rekey is asked for (RFC 4303 §3.3.3): two
     * minutes at 140,000 packets a second, and a peer that is lost answers nothing for 165 s. */
    ESP_SEQUENCE_RESERVE = 1 << 24,
};

#endif
