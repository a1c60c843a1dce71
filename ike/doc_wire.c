/* Prints docs/wire.md: every number of the wire that has a name here, from the tables that codec,
 * ladder and dissector use. `ninja wire_doc` writes the page, a test checks it. */
#include <stdio.h>

#include "crypto/transform.h"
#include "ike/wire.h"

static void print_names(const struct ike_names *names)
{
    printf("\n## %s\n\n| number | name | short | defined in |\n| --- | --- | --- | --- |\n",
           names->title);
    for (size_t i = 0; i < names->count; i++) {
        const struct ike_name *row = &names->rows[i];
        printf("| %u | %s | %s | %s |\n", row->number, row->name, row->brief ? row->brief : "",
               row->reference);
    }
}

static void print_transforms(void)
{
    size_t count;
    const struct crypto_transform *rows = crypto_transform_table(&count);
    puts("\n## Transforms\n\n\"Computed\" are those that this build has the algorithm of; the "
         "others are named only.\n"
         "The word is strongSwan's, %u standing for the key length.\n\n"
         "| type | number | name | word | computed | defined in |\n| --- | --- | --- | --- | --- | "
         "--- |");
    for (size_t i = 0; i < count; i++) {
        const struct crypto_transform *row = &rows[i];
        printf("| %s | %u | %s | %s | %s | %s |\n", crypto_transform_type_name(row->type), row->id,
               row->name, row->keyword ? row->keyword : "",
               row->computed ? "yes"
               : row->kem    ? "if OpenSSL has it"
                             : "",
               row->rfc ? row->rfc : "");
    }
}

int main(void)
{
    static const struct ike_names *const tables[] = {
        &ike_flags,     &ike_exchanges,      &ike_payloads,  &ike_notifies,
        &ike_id_types,  &ike_auth_methods,   &ike_protocols, &ike_transform_attributes,
        &ike_ts_types,  &ike_cert_encodings, &ike_cfg_types, &ike_cfg_attributes,
        &ike_eap_codes, &ike_eap_types,
    };
    puts("# Numbers of the wire\n\n"
         "Made by `ike_doc` from `ike/wire.h` and `crypto/transform.c`: the tables that codec, "
         "ladder, dissector and\n"
         "this page share. `cmake --build --preset release --target wire_doc` makes it anew.");
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        print_names(tables[i]);
    }
    print_transforms();
    return 0;
}
