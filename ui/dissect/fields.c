/* The table of fields. */
#include "ui/dissect/fields.h"

#include <assert.h>
#include <stddef.h>

/* clang-format off */
static const struct dissect_about abouts[FIELD_COUNT] = {
    [FIELD_MALFORMED] = {"Malformed", "RFC 7296 §2.21",
        "A receiver drops the message here, or answers with INVALID_SYNTAX once it knows that it "
        "comes from its peer."},
    [FIELD_UNKNOWN] = {"Data", "RFC 7296 §2", "Neither a message of IKEv2 nor ESP."},

    /* ---- UDP encapsulation ---- */
    [FIELD_NON_ESP_MARKER] = {"Non-ESP Marker", "RFC 3948 §2.2",
        "Four zero octets that stand where ESP has its SPI, which is never 0: so IKE and ESP can "
        "share UDP port 4500 and the one NAT mapping that it keeps open."},
    [FIELD_KEEPALIVE] = {"NAT-keepalive", "RFC 3948 §2.3",
        "One octet 0xFF, sent when all is quiet so that the NAT box does not forget the mapping; "
        "the receiver ignores it."},

    /* ---- IKE header ---- */
    [FIELD_IKE_HEADER] = {"IKE header", "RFC 7296 §3.1",
        "Tells which IKE SA the message belongs to, which exchange it is part of, and its place in "
        "the order of requests. It is never encrypted, but covered by AUTH at first and by the "
        "integrity check from IKE_AUTH on."},
    [FIELD_SPI_I] = {"Initiator's SPI", "RFC 7296 §2.6",
        "The initiator's own number for this IKE SA. Both SPIs together name the SA, so it "
        "survives a change of addresses or ports."},
    [FIELD_SPI_R] = {"Responder's SPI", "RFC 7296 §2.6",
        "The responder's own number for this IKE SA; zero in the initiator's first message, since "
        "the responder has not chosen one yet."},
    [FIELD_NEXT_PAYLOAD] = {"Next Payload", "RFC 7296 §3.1",
        "Type of the first payload. Each payload in turn names the one behind it, so a receiver "
        "can walk the chain and step over what it does not know."},
    [FIELD_VERSION] = {"Version", "RFC 7296 §2.5", NULL},
    [FIELD_MAJOR] = {"Major Version", "RFC 7296 §2.5",
        "Which IKE this is. Another major version is another protocol, so a message of a higher "
        "one is dropped and answered with INVALID_MAJOR_VERSION."},
    [FIELD_MINOR] = {"Minor Version", "RFC 7296 §2.5",
        "Sent as 0 and ignored on receipt: minor versions may only add what old peers can pass "
        "over."},
    [FIELD_EXCHANGE] = {"Exchange Type", "RFC 7296 §3.1",
        "Which request and response pair this message is half of; it decides which payloads may be "
        "in it and whether they are encrypted."},
    [FIELD_FLAGS] = {"Flags", "RFC 7296 §3.1", NULL},
    [FIELD_FLAG_R] = {"R (Response)", "RFC 7296 §3.1",
        "Clear in a request, set in the response that carries the same Message ID. Only requests "
        "are answered, so two peers never answer each other's answers without end."},
    [FIELD_FLAG_V] = {"V (Version)", "RFC 7296 §3.1",
        "Says that the sender could speak a higher major version than this one; IKEv2 sends it "
        "clear and ignores it."},
    [FIELD_FLAG_I] = {"I (Initiator)", "RFC 7296 §3.1",
        "Set in every message of the original initiator of the IKE SA, requests and responses "
        "alike: it tells a receiver which of the two SPIs is its own and which keys apply."},
    [FIELD_FLAG_RESERVED] = {"X (reserved)", "RFC 7296 §3.1",
        "Sent as zero and ignored on receipt, so that a later version may use it."},
    [FIELD_MESSAGE_ID] = {"Message ID", "RFC 7296 §2.2",
        "Counts the requests of one side from 0; a response repeats the number of its request. "
        "With it retransmissions are recognised, answers find their question, and old messages "
        "cannot be played again."},
    [FIELD_LENGTH] = {"Length", "RFC 7296 §3.1",
        "Octets of the whole message, this header and all payloads together."},

    /* ---- generic payload header ---- */
    [FIELD_PAYLOAD_NEXT] = {"Next Payload", "RFC 7296 §3.2",
        "Type of the payload behind this one, 0 in the last."},
    [FIELD_PAYLOAD_CRITICAL] = {"C (Critical)", "RFC 7296 §3.2",
        "Set where a receiver that does not know this payload type must refuse the whole message "
        "instead of skipping the payload; clear for all types of RFC 7296, which everybody must "
        "know."},
    [FIELD_PAYLOAD_RESERVED] = {"RESERVED", "RFC 7296 §3.2", NULL},
    [FIELD_PAYLOAD_LENGTH] = {"Payload Length", "RFC 7296 §3.2",
        "Octets of this payload, these four included; the next one starts behind them."},
    [FIELD_RESERVED] = {"RESERVED", "RFC 7296 §3",
        "Sent as zero and ignored on receipt, so that a later version may use it."},
    [FIELD_BODY] = {"Body", "RFC 7296 §3.2",
        "Bytes of a payload whose type this build only names; being not critical it is passed "
        "over."},

    /* ---- Security Association ---- */
    [FIELD_PROPOSAL] = {"Proposal", "RFC 7296 §3.3.1",
        "One complete offer. Proposals stand in order of preference; the responder takes exactly "
        "one, and from it one transform of each type."},
    [FIELD_PROPOSAL_MORE] = {"Last Substruc", "RFC 7296 §3.3.1",
        "2 if another proposal follows, 0 in the last one: a heritage of IKEv1, where 2 was the "
        "type of the Proposal payload."},
    [FIELD_PROPOSAL_LENGTH] = {"Proposal Length", "RFC 7296 §3.3.1",
        "Octets of this proposal with its SPI and all its transforms."},
    [FIELD_PROPOSAL_NUM] = {"Proposal Num", "RFC 7296 §3.3.1",
        "Offers are numbered 1, 2, 3, ...; the answer repeats the number of the one that was "
        "taken."},
    [FIELD_PROPOSAL_PROTOCOL] = {"Protocol ID", "RFC 7296 §3.3.1",
        "What the new SA is for: IKE itself, AH or ESP."},
    [FIELD_PROPOSAL_SPI_SIZE] = {"SPI Size", "RFC 7296 §3.3.1",
        "0 in IKE_SA_INIT, where the header has the SPIs; 8 when an IKE SA is rekeyed; 4 for ESP "
        "and AH."},
    [FIELD_PROPOSAL_TRANSFORMS] = {"Num Transforms", "RFC 7296 §3.3.1",
        "How many transforms this proposal lists."},
    [FIELD_PROPOSAL_SPI] = {"SPI", "RFC 7296 §3.3.1",
        "The sender's own number for the new SA: the peer puts it in every packet, so that the "
        "sender finds the right keys when they arrive."},
    [FIELD_TRANSFORM] = {"Transform", "RFC 7296 §3.3.2", NULL},
    [FIELD_TRANSFORM_MORE] = {"Last Substruc", "RFC 7296 §3.3.2",
        "3 if another transform follows, 0 in the last one: a heritage of IKEv1, where 3 was the "
        "type of the Transform payload."},
    [FIELD_TRANSFORM_LENGTH] = {"Transform Length", "RFC 7296 §3.3.2",
        "Octets of this transform with its attributes."},
    [FIELD_TRANSFORM_TYPE] = {"Transform Type", "RFC 7296 §3.3.2",
        "What the algorithm is for. Transforms of one type in one proposal are alternatives."},
    [FIELD_TRANSFORM_ID] = {"Transform ID", "RFC 7296 §3.3.2",
        "Which algorithm of that type, by its number in the IANA registry."},
    [FIELD_ATTRIBUTE] = {"Attribute", "RFC 7296 §3.3.5",
        "Completes a transform whose number does not say all, as a cipher with keys of several "
        "lengths."},
    [FIELD_ATTRIBUTE_FORMAT] = {"AF (Attribute Format)", "RFC 7296 §3.3.5",
        "Set: the two octets behind the type are the value. Clear: they are its length, and the "
        "value follows."},
    [FIELD_ATTRIBUTE_TYPE] = {"Attribute Type", "RFC 7296 §3.3.5",
        "14, Key Length, is the only type that RFC 7296 has."},
    [FIELD_ATTRIBUTE_LENGTH] = {"Attribute Length", "RFC 7296 §3.3.5", "Octets of the value."},
    [FIELD_ATTRIBUTE_VALUE] = {"Attribute Value", "RFC 7296 §3.3.5",
        "Length of the cipher's key in bits. It must match exactly: 128 and 256 are two different "
        "offers."},

    /* ---- Key Exchange ---- */
    [FIELD_KE_METHOD] = {"Key Exchange Method", "RFC 7296 §3.4",
        "The group in which the public value was computed. In a request it is the initiator's "
        "guess at what the responder will choose; INVALID_KE_PAYLOAD corrects a wrong one."},
    [FIELD_KE_DATA] = {"Key Exchange Data", "RFC 7296 §3.4",
        "The sender's public value. Its private half together with the other side's public value "
        "gives the shared secret g^ir; the two public values that everybody can read do not."},
    [FIELD_KE_X] = {"x coordinate", "RFC 5903 §7",
        "The public value is a point of the curve; the shared secret is the x coordinate of "
        "another."},
    [FIELD_KE_Y] = {"y coordinate", "RFC 5903 §7",
        "Lets the receiver check that the point lies on the curve, which it must before it uses "
        "it."},

    /* ---- Identification ---- */
    [FIELD_ID_TYPE] = {"ID Type", "RFC 7296 §3.5",
        "How the identity is to be read: an address, a name, a mail address, a key's name, ..."},
    [FIELD_ID_RESERVED] = {"RESERVED", "RFC 7296 §3.5",
        "Sent as zero, and yet not without effect: AUTH covers the whole body of this payload, "
        "these octets included, as received."},
    [FIELD_ID_DATA] = {"Identification Data", "RFC 7296 §3.5",
        "Who the sender says it is. The receiver looks up by it which policy and which key apply; "
        "AUTH has to prove it."},

    /* ---- Certificates ---- */
    [FIELD_CERT_ENCODING] = {"Cert Encoding", "RFC 7296 §3.6",
        "In which form the certificate, the list of revoked ones or the place to fetch them is "
        "given."},
    [FIELD_CERT_DATA] = {"Certificate Data", "RFC 7296 §3.6",
        "Binds a name to a public key. The first certificate must have the key with which AUTH is "
        "verified."},
    [FIELD_CERTREQ_DATA] = {"Certification Authority", "RFC 7296 §3.7",
        "Which authorities the sender trusts, so that the peer can choose a certificate that "
        "helps."},
    [FIELD_CERTREQ_CA] = {"Trusted CA key", "RFC 7296 §3.7",
        "SHA-1 hash of the public key (SubjectPublicKeyInfo) of an authority that the sender "
        "trusts."},

    /* ---- Authentication ---- */
    [FIELD_AUTH_METHOD] = {"Auth Method", "RFC 7296 §3.8", NULL},
    [FIELD_AUTH_RESERVED] = {"RESERVED", "RFC 7296 §3.8", NULL},
    [FIELD_AUTH_DATA] = {"Authentication Data", "RFC 7296 §2.15",
        "Proof over the sender's own first message, the peer's nonce and prf(SK_p, own ID): nobody "
        "can have changed the first messages, and an old proof does not fit a new nonce."},
    [FIELD_AUTH_ASN1_LENGTH] = {"ASN.1 Length", "RFC 7427 §3",
        "Octets of the AlgorithmIdentifier that follows."},
    [FIELD_AUTH_ASN1] = {"AlgorithmIdentifier", "RFC 7427 §3",
        "Names signature and hash algorithm in DER, as X.509 does, so that new ones need no new "
        "method number."},
    [FIELD_AUTH_SIGNATURE] = {"Signature Value", "RFC 7427 §3",
        "Signature over the sender's own first message, the peer's nonce and prf(SK_p, own ID)."},

    /* ---- Nonce ---- */
    [FIELD_NONCE_DATA] = {"Nonce Data", "RFC 7296 §2.10",
        "Fresh random octets. They go into every key that is derived, so keys differ even if a key "
        "exchange value is used again, and into the peer's AUTH, which thus cannot be a replay."},

    /* ---- Notify ---- */
    [FIELD_NOTIFY_PROTOCOL] = {"Protocol ID", "RFC 7296 §3.10",
        "Kind of SA that the SPI below names; 0 where there is no SPI."},
    [FIELD_NOTIFY_SPI_SIZE] = {"SPI Size", "RFC 7296 §3.10",
        "0 where the notify concerns the IKE SA or no SA, 4 for a CHILD SA."},
    [FIELD_NOTIFY_TYPE] = {"Notify Message Type", "RFC 7296 §3.10.1",
        "Up to 16383 an error, from 16384 on a status. Unknown statuses are ignored, so that peers "
        "of different age understand each other."},
    [FIELD_NOTIFY_SPI] = {"SPI", "RFC 7296 §3.10", "The SA that this is about."},
    [FIELD_NOTIFY_DATA] = {"Notification Data", "RFC 7296 §3.10", NULL},
    [FIELD_NOTIFY_WINDOW] = {"Window size", "RFC 7296 §2.3",
        "The sender keeps room for so many of the peer's requests at a time; without this notify "
        "it is one."},
    [FIELD_NOTIFY_COOKIE] = {"Cookie", "RFC 7296 §2.6",
        "Octets that only the responder can make; who returns them has shown to receive packets at "
        "its address, and the responder had to remember nothing."},
    [FIELD_NOTIFY_GROUP] = {"Accepted method", "RFC 7296 §1.3",
        "The key exchange method with which the initiator should try again."},
    [FIELD_NOTIFY_NAT_HASH] = {"SHA-1 of SPIs, address, port", "RFC 7296 §2.23",
        "The receiver computes the same from the packet's header; a difference means that a NAT "
        "has rewritten address or port on the way."},
    [FIELD_NOTIFY_HASH] = {"Hash algorithm", "RFC 7427 §4",
        "A hash that the sender accepts in signatures of the method Digital Signature."},
    [FIELD_NOTIFY_MESSAGE_ID] = {"Message ID", "RFC 7296 §2.3",
        "The Message ID outside of the window that the sender saw."},
    [FIELD_NOTIFY_PAYLOAD] = {"Payload type", "RFC 7296 §2.5",
        "The critical payload that the sender does not know."},
    [FIELD_NOTIFY_BAD_SPI] = {"SPI", "RFC 7296 §1.5",
        "The SPI of the packet for which the sender has no SA."},
    [FIELD_NOTIFY_CPI] = {"CPI", "RFC 7296 §2.22",
        "The sender's number for compressed packets, as the SPI is for encrypted ones."},
    [FIELD_NOTIFY_IPCOMP] = {"IPComp transform", "RFC 7296 §2.22",
        "How packets may be compressed."},
    [FIELD_NOTIFY_LIFETIME] = {"Lifetime", "RFC 4478 §3",
        "Seconds until the initiator must have proved anew who it is."},
    [FIELD_NOTIFY_PPK_TYPE] = {"PPK_ID Type", "RFC 8784 §5.1", NULL},
    [FIELD_NOTIFY_PPK_ID] = {"PPK_ID", "RFC 8784 §5.1",
        "Name of the postquantum preshared key that the initiator has mixed into its keys."},
    [FIELD_NOTIFY_NO_PPK_AUTH] = {"Authentication Data", "RFC 8784 §3",
        "The AUTH that the initiator would have sent without the PPK, for a responder that does "
        "not have it."},
    [FIELD_NOTIFY_ADDRESS] = {"Address", "RFC 4555 §4.2.2",
        "Another address at which the sender can be reached."},
    [FIELD_NOTIFY_COOKIE2] = {"Cookie", "RFC 4555 §4.2.5",
        "To be returned in the response, which shows that the peer really is at the new address."},

    [FIELD_NOTIFY_PORT] = {"Port", "RFC 4555 §4.2.6",
        "Of the packet as the initiator sent it: another one means a NAT on the way."},
    [FIELD_NOTIFY_SYNC_NONCE] = {"Nonce Data", "RFC 6311 §6.3",
        "Comes back unchanged: so that the answer to an earlier synchronisation cannot pass for "
        "this one's."},
    [FIELD_NOTIFY_SYNC_SEND] = {"EXPECTED_SEND_REQ_MESSAGE_ID", "RFC 6311 §6.3",
        "Message ID of the next request that the sender of this notify will send. In the request "
        "it must be higher than any the receiver has seen, or it is a replay."},
    [FIELD_NOTIFY_SYNC_RECV] = {"EXPECTED_RECV_REQ_MESSAGE_ID", "RFC 6311 §6.3",
        "Message ID of the next request that it expects. The answer has the higher of both ends' "
        "numbers, and both go on from there."},
    [FIELD_NOTIFY_SYNC_DELTA] = {"Incoming IPsec SA delta value", "RFC 6311 §6.4",
        "By so much the receiver skips forward the sequence numbers of all that it sends in the "
        "CHILD SAs of this IKE SA; 8 octets if they have extended ones."},
    [FIELD_NOTIFY_TICKET_LIFETIME] = {"Lifetime", "RFC 5723 §7.1",
        "Seconds until the ticket is of no use any more."},
    [FIELD_NOTIFY_TICKET] = {"Ticket", "RFC 5723 §6.1",
        "Opaque to the client: what the gateway has to know of the IKE SA, sealed with a key that "
        "only the gateway has. It says when it ends, and under which key it was sealed."},

    [FIELD_NOTIFY_PUZZLE_PRF] = {"PRF", "RFC 8019 §8.1",
        "Under this PRF the keys are looked for; what is put in is the cookie beside it."},
    [FIELD_NOTIFY_PUZZLE_DIFFICULTY] = {"Difficulty", "RFC 8019 §8.1",
        "How many zero bits the PRF's output must end in: one more doubles the work."},
    [FIELD_NOTIFY_GATEWAY_TYPE] = {"GW Ident Type", "RFC 5685 §9.2",
        "Whether the gateway is named by an address or a name."},
    [FIELD_NOTIFY_GATEWAY_LENGTH] = {"GW Ident Len", "RFC 5685 §9.2", "Octets of its name."},
    [FIELD_NOTIFY_GATEWAY] = {"Gateway", "RFC 5685 §9.2",
        "In REDIRECT the one to go to, in REDIRECTED_FROM the one that sent the initiator away."},
    [FIELD_NOTIFY_GATEWAY_NONCE] = {"Nonce Data", "RFC 5685 §9.2",
        "Ni of the request: who has not seen that cannot redirect the initiator."},

    /* ---- Puzzle Solution ---- */
    [FIELD_PS_KEY] = {"Key", "RFC 8019 §8.2",
        "One of four keys that differ and under each of which PRF(key, cookie) ends in as many "
        "zero bits as were asked for."},

    /* ---- Delete ---- */
    [FIELD_DELETE_PROTOCOL] = {"Protocol ID", "RFC 7296 §3.11",
        "Which kind of SA ends: IKE (and all of its CHILD SAs with it), AH or ESP."},
    [FIELD_DELETE_SPI_SIZE] = {"SPI Size", "RFC 7296 §3.11",
        "4 for AH and ESP; 0 for the IKE SA, which the header names."},
    [FIELD_DELETE_COUNT] = {"Num of SPIs", "RFC 7296 §3.11", "How many SAs are deleted."},
    [FIELD_DELETE_SPI] = {"SPI", "RFC 7296 §3.11",
        "An SA on which the sender receives. The peer closes the pair and answers with the SPI of "
        "the other direction."},

    /* ---- Vendor ID ---- */
    [FIELD_VENDOR_DATA] = {"Vendor ID", "RFC 7296 §3.12",
        "A constant, mostly a hash, by which implementations of one maker recognise each other."},

    /* ---- Traffic Selectors ---- */
    [FIELD_TS_COUNT] = {"Number of TSs", "RFC 7296 §3.13", "How many selectors follow."},
    [FIELD_TS] = {"Traffic Selector", "RFC 7296 §3.13.1",
        "A range of addresses and ports: packets that fall into one selector of each side may use "
        "the CHILD SA."},
    [FIELD_TS_TYPE] = {"TS Type", "RFC 7296 §3.13.1", "Whether the addresses are of IPv4 or IPv6."},
    [FIELD_TS_PROTOCOL] = {"IP Protocol ID", "RFC 7296 §3.13.1",
        "Only packets of this protocol (TCP, UDP, ICMP, ...); 0 for all."},
    [FIELD_TS_LENGTH] = {"Selector Length", "RFC 7296 §3.13.1", "Octets of this selector."},
    [FIELD_TS_START_PORT] = {"Start Port", "RFC 7296 §3.13.1",
        "Lowest port; 0 up to 65535 means any. For ICMP type and code stand here."},
    [FIELD_TS_END_PORT] = {"End Port", "RFC 7296 §3.13.1", "Highest port."},
    [FIELD_TS_START] = {"Starting Address", "RFC 7296 §3.13.1", "Lowest address of the range."},
    [FIELD_TS_END] = {"Ending Address", "RFC 7296 §3.13.1",
        "Highest address of the range: selectors are ranges, of which a network is one kind."},

    /* ---- Encrypted ---- */
    [FIELD_SK_NEXT] = {"Next Payload", "RFC 7296 §3.14",
        "This payload is always the last one, so here stands the type of the first payload "
        "inside."},
    [FIELD_SK_IV] = {"Initialization Vector", "RFC 7296 §3.14",
        "Makes equal contents look different each time. With AES-CBC it must be unpredictable, "
        "with AES-GCM it must never be used twice under one key."},
    [FIELD_SK_CIPHERTEXT] = {"Encrypted payloads", "RFC 7296 §3.14",
        "The payloads inside, padding and Pad Length, encrypted with SK_ei by the original "
        "initiator and with SK_er by the original responder."},
    [FIELD_SK_PADDING] = {"Padding", "RFC 7296 §3.14",
        "Fills the last cipher block, and may hide how long the contents are; its values are the "
        "sender's choice."},
    [FIELD_SK_PAD_LENGTH] = {"Pad Length", "RFC 7296 §3.14",
        "Octets of padding before this one, which lets the receiver find the end of the payloads."},
    [FIELD_SK_ICV] = {"Integrity Checksum Data", "RFC 7296 §3.14",
        "Covers the message from the first octet of its header up to here; it is checked first, "
        "and without SK_ai or SK_ar (with an AEAD: the encryption key) nobody can make a right "
        "one."},
    [FIELD_SK_OPAQUE] = {"IV, encrypted payloads, ICV", "RFC 7296 §3.14",
        "Where IV and ICV begin and end depends on the algorithms that IKE_SA_INIT agreed on; all "
        "between them is for the two peers only."},
    [FIELD_SKF_NUMBER] = {"Fragment Number", "RFC 7383 §2.5",
        "Which piece of the message this is, from 1; each piece is encrypted and checked by "
        "itself, so that forged ones are thrown away at once."},
    [FIELD_SKF_TOTAL] = {"Total Fragments", "RFC 7383 §2.5",
        "Of how many pieces the message consists."},
    [FIELD_SKF_PIECE] = {"Piece of the contents", "RFC 7383 §2.5",
        "Payloads begin and end anywhere in the pieces: only all of them together can be read."},

    /* ---- Configuration ---- */
    [FIELD_CP_TYPE] = {"CFG Type", "RFC 7296 §3.15",
        "A request asks for values, which the reply gives; a set pushes them, which the ack "
        "confirms."},
    [FIELD_CP_ATTRIBUTE] = {"Configuration Attribute", "RFC 7296 §3.15.1",
        "One item of what a remote host needs in the network behind the gateway."},
    [FIELD_CP_ATTRIBUTE_R] = {"R (reserved)", "RFC 7296 §3.15.1", NULL},
    [FIELD_CP_ATTRIBUTE_TYPE] = {"Attribute Type", "RFC 7296 §3.15.1", "What the item is."},
    [FIELD_CP_ATTRIBUTE_LENGTH] = {"Length", "RFC 7296 §3.15.1",
        "Octets of the value; 0 in a request leaves the choice to the other side."},
    [FIELD_CP_ATTRIBUTE_VALUE] = {"Value", "RFC 7296 §3.15.1", NULL},

    /* ---- EAP ---- */
    [FIELD_EAP_CODE] = {"Code", "RFC 7296 §3.16",
        "The responder sends Requests, the initiator Responses, until Success or Failure ends it."},
    [FIELD_EAP_IDENTIFIER] = {"Identifier", "RFC 7296 §3.16",
        "Matches a Response to its Request; IKE has Message IDs for that, but EAP keeps its own "
        "form."},
    [FIELD_EAP_LENGTH] = {"Length", "RFC 7296 §3.16",
        "Octets of the EAP message: four less than the Payload Length."},
    [FIELD_EAP_TYPE] = {"Type", "RFC 7296 §3.16",
        "Which EAP method is spoken, as in IANA's registry."},
    [FIELD_EAP_DATA] = {"Type_Data", "RFC 7296 §3.16", "What the method says."},
    [FIELD_EAP_IDENTITY] = {"Identity", "RFC 3748 §5.1",
        "Who the peer says it is, of which nothing is proved yet; a Request may have words for it."},
    [FIELD_MSCHAP_OP] = {"OpCode", "RFC 2759 §3",
        "CHAP's Code, as draft-kamath-pppext-eap-mschapv2 puts it into EAP."},
    [FIELD_MSCHAP_ID] = {"MS-CHAPv2-ID", "RFC 2759 §3",
        "Which response belongs to which challenge."},
    [FIELD_MSCHAP_LENGTH] = {"MS-Length", "RFC 2759 §3",
        "Octets from OpCode on."},
    [FIELD_MSCHAP_SIZE] = {"Value-Size", "RFC 2759 §3", NULL},
    [FIELD_MSCHAP_CHALLENGE] = {"Challenge", "RFC 2759 §3",
        "Random, of the server; the response is good for this one alone."},
    [FIELD_MSCHAP_PEER_CHALLENGE] = {"Peer-Challenge", "RFC 2759 §4",
        "Random, of the peer: so that nobody can have the response computed in advance."},
    [FIELD_MSCHAP_RESPONSE] = {"NT-Response", "RFC 2759 §8.1",
        "Both challenges and the name, hashed and encrypted three times with DES, under parts of "
        "MD4 of the password."},
    [FIELD_MSCHAP_FLAGS] = {"Flags", "RFC 2759 §4", NULL},
    [FIELD_MSCHAP_NAME] = {"Name", "RFC 2759 §4", "Of who sends it."},
    [FIELD_MSCHAP_MESSAGE] = {"Message", "RFC 2759 §5",
        "S= is the server's proof that it knows the password too; E= an error, 691 for a wrong "
        "password."},
    [FIELD_EAP_TLS_FLAGS] = {"Flags", "RFC 5216 §3.1", NULL},
    [FIELD_EAP_TLS_LENGTH] = {"TLS Message Length", "RFC 5216 §3.1",
        "Octets of the whole flight, of which this is the first fragment."},
    [FIELD_EAP_TLS_DATA] = {"TLS Data", "RFC 5216 §3.1", "TLS records, or a part of them."},

    /* ---- ESP ---- */
    [FIELD_ESP] = {"ESP packet", "RFC 4303 §2",
        "Carries one packet through the tunnel, unreadable and unchangeable for everybody between "
        "the two ends."},
    [FIELD_ESP_SPI] = {"SPI", "RFC 4303 §2.1",
        "The receiver's number for this SA, which it gave in the SA payload: the only thing it "
        "needs to find the keys."},
    [FIELD_ESP_SEQUENCE] = {"Sequence Number", "RFC 4303 §2.2",
        "Grows by one with each packet from 1 on and never repeats: by it the receiver's window "
        "throws replayed packets away."},
    [FIELD_ESP_IV] = {"Initialization Vector", "RFC 4303 §2.3",
        "Makes equal packets look different each time. With AES-CBC it must be unpredictable, with "
        "AES-GCM it must never be used twice under one key."},
    [FIELD_ESP_CIPHERTEXT] = {"Encrypted packet", "RFC 4303 §2.3",
        "The inner packet, padding, Pad Length and Next Header, encrypted: even what protocol is "
        "inside cannot be seen."},
    [FIELD_ESP_PADDING] = {"Padding", "RFC 4303 §2.4",
        "Fills up to the cipher's block and to a multiple of four octets; the values 1, 2, 3, ... "
        "let a receiver check what it decrypted."},
    [FIELD_ESP_PAD_LENGTH] = {"Pad Length", "RFC 4303 §2.5", "Octets of padding before this one."},
    [FIELD_ESP_NEXT_HEADER] = {"Next Header", "RFC 4303 §2.6",
        "What is inside: 4 an IPv4 packet and 41 an IPv6 packet (tunnel mode), a transport "
        "protocol's number (transport mode), 59 nothing but a dummy to hide silence."},
    [FIELD_ESP_ICV] = {"Integrity Check Value", "RFC 4303 §2.8",
        "Covers everything from the SPI up to here; a packet whose ICV is wrong is dropped before "
        "anything in it is believed."},
    [FIELD_ESP_OPAQUE] = {"IV, encrypted packet, ICV", "RFC 4303 §2.3",
        "Where IV and ICV begin and end depends on the algorithms of the SA; without its keys no "
        "more can be told."},

    /* ---- AH ---- */
    [FIELD_AH] = {"AH", "RFC 4302 §2",
        "Proves who sent the packet and that nobody changed it, header included, and hides nothing."},
    [FIELD_AH_NEXT_HEADER] = {"Next Header", "RFC 4302 §2.1",
        "What follows: 4 an IPv4 packet and 41 an IPv6 packet (tunnel mode), else what the packet's "
        "own IP header said before AH came in between (transport mode)."},
    [FIELD_AH_LENGTH] = {"Payload Len", "RFC 4302 §2.2",
        "Length of AH in units of four octets, less two: AH is made as an IPv6 extension header."},
    [FIELD_AH_RESERVED] = {"Reserved", "RFC 4302 §2.3", NULL},
    [FIELD_AH_SPI] = {"SPI", "RFC 4302 §2.4",
        "The receiver's number for this SA, which it gave in the SA payload."},
    [FIELD_AH_SEQUENCE] = {"Sequence Number", "RFC 4302 §2.5",
        "Grows by one with each packet from 1 on and never repeats: by it the receiver's window "
        "throws replayed packets away."},
    [FIELD_AH_ICV] = {"Integrity Check Value", "RFC 4302 §2.6",
        "Covers the IP header, with zeros for what routers change, AH itself and all behind it; a "
        "NAT that changes an address makes it wrong."},

    /* ---- inner packet ---- */
    [FIELD_IPV4] = {"Inner IPv4 header", "RFC 791 §3.1",
        "In tunnel mode the whole packet travels inside, so the real sender and receiver stay "
        "hidden behind the two gateways."},
    [FIELD_IPV4_VERSION] = {"Version", "RFC 791 §3.1", NULL},
    [FIELD_IPV4_IHL] = {"IHL", "RFC 791 §3.1", "Length of this header in units of four octets."},
    [FIELD_IPV4_DSCP] = {"DSCP", "RFC 2474 §3", "Asks routers for a class of treatment."},
    [FIELD_IPV4_ECN] = {"ECN", "RFC 3168 §5", "Lets routers mark congestion instead of dropping."},
    [FIELD_IPV4_LENGTH] = {"Total Length", "RFC 791 §3.1",
        "Octets of the inner packet; what stands behind it is padding."},
    [FIELD_IPV4_ID] = {"Identification", "RFC 791 §3.1", "Tells which fragments belong together."},
    [FIELD_IPV4_RESERVED_FLAG] = {"reserved", "RFC 791 §3.1", NULL},
    [FIELD_IPV4_DF] = {"DF (Don't Fragment)", "RFC 791 §3.1",
        "Set by senders that learn the path's MTU; the tunnel has to tell them its smaller one."},
    [FIELD_IPV4_MF] = {"MF (More Fragments)", "RFC 791 §3.1", NULL},
    [FIELD_IPV4_FRAGMENT_OFFSET] = {"Fragment Offset", "RFC 791 §3.1", NULL},
    [FIELD_IPV4_TTL] = {"Time to Live", "RFC 791 §3.1",
        "Counted down by each router, and by each gateway once: the tunnel looks like one hop."},
    [FIELD_IPV4_PROTOCOL] = {"Protocol", "RFC 791 §3.1", "What the packet carries."},
    [FIELD_IPV4_CHECKSUM] = {"Header Checksum", "RFC 791 §3.1",
        "Finds accidental changes only; against intended ones there is the ICV."},
    [FIELD_IPV4_SOURCE] = {"Source Address", "RFC 791 §3.1",
        "Must lie in the traffic selectors that were agreed on, or the receiver drops the packet."},
    [FIELD_IPV4_DESTINATION] = {"Destination Address", "RFC 791 §3.1",
        "Must lie in the traffic selectors that were agreed on, or the receiver drops the packet."},
    [FIELD_IPV4_OPTIONS] = {"Options", "RFC 791 §3.1", NULL},
    [FIELD_IPV6] = {"Inner IPv6 header", "RFC 8200 §3",
        "In tunnel mode the whole packet travels inside; the gateways outside may speak IPv4."},
    [FIELD_IPV6_VERSION] = {"Version", "RFC 8200 §3", NULL},
    [FIELD_IPV6_DSCP] = {"DSCP", "RFC 2474 §3", "Asks routers for a class of treatment."},
    [FIELD_IPV6_ECN] = {"ECN", "RFC 3168 §5", "Lets routers mark congestion instead of dropping."},
    [FIELD_IPV6_FLOW_LABEL] = {"Flow Label", "RFC 6437 §2",
        "Keeps the packets of one flow on one path."},
    [FIELD_IPV6_LENGTH] = {"Payload Length", "RFC 8200 §3",
        "Octets behind this header; what stands behind those is padding."},
    [FIELD_IPV6_NEXT_HEADER] = {"Next Header", "RFC 8200 §3", "What follows this header."},
    [FIELD_IPV6_HOP_LIMIT] = {"Hop Limit", "RFC 8200 §3",
        "Counted down by each router, and by each gateway once: the tunnel looks like one hop."},
    [FIELD_IPV6_SOURCE] = {"Source Address", "RFC 8200 §3",
        "Must lie in the traffic selectors that were agreed on, or the receiver drops the packet."},
    [FIELD_IPV6_DESTINATION] = {"Destination Address", "RFC 8200 §3",
        "Must lie in the traffic selectors that were agreed on, or the receiver drops the packet."},
    [FIELD_IPV6_EXTENSION] = {"Extension header", "RFC 8200 §4",
        "Selectors skip these on the way to the protocol (RFC 4301 §4.4.1.1)."},
    [FIELD_IPV6_EXTENSION_DATA] = {"Contents", "RFC 8200 §4", NULL},
    [FIELD_ICMPV6] = {"ICMPv6", "RFC 4443", "Here mostly a ping: an echo request and its reply."},
    [FIELD_ICMP] = {"ICMP", "RFC 792", "Here mostly a ping: an echo request and its reply."},
    [FIELD_ICMP_TYPE] = {"Type", "RFC 792", NULL},
    [FIELD_ICMP_CODE] = {"Code", "RFC 792", NULL},
    [FIELD_ICMP_CHECKSUM] = {"Checksum", "RFC 792", NULL},
    [FIELD_ICMP_IDENTIFIER] = {"Identifier", "RFC 792", "Tells one running ping from another."},
    [FIELD_ICMP_SEQUENCE] = {"Sequence Number", "RFC 792",
        "Tells which request a reply belongs to."},
    [FIELD_ICMP_REST] = {"Rest of Header", "RFC 792", NULL},
    [FIELD_ICMP_DATA] = {"Data", "RFC 792", "Of a ping: comes back unchanged in the reply. Of an error: the rest of what it quotes."},
    [FIELD_INNER_DATA] = {"Payload Data", "RFC 4303 §2.3", "What the packet carries."},
    [FIELD_TFC_PADDING] = {"TFC padding", "RFC 4303 §2.7",
        "Octets behind the inner packet that hide how long it is."},
};

/* clang-format on */

const struct dissect_about *dissect_about(enum dissect_field_id id)
{
    assert(id < FIELD_COUNT);
    return &abouts[id];
}
