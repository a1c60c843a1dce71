/*
 * Key files as Wireshark keeps them in a profile: ikev2_decryption_table and esp_sa. A row is a
 * line of fields with commas between them, each in quotes or not; # starts a comment.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "crypto/kdf.h"
#include "crypto/proposal.h"
#include "ui/dissect/keys.h"
#include "ui/dissect/keys_names.h"

#define ROW_FIELDS_MAX 10 /* esp_sa has 8, since Wireshark 4.0 with ESN 10 */
#define FIELD_TEXT_MAX 256
#define WIRESHARK_NO_ID 0xffff /* an algorithm that has no IANA number */

struct row_reader {
    const char *path;
    unsigned line;
    char *error;
    size_t error_cap;
    unsigned count;
    char fields[ROW_FIELDS_MAX][FIELD_TEXT_MAX];
};

/* Fills the error and returns false, for use in a return. */
static bool __attribute__((format(printf, 2, 3)))
refuse(struct row_reader *row, const char *format, ...)
{
    va_list arguments;
    int len = snprintf(row->error, row->error_cap, "%s:%u: ", row->path, row->line);

    if (len >= 0 && (size_t)len < row->error_cap) {
        va_start(arguments, format);
        vsnprintf(row->error + len, row->error_cap - (size_t)len, format, arguments);
        va_end(arguments);
    }
    return false;
}

/* ---- a line into fields ---- */

static const char *skip_space(const char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\r') {
        at++;
    }
    return at;
}

/* A field in quotes, with \" and \\ and \xNN; `at` stands behind the opening one. NULL on error. */
static const char *read_quoted(struct row_reader *row, const char *at, char *out)
{
    size_t len = 0;

    while (*at != '"') {
        char c = *at++;

        if (c == '\0') {
            refuse(row, "field %u: expected a closing quote", row->count + 1);
            return NULL;
        }
        if (c == '\\' && at[0] == 'x' && isxdigit((unsigned char)at[1]) &&
            isxdigit((unsigned char)at[2])) {
            char digits[3] = {at[1], at[2], '\0'};

            c = (char)strtoul(digits, NULL, 16);
            at += 3;
        } else if (c == '\\' && at[0] != '\0') {
            c = *at++;
        }
        if (len + 1 >= FIELD_TEXT_MAX) {
            refuse(row, "field %u: longer than any key or name can be (%d characters)",
                   row->count + 1, FIELD_TEXT_MAX - 1);
            return NULL;
        }
        out[len++] = c;
    }
    out[len] = '\0';
    return skip_space(at + 1);
}

static const char *read_bare(struct row_reader *row, const char *at, char *out)
{
    size_t len = strcspn(at, ",\n");

    if (len >= FIELD_TEXT_MAX) {
        refuse(row, "field %u: longer than any key or name can be (%d characters)", row->count + 1,
               FIELD_TEXT_MAX - 1);
        return NULL;
    }
    memcpy(out, at, len);
    out[len] = '\0';
    at += len;
    while (len > 0 && isspace((unsigned char)out[len - 1])) {
        out[--len] = '\0';
    }
    return at;
}

static bool split_row(struct row_reader *row, const char *line)
{
    const char *at = skip_space(line);

    row->count = 0;
    while (true) {
        char *out;

        if (row->count == ROW_FIELDS_MAX) {
            return refuse(row, "more than %d fields in the row", ROW_FIELDS_MAX);
        }
        out = row->fields[row->count];
        at = *at == '"' ? read_quoted(row, at + 1, out) : read_bare(row, at, out);
        if (at == NULL) {
            return false;
        }
        row->count++;
        if (*at == '\0' || *at == '\n') {
            return true;
        }
        if (*at != ',') {
            return refuse(row, "field %u: expected a comma behind the closing quote", row->count);
        }
        at = skip_space(at + 1);
    }
}

/* ---- fields into keys ---- */

