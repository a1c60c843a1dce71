/* Why there are the exchanges, payloads, notifies, transforms and methods of these numbers. */
#include <stddef.h>

#include "crypto/transform.h"
#include "ike/wire.h"
#include "ui/dissect/fields.h"

/* clang-format off */
struct meaning {
    uint16_t number;
    const char *text;
};

static const struct meaning exchange_meanings[] = {
    {IKE_EXCHANGE_IKE_SA_INIT,
     "The first exchange, in the clear: it agrees on algorithms and does the key exchange."},
    {IKE_EXCHANGE_IKE_AUTH,
     "The second exchange: each side proves who it is, and the first CHILD SA is made."},
    {IKE_EXCHANGE_CREATE_CHILD_SA,
     "Makes one more CHILD SA, or new keys for a CHILD SA or for the IKE SA itself."},
    {IKE_EXCHANGE_INFORMATIONAL,
     "Carries deletes, errors and news; an empty one asks whether the peer is still alive."},
    {IKE_EXCHANGE_IKE_SESSION_RESUME,
     "Takes up an earlier IKE SA with a ticket, without a second authentication."},
    {IKE_EXCHANGE_IKE_INTERMEDIATE,
     "Carries what is too large for IKE_SA_INIT, above all further key exchanges."},
    {IKE_EXCHANGE_IKE_FOLLOWUP_KE,
     "One more key exchange behind CREATE_CHILD_SA; the SA comes with the last of them."},
};

static const struct meaning payload_meanings[] = {
    {IKE_PAYLOAD_SA,
     "Which algorithms to use: the initiator offers, the responder picks one of each type."},
    {IKE_PAYLOAD_KE,
     "Carries one side's public value of the key exchange, from which both compute g^ir."},
    {IKE_PAYLOAD_IDI, "Who the initiator says it is; AUTH has to prove it."},
    {IKE_PAYLOAD_IDR,
     "In a response: who the responder says it is. In a request: whom the initiator hopes to "
     "reach, where one address serves many."},
    {IKE_PAYLOAD_CERT, "The certificate by which AUTH can be verified, or one of its chain."},
    {IKE_PAYLOAD_CERTREQ,
     "Tells the peer which authorities the sender trusts, so that it sends a fitting certificate."},
    {IKE_PAYLOAD_AUTH,
     "Proves that the sender is who its ID says and that the first messages were not changed."},
    {IKE_PAYLOAD_NONCE, "Fresh randomness of this side: it makes keys new and replays worthless."},
    {IKE_PAYLOAD_NOTIFY,
     "An error, or a status by which peers agree on what RFC 7296 leaves open."},
    {IKE_PAYLOAD_DELETE,
     "Tells the peer that SAs of the sender are gone, so that it does not send into the void."},
    {IKE_PAYLOAD_VENDOR,
     "Says which maker's extensions the sender understands; it must never change the rest."},
    {IKE_PAYLOAD_TSI,
     "The traffic that the CHILD SA will carry, on the initiator's side; the responder may narrow "
     "it."},
    {IKE_PAYLOAD_TSR,
     "The traffic that the CHILD SA will carry, on the responder's side; the responder may narrow "
     "it."},
    {IKE_PAYLOAD_SK,
     "Hides and protects all that follows: everything after IKE_SA_INIT travels inside of it."},
    {IKE_PAYLOAD_CP,
     "How a remote host gets its address and servers from the network that it joins."},
    {IKE_PAYLOAD_EAP,
     "Lets the user prove who he is by another method, as a password, inside of IKE."},
    {IKE_PAYLOAD_SKF,
     "One piece of an Encrypted payload, so that IP needs not fragment a large message."},
    {IKE_PAYLOAD_PS, "Solves the puzzle that came with the cookie: paid in computing time."},
};

