/* What outsiders read: libpcap reads the packets, tshark decrypts them with the profile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sealed.h"
#include "support.h"
#include "trace/export.h"
#include "trace/pcapng.h"

/* 2025-01-01T00:00:00Z */
#define EPOCH 1735689600

static void export_pcapng(const char *dir, bool both_ends)
{
    char error[256] = "", path[256];
    struct trace_reader *reader = trace_reader_open(dir, error, sizeof error);
    assert_non_null(reader);
    snprintf(path, sizeof path, "%s/run.pcapng", dir);
    if (trace_export_pcapng(reader, path, both_ends, error, sizeof error) != 0) {
        fail_msg("%s", error);
    }
    trace_reader_close(reader);
}

static pcap_t *open_pcap(const char *dir)
{
    char path[256], error[PCAP_ERRBUF_SIZE] = "";
    snprintf(path, sizeof path, "%s/run.pcapng", dir);
    pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
    if (!pcap) {
        fail_msg("%s", error);
    }
    assert_int_equal(pcap_datalink(pcap), DLT_EN10MB);
    return pcap;
}

/* The Internet checksum of octets that contain their own: 0 if it is right. */
static uint16_t residue(uint32_t sum, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    }
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static uint32_t be(const uint8_t *at, size_t octets)
{
    uint32_t value = 0;
    for (size_t i = 0; i < octets; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

static void check_frame(const struct pcap_pkthdr *header, const uint8_t *frame,
                        const struct trace_record *record, const struct trace_net_sent *sent)
{
    bool udp = sent->protocol == 17;
    size_t ip_len = (udp ? 28U : 20U) + sent->bytes.len;
    assert_int_equal(header->ts.tv_sec, EPOCH + (long)(record->time / 1000000000));
    assert_int_equal(header->ts.tv_usec, record->time % 1000000000);
    assert_int_equal(header->caplen, 14 + ip_len);
    assert_int_equal(header->len, 14 + ip_len);
    /* MAC addresses: locally administered, unicast, made of the IP address. */
    assert_int_equal(be(frame, 2), 0x0200);
    assert_int_equal(be(frame + 6, 2), 0x0200);
    const uint8_t *ip = frame + 14;
    assert_memory_equal(frame + 2, ip + 16, 4);
    assert_memory_equal(frame + 8, ip + 12, 4);
    assert_int_equal(be(frame + 12, 2), 0x0800);
    assert_int_equal(ip[0], 0x45);
    assert_int_equal(be(ip + 2, 2), ip_len);
    assert_int_equal(be(ip + 4, 2), sent->datagram & 0xffff);
    assert_int_equal(ip[9], sent->protocol);
    assert_int_equal(residue(0, ip, 20), 0);
    char source[16];
    snprintf(source, sizeof source, "%u.%u.%u.%u", ip[12], ip[13], ip[14], ip[15]);
    assert_string_equal(source, sent->source);
    const uint8_t *payload = ip + 20;
    if (udp) {
        assert_int_equal(be(payload, 2), sent->source_port);
        assert_int_equal(be(payload + 4, 2), 8 + sent->bytes.len);
        uint16_t pseudo = residue(0, ip + 12, 8);
        uint32_t sum = (uint32_t)(uint16_t)~pseudo + 17 + be(payload + 4, 2);
        assert_int_equal(residue(sum, payload, 8 + sent->bytes.len), 0);
        payload += 8;
    }
    assert_memory_equal(payload, sent->bytes.data, sent->bytes.len);
}

static void each_datagram_stands_once_with_right_headers(void **state)
{
    (void)state;
    char *dir = make_dir(), error[256];
    write_sample(dir, 40, true);
    export_pcapng(dir, false);
    pcap_t *pcap = open_pcap(dir);
    struct trace_reader *reader = trace_reader_open(dir, error, sizeof error);
    struct pcap_pkthdr *header;
    const uint8_t *frame;
    uint64_t at = 0, packets = 0;
    while (pcap_next_ex(pcap, &header, &frame) == 1) {
        at = trace_reader_step(reader, at, 1, TRACE_KINDS_OF(TRACE_NET_SENT_EVENT), NULL, NULL);
        assert_true(at != UINT64_MAX);
        const struct trace_record *record = trace_reader_get(reader, at);
        check_frame(header, frame, record, record->data);
        packets++;
    }
    assert_true(packets == 43);
    assert_true(trace_reader_step(reader, at, 1, TRACE_KINDS_OF(TRACE_NET_SENT_EVENT), NULL,
                                  NULL) == UINT64_MAX);
    trace_reader_close(reader);
    pcap_close(pcap);
    remove_dir(dir);
}

static void with_both_ends_a_packet_stands_where_it_leaves_and_arrives(void **state)
{
    (void)state;
    char *dir = make_dir(), error[256];
    write_sample(dir, 40, true);
    export_pcapng(dir, true);
    pcap_t *pcap = open_pcap(dir);
    struct trace_reader *reader = trace_reader_open(dir, error, sizeof error);
    const trace_kinds kinds =
        TRACE_KINDS_OF(TRACE_NET_SENT_EVENT) | UINT64_C(1) << TRACE_NET_DELIVERED_EVENT;
    struct pcap_pkthdr *header;
    const uint8_t *frame;
    uint64_t at = 0;
    while (pcap_next_ex(pcap, &header, &frame) == 1) {
        at = trace_reader_step(reader, at, 1, kinds, NULL, NULL);
        const struct trace_record *record = trace_reader_get(reader, at), *sent = record;
        if (record->kind == TRACE_NET_DELIVERED_EVENT) {
            const struct trace_net_delivered *delivered = record->data;
            sent = trace_reader_get(reader, trace_reader_find(reader, delivered->sent));
        }
        check_frame(header, frame, record, sent->data);
    }
    assert_true(trace_reader_step(reader, at, 1, kinds, NULL, NULL) == UINT64_MAX);
    trace_reader_close(reader);
    pcap_close(pcap);
    remove_dir(dir);
}

static void a_udp_checksum_of_zero_is_sent_as_all_ones(void **state)
{
    (void)state;
    unsigned ones = 0;
    struct trace_buffer frame = {0};
    for (unsigned value = 0; value <= 0xffff; value++) {
        const uint8_t payload[2] = {(uint8_t)(value >> 8), (uint8_t)value};
        struct pcapng_datagram datagram = {.source = {192, 0, 2, 1},
                                           .destination = {192, 0, 2, 2},
                                           .protocol = 17,
                                           .source_port = 500,
                                           .destination_port = 500,
                                           .payload = payload,
                                           .payload_len = sizeof payload};
        frame.len = 0;
        pcapng_put_frame(&frame, &datagram);
        uint32_t sum = be(frame.data + 40, 2);
        assert_int_not_equal(sum, 0); /* none (RFC 768) */
        ones += sum == 0xffff;
    }
    assert_int_equal(ones, 1);
    trace_buffer_free(&frame);
}

/* ---- tshark ---- */

static bool have_tshark(void)
{
    if (system("tshark --version >/dev/null 2>&1") == 0) {
        return true;
    }
    printf("skipped: no tshark\n");
    return false;
}

/* What tshark prints of DIR/run.pcapng with the profile DIR/wireshark; to be freed. */
static char *tshark(const char *dir, const char *arguments)
{
    char command[1024];
    snprintf(command, sizeof command,
             "WIRESHARK_CONFIG_DIR=%s/wireshark tshark -r %s/run.pcapng %s 2>%s/errors", dir, dir,
             arguments, dir);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t len = 0, cap = 1 << 20;
    char *text = malloc(cap);
    assert_non_null(text);
    len = fread(text, 1, cap - 1, pipe);
    text[len] = '\0';
    int status = pclose(pipe);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail_msg("%s: status %d", command, status);
    }
    return text;
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    while ((text = strstr(text, what))) {
        text += strlen(what);
        count++;
    }
    return count;
}

static void remove_profile(const char *dir)
{
    static const char *const files[] = {"preferences", "ikev2_decryption_table", "esp_sa"};
    char path[256];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/wireshark/%s", dir, files[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/wireshark", dir);
    rmdir(path);
}

