/* A Wireshark profile with the keys of a recording: preferences, ikev2_decryption_table, esp_sa.
 * Formats and names of algorithms as Wireshark 4.0 reads them. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "trace/export.h"
#include "trace/internal.h"
#include "trace/state_internal.h"

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)

/* IANA "Transform Type 1 - Encryption Algorithm Transform IDs" that Wireshark 4.0 decrypts; NULL
 * where it does not. It knows no ChaCha20-Poly1305, no GMAC, and no AES-CCM of ESP. */
static const struct {
    uint64_t id, key_bits;
    bool aead;
    const char *ike, *esp;
} encryptions[] = {
    {3, 192, false, "3DES [RFC2451]", "TripleDES-CBC [RFC2451]"},
    {11, 0, false, NULL, "NULL"},
    {12, 128, false, "AES-CBC-128 [RFC3602]", "AES-CBC [RFC3602]"},
    {12, 192, false, "AES-CBC-192 [RFC3602]", "AES-CBC [RFC3602]"},
    {12, 256, false, "AES-CBC-256 [RFC3602]", "AES-CBC [RFC3602]"},
    {13, 128, false, "AES-CTR-128 [RFC5930]", "AES-CTR [RFC3686]"},
    {13, 192, false, "AES-CTR-192 [RFC5930]", "AES-CTR [RFC3686]"},
    {13, 256, false, "AES-CTR-256 [RFC5930]", "AES-CTR [RFC3686]"},
    {14, 128, true, "AES-CCM-128 with 8 octet ICV [RFC5282]", NULL},
    {14, 192, true, "AES-CCM-192 with 8 octet ICV [RFC5282]", NULL},
    {14, 256, true, "AES-CCM-256 with 8 octet ICV [RFC5282]", NULL},
    {15, 128, true, "AES-CCM-128 with 12 octet ICV [RFC5282]", NULL},
    {15, 192, true, "AES-CCM-192 with 12 octet ICV [RFC5282]", NULL},
    {15, 256, true, "AES-CCM-256 with 12 octet ICV [RFC5282]", NULL},
    {16, 128, true, "AES-CCM-128 with 16 octet ICV [RFC5282]", NULL},
    {16, 192, true, "AES-CCM-192 with 16 octet ICV [RFC5282]", NULL},
    {16, 256, true, "AES-CCM-256 with 16 octet ICV [RFC5282]", NULL},
    {18, 128, true, "AES-GCM-128 with 8 octet ICV [RFC5282]", "AES-GCM with 8 octet ICV [RFC4106]"},
    {18, 192, true, "AES-GCM-192 with 8 octet ICV [RFC5282]", "AES-GCM with 8 octet ICV [RFC4106]"},
    {18, 256, true, "AES-GCM-256 with 8 octet ICV [RFC5282]", "AES-GCM with 8 octet ICV [RFC4106]"},
    {19, 128, true, "AES-GCM-128 with 12 octet ICV [RFC5282]",
     "AES-GCM with 12 octet ICV [RFC4106]"},
    {19, 192, true, "AES-GCM-192 with 12 octet ICV [RFC5282]",
     "AES-GCM with 12 octet ICV [RFC4106]"},
    {19, 256, true, "AES-GCM-256 with 12 octet ICV [RFC5282]",
     "AES-GCM with 12 octet ICV [RFC4106]"},
    {20, 128, true, "AES-GCM-128 with 16 octet ICV [RFC5282]",
     "AES-GCM with 16 octet ICV [RFC4106]"},
    {20, 192, true, "AES-GCM-192 with 16 octet ICV [RFC5282]",
     "AES-GCM with 16 octet ICV [RFC4106]"},
    {20, 256, true, "AES-GCM-256 with 16 octet ICV [RFC5282]",
     "AES-GCM with 16 octet ICV [RFC4106]"},
};

/* "Transform Type 3 - Integrity Algorithm Transform IDs"; 0 stands with an AEAD. Of AES-XCBC and
 * AES-CMAC, and of HMAC-SHA1-160 in ESP, it checks nothing and is told how long the ICV is; for 160
 * bits it has no word in ESP. */
static const struct {
    uint64_t id;
    const char *ike, *esp;
} integrities[] = {
    {0, "NONE [RFC4306]", "NULL"},
    {2, "HMAC_SHA1_96 [RFC2404]", "HMAC-SHA-1-96 [RFC2404]"},
    {5, "ANY 96-bits of Authentication [No Checking]", "ANY 96 bit authentication [no checking]"},
    {7, "HMAC_SHA1_160 [RFC4595]", NULL},
    {8, "ANY 96-bits of Authentication [No Checking]", "ANY 96 bit authentication [no checking]"},
    {12, "HMAC_SHA2_256_128 [RFC4868]", "HMAC-SHA-256-128 [RFC4868]"},
    {13, "HMAC_SHA2_384_192 [RFC4868]", "HMAC-SHA-384-192 [RFC4868]"},
    {14, "HMAC_SHA2_512_256 [RFC4868]", "HMAC-SHA-512-256 [RFC4868]"},
};

