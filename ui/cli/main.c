#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/scenario/nearest.h"
#include "ui/cli/cmd_dissect.h"
#include "ui/cli/cmd_keys.h"
#include "ui/cli/cmd_ladder.h"
#include "ui/cli/cmd_learn.h"
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
    {"run", cmd_run, "SCENARIO|DIR", "headless: a summary; -o DIR keeps everything"},
    {"watch", cmd_watch, "SCENARIO|DIR", "the terminal UI, on a new run or a kept one"},
    {"learn", cmd_learn, "[LESSON]", "the course: lessons on real runs, with questions"},
    {"ladder", cmd_ladder, "SCENARIO|DIR", "the exchange as a text sequence diagram"},
    {"keys", cmd_keys, "SCENARIO|DIR", "the key derivation, as commands to repeat it"},
    {"dissect", cmd_dissect, "CAPTURE", "a pcap or pcapng, decoded and decrypted"},
    {"scenario", cmd_scenario, "list|show|validate", "the scenarios that ship, and your own"},
};

#define COMMANDS (sizeof commands / sizeof *commands)

static void usage(FILE *out)
{
    fputs("Usage: ikesim COMMAND ...\n\n"
          "IKEv2 and ESP, simulated with real protocol code and shown.\n\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++) {
        fprintf(out, "  %-9s%-20s%s\n", commands[i].name, commands[i].arguments, commands[i].what);
    }
    fputs("\nikesim COMMAND --help says more, with an example. A scenario is a YAML file or\n"
          "the name of one that ships. Exit status: 0 done, 1 an expectation failed,\n"
          "2 misuse, 3 input refused or output not written, 130 interrupted.\n\n"
          "Begin with: ikesim watch four-messages\n",
          out);
}

static int run_command(const struct command *command, int argc, char **argv)
{
    char name[32];
    snprintf(name, sizeof name, "ikesim %s", command->name);
    argv[0] = name;
    return command->run(argc, argv);
}

static const struct command *find_command(const char *name)
{
    struct nearest nearest = {.word = name};
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return &commands[i];
        }
        nearest_consider(&nearest, commands[i].name);
    }
    fprintf(stderr, "ikesim: there is no command '%s'", name);
    if (nearest.found) {
        fprintf(stderr, "; did you mean '%s'?\n", nearest.found);
    } else {
        fputs("; ikesim --help lists them\n", stderr);
    }
    return NULL;
}

static int help(int argc, char **argv)
{
    if (argc < 3) {
        usage(stdout);
        return EXIT_DONE;
    }
    const struct command *command = find_command(argv[2]);
    char option[] = "--help";
    char *arguments[] = {argv[0], option, NULL};
    return command ? run_command(command, 2, arguments) : EXIT_MISUSE;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return EXIT_MISUSE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        usage(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "help") == 0) {
        return help(argc, argv);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("ikesim " IKESIM_VERSION);
        return EXIT_DONE;
    }
    const struct command *command = find_command(argv[1]);
    return command ? run_command(command, argc - 1, argv + 1) : EXIT_MISUSE;
}

/* Where stdin, stdout or stderr was closed, the next file to be opened would have its number, and
 * get what is printed. /dev/null stands there instead, so that reading or writing fails as before.
 */
static void fill_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
            abort();
        }
    }
}

/* A full disk shows here at the latest, wherever the program ends (--help does so inside of argp);
 * output that is lost is not done. */
static void close_output(int status, void *unused)
{
    (void)unused;
    /* What an earlier write failed for may have been overwritten since; what is no failure of
     * writing is not told. */
    int why = ferror(stdout) ? errno : 0;
    bool lost = ferror(stdout),
         known = why == ENOSPC || why == EDQUOT || why == EFBIG || why == EIO;
    if (fclose(stdout) != 0) {
        lost = known = true;
        why = errno;
    }
    if (lost) {
        fprintf(stderr, "ikesim: the output cannot be written%s%s\n", known ? ": " : "",
                known ? strerror(why) : "");
        _exit(status == EXIT_DONE ? EXIT_REFUSED : status);
    }
}

int main(int argc, char **argv)
{
    fill_standard_files();
    if (on_exit(close_output, NULL) != 0) {
        abort();
    }
    return dispatch(argc, argv);
}
