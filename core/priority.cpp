#include "core/priority.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace atl {
namespace {

constexpr int kBetterNiceness = -10;

void prefer(int id) {
  const sched_param lowest_real_time{sched_get_priority_min(SCHED_RR)};
  if (sched_setscheduler(id, SCHED_RR | SCHED_RESET_ON_FORK, &lowest_real_time) == 0) return;
  setpriority(PRIO_PROCESS, static_cast<id_t>(id), kBetterNiceness);
}

}  // namespace

void prefer_this_thread() {
  prctl(PR_SET_TIMERSLACK, 1UL);  // ns
  prefer(0);
}

void prefer_process(int pid) { prefer(pid); }

}  // namespace atl
