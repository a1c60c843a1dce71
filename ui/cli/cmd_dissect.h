/* ikesim dissect: a capture file through the decoder that the screens use. */
#ifndef IKESIM_UI_CLI_CMD_DISSECT_H
#define IKESIM_UI_CLI_CMD_DISSECT_H

/* argv[0] is "ikesim dissect". Returns the exit code. */
int cmd_dissect(int argc, char **argv);

#endif
