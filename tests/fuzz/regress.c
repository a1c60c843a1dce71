/* Without libFuzzer: each file of the directories that are named, through the target once. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

enum { FILE_MAX = 1 << 20 };

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *octets = malloc(FILE_MAX);
    size_t len;

    if (!file || !octets) {
        perror(path);
        return -1;
    }
    len = fread(octets, 1, FILE_MAX, file);
    fclose(file);
    printf("%s\n", path);
    fflush(stdout); /* the last line names the culprit */
    LLVMFuzzerTestOneInput(octets, len);
    free(octets);
    return 0;
}

int main(int argc, char **argv)
{
    size_t files = 0;

    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);

        if (!dir) {
            perror(argv[i]);
            return 1;
        }
        for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
            char path[4096];

            if (entry->d_name[0] == '.') {
                continue;
            }
            snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
            if (run_file(path) != 0) {
                closedir(dir);
                return 1;
            }
            files++;
        }
        closedir(dir);
    }
    printf("%zu files\n", files);
    return files ? 0 : 1;
}