static void export_wireshark(const char *dir)
{
    char error[256] = "", path[256];
    struct trace_reader *reader = trace_reader_open(dir, error, sizeof error);
    assert_non_null(reader);
    snprintf(path, sizeof path, "%s/wireshark", dir);
    if (trace_export_wireshark(reader, path, error, sizeof error) != 0) {
        fail_msg("%s", error);
    }
    trace_reader_close(reader);
}

static void tshark_decrypts_every_suite_with_the_profile(void **state)
{
    (void)state;
    if (!have_tshark()) {
        skip();
    }
    char *dir = make_dir();
    write_sealed(dir);
    export_pcapng(dir, false);
    export_wireshark(dir);
    char *text =
        tshark(dir, "-T fields -E occurrence=a -e ip.checksum.status -e udp.checksum.status "
                    "-e isakmp.messageid -e isakmp.delete.protoid -e esp.sequence "
                    "-e icmp.seq -e icmp.checksum.status");
    char expected[4096];
    size_t len = 0;
    for (unsigned i = 0; i < sealed_suite_count; i++) {
        len += (size_t)snprintf(expected + len, sizeof expected - len,
                                "1\t1\t0x%08x\t1\t\t\t\n1,1\t\t\t\t%u\t%u\t1\n", i, i + 1, i);
    }
    assert_string_equal(text, expected);
    free(text);

    /* Each Integrity Check Value and checksum is looked at, and right. */
    text = tshark(dir, "-V");
    assert_int_equal(count_of(text, "Integrity Checksum Data"), sealed_suite_count);
    assert_int_equal(count_of(text, "ESP ICV"), sealed_suite_count);
    /* The two, and five checksums: three of IPv4, of UDP and of ICMP. */
    assert_int_equal(count_of(text, "[correct]"), 7 * sealed_suite_count);
    assert_int_equal(count_of(text, "alformed"), 0);
    free(text);
    size_t errors_len;
    char *errors = (char *)read_file(dir, "errors", &errors_len);
    assert_null(strstr(errors, "wireshark/"));
    free(errors);
    remove_profile(dir);
    remove_dir(dir);
}

