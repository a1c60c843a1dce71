/* Proposals in strongSwan's notation, both ways. */
#include <assert.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "crypto/kex.h"
#include "crypto/proposal.h"

enum { WORD_MAX = 32 };

static const uint16_t key_sizes[] = {128, 192, 256};
enum { KEY_SIZES = sizeof key_sizes / sizeof key_sizes[0] };

/* Other spellings that strongSwan reads. */
static const struct {
    const char *alias;
    const char *word;
} aliases[] = {
    {"aes", "aes128"},
    {"sha", "sha1"},
    {"sha2_256", "sha256"},
    {"sha2_384", "sha384"},
    {"sha2_512", "sha512"},
    {"prfsha2_256", "prfsha256"},
    {"prfsha2_384", "prfsha384"},
    {"prfsha2_512", "prfsha512"},
    {"curve25519", "x25519"},
    {"curve448", "x448"},
};

/* Ends of words that begin with "aes" and the key length: strongSwan also counts an ICV in bits. */
static const struct {
    const char *alias;
    const char *end;
} aes_ends[] = {
    {"gcm", "gcm16"},  {"gcm64", "gcm8"},  {"gcm96", "gcm12"},  {"gcm128", "gcm16"},
    {"ccm64", "ccm8"}, {"ccm96", "ccm12"}, {"ccm128", "ccm16"},
};

/* The PRF that a proposal for IKE has when it names an integrity algorithm and no PRF. */
static const struct {
    uint16_t integ;
    uint16_t prf;
} implied_prfs[] = {
    {1, 1}, /* HMAC-MD5 */
    {CRYPTO_INTEG_HMAC_SHA1_96, CRYPTO_PRF_HMAC_SHA1},
    {CRYPTO_INTEG_AES_XCBC_96, CRYPTO_PRF_AES128_XCBC},
    {CRYPTO_INTEG_HMAC_SHA1_160, CRYPTO_PRF_HMAC_SHA1},
    {CRYPTO_INTEG_AES_CMAC_96, CRYPTO_PRF_AES128_CMAC},
    {CRYPTO_INTEG_HMAC_SHA2_256_128, CRYPTO_PRF_HMAC_SHA2_256},
    {CRYPTO_INTEG_HMAC_SHA2_384_192, CRYPTO_PRF_HMAC_SHA2_384},
    {CRYPTO_INTEG_HMAC_SHA2_512_256, CRYPTO_PRF_HMAC_SHA2_512},
};

static bool implied_prf(uint16_t integ, uint16_t *prf)
{
    for (size_t i = 0; i < sizeof implied_prfs / sizeof implied_prfs[0]; i++) {
        if (implied_prfs[i].integ == integ) {
            *prf = implied_prfs[i].prf;
            return true;
        }
    }
    return false;
}

/* Writes a keyword with the key length put in; without one (0) its place is left out. By hand: an
 * event of each negotiation tells a dozen words, for which printf took a tenth of a handshake's
 * time outside of its cryptography. */
static void write_word(const char *keyword, uint16_t key_bits, char word[WORD_MAX])
{
    size_t len = 0;

    for (; *keyword != '\0'; keyword++) {
        assert(len < WORD_MAX - 6);
        if (*keyword != '%') {
            word[len++] = *keyword;
            continue;
        }
        char digits[5]; /* a peer may say any number of 16 bits */
        size_t count = 0;
        for (unsigned rest = key_bits; rest != 0; rest /= 10) {
            digits[count++] = (char)('0' + rest % 10);
        }
        while (count > 0) {
            word[len++] = digits[--count];
        }
        keyword++; /* the u of "%u" */
    }
    word[len] = '\0';
}

/* ---- words ---- */

/* Calls `visit` for every word of the table until it returns true. */
static bool each_word(bool (*visit)(void *data, const char *word,
                                    const struct crypto_transform *row, uint16_t key_bits),
                      void *data)
{
    size_t count;
    const struct crypto_transform *rows = crypto_transform_table(&count);

    for (size_t i = 0; i < count; i++) {
        char word[WORD_MAX];
        if (rows[i].keyword == NULL) {
            continue;
        }
        size_t sizes = strstr(rows[i].keyword, "%u") != NULL ? KEY_SIZES : 0;
        for (size_t k = 0; k < sizes; k++) {
            write_word(rows[i].keyword, key_sizes[k], word);
            if (visit(data, word, &rows[i], key_sizes[k])) {
                return true;
            }
        }
        if (sizes == 0 && visit(data, rows[i].keyword, &rows[i], 0)) {
            return true;
        }
    }
    return false;
}

