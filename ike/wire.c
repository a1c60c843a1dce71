#include "ike/wire.h"

#include <stdio.h>
#include <strings.h>

#define ROW(symbol, number, name, brief, reference) {number, name, brief, reference},

/* One table: the rows of an X-macro and the view of them. */
#define TABLE(names, title, ROWS)                                                                  \
    static const struct ike_name names##_rows[] = {ROWS};                                          \
    const struct ike_names names = {title, sizeof(names##_rows) / sizeof(names##_rows[0]),         \
                                    names##_rows};

TABLE(ike_flags, "Flag", IKE_FLAGS(ROW))
TABLE(ike_exchanges, "Exchange Type", IKE_EXCHANGES(ROW))
TABLE(ike_payloads, "Payload Type", IKE_PAYLOADS(ROW))
TABLE(ike_protocols, "Protocol ID", IKE_PROTOCOLS(ROW))
TABLE(ike_transform_attributes, "Transform Attribute Type", IKE_TRANSFORM_ATTRIBUTES(ROW))
TABLE(ike_id_types, "ID Type", IKE_ID_TYPES(ROW))
TABLE(ike_cert_encodings, "Certificate Encoding", IKE_CERT_ENCODINGS(ROW))
TABLE(ike_auth_methods, "Authentication Method", IKE_AUTH_METHODS(ROW))
TABLE(ike_notifies, "Notify Message Type", IKE_NOTIFY_ERRORS(ROW) IKE_NOTIFY_STATUSES(ROW))
TABLE(ike_ts_types, "Traffic Selector Type", IKE_TS_TYPES(ROW))
TABLE(ike_cfg_types, "CFG Type", IKE_CFG_TYPES(ROW))
TABLE(ike_cfg_attributes, "Configuration Attribute Type", IKE_CFG_ATTRIBUTES(ROW))
TABLE(ike_eap_codes, "EAP Code", IKE_EAP_CODES(ROW))
TABLE(ike_eap_types, "EAP Type", IKE_EAP_TYPES(ROW))

const struct ike_name *ike_name_find(const struct ike_names *names, uint32_t number)
{
    size_t low = 0, high = names->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (names->rows[middle].number == number) {
            return &names->rows[middle];
        }
        if (names->rows[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct ike_name *ike_name_find_text(const struct ike_names *names, const char *text)
{
    for (size_t i = 0; i < names->count; i++) {
        const struct ike_name *row = &names->rows[i];

        if (strcasecmp(row->name, text) == 0 ||
            (row->brief != NULL && strcasecmp(row->brief, text) == 0)) {
            return row;
        }
    }
    return NULL;
}

const char *ike_name_text(const struct ike_names *names, uint32_t number, char *text, size_t cap)
{
    const struct ike_name *row = ike_name_find(names, number);

    if (row != NULL) {
        return row->name;
    }
    snprintf(text, cap, "%s %u", names->title, (unsigned)number);
    return text;
}

static const char *name_of(const struct ike_names *names, uint32_t number)
{
    const struct ike_name *row = ike_name_find(names, number);

    return row == NULL ? NULL : row->name;
}

const char *ike_exchange_name(uint32_t number)
{
    return name_of(&ike_exchanges, number);
}

const char *ike_payload_name(uint32_t number)
{
    return name_of(&ike_payloads, number);
}

const char *ike_payload_brief(uint32_t number)
{
    const struct ike_name *row = ike_name_find(&ike_payloads, number);

    return row == NULL ? NULL : row->brief;
}

const char *ike_notify_name(uint32_t number)
{
    return name_of(&ike_notifies, number);
}

const char *ike_protocol_name(uint32_t number)
{
    return name_of(&ike_protocols, number);
}

const char *ike_id_type_name(uint32_t number)
{
    return name_of(&ike_id_types, number);
}

const char *ike_ts_type_name(uint32_t number)
{
    return name_of(&ike_ts_types, number);
}

const char *ike_cfg_attribute_name(uint32_t number)
{
    return name_of(&ike_cfg_attributes, number);
}