/* How many letters have to be changed, put in or taken out to make `b` of `a`. */
static size_t distance(const char *a, const char *b)
{
    size_t row[FIELD_TEXT_MAX + 1], len = strlen(b);

    for (size_t j = 0; j <= len; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < len; j++) {
            bool same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
            size_t best = diagonal + (same ? 0 : 1);

            diagonal = row[j + 1];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j + 1] = diagonal + 1 < best ? diagonal + 1 : best;
        }
    }
    return row[len];
}

/* The name in a message: a file may hold anything, and a terminal would obey it. */
static const char *shown(char *text, size_t cap, const char *field)
{
    size_t len = 0;

    for (; *field != '\0' && len + 1 < cap; field++) {
        bool plain = *field >= 0x20 && *field <= 0x7e;

        text[len++] = (char)(plain ? *field : '?');
    }
    text[len] = '\0';
    return text;
}

static const struct wireshark_algorithm *find_algorithm(struct row_reader *row, unsigned field,
                                                        const char *what,
                                                        const struct wireshark_algorithm *table)
{
    const struct wireshark_algorithm *nearest = table;
    char text[80];

    for (const struct wireshark_algorithm *entry = table; entry->name != NULL; entry++) {
        if (strcasecmp(entry->name, row->fields[field]) == 0) {
            return entry;
        }
        if (distance(row->fields[field], entry->name) <
            distance(row->fields[field], nearest->name)) {
            nearest = entry;
        }
    }
    refuse(row, "field %u (%s): Wireshark has no \"%s\"; the nearest name is \"%s\"", field + 1,
           what, shown(text, sizeof text, row->fields[field]), nearest->name);
    return NULL;
}

/* Hexadecimal octets, with or without 0x. Returns their number, -1 with an error. */
static int read_hex(struct row_reader *row, unsigned field, const char *what, uint8_t *out,
                    size_t cap)
{
    const char *text = row->fields[field];
    size_t digits;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        text += 2;
    }
    digits = strspn(text, "0123456789abcdefABCDEF");
    if (text[digits] != '\0' || digits % 2 != 0) {
        refuse(row, "field %u (%s): expected pairs of hexadecimal digits%s", field + 1, what,
               text[digits] == '\0' ? ", found an odd number of digits" : "");
        return -1;
    }
    if (digits / 2 > cap) {
        refuse(row, "field %u (%s): %zu octets, no algorithm has keys of more than %zu", field + 1,
               what, digits / 2, cap);
        return -1;
    }
    for (size_t i = 0; i < digits / 2; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};

        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return (int)(digits / 2);
}

/* Octets of encryption key that an entry of the tables asks for; 0 if its algorithm is not checked.
 */
static bool encryption_key_fits(struct row_reader *row, unsigned field, const char *what,
                                const struct wireshark_algorithm *encr,
                                const struct crypto_transform *transform, int len)
{
    if (encr->key_len != 0 && len != encr->key_len) {
        return refuse(row, "field %u (%s): %d octets, %s takes %u%s", field + 1, what, len,
                      encr->name, encr->key_len,
                      transform != NULL && transform->salt_len > 0 ? " (key and salt)" : "");
    }
    if (encr->key_len == 0 && transform != NULL && transform->computed) {
        int bare = len - transform->salt_len;

        if (!transform->variable_key) {
            return bare == transform->key_len ||
                   refuse(row, "field %u (%s): %d octets, %s takes %d", field + 1, what, len,
                          encr->name, transform->key_len + transform->salt_len);
        }

        if (bare != 16 && bare != 24 && bare != 32) {
            return refuse(row, "field %u (%s): %d octets, %s takes %d, %d or %d%s", field + 1, what,
                          len, encr->name, 16 + transform->salt_len, 24 + transform->salt_len,
                          32 + transform->salt_len,
                          transform->salt_len > 0 ? " (key and salt)" : "");
        }
    }
    return true;
}

