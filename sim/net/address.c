#include "sim/net/address.h"

#include <stdio.h>

const char *net_address_print(const uint8_t address[4], char text[NET_ADDRESS_TEXT])
{
    snprintf(text, NET_ADDRESS_TEXT, "%u.%u.%u.%u", address[0], address[1], address[2], address[3]);
    return text;
}

bool net_address_parse(const char *text, uint8_t address[4])
{
    for (int i = 0; i < 4; i++) {
        unsigned value = 0;
        int digits = 0;
        while (*text >= '0' && *text <= '9' && digits < 3) {
            value = value * 10 + (unsigned)(*text++ - '0');
            digits++;
        }
        if (digits == 0 || value > 255 || (i < 3 ? *text++ != '.' : *text != '\0')) {
            return false;
        }
        address[i] = (uint8_t)value;
    }
    return true;
}