struct names {
    const char *encryption, *integrity;
};

/* False if Wireshark does not know the two of them. */
static bool find_names(uint64_t encr, uint64_t key_bits, uint64_t integ, bool esp,
                       struct names *names)
{
    bool aead = false;
    *names = (struct names){NULL, NULL};
    for (size_t i = 0; i < sizeof encryptions / sizeof encryptions[0]; i++) {
        if (encryptions[i].id == encr && encryptions[i].key_bits == key_bits) {
            names->encryption = esp ? encryptions[i].esp : encryptions[i].ike;
            aead = encryptions[i].aead;
        }
    }
    for (size_t i = 0; i < sizeof integrities / sizeof integrities[0]; i++) {
        if (integrities[i].id == integ) {
            names->integrity = esp ? integrities[i].esp : integrities[i].ike;
        }
    }
    return names->encryption && names->integrity && aead == (integ == 0);
}

/* Why Wireshark 4.0 cannot decrypt with keys that a recording has. */
enum gap {
    GAP_CHACHA20,
    GAP_GMAC,
    GAP_ESP_CCM,
    GAP_ESP_SHA1_160,
    GAP_ESN,
    GAP_AH,
    GAP_IIV,
    GAP_OTHER,
    GAPS
};

static const char *const gap_reasons[GAPS] = {
    [GAP_CHACHA20] = "Wireshark 4.0 knows no ChaCha20-Poly1305",
    [GAP_GMAC] = "Wireshark 4.0 knows no ENCR_NULL_AUTH_AES_GMAC",
    [GAP_ESP_CCM] = "Wireshark 4.0 knows no AES-CCM of ESP",
    [GAP_ESP_SHA1_160] = "Wireshark 4.0 knows no HMAC-SHA1-160 of ESP",
    [GAP_ESN] = "Wireshark 4.0 knows no extended sequence numbers",
    [GAP_AH] = "Wireshark 4.0 checks no ICV of AH; there is nothing to decrypt",
    [GAP_IIV] = "Wireshark 4.0 knows no implicit IVs",
    [GAP_OTHER] = "Wireshark 4.0 does not know the algorithms",
};

static enum gap gap_of(uint64_t encr, uint64_t integ)
{
    if (encr >= 29 && encr <= 31) {
        return GAP_IIV;
    }
    if (encr == 28) {
        return GAP_CHACHA20;
    }
    if (encr == 21) {
        return GAP_GMAC;
    }
    if (encr >= 14 && encr <= 16) {
        return GAP_ESP_CCM; /* of IKE it knows them */
    }
    return integ == 7 ? GAP_ESP_SHA1_160 : GAP_OTHER;
}

/* A file of the profile: its text, the rows that it has and those left out, so that none counts
 * twice. */
struct table {
    struct trace_buffer text;
    struct trace_scopes *rows;
    unsigned left_out[GAPS];
    bool any_address; /* a NAT, or a peer that moves: the SPI alone tells the SA */
};

static void put(struct trace_buffer *out, const char *text)
{
    trace_put_bytes(out, text, strlen(text));
}

static void put_hex(struct trace_buffer *out, struct trace_bytes bytes)
{
    char digits[3];
    for (size_t i = 0; i < bytes.len; i++) {
        snprintf(digits, sizeof digits, "%02x", bytes.data[i]);
        put(out, digits);
    }
}

