// `atoll check --sync` in a build without windows (preset `cluster`).
#include "core/error.h"
#include "tools/check_sync.h"

namespace atl::tools {

int check_sync(const CheckSyncFlags& /*flags*/) {
  fail(ErrorKind::kEnvironment, "cannot measure sync: this build has no windows; build with -DATOLL_DESKTOP=ON");
}

}  // namespace atl::tools
