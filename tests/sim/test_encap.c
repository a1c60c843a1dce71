/* UDP port 4500 (RFC 3948): row A18 of the conformance list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/host/encap.h"

static enum encap_kind open_bytes(uint16_t port, const uint8_t *bytes, size_t len, size_t *inner)
{
    struct crypto_bytes view;
    enum encap_kind kind = encap_open(port, crypto_bytes(bytes, len), &view);
    *inner = view.len;
    return kind;
}

static void a18_what_comes_to_port_4500_is_told_apart_rfc3948_2(void **state)
{
    (void)state;
    static const uint8_t ike[] = {0, 0, 0, 0, 1, 2, 3}, esp[] = {0, 0, 1, 0, 0, 0, 0, 1};
    static const uint8_t keepalive[] = {0xff}, other[] = {0xfe};
    size_t inner;
    assert_int_equal(open_bytes(4500, ike, sizeof ike, &inner), ENCAP_IKE);
    assert_int_equal(inner, 3);
    assert_int_equal(open_bytes(4500, esp, sizeof esp, &inner), ENCAP_ESP);
    assert_int_equal(inner, sizeof esp);
    assert_int_equal(open_bytes(4500, keepalive, 1, &inner), ENCAP_KEEPALIVE);
    assert_int_equal(open_bytes(4500, other, 1, &inner), ENCAP_NOTHING);
    assert_int_equal(open_bytes(4500, ike, 0, &inner), ENCAP_NOTHING);
    assert_int_equal(open_bytes(4500, ike, 4, &inner),
                     ENCAP_IKE); /* of no octets: IKE refuses it */
    assert_int_equal(inner, 0);
}

static void a18_on_port_500_there_is_no_marker_2_23(void **state)
{
    (void)state;
    static const uint8_t zeros[8] = {0};
    size_t inner;
    assert_int_equal(open_bytes(500, zeros, sizeof zeros, &inner), ENCAP_IKE);
    assert_int_equal(inner, sizeof zeros);
    assert_int_equal(open_bytes(501, zeros, sizeof zeros, &inner), ENCAP_NOTHING);
    assert_int_equal(encap_marker_len(500), 0);
    assert_int_equal(encap_marker_len(4500), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a18_what_comes_to_port_4500_is_told_apart_rfc3948_2),
        cmocka_unit_test(a18_on_port_500_there_is_no_marker_2_23),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