static const struct meaning notify_meanings[] = {
    {IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
     "A payload with the Critical bit had a type that the sender does not know."},
    {IKE_NOTIFY_INVALID_IKE_SPI,
     "A message came for an IKE SA that the sender does not have, as after a reboot."},
    {IKE_NOTIFY_INVALID_MAJOR_VERSION,
     "The sender does not speak the major version of the message it got."},
    {IKE_NOTIFY_INVALID_SYNTAX,
     "Something in the message was malformed, or refused for a reason that is nobody's business."},
    {IKE_NOTIFY_INVALID_MESSAGE_ID, "A request had a Message ID outside of the window."},
    {IKE_NOTIFY_INVALID_SPI, "An ESP or AH packet came with an SPI that the sender does not have."},
    {IKE_NOTIFY_NO_PROPOSAL_CHOSEN, "None of the proposals was acceptable; no SA is made."},
    {IKE_NOTIFY_INVALID_KE_PAYLOAD,
     "The key exchange was made in another group than the one chosen: try again with that one."},
    {IKE_NOTIFY_AUTHENTICATION_FAILED, "The peer did not prove its identity; the IKE SA ends."},
    {IKE_NOTIFY_SINGLE_PAIR_REQUIRED,
     "Only selectors for a single pair of addresses are accepted."},
    {IKE_NOTIFY_NO_ADDITIONAL_SAS, "The sender wants no more CHILD SAs on this IKE SA."},
    {IKE_NOTIFY_INTERNAL_ADDRESS_FAILURE, "No address could be given to the peer."},
    {IKE_NOTIFY_FAILED_CP_REQUIRED,
     "The responder insists on a Configuration payload in the request."},
    {IKE_NOTIFY_TS_UNACCEPTABLE,
     "None of the traffic that was asked for is allowed by the sender's policy."},
    {IKE_NOTIFY_INVALID_SELECTORS,
     "A packet came whose addresses do not belong into its SA; it was dropped."},
    {IKE_NOTIFY_TEMPORARY_FAILURE,
     "The sender cannot do this now, mostly because it is rekeying; try again soon."},
    {IKE_NOTIFY_CHILD_SA_NOT_FOUND, "The CHILD SA to be rekeyed does not exist here."},
    {IKE_NOTIFY_INITIAL_CONTACT,
     "This is the only IKE SA between these two identities: the peer may drop older ones, which "
     "are left over from before a crash."},
    {IKE_NOTIFY_SET_WINDOW_SIZE,
     "So many requests at a time may be under way to the sender of this notify."},
    {IKE_NOTIFY_ADDITIONAL_TS_POSSIBLE,
     "The selectors were narrowed; for the rest another CHILD SA may be tried."},
    {IKE_NOTIFY_IPCOMP_SUPPORTED, "The sender can take compressed packets in the new CHILD SA."},
    {IKE_NOTIFY_NAT_DETECTION_SOURCE_IP,
     "Hash of the sender's address and port as it sees them; if they arrive different, there is a "
     "NAT before it."},
    {IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP,
     "Hash of the address and port that the message was sent to; if the receiver has others, it "
     "sits behind a NAT."},
    {IKE_NOTIFY_COOKIE,
     "Proof of address against floods: a responder under load does no work and keeps no state "
     "until its cookie comes back."},
    {IKE_NOTIFY_USE_TRANSPORT_MODE,
     "Asks for transport mode, or agrees to it; tunnel mode is the default."},
    {IKE_NOTIFY_HTTP_CERT_LOOKUP_SUPPORTED,
     "The sender can fetch certificates by URL, which keeps messages small."},
    {IKE_NOTIFY_REKEY_SA, "Names the CHILD SA that the new one replaces."},
    {IKE_NOTIFY_ESP_TFC_PADDING_NOT_SUPPORTED,
     "The sender does not accept extra padding behind inner packets."},
    {IKE_NOTIFY_NON_FIRST_FRAGMENTS_ALSO, "Fragments without ports may use the SA, too."},
    {IKE_NOTIFY_MOBIKE_SUPPORTED, "The sender can move the SA to other addresses (MOBIKE)."},
    {IKE_NOTIFY_ADDITIONAL_IP4_ADDRESS, "Another IPv4 address at which the sender can be reached."},
    {IKE_NOTIFY_ADDITIONAL_IP6_ADDRESS, "Another IPv6 address at which the sender can be reached."},
    {IKE_NOTIFY_NO_ADDITIONAL_ADDRESSES, "The sender has no further addresses any more."},
    {IKE_NOTIFY_UPDATE_SA_ADDRESSES,
     "The sender's address has changed: continue the SA with the one of this packet."},
    {IKE_NOTIFY_COOKIE2, "Must come back unchanged, which shows that the peer is where it says."},
    {IKE_NOTIFY_NO_NATS_ALLOWED, "No address translation is allowed: the SA ends if there is one."},
    {IKE_NOTIFY_AUTH_LIFETIME, "How long the authentication will hold."},
    {IKE_NOTIFY_MULTIPLE_AUTH_SUPPORTED,
     "The sender can use several authentications, one after the other."},
    {IKE_NOTIFY_UNACCEPTABLE_ADDRESSES,
     "The receiver of UPDATE_SA_ADDRESSES does not want the SA between these addresses."},
    {IKE_NOTIFY_UNEXPECTED_NAT_DETECTED,
     "The addresses are not those that the initiator sent from and to: there is a NAT, and none "
     "was allowed."},
    {IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC_SUPPORTED,
     "The sender can agree on Message IDs anew after a failover of a cluster."},
    {IKE_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED,
     "The sender can skip the sequence numbers of ESP and AH forward after a failover."},
    {IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC,
     "Another member of the cluster has taken over, and says which Message IDs it knows of."},
    {IKE_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC,
     "It may have missed packets: the peer is to skip so far forward that none of them can be "
     "replayed."},
    {IKE_NOTIFY_TICKET_REQUEST,
     "The initiator wants a ticket, with which it can come back without a key exchange."},
    {IKE_NOTIFY_TICKET_LT_OPAQUE, "The ticket, and how long it is good."},
    {IKE_NOTIFY_TICKET_ACK, "There is no ticket in this message; it may be asked for later."},
    {IKE_NOTIFY_TICKET_NACK, "There is no ticket; or the one that was shown is not accepted."},
    {IKE_NOTIFY_TICKET_OPAQUE, "The ticket is shown: the IKE SA that it tells of is resumed."},
    {IKE_NOTIFY_REDIRECT_SUPPORTED, "The sender can be redirected to another gateway."},
    {IKE_NOTIFY_REDIRECT, "Sends the initiator to another gateway."},
    {IKE_NOTIFY_REDIRECTED_FROM, "Which gateway has sent the initiator here."},
    {IKE_NOTIFY_PUZZLE,
     "The sender is under attack: only who solves a puzzle, which takes computing time, is "
     "served."},
    {IKE_NOTIFY_EAP_ONLY_AUTHENTICATION,
     "The initiator lets the responder, too, authenticate by EAP alone, without a certificate."},
    {IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED, "The IKE SA may be made without a CHILD SA."},
    {IKE_NOTIFY_QUICK_CRASH_DETECTION,
     "Quick crash detection: a token by which a rebooted peer can prove that its SAs are gone."},
    {IKE_NOTIFY_FRAGMENTATION_SUPPORTED,
     "The sender can receive messages in pieces (IKE fragmentation)."},
    {IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS,
     "Hash algorithms that the sender accepts in signatures."},
    {IKE_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED, "The sender can run IKE_INTERMEDIATE exchanges."},
    {IKE_NOTIFY_ADDITIONAL_KEY_EXCHANGE,
     "The responder's mark by which the next key exchange finds its CREATE_CHILD_SA; the initiator "
     "sends it back as it came."},
};

