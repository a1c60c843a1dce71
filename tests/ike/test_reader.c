/* Reading and writing bytes within bounds. */
#include "bytes.h"

#include <stdlib.h>

#include "ike/reader.h"
#include "ike/writer.h"

/* Octets in a block of exactly their length, so that reading past them is seen by the sanitizer. */
static uint8_t *exact(const char *hex, size_t *len)
{
    uint8_t bytes[64];
    uint8_t *copy = NULL;

    *len = hex_read(hex, bytes, sizeof(bytes));
    copy = malloc(*len);
    assert_non_null(copy);
    memcpy(copy, bytes, *len);
    return copy;
}

static void integers_are_read_big_endian(void **state)
{
    size_t len = 0;
    uint8_t *data = exact("01 0203 04050607 08090a0b0c0d0e0f", &len);
    struct ike_reader reader = ike_reader(crypto_bytes(data, len));
    uint8_t a = 0;
    uint16_t b = 0;
    uint32_t c = 0;
    uint64_t d = 0;

    (void)state;
    assert_true(ike_read_u8(&reader, &a));
    assert_true(ike_read_u16(&reader, &b));
    assert_true(ike_read_u32(&reader, &c));
    assert_true(ike_read_u64(&reader, &d));
    assert_int_equal(a, 0x01);
    assert_int_equal(b, 0x0203);
    assert_int_equal(c, 0x04050607);
    assert_true(d == 0x08090a0b0c0d0e0f);
    assert_int_equal(ike_reader_left(&reader), 0);
    free(data);
}

static void a_read_that_does_not_fit_moves_nothing(void **state)
{
    (void)state;
    for (size_t have = 0; have < 8; have++) {
        uint8_t *data = malloc(have + 1);
        struct ike_reader reader;
        uint8_t a = 0xee;
        uint16_t b = 0xeeee;
        uint32_t c = 0xeeeeeeee;
        uint64_t d = 0xeeeeeeeeeeeeeeee;
        struct crypto_bytes view = {0};

        assert_non_null(data);
        memset(data, 0x11, have + 1);
        reader = ike_reader(crypto_bytes(data, have + 1));
        assert_true(ike_read_u8(&reader, &a));
        assert_false(ike_read_u64(&reader, &d));
        assert_true(have >= 4 || !ike_read_u32(&reader, &c));
        assert_true(have >= 2 || !ike_read_u16(&reader, &b));
        assert_false(ike_read_bytes(&reader, have + 1, &view));
        assert_false(ike_read_bytes(&reader, SIZE_MAX, &view));
        assert_int_equal(ike_reader_left(&reader), have);
        assert_true(d == 0xeeeeeeeeeeeeeeee && view.data == NULL);
        view = ike_read_rest(&reader);
        assert_int_equal(view.len, have);
        assert_false(ike_read_u8(&reader, &a));
        free(data);
    }
}

static void views_are_of_the_bytes_themselves(void **state)
{
    size_t len = 0;
    uint8_t *data = exact("0102030405", &len);
    struct ike_reader reader = ike_reader(crypto_bytes(data, len));
    struct crypto_bytes view = {0};

    (void)state;
    assert_true(ike_read_bytes(&reader, 0, &view));
    assert_int_equal(view.len, 0);
    assert_true(ike_read_bytes(&reader, 2, &view));
    assert_ptr_equal(view.data, data);
    view = ike_read_rest(&reader);
    assert_ptr_equal(view.data, data + 2);
    assert_int_equal(view.len, 3);
    free(data);
}

static void a_writer_stops_at_its_capacity_and_remembers_it(void **state)
{
    uint8_t data[8];
    struct ike_builder builder = {.data = data, .cap = 7};

    (void)state;
    memset(data, 0xcc, sizeof(data));
    ike_write_u32(&builder, 0x01020304);
    ike_write_u16(&builder, 0x0506);
    assert_false(builder.overflow);
    ike_write_u16(&builder, 0x0708);
    assert_true(builder.overflow);
    ike_write_u8(&builder, 0x09); /* would fit, but what is before it is missing */
    ike_write_zeros(&builder, 1);
    ike_write_bytes(&builder, crypto_bytes("x", 1));
    ike_write_u16_at(&builder, 0, 0xffff);
    assert_true(builder.overflow);
    assert_bytes(data, sizeof(data), "010203040506cccc");
}

static void a_writer_fills_its_capacity_to_the_last_octet(void **state)
{
    uint8_t data[24];
    struct ike_builder builder = {.data = data, .cap = sizeof(data)};

    (void)state;
    memset(data, 0xcc, sizeof(data));
    ike_write_u64(&builder, 0x0102030405060708);
    ike_write_zeros(&builder, 3);
    ike_write_bytes(&builder, crypto_bytes("abc", 3));
    ike_write_bytes(&builder, crypto_bytes(NULL, 0));
    ike_write_u64(&builder, 0xf1f2f3f4f5f6f7f8);
    ike_write_u8(&builder, 0xaa);
    ike_write_u8(&builder, 0xbb);
    assert_false(builder.overflow);
    ike_write_u16_at(&builder, 8, 0x9988);
    assert_bytes(data, builder.len, "0102030405060708 998800 616263 f1f2f3f4f5f6f7f8 aabb");
    assert_int_equal(builder.len, sizeof(data));
    ike_write_u8(&builder, 0);
    assert_true(builder.overflow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_read_big_endian),
        cmocka_unit_test(a_read_that_does_not_fit_moves_nothing),
        cmocka_unit_test(views_are_of_the_bytes_themselves),
        cmocka_unit_test(a_writer_stops_at_its_capacity_and_remembers_it),
        cmocka_unit_test(a_writer_fills_its_capacity_to_the_last_octet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