/* The INTEG that stands for one that is not checked: any whose ICV has that length. */
static const struct crypto_transform *stand_in(const struct wireshark_algorithm *integ)
{
    size_t count;
    const struct crypto_transform *rows = crypto_transform_table(&count);

    for (size_t i = 0; i < count; i++) {
        if (rows[i].type == CRYPTO_INTEG && rows[i].computed &&
            rows[i].icv_len == (integ->id & 0xff)) {
            return &rows[i];
        }
    }
    return NULL;
}

/* Where in a row the key of one direction stands. */
struct key_place {
    unsigned encr_key, integ_key;
    const char *encr_what, *integ_what;
};

/* Makes the key of one direction from its two hex fields. */
static bool make_key(struct row_reader *row, const struct key_place *place,
                     const struct wireshark_algorithm *encr,
                     const struct wireshark_algorithm *integ, char *missing, size_t missing_cap,
                     struct dissect_key *key)
{
    const struct crypto_transform *encr_transform =
        encr->id == WIRESHARK_NO_ID ? NULL : crypto_transform_find(CRYPTO_ENCR, encr->id);
    bool unchecked = integ->id != WIRESHARK_NO_ID && integ->id >= WIRESHARK_UNCHECKED;
    const struct crypto_transform *integ_transform =
        unchecked                      ? stand_in(integ)
        : integ->id == WIRESHARK_NO_ID ? NULL
                                       : crypto_transform_find(CRYPTO_INTEG, integ->id);
    bool encr_known = encr_transform != NULL && encr_transform->computed;
    bool aead = encr_known && encr_transform->aead;
    /* Beside a cipher that is missing NONE need not be told. */
    bool integ_known = aead || (integ_transform != NULL && integ_transform->computed) ||
                       (!encr_known && integ->id == CRYPTO_INTEG_NONE);
    uint8_t encr_key[FIELD_TEXT_MAX / 2], integ_key[FIELD_TEXT_MAX / 2];
    int encr_len = read_hex(row, place->encr_key, place->encr_what, encr_key, sizeof encr_key);
    int integ_len = read_hex(row, place->integ_key, place->integ_what, integ_key, sizeof integ_key);
    struct crypto_suite suite = {.encr = encr_transform};
    bool done = false;

    memset(key, 0, sizeof *key);
    if (encr_len < 0 || integ_len < 0) {
        goto out;
    }
    if (!encryption_key_fits(row, place->encr_key, place->encr_what, encr, encr_transform,
                             encr_len)) {
        goto out;
    }
    if (!aead && integ->key_len != 0 && integ_len != integ->key_len) {
        refuse(row, "field %u (%s): %d octets, %s takes %u", place->integ_key + 1,
               place->integ_what, integ_len, integ->name, integ->key_len);
        goto out;
    }
    done = true;
    if (!encr_known || !integ_known) {
        snprintf(missing, missing_cap, "%s%s%s", encr_known ? "" : encr->name,
                 encr_known || integ_known ? "" : ", ", integ_known ? "" : integ->name);
        key->missing = missing;
        goto out;
    }
    suite.integ = aead ? NULL : integ_transform;
    if (unchecked && !aead) {
        key->unchecked = true;
        integ_len = integ_transform->key_len;
        memset(integ_key, 0, (size_t)integ_len);
    }
    suite.encr_key_bits = (uint16_t)((encr_len - encr_transform->salt_len) * 8);
    crypto_packet_key_set(&key->key, &suite, crypto_bytes(encr_key, (size_t)encr_len),
                          crypto_bytes(integ_key, aead ? 0 : (size_t)integ_len));
out:
    crypto_wipe(encr_key, sizeof encr_key);
    crypto_wipe(integ_key, sizeof integ_key);
    return done;
}

/* ---- rows ---- */

static bool read_spi(struct row_reader *row, unsigned field, const char *what, uint64_t *spi)
{
    const char *text = row->fields[field];

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        text += 2;
    }
    if (strlen(text) != 16 || strspn(text, "0123456789abcdefABCDEF") != 16) {
        return refuse(row, "field %u (%s): expected 16 hexadecimal digits", field + 1, what);
    }
    *spi = strtoull(text, NULL, 16);
    return true;
}

