#include "crypto/proposal.h"

#include <assert.h>

/* For INTEG, KE and ADDKE the ID 0 says "none", and leaving the type out says the same. ESN is
 * mandatory, whatever it says (RFC 7296 §3.3.3). */
static bool may_be_absent(unsigned type)
{
    return type == CRYPTO_INTEG || type == CRYPTO_KE || crypto_is_addke(type);
}

/* RFC 7296 §3.3.3: the transform types that a protocol has. */
static bool protocol_has_type(unsigned protocol, unsigned type)
{
    switch (type) {
    case CRYPTO_ENCR:
        return protocol == CRYPTO_PROTO_IKE || protocol == CRYPTO_PROTO_ESP;
    case CRYPTO_PRF:
        return protocol == CRYPTO_PROTO_IKE;
    case CRYPTO_INTEG:
    case CRYPTO_KE:
        return true;
    case CRYPTO_ESN:
        return protocol == CRYPTO_PROTO_ESP || protocol == CRYPTO_PROTO_AH;
    default:
        return crypto_is_addke(type);
    }
}

static bool same_choice(struct crypto_transform_choice a, struct crypto_transform_choice b)
{
    return a.type == b.type && a.id == b.id && a.key_bits == b.key_bits;
}

static bool has_type(const struct crypto_proposal *proposal, unsigned type)
{
    for (size_t i = 0; i < proposal->count; i++) {
        if (proposal->transforms[i].type == type) {
            return true;
        }
    }
    return false;
}

static bool lists(const struct crypto_proposal *proposal, struct crypto_transform_choice choice)
{
    for (size_t i = 0; i < proposal->count; i++) {
        if (same_choice(proposal->transforms[i], choice)) {
            return true;
        }
    }
    return false;
}

/* What is listed, and "none" where a type that may be absent is absent. */
static bool allows(const struct crypto_proposal *proposal, struct crypto_transform_choice choice)
{
    if (choice.id == 0 && may_be_absent(choice.type) && !has_type(proposal, choice.type)) {
        return true;
    }
    return lists(proposal, choice);
}

/* The row of a transform that this build computes with this key length, else NULL. "None" is not
 * a transform: NULL too. */
static const struct crypto_transform *find_computed(struct crypto_transform_choice choice)
{
    const struct crypto_transform *row = crypto_transform_find(choice.type, choice.id);

    if (row == NULL || (!row->computed && !(row->kem && crypto_is_addke(choice.type)))) {
        return NULL;
    }
    if (row->variable_key) {
        return choice.key_bits == 128 || choice.key_bits == 192 || choice.key_bits == 256 ? row
                                                                                          : NULL;
    }
    return choice.key_bits == 0 ? row : NULL;
}

/* ---- the responder ---- */

/* A proposal with a type that we do not know is not for us (RFC 7296 §3.3.6). */
static bool understood(const struct crypto_proposal *offered)
{
    for (size_t i = 0; i < offered->count; i++) {
        if (!protocol_has_type(offered->protocol, offered->transforms[i].type)) {
            return false;
        }
    }
    return true;
}

static bool fit(struct crypto_transform_choice choice, unsigned protocol, bool aead)
{
    bool none = choice.id == 0 && may_be_absent(choice.type);

    if (choice.type == CRYPTO_INTEG && none != aead) {
        return false;
    }
    if (choice.type == CRYPTO_KE && none && protocol == CRYPTO_PROTO_IKE) {
        return false;
    }
    return none || find_computed(choice) != NULL;
}

/* An additional key exchange comes behind one of Transform Type 4, and no method serves twice in
 * what is agreed on (RFC 9370 §2.2.1). */
static bool cannot_serve(const struct crypto_proposal *chosen,
                         struct crypto_transform_choice choice)
{
    bool first = false;

    if (choice.id == 0 || !crypto_is_addke(choice.type)) {
        return false;
    }
    for (size_t i = 0; i < chosen->count; i++) {
        uint8_t type = chosen->transforms[i].type;
        uint16_t id = chosen->transforms[i].id;
        if ((type == CRYPTO_KE || crypto_is_addke(type)) && id == choice.id) {
            return true;
        }
        first = first || (type == CRYPTO_KE && id != 0);
    }
    return !first;
}

/* Chooses for one type other than ENCR and appends it to `chosen` if the offer names the type. */
static bool choose_type(const struct crypto_proposal *offered, const struct crypto_proposal *own,
                        unsigned type, bool aead, struct crypto_proposal *chosen)
{
    struct crypto_transform_choice choice = {.type = (uint8_t)type};
    bool found =
        !has_type(own, type) && fit(choice, own->protocol, aead) && allows(offered, choice);

    for (size_t i = 0; i < own->count && !found; i++) {
        choice = own->transforms[i];
        found = choice.type == type && fit(choice, own->protocol, aead) &&
                allows(offered, choice) && !cannot_serve(chosen, choice);
    }
    if (found && has_type(offered, type)) {
        chosen->transforms[chosen->count++] = choice;
    }
    return found;
}

/* Chooses for all types but ENCR, which `chosen` has if the protocol has it. */
static bool choose_others(const struct crypto_proposal *offered, const struct crypto_proposal *own,
                          bool aead, struct crypto_proposal *chosen)
{
    for (unsigned type = CRYPTO_PRF; type <= CRYPTO_ADDKE7; type++) {
        if (protocol_has_type(own->protocol, type) &&
            !choose_type(offered, own, type, aead, chosen)) {
            return false;
        }
    }
    return true;
}

