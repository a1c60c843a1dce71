/* `ikesim keys`: the key derivation with real values, each step with a command that reproduces it.
 */
#ifndef IKESIM_UI_CLI_CMD_KEYS_H
#define IKESIM_UI_CLI_CMD_KEYS_H

/* argv[0] is "ikesim keys". Returns the exit code. */
int cmd_keys(int argc, char **argv);

#endif
