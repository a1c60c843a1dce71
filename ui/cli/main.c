#include <stdio.h>
#include <string.h>

#include "ui/cli/cmd_dissect.h"
#include "ui/cli/cmd_keys.h"
#include "ui/cli/cmd_ladder.h"
#include "ui/cli/cmd_run.h"
#include "ui/cli/cmd_scenario.h"
#include "ui/cli/cmd_watch.h"
#include "ui/cli/options.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *arguments;
    const char *what;
};

static const struct command commands[] = {
    {"run", cmd_run, "SCENARIO|DIR", "headless: summary; -o DIR keeps everything"},
    {"watch", cmd_watch, "SCENARIO|DIR", "the terminal UI, on a new run or a kept one"},
    {"ladder", cmd_ladder, "SCENARIO|DIR", "the exchange as a text sequence diagram"},
    {"keys", cmd_keys, "SCENARIO|DIR",
     "the key derivation with real values and commands that reproduce it"},
    {"dissect", cmd_dissect, "CAPTURE",
     "a pcap or pcapng through the same decoder; --keys decrypts"},
    {"scenario", cmd_scenario, "list|show|validate",
     "the scenarios that ship, and checks of your own"},
};

static void usage(FILE *out)
{
    fputs("Usage: ikesim COMMAND ...\n\n"
          "IKEv2 and ESP, simulated with real protocol code and shown.\n\n",
          out);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char head[64];
        snprintf(head, sizeof head, "%s %s", commands[i].name, commands[i].arguments);
        fprintf(out, "  ikesim %-29s%s\n", head, commands[i].what);
    }
    fputs("\nEach has --help with an example. Begin with: ikesim watch four-messages\n", out);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return EXIT_MISUSE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("ikesim " IKESIM_VERSION);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            char name[32];
            snprintf(name, sizeof name, "ikesim %s", argv[1]);
            argv[1] = name;
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "ikesim: there is no command '%s'; ikesim --help lists them\n", argv[1]);
    return EXIT_MISUSE;
}