static bool match(const struct crypto_proposal *offered, const struct crypto_proposal *own,
                  struct crypto_proposal *chosen)
{
    const struct crypto_proposal start = {.number = offered->number, .protocol = offered->protocol};

    if (offered->protocol != own->protocol || !understood(offered)) {
        return false;
    }
    if (own->protocol == CRYPTO_PROTO_AH) {
        *chosen = start;
        return choose_others(offered, own, false, chosen);
    }
    for (size_t i = 0; i < own->count; i++) {
        struct crypto_transform_choice encr = own->transforms[i];
        const struct crypto_transform *row = find_computed(encr);
        if (encr.type != CRYPTO_ENCR || row == NULL || !lists(offered, encr) ||
            (row->esp_only && own->protocol == CRYPTO_PROTO_IKE)) {
            continue;
        }

        *chosen = start;
        chosen->transforms[chosen->count++] = encr;
        if (choose_others(offered, own, row->aead, chosen)) {
            return true;
        }
    }
    return false;
}

bool crypto_proposal_choose(const struct crypto_proposal *offered, size_t offered_count,
                            const struct crypto_proposal *own, size_t own_count,
                            struct crypto_proposal *chosen, struct crypto_suite *suite)
{
    for (size_t i = 0; i < own_count; i++) {
        for (size_t j = 0; j < offered_count; j++) {
            if (match(&offered[j], &own[i], chosen)) {
                bool resolved = crypto_suite_resolve(chosen, suite);
                assert(resolved);
                return resolved;
            }
        }
    }
    return false;
}

/* ---- the initiator ---- */

bool crypto_proposal_accept(const struct crypto_proposal *answer,
                            const struct crypto_proposal *offered, size_t offered_count,
                            struct crypto_suite *suite)
{
    if (answer->number == 0 || answer->number > offered_count) {
        return false;
    }

    const struct crypto_proposal *offer = &offered[answer->number - 1];
    if (answer->protocol != offer->protocol) {
        return false;
    }
    for (size_t i = 0; i < answer->count; i++) {
        if (!lists(offer, answer->transforms[i])) {
            return false;
        }
    }
    for (unsigned type = CRYPTO_ENCR; type <= CRYPTO_ADDKE7; type++) {
        const struct crypto_transform_choice none = {.type = (uint8_t)type};
        if (!has_type(answer, type) && has_type(offer, type) &&
            !(may_be_absent(type) && lists(offer, none))) {
            return false;
        }
    }
    return crypto_suite_resolve(answer, suite);
}

/* ---- both ---- */

static bool complete(unsigned protocol, const struct crypto_suite *suite)
{
    if (suite->additional_count > 0 && suite->ke == NULL) {
        return false;
    }
    if (protocol == CRYPTO_PROTO_AH) {
        return suite->integ != NULL;
    }
    if (suite->encr == NULL || suite->encr->aead != (suite->integ == NULL)) {
        return false;
    }
    return protocol != CRYPTO_PROTO_IKE ||
           (suite->prf != NULL && suite->ke != NULL && !suite->encr->esp_only);
}

/* In order of their types; false if a method is there twice. */
static bool take_additional(struct crypto_suite *suite, const uint16_t ids[CRYPTO_ADDKE7 + 1])
{
    for (unsigned type = CRYPTO_ADDKE1; type <= CRYPTO_ADDKE7; type++) {
        bool twice = suite->ke != NULL && suite->ke->id == ids[type];
        for (size_t i = 0; i < suite->additional_count; i++) {
            twice = twice || suite->additional[i] == ids[type];
        }
        if (ids[type] == 0) {
            continue;
        }
        if (twice) {
            return false;
        }
        suite->additional[suite->additional_count++] = ids[type];
    }
    return true;
}

bool crypto_suite_resolve(const struct crypto_proposal *proposal, struct crypto_suite *suite)
{
    bool seen[CRYPTO_ADDKE7 + 1] = {false};
    uint16_t additional[CRYPTO_ADDKE7 + 1] = {0};

    *suite = (struct crypto_suite){0};
    for (size_t i = 0; i < proposal->count; i++) {
        struct crypto_transform_choice choice = proposal->transforms[i];
        if (!protocol_has_type(proposal->protocol, choice.type) || seen[choice.type]) {
            return false;
        }
        seen[choice.type] = true;

        const struct crypto_transform *row = find_computed(choice);
        if (row == NULL && !(choice.id == 0 && may_be_absent(choice.type))) {
            return false;
        }
        switch (choice.type) {
        case CRYPTO_ENCR:
            suite->encr = row;
            suite->encr_key_bits = choice.key_bits;
            if (row != NULL && !row->variable_key) {
                suite->encr_key_bits = (uint16_t)(8 * row->key_len);
            }
            break;
        case CRYPTO_PRF:
            suite->prf = row;
            break;
        case CRYPTO_INTEG:
            suite->integ = row;
            break;
        case CRYPTO_KE:
            suite->ke = row;
            break;
        case CRYPTO_ESN:
            suite->esn = choice.id == CRYPTO_ESN_YES;
            break;
        default:
            additional[choice.type] = choice.id;
            break;
        }
    }
    return take_additional(suite, additional) && complete(proposal->protocol, suite);
}