/* SPIi,SPIr,SK_ei,SK_er,encryption,SK_ai,SK_ar,integrity */
static bool take_ike_row(struct row_reader *row, struct dissect_keys *keys)
{
    static const struct key_place places[2] = {{2, 5, "SK_ei", "SK_ai"}, {3, 6, "SK_er", "SK_ar"}};
    const struct wireshark_algorithm *encr = NULL, *integ = NULL;
    struct dissect_key key[2];
    char missing[2][128];
    uint64_t spi_i = 0, spi_r = 0;
    bool done = false;

    memset(key, 0, sizeof key);
    if (row->count != 8) {
        return refuse(row,
                      "%u fields, a row of ikev2_decryption_table has 8: SPIi, SPIr, SK_ei, SK_er, "
                      "encryption, SK_ai, SK_ar, integrity",
                      row->count);
    }
    if (read_spi(row, 0, "initiator's SPI", &spi_i) &&
        read_spi(row, 1, "responder's SPI", &spi_r) &&
        (encr = find_algorithm(row, 4, "encryption", wireshark_ike_encryption)) != NULL &&
        (integ = find_algorithm(row, 7, "integrity", wireshark_ike_integrity)) != NULL &&
        make_key(row, &places[0], encr, integ, missing[0], sizeof missing[0], &key[0]) &&
        make_key(row, &places[1], encr, integ, missing[1], sizeof missing[1], &key[1])) {
        dissect_keys_add_ike_row(keys, spi_i, spi_r, &key[0], &key[1]);
        done = true;
    }
    crypto_wipe(key, sizeof key);
    return done;
}

/* Eight hexadecimal digits, some of which may be "*", or "*" alone. */
static bool read_esp_spi(struct row_reader *row, unsigned field, uint32_t *spi, uint32_t *mask)
{
    const char *text = row->fields[field];
    size_t digits;

    *spi = 0;
    *mask = 0;
    if (strcmp(text, "*") == 0) {
        return true;
    }
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        text += 2;
    }
    digits = strspn(text, "0123456789abcdefABCDEF*");
    if (text[digits] != '\0' || digits == 0 || digits > 8) {
        return refuse(row,
                      "field %u (SPI): expected up to 8 hexadecimal digits, \"*\" for those that "
                      "do not count, or \"*\" alone",
                      field + 1);
    }
    /* Fewer digits are a small number, whose leading zeros count. */
    *mask = digits == 8 ? 0 : UINT32_MAX << (4 * digits);
    for (size_t i = 0; i < digits; i++) {
        char digit[2] = {text[i], '\0'};
        unsigned shift = (unsigned)(4 * (digits - 1 - i));

        if (text[i] != '*') {
            *spi |= (uint32_t)strtoul(digit, NULL, 16) << shift;
            *mask |= (uint32_t)0xf << shift;
        }
    }
    return true;
}

/* An address, a prefix, or a pattern; `any` becomes "". */
static bool read_address(struct row_reader *row, unsigned field, const char *what, char *out,
                         size_t cap)
{
    const char *text = row->fields[field];
    int family = strcasecmp(row->fields[0], "IPv6") == 0 ? AF_INET6 : AF_INET;
    char address[FIELD_TEXT_MAX];
    uint8_t bytes[16];

    out[0] = '\0';
    if (strcmp(text, "*") == 0 || text[0] == '\0') {
        return true;
    }
    snprintf(address, sizeof address, "%s", text);
    address[strcspn(address, "/")] = '\0';
    if ((strchr(address, '*') != NULL &&
         strspn(address, "0123456789abcdefABCDEF.:*") == strlen(address)) ||
        inet_pton(family, address, bytes) == 1) {
        snprintf(out, cap, "%s", text);
        return true;
    }
    return refuse(row, "field %u (%s): expected an %s address, a prefix, or \"*\"", field + 1, what,
                  family == AF_INET ? "IPv4" : "IPv6");
}