static void keys_of_both_ends_stand_once_in_the_profile(void **state)
{
    (void)state;
    char *dir = make_dir();
    size_t len;
    write_sealed(dir);
    export_wireshark(dir);
    char *text = (char *)read_file(dir, "wireshark/ikev2_decryption_table", &len);
    assert_int_equal(count_of(text, "\n"), sealed_suite_count);
    const char row[] =
        "00000000000003eb,00000000000007d3,0102030405060708090a0b0c0d0e0f1011121314,"
        "65666768696a6b6c6d6e6f707172737475767778,\"AES-GCM-128 with 16 octet ICV [RFC5282]\",,,"
        "\"NONE [RFC4306]\"\n";
    assert_non_null(strstr(text, row));
    free(text);
    text = (char *)read_file(dir, "wireshark/esp_sa", &len);
    assert_int_equal(count_of(text, "\n"), 2 * sealed_suite_count);
    assert_int_equal(count_of(text, "\"192.0.2.1\",\"192.0.2.2\",\"0x00000bb"), sealed_suite_count);
    assert_int_equal(count_of(text, "\"192.0.2.2\",\"192.0.2.1\",\"0x00000fa"), sealed_suite_count);
    free(text);
    remove_profile(dir);
    remove_dir(dir);
}

static void comments_tell_message_and_fate(void **state)
{
    (void)state;
    if (!have_tshark()) {
        skip();
    }
    static const char *const comments[] = {
        "IKE_SA_INIT request, from alice, Message ID 0, transmission 1; lost on the link",
        "IKE_SA_INIT request, from alice, Message ID 0, transmission 2; retransmission of frame 1; "
        "delivered at 0.540123 s; duplicate (copy 2) delivered at 0.540124 s",
        "IKE_SA_INIT response, from gw, Message ID 0, transmission 1; delivered at 0.580124 s",
        "ESP, from alice, SPI bbbb0002, sequence number 1, child net; delivered at 0.621124 s",
        "ESP, from alice, SPI bbbb0002, sequence number 4, child net; lost on the link "
        "(script: drop the fifth)",
    };
    char *dir = make_dir();
    write_sample(dir, 4, false);
    export_pcapng(dir, false);
    export_wireshark(dir);
    char *text = tshark(dir, "-T fields -e frame.comment");
    for (size_t i = 0; i < sizeof comments / sizeof comments[0]; i++) {
        if (!strstr(text, comments[i])) {
            fail_msg("no \"%s\" in:\n%s", comments[i], text);
        }
    }
    free(text);
    export_pcapng(dir, true);
    text = tshark(dir, "-T fields -e frame.interface_name -e frame.packet_flags_direction "
                       "-e frame.comment");
    assert_non_null(strstr(text, "\ngw\t0x00000001\tIKE_SA_INIT request, from alice, Message ID 0, "
                                 "transmission 2; retransmission of frame 1; sent as frame 2; "
                                 "delivered at 0.540123 s\n"));
    assert_non_null(strstr(text, "alice\t0x00000002\tIKE_SA_INIT request"));
    free(text);
    remove_profile(dir);
    remove_dir(dir);
}

