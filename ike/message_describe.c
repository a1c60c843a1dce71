/* The payload chain in words. */
#include <stdio.h>

#include "ike/message_internal.h"

size_t ike_describe_payload(char *text, size_t cap, uint8_t type, bool response,
                            uint16_t notify_type)
{
    const char *name = NULL;
    int len = 0;

    switch (type) {
    case IKE_PAYLOAD_NONCE:
        len = snprintf(text, cap, "%s", response ? "Nr" : "Ni");
        break;
    case IKE_PAYLOAD_NOTIFY:
        name = ike_notify_name(notify_type);
        len = name != NULL ? snprintf(text, cap, "N(%s)", name)
                           : snprintf(text, cap, "N(%u)", notify_type);
        break;
    default:
        name = ike_payload_brief(type);
        len = name != NULL ? snprintf(text, cap, "%s", name)
                           : snprintf(text, cap, "Unknown(%u)", type);
        break;
    }
    return len < 0 ? 0 : (size_t)len;
}

size_t ike_message_describe(const struct ike_message *message, char *text, size_t cap)
{
    bool open = message->has_sk && message->decrypted.data != NULL;
    size_t len = 0;
    const char *gap = "";

    if (cap != 0) {
        text[0] = '\0';
    }
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct ike_payload *payload = &message->payloads[i];
        bool opens = open && i + 1 == message->outer_count;
        char word[64];
        int n = 0;

        ike_describe_payload(word, sizeof(word), payload->type, message->header.response,
                             payload->type == IKE_PAYLOAD_NOTIFY ? payload->notify.type : 0);
        n = snprintf(len < cap ? text + len : NULL, len < cap ? cap - len : 0, "%s%s%s", gap, word,
                     opens ? "{" : "");
        len += n < 0 ? 0 : (size_t)n;
        gap = opens ? "" : " ";
    }
    if (open) {
        snprintf(len < cap ? text + len : NULL, len < cap ? cap - len : 0, "}");
        len++;
    }
    return len;
}
