/*
 * What is said outside of exchanges: errors that the peer may be told of (RFC 7296 §1.5, §2.3), and
 * hints that anybody could have sent (§2.4). Both are limited to one in a while for each IKE SA, so
 * that no flood of either makes a flood of ours.
 */
#include "ike/exchange.h"

static bool is_time(struct ike_call *call, struct ike_sa *sa)
{
    uint64_t interval = (uint64_t)IKE_HINT_SECONDS * 1000000000;

    if (sa->state != IKE_STATE_ESTABLISHED || sa->replaced || sa->standby ||
        (sa->last_hint && call->now - sa->last_hint < interval)) {
        return false;
    }
    sa->last_hint = call->now;
    return true;
}

void ike_hint_tell(struct ike_call *call, struct ike_sa *sa, uint16_t notify, uint32_t about)
{
    struct ike_task *task;

    if (call->endpoint->policy->error_notifies && is_time(call, sa)) {
        task = ike_task_new(call->endpoint, IKE_TASK_NOTIFY);
        task->notify.type = notify;
        task->notify.about = about;
        ike_task_start(call, sa, task);
    }
}

void ike_hint_follow(struct ike_call *call, struct ike_sa *sa)
{
    /* A request that is out asks the same. */
    if (sa->tasks.used == 0 && is_time(call, sa)) {
        ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_LIVENESS));
    }
}