static void what_cannot_be_a_packet_is_told_and_leaves_no_file(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *error;
    } rows[] = {
        {"192.0.2.1\",\"destination", "2001:db8::1\",\"destination", "no addresses of one family"},
        {"2025-01-01T00:00:00Z", "01/01/2025 00:00 UTC", "RFC 3339"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *dir = make_dir(), error[256] = "", path[256];
        size_t len, from_len = strlen(rows[i].from);
        write_sample(dir, 1, true);
        char *text = (char *)read_file(dir, "run.ndjson", &len);
        char *place = strstr(text, rows[i].from);
        assert_non_null(place);
        FILE *changed = NULL;
        snprintf(path, sizeof path, "%s/run.ndjson", dir);
        changed = fopen(path, "wb");
        assert_non_null(changed);
        fprintf(changed, "%.*s%s%s", (int)(place - text), text, rows[i].to, place + from_len);
        fclose(changed);
        free(text);
        struct trace_reader *reader = trace_reader_open(dir, error, sizeof error);
        assert_non_null(reader);
        snprintf(path, sizeof path, "%s/out.pcapng", dir);
        assert_int_equal(trace_export_pcapng(reader, path, false, error, sizeof error), -1);
        if (!strstr(error, rows[i].error)) {
            fail_msg("\"%s\" does not say \"%s\"", error, rows[i].error);
        }
        assert_int_equal(access(path, F_OK), -1);
        trace_reader_close(reader);
        remove_dir(dir);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_datagram_stands_once_with_right_headers),
        cmocka_unit_test(with_both_ends_a_packet_stands_where_it_leaves_and_arrives),
        cmocka_unit_test(a_udp_checksum_of_zero_is_sent_as_all_ones),
        cmocka_unit_test(tshark_decrypts_every_suite_with_the_profile),
        cmocka_unit_test(keys_of_both_ends_stand_once_in_the_profile),
        cmocka_unit_test(comments_tell_message_and_fate),
        cmocka_unit_test(what_cannot_be_a_packet_is_told_and_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