struct word_search {
    const char *word;
    const struct crypto_transform *row;
    uint16_t key_bits;
};

static bool is_searched(void *data, const char *word, const struct crypto_transform *row,
                        uint16_t key_bits)
{
    struct word_search *search = data;

    if (strcmp(word, search->word) != 0) {
        return false;
    }
    search->row = row;
    search->key_bits = key_bits;
    return true;
}

/* Writes the usual spelling of an AES word that has another end; false if it has none. */
static bool respell_aes(const char *word, char usual[WORD_MAX])
{
    size_t at = strlen("aes") + strlen("128");

    if (strncmp(word, "aes", strlen("aes")) != 0 || strlen(word) <= at) {
        return false;
    }
    for (size_t i = 0; i < sizeof aes_ends / sizeof aes_ends[0]; i++) {
        if (strcmp(word + at, aes_ends[i].alias) == 0) {
            snprintf(usual, WORD_MAX, "%.*s%s", (int)at, word, aes_ends[i].end);
            return true;
        }
    }
    return false;
}

static bool find_word(const char *word, struct word_search *search)
{
    char usual[WORD_MAX];

    if (respell_aes(word, usual)) {
        word = usual;
    }
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (strcmp(aliases[i].alias, word) == 0) {
            word = aliases[i].word;
        }
    }
    *search = (struct word_search){.word = word};
    return each_word(is_searched, search);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance of two words shorter than WORD_MAX, where two letters in the wrong order
 * are one slip: "modp2084" is nearer to modp2048 than to modp1024. */
static unsigned edit_distance(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1]; /* of a[i], a[i - 1], a[i - 2] */
    unsigned *row = rows[0], *above = rows[1], *above_that = rows[2];
    size_t b_len = strlen(b);

    for (size_t j = 0; j <= b_len; j++) {
        row[j] = (unsigned)j;
    }
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        unsigned *reused = above_that;
        above_that = above;
        above = row;
        row = reused;
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = least(row[j], above_that[j - 2] + 1);
            }
        }
    }
    return row[b_len];
}

struct nearest {
    const char *word;
    unsigned distance;
    char found[WORD_MAX];
};

static bool is_nearer(void *data, const char *word, const struct crypto_transform *row,
                      uint16_t key_bits)
{
    struct nearest *nearest = data;

    (void)key_bits;
    if (!row->computed) {
        return false;
    }
    unsigned distance = edit_distance(nearest->word, word);
    if (distance < nearest->distance) {
        nearest->distance = distance;
        snprintf(nearest->found, sizeof nearest->found, "%s", word);
    }
    return false;
}

/* ---- reading ---- */

struct parser {
    enum crypto_protocol protocol;
    const char *text;
    struct crypto_proposal *out;
    struct crypto_proposal_error *error;
    /* Words that a later check may have to point at. */
    size_t integ_at;
    char aead[WORD_MAX];
    char classic[WORD_MAX];
    char integ[WORD_MAX];
    char additional[WORD_MAX];
};

__attribute__((format(printf, 4, 5))) static int fail(struct parser *parser, size_t offset,
                                                      const char *word, const char *format, ...)
{
    va_list args;

    parser->error->offset = offset;
    snprintf(parser->error->word, sizeof parser->error->word, "%s", word);
    va_start(args, format);
    vsnprintf(parser->error->message, sizeof parser->error->message, format, args);
    va_end(args);
    return -1;
}

static const char *protocol_name(enum crypto_protocol protocol)
{
    return protocol == CRYPTO_PROTO_IKE ? "IKE" : protocol == CRYPTO_PROTO_AH ? "AH" : "ESP";
}

static const char *example(enum crypto_protocol protocol)
{
    return protocol == CRYPTO_PROTO_IKE  ? "aes128-sha256-x25519"
           : protocol == CRYPTO_PROTO_AH ? "sha256"
                                         : "aes128gcm16";
}

