// Builds without a desktop.
#include "core/error.h"
#include "tools/desk_screen.h"

namespace atl::tools {

std::unique_ptr<DeskScreen> create_desk_screen(const DeskScreenConfig& /*config*/) {
  fail(ErrorKind::kUsage, "this build has no desktop: configure with -DATOLL_DESKTOP=ON");
}

}  // namespace atl::tools
