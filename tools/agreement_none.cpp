// Agreement in a build without Playhouse's window (preset `cluster`).
#include "core/error.h"
#include "tools/agreement.h"

namespace atl::tools {

Agreement check_agreement(const std::filesystem::path& /*recording*/, const std::filesystem::path& log) {
  fail(ErrorKind::kEnvironment, "cannot replay {}: this build has no windows; build with -DATOLL_DESKTOP=ON",
       log.string());
}

}  // namespace atl::tools