static int fail_unknown(struct parser *parser, size_t offset, const char *word)
{
    /* Two letters off is a slip; more is another word. */
    struct nearest nearest = {.word = word, .distance = 3};

    each_word(is_nearer, &nearest);
    if (nearest.found[0] != '\0') {
        return fail(parser, offset, word, "\"%s\" is no known algorithm; did you mean \"%s\"?",
                    word, nearest.found);
    }
    return fail(parser, offset, word, "\"%s\" is no known algorithm; a proposal reads like %s",
                word, example(parser->protocol));
}

static size_t count_type(const struct crypto_proposal *proposal, unsigned type)
{
    size_t count = 0;

    for (size_t i = 0; i < proposal->count; i++) {
        count += proposal->transforms[i].type == type;
    }
    return count;
}

static bool type_is_for(enum crypto_protocol protocol, unsigned type)
{
    if (protocol == CRYPTO_PROTO_IKE) {
        return type != CRYPTO_ESN;
    }
    return type != CRYPTO_PRF && (protocol == CRYPTO_PROTO_ESP || type != CRYPTO_ENCR);
}

/* "ke1_" to "ke7_" in front of a key exchange: that of an additional one (RFC 9370), which may be
 * "none". 0 if the word has no such beginning. */
static uint8_t additional_type(const char *word)
{
    if (strncmp(word, "ke", 2) != 0 || word[2] < '1' || word[2] > '7' || word[3] != '_') {
        return 0;
    }
    return (uint8_t)(CRYPTO_ADDKE1 + word[2] - '1');
}

static int add_additional(struct parser *parser, size_t offset, const char *word, uint8_t type)
{
    struct crypto_proposal *out = parser->out;
    struct word_search found = {0};
    struct crypto_transform_choice choice = {.type = type};

    if (strcmp(word + 4, "none") != 0) {
        if (!find_word(word + 4, &found) || found.row->type != CRYPTO_KE) {
            return fail(parser, offset, word,
                        "\"%s\" names no key exchange; an additional one reads like ke1_ecp384",
                        word);
        }
        if (found.row->kem && !crypto_kem_is_offered(found.row)) {
            return fail(parser, offset, word, "\"%s\" is %s, which this OpenSSL (%s) does not have",
                        word, found.row->openssl, OpenSSL_version(OPENSSL_VERSION_STRING));
        }
        if (!found.row->computed && !found.row->kem) {
            return fail(parser, offset, word, "\"%s\" is %s, which this build does not compute",
                        word, found.row->name);
        }
        choice.id = found.row->id;
    }
    for (size_t i = 0; i < out->count; i++) {
        if (out->transforms[i].type == type && out->transforms[i].id == choice.id) {
            return fail(parser, offset, word, "\"%s\" is named twice", word);
        }
    }
    if (out->count == CRYPTO_PROPOSAL_TRANSFORMS_MAX) {
        return fail(parser, offset, word, "a proposal has at most %d algorithms",
                    CRYPTO_PROPOSAL_TRANSFORMS_MAX);
    }
    out->transforms[out->count++] = choice;
    snprintf(parser->additional, sizeof parser->additional, "%s", word);
    return 0;
}