static const struct meaning transform_meanings[] = {
    {CRYPTO_ENCR,
     "Encryption: keeps the content from everybody but the two ends; an AEAD guards it against "
     "changes, too."},
    {CRYPTO_PRF,
     "Pseudorandom function: all keys of the IKE SA are derived with it, and AUTH is made with "
     "it."},
    {CRYPTO_INTEG,
     "Integrity: its checksum shows that a packet comes from the peer and was not changed; not "
     "needed beside an AEAD."},
    {CRYPTO_KE, "Key exchange: the group in which both sides compute a secret that is never sent."},
    {CRYPTO_ESN,
     "Whether sequence numbers have 64 bits, of which 32 are sent: fast links would run out of "
     "32."},
};

static const struct meaning auth_method_meanings[] = {
    {IKE_AUTH_METHOD_RSA,
     "RSA signature with SHA-1 or another hash, made with the key of the sender's certificate."},
    {IKE_AUTH_METHOD_SHARED_KEY,
     "prf(prf(shared key, \"Key Pad for IKEv2\"), ...): only who knows the pre-shared key can make "
     "it."},
    {IKE_AUTH_METHOD_DSS,
     "DSA signature with SHA-1, made with the key of the sender's certificate."},
    {IKE_AUTH_METHOD_ECDSA_256, "ECDSA signature with SHA-256 on the curve P-256."},
    {IKE_AUTH_METHOD_ECDSA_384, "ECDSA signature with SHA-384 on the curve P-384."},
    {IKE_AUTH_METHOD_ECDSA_512, "ECDSA signature with SHA-512 on the curve P-521."},
    {IKE_AUTH_METHOD_GSPAM,
     "Proves the knowledge of a weak password without giving an eavesdropper a chance to guess."},
    {IKE_AUTH_METHOD_NULL,
     "The sender does not say who it is; AUTH only guards the messages against changes."},
    {IKE_AUTH_METHOD_SIGNATURE,
     "A signature whose algorithms are named beside it, so that new ones need no new number."},
};

/* clang-format on */

static const char *find_meaning(const struct meaning *table, size_t count, uint16_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].number == number) {
            return table[i].text;
        }
    }
    return NULL;
}

#define FIND(table, number) find_meaning(table, sizeof(table) / sizeof(table)[0], number)

const char *dissect_exchange_meaning(uint8_t exchange)
{
    return FIND(exchange_meanings, exchange);
}

const char *dissect_payload_meaning(uint8_t type)
{
    return FIND(payload_meanings, type);
}

const char *dissect_notify_meaning(uint16_t type)
{
    return FIND(notify_meanings, type);
}

const char *dissect_transform_meaning(uint8_t type)
{
    return FIND(transform_meanings, type);
}

const char *dissect_auth_method_meaning(uint8_t method)
{
    return FIND(auth_method_meanings, method);
}
