/* What Wireshark calls the algorithms in its key tables, version 4.0 and later. */
#ifndef IKESIM_UI_DISSECT_KEYS_NAMES_H
#define IKESIM_UI_DISSECT_KEYS_NAMES_H

#include <stdint.h>

#define WIRESHARK_NO_ID 0xffff /* an algorithm that has no IANA number */

/* Integrity that is not checked: this and the octets of the ICV. */
#define WIRESHARK_UNCHECKED 0xff00

/* Transform ID; octets of key that it takes, with the salt of an AEAD; 0: any. */
struct wireshark_algorithm {
    const char *name;
    uint16_t id;
    uint8_t key_len;
};

/* Each ends with a row without a name. */
extern const struct wireshark_algorithm wireshark_ike_encryption[], wireshark_ike_integrity[],
    wireshark_esp_encryption[], wireshark_esp_integrity[];

#endif