static int add_word(struct parser *parser, size_t offset, const char *word)
{
    struct crypto_proposal *out = parser->out;
    struct word_search found;

    if (additional_type(word) != 0) {
        return add_additional(parser, offset, word, additional_type(word));
    }

    if (word[0] == '\0') {
        return fail(parser, offset, word, "a word is missing; a proposal reads like %s",
                    example(parser->protocol));
    }
    if (!find_word(word, &found)) {
        return fail_unknown(parser, offset, word);
    }
    if (!type_is_for(parser->protocol, found.row->type)) {
        return fail(parser, offset, word, "\"%s\" is of type %s, which a proposal for %s has not",
                    word, crypto_transform_type_name(found.row->type),
                    protocol_name(parser->protocol));
    }
    if (found.row->kem) {
        return fail(parser, offset, word,
                    "\"%s\" stands in an additional key exchange only, such as ke1_%s", word, word);
    }
    if (!found.row->computed) {
        return fail(parser, offset, word, "\"%s\" is %s, which this build does not compute", word,
                    found.row->name);
    }
    if (found.row->esp_only && parser->protocol == CRYPTO_PROTO_IKE) {
        return fail(
            parser, offset, word,
            found.row->implicit_iv
                ? "\"%s\" has ESP's sequence number for an IV: it is not for IKE's own messages"
                : "\"%s\" encrypts nothing: it is for ESP, not for IKE's own messages",
            word);
    }

    for (size_t i = 0; i < out->count; i++) {
        if (out->transforms[i].type == found.row->type && out->transforms[i].id == found.row->id &&
            out->transforms[i].key_bits == found.key_bits) {
            return fail(parser, offset, word, "\"%s\" is named twice", word);
        }
    }
    if (out->count == CRYPTO_PROPOSAL_TRANSFORMS_MAX) {
        return fail(parser, offset, word, "a proposal has at most %d algorithms",
                    CRYPTO_PROPOSAL_TRANSFORMS_MAX);
    }
    out->transforms[out->count++] = (struct crypto_transform_choice){
        .type = found.row->type, .id = found.row->id, .key_bits = found.key_bits};

    if (found.row->type == CRYPTO_ENCR) {
        snprintf(found.row->aead ? parser->aead : parser->classic, WORD_MAX, "%s", word);
        if (parser->aead[0] != '\0' && parser->classic[0] != '\0') {
            return fail(parser, offset, word,
                        "\"%s\" and \"%s\" cannot share a proposal: one needs an integrity "
                        "algorithm, the other has its own; make two (RFC 5282 §8)",
                        parser->aead, parser->classic);
        }
    } else if (found.row->type == CRYPTO_INTEG && parser->integ[0] == '\0') {
        snprintf(parser->integ, WORD_MAX, "%s", word);
        parser->integ_at = offset;
    }
    return 0;
}

/* Adds the PRFs that the integrity algorithms imply. With an AEAD, strongSwan's notation lets
 * "aes128gcm16-sha256-x25519" stand for "aes128gcm16-prfsha256-x25519": the integrity algorithms
 * become the PRFs. */
static int imply_prfs(struct parser *parser)
{
    struct crypto_proposal *out = parser->out;
    bool replace = parser->aead[0] != '\0';
    size_t count = out->count;

    for (size_t i = 0; i < count; i++) {
        struct crypto_transform_choice choice = out->transforms[i];
        if (choice.type != CRYPTO_INTEG || !implied_prf(choice.id, &choice.id)) {
            continue;
        }
        choice.type = CRYPTO_PRF;
        if (replace) {
            out->transforms[i] = choice;
        } else if (out->count < CRYPTO_PROPOSAL_TRANSFORMS_MAX) {
            out->transforms[out->count++] = choice;
        } else {
            return fail(parser, strlen(parser->text), "", "a proposal has at most %d algorithms",
                        CRYPTO_PROPOSAL_TRANSFORMS_MAX);
        }
    }
    return 0;
}

/* What must be there, and what must not. */
static int complete(struct parser *parser)
{
    struct crypto_proposal *out = parser->out;
    size_t end = strlen(parser->text);
    bool ike = parser->protocol == CRYPTO_PROTO_IKE;

    bool ah = parser->protocol == CRYPTO_PROTO_AH;

    if (ah && parser->integ[0] == '\0') {
        return fail(parser, end, "", "no integrity algorithm is named, such as sha256");
    }
    if (!ah && count_type(out, CRYPTO_ENCR) == 0) {
        return fail(parser, end, "", "no encryption algorithm is named, such as aes128");
    }
    if (parser->classic[0] != '\0' && parser->integ[0] == '\0') {
        return fail(parser, end, "", "\"%s\" needs an integrity algorithm, such as sha256",
                    parser->classic);
    }
    if (ike && count_type(out, CRYPTO_PRF) == 0 && imply_prfs(parser) != 0) {
        return -1;
    }
    if (parser->aead[0] != '\0' && count_type(out, CRYPTO_INTEG) > 0) {
        return fail(parser, parser->integ_at, parser->integ,
                    "\"%s\" checks integrity itself: leave \"%s\" out (RFC 5282 §8)", parser->aead,
                    parser->integ);
    }
    if (ike && count_type(out, CRYPTO_PRF) == 0) {
        return fail(parser, end, "", "no PRF is named, such as prfsha256");
    }
    if (ike && count_type(out, CRYPTO_KE) == 0) {
        return fail(parser, end, "", "no key exchange is named, such as x25519");
    }
    if (parser->additional[0] != '\0' && count_type(out, CRYPTO_KE) == 0) {
        return fail(parser, end, "", "\"%s\" needs a first key exchange, such as x25519",
                    parser->additional);
    }
    if (!ike && count_type(out, CRYPTO_ESN) == 0) {
        if (out->count == CRYPTO_PROPOSAL_TRANSFORMS_MAX) {
            return fail(parser, end, "", "a proposal has at most %d algorithms",
                        CRYPTO_PROPOSAL_TRANSFORMS_MAX);
        }
        out->transforms[out->count++] =
            (struct crypto_transform_choice){.type = CRYPTO_ESN, .id = CRYPTO_ESN_NO};
    }
    return 0;
}

