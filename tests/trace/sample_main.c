/* Writes the sample recording into a directory, for readers that are not ours. */
#include <stdio.h>
#include <stdlib.h>

#include "support.h"

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s DIR PINGS\n", argv[0]);
        return 2;
    }
    write_sample(argv[1], (unsigned)strtoul(argv[2], NULL, 10), true);
    return 0;
}
