/* Keys of NAT boxes. */
#include "sim/net/nat.h"
#include "sim/scenario/schema_fields.h"
#include "sim/scenario/values.h"

const struct schema_word schema_dependences[] = {
    {"endpoint_independent", NAT_ENDPOINT_INDEPENDENT, "on nothing of the other end"},
    {"address_dependent", NAT_ADDRESS_DEPENDENT, "on its address"},
    {"address_and_port_dependent", NAT_ADDRESS_AND_PORT_DEPENDENT, "on its address and port"},
    {0},
};

static const struct schema_key nat_keys[] = {
    {.name = "name",
     .type = SCHEMA_NAME,
     .required = true,
     .meaning = "name of the box; `links` join it, and hosts are `behind` it",
     FIELD(struct scenario_nat, name)},
    {.name = "address",
     .type = SCHEMA_ADDRESS,
     .required = true,
     .meaning = "its IPv4 address outside",
     FIELD(struct scenario_nat, address)},
    {.name = "mapping",
     .type = SCHEMA_CHOICE,
     .fallback = "endpoint_independent",
     .words = schema_dependences,
     .meaning = "on what of the other end the port outside depends (RFC 4787 §4.1)",
     FIELD(struct scenario_nat, mapping)},
    {.name = "filtering",
     .type = SCHEMA_CHOICE,
     .fallback = "address_and_port_dependent",
     .words = schema_dependences,
     .meaning = "on what of the other end it depends whether its datagrams are let in, once the "
                "host inside has sent it something (RFC 4787 §5)",
     FIELD(struct scenario_nat, filtering)},
    {.name = "timeout",
     .type = SCHEMA_DURATION,
     .fallback = "120s",
     .min = 1000000,
     .max = VALUES_DURATION_MAX,
     .meaning = "time without a datagram from inside after which a mapping is gone; the least that "
                "RFC 4787 allows",
     FIELD(struct scenario_nat, timeout)},
    {.name = "forward",
     .type = SCHEMA_NAME,
     .otherwise = "none",
     .meaning =
         "host behind the box to which ports 500 and 4500 lead at all times; who connects to "
         "it speaks to the box's address",
     FIELD(struct scenario_nat, forward)},
    {.name = "behind",
     .type = SCHEMA_NAME,
     .otherwise = "none",
     .meaning = "another box that this one is behind",
     FIELD(struct scenario_nat, behind)},
    {0},
};

const struct schema schema_nat = {
    .what = "a NAT box",
    .path = "nats[]",
    .intro = "A NAT (RFC 4787) between the hosts behind it and all others. It maps UDP ports and "
             "lets nothing else through: ESP must go inside of UDP (RFC 3948). A link joins it "
             "with each host behind it, and with whom it is to reach.",
    .keys = nat_keys,
    .item_size = sizeof(struct scenario_nat),
    .line_offset = offsetof(struct scenario_nat, line),
    .by_name = true,
};