/* Orders by type and keeps the order of preference within each. */
static void sort_by_type(struct crypto_proposal *proposal)
{
    for (size_t i = 1; i < proposal->count; i++) {
        struct crypto_transform_choice moved = proposal->transforms[i];
        size_t j = i;
        for (; j > 0 && proposal->transforms[j - 1].type > moved.type; j--) {
            proposal->transforms[j] = proposal->transforms[j - 1];
        }
        proposal->transforms[j] = moved;
    }
}

int crypto_proposal_parse(enum crypto_protocol protocol, const char *text,
                          struct crypto_proposal *out, struct crypto_proposal_error *error)
{
    struct parser parser = {.protocol = protocol, .text = text, .out = out, .error = error};
    size_t at = 0;

    *out = (struct crypto_proposal){.number = 1, .protocol = (uint8_t)protocol};
    for (;;) {
        char word[WORD_MAX];
        size_t len = strcspn(text + at, "-");
        snprintf(word, sizeof word, "%.*s", (int)(len < WORD_MAX ? len : WORD_MAX), text + at);
        if (add_word(&parser, at, word) != 0) {
            return -1;
        }
        at += len;
        if (text[at] == '\0') {
            break;
        }
        at++;
    }
    if (complete(&parser) != 0) {
        return -1;
    }
    sort_by_type(out);
    return 0;
}

/* ---- writing ---- */

struct printer {
    char *text;
    size_t cap;
    size_t len; /* that the whole text has */
};

/* Counted whole, kept as far as there is room; the NUL is written at the very end. */
static void print_octets(struct printer *printer, const char *octets, size_t len)
{
    size_t room = printer->cap > printer->len + 1 ? printer->cap - printer->len - 1 : 0;

    if (room > 0) {
        memcpy(printer->text + printer->len, octets, len < room ? len : room);
    }
    printer->len += len;
}

static void print_word(struct printer *printer, const char *word)
{
    if (printer->len > 0) {
        print_octets(printer, "-", 1);
    }
    print_octets(printer, word, strlen(word));
}

/* A transform that strongSwan has no word for goes under its IANA name, or else its number. `row`
 * is NULL where it has none. */
static void print_choice(struct printer *printer, const struct crypto_transform *row,
                         struct crypto_transform_choice choice)
{
    char word[2 * WORD_MAX];

    if (crypto_is_addke(choice.type)) {
        snprintf(word, sizeof word, "ke%u_%s", choice.type - CRYPTO_ADDKE1 + 1u,
                 choice.id == 0                        ? "none"
                 : row != NULL && row->keyword != NULL ? row->keyword
                 : row != NULL                         ? row->name
                                                       : "?");
        print_word(printer, word);
    } else if (row != NULL && row->keyword != NULL) {
        write_word(row->keyword, choice.key_bits, word);
        print_word(printer, word);
    } else if (row != NULL) {
        print_word(printer, row->name);
    } else {
        const char *type = crypto_transform_type_name(choice.type);
        if (type[0] != '?') {
            snprintf(word, sizeof word, "%s(%u)", type, choice.id);
        } else {
            snprintf(word, sizeof word, "type%u(%u)", choice.type, choice.id);
        }
        print_word(printer, word);
    }
}

static const struct crypto_transform *row_of(struct crypto_transform_choice choice)
{
    return crypto_transform_find(choice.type, choice.id);
}

