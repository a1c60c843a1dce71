/* EAP (RFC 7296 §3.16, RFC 3748), and what the two methods that are spoken here say in it. */
#include "ui/dissect/parts.h"

static void take_text(struct dissect_walk *body, enum dissect_field_id id)
{
    char text[512];
    size_t len = dissect_left(body);

    dissect_printable(text, sizeof text, dissect_peek(body, len));
    dissect_take(body, id, len, "%s", text);
}

static void take_rest(struct dissect_walk *body, enum dissect_field_id id)
{
    if (dissect_left(body) > 0) {
        dissect_take_hex(body, id, dissect_left(body));
    }
}

/* RFC 2759 §4: challenge of the peer, eight octets that are zero, NT-Response, flags. */
static void read_response(struct dissect_walk *body)
{
    dissect_take_hex(body, FIELD_MSCHAP_PEER_CHALLENGE, 16);
    dissect_take_hex(body, FIELD_RESERVED, 8);
    dissect_take_hex(body, FIELD_MSCHAP_RESPONSE, 24);
    dissect_take_number(body, FIELD_MSCHAP_FLAGS, 1);
}

static void read_mschapv2(struct dissect_walk *body, size_t group)
{
    static const char *const ops[] = {"?", "Challenge", "Response", "Success", "Failure"};
    unsigned op = (unsigned)dissect_peek_number(body, 0, 1);
    const char *name = ops[op < sizeof ops / sizeof ops[0] ? op : 0];

    dissect_take(body, FIELD_MSCHAP_OP, 1, "%s (%u)", name, op);
    dissect_tree_set(body->tree, group, "EAP-MSCHAPv2, %s", name);
    if (dissect_left(body) == 0) {
        return; /* the peer acknowledges */
    }
    dissect_take_number(body, FIELD_MSCHAP_ID, 1);
    dissect_take_number(body, FIELD_MSCHAP_LENGTH, 2);
    if (op == 1 || op == 2) {
        size_t size = (size_t)dissect_take_number(body, FIELD_MSCHAP_SIZE, 1);
        if (op == 1) {
            dissect_take_hex(body, FIELD_MSCHAP_CHALLENGE, size);
        } else {
            read_response(body);
        }
        take_text(body, FIELD_MSCHAP_NAME);
    } else {
        take_text(body, FIELD_MSCHAP_MESSAGE);
    }
}

static void read_tls(struct dissect_walk *body, size_t group)
{
    unsigned flags = (unsigned)dissect_peek_number(body, 0, 1);

    dissect_take(body, FIELD_EAP_TLS_FLAGS, 1, "0x%02x%s%s%s", flags,
                 flags & 0x80 ? ", Length included" : "", flags & 0x40 ? ", More fragments" : "",
                 flags & 0x20 ? ", Start" : "");
    if (flags & 0x80) {
        dissect_take_number(body, FIELD_EAP_TLS_LENGTH, 4);
    }
    dissect_tree_set(body->tree, group, "EAP-TLS, %s",
                     flags & 0x20              ? "Start"
                     : dissect_left(body) == 0 ? "acknowledgement"
                     : flags & 0x40            ? "a fragment, and more follow"
                                               : "a flight, or its last fragment");
    take_rest(body, FIELD_EAP_TLS_DATA);
}

void dissect_eap(struct dissect_walk *body, size_t group)
{
    char word[DISSECT_WORD_CAP];
    uint8_t code = (uint8_t)dissect_take_name(body, FIELD_EAP_CODE, 1, &ike_eap_codes);
    size_t start = body->at - 1, len;
    uint64_t type;

    dissect_tree_set(body->tree, group, "%s", dissect_word(word, &ike_eap_codes, code));
    dissect_take_number(body, FIELD_EAP_IDENTIFIER, 1);
    len = (size_t)dissect_take_number(body, FIELD_EAP_LENGTH, 2);
    if (!body->stopped && len != body->end - start) {
        dissect_wrong(body, FIELD_EAP_LENGTH, body->at - 2, 2, "%zu, the payload has %zu octets",
                      len, body->end - start);
    }
    if (body->stopped || dissect_left(body) == 0) {
        return;
    }
    type = dissect_take_name(body, FIELD_EAP_TYPE, 1, &ike_eap_types);
    if (dissect_left(body) == 0) {
        return;
    }
    switch (type) {
    case IKE_EAP_TYPE_IDENTITY:
        take_text(body, FIELD_EAP_IDENTITY);
        break;
    case IKE_EAP_TYPE_MSCHAPV2:
        read_mschapv2(body, group);
        break;
    case IKE_EAP_TYPE_TLS:
        read_tls(body, group);
        break;
    default:
        take_rest(body, FIELD_EAP_DATA);
    }
}
