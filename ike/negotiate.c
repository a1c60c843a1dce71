#include "ike/negotiate.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The own proposal as it goes into the payload. */
static void apply(const struct ike_terms *terms, const struct crypto_proposal *own,
                  struct crypto_proposal *out)
{
    out->number = 0;
    out->protocol = own->protocol;
    out->count = 0;
    for (size_t i = 0; i < own->count; i++) {
        uint8_t type = own->transforms[i].type;

        if ((terms->key_exchange || type != CRYPTO_KE) &&
            (terms->additional || !crypto_is_addke(type))) {
            out->transforms[out->count++] = own->transforms[i];
        }
    }
}

/* Whether a proposal wants an additional key exchange, and is not content with "none". */
static bool needs_additional(const struct crypto_proposal *own)
{
    for (int type = CRYPTO_ADDKE1; type <= CRYPTO_ADDKE7; type++) {
        bool named = false, none = false;

        for (size_t i = 0; i < own->count; i++) {
            named = named || own->transforms[i].type == type;
            none = none || (own->transforms[i].type == type && own->transforms[i].id == 0);
        }
        if (named && !none) {
            return true;
        }
    }
    return false;
}

static size_t list_own(const struct ike_terms *terms,
                       struct crypto_proposal list[IKE_PROPOSALS_MAX])
{
    size_t count = 0;

    assert(terms->count <= IKE_PROPOSALS_MAX);
    for (size_t i = 0; i < terms->count; i++) {
        /* IKE_AUTH has no key exchange at all, whatever CREATE_CHILD_SA is to have (§1.2). */
        if (terms->additional || !terms->key_exchange || !needs_additional(&terms->own[i])) {
            apply(terms, &terms->own[i], &list[count++]);
        }
    }
    return count;
}

bool ike_terms_have_additional(const struct ike_terms *terms)
{
    for (size_t i = 0; i < terms->count; i++) {
        for (size_t j = 0; j < terms->own[i].count; j++) {
            if (crypto_is_addke(terms->own[i].transforms[j].type)) {
                return true;
            }
        }
    }
    return false;
}

void ike_terms_offer(const struct ike_terms *terms, struct ike_builder *builder)
{
    struct crypto_proposal own[IKE_PROPOSALS_MAX];
    struct ike_proposal list[IKE_PROPOSALS_MAX];
    size_t count = list_own(terms, own);

    for (size_t i = 0; i < count; i++) {
        list[i].transforms = own[i];
        list[i].transforms.number = (uint8_t)(i + 1);
        list[i].spi_len = terms->spi_len;
        memcpy(list[i].spi, terms->spi, terms->spi_len);
    }
    ike_build_sa(builder, list, count);
}

static bool fits(const struct ike_terms *terms, const struct ike_proposal *proposal)
{
    return proposal->usable && proposal->spi_len == terms->spi_len;
}

static void take_spis(const struct ike_terms *terms, const struct ike_proposal *peer,
                      struct ike_agreement *agreement)
{
    agreement->proposal.usable = true;
    agreement->proposal.spi_len = terms->spi_len;
    memcpy(agreement->proposal.spi, terms->spi, sizeof(terms->spi));
    memcpy(agreement->peer_spi, peer->spi, sizeof(peer->spi));
}

bool ike_terms_choose(const struct ike_terms *terms, const struct ike_payload *sa,
                      struct ike_agreement *agreement)
{
    struct crypto_proposal own[IKE_PROPOSALS_MAX], offered[IKE_PROPOSALS_MAX];
    const struct ike_proposal *sources[IKE_PROPOSALS_MAX];
    size_t own_count = list_own(terms, own), offered_count = 0;

    for (size_t i = 0; i < sa->sa.count; i++) {
        if (fits(terms, &sa->sa.proposals[i])) {
            sources[offered_count] = &sa->sa.proposals[i];
            offered[offered_count++] = sa->sa.proposals[i].transforms;
        }
    }
    if (offered_count == 0 ||
        !crypto_proposal_choose(offered, offered_count, own, own_count,
                                &agreement->proposal.transforms, &agreement->suite)) {
        return false;
    }
    for (size_t i = 0; i < offered_count; i++) {
        if (offered[i].number == agreement->proposal.transforms.number) {
            take_spis(terms, sources[i], agreement);
            return true;
        }
    }
    assert(!"the chosen proposal was offered");
    return false;
}

bool ike_terms_accept(const struct ike_terms *terms, const struct ike_payload *sa,
                      struct ike_agreement *agreement)
{
    struct crypto_proposal own[IKE_PROPOSALS_MAX];
    size_t own_count = list_own(terms, own);

    if (sa->sa.count != 1 || !fits(terms, &sa->sa.proposals[0]) ||
        !crypto_proposal_accept(&sa->sa.proposals[0].transforms, own, own_count,
                                &agreement->suite)) {
        return false;
    }
    agreement->proposal.transforms = sa->sa.proposals[0].transforms;
    take_spis(terms, &sa->sa.proposals[0], agreement);
    return true;
}

/* The first computed method that is `id`, or any if `id` is 0. */
static const struct crypto_transform *find_ke(const struct ike_terms *terms, uint16_t id)
{
    for (size_t i = 0; terms->key_exchange && i < terms->count; i++) {
        for (size_t j = 0; j < terms->own[i].count; j++) {
            struct crypto_transform_choice choice = terms->own[i].transforms[j];

            if (choice.type == CRYPTO_KE && choice.id != 0 && (id == 0 || choice.id == id)) {
                const struct crypto_transform *ke = crypto_transform_find(CRYPTO_KE, choice.id);

                if (ke && ke->computed) {
                    return ke;
                }
            }
        }
    }
    return NULL;
}

const struct crypto_transform *ike_terms_first_ke(const struct ike_terms *terms)
{
    return find_ke(terms, 0);
}

const struct crypto_transform *ike_terms_find_ke(const struct ike_terms *terms, uint16_t id)
{
    return id ? find_ke(terms, id) : NULL;
}

static void append(char *text, size_t cap, size_t *len, const struct crypto_proposal *proposal)
{
    if (*len > 0 && *len + 1 < cap) {
        *len += (size_t)snprintf(text + *len, cap - *len, ",");
    }
    if (*len < cap) {
        *len += crypto_proposal_print(proposal, text + *len, cap - *len);
    }
}

void ike_terms_print(const struct ike_terms *terms, char *text, size_t cap)
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < terms->count; i++) {
        struct crypto_proposal applied;

        apply(terms, &terms->own[i], &applied);
        append(text, cap, &len, &applied);
    }
}

void ike_offer_print(const struct ike_payload *sa, char *text, size_t cap)
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < sa->sa.count; i++) {
        append(text, cap, &len, &sa->sa.proposals[i].transforms);
    }
}