/* "AES-GCM [RFC4106]" leaves the length of the ICV to the name of the integrity algorithm. */
static const struct wireshark_algorithm *settle_gcm(const struct wireshark_algorithm *encr,
                                                    const struct wireshark_algorithm *integ)
{
    const struct wireshark_algorithm *row = wireshark_esp_encryption;
    const char *wanted = encr->name;

    if (strcmp(encr->name, "AES-GCM [RFC4106]") == 0) {
        if (strncmp(integ->name, "ANY 64", 6) == 0) {
            wanted = "AES-GCM with 8 octet ICV [RFC4106]";
        } else if (strncmp(integ->name, "ANY 96", 6) == 0) {
            wanted = "AES-GCM with 12 octet ICV [RFC4106]";
        }
    }
    while (strcmp(row->name, wanted) != 0) {
        row++;
    }
    return row;
}

/* protocol,source,destination,SPI,encryption,key,integrity,key[,ESN,upper half] */
static bool take_esp_row(struct row_reader *row, struct dissect_keys *keys)
{
    static const struct key_place place = {5, 7, "encryption key", "integrity key"};
    const struct wireshark_algorithm *encr = NULL, *integ = NULL;
    struct dissect_key key;
    char missing[128], source[64], destination[64];
    uint32_t spi = 0, mask = 0;
    bool done = false;

    memset(&key, 0, sizeof key);
    if (row->count < 8) {
        return refuse(row,
                      "%u fields, a row of esp_sa has 8 or more: protocol, source, destination, "
                      "SPI, encryption, its key, authentication, its key",
                      row->count);
    }
    if (read_address(row, 1, "source", source, sizeof source) &&
        read_address(row, 2, "destination", destination, sizeof destination) &&
        read_esp_spi(row, 3, &spi, &mask) &&
        (encr = find_algorithm(row, 4, "encryption", wireshark_esp_encryption)) != NULL &&
        (integ = find_algorithm(row, 6, "authentication", wireshark_esp_integrity)) != NULL &&
        make_key(row, &place, settle_gcm(encr, integ), integ, missing, sizeof missing, &key)) {
        dissect_keys_add_esp_row(keys, destination, spi, mask, &key);
        done = true;
    }
    crypto_wipe(&key, sizeof key);
    return done;
}

static bool take_row(struct row_reader *row, struct dissect_keys *keys)
{
    const char *first = row->fields[0];

    if (strcasecmp(first, "IPv4") == 0 || strcasecmp(first, "IPv6") == 0) {
        return take_esp_row(row, keys);
    }
    if (strspn(first, "0123456789abcdefABCDEFxX") == strlen(first) && first[0] != '\0') {
        return take_ike_row(row, keys);
    }
    return refuse(row,
                  "field 1: expected the initiator's SPI (a row of ikev2_decryption_table), or "
                  "\"IPv4\" or \"IPv6\" (a row of esp_sa)");
}

int dissect_keys_read(struct dissect_keys *keys, const char *path, char *error, size_t error_cap)
{
    struct row_reader row = {.path = path, .error = error, .error_cap = error_cap};
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t line_cap = 0;
    ssize_t len;
    int taken = 0;

    if (file == NULL) {
        snprintf(error, error_cap, "%s: %s", path, strerror(errno));
        return -1;
    }
    while ((len = getline(&line, &line_cap, file)) >= 0) {
        const char *start = skip_space(line);

        row.line++;
        if (*start == '#' || *start == '\n' || *start == '\0') {
            if (strlen(line) != (size_t)len) {
                refuse(&row, "a zero octet: not a text file");
                taken = -1;
                break;
            }
            continue;
        }
        if (!split_row(&row, line) || !take_row(&row, keys)) {
            taken = -1;
            break;
        }
        taken++;
    }
    if (taken >= 0 && ferror(file)) {
        snprintf(error, error_cap, "%s: %s", path, strerror(errno));
        taken = -1;
    }
    if (line != NULL) {
        crypto_wipe(line, line_cap);
    }
    free(line);
    crypto_wipe(&row, sizeof row);
    fclose(file);
    return taken;
}
