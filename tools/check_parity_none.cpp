// `atoll check --parity` in a build without LibTorch.
#include "core/error.h"
#include "tools/check_parity.h"

namespace atl::tools {

bool check_parity(std::span<const std::filesystem::path> /*recordings*/, const ParityFlags& /*flags*/,
                  nlohmann::ordered_json& /*result*/) {
  fail(ErrorKind::kUsage, "this build has no LibTorch, so no policy to compare: configure with -DATOLL_TORCH=ON");
}

}  // namespace atl::tools