static void put_format(struct trace_buffer *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put_format(struct trace_buffer *out, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put(out, text);
}

/* True the first time that a row's key is seen: both ends tell of the same keys. */
static bool is_new(struct table *table, const char *key)
{
    bool known = trace_scopes_find(table->rows, key, NULL) != NULL;
    trace_scopes_intern(table->rows, key, NULL);
    return !known;
}

/* AES-XCBC and AES-CMAC: a row of IKE that has a key for what is not checked is refused, and with
 * it all rows behind it. */
static bool unchecked(uint64_t integ)
{
    return integ == 5 || integ == 8;
}

/* SPIi,SPIr,SK_ei,SK_er,"encryption",SK_ai,SK_ar,"integrity" */
static void add_ike_keys(struct table *table, const struct trace_ike_keys_derived *event)
{
    const struct trace_bytes no_key = {NULL, 0};
    struct names names;
    char key[40];
    snprintf(key, sizeof key, "%016" PRIx64 ",%016" PRIx64, event->spi_i, event->spi_r);
    if (!is_new(table, key)) {
        return;
    }
    if (!find_names(event->encr, event->encr_key_bits, event->integ, false, &names)) {
        table->left_out[gap_of(event->encr, event->integ)]++;
        return;
    }
    put(&table->text, key);
    put(&table->text, ",");
    put_hex(&table->text, event->sk_ei);
    put(&table->text, ",");
    put_hex(&table->text, event->sk_er);
    put_format(&table->text, ",\"%s\",", names.encryption);
    put_hex(&table->text, unchecked(event->integ) ? no_key : event->sk_ai);
    put(&table->text, ",");
    put_hex(&table->text, unchecked(event->integ) ? no_key : event->sk_ar);
    put_format(&table->text, ",\"%s\"\n", names.integrity);
}

/* "protocol","source","destination","SPI","encryption","key","authentication","key" */
/* `names` is NULL where Wireshark does not know them; `gap` says why. */
static void add_esp_direction(struct table *table, const struct names *names, enum gap gap,
                              const char *source, const char *destination, uint32_t spi,
                              struct trace_bytes encr, struct trace_bytes integ)
{
    char key[160];
    snprintf(key, sizeof key, "%s %s %08" PRIx32, source, destination, spi);
    if (!is_new(table, key)) {
        return;
    }
    if (!names) {
        table->left_out[gap]++;
        return;
    }
    const char *version = strchr(destination, ':') ? "IPv6" : "IPv4";
    if (table->any_address) {
        source = destination = "*";
    }
    put_format(&table->text, "\"%s\",\"%s\",\"%s\",\"0x%08" PRIx32 "\",\"%s\",\"0x", version,
               source, destination, spi, names->encryption);
    put_hex(&table->text, encr);
    put_format(&table->text, "\",\"%s\",\"%s", names->integrity, integ.len > 0 ? "0x" : "");
    put_hex(&table->text, integ);
    put(&table->text, "\"\n");
}

/* Wireshark 4.0 knows no extended sequence numbers, and would call every ICV wrong. */
static bool has_esn(const char *suite)
{
    size_t len = suite ? strlen(suite) : 0;
    return len > 4 && strcmp(suite + len - 4, "-esn") == 0;
}

static void add_child_keys(struct table *table, struct trace_state *hosts,
                           const struct trace_record *record)
{
    const struct trace_ike_child_keys *event = record->data;
    const struct trace_scope *scope = record->id.scope;
    const char *own = state_host(whole_of(hosts), scope->host)->address;
    const char *peer = scope->peer ? state_host(whole_of(hosts), scope->peer)->address : NULL;
    struct names names;
    if (!own || !peer) {
        return;
    }
    bool known = find_names(event->encr, event->encr_key_bits, event->integ, true, &names);
    enum gap gap = known ? GAPS : gap_of(event->encr, event->integ);
    if (event->protocol && strcmp(event->protocol, "AH") == 0) {
        known = false;
        gap = GAP_AH;
    } else if (known && has_esn(event->suite)) {
        known = false;
        gap = GAP_ESN;
    }
    add_esp_direction(table, known ? &names : NULL, gap, peer, own, event->spi_in, event->encr_in,
                      event->integ_in);
    add_esp_direction(table, known ? &names : NULL, gap, own, peer, event->spi_out, event->encr_out,
                      event->integ_out);
}

/* What is not in the table, counted by reason, as comments behind its rows. */
static void add_gaps(struct table *table, const char *what)
{
    for (int gap = 0; gap < GAPS; gap++) {
        if (table->left_out[gap] > 0) {
            put_format(&table->text, "# left out: %u %s: %s\n", table->left_out[gap], what,
                       gap_reasons[gap]);
        }
    }
}

static bool write_file(const char *dir, const char *name, const struct trace_buffer *text,
                       char *error, size_t error_cap)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = len > 0 && (size_t)len < sizeof path ? fopen(path, "wbe") : NULL;
    bool good = file && (text->len == 0 || fwrite(text->data, 1, text->len, file) == text->len);
    if (file && fclose(file) != 0) {
        good = false;
    }
    if (!good) {
        snprintf(error, error_cap, "%s/%s: %s", dir, name, strerror(errno));
    }
    return good;
}

static const char preferences[] =
    "# Wireshark profile of a recording of ikesim. The keys are in ikev2_decryption_table (IKE)\n"
    "# and esp_sa (ESP) beside this file.\n"
    "esp.enable_encryption_decode: TRUE\n"
    "esp.enable_authentication_check: TRUE\n"
    "ip.check_checksum: TRUE\n"
    "udp.check_checksum: TRUE\n"
    "nameres.mac_name: FALSE\n"
    "gui.column.format: \n"
    "\t\"No.\", \"%m\",\n"
    "\t\"Time\", \"%t\",\n"
    "\t\"Source\", \"%s\",\n"
    "\t\"Destination\", \"%d\",\n"
    "\t\"Protocol\", \"%p\",\n"
    "\t\"Length\", \"%L\",\n"
    "\t\"Info\", \"%i\",\n"
    "\t\"Fate\", \"%Cus:frame.comment:0:R\"\n";

