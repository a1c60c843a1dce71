#include "bench/sites.h"

#include <elf.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *block);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);

/* ---- blocks by address: a table of its own, outside of malloc ---- */

struct block {
    void *at; /* NULL: free; the address of the table itself: was one */
    const void *caller;
    size_t size;
};

#define SLOTS ((size_t)1 << 22)

static struct block *blocks;

static size_t slot_of(const void *at)
{
    return (size_t)(((uintptr_t)at >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (SLOTS - 1);
}

static void enter(void *at, size_t size, const void *caller)
{
    if (!blocks || !at) {
        return;
    }
    size_t i = slot_of(at);
    while (blocks[i].at && blocks[i].at != blocks) {
        i = (i + 1) & (SLOTS - 1);
    }
    blocks[i] = (struct block){at, caller, size};
}

static void leave(const void *at)
{
    if (!blocks || !at) {
        return;
    }
    for (size_t i = slot_of(at); blocks[i].at; i = (i + 1) & (SLOTS - 1)) {
        if (blocks[i].at == at) {
            blocks[i].at = blocks;
            return;
        }
    }
}

void *__wrap_malloc(size_t size)
{
    void *at = __real_malloc(size);
    enter(at, size, __builtin_return_address(0));
    return at;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *at = __real_calloc(count, size);
    enter(at, count * size, __builtin_return_address(0));
    return at;
}

void *__wrap_realloc(void *old, size_t size)
{
    leave(old);
    void *at = __real_realloc(old, size);
    enter(at, size, __builtin_return_address(0));
    return at;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    void *at = __real_aligned_alloc(alignment, size);
    enter(at, size, __builtin_return_address(0));
    return at;
}

char *__wrap_strdup(const char *text)
{
    char *at = __real_strdup(text);
    enter(at, strlen(text) + 1, __builtin_return_address(0));
    return at;
}

void __wrap_free(void *block)
{
    leave(block);
    __real_free(block);
}

/* ike/ counts through one function: who calls that is what is of interest. */
struct ike_endpoint;
void *__real_ike_take(struct ike_endpoint *endpoint, size_t size);
void *__wrap_ike_take(struct ike_endpoint *endpoint, size_t size);

void *__wrap_ike_take(struct ike_endpoint *endpoint, size_t size)
{
    void *at = __real_ike_take(endpoint, size);
    leave(at);
    enter(at, size, __builtin_return_address(0));
    return at;
}

void sites_begin(void)
{
    blocks = mmap(NULL, SLOTS * sizeof *blocks, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (blocks == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
}

/* ---- names of functions: this program's own symbol table ---- */

struct names {
    const uint8_t *file;
    const Elf64_Sym *symbols;
    size_t count;
    const char *strings;
    uintptr_t base;
};

/* Where the program was loaded: the linker gives this symbol address 0 of the file. */
extern const char __executable_start[];

static struct names read_names(void)
{
    struct names names = {.base = (uintptr_t)__executable_start};
    int descriptor = open("/proc/self/exe", O_RDONLY);
    struct stat st;
    if (descriptor < 0 || fstat(descriptor, &st) != 0) {
        return names;
    }
    names.file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
    const Elf64_Ehdr *header = (const void *)names.file;
    const Elf64_Shdr *sections = (const void *)(names.file + header->e_shoff);
    for (unsigned i = 0; i < header->e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB) {
            names.symbols = (const void *)(names.file + sections[i].sh_offset);
            names.count = sections[i].sh_size / sizeof(Elf64_Sym);
            names.strings = (const char *)(names.file + sections[sections[i].sh_link].sh_offset);
        }
    }
    if (header->e_type == ET_EXEC) {
        names.base = 0;
    }
    return names;
}

static const char *name_of(const struct names *names, const void *address)
{
    uintptr_t at = (uintptr_t)address - names->base;
    for (size_t i = 0; i < names->count; i++) {
        const Elf64_Sym *symbol = &names->symbols[i];
        if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && at >= symbol->st_value &&
            at < symbol->st_value + symbol->st_size) {
            return names->strings + symbol->st_name;
        }
    }
    return "?";
}

/* ---- the sum ---- */

static struct site *find_site(struct site *sites, const void **callers, size_t *count,
                              const struct block *block)
{
    size_t i = 0;
    while (i < *count && (callers[i] != block->caller || sites[i].size != block->size)) {
        i++;
    }
    if (i == *count) {
        callers[i] = block->caller;
        sites[i] = (struct site){.size = block->size};
        ++*count;
    }
    return &sites[i];
}

struct site *sites_take(size_t *count)
{
    enum { MAX = 65536 };
    struct site *sites = __real_calloc(MAX, sizeof *sites);
    const void **callers = __real_calloc(MAX, sizeof *callers);
    struct names names = read_names();
    *count = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        if (blocks[i].at && blocks[i].at != blocks && *count < MAX) {
            struct site *site = find_site(sites, callers, count, &blocks[i]);
            site->blocks++;
            site->octets += blocks[i].size;
        }
    }
    for (size_t i = 0; i < *count; i++) {
        sites[i].function = name_of(&names, callers[i]);
    }
    __real_free(callers);
    return sites;
}
