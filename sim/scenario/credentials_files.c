/* Certificates, keys and revocation lists from files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/credentials.h"

/* A chain of a dozen certificates has less. */
enum { FILE_MAX = 1 << 20 };

const char *credentials_path(struct arena *arena, const struct scenario *scenario, const char *path)
{
    const char *slash = strrchr(scenario->path, '/');
    if (path[0] == '/' || !slash) {
        return path;
    }
    return arena_printf(arena, "%.*s/%s", (int)(slash - scenario->path), scenario->path, path);
}

/* NULL with *why if it cannot be read. */
static const uint8_t *load(struct arena *arena, const char *path, size_t *len, const char **why)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        *why = strerror(errno);
        return NULL;
    }
    uint8_t *octets = arena_alloc(arena, FILE_MAX);
    *len = fread(octets, 1, FILE_MAX, file);
    *why = ferror(file) ? strerror(errno) : *len == FILE_MAX ? "it is too large" : NULL;
    fclose(file);
    return *why ? NULL : octets;
}

void read_credentials_file(struct reader *reader, struct crypto_context *crypto,
                           struct yaml_node *node, const char *key, const char *path,
                           const char *label, struct crypto_bytes *items, size_t max, size_t *count)
{
    struct arena *arena = &reader->draft->arena;
    const char *whole = credentials_path(arena, &reader->draft->scenario, path), *why = NULL;
    size_t len = 0, before = *count;
    const uint8_t *text = load(arena, whole, &len, &why);
    if (!text) {
        tell(reader, node, 0, "%s: %s: %s; expected a file in PEM or DER", key, whole, why);
        return;
    }
    struct crypto_bytes rest = crypto_bytes(text, len);
    while (rest.len > 0 && *count < max) {
        uint8_t *der;
        size_t der_len = crypto_pem_read(crypto, label, rest, &rest, &der);
        if (der_len == 0) {
            break;
        }
        items[(*count)++] = crypto_bytes(arena_copy(arena, (const char *)der, der_len), der_len);
        crypto_octets_free(der, der_len);
    }
    if (*count == before) {
        tell(reader, node, 0, "%s: %s has no %s in PEM or DER; expected one", key, whole, label);
    }
}
