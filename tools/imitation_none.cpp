#include "core/error.h"
#include "tools/imitation.h"

namespace atl::tools {

int run_imitation(const ImitationFlags&) {
  fail(ErrorKind::kUsage, "this build has no LibTorch, so no policy to measure: configure with -DATOLL_TORCH=ON");
}

}  // namespace atl::tools
