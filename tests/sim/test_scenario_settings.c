/* --set: what it changes, and what is told about a path or a value that is wrong. */
#include "tests/sim/scenario_support.h"

static const char text[] =
    "duration: 10s\n"
    "hosts:\n"
    "  - name: alice\n"
    "    connect: gw.north\n"
    "    ike: {secret: x, proposals: [aes128-sha256-x25519]}\n"
    "    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}]\n"
    "  - {name: gw, ike: {secret: x}}\n"
    "  - {name: gw.north, ike: {secret: x}}\n"
    "links:\n"
    "  - {between: [alice, gw.north], delay: 40ms}\n";

static struct scenario *read_with(const char *setting)
{
    return support_read_set(text, (const char *const[]){setting, NULL});
}

static void a_setting_changes_one_key(void **state)
{
    (void)state;
    struct scenario *scenario = read_with("duration=1m");
    assert_int_equal(scenario->duration, UINT64_C(60000000000));
    scenario_free(scenario);

    /* A block that the file does not have is made; hosts go by name. */
    scenario = read_with("hosts.gw.cpu.cores=8");
    assert_int_equal(scenario->templates[0].cores, 4);
    assert_int_equal(scenario->templates[1].cores, 8);
    assert_int_equal(scenario->templates[1].queue, 512);
    assert_int_equal(scenario->templates[2].cores, 4);
    scenario_free(scenario);

    /* Of names with dots, the longest that the path begins with. */
    scenario = read_with("hosts.gw.north.cpu.cores=8");
    assert_int_equal(scenario->templates[1].cores, 4);
    assert_int_equal(scenario->templates[2].cores, 8);
    scenario_free(scenario);

    /* Items of lists go by number, too. */
    scenario = read_with("hosts.2.ike.window=9");
    assert_int_equal(scenario->templates[2].policy.window, 9);
    scenario_free(scenario);
    scenario = read_with("links.0.loss=100%");
    assert_int_equal(scenario->links[0].ab.loss, UINT64_MAX);
    assert_int_equal(scenario->links[0].ba.loss, UINT64_MAX);
    scenario_free(scenario);
    scenario = read_with("links.0.backward.loss=50%");
    assert_int_equal(scenario->links[0].ab.loss, 0);
    assert_int_equal(scenario->links[0].ba.loss, UINT64_C(1) << 63);
    scenario_free(scenario);
    scenario = read_with("hosts.alice.children.net.replay_window=0");
    assert_int_equal(scenario->templates[0].policy.children[0].replay_window, 0);
    scenario_free(scenario);
}

static void a_value_is_text_or_yaml_by_what_the_key_takes(void **state)
{
    (void)state;
    struct scenario *scenario = read_with("title=Of [brackets], colons: and # signs");
    assert_string_equal(scenario->title, "Of [brackets], colons: and # signs");
    scenario_free(scenario);
    scenario = read_with("hosts.alice.ike.id=@alice");
    assert_int_equal(scenario->hosts[0].self.identity.type, IKE_ID_FQDN);
    scenario_free(scenario);
    scenario = read_with("hosts.alice.ike.secret=a=b");
    assert_memory_equal(scenario->templates[0].policy.secret.data, "a=b", 3);
    scenario_free(scenario);
    scenario =
        read_with("hosts.alice.ike.proposals=[aes128-sha256-modp2048, aes128-sha256-ecp256]");
    assert_int_equal(scenario->templates[0].policy.proposal_count, 2);
    scenario_free(scenario);
    scenario = read_with("hosts.alice.ike.proposals.0=aes256-sha512-ecp384");
    assert_int_equal(scenario->templates[0].policy.proposal_count, 1);
    assert_int_equal(scenario->templates[0].policy.proposals[0].transforms[0].key_bits, 256);
    scenario_free(scenario);
    scenario = read_with("expect=[{count: datagrams_lost, equals: 3}]");
    assert_int_equal(scenario->expect_count, 1);
    assert_int_equal(scenario->expects[0].max, 3);
    scenario_free(scenario);
}

static void of_two_settings_of_a_key_the_last_one_counts(void **state)
{
    (void)state;
    struct scenario *scenario = support_read_set(
        text, (const char *const[]){"seed=3", "hosts.gw.cpu.cores=8", "seed=4", NULL});
    assert_int_equal(scenario->seed, 4);
    assert_int_equal(scenario->templates[1].cores, 8);
    scenario_free(scenario);
}

static void a_seed_given_apart_replaces_the_one_of_the_file(void **state)
{
    (void)state;
    struct scenario_settings settings = {.has_seed = true, .seed = 99};
    char *errors = NULL;
    size_t count = 0;
    support_write(text, strlen(text));
    struct scenario *scenario = scenario_read(SCENARIO_FILE, &settings, &errors, &count);
    assert_non_null(scenario);
    assert_int_equal(scenario->seed, 99);
    scenario_free(scenario);
}

static void what_is_printed_has_the_settings_in_it(void **state)
{
    (void)state;
    struct scenario *scenario = read_with("hosts.gw.cpu.cores=8");
    char *printed = scenario_print(scenario);
    struct scenario *again = support_read(printed);
    assert_int_equal(again->templates[1].cores, 8);
    free(printed);
    scenario_free(scenario);
    scenario_free(again);
}

