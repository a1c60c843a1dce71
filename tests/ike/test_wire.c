/* The tables of the wire's numbers. */
#include "bytes.h"

#include <stdbool.h>

#include "ike/wire.h"

static const struct ike_names *const tables[] = {
    &ike_flags,
    &ike_exchanges,
    &ike_payloads,
    &ike_protocols,
    &ike_transform_attributes,
    &ike_id_types,
    &ike_cert_encodings,
    &ike_auth_methods,
    &ike_notifies,
    &ike_ts_types,
    &ike_cfg_types,
    &ike_cfg_attributes,
    &ike_eap_codes,
    &ike_eap_types,
};

static void tables_rise_and_say_where_each_number_is_defined(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
        const struct ike_names *names = tables[t];

        assert_true(names->count > 0);
        for (size_t i = 0; i < names->count; i++) {
            const struct ike_name *row = &names->rows[i];

            assert_true(i == 0 || names->rows[i - 1].number < row->number);
            assert_true(row->name[0] != '\0');
            assert_true(strstr(row->reference, "RFC ") == row->reference ||
                        strstr(row->reference, "3GPP TS ") == row->reference ||
                        strstr(row->reference, "IANA ") == row->reference);
            assert_ptr_equal(ike_name_find(names, row->number), row);
            assert_ptr_equal(ike_name_find_text(names, row->name), row);
            if (row->brief != NULL) {
                assert_ptr_equal(ike_name_find_text(names, row->brief), row);
            }
        }
    }
}