/* Additional key exchanges give an IKE SA new keys (RFC 9370), and Wireshark's table has one row
 * for it: that of the last, under which all but IKE_INTERMEDIATE goes. */
static bool has_additional(const struct trace_ike_keys_derived *event)
{
    return event->suite && strstr(event->suite, "-ke1_");
}

static void name_keys(const struct trace_ike_keys_derived *event, char name[160])
{
    int len = snprintf(name, 160, "%016" PRIx64 ",%016" PRIx64 " ", event->spi_i, event->spi_r);
    for (size_t i = 0; i < event->skeyseed.len && len + 2 < 160; i++) {
        len += snprintf(name + len, (size_t)(160 - len), "%02x", event->skeyseed.data[i]);
    }
}

/* The last ones of each SA that has several, by their names. */
static void find_last(struct trace_reader *reader, struct trace_scopes *last)
{
    struct trace_scopes *seen = trace_scopes_new();
    uint64_t at = trace_reader_count(reader);
    while ((at = trace_reader_step(reader, at, -1, BIT(IKE_KEYS_DERIVED), NULL, NULL)) !=
           UINT64_MAX) {
        const struct trace_record *record = trace_reader_get(reader, at);
        char name[160], sa[40];
        if (!record || !has_additional(record->data)) {
            continue;
        }
        name_keys(record->data, name);
        snprintf(sa, sizeof sa, "%.33s", name);
        if (!trace_scopes_find(seen, sa, NULL)) {
            trace_scopes_intern(seen, sa, NULL);
            trace_scopes_intern(last, name, NULL);
        }
    }
    trace_scopes_free(seen);
}

static bool is_superseded(const struct trace_scopes *last,
                          const struct trace_ike_keys_derived *event)
{
    char name[160];
    if (!has_additional(event)) {
        return false;
    }
    name_keys(event, name);
    return !trace_scopes_find(last, name, NULL);
}

static bool collect_rows(struct trace_reader *reader, struct trace_state *hosts, struct table *ike,
                         struct table *esp, char *error, size_t error_cap)
{
    const trace_kinds kinds = BIT(HOST_DECLARED) | BIT(IKE_KEYS_DERIVED) | BIT(IKE_CHILD_KEYS);
    const trace_kinds moves = BIT(NAT_DECLARED) | BIT(IKE_ADDRESS_CHANGED);
    struct trace_scopes *last = trace_scopes_new();
    uint64_t at = 0;
    bool good = true;
    esp->any_address = trace_reader_step(reader, 0, 1, moves, NULL, NULL) != UINT64_MAX;
    find_last(reader, last);
    while ((at = trace_reader_step(reader, at, 1, kinds, NULL, NULL)) != UINT64_MAX) {
        const struct trace_record *record = trace_reader_get(reader, at);
        if (!record) {
            snprintf(error, error_cap, "%s", trace_reader_error(reader));
            good = false;
            break;
        }
        if (record->kind == TRACE_HOST_DECLARED_EVENT) {
            trace_state_apply(hosts, record);
        } else if (record->kind == TRACE_IKE_KEYS_DERIVED_EVENT) {
            if (!is_superseded(last, record->data)) {
                add_ike_keys(ike, record->data);
            }
        } else {
            add_child_keys(esp, hosts, record);
        }
    }
    trace_scopes_free(last);
    return good;
}

int trace_export_wireshark(struct trace_reader *reader, const char *path, char *error,
                           size_t error_cap)
{
    struct table ike = {.rows = trace_scopes_new()}, esp = {.rows = trace_scopes_new()};
    struct trace_state *hosts = trace_state_new();
    struct trace_buffer prefs = {0};
    put(&prefs, preferences);
    bool good = collect_rows(reader, hosts, &ike, &esp, error, error_cap);
    add_gaps(&ike, "IKE SAs");
    add_gaps(&esp, "ESP SAs");
    if (good && mkdir(path, 0777) != 0 && errno != EEXIST) {
        snprintf(error, error_cap, "%s: %s", path, strerror(errno));
        good = false;
    }
    good = good && write_file(path, "preferences", &prefs, error, error_cap) &&
           write_file(path, "ikev2_decryption_table", &ike.text, error, error_cap) &&
           write_file(path, "esp_sa", &esp.text, error, error_cap);
    trace_buffer_free(&prefs);
    trace_buffer_free(&ike.text);
    trace_buffer_free(&esp.text);
    trace_scopes_free(ike.rows);
    trace_scopes_free(esp.rows);
    trace_state_free(hosts);
    return good ? 0 : -1;
}