static void a_wrong_setting_has_its_error(void **state)
{
    static const struct {
        const char *setting, *errors;
    } cases[] = {
        {"seed", "--set seed: no '=' in it; expected PATH=VALUE such as hosts.gw.cpu.cores=8\n"},
        {"=1", "--set =1: no path before the '='; expected PATH=VALUE such as "
               "hosts.gw.cpu.cores=8\n"},
        {"sed=1", "--set sed=1: unknown key 'sed' in a scenario; expected name, title, "
                  "description, duration, seed, epoch, keys, dns_delay, pairs, hosts, authorities, "
                  "nats, attackers, "
                  "links, script, expect, "
                  "costs, record or "
                  "series; did you mean 'seed'?\n"},
        {"hosts.alcie.cpu.cores=8",
         "--set hosts.alcie.cpu.cores=8: no item 'alcie' in 'hosts'; expected alice, gw, gw.north, "
         "or an index from 0 to 2; did you mean 'alice'?\n"},
        {"hosts.3.cpu.cores=8",
         "--set hosts.3.cpu.cores=8: no item '3' in 'hosts'; expected alice, gw, gw.north, or an "
         "index from 0 to 2\n"},
        {"hosts.gw.cpu.coers=8", "--set hosts.gw.cpu.coers=8: unknown key 'coers' in cpu; expected "
                                 "cores, queue or classes; did you mean 'cores'?\n"},
        {"hosts.gw.cpu.cores=zero",
         "--set hosts.gw.cpu.cores=zero: cores 'zero' is no number; expected a whole number\n"},
        {"hosts.gw.cpu.cores=", "--set hosts.gw.cpu.cores=: cores has no value; expected a whole "
                                "number\n"},
        {"links.0.loss=5", "--set links.0.loss=5: loss '5' has no % sign; expected a percentage "
                           "such as 5%; did you mean '5%'?\n"},
        {"links.1.loss=5%",
         "--set links.1.loss=5%: no item '1' in 'links'; expected an index from 0 to 0\n"},
        {"script.0.at=5s", "--set script.0.at=5s: no item '0' in 'script': the file has none; "
                           "expected script=[...], all of it\n"},
        {"duration.seconds=5",
         "--set duration.seconds=5: 'duration' has no keys within; expected nothing behind it, "
         "found 'seconds'\n"},
        {"hosts.gw.ike.proposals=[aes128",
         "--set hosts.gw.ike.proposals=[aes128: not well-formed YAML: "},
        {"hosts.gw.ike.proposals.0.x=1",
         "--set hosts.gw.ike.proposals.0.x=1: no item '0' in 'proposals': the file has none; "
         "expected proposals=[...], all of it\n"},
        {"hosts.alice.ike.proposals.0.x=1",
         "--set hosts.alice.ike.proposals.0.x=1: 'proposals' has no keys within its items; "
         "expected nothing behind it, found 'x'\n"},
        {"hosts.alice.connect=gw", "--set hosts.alice.connect=gw: no link joins alice and gw; "
                                   "expected one in links: {between: [alice, gw], delay: 40ms}\n"},
        {"hosts..cpu.cores=1", "--set hosts..cpu.cores=1: no item '' in 'hosts'; expected alice, "
                               "gw, gw.north, or an index from 0 to 2\n"},
        {"title=\xff", "--set: octet 0xff; expected YAML, which is text in UTF-8\n"},
    };
    (void)state;
    support_write(text, strlen(text));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scenario_settings settings = {.set = &cases[i].setting, .set_count = 1};
        char *errors = NULL;
        size_t count = 0, len = strlen(cases[i].errors);
        struct scenario *scenario = scenario_read(SCENARIO_FILE, &settings, &errors, &count);
        if (scenario) {
            fail_msg("--set %s was taken", cases[i].setting);
        }
        assert_int_equal(count, 1);
        bool cut = cases[i].errors[len - 1] != '\n';
        if (cut ? strncmp(errors, cases[i].errors, len) != 0
                : strcmp(errors, cases[i].errors) != 0) {
            fail_msg("--- expected\n%s--- found\n%s", cases[i].errors, errors);
        }
        free(errors);
    }
}

static void errors_of_settings_come_behind_those_of_the_file(void **state)
{
    static const char *const set[] = {"sed=1", "hosts.gw.cpu.cores=none"};
    (void)state;
    char *wrong = support_replace(text, "duration: 10s", "duration: 10"), *errors = NULL;
    struct scenario_settings settings = {.set = set, .set_count = 2};
    size_t count = 0;
    support_write(wrong, strlen(wrong));
    assert_null(scenario_read(SCENARIO_FILE, &settings, &errors, &count));
    assert_int_equal(count, 3);
    const char *file = strstr(errors, "f.yaml:1:11: duration"), *first = strstr(errors, "sed=1:");
    const char *second = strstr(errors, "cores=none:");
    assert_non_null(file);
    assert_non_null(first);
    assert_non_null(second);
    assert_true(file < first && first < second);
    free(wrong);
    free(errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_setting_changes_one_key),
        cmocka_unit_test(a_value_is_text_or_yaml_by_what_the_key_takes),
        cmocka_unit_test(of_two_settings_of_a_key_the_last_one_counts),
        cmocka_unit_test(a_seed_given_apart_replaces_the_one_of_the_file),
        cmocka_unit_test(what_is_printed_has_the_settings_in_it),
        cmocka_unit_test(a_wrong_setting_has_its_error),
        cmocka_unit_test(errors_of_settings_come_behind_those_of_the_file),
    };
    return cmocka_run_group_tests(tests, support_setup, support_teardown);
}