/* The PRFs are left out when reading the text would imply the same ones in the same order. */
static bool prfs_are_implied(const struct crypto_proposal *proposal)
{
    uint16_t integs[CRYPTO_PROPOSAL_TRANSFORMS_MAX];
    size_t integ_count = 0;
    size_t matched = 0;

    for (size_t i = 0; i < proposal->count; i++) {
        uint16_t prf;
        if (proposal->transforms[i].type == CRYPTO_INTEG &&
            implied_prf(proposal->transforms[i].id, &prf)) {
            integs[integ_count++] = prf;
        }
    }
    for (size_t i = 0; i < proposal->count; i++) {
        if (proposal->transforms[i].type != CRYPTO_PRF) {
            continue;
        }
        if (matched == integ_count || proposal->transforms[i].id != integs[matched]) {
            return false;
        }
        matched++;
    }
    return matched == integ_count;
}

static bool is_implied(const struct crypto_proposal *proposal, unsigned type)
{
    const struct crypto_transform_choice none = {.type = (uint8_t)type};

    switch (type) {
    case CRYPTO_PRF:
        return prfs_are_implied(proposal);
    case CRYPTO_INTEG:
    case CRYPTO_ESN: /* alone with "none" */
        for (size_t i = 0; i < proposal->count; i++) {
            if (proposal->transforms[i].type == type && proposal->transforms[i].id != none.id) {
                return false;
            }
        }
        return true;
    default:
        return false;
    }
}

/* `rows` are those of the transforms, as far as they are known already. */
static size_t print_proposal(const struct crypto_proposal *proposal,
                             const struct crypto_transform *const *rows, size_t row_count,
                             char *text, size_t cap)
{
    /* strongSwan's order, and behind it what has no place in that. */
    static const uint8_t order[] = {CRYPTO_ENCR, CRYPTO_INTEG, CRYPTO_PRF, CRYPTO_KE, CRYPTO_ESN};
    struct printer printer = {.text = text, .cap = cap};

    for (size_t t = 0; t < sizeof order; t++) {
        if (is_implied(proposal, order[t])) {
            continue;
        }
        for (size_t i = 0; i < proposal->count; i++) {
            if (proposal->transforms[i].type == order[t]) {
                print_choice(&printer, i < row_count ? rows[i] : row_of(proposal->transforms[i]),
                             proposal->transforms[i]);
            }
        }
    }
    for (size_t i = 0; i < proposal->count; i++) {
        if (proposal->transforms[i].type == 0 || proposal->transforms[i].type > CRYPTO_ESN) {
            print_choice(&printer, row_of(proposal->transforms[i]), proposal->transforms[i]);
        }
    }
    if (cap > 0) {
        text[printer.len < cap ? printer.len : cap - 1] = '\0';
    }
    return printer.len;
}

size_t crypto_proposal_print(const struct crypto_proposal *proposal, char *text, size_t cap)
{
    return print_proposal(proposal, NULL, 0, text, cap);
}

size_t crypto_suite_print(enum crypto_protocol protocol, const struct crypto_suite *suite,
                          char *text, size_t cap)
{
    const struct crypto_transform *const all[] = {suite->encr, suite->prf, suite->integ, suite->ke};
    const struct crypto_transform *rows[sizeof all / sizeof all[0]];
    struct crypto_proposal proposal = {.protocol = (uint8_t)protocol};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i] == NULL) {
            continue;
        }
        rows[proposal.count] = all[i];
        proposal.transforms[proposal.count++] = (struct crypto_transform_choice){
            .type = all[i]->type,
            .id = all[i]->id,
            .key_bits = all[i] == suite->encr ? suite->encr_key_bits : 0,
        };
    }
    size_t row_count = proposal.count;
    if (protocol != CRYPTO_PROTO_IKE) {
        proposal.transforms[proposal.count++] = (struct crypto_transform_choice){
            .type = CRYPTO_ESN, .id = suite->esn ? CRYPTO_ESN_YES : CRYPTO_ESN_NO};
    }
    for (uint8_t i = 0; i < suite->additional_count; i++) {
        proposal.transforms[proposal.count++] = (struct crypto_transform_choice){
            .type = (uint8_t)(CRYPTO_ADDKE1 + i), .id = suite->additional[i]};
    }
    return print_proposal(&proposal, rows, row_count, text, cap);
}