static void notify_types_have_the_numbers_of_rfc7296_3_10_1(void **state)
{
    static const struct {
        uint32_t number;
        const char *name;
    } rows[] = {
        {1, "UNSUPPORTED_CRITICAL_PAYLOAD"},
        {4, "INVALID_IKE_SPI"},
        {5, "INVALID_MAJOR_VERSION"},
        {7, "INVALID_SYNTAX"},
        {9, "INVALID_MESSAGE_ID"},
        {11, "INVALID_SPI"},
        {14, "NO_PROPOSAL_CHOSEN"},
        {17, "INVALID_KE_PAYLOAD"},
        {24, "AUTHENTICATION_FAILED"},
        {34, "SINGLE_PAIR_REQUIRED"},
        {35, "NO_ADDITIONAL_SAS"},
        {36, "INTERNAL_ADDRESS_FAILURE"},
        {37, "FAILED_CP_REQUIRED"},
        {38, "TS_UNACCEPTABLE"},
        {39, "INVALID_SELECTORS"},
        {43, "TEMPORARY_FAILURE"},
        {44, "CHILD_SA_NOT_FOUND"},
        {16384, "INITIAL_CONTACT"},
        {16385, "SET_WINDOW_SIZE"},
        {16386, "ADDITIONAL_TS_POSSIBLE"},
        {16387, "IPCOMP_SUPPORTED"},
        {16388, "NAT_DETECTION_SOURCE_IP"},
        {16389, "NAT_DETECTION_DESTINATION_IP"},
        {16390, "COOKIE"},
        {16391, "USE_TRANSPORT_MODE"},
        {16392, "HTTP_CERT_LOOKUP_SUPPORTED"},
        {16393, "REKEY_SA"},
        {16394, "ESP_TFC_PADDING_NOT_SUPPORTED"},
        {16395, "NON_FIRST_FRAGMENTS_ALSO"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *name = ike_notify_name(rows[i].number);

        assert_non_null(name);
        assert_string_equal(name, rows[i].name);
        assert_memory_equal(ike_name_find(&ike_notifies, rows[i].number)->reference, "RFC 7296", 8);
    }
    assert_int_equal(IKE_NOTIFY_SET_WINDOW_SIZE, 16385);
    assert_int_equal(IKE_NOTIFY_INVALID_SYNTAX, 7);
}

static void payload_types_have_numbers_and_notation_of_rfc7296_3_2(void **state)
{
    static const char *const brief[] = {"SA",   "KE",    "IDi", "IDr", "CERT", "CERTREQ",
                                        "AUTH", "Ni/Nr", "N",   "D",   "V",    "TSi",
                                        "TSr",  "SK",    "CP",  "EAP"};

    (void)state;
    for (uint32_t i = 0; i < 16; i++) {
        assert_string_equal(ike_payload_brief(33 + i), brief[i]);
    }
    assert_string_equal(ike_payload_name(33), "Security Association");
    assert_string_equal(ike_payload_name(46), "Encrypted and Authenticated");
    assert_int_equal(IKE_PAYLOAD_SKF, 53);
}

static void exchanges_and_flags_have_the_numbers_of_rfc7296_3_1(void **state)
{
    (void)state;
    assert_string_equal(ike_exchange_name(34), "IKE_SA_INIT");
    assert_string_equal(ike_exchange_name(35), "IKE_AUTH");
    assert_string_equal(ike_exchange_name(36), "CREATE_CHILD_SA");
    assert_string_equal(ike_exchange_name(37), "INFORMATIONAL");
    assert_int_equal(IKE_FLAG_INITIATOR, 0x08);
    assert_int_equal(IKE_FLAG_VERSION, 0x10);
    assert_int_equal(IKE_FLAG_RESPONSE, 0x20);
}

static void unknown_numbers_have_no_name_but_a_text(void **state)
{
    char text[IKE_NAME_TEXT_CAP];

    (void)state;
    assert_null(ike_exchange_name(240));
    assert_null(ike_payload_brief(200));
    assert_null(ike_notify_name(16383));
    assert_null(ike_name_find(&ike_notifies, 65535));
    assert_null(ike_name_find_text(&ike_payloads, "nothing like it"));
    assert_string_equal(ike_name_text(&ike_notifies, 65535, text, sizeof(text)),
                        "Notify Message Type 65535");
    assert_string_equal(ike_name_text(&ike_notifies, 16390, text, sizeof(text)), "COOKIE");
    assert_string_equal(ike_name_text(&ike_exchanges, 240, text, 9), "Exchange");
}

static void names_are_found_whatever_the_letter_case(void **state)
{
    (void)state;
    assert_int_equal(ike_name_find_text(&ike_notifies, "cookie")->number, 16390);
    assert_int_equal(ike_name_find_text(&ike_payloads, "tsr")->number, 45);
    assert_int_equal(ike_name_find_text(&ike_exchanges, "ike_auth")->number, 35);
}

/* True if the text has a heading of that section, "2.21.3.  Error Handling ...". */
static bool has_section(FILE *rfc, const char *section)
{
    char line[256];
    size_t len = strlen(section);

    rewind(rfc);
    while (fgets(line, sizeof(line), rfc) != NULL) {
        const char *p = line + strspn(line, " ");

        if (strncmp(p, section, len) == 0 && p[len] == '.' && p[len + 1] == ' ') {
            return true;
        }
    }
    return false;
}

static void sections_that_are_cited_exist(void **state)
{
    unsigned checked = 0;

    (void)state;
    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
        for (size_t i = 0; i < tables[t]->count; i++) {
            const struct ike_name *row = &tables[t]->rows[i];
            unsigned number = 0;
            char section[16], path[256];
            FILE *rfc = NULL;

            if (sscanf(row->reference, "RFC %u §%15s", &number, section) != 2) {
                continue;
            }
            snprintf(path, sizeof(path), IKESIM_SHARED "/rfc/rfc%u.txt", number);
            rfc = fopen(path, "r");
            if (rfc == NULL) {
                continue;
            }
            if (!has_section(rfc, section)) {
                fail_msg("%s: there is no %s", row->name, row->reference);
            }
            fclose(rfc);
            checked++;
        }
    }
    if (checked == 0) {
        print_message("skipped: no ../shared\n");
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_rise_and_say_where_each_number_is_defined),
        cmocka_unit_test(notify_types_have_the_numbers_of_rfc7296_3_10_1),
        cmocka_unit_test(payload_types_have_numbers_and_notation_of_rfc7296_3_2),
        cmocka_unit_test(exchanges_and_flags_have_the_numbers_of_rfc7296_3_1),
        cmocka_unit_test(unknown_numbers_have_no_name_but_a_text),
        cmocka_unit_test(sections_that_are_cited_exist),
        cmocka_unit_test(names_are_found_whatever_the_letter_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
